/**
 * The write-ahead log as a verifier sees it: entries after the signed head, durable but not yet signed, and older ones that must be what the
 * tree has. A copy of a log without it is complete all the same.
 */
import { decodeShard, type WalShard } from '../format/wal.ts'
import { hashLeaf } from '../merkle/hash.ts'
import { parseShardName, toShardName, WAL_DIRECTORY } from '../format/wal-name.ts'
import type { Findings } from './finding.ts'
import type { LogSource } from './source.ts'

export interface WalTail {
  /** The index the write-ahead log begins at; undefined where there is none. Above the head's size, the head is an old one. */
  readonly beginsAt: number | undefined
  /** Entries from the head's size on. */
  readonly entries: readonly Buffer[]
  /** Leaf hashes of entries below the head that the write-ahead log still has, by index. */
  readonly below: ReadonlyMap<number, Buffer>
}

export async function readWalTail(source: LogSource, origin: string, size: number, findings: Findings): Promise<WalTail> {
  const shards = await readShards(source, origin, findings)
  const entries: Buffer[] = []
  const below = new Map<number, Buffer>()
  const beginsAt = shards[0]?.firstIndex
  if (beginsAt !== undefined && beginsAt > size) return { beginsAt, entries, below }
  for (const [position, shard] of shards.entries()) {
    const limit = shards[position + 1]?.firstIndex ?? Infinity // a later shard supersedes what an older one has from there on
    if (shard.firstIndex > size + entries.length) {
      findings.add('integrity', 'wal-damaged', `entries ${size + entries.length} to ${shard.firstIndex - 1} are missing from the write-ahead log`, { index: size + entries.length, path: toPath(shard.number) })
      break
    }
    for (const [offset, entry] of shard.entries.entries()) {
      const index = shard.firstIndex + offset
      if (index >= limit) break
      if (index < size) below.set(index, hashLeaf(entry))
      else entries.push(entry)
    }
  }
  return { beginsAt, entries, below }
}

async function readShards(source: LogSource, origin: string, findings: Findings): Promise<readonly WalShard[]> {
  const names = (await source.list(WAL_DIRECTORY)) ?? []
  const numbers = names.map(parseShardName).filter((number) => number !== undefined).sort((a, b) => a - b)
  const shards: WalShard[] = []
  for (const number of numbers) {
    const bytes = await source.read(toPath(number))
    if (bytes === undefined) continue // covered and removed while we were reading
    const shard = decodeShard(bytes, origin)
    if (shard.kind === 'malformed') findings.add('integrity', 'wal-damaged', shard.reason, { path: toPath(number) })
    else shards.push(shard)
  }
  return shards
}

function toPath(number: number): string {
  return `${WAL_DIRECTORY}/${toShardName(number)}`
}
