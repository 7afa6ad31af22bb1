/**
 * What a log's folder holds when it is opened: the signed head, the tree's edge at that head, and the durable entries after it.
 * Refuses what cannot have come about by a crash. It checks the right edge and what the write-ahead log overlaps with; the whole
 * of a log is verify's work.
 */
import { join } from 'node:path'
import { AuditFault } from '../fault.ts'
import { decodeBundle } from '../format/bundle.ts'
import { decodeShard, type WalShard } from '../format/wal.ts'
import { HASH_BYTES, hashLeaf } from '../merkle/hash.ts'
import { levelSize, partialWidth, TILE_WIDTH, toFullTilePath, toTilePath } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import type { TreeHead } from '../note/checkpoint.ts'
import type { FileSystem } from './file-system.ts'
import { parseShardName, WAL_DIRECTORY } from '../format/wal-name.ts'
import { toShardPath } from './layout.ts'
import type { ObjectStore } from './object-store.ts'
import { toHashes, TreeWriter } from './tree-writer.ts'

export interface Recovered {
  /** The tree at the signed head. */
  readonly tree: TreeWriter
  /** Durable entries after the head. */
  readonly tail: readonly Buffer[]
  /** The last entry of all, undefined in an empty log. */
  readonly last: Buffer | undefined
  /** Numbers of the shards there are, ascending. */
  readonly shards: readonly number[]
}

/**
 * @throws {AuditFault} `rollback` when tiles or write-ahead log are behind the head, or the head is behind the write-ahead log; `fork` when
 * hashes contradict the head; `wal-corrupt` when acknowledged entries are damaged or missing.
 */
export async function recover(fs: FileSystem, dir: string, objects: ObjectStore, origin: string, head: TreeHead): Promise<Recovered> {
  const shards = await readShards(fs, dir, origin)
  const tree = await restoreTree(objects, head)
  await requireSameLeaves(objects, shards, head)
  const tail = toTail(shards, head.size)
  const last = tail.at(-1) ?? (await readLastEntry(objects, head.size))
  return { tree, tail, last, shards: shards.map((shard) => shard.number) }
}

async function readShards(fs: FileSystem, dir: string, origin: string): Promise<readonly WalShard[]> {
  const names = await fs.list(join(dir, WAL_DIRECTORY))
  const numbers = names.map(parseShardName).filter((number) => number !== undefined).sort((a, b) => a - b)
  const shards: WalShard[] = []
  for (const number of numbers) {
    const bytes = await fs.read(toShardPath(dir, number))
    const shard = decodeShard(bytes ?? Buffer.alloc(0), origin)
    if (shard.kind === 'malformed') throw new AuditFault('wal-corrupt', `shard ${number}: ${shard.reason}`)
    const before = shards.at(-1)
    if (shard.number !== number || (before !== undefined && shard.firstIndex < before.firstIndex)) {
      throw new AuditFault('wal-corrupt', `shard ${number}: its header names another shard or an index before the shard before`)
    }
    shards.push(shard)
  }
  return shards
}

/** The entries from `size` on. A later shard supersedes what an older one holds from the later one's first index on. */
function toTail(shards: readonly WalShard[], size: number): readonly Buffer[] {
  const first = shards[0]
  if (first === undefined) {
    // Before the first entry there is a moment without a shard, and only then.
    if (size > 0) throw new AuditFault('rollback', `write-ahead log: no shard, the head covers ${size} entries`)
    return []
  }
  if (first.firstIndex > size) {
    throw new AuditFault('rollback', `head: covers ${size} entries, the write-ahead log begins at ${first.firstIndex}`)
  }
  const tail: Buffer[] = []
  let end = first.firstIndex
  for (const [position, shard] of shards.entries()) {
    const limit = shards[position + 1]?.firstIndex ?? Infinity
    if (shard.firstIndex > Math.max(end, size)) throw new AuditFault('wal-corrupt', `shard ${shard.number}: entries ${end} to ${shard.firstIndex - 1} are missing`)
    for (const [offset, entry] of shard.entries.entries()) {
      const index = shard.firstIndex + offset
      if (index >= limit) break
      end = index + 1
      if (index >= size) tail.push(entry)
    }
    end = Math.max(end, shard.firstIndex)
  }
  if (end < size) throw new AuditFault('rollback', `write-ahead log: ends at ${end}, the head covers ${size} entries`)
  return tail
}

async function restoreTree(objects: ObjectStore, head: TreeHead): Promise<TreeWriter> {
  const partials = new Map<number, Buffer>()
  for (let level = 0; levelSize(head.size, level) > 0; level++) {
    const width = partialWidth(head.size, level)
    if (width > 0) partials.set(level, await readTile(objects, level, levelSize(head.size, level + 1), width))
  }
  const edge = TreeEdge.restore(head.size, (level) => partials.get(level) ?? Buffer.alloc(0))
  if (!edge.root().equals(head.root)) throw new AuditFault('fork', `tiles: their root at size ${head.size} is not the head's`)
  const open = await readEntries(objects, levelSize(head.size, 1), partialWidth(head.size, 0))
  const hashes = toHashes(partials.get(0) ?? Buffer.alloc(0))
  for (const [position, entry] of open.entries()) {
    if (hashes[position]?.equals(hashLeaf(entry)) !== true) {
      throw new AuditFault('fork', `entry ${levelSize(head.size, 1) * TILE_WIDTH + position}: its hash is not the tile's`)
    }
  }
  return new TreeWriter(edge, open)
}

/** What the write-ahead log still has of entries below the head must be what the tiles say. */
async function requireSameLeaves(objects: ObjectStore, shards: readonly WalShard[], head: TreeHead): Promise<void> {
  let n = -1
  let hashes: readonly Buffer[] = []
  for (const [position, shard] of shards.entries()) {
    const end = Math.min(head.size, shard.firstIndex + shard.entries.length, shards[position + 1]?.firstIndex ?? Infinity)
    for (let index = shard.firstIndex; index < end; index++) {
      if (Math.floor(index / TILE_WIDTH) !== n) {
        n = Math.floor(index / TILE_WIDTH)
        hashes = toHashes(await readTile(objects, 0, n, Math.min(TILE_WIDTH, head.size - n * TILE_WIDTH)))
      }
      const entry = shard.entries[index - shard.firstIndex]
      if (entry === undefined || hashes[index % TILE_WIDTH]?.equals(hashLeaf(entry)) !== true) {
        throw new AuditFault('fork', `entry ${index}: the write-ahead log has another than the tiles`)
      }
    }
  }
}

async function readLastEntry(objects: ObjectStore, size: number): Promise<Buffer | undefined> {
  if (size === 0) return undefined
  const n = Math.floor((size - 1) / TILE_WIDTH)
  return (await readEntries(objects, n, size - n * TILE_WIDTH)).at(-1)
}

async function readEntries(objects: ObjectStore, n: number, width: number): Promise<readonly Buffer[]> {
  if (width === 0) return []
  const partial = await read(objects, toTilePath({ level: 'entries', n, width }))
  const bytes = partial ?? (await read(objects, toFullTilePath('entries', n)))
  if (bytes === undefined) throw new AuditFault('rollback', `tiles: the bundle ${n} that the head covers is missing`)
  const bundle = decodeBundle(bytes, partial === undefined ? TILE_WIDTH : width)
  if (bundle.kind === 'malformed') throw new AuditFault('fork', `bundle ${n}: ${bundle.reason}`)
  return bundle.entries.slice(0, width)
}

/** A tile's first `width` hashes: from the partial tile, or from the full one where a crash came after it was written. */
async function readTile(objects: ObjectStore, level: number, n: number, width: number): Promise<Buffer> {
  const bytes = (await read(objects, toTilePath({ level, n, width }))) ?? (await read(objects, toFullTilePath(level, n)))
  if (bytes === undefined || bytes.length < width * HASH_BYTES) {
    throw new AuditFault('rollback', `tiles: tile ${level}/${n}, that the head covers, is missing or short`)
  }
  return bytes.subarray(0, width * HASH_BYTES)
}

async function read(objects: ObjectStore, path: string): Promise<Buffer | undefined> {
  return (await objects.read(path))?.bytes
}
