/**
 * What may be done with recordings that are there: seen, held, destroyed. Who may is the caller's to say; here it is made sure that each is in
 * the log before it happens, that a legal hold wins, and that what was begun is finished. One at a time: a hold cannot slip in between the look at
 * the holds and the destruction of a key.
 */
import type { EntryBody, Receipt } from '@doorward/core'
import { openKeyFile, type TenantKeys } from './key-wrap.ts'
import { holdEntry, refusedEntry, shredEntry, viewEntry } from './recording-entries.ts'
import { toFacts, type RecordedPerson, type ShredRecord } from './recording-files.ts'
import type { RecordingStore, StoredRecording } from './recording-store.ts'
import { mayRemove, type HoldScope, type LegalHold, type RemovalAnswer, type RemovalRequest } from './retention.ts'
import { openSegment } from './segment-reader.ts'

export interface ArchiveParts {
  readonly store: RecordingStore
  readonly tenants: TenantKeys
  readonly retentionMs: number
  /** @throws when it is not durable: then nothing is shown and nothing destroyed. */
  readonly record: (body: EntryBody) => Promise<Receipt>
  readonly nowMs: () => number
  readonly randomBytes: (count: number) => Buffer
}

/** Bytes that a wrapped key is written over with; longer than any key file. */
const NOISE_BYTES = 4_096
const MAX_WORDS = 500

export type ViewAnswer =
  /** `next` is undefined after the last. `torn`: the gateway ended while this was written. */
  | { readonly kind: 'shown'; readonly receipt: Receipt; readonly plaintext: Buffer; readonly end: 'sealed' | 'torn'; readonly next: number | undefined }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unreadable'; readonly why: string }

export type ShredAnswer =
  | { readonly kind: 'shredded'; readonly receipt: Receipt }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'already' }
  | Extract<RemovalAnswer, { kind: 'keep' }>

export interface ViewRequest {
  readonly recording: string
  readonly segment: number
  readonly by: RecordedPerson
  readonly use: 'play' | 'export'
  /** From where. */
  readonly client: string
}

export class RecordingArchive {
  readonly #parts: ArchiveParts
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: ArchiveParts) { this.#parts = parts }

  /** Newest first. */
  async list(matches: (stored: StoredRecording) => boolean, limit: number): Promise<readonly StoredRecording[]> {
    const found: StoredRecording[] = []
    for await (const stored of this.#parts.store.all()) {
      if (found.length >= limit) break
      if (matches(stored)) found.push(stored)
    }
    return found
  }

  find(recording: string): Promise<StoredRecording | undefined> { return this.#parts.store.find(recording) }

  /** Segments that can be seen. */
  async sealed({ record }: StoredRecording): Promise<number> { return (await this.#parts.store.segments(record)).filter(({ state }) => state !== 'part').length }

  holds(): Promise<readonly LegalHold[]> { return this.#parts.store.holds() }

  /** One segment, opened. That it is viewed is durable in the log before it is opened. @throws what `record` throws. */
  async view({ recording, segment, by, use, client }: ViewRequest): Promise<ViewAnswer> {
    const { store, tenants, record: append } = this.#parts
    const stored = await store.find(recording)
    if (stored === undefined) return { kind: 'unknown' }
    const { record } = stored
    const keyFile = await store.readKey(recording)
    if (keyFile === undefined || stored.shred !== undefined) {
      await append(refusedEntry(recording, 'view', 'shredded', by))
      return { kind: 'unreadable', why: 'it was shredded: its key is gone' }
    }
    const segments = (await store.segments(record)).filter(({ state }) => state !== 'part')
    const wanted = segments.find((one) => one.segment === segment)
    if (wanted === undefined || wanted.state === 'part') {
      return { kind: 'unreadable', why: segments.length === 0 ? 'nothing of it is sealed yet' : `segment ${segment} is not there; it has ${segments.length}${stored.end === undefined ? ' so far' : ` of ${stored.end.segments}`}` }
    }
    const file = await store.readSegment(record, wanted)
    const receipt = await append(viewEntry(record, segment, by, use, client))
    const sessionKey = openKeyFile(keyFile, recording, tenants)
    if (typeof sessionKey === 'string') return { kind: 'unreadable', why: sessionKey }
    const opened = openSegment(file ?? Buffer.alloc(0), { recording, segment, end: wanted.state, sessionKey })
    if (opened.kind === 'damaged') return { kind: 'unreadable', why: `segment ${opened.segment}${opened.chunk === undefined ? '' : `, chunk ${opened.chunk}`}: ${opened.why}` }
    const last = stored.end?.segments ?? segments.length
    return { kind: 'shown', receipt, plaintext: opened.plaintext, end: wanted.state, next: segment + 1 < last ? segment + 1 : undefined }
  }

  /** @param matter what it is for: a case number, not a patient. */
  placeHold(scope: HoldScope, matter: string, by: RecordedPerson): Promise<LegalHold> {
    return this.#inTurn(async () => {
      const { store, nowMs, randomBytes, record } = this.#parts
      const hold: LegalHold = { id: randomBytes(8).toString('hex'), scope, matter: matter.slice(0, MAX_WORDS), by: `${by.issuer}|${by.subject}`, atMs: nowMs() }
      // Kept first: what is held must be held whether or not the log can say so.
      await store.placeHold(hold)
      await record(holdEntry('recording.hold', hold, by))
      return hold
    })
  }

  /** Recorded before anything it kept can go. @returns undefined when there is no such hold. */
  releaseHold(id: string, by: RecordedPerson): Promise<LegalHold | undefined> {
    return this.#inTurn(async () => {
      const { store, record } = this.#parts
      const hold = (await store.holds()).find((one) => one.id === id)
      if (hold === undefined) return undefined
      await record(holdEntry('recording.release', hold, by))
      await store.releaseHold(id)
      return hold
    })
  }

  /** Destroys the key of a recording, and then its segments. A refusal is recorded too. */
  shred(recording: string, request: Exclude<RemovalRequest, 'expiry'>, reason: string, by: RecordedPerson): Promise<ShredAnswer> {
    return this.#inTurn(async () => {
      const { store, record: append } = this.#parts
      const stored = await store.find(recording)
      if (stored === undefined) return { kind: 'unknown' }
      if (stored.shred !== undefined) return { kind: 'already' }
      const answer = this.#mayRemove(stored, await store.holds(), request)
      if (answer.kind === 'remove') return { kind: 'shredded', receipt: await this.#destroy(stored, request, reason.slice(0, MAX_WORDS), by) }
      await append(refusedEntry(recording, 'shred', answer.reason, by))
      return answer
    })
  }

  /**
   * Destroys what has outlived its retention and is not held. @param by undefined: the gateway by itself.
   * @param limit at most so many now; the rest is for the next time.
   */
  async expire(use: 'show' | 'destroy', by: RecordedPerson | undefined, limit: number): Promise<{ readonly expired: readonly StoredRecording[]; readonly held: readonly StoredRecording[] }> {
    const { store, nowMs, retentionMs } = this.#parts
    const expired: StoredRecording[] = []
    const held: StoredRecording[] = []
    for await (const stored of store.all()) {
      if (stored.end === undefined || stored.shred !== undefined || nowMs() < stored.end.endedMs + retentionMs) continue
      if (expired.length >= limit) break
      await this.#inTurn(async () => {
        if (this.#mayRemove(stored, await store.holds(), 'expiry').kind === 'keep') { held.push(stored); return }
        if (use === 'destroy') await this.#destroy(stored, 'expiry', 'its retention has ended', by)
        expired.push(stored)
      })
    }
    return { expired, held }
  }

  /** Finishes what a crash cut off. Call it before anything else. */
  async finishShreds(): Promise<void> {
    for await (const stored of this.#parts.store.all()) if (stored.shred?.step === 'begun') await this.#finish(stored, stored.shred, undefined)
  }

  #mayRemove({ record, end }: StoredRecording, holds: readonly LegalHold[], request: RemovalRequest): RemovalAnswer {
    return mayRemove(toFacts(record, end), holds, request, this.#parts.nowMs(), this.#parts.retentionMs)
  }

  /** In this order: said in the log, noted, destroyed, said in the log. A crash after the note has it done at the next start; before it, nothing happened. */
  async #destroy(stored: StoredRecording, request: RemovalRequest, reason: string, by: RecordedPerson | undefined): Promise<Receipt> {
    const { store, record: append, nowMs } = this.#parts
    const begun: ShredRecord = { step: 'begun', request, reason, by: by === undefined ? 'doorward' : `${by.issuer}|${by.subject}`, atMs: nowMs() }
    await append(shredEntry(stored.record, begun, by))
    await store.noteShred(stored.record, begun)
    return this.#finish(stored, begun, by)
  }

  async #finish({ record }: StoredRecording, begun: ShredRecord, by: RecordedPerson | undefined): Promise<Receipt> {
    const { store, record: append, randomBytes } = this.#parts
    const done: ShredRecord = { ...begun, step: 'done' }
    await store.destroyKey(record.recording, randomBytes(NOISE_BYTES))
    const receipt = await append(shredEntry(record, done, by))
    await store.noteShred(record, done)
    await store.removeSegments(record)
    return receipt
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.then(() => undefined, () => undefined) // whoever asked hears of it; the next one goes on
    return turn
  }
}
