/**
 * The right edge of a growing tree: for each level of tiles the hashes of its last, partial tile. Enough to add leaves and to
 * know the root; full tiles are handed to the caller when they fill and forgotten.
 */
import { HASH_BYTES } from './hash.ts'
import { foldNodes } from './proof.ts'
import { levelSize, partialWidth, subtreeRoot, TILE_WIDTH, tileRoot } from './tile.ts'

/** A tile that just became full. */
export interface FullTile {
  readonly level: number
  readonly n: number
  /** 256 hashes; the caller may keep it. */
  readonly hashes: Buffer
}

export class TreeEdge {
  #size = 0
  readonly #levels: Level[] = []

  /** Leaves so far. */
  get size(): number {
    return this.#size
  }

  /** The number of levels that have hashes in a partial tile, or had. */
  get levels(): number {
    return this.#levels.length
  }

  /**
   * Takes up where a tree of `size` leaves stood.
   * @param readPartial the hashes of the partial tile of a level, `width` * 32 bytes.
   */
  static restore(size: number, readPartial: (level: number, width: number) => Buffer): TreeEdge {
    const edge = new TreeEdge()
    edge.#size = size
    for (let level = 0; levelSize(size, level) > 0; level++) {
      const width = partialWidth(size, level)
      const at = edge.#levelAt(level)
      if (width === 0) continue
      const hashes = readPartial(level, width)
      if (hashes.length !== width * HASH_BYTES) throw new RangeError(`tile: ${hashes.length} bytes, expected ${width * HASH_BYTES}`)
      at.hashes.set(hashes)
      at.width = width
    }
    return edge
  }

  /** Adds a leaf. @param onFull called for each tile it fills, lowest level first. */
  add(leafHash: Buffer, onFull: (tile: FullTile) => void): void {
    this.#size++
    this.#rise(leafHash, 0, onFull)
  }

  #rise(from: Buffer, lowest: number, onFull: (tile: FullTile) => void): void {
    let hash = from
    for (let level = lowest; ; level++) {
      const at = this.#levelAt(level)
      at.hashes.set(hash, at.width * HASH_BYTES)
      at.width++
      if (at.width < TILE_WIDTH) return
      const full = at.hashes
      at.hashes = Buffer.alloc(TILE_WIDTH * HASH_BYTES)
      at.width = 0
      onFull({ level, n: levelSize(this.#size, level + 1) - 1, hashes: full })
      hash = tileRoot(full)
    }
  }

  /**
   * Adds 256 leaves at once, where the last tile is full: for reading a log, where their root is known already.
   * @param root of the 256 leaves. @throws {RangeError} in the middle of a tile.
   */
  addTile(root: Buffer): void {
    if (this.#size % TILE_WIDTH !== 0) throw new RangeError(`tree: ${this.#size} leaves, a tile begins at a multiple of ${TILE_WIDTH}`)
    this.#levelAt(0)
    this.#size += TILE_WIDTH
    this.#rise(root, 1, () => undefined)
  }

  /** The root of the tree with more leaves after it, which are not added. @param leaves 32 bytes each. */
  rootWith(leaves: Buffer): Buffer {
    const copy = TreeEdge.restore(this.#size, (level) => this.partial(level))
    for (let at = 0; at < leaves.length; at += HASH_BYTES) copy.add(leaves.subarray(at, at + HASH_BYTES), () => undefined)
    return copy.root()
  }

  /** A copy of the hashes in the partial tile of `level`; empty when there is none. */
  partial(level: number): Buffer {
    const at = this.#levels[level]
    return at === undefined ? Buffer.alloc(0) : Buffer.from(at.hashes.subarray(0, at.width * HASH_BYTES))
  }

  /** The tree's root. */
  root(): Buffer {
    const nodes: Buffer[] = [] // from left to right: high levels first, in each the large subtrees first
    for (const { hashes, width } of this.#levels.toReversed()) {
      let first = 0
      for (let count = TILE_WIDTH / 2; count >= 1; count /= 2) {
        if (first + count > width) continue
        nodes.push(subtreeRoot(hashes, first, count))
        first += count
      }
    }
    return foldNodes(nodes)
  }

  #levelAt(level: number): Level {
    let at = this.#levels[level]
    if (at === undefined) {
      at = { hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), width: 0 }
      this.#levels[level] = at
    }
    return at
  }
}

interface Level {
  hashes: Buffer
  width: number
}
