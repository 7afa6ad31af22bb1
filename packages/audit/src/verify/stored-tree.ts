/**
 * The tiles as stored, checked from the signed root downwards: the right edge gives the root, a level gives the roots of the tiles below
 * it. A tile that passes is as good as signed, which is what lets the verifier say which entry was touched.
 */
import { HASH_BYTES } from '../merkle/hash.ts'
import { levelSize, partialWidth, TILE_WIDTH, tileRoot, toFullTilePath, toTilePath } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import type { TreeHead } from '../note/checkpoint.ts'
import type { Findings } from './finding.ts'
import type { LogSource } from './source.ts'

export interface StoredTree {
  /** Whether the right edge gives the signed root. */
  readonly isSigned: boolean
  /**
   * The hashes a level has, above level 0, as far as signed: undefined where a tile is missing or wrong.
   * @param index of the hash in its level.
   */
  signedHash(level: number, index: number): Buffer | undefined
  /** The last level 0 tile, when it is partial and signed. */
  readonly signedLeaves: Buffer | undefined
}

/** Reads and checks every tile above level 0, and the partial one of level 0. */
export async function readStoredTree(source: LogSource, head: TreeHead, findings: Findings): Promise<StoredTree> {
  const partials = await readPartials(source, head.size, findings)
  const isSigned = partials !== undefined && toRoot(head.size, partials).equals(head.root)
  if (partials !== undefined && !isSigned) {
    findings.add('integrity', 'tile-changed', `the last tiles of each level give another root than the one signed over ${head.size} entries`)
  }
  const levels = new Map<number, (Buffer | undefined)[]>()
  for (let level = topLevel(head.size); level >= 1; level--) {
    const above = levels.get(level + 1) ?? []
    const hashes: (Buffer | undefined)[] = []
    for (let n = 0; n < levelSize(head.size, level + 1); n++) {
      for (const hash of await readFullTile(source, level, n, isSigned ? above[n] : undefined, findings)) hashes.push(hash)
    }
    for (const hash of split(isSigned ? partials.get(level) : undefined, partialWidth(head.size, level))) hashes.push(hash)
    levels.set(level, hashes)
  }
  return {
    isSigned,
    signedHash: (level, index) => levels.get(level)?.[index],
    signedLeaves: isSigned ? partials.get(0) : undefined,
  }
}

/** A tile's first `width` hashes, from the partial tile or, once there is one, the full tile. */
export async function readTile(source: LogSource, level: number | 'entries', n: number, width: number): Promise<{ readonly path: string; readonly bytes: Buffer; readonly full: boolean } | undefined> {
  const path = toTilePath({ level, n, width })
  const bytes = await source.read(path)
  if (bytes !== undefined) return { path, bytes, full: width === TILE_WIDTH }
  if (width === TILE_WIDTH) return undefined
  const fullPath = toFullTilePath(level, n)
  const fullBytes = await source.read(fullPath)
  return fullBytes === undefined ? undefined : { path: fullPath, bytes: fullBytes, full: true }
}

function topLevel(size: number): number {
  let level = 0
  while (levelSize(size, level + 1) > 0) level++
  return level
}

async function readPartials(source: LogSource, size: number, findings: Findings): Promise<ReadonlyMap<number, Buffer> | undefined> {
  const partials = new Map<number, Buffer>()
  let whole = true
  for (let level = 0; level <= topLevel(size); level++) {
    const width = partialWidth(size, level)
    if (width === 0) continue
    const n = levelSize(size, level + 1)
    const tile = await readTile(source, level, n, width)
    if (tile === undefined) {
      whole = false
      findings.add('incomplete', 'file-missing', 'a tile that the head covers is missing', { path: toTilePath({ level, n, width }) })
    } else if (tile.bytes.length !== (tile.full ? TILE_WIDTH : width) * HASH_BYTES) {
      whole = false
      findings.add('integrity', 'tile-changed', `tile of ${tile.bytes.length} bytes, expected ${width * HASH_BYTES}`, { path: tile.path })
    } else {
      partials.set(level, tile.bytes.subarray(0, width * HASH_BYTES))
    }
  }
  return whole ? partials : undefined
}

function toRoot(size: number, partials: ReadonlyMap<number, Buffer>): Buffer {
  return TreeEdge.restore(size, (level) => partials.get(level) ?? Buffer.alloc(0)).root()
}

/** @returns 256 hashes, or that many unknown ones. */
async function readFullTile(source: LogSource, level: number, n: number, signedRoot: Buffer | undefined, findings: Findings): Promise<readonly (Buffer | undefined)[]> {
  const path = toFullTilePath(level, n)
  const bytes = await source.read(path)
  const unknown = new Array<undefined>(TILE_WIDTH).fill(undefined)
  if (bytes === undefined) {
    findings.add('incomplete', 'file-missing', 'a tile that the head covers is missing', { path })
    return unknown
  }
  const isWhole = bytes.length === TILE_WIDTH * HASH_BYTES
  if (!isWhole || (signedRoot !== undefined && !tileRoot(bytes).equals(signedRoot))) {
    findings.add('integrity', 'tile-changed', isWhole ? 'the tile is not the one signed' : `tile of ${bytes.length} bytes`, { path })
    return unknown
  }
  return signedRoot === undefined ? unknown : split(bytes, TILE_WIDTH)
}

function split(hashes: Buffer | undefined, width: number): readonly (Buffer | undefined)[] {
  return Array.from({ length: width }, (_, at) => hashes?.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))
}
