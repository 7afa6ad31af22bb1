/** Hashes of a tree out of its tiles: of single nodes, and of the ranges that proofs are made of. */
import { HASH_BYTES } from '../merkle/hash.ts'
import { toNodes, type LeafRange, type NodeId } from '../merkle/node-range.ts'
import { foldNodes } from '../merkle/proof.ts'
import { levelSize, subtreeRoot, TILE_WIDTH, toTilePath } from '../merkle/tile.ts'
import type { LogSource } from './source.ts'
import { readTile } from './stored-tree.ts'

/** log2 of the width of a tile. */
const TILE_HEIGHT = 8

/** @returns the path of a tile that is missing or short, instead. */
export async function readRangeRoots(source: LogSource, size: number, ranges: readonly LeafRange[]): Promise<{ readonly kind: 'roots'; readonly roots: readonly Buffer[] } | { readonly kind: 'missing'; readonly path: string }> {
  const tiles = new Map<string, Buffer>()
  const roots: Buffer[] = []
  for (const range of ranges) {
    const hashes: Buffer[] = []
    for (const node of toNodes(range)) {
      const place = toPlace(node, size)
      const path = toTilePath(place)
      const tile = tiles.get(path) ?? (await readTile(source, place.level, place.n, place.width))?.bytes
      if (tile === undefined || tile.length < place.width * HASH_BYTES) return { kind: 'missing', path }
      tiles.set(path, tile)
      hashes.push(subtreeRoot(tile, place.first, place.count))
    }
    roots.push(foldNodes(hashes))
  }
  return { kind: 'roots', roots }
}

interface Place {
  readonly level: number
  readonly n: number
  readonly width: number
  /** The node is the root of `count` hashes of the tile, from `first`. */
  readonly first: number
  readonly count: number
}

function toPlace({ level, index }: NodeId, size: number): Place {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const count = 2 ** (level % TILE_HEIGHT)
  const position = index * count
  const n = Math.floor(position / TILE_WIDTH)
  return { level: tileLevel, n, width: Math.min(TILE_WIDTH, levelSize(size, tileLevel) - n * TILE_WIDTH), first: position % TILE_WIDTH, count }
}
