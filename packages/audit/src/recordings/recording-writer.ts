/**
 * Writes one recording while its session runs: lines are gathered into chunks, chunks are sealed and written to the segment's file, a full or old
 * segment is made durable, its digest recorded, and only then does it get its last name. So whatever has that name is in the log, and what a crash
 * leaves without it is found at the next start (recover.ts).
 *
 * Memory is bounded by whoever writes: they wait for {@link RecordingWriter.room} when it is there. Any error ends the recording for good; who needs
 * it recorded hears of it through {@link RecordingWriter.failed} and goes no further.
 */
import { createHash, createSecretKey, type Hash, type KeyObject } from 'node:crypto'
import type { EntryBody, Receipt } from '@doorward/core'
import { AuditFault } from '../fault.ts'
import type { AuditClock } from '../log/clock.ts'
import type { LogFile } from '../log/file-system.ts'
import { encodeKeyFile, wrapKey, type TenantKey } from './key-wrap.ts'
import { openEntry, closeEntry, segmentEntry } from './recording-entries.ts'
import type { RecordingRecord, RecordingSubject } from './recording-files.ts'
import type { RecordingStore } from './recording-store.ts'
import { deriveSegmentKey, encodeHeader, MAX_CHUNK_BYTES, MAX_SEGMENTS, sealChunk } from './segment-format.ts'
import { encodeEvent, type TranscriptEvent } from './transcript.ts'

export interface WriterLimits {
  /** Plaintext of a segment, about: it ends with the line that reaches it. One is opened whole to be viewed. */
  readonly segmentBytes: number
  /** From a segment's first line to its end. */
  readonly segmentMs: number
  /** What a kill of the gateway may lose: from a line to the fdatasync after it. */
  readonly flushMs: number
  /** Lines that wait for the disk; above it writers wait. */
  readonly waitingBytes: number
}

export const DEFAULT_WRITER_LIMITS: WriterLimits = { segmentBytes: 4 * 1024 * 1024, segmentMs: 15 * 60_000, flushMs: 2_000, waitingBytes: 512 * 1024 }

export interface WriterParts {
  readonly store: RecordingStore
  readonly record: (body: EntryBody) => Promise<Receipt>
  readonly clock: AuditClock
  readonly randomBytes: (count: number) => Buffer
  readonly tenant: TenantKey
  readonly limits: WriterLimits
}

/** `flush`: make durable what was written. `seal`: the last chunk of its segment. */
interface Chunk { readonly plaintext: Buffer; readonly then: 'more' | 'flush' | 'seal' }

interface OpenSegment { readonly file: LogFile; readonly key: Buffer; readonly hash: Hash; position: number; chunks: number }

export class RecordingWriter {
  /** Resolves when the recording has failed; never for one that was closed. */
  readonly failed: Promise<AuditFault>
  readonly record: RecordingRecord
  readonly #parts: WriterParts
  readonly #key: KeyObject
  readonly #announce: (fault: AuditFault) => void
  #fault: AuditFault | undefined
  #state: 'open' | 'closed' = 'open'
  #chunk = Buffer.allocUnsafe(MAX_CHUNK_BYTES)
  #filled = 0
  /** Of the segment being gathered; 0: it has no line yet. */
  #segmentBytes = 0
  #segmentFromMs = 0
  #gathering = 0
  readonly #queue: Chunk[] = []
  #queuedBytes = 0
  #pumping: Promise<void> = Promise.resolve()
  #isPumping: 'yes' | 'no' = 'no'
  #waiters: (() => void)[] = []
  #cancelFlush: (() => void) | undefined
  #segment: OpenSegment | undefined
  #written = 0
  #writtenBytes = 0

  private constructor(parts: WriterParts, record: RecordingRecord, key: KeyObject) {
    this.#parts = parts
    this.record = record
    this.#key = key
    const { promise, resolve } = Promise.withResolvers<AuditFault>()
    this.failed = promise
    this.#announce = resolve
  }

  /**
   * Begins a recording: it is in the log, and its wrapped key durable, when this resolves.
   * @throws {AuditFault} `recording-failed`
   */
  static async open(parts: WriterParts, subject: RecordingSubject): Promise<RecordingWriter> {
    const { store, clock, randomBytes, tenant } = parts
    const record: RecordingRecord = { ...subject, startedMs: clock.nowMs() }
    const key = createSecretKey(randomBytes(32))
    const unable = (cause: unknown): AuditFault => new AuditFault('recording-failed', 'a recording could not be begun', { cause })
    await parts.record(openEntry(record, tenant.id)).catch((cause: unknown) => { throw unable(cause) })
    try {
      await store.create(record, encodeKeyFile({ recording: record.recording, tenantKey: tenant.id, wrapped: wrapKey(tenant, record.recording, key) }))
    } catch (cause) {
      // What the log says has begun ends there too, with nothing in it; where that fails as well, the first failure is the one to tell.
      await parts.record(closeEntry(record, { endedMs: clock.nowMs(), how: 'interrupted', segments: 0, bytes: 0 })).catch((error: unknown) => error)
      throw unable(cause)
    }
    const writer = new RecordingWriter(parts, record, key)
    writer.write({ t: 0, k: 'begin', principal: `${record.principal.issuer}|${record.principal.subject}`, resource: record.resource, protocol: record.protocol, client: record.client, why: record.why })
    return writer
  }

  get hasFailed(): boolean { return this.#fault !== undefined }

  /** Milliseconds since it began; what an event's `t` is. */
  get elapsedMs(): number { return Math.max(0, this.#parts.clock.nowMs() - this.record.startedMs) }

  /** Takes an event. After a failure or the end nothing happens: whoever cares watches {@link RecordingWriter.failed}. */
  write(event: TranscriptEvent): void {
    if (this.#fault !== undefined || this.#state === 'closed') return
    if (this.#segmentBytes === 0) {
      this.#segmentFromMs = this.#parts.clock.nowMs()
      this.#gather(encodeEvent({ t: event.t, k: 'segment', v: 1, recording: this.record.recording, segment: this.#gathering, at: new Date(this.#segmentFromMs).toISOString() }))
    }
    this.#gather(encodeEvent(event))
    const { limits, clock } = this.#parts
    if (this.#segmentBytes >= limits.segmentBytes) this.#push('seal')
    else this.#cancelFlush ??= clock.after(limits.flushMs, () => { this.#flush() })
  }

  /** Undefined while there is room; else resolves when there is, or nothing is written any more. */
  room(): Promise<void> | undefined {
    if (this.#queuedBytes <= this.#parts.limits.waitingBytes || this.#fault !== undefined) return undefined
    return new Promise((resolve) => { this.#waiters.push(resolve) })
  }

  /**
   * Ends it: all of it is durable and in the log when this resolves.
   * @throws {AuditFault} `recording-failed`
   */
  async close(why: string): Promise<void> {
    if (this.#state === 'closed') return
    this.write({ t: this.elapsedMs, k: 'end', why })
    this.#state = 'closed'
    this.#cancelFlush?.()
    if (this.#segmentBytes > 0) this.#push('seal')
    await this.#pumping
    const { store, record, clock } = this.#parts
    if (this.#fault !== undefined) throw this.#fault
    try {
      const end = { endedMs: clock.nowMs(), how: 'closed', segments: this.#written, bytes: this.#writtenBytes } as const
      await record(closeEntry(this.record, end))
      await store.close(this.record, end)
    } catch (cause) {
      this.#fail(cause)
      throw new AuditFault('recording-failed', 'the end of a recording could not be kept', { cause })
    }
  }

  #gather(line: string): void {
    let bytes = Buffer.from(line, 'utf8')
    this.#segmentBytes += bytes.length
    while (this.#filled + bytes.length > MAX_CHUNK_BYTES) {
      const fits = MAX_CHUNK_BYTES - this.#filled
      bytes.copy(this.#chunk, this.#filled, 0, fits)
      this.#filled = MAX_CHUNK_BYTES
      this.#push('more')
      bytes = bytes.subarray(fits)
    }
    bytes.copy(this.#chunk, this.#filled)
    this.#filled += bytes.length
  }

  #flush(): void {
    this.#cancelFlush = undefined
    if (this.#fault !== undefined || this.#state === 'closed') return
    const isOld = this.#parts.clock.nowMs() - this.#segmentFromMs >= this.#parts.limits.segmentMs
    if (this.#segmentBytes > 0) this.#push(isOld ? 'seal' : 'flush')
  }

  #push(then: Chunk['then']): void {
    if (this.#filled > 0 || then !== 'more') {
      const full = this.#filled === MAX_CHUNK_BYTES
      this.#queue.push({ plaintext: full ? this.#chunk : Buffer.from(this.#chunk.subarray(0, this.#filled)), then })
      this.#queuedBytes += this.#filled
      if (full) this.#chunk = Buffer.allocUnsafe(MAX_CHUNK_BYTES)
      this.#filled = 0
    }
    if (then === 'seal') {
      this.#segmentBytes = 0
      this.#gathering += 1
      this.#cancelFlush?.()
      this.#cancelFlush = undefined
    }
    if (this.#isPumping === 'no') this.#pumping = this.#pump()
  }

  async #pump(): Promise<void> {
    this.#isPumping = 'yes'
    try {
      for (let chunk = this.#queue.shift(); chunk !== undefined; chunk = this.#queue.shift()) {
        await this.#writeChunk(chunk)
        this.#queuedBytes -= chunk.plaintext.length
        if (this.#queuedBytes <= this.#parts.limits.waitingBytes) this.#wake()
      }
    } catch (error) {
      this.#fail(error)
      await this.#segment?.file.close().catch((cause: unknown) => cause) // the file is given up; the first error is the one that counts
    } finally {
      this.#isPumping = 'no'
    }
  }

  async #writeChunk({ plaintext, then }: Chunk): Promise<void> {
    const segment = this.#segment ??= await this.#begin()
    // An empty chunk may only be a segment's last.
    if (plaintext.length > 0 || then === 'seal') await this.#seal(segment, plaintext, then)
    if (then === 'more') return
    await segment.file.datasync()
    if (then === 'seal') await this.#finish(segment)
  }

  async #seal(segment: OpenSegment, plaintext: Buffer, then: Chunk['then']): Promise<void> {
    await this.#append(segment, sealChunk(segment.key, segment.chunks, then === 'seal' ? 'last' : 'more', plaintext))
    segment.chunks += 1
  }

  async #begin(): Promise<OpenSegment> {
    if (this.#written >= MAX_SEGMENTS) throw new AuditFault('recording-failed', `a recording has ${MAX_SEGMENTS} segments at most`)
    const { store, randomBytes } = this.#parts
    const header = encodeHeader({ recording: this.record.recording, segment: this.#written, salt: randomBytes(16) })
    const segment: OpenSegment = { file: await store.beginSegment(this.record, this.#written), key: deriveSegmentKey(this.#key, header), hash: createHash('sha256'), position: 0, chunks: 0 }
    await this.#append(segment, header)
    return segment
  }

  async #append(segment: OpenSegment, bytes: Buffer): Promise<void> {
    await segment.file.write(bytes, segment.position)
    segment.hash.update(bytes)
    segment.position += bytes.length
  }

  /** The segment is durable. A crash from here on leaves it without its name, and perhaps without its entry; both are made up for at the next start. */
  async #finish(segment: OpenSegment): Promise<void> {
    const { store, record } = this.#parts
    await segment.file.close()
    this.#segment = undefined
    await record(segmentEntry(this.record.recording, { segment: this.#written, end: 'sealed', digest: segment.hash.digest('hex'), bytes: segment.position, chunks: segment.chunks }))
    await store.finishSegment(this.record, this.#written)
    this.#written += 1
    this.#writtenBytes += segment.position
  }

  #fail(cause: unknown): void {
    this.#queue.length = 0
    this.#queuedBytes = 0
    this.#cancelFlush?.()
    if (this.#fault === undefined) {
      this.#fault = new AuditFault('recording-failed', 'a recording could not be written', { cause })
      this.#announce(this.#fault)
    }
    this.#wake()
  }

  #wake(): void { for (const wake of this.#waiters.splice(0)) wake() }
}
