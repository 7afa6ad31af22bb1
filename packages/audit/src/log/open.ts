/**
 * Opening a log: take the lock, read and check what is there, carry what was durable but not yet under a head into a new shard, bring
 * tiles and head up to it, and record the start.
 */
import { join } from 'node:path'
import type { EntryBody, Json } from '@doorward/core'
import { AuditFault } from '../fault.ts'
import { lastAdopted } from '../format/key-entry.ts'
import { emptyRoot } from '../merkle/hash.ts'
import { parseCheckpoint, type TreeHead } from '../note/checkpoint.ts'
import type { LogSigner } from '../note/signer.ts'
import type { SignedHead } from '../witness/witness-client.ts'
import { WitnessFeed, type WitnessFeedOptions } from '../witness/witness-feed.ts'
import { AuditLog, type WitnessedKind, type Witnessing } from './audit-log.ts'
import { ensureBallast } from './ballast.ts'
import { systemClock, type AuditClock } from './clock.ts'
import { proveConsistency } from './consistency.ts'
import { directoryStore } from './directory-store.ts'
import { nodeFileSystem, type FileSystem } from './file-system.ts'
import { HeadFile } from './head-file.ts'
import { WAL_DIRECTORY } from '../format/wal-name.ts'
import { machineProcesses, takeLock, type Lock, type ProcessTable } from './lock.ts'
import { LogStore } from './log-store.ts'
import type { ObjectStore } from './object-store.ts'
import { makeRoot } from './publish.ts'
import { recover, type Recovered } from './recover.ts'
import { WalWriter } from './wal-writer.ts'

export interface AuditLogOptions {
  /** The log's folder; made when missing. */
  readonly dir: string
  /** The log's name for all time, as in `doorward.example.org/audit/node-1`: the first line of every checkpoint. */
  readonly origin: string
  readonly key: LogSigner
  /** The key to change to: the log is then opened with whichever it stands at, and goes over to this one. */
  readonly nextKey?: LogSigner
  /** For a new log: the last checkpoint of the log that it goes on from, a signed note. */
  readonly continues?: Buffer
  /** Witnesses that are brought every head, and the kinds of entries that wait for a quorum of them. */
  readonly witnesses?: WitnessFeedOptions & { readonly kinds: ReadonlySet<WitnessedKind> }
  readonly clock?: AuditClock
  readonly fs?: FileSystem
  /** Where tiles, bundles and the head lie; in `dir` unless given. */
  readonly objects?: ObjectStore
  readonly processes?: ProcessTable
  /** From a durable entry to the head that covers it; 500 unless given, at most 1,000. Units: milliseconds. */
  readonly checkpointMs?: number
  /** Between heartbeats; 60,000 unless given. Units: milliseconds. */
  readonly heartbeatMs?: number
  /** The write-ahead log's shards are followed by another at this size; 64 MB unless given. */
  readonly maxShardBytes?: number
}

const CHECKPOINT_MS = 500
const HEARTBEAT_MS = 60_000

/**
 * Opens the log in `dir`, or begins one. Its first entry is `audit.start`, naming the head before it.
 *
 * @throws {AuditFault} `locked`; `key-invalid`, `head-invalid` (the checkpoint is not this key's or origin's); `rollback`, `fork`,
 * `wal-corrupt` (what is on disk cannot have come about by a crash: keep it, and ask `doorward verify`); `clock-regression`;
 * `disk-full`, `recorder-failed`; `signer-failed`; `quorum-missing` when starts wait for witnesses.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const fs = options.fs ?? nodeFileSystem()
  const { dir, origin } = options
  const checkpointMs = options.checkpointMs ?? CHECKPOINT_MS
  if (checkpointMs > 1000) throw new RangeError(`checkpointMs: ${checkpointMs}, at most 1000`)
  for (const { verifierKey } of toSigners(options)) if (verifierKey.name !== origin) throw new AuditFault('key-invalid', 'key: its name is not the origin')
  await makeRoot(fs, dir)
  const lock = await takeLock(fs, dir, options.processes ?? machineProcesses())
  try {
    return await openLocked({ ...options, fs, clock: options.clock ?? systemClock(), objects: options.objects ?? directoryStore(fs, dir), checkpointMs }, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

type Bound = AuditLogOptions & { readonly fs: FileSystem; readonly clock: AuditClock; readonly objects: ObjectStore; readonly checkpointMs: number }

async function openLocked(options: Bound, lock: Lock): Promise<AuditLog> {
  const { fs, dir, origin, clock, objects } = options
  const headFile = await HeadFile.open(objects, origin, toSigners(options), { size: 0, root: emptyRoot() })
  const recovered = await recover(fs, dir, objects, origin, headFile.head)
  chooseSigner(headFile, recovered, options)
  const last = readLast(recovered)
  const behindMs = last.atMs - clock.nowMs()
  if (behindMs > 0) throw new AuditFault('clock-regression', `clock: ${behindMs} ms behind the last entry`)
  await ensureBallast(fs, dir)
  if (!headFile.exists) await beginLog(objects, recovered, headFile)
  const store = await toStore(options, headFile, recovered)
  const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS
  const log = new AuditLog(store, lock, clock, { checkpointMs: options.checkpointMs, heartbeatMs }, last.atMs, await toWitnessing(options, store))
  try {
    const continues = last.kind === undefined ? toContinued(options.continues) : undefined
    await log.append({ ...toStart(origin, store.head, last.kind, recovered.tail.length, heartbeatMs), continues })
    await log.checkpoint()
    if (options.nextKey !== undefined && log.verifierKey.text !== options.nextKey.verifierKey.text) await log.changeKey(options.nextKey)
  } catch (error) {
    await log.close()
    throw error
  }
  return log
}

async function toWitnessing({ witnesses, clock, objects }: Bound, store: LogStore): Promise<Witnessing | undefined> {
  if (witnesses === undefined) return undefined
  const head = (): SignedHead => {
    const { note, head: { size } } = store
    return { size, note, prove: (oldSize) => proveConsistency(objects, oldSize, size) }
  }
  return { feed: await WitnessFeed.open(witnesses, { clock, objects, head }), kinds: witnesses.kinds }
}

function toSigners({ key, nextKey }: AuditLogOptions): readonly [LogSigner, ...LogSigner[]] {
  return nextKey === undefined ? [key] : [key, nextKey]
}

/** A crash may have come after the adoption of a key was durable and before the first head that it signs: that head is signed by it now. */
function chooseSigner(headFile: HeadFile, { tail }: Recovered, options: AuditLogOptions): void {
  const adopted = lastAdopted(tail)
  if (adopted === undefined) return
  const signer = toSigners(options).find(({ verifierKey }) => verifierKey.text === adopted)
  if (signer === undefined) throw new AuditFault('key-invalid', 'key: the log has changed to another one')
  headFile.useSigner(signer)
}

function toContinued(note: Buffer | undefined): Json | undefined {
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note)
  if (note === undefined || checkpoint === undefined) return undefined
  if (checkpoint.kind === 'malformed') throw new AuditFault('head-invalid', `continues: ${checkpoint.reason}`)
  return { origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root.toString('base64'), head: note.toString('utf8') }
}

/** A new log: the head of the empty tree first, so that a shard without a head always means that one was taken away. */
async function beginLog(objects: ObjectStore, recovered: Recovered, headFile: HeadFile): Promise<void> {
  if (recovered.shards.length > 0 || (await objects.list('tile')).length > 0) {
    throw new AuditFault('rollback', 'head: no checkpoint, but entries are there')
  }
  await headFile.replace({ size: 0, root: emptyRoot() })
}

async function toStore(options: Bound, headFile: HeadFile, recovered: Recovered): Promise<LogStore> {
  const { fs, dir, origin, objects } = options
  if (await fs.makeDirectory(join(dir, WAL_DIRECTORY))) await fs.syncDirectory(dir)
  const firstIndex = headFile.head.size
  const number = (recovered.shards.at(-1) ?? -1) + 1
  // The tail moves into the new shard before it is signed: an old shard may have failed an fsync, and what reading it shows now
  // need not be on disk.
  const wal = await WalWriter.create(fs, dir, origin, number, firstIndex, recovered.tail)
  for (const entry of recovered.tail) recovered.tree.add(entry)
  const store = new LogStore({
    fs, dir, origin, objects, headFile, tree: recovered.tree, wal, oldShards: recovered.shards, maxShardBytes: options.maxShardBytes,
  })
  try {
    await store.advance()
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

function toStart(origin: string, head: TreeHead, lastKind: string | undefined, recovered: number, heartbeatMs: number): EntryBody {
  const before = lastKind === undefined ? 'new' : lastKind === 'audit.stop' ? 'stopped' : 'interrupted'
  return {
    kind: 'audit.start', origin, before, recovered, heartbeatMs,
    head: { size: head.size, root: head.root.toString('base64') },
  }
}

function readLast({ last }: Recovered): { readonly atMs: number; readonly kind: string | undefined } {
  if (last === undefined) return { atMs: 0, kind: undefined }
  const entry: unknown = JSON.parse(last.toString('utf8'))
  const at = typeof entry === 'object' && entry !== null && 'at' in entry && typeof entry.at === 'string' ? Date.parse(entry.at) : NaN
  if (Number.isNaN(at)) throw new AuditFault('head-invalid', 'log: its last entry has no time; it is not a log of ours')
  const kind = typeof entry === 'object' && entry !== null && 'kind' in entry && typeof entry.kind === 'string' ? entry.kind : undefined
  return { atMs: at, kind }
}
