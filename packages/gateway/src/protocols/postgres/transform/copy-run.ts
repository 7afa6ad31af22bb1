/**
 * Masks many CopyData frames of COPY text in one pass, where each holds one whole row, as servers send them: an object per row costs more than
 * the mask. Shortcuts and nothing more: a frame that is anything else goes the general way. Pure and synchronous. Source: PostgreSQL, COPY, Text Format.
 */
import { isUtf8 } from 'node:buffer'
import type { TokenBatch } from '@doorward/phi'
import { HEADER_BYTES } from '../limits.ts'
import type { CellMask } from './cell-mask.ts'
import { NEWLINE, type FieldSyntax } from './copy-syntax.ts'
import { NO_BYTES, toSource, type OutBytes, type SourceBytes } from './out-bytes.ts'
import type { CellObserver } from './plan-row.ts'
import { TransformFault } from './transform-fault.ts'

const BACKSLASH = 0x5c
const NO_SOURCE = toSource(NO_BYTES)
/** 'd'. */
const COPY_DATA = 0x64
/** Whatever a token's digits can be. */
const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567'

/** The frames of one pass. */
export class FrameSink {
  readonly out: OutBytes

  constructor(out: OutBytes) { this.out = out }

  /** One CopyData frame. */
  frame(data: Buffer): void {
    this.out.reserve(HEADER_BYTES + data.length)
    const begun = this.begin()
    this.out.append(data)
    this.end(begun)
  }

  begin(): number {
    const begun = this.out.at
    this.out.uint8(COPY_DATA)
    this.out.uint32(0)
    return begun
  }

  end(begun: number): void { this.out.uint32At(begun + 1, this.out.at - begun - 1) }
}

/** What a byte is to a row. `wide`: part of a character of several bytes. */
const CLASS = { plain: 0, delimiter: 1, backslash: 2, newline: 3, wide: 4 } as const

/** How the fields of one column are masked. `blank`: a token without its digits. */
interface FieldMask { readonly mask: CellMask; readonly constant: SourceBytes; readonly tokens: TokenBatch | undefined; readonly blank: SourceBytes }

/** Rows of COPY text under the masks of their columns. */
export class TextRowRun {
  readonly #syntax: FieldSyntax
  readonly #masks: readonly FieldMask[]
  readonly #tokens: readonly TokenBatch[]
  /** Bytes that constants and tokens can add to a row. */
  readonly #addedBytes: number
  readonly #observer: CellObserver | undefined
  readonly #null: SourceBytes
  /** By byte. */
  readonly #classes: Uint8Array
  /** Of the row looked at: positions behind each field, and which of them hold a backslash. */
  readonly #ends: Int32Array
  readonly #escaped: Uint8Array
  /** Where observed cells stand. */
  readonly #bounds: Int32Array

  constructor(syntax: FieldSyntax, delimiter: number, masks: readonly CellMask[], observer: CellObserver | undefined) {
    this.#syntax = syntax
    this.#observer = observer
    this.#masks = masks.map((mask) => toFieldMask(mask, syntax))
    this.#tokens = this.#masks.flatMap(({ tokens }) => tokens ?? [])
    this.#addedBytes = this.#masks.reduce((sum, { constant, blank }) => sum + constant.bytes.length + blank.bytes.length, 0)
    this.#null = toSource(syntax.encode(null))
    this.#classes = Uint8Array.from({ length: 256 }, (_, byte) => (byte === delimiter ? CLASS.delimiter : byte === BACKSLASH ? CLASS.backslash : byte === NEWLINE ? CLASS.newline : byte < 0x80 ? CLASS.plain : CLASS.wide))
    this.#ends = new Int32Array(masks.length)
    this.#escaped = new Uint8Array(masks.length)
    this.#bounds = new Int32Array(2 * (observer?.columns.length ?? 0))
  }

  /**
   * Writes the row between `from` and `until` as one frame. Tokens of it may wait until {@link fill}.
   * @returns `other`: it is not one whole row of the form that is known here; nothing was written.
   */
  row(source: SourceBytes, from: number, until: number, sink: FrameSink): 'written' | 'other' {
    if (!this.#cut(source.bytes, from, until)) return 'other'
    this.#observe(source.bytes, from)
    const { out } = sink
    out.reserve(HEADER_BYTES + until - from + this.#addedBytes)
    const begun = sink.begin()
    let copied = from
    let start = from
    for (let column = 0; column < this.#masks.length; column += 1) {
      const end = this.#ends[column] ?? start
      const field = this.#masks[column]
      if (field !== undefined && field.mask.kind !== 'untouched') {
        out.copy(source, copied, start)
        if (field.mask.kind === 'constant') out.copy(field.constant, 0, field.constant.bytes.length)
        else this.#compute(field, field.mask, column, source, start, end, until - end, out)
        copied = end
      }
      start = end + 1
    }
    out.copy(source, copied, until)
    sink.end(begun)
    return 'written'
  }

  /** Writes all that waits. @param source as of the rows before. */
  fill(source: SourceBytes, sink: FrameSink): void { for (const tokens of this.#tokens) sink.out.fill(tokens, source) }

  /** @param rest bytes of the row that are still to be read. */
  #compute(field: FieldMask, mask: Extract<CellMask, { kind: 'computed' }>, column: number, source: SourceBytes, start: number, end: number, rest: number, out: OutBytes): void {
    if (this.#isNull(source.bytes, start, end)) {
      out.reserve(this.#null.bytes.length + rest + this.#addedBytes)
      out.append(this.#encoded(mask.mask(null)))
      return
    }
    const isPlain = this.#escaped[column] === 0 // then the field is the cell
    if (isPlain && field.tokens?.takes(source.bytes, start, end) === true) {
      out.token(field.tokens, field.blank, source, start, end)
      return
    }
    const made = isPlain && mask.maskAt !== undefined ? mask.maskAt(source.bytes, start, end) : mask.mask(this.#syntax.decode(source.bytes.subarray(start, end)))
    const encoded = this.#encoded(made)
    out.reserve(encoded.length + rest + this.#addedBytes)
    out.append(encoded)
  }

  #encoded(made: Buffer | null): Buffer { return made === null ? this.#null.bytes : this.#syntax.encode(made) }

  /** Compared before escapes are undone, as the server does. */
  #isNull(source: Buffer, start: number, end: number): boolean {
    const { bytes } = this.#null
    if (end - start !== bytes.length) return false
    for (let index = 0; index < bytes.length; index += 1) if (source[start + index] !== bytes[index]) return false
    return true
  }

  /** @param from where the row begins. */
  #observe(source: Buffer, from: number): void {
    if (this.#observer === undefined) return
    const { columns } = this.#observer
    let isPlain = this.#observer.rowAt !== undefined
    for (let place = 0; place < columns.length; place += 1) {
      const column = columns[place] ?? 0
      const start = this.#startOf(column, from)
      const end = this.#ends[column] ?? from
      const isNull = this.#isNull(source, start, end)
      this.#bounds[2 * place] = isNull ? -1 : start
      this.#bounds[2 * place + 1] = end
      if (!isNull && this.#escaped[column] !== 0) isPlain = false
    }
    // Whether it has seen enough is asked after each frame.
    if (isPlain) this.#observer.rowAt?.(source, this.#bounds)
    else this.#observer.row(columns.map((column) => this.#syntax.decode(source.subarray(this.#startOf(column, from), this.#ends[column]))))
  }

  #startOf(column: number, from: number): number { return column === 0 ? from : (this.#ends[column - 1] ?? from) + 1 }

  /** Where the fields end. @returns whether it is one row, in UTF-8, of as many fields as there are columns. */
  #cut(source: Buffer, from: number, until: number): boolean {
    const classes = this.#classes
    const ends = this.#ends
    const columns = ends.length
    const last = until - 1
    if (columns === 0 || last < from || source[last] !== NEWLINE) return false
    let column = 0
    let isWide = false
    this.#escaped[0] = 0
    for (let at = from; at < last; at += 1) {
      const kind = classes[source[at] ?? 0]
      if (kind === CLASS.plain) continue
      if (kind === CLASS.delimiter) {
        if (column >= columns - 1) return false
        ends[column] = at
        column += 1
        this.#escaped[column] = 0
      } else if (kind === CLASS.backslash) {
        this.#escaped[column] = 1
        at += 1
        const next = source[at] ?? 0
        if (at >= last || next === NEWLINE) return false
        if (next >= 0x80) isWide = true
      } else if (kind === CLASS.newline) return false
      else isWide = true
    }
    ends[column] = last
    return column === columns - 1 && (!isWide || isUtf8(source.subarray(from, until)))
  }
}

function toFieldMask(mask: CellMask, syntax: FieldSyntax): FieldMask {
  if (mask.kind !== 'computed') return { mask, constant: mask.kind === 'constant' ? toSource(syntax.encode(mask.cell)) : NO_SOURCE, tokens: undefined, blank: NO_SOURCE }
  // A delimiter may be a byte that stands in tokens: then they need escapes, and are made one by one.
  const { tokens } = mask
  const sample = tokens === undefined ? undefined : Buffer.concat([tokens.blank.subarray(0, -tokens.digits), Buffer.from(DIGITS)])
  if (tokens === undefined || sample === undefined || !syntax.encode(sample).equals(sample)) return { mask, constant: NO_SOURCE, tokens: undefined, blank: NO_SOURCE }
  return { mask, constant: NO_SOURCE, tokens, blank: toSource(tokens.blank) }
}

/** Calls back with the bounds of each frame's body. @throws {TransformFault} `bad-copy` for what is no run of frames */
export function eachBody({ bytes, view }: SourceBytes, take: (from: number, until: number) => 'go-on' | 'stop'): number {
  let position = 0
  while (position < bytes.length) {
    const end = position + 1 + view.getUint32(position + 1)
    if (end > bytes.length) throw new TransformFault('bad-copy', `a frame of ${end - position} bytes in ${bytes.length - position}`)
    if (take(position + HEADER_BYTES, end) === 'stop') break
    position = end
  }
  return position
}
