/**
 * Masks many CopyData frames of COPY text in one pass, where each holds one whole row, as servers send them: an object per row costs more than
 * the mask. Shortcuts and nothing more: a frame that is anything else goes the general way. Pure and synchronous. Source: PostgreSQL, COPY, Text Format.
 */
import { isUtf8 } from 'node:buffer'
import { HEADER_BYTES } from '../limits.ts'
import type { CellMask } from './cell-mask.ts'
import { copyBytes } from './copy-bytes.ts'
import { NEWLINE, type FieldSyntax } from './copy-syntax.ts'
import type { CellObserver } from './plan-row.ts'
import { TransformFault } from './transform-fault.ts'

const BACKSLASH = 0x5c
const NO_BYTES = Buffer.alloc(0)
/** 'd'. */
const COPY_DATA = 0x64

/** One buffer that grows, for the frames of one pass. */
export class FrameSink {
  bytes: Buffer
  at = 0

  constructor(expectedBytes: number) { this.bytes = Buffer.allocUnsafe(expectedBytes) }

  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.at + count, 2 * this.bytes.length))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }

  /** One CopyData frame. */
  frame(data: Buffer): void {
    this.reserve(HEADER_BYTES + data.length)
    const begun = this.begin()
    this.at = copyBytes(data, 0, data.length, this.bytes, this.at)
    this.end(begun)
  }

  begin(): number {
    const begun = this.at
    this.bytes[begun] = COPY_DATA
    this.at += HEADER_BYTES
    return begun
  }

  end(begun: number): void { this.bytes.writeUInt32BE(this.at - begun - 1, begun + 1) }
}

/** Rows of COPY text under the masks of their columns. */
export class TextRowRun {
  readonly #syntax: FieldSyntax
  readonly #delimiter: number
  readonly #masks: readonly CellMask[]
  readonly #constants: readonly Buffer[]
  readonly #constantBytes: number
  readonly #observer: CellObserver | undefined
  /** Positions behind each field of the row looked at. */
  readonly #ends: Int32Array

  constructor(syntax: FieldSyntax, delimiter: number, masks: readonly CellMask[], observer: CellObserver | undefined) {
    this.#syntax = syntax
    this.#delimiter = delimiter
    this.#observer = observer
    this.#masks = masks
    this.#constants = masks.map((mask) => (mask.kind === 'constant' ? syntax.encode(mask.cell) : NO_BYTES))
    this.#constantBytes = this.#constants.reduce((sum, { length }) => sum + length, 0)
    this.#ends = new Int32Array(masks.length)
  }

  /**
   * Writes the row between `from` and `until` as one frame.
   * @returns `other`: it is not one whole row of the form that is known here; nothing was written.
   */
  row(source: Buffer, from: number, until: number, sink: FrameSink): 'written' | 'other' {
    if (!this.#cut(source, from, until)) return 'other'
    this.#observer?.row(this.#observer.columns.map((column) => this.#syntax.decode(source.subarray(column === 0 ? from : (this.#ends[column - 1] ?? from) + 1, this.#ends[column]))))
    sink.reserve(HEADER_BYTES + until - from + this.#constantBytes)
    const begun = sink.begin()
    let copied = from
    let start = from
    for (let column = 0; column < this.#masks.length; column += 1) {
      const end = this.#ends[column] ?? start
      const mask = this.#masks[column]
      if (mask !== undefined && mask.kind !== 'untouched') {
        sink.at = copyBytes(source, copied, start, sink.bytes, sink.at)
        const field = mask.kind === 'constant' ? this.#constants[column] ?? NO_BYTES : this.#syntax.encode(mask.mask(this.#syntax.decode(source.subarray(start, end))))
        if (mask.kind === 'computed') sink.reserve(field.length + until - end + this.#constantBytes)
        sink.at = copyBytes(field, 0, field.length, sink.bytes, sink.at)
        copied = end
      }
      start = end + 1
    }
    sink.at = copyBytes(source, copied, until, sink.bytes, sink.at)
    sink.end(begun)
    return 'written'
  }

  /** Where the fields end. @returns whether it is one row, in UTF-8, of as many fields as there are columns. */
  #cut(source: Buffer, from: number, until: number): boolean {
    const columns = this.#masks.length
    const last = until - 1
    if (columns === 0 || last < from || source[last] !== NEWLINE) return false
    let column = 0
    let bits = 0
    for (let at = from; at < last; at += 1) {
      const byte = source[at] ?? 0
      bits |= byte
      if (byte === this.#delimiter) {
        if (column >= columns - 1) return false
        this.#ends[column] = at
        column += 1
      } else if (byte === BACKSLASH) {
        at += 1
        bits |= source[at] ?? 0
        if (at >= last || source[at] === NEWLINE) return false
      } else if (byte === NEWLINE) return false
    }
    this.#ends[column] = last
    return column === columns - 1 && (bits < 0x80 || isUtf8(source.subarray(from, until)))
  }
}

/** Calls back with the bounds of each frame's body. @throws {TransformFault} `bad-copy` for what is no run of frames */
export function eachBody(frames: Buffer, take: (from: number, until: number) => 'go-on' | 'stop'): number {
  let position = 0
  while (position < frames.length) {
    const end = position + 1 + frames.readUInt32BE(position + 1)
    if (end > frames.length) throw new TransformFault('bad-copy', `a frame of ${end - position} bytes in ${frames.length - position}`)
    if (take(position + HEADER_BYTES, end) === 'stop') break
    position = end
  }
  return position
}
