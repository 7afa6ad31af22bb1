/**
 * The rows of a COPY ... TO STDOUT, one whole row at a time: text and csv by fields, binary by tuples, which have the form of a DataRow.
 * Source: PostgreSQL, COPY, File Formats.
 */
import { isUtf8 } from 'node:buffer'
import type { CellMask } from './cell-mask.ts'
import { copyBytes } from './copy-bytes.ts'
import { TextRowRun, type FrameSink } from './copy-run.ts'
import type { FieldSyntax, RowReader } from './copy-syntax.ts'
import type { SourceBytes } from './out-bytes.ts'
import type { CellObserver, RowPlan } from './plan-row.ts'
import { TransformFault } from './transform-fault.ts'

/** Cuts a stream into rows and masks each. */
export interface CopyRows {
  /** Rows masked so far; headers and trailers do not count. */
  readonly rows: number
  /** @see RowReader.findEnd, of which this is the same for headers and trailers too. */
  findEnd(bytes: Buffer): number | undefined
  /** @param row as long as {@link findEnd} said. */
  transform(row: Buffer): Buffer
  /**
   * Writes the bytes between `from` and `until` as one frame, masked, if they are one whole row; only while no row is incomplete.
   * @returns `other`: they are not, or it is not known; nothing was written. Left out: never known.
   */
  transformInto?(source: SourceBytes, from: number, until: number, sink: FrameSink): 'written' | 'other'
  /** Ends a pass of {@link transformInto}: until then the sink hands nothing out. */
  fill?(source: SourceBytes, sink: FrameSink): void
  /** The stream is over. @throws {TransformFault} `truncated` */
  expectEnd(): void
}

interface MaskedField { readonly column: number; readonly mask: CellMask; readonly constant: Buffer | undefined }

const EMPTY = Buffer.alloc(0)

/** Text and csv. */
export class FieldRows implements CopyRows {
  rows = 0
  readonly #syntax: FieldSyntax
  readonly #reader: RowReader
  readonly #columns: number
  /** The columns that change; what stands for a constant mask is written once. */
  readonly #masked: readonly MaskedField[]
  /** Scratch of one call: what stands for each of them in this row. */
  readonly #fields: Buffer[]
  readonly #observer: CellObserver | undefined
  readonly #masking: boolean
  readonly #run: TextRowRun | undefined
  #headerDue: boolean

  constructor(syntax: FieldSyntax, masks: readonly CellMask[], header: 'header' | 'no-header', observer: CellObserver | undefined) {
    this.#syntax = syntax
    this.#reader = syntax.rowReader()
    this.#columns = masks.length
    this.#masked = masks.flatMap((mask, column) => (mask.kind === 'untouched' ? [] : [{ column, mask, constant: mask.kind === 'constant' ? syntax.encode(mask.cell) : undefined }]))
    this.#fields = this.#masked.map(() => EMPTY)
    this.#observer = observer
    this.#masking = observer !== undefined || masks.some((mask) => mask.kind !== 'untouched')
    this.#headerDue = header === 'header'
    this.#run = syntax.delimiterByte === undefined ? undefined : new TextRowRun(syntax, syntax.delimiterByte, masks, observer)
  }

  transformInto(source: SourceBytes, from: number, until: number, sink: FrameSink): 'written' | 'other' {
    if (this.#headerDue || this.#run?.row(source, from, until, sink) !== 'written') return 'other'
    this.rows += 1
    return 'written'
  }

  fill(source: SourceBytes, sink: FrameSink): void { this.#run?.fill(source, sink) }

  findEnd(bytes: Buffer): number | undefined {
    return this.#reader.findEnd(bytes)
  }

  transform(row: Buffer): Buffer {
    const ends = this.#reader.takeFieldEnds()
    this.#checkCount(row, ends)
    // COPY can be told another encoding, and in some (SJIS, BIG5, GBK, ...) the second byte of a character may look like a delimiter or a
    // backslash, and fields would shift. In no UTF-8 does an ASCII byte follow a lead byte, so whatever passes here was cut right.
    if (this.#masking && !isUtf8(row)) throw new TransformFault('bad-copy', `a row of ${row.length} bytes that is not UTF-8`)
    if (this.#headerDue) {
      this.#headerDue = false
      return row // column names, which the decision has seen
    }
    this.rows += 1
    this.#observe(row, ends)
    return this.#masked.length === 0 ? row : this.#maskFields(row, ends)
  }

  #maskFields(row: Buffer, ends: readonly number[]): Buffer {
    let size = row.length
    for (const [place, { column, mask, constant }] of this.#masked.entries()) {
      const start = startOf(ends, column)
      const end = ends[column] ?? start
      const field = constant ?? this.#mask(mask, row.subarray(start, end))
      this.#fields[place] = field
      size += field.length - (end - start)
    }
    const out = Buffer.allocUnsafe(size)
    let at = 0
    let copied = 0
    for (const [place, { column }] of this.#masked.entries()) {
      const start = startOf(ends, column)
      const field = this.#fields[place] ?? EMPTY
      at = copyBytes(row, copied, start, out, at)
      at = copyBytes(field, 0, field.length, out, at)
      copied = ends[column] ?? start
    }
    copyBytes(row, copied, row.length, out, at)
    return out
  }

  expectEnd(): void {
    if (this.#headerDue) throw new TransformFault('truncated', 'COPY data without its header')
  }

  /** A row of no columns is an empty line, as is a row of one empty field. */
  #checkCount(row: Buffer, ends: readonly number[]): void {
    const count = this.#columns === 0 && row.length === 1 ? 0 : ends.length
    if (count !== this.#columns) throw new TransformFault('column-count', `${count} fields in a row, expected ${this.#columns}`)
  }

  #mask(mask: CellMask, field: Buffer): Buffer {
    if (mask.kind !== 'computed') throw new TransformFault('bad-copy', `a ${mask.kind} mask without its constant`)
    return this.#syntax.encode(mask.mask(this.#syntax.decode(field)))
  }

  #observe(row: Buffer, ends: readonly number[]): void {
    this.#observer?.row(this.#observer.columns.map((column) => this.#syntax.decode(row.subarray(startOf(ends, column), ends[column]))))
  }
}

function startOf(ends: readonly number[], column: number): number {
  return column === 0 ? 0 : (ends[column - 1] ?? 0) + 1
}

/** "PGCOPY\n\377\r\n\0": its odd bytes show when a transfer has changed line ends or cut the eighth bit. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
/** Signature, Int32 flags, Int32 length of the header extension. */
const HEADER_BYTES = SIGNATURE.length + 8
const TRAILER = -1

/** Binary: a header, tuples, a trailer. */
export class TupleRows implements CopyRows {
  rows = 0
  readonly #plan: RowPlan
  readonly #columns: number
  readonly #maxRowBytes: number
  #place: 'header' | 'tuples' | 'ended' = 'header'
  /** Within the tuple being read: the cell whose length comes next, and where. */
  #cell = 0
  #at = 2

  constructor(plan: RowPlan, columns: number, maxRowBytes: number) {
    this.#plan = plan
    this.#columns = columns
    this.#maxRowBytes = maxRowBytes
  }

  findEnd(bytes: Buffer): number | undefined {
    switch (this.#place) {
      case 'header': return bytes.length >= HEADER_BYTES ? HEADER_BYTES : undefined
      case 'tuples': return this.#findTupleEnd(bytes)
      case 'ended': throw new TransformFault('bad-copy', `${bytes.length} bytes behind the trailer`)
    }
  }

  transform(row: Buffer): Buffer {
    if (this.#place === 'header') {
      checkHeader(row)
      this.#place = 'tuples'
      return row
    }
    this.#cell = 0
    this.#at = 2
    if (row.readInt16BE(0) === TRAILER) {
      this.#place = 'ended'
      return row
    }
    this.rows += 1
    return this.#plan.transformDataRow(row)
  }

  expectEnd(): void {
    if (this.#place !== 'ended') throw new TransformFault('truncated', 'COPY data without its trailer')
  }

  #findTupleEnd(bytes: Buffer): number | undefined {
    if (bytes.length < 2) return undefined
    const count = bytes.readInt16BE(0)
    if (count === TRAILER) return 2
    if (count !== this.#columns) throw new TransformFault('column-count', `${count} fields in a tuple, expected ${this.#columns}`)
    while (this.#cell < count) {
      if (this.#at + 4 > bytes.length) return undefined
      const length = bytes.readInt32BE(this.#at)
      if (length < -1) throw new TransformFault('bad-length', `field ${this.#cell}: length ${length}, expected -1 or more`)
      this.#at += 4 + Math.max(length, 0)
      this.#cell += 1
      // Said at once, not when the bytes have come.
      if (this.#at > this.#maxRowBytes) throw new TransformFault('row-too-long', `a tuple of ${this.#at} bytes or more, expected at most ${this.#maxRowBytes}`)
    }
    return this.#at <= bytes.length ? this.#at : undefined
  }
}

/** No server of today sets a flag or sends an extension; what they would mean for the tuples is unknown, so they are refused. */
function checkHeader(header: Buffer): void {
  if (!header.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new TransformFault('bad-copy', 'binary COPY data without its signature')
  const flags = header.readUInt32BE(SIGNATURE.length)
  if (flags !== 0) throw new TransformFault('bad-copy', `binary COPY flags ${flags.toString(16)}, expected none`)
  const extension = header.readInt32BE(SIGNATURE.length + 4)
  if (extension !== 0) throw new TransformFault('bad-copy', `a binary COPY header extension of ${extension} bytes, expected none`)
}
