/**
 * The bytes that go to a client, read as what they show: columns, rows, COPY data, errors, ends of statements. Bytes of a stream in, events out; no
 * socket, no clock but the one it is given. It sees what is delivered, after masking, and nothing else.
 *
 * Rows say nothing about their columns in the extended protocol: a driver that prepared a statement yesterday executes it today without a word. So
 * the session says beforehand, in order, what each permitted statement's rows will look like ({@link WireTranscript.expect}). Which of them an answer
 * belongs to is counted: each ends with CommandComplete or PortalSuspended, an error ends all of its batch, and ReadyForQuery ends the batch.
 */
import type { TranscriptCell, TranscriptEvent } from '@doorward/audit'
import { decodeBackend } from '../backend.ts'
import type { NoticeFields } from '../backend-message.ts'
import { FrameReader, type Frame } from '../frame.ts'
import { upstreamFrameLimit } from '../limits.ts'
import { cellIn, utf8OrHex } from './cell-text.ts'

/** A column as the session knows it before its rows come. */
export interface ExpectedColumn { readonly name: string; readonly typeOid: number; readonly format: 0 | 1 }

/** A permitted statement, whose answer comes in its turn. */
export interface ExpectedAnswer {
  readonly statement: string
  /** Counted from 0: the batch that it stands in. */
  readonly batch: number
  /** Undefined: the answer itself will say. Empty: there are no rows. */
  readonly columns: readonly ExpectedColumn[] | undefined
}

const T = { row: 0x44, copyData: 0x64, complete: 0x43, suspended: 0x73, empty: 0x49, description: 0x54, error: 0x45, notice: 0x4e, ready: 0x5a, copyOut: 0x48, copyIn: 0x47, notification: 0x41 } as const
/** Rows, and cells' bytes, of one event. */
const MAX_ROWS = 200
const MAX_ROWS_BYTES = 32 * 1024

export class WireTranscript {
  readonly #write: (event: TranscriptEvent) => void
  readonly #elapsedMs: () => number
  readonly #reader = new FrameReader(upstreamFrameLimit())
  readonly #expected: ExpectedAnswer[] = []
  #batch: number
  #skipBytes: number
  /** Of the statement whose answer is arriving. */
  #columns: readonly ExpectedColumn[] | undefined
  #told: 'no' | 'yes' = 'no'
  #rows: (readonly TranscriptCell[])[] = []
  #rowsBytes = 0

  /** @param from the batch under way, and bytes of what came before it that are still to pass. */
  constructor(parts: { readonly write: (event: TranscriptEvent) => void; readonly elapsedMs: () => number; readonly from: { readonly batch: number; readonly skipBytes: number } }) {
    this.#write = parts.write
    this.#elapsedMs = parts.elapsedMs
    this.#batch = parts.from.batch
    this.#skipBytes = parts.from.skipBytes
  }

  expect(answer: ExpectedAnswer): void { this.#expected.push(answer) }

  /** @throws {WireFault} for bytes that are no frames of a server's: they were not made by this gateway. */
  output(bytes: Buffer): void {
    const skipped = Math.min(this.#skipBytes, bytes.length)
    this.#skipBytes -= skipped
    if (skipped === bytes.length) return
    this.#reader.push(skipped === 0 ? bytes : bytes.subarray(skipped))
    for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#take(frame)
    this.#flushRows()
  }

  #take(frame: Frame): void {
    if (frame.tag === T.row) { this.#row(frame.body); return }
    this.#flushRows()
    const t = this.#elapsedMs()
    switch (frame.tag) {
      case T.description: this.#describe(frame); return
      case T.copyData: this.#write({ t, k: 'copy-out', data: utf8OrHex(frame.body) }); return
      case T.complete: this.#done(t, nameIn(frame)); return
      case T.suspended: this.#done(t, 'suspended'); return
      // Of an empty text nothing was permitted, unless something was.
      case T.empty: if (this.#head?.batch === this.#batch) this.#done(t, 'empty'); return
      case T.error: this.#notice(t, 'error', frame); this.#endBatch(); return
      case T.notice: this.#notice(t, 'notice', frame); return
      case T.notification: this.#notification(t, frame); return
      case T.ready:
        this.#endBatch()
        this.#batch += 1
        return
      default: return // says nothing that anybody would see
    }
  }

  get #head(): ExpectedAnswer | undefined { return this.#expected[0] }

  #describe(frame: Frame): void {
    const head = this.#head
    // In the extended protocol Describe may be about a statement that is executed later, or never.
    if (head !== undefined && (head.columns !== undefined || head.batch !== this.#batch)) return
    const message = decodeBackend(frame)
    if (message.kind === 'rowDescription') this.#columns = message.fields.map(({ name, typeOid, format }) => ({ name, typeOid, format }))
    if (head !== undefined) this.#tell()
  }

  #tell(): void {
    if (this.#told === 'yes') return
    this.#told = 'yes'
    const head = this.#head
    this.#columns = head?.columns ?? this.#columns
    if (this.#columns !== undefined && this.#columns.length > 0) this.#write({ t: this.#elapsedMs(), k: 'columns', ...(head === undefined ? {} : { of: head.statement }), names: this.#columns.map(({ name }) => name) })
  }

  /** One row: Int16 columns, each an Int32 length and its bytes. PostgreSQL, Message Formats, DataRow (B). */
  #row(body: Buffer): void {
    this.#tell()
    const columns = this.#columns
    const cells: TranscriptCell[] = []
    let at = 2
    for (let left = body.readUInt16BE(0), index = 0; left > 0; left -= 1, index += 1) {
      const length = body.readInt32BE(at)
      at += 4
      if (length < 0) { cells.push(null); continue }
      const column = columns?.[index]
      cells.push(cellIn(body, at, at + length, column?.typeOid ?? 0, column?.format ?? 0))
      at += length
    }
    this.#rows.push(cells)
    this.#rowsBytes += body.length
    if (this.#rows.length >= MAX_ROWS || this.#rowsBytes >= MAX_ROWS_BYTES) this.#flushRows()
  }

  #flushRows(): void {
    if (this.#rows.length === 0) return
    this.#write({ t: this.#elapsedMs(), k: 'rows', rows: this.#rows })
    this.#rows = []
    this.#rowsBytes = 0
  }

  #done(t: number, tag: string): void {
    // Columns are told for an answer without rows too, where they were shown.
    if (this.#head?.columns !== undefined && this.#head.batch === this.#batch) this.#tell()
    const head = this.#head?.batch === this.#batch ? this.#expected.shift() : undefined
    this.#write({ t, k: 'done', ...(head === undefined ? {} : { of: head.statement }), tag })
    this.#reset()
  }

  /** After an error the rest of the batch is dropped, and after ReadyForQuery nothing of it can come. */
  #endBatch(): void {
    while (this.#head !== undefined && this.#head.batch <= this.#batch) this.#expected.shift()
    this.#reset()
  }

  #reset(): void {
    this.#columns = undefined
    this.#told = 'no'
  }

  #notice(t: number, k: 'error' | 'notice', frame: Frame): void {
    const message = decodeBackend(frame)
    if (message.kind !== 'errorResponse' && message.kind !== 'noticeResponse') return
    const { fields } = message
    const head = this.#head?.batch === this.#batch ? this.#head : undefined
    const [detail, hint] = [fields.get('D'), fields.get('H')]
    this.#write({
      t, k, ...(head === undefined ? {} : { of: head.statement }), severity: fieldOf(fields, 'S'), code: fieldOf(fields, 'C'), message: fieldOf(fields, 'M'),
      ...(detail === undefined ? {} : { detail }), ...(hint === undefined ? {} : { hint }),
    })
  }

  #notification(t: number, frame: Frame): void {
    const message = decodeBackend(frame)
    if (message.kind === 'notificationResponse') this.#write({ t, k: 'notification', channel: message.channel })
  }
}

function nameIn(frame: Frame): string {
  const message = decodeBackend(frame)
  return message.kind === 'commandComplete' ? message.tag : ''
}

function fieldOf(fields: NoticeFields, code: string): string { return fields.get(code) ?? '' }
