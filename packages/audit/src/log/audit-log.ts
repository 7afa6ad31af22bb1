/**
 * The log as the gateway sees it. An append is answered when its entry is durable in the write-ahead log; tiles and a signed head
 * follow within a second. Any error of the disk ends the log for good: the caller refuses from then on (fail closed).
 */
import type { EntryBody, EntryKind, Receipt } from '@doorward/core'
import { AuditFault } from '../fault.ts'
import { encodeEntry } from '../format/entry.ts'
import { CanonicalWriter } from '../format/jcs-bytes.ts'
import { toKeyEntryBody } from '../format/key-entry.ts'
import type { TreeHead } from '../note/checkpoint.ts'
import type { LogSigner } from '../note/signer.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import { ballastStop } from './ballast-stop.ts'
import type { AuditClock } from './clock.ts'
import { errorCode } from './file-system.ts'
import { GroupCommit } from './group-commit.ts'
import type { Lock } from './lock.ts'
import type { LogStore } from './log-store.ts'
import type { WitnessFeed } from '../witness/witness-feed.ts'

export interface AuditLogTiming {
  /** From the first durable entry after a head to the next head. Units: milliseconds. */
  readonly checkpointMs: number
  /** Between heartbeats. Units: milliseconds. */
  readonly heartbeatMs: number
}

/** `break-glass`: intents under the purpose of that name (HL7 v3 PurposeOfUse, BTG). */
export type WitnessedKind = EntryKind | 'break-glass'

/** What waits for witnesses. */
export interface Witnessing {
  readonly feed: WitnessFeed
  /** Entries of these kinds are answered when a quorum of witnesses has cosigned a head over them. */
  readonly kinds: ReadonlySet<WitnessedKind>
}

/** A log that goes on where another ends, under a name and a key of its own. */
export interface NextLog {
  readonly origin: string
  /** Its verifier key. */
  readonly key: string
}

/** Entries that nothing waits for: what came of a statement, once it has come. */
const UNHURRIED: ReadonlySet<string> = new Set<EntryKind>(['outcome'])

export class AuditLog {
  readonly origin: string
  /** Resolves with the reason when the log ends by a fault; never for a log that is closed. */
  readonly failed: Promise<AuditFault>
  readonly #store: LogStore
  readonly #lock: Lock
  readonly #clock: AuditClock
  readonly #timing: AuditLogTiming
  readonly #witnessing: Witnessing | undefined
  readonly #commit: GroupCommit
  readonly #writer = new CanonicalWriter()
  readonly #announce: (fault: AuditFault) => void
  #state: 'open' | 'closing' | 'failed' = 'open'
  #fault: AuditFault | undefined
  #closed: Promise<void> | undefined
  #lastMs: number
  #lastAt: string
  #cancelCheckpoint: (() => void) | undefined
  #cancelHeartbeat: (() => void) | undefined
  #advancing: Promise<unknown> = Promise.resolve()
  #nextHead: Promise<TreeHead> | undefined
  #lastWords: Promise<void> = Promise.resolve()

  /** Not for callers: see openAuditLog. @param lastMs the time of the last entry. */
  constructor(store: LogStore, lock: Lock, clock: AuditClock, timing: AuditLogTiming, lastMs: number, witnessing?: Witnessing) {
    this.origin = store.origin
    this.#store = store
    this.#lock = lock
    this.#clock = clock
    this.#timing = timing
    this.#witnessing = witnessing
    this.#lastMs = lastMs
    this.#lastAt = new Date(lastMs).toISOString()
    const { promise, resolve } = Promise.withResolvers<AuditFault>()
    this.failed = promise
    this.#announce = resolve
    this.#commit = new GroupCommit(store.origin, store.size, {
      write: (firstIndex, entries) => store.write(firstIndex, entries),
      onDurable: (entries) => {
        store.addDurable(entries)
        this.#scheduleCheckpoint()
      },
      meanwhile: () => { store.absorb() },
      onError: (error) => { this.#fail(error) },
      soon: (run) => clock.soon(run),
    })
    witnessing?.feed.failed.then((fault) => { this.#fail(fault) }, (error: unknown) => { this.#fail(error) })
    this.#scheduleHeartbeat()
  }

  /**
   * Records an entry. Resolves after the fdatasync that made it durable, for some kinds after witnesses have cosigned a head over it, and only
   * then may what it permits be done.
   *
   * @throws {AuditFault} `entry-invalid`, `entry-too-large`, `backlog-full`, `clock-regression`: this entry is not in the log; `quorum-missing`:
   * it is, and what it permits must not be done all the same; `recorder-failed`, `disk-full`, `fork`, `closed`: nothing is recorded any more.
   */
  async append(body: EntryBody): Promise<Receipt> {
    if (this.#fault !== undefined) throw this.#fault
    if (this.#state !== 'open') throw new AuditFault('closed', 'log: closed')
    const receipt = await this.#record(body)
    if (this.#witnessing !== undefined && isAwaited(this.#witnessing.kinds, body)) await Promise.all([this.#witnessing.feed.awaitQuorum(receipt.index + 1), this.checkpoint()])
    return receipt
  }

  /**
   * Writes tiles and a signed head over everything durable now.
   * @throws {AuditFault} as {@link append}; the log has ended then.
   */
  checkpoint(): Promise<TreeHead> {
    this.#cancelCheckpoint?.()
    this.#cancelCheckpoint = undefined
    // One at a time; what waits takes everything that is durable by then, so one waiting is enough.
    this.#nextHead ??= this.#advancing.then(() => {
      this.#nextHead = undefined
      return this.#advance()
    })
    const advanced = this.#nextHead
    this.#advancing = advanced.catch((error: unknown) => { this.#fail(error) })
    return advanced
  }

  /** The last signed head. */
  get head(): TreeHead {
    return this.#store.head
  }

  /** The last signed head as it is published: a signed note. */
  get note(): Buffer {
    return this.#store.note
  }

  /** Entries under the last head that a quorum of witnesses has cosigned; undefined where there are none. */
  get witnessedSize(): number | undefined {
    return this.#witnessing?.feed.witnessedSize
  }

  /** The key that signs heads now. */
  get verifierKey(): VerifierKey {
    return this.#store.signer.verifierKey
  }

  /**
   * Changes the key that signs heads: announced under a head of the present key, adopted under one of the next. Resolves when that head is
   * published. A crash on the way leaves the present key, or the next; {@link openAuditLog} finds out which.
   *
   * @throws {AuditFault} `key-invalid` for a key of another log; as {@link append}.
   */
  async changeKey(next: LogSigner): Promise<void> {
    if (next.verifierKey.name !== this.origin) throw new AuditFault('key-invalid', 'key: its name is not the origin')
    const key = next.verifierKey.text
    await this.append(toKeyEntryBody({ step: 'announced', key }))
    await this.checkpoint()
    // In the turn of a head, so that no head of the present key can cover the adoption.
    const changed = this.#advancing.then(async () => {
      await this.#record(toKeyEntryBody({ step: 'adopted', key, head: this.#store.note.toString('utf8') }))
      this.#store.useSigner(next)
      await this.#advance()
    })
    this.#advancing = Promise.allSettled([changed])
    await changed
  }

  /**
   * Records `audit.stop`, writes the last head and lets the log go. A log that failed is only let go. Safe to call again.
   *
   * @param next the log that goes on where this one ends.
   * @throws {AuditFault} when the stop could not be recorded; the log is let go nevertheless.
   */
  close(next?: NextLog): Promise<void> {
    this.#closed ??= this.#close(next)
    return this.#closed
  }

  async #close(next: NextLog | undefined): Promise<void> {
    this.#stopTimers()
    try {
      if (this.#state === 'open') {
        this.#state = 'closing'
        await this.#record(next === undefined ? { kind: 'audit.stop', reason: 'closed' } : { kind: 'audit.stop', reason: 'moved', next: { ...next } })
        await this.checkpoint()
      }
    } finally {
      this.#stopTimers()
      await this.#witnessing?.feed.close()
      await this.#commit.idle()
      await this.#advancing
      await this.#lastWords
      try {
        await this.#store.close()
      } finally {
        await this.#lock.release()
      }
    }
  }

  async #record(body: EntryBody): Promise<Receipt> {
    const nowMs = this.#clock.nowMs()
    // Equal times are fine: the order is the index. A clock behind the last entry would make the log say what was not so.
    if (nowMs < this.#lastMs) throw new AuditFault('clock-regression', `clock: ${this.#lastMs - nowMs} ms behind the last entry`)
    if (nowMs > this.#lastMs) this.#lastAt = new Date(nowMs).toISOString()
    this.#lastMs = nowMs
    return this.#commit.add(encodeEntry(body, this.#lastAt, this.#writer), UNHURRIED.has(body.kind) ? 'soon' : 'now')
  }

  async #advance(): Promise<TreeHead> {
    if (this.#fault !== undefined) throw this.#fault
    try {
      const head = await this.#store.advance()
      this.#witnessing?.feed.headChanged()
      return head
    } catch (error) {
      this.#fail(error)
      throw this.#fault ?? error
    }
  }

  #fail(error: unknown): void {
    if (this.#fault !== undefined) return
    const fault = toFault(error)
    this.#fault = fault
    this.#state = 'failed'
    this.#stopTimers()
    this.#commit.refuse(fault)
    if (fault.code === 'disk-full') this.#lastWords = this.#writeStop()
    this.#announce(fault)
  }

  /** Best effort: the log has already failed, and a log without its stop says "interrupted" at the next start. */
  async #writeStop(): Promise<void> {
    await this.#commit.idle()
    await this.#advancing
    const nowMs = Math.max(this.#clock.nowMs(), this.#lastMs)
    const stop = encodeEntry({ kind: 'audit.stop', reason: 'disk-full' }, new Date(nowMs).toISOString())
    await ballastStop(this.#store, stop)
  }

  #scheduleCheckpoint(): void {
    if (this.#state === 'failed') return
    this.#cancelCheckpoint ??= this.#clock.after(this.#timing.checkpointMs, () => {
      this.checkpoint().catch((error: unknown) => { this.#fail(error) })
    })
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#clock.after(this.#timing.heartbeatMs, () => {
      // A refused heartbeat shows as the gap it is; a failing disk has already ended the log.
      this.#record({ kind: 'audit.heartbeat' }).catch((error: unknown) => { if (!(error instanceof AuditFault)) this.#fail(error) })
      this.#scheduleHeartbeat()
    })
  }

  #stopTimers(): void {
    this.#cancelCheckpoint?.()
    this.#cancelHeartbeat?.()
    this.#cancelCheckpoint = undefined
    this.#cancelHeartbeat = undefined
  }
}

function isAwaited(kinds: Witnessing['kinds'], body: EntryBody): boolean {
  return kinds.has(body.kind) || (body.kind === 'intent' && body['purpose'] === 'BTG' && kinds.has('break-glass'))
}

function toFault(error: unknown): AuditFault {
  if (error instanceof AuditFault) return error
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AuditFault('disk-full', `log: ${code}`, { cause: error })
  return new AuditFault('recorder-failed', `log: ${code ?? 'unexpected error'}`, { cause: error })
}
