/**
 * Masks many DataRow frames in one pass, from one buffer into another: large results come some hundred rows to a read of the socket, and then
 * an object per frame or cell costs more than the mask. Pure and synchronous. Source: PostgreSQL, Message Formats, DataRow (B).
 */
import { HEADER_BYTES } from '../limits.ts'
import { copyBytes } from './copy-bytes.ts'
import { TransformFault } from './transform-fault.ts'

/** What replaces a cell, length word included; or how to make it; undefined: untouched. */
export type Replacement = Buffer | ((cell: Buffer | null) => Buffer | null) | undefined

/** Sees the cells of some columns before they are masked. */
export interface RunObserver {
  readonly columns: readonly number[]
  /**
   * One row. @param bounds where the cell of each of `columns` begins and ends in `source`; a beginning of -1 is null. Valid only during the call.
   * @returns `stop`: neither this row nor one after it may be delivered.
   */
  rowAt(source: Buffer, bounds: Int32Array): 'go-on' | 'stop'
}

/** Rows that may be delivered. */
export interface MaskedRun {
  /** Whole DataRow frames: a view of those given where nothing changes. */
  readonly bytes: Buffer
  /** How many they are. */
  readonly rows: number
  /** Bytes given and not taken: the limit was reached, or the observer said stop. */
  readonly left: number
}

/** What is done with a column's cell. `merged`: left out here, since the constant of a column behind it holds its constant too. */
const KIND = { untouched: 0, constant: 1, computed: 2, merged: 3 } as const
const NO_BYTES = Buffer.alloc(0)
const NO_BOUNDS = new Int32Array(0)
const NULL_LENGTH = -1

/** The masks of one result's columns, ready to be applied. Keeps nothing of a row from one call to the next: statements may share it. */
export class RowRun {
  readonly #kinds: Uint8Array
  readonly #constants: readonly Buffer[]
  readonly #computed: readonly (((cell: Buffer | null) => Buffer | null) | undefined)[]
  /** Bytes that constants can add to a row. */
  readonly #constantBytes: number
  /** `none`: no cell changes. */
  readonly #copies: 'all' | 'none'
  // Of one call. For each column its place in the observer's list, or -1; where observed cells stand; the buffer that is written, and up to where.
  readonly #places: Int32Array
  #bounds: Int32Array = NO_BOUNDS
  #out: Buffer = NO_BYTES
  #at = 0

  constructor(replacements: readonly Replacement[]) {
    this.#kinds = Uint8Array.from(replacements, kindOf)
    const constants = replacements.map((replacement) => (Buffer.isBuffer(replacement) ? replacement : NO_BYTES))
    for (let column = 0; column + 1 < constants.length; column += 1) {
      if (this.#kinds[column] !== KIND.constant || this.#kinds[column + 1] !== KIND.constant) continue
      constants[column + 1] = Buffer.concat([constants[column] ?? NO_BYTES, constants[column + 1] ?? NO_BYTES])
      this.#kinds[column] = KIND.merged
    }
    this.#constants = constants
    this.#computed = replacements.map((replacement) => (typeof replacement === 'function' ? replacement : undefined))
    this.#constantBytes = constants.reduce((sum, { length }, column) => sum + (this.#kinds[column] === KIND.constant ? length : 0), 0)
    this.#places = new Int32Array(replacements.length)
    this.#copies = replacements.every((replacement) => replacement === undefined) ? 'none' : 'all'
  }

  /** Whether no cell changes. */
  get changesNothing(): boolean { return this.#copies === 'none' }

  /**
   * @param frames whole DataRow frames and nothing else, as the reader cut them. @param most rows to deliver.
   * @throws {TransformFault} `column-count`, `bad-length`, `read-past-row`, `trailing-bytes`: end the session.
   */
  transform(frames: Buffer, most: number, observer: RunObserver | undefined): MaskedRun {
    let position = 0
    let rows = 0
    this.#begin(frames.length, observer)
    while (position < frames.length && rows < most) {
      const end = position + 1 + uint32At(frames, position + 1)
      const begun = this.#at
      this.#row(frames, position, position + HEADER_BYTES, end, observer !== undefined)
      if (observer?.rowAt(frames, this.#bounds) === 'stop') { this.#at = begun; break }
      if (this.#copies === 'all') writeUint32(this.#out, begun + 1, this.#at - begun - 1)
      position = end
      rows += 1
    }
    return { bytes: this.#end(frames, position), rows, left: frames.length - position }
  }

  /** One row without its header. @returns the same buffer when nothing changes. @throws {TransformFault} as {@link transform} */
  transformBody(body: Buffer, observer: RunObserver | undefined): Buffer {
    this.#begin(body.length, observer)
    this.#row(body, 0, 0, body.length, observer !== undefined)
    observer?.rowAt(body, this.#bounds)
    return this.#copies === 'none' ? body : this.#end(body, body.length)
  }

  #begin(bytes: number, observer: RunObserver | undefined): void {
    this.#at = 0
    this.#out = this.#copies === 'none' ? NO_BYTES : Buffer.allocUnsafe(bytes + (bytes >> 1))
    if (observer === undefined) return
    const { columns } = observer
    this.#places.fill(-1)
    for (let place = 0; place < columns.length; place += 1) this.#places[columns[place] ?? 0] = place
    if (this.#bounds.length < 2 * columns.length) this.#bounds = new Int32Array(2 * columns.length)
  }

  #end(source: Buffer, taken: number): Buffer {
    const bytes = this.#copies === 'none' ? source.subarray(0, taken) : this.#out.subarray(0, this.#at)
    this.#out = NO_BYTES
    return bytes
  }

  /** @param start where the copied part begins: a frame's type byte, or the body. */
  #row(frames: Buffer, start: number, body: number, end: number, observes: boolean): void {
    const columns = this.#kinds.length
    if (end - body < 2) throw new TransformFault('read-past-row', `a row of ${end - body} bytes, expected at least 2`)
    const count = ((frames[body] ?? 0) << 8) | (frames[body + 1] ?? 0)
    if (count !== columns) throw new TransformFault('column-count', `${count} columns in a row, expected ${columns}`)
    const copies = this.#copies === 'all'
    if (copies) this.#reserve(end - start + this.#constantBytes)
    let at = body + 2
    let untouched = start
    for (let column = 0; column < columns; column += 1) {
      if (at + 4 > end) throw new TransformFault('read-past-row', `column ${column}: a length at byte ${at - body} of ${end - body}`)
      const length = ((frames[at] ?? 0) << 24) | ((frames[at + 1] ?? 0) << 16) | ((frames[at + 2] ?? 0) << 8) | (frames[at + 3] ?? 0)
      if (length < NULL_LENGTH) throw new TransformFault('bad-length', `column ${column}: length ${length}, expected -1 or more`)
      const cell = at + 4
      const next = length === NULL_LENGTH ? cell : cell + length
      if (next > end) throw new TransformFault('read-past-row', `column ${column}: ${length} bytes at byte ${cell - body} of ${end - body}`)
      if (observes) this.#note(column, length === NULL_LENGTH ? -1 : cell, next)
      const kind = this.#kinds[column]
      if (copies && kind !== KIND.untouched) {
        this.#at = copyBytes(frames, untouched, at, this.#out, this.#at)
        if (kind === KIND.constant) {
          const constant = this.#constants[column] ?? NO_BYTES
          this.#at = copyBytes(constant, 0, constant.length, this.#out, this.#at)
        } else if (kind === KIND.computed) {
          this.#compute(column, length === NULL_LENGTH ? null : frames.subarray(cell, next), end - next)
        }
        untouched = next
      }
      at = next
    }
    if (at !== end) throw new TransformFault('trailing-bytes', `${end - at} bytes after the last column`)
    if (copies) this.#at = copyBytes(frames, untouched, end, this.#out, this.#at)
  }

  /** @param rest bytes of the row that are still to be read. */
  #compute(column: number, cell: Buffer | null, rest: number): void {
    const made = this.#computed[column]?.(cell) ?? null
    if (made !== null) this.#reserve(4 + made.length + rest + this.#constantBytes)
    writeUint32(this.#out, this.#at, made === null ? 0xffff_ffff : made.length)
    this.#at += 4
    if (made !== null) this.#at = copyBytes(made, 0, made.length, this.#out, this.#at)
  }

  #note(column: number, from: number, until: number): void {
    const place = this.#places[column] ?? -1
    if (place < 0) return
    this.#bounds[2 * place] = from
    this.#bounds[2 * place + 1] = until
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#at + bytes, 2 * this.#out.length))
    this.#out.copy(grown, 0, 0, this.#at)
    this.#out = grown
  }
}

function kindOf(replacement: Replacement): number {
  if (replacement === undefined) return KIND.untouched
  return typeof replacement === 'function' ? KIND.computed : KIND.constant
}

function uint32At(source: Buffer, at: number): number {
  return (((source[at] ?? 0) << 24) | ((source[at + 1] ?? 0) << 16) | ((source[at + 2] ?? 0) << 8) | (source[at + 3] ?? 0)) >>> 0
}

function writeUint32(target: Buffer, at: number, value: number): void {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}
