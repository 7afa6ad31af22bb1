/**
 * The geometry of C2SP tlog-tiles: which tiles a tree has, how they are named, and the root of a tile's hashes. A tile of level L
 * holds up to 256 hashes, each the root of a full tile of level L - 1 (level 0: leaf hashes). A partial tile is never hashed
 * into the level above.
 */
import { HASH_BYTES, hashPairs } from './hash.ts'
import { isSize } from './node-range.ts'

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256
/** C2SP tlog-tiles: levels 0 to 63. 53 bits of index need 7 levels; paths are still parsed to the end. */
const MAX_LEVEL = 63

export interface TileId {
  /** `entries`: the bundle of entries beside the level 0 tile. */
  readonly level: number | 'entries'
  readonly n: number
  /** 1 to 256. */
  readonly width: number
}

/** @returns how many hashes level `level` has in a tree of `size` leaves. */
export function levelSize(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level)
}

/** @returns the width of the last, partial tile of a level, 0 when there is none. */
export function partialWidth(size: number, level: number): number {
  return levelSize(size, level) % TILE_WIDTH
}

/** @returns the relative path of a tile, as `tile/0/x001/x234/067.p/8`. */
export function toTilePath(tile: TileId): string {
  const full = toFullTilePath(tile.level, tile.n)
  return tile.width === TILE_WIDTH ? full : `${full}.p/${tile.width}`
}

/** @returns the path of the full tile; with `.p` behind it, the folder of its partial ones. */
export function toFullTilePath(level: number | 'entries', n: number): string {
  let path = String(n % 1000).padStart(3, '0')
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`
  }
  return `tile/${level}/${path}`
}

const TILE_PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*)([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** @returns the tile a path names; undefined when it names none. One tile has one path. */
export function parseTilePath(path: string): TileId | undefined {
  const match = TILE_PATH.exec(path)
  if (match === null) return undefined
  const level = match[1] === 'entries' ? 'entries' : Number(match[1])
  const n = Number((match[2] ?? '').replaceAll(/[x/]/g, '') + (match[3] ?? ''))
  const width = match[4] === undefined ? TILE_WIDTH : Number(match[4])
  if (level !== 'entries' && level > MAX_LEVEL) return undefined
  if (!isSize(n) || (match[4] !== undefined && width >= TILE_WIDTH)) return undefined
  const tile: TileId = { level, n, width }
  return toTilePath(tile) === path ? tile : undefined // leading zero groups give a second name: refused
}

/** The root of `count` (a power of two) hashes of a tile, from hash `first`; of a full tile: its hash in the level above. */
export function subtreeRoot(hashes: Buffer, first: number, count: number): Buffer {
  return hashPairs(hashes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES))
}

/** The root of a full tile's 256 hashes. @param hashes 256 * 32 bytes. */
export function tileRoot(hashes: Buffer): Buffer {
  return hashPairs(hashes)
}
