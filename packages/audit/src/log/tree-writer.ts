/**
 * Turns durable entries into the files of C2SP tlog-tiles: bundles, tiles and the head they lead to. Works in memory; what to write
 * is handed out as a {@link Growth}.
 */
import { encodeBundle } from '../format/bundle.ts'
import { HASH_BYTES, hashLeaf } from '../merkle/hash.ts'
import { levelSize, partialWidth, TILE_WIDTH, toFullTilePath, toTilePath } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import type { TreeHead } from '../note/checkpoint.ts'
import type { PutObject } from './object-store.ts'

export interface Growth {
  readonly head: TreeHead
  /** Every file the new head needs and the old one did not, bundles first. */
  readonly files: readonly (PutObject & { readonly bytes: Buffer })[]
  /** Full tiles that replace partial ones; those may go once the new head is durable. */
  readonly filled: readonly string[]
}

export class TreeWriter {
  readonly #edge: TreeEdge
  /** The entries of the last, partial bundle. */
  #open: Buffer[]
  #files: (PutObject & { readonly bytes: Buffer })[] = []
  #filled: string[] = []

  /** @param openEntries the entries of the edge's partial bundle. */
  constructor(edge: TreeEdge, openEntries: readonly Buffer[]) {
    this.#edge = edge
    this.#open = [...openEntries]
  }

  get size(): number {
    return this.#edge.size
  }

  /** The head over everything added. */
  head(): TreeHead {
    return { size: this.#edge.size, root: this.#edge.root() }
  }

  /** Adds an entry. The bytes are kept, not copied. */
  add(entry: Buffer): void {
    this.#open.push(entry)
    if (this.#open.length === TILE_WIDTH) {
      this.#addFile('entries', levelSize(this.#edge.size, 1), encodeBundle(this.#open))
      this.#open = []
    }
    this.#edge.add(hashLeaf(entry), (tile) => { this.#addFile(tile.level, tile.n, tile.hashes) })
  }

  /** Takes what is to be written since the last call. The caller writes all of it, or gives the log up. */
  take(): Growth {
    const { size } = this.#edge
    const files = this.#files
    const filled = this.#filled
    this.#files = []
    this.#filled = []
    if (this.#open.length > 0) {
      files.push({ path: toTilePath({ level: 'entries', n: levelSize(size, 1), width: this.#open.length }), bytes: encodeBundle(this.#open), kind: 'partial' })
    }
    for (let level = 0; level < this.#edge.levels; level++) {
      const width = partialWidth(size, level)
      // A partial tile above level 0 changes only when one below fills; writing it again does no harm.
      if (width > 0) files.push({ path: toTilePath({ level, n: levelSize(size, level + 1), width }), bytes: this.#edge.partial(level), kind: 'partial' })
    }
    return { head: this.head(), files, filled }
  }

  #addFile(level: number | 'entries', n: number, bytes: Buffer): void {
    const path = toFullTilePath(level, n)
    this.#files.push({ path, bytes, kind: 'permanent' })
    this.#filled.push(path)
  }
}

/** Cuts a tile into its hashes. */
export function toHashes(tile: Buffer): readonly Buffer[] {
  const hashes: Buffer[] = []
  for (let at = 0; at < tile.length; at += HASH_BYTES) hashes.push(tile.subarray(at, at + HASH_BYTES))
  return hashes
}
