/**
 * Masks many DataRow frames in one pass, from one buffer into another: large results come some hundred rows to a read of the socket, and then
 * an object per frame or cell costs more than the mask. Pure and synchronous. Source: PostgreSQL, Message Formats, DataRow (B).
 */
import type { TokenBatch } from '@doorward/phi'
import { HEADER_BYTES } from '../limits.ts'
import type { CellMask } from './cell-mask.ts'
import type { MaskAt } from './direct-mask.ts'
import { NO_BYTES, OutBytes, OutRoom, toSource, type SourceBytes } from './out-bytes.ts'
import { TransformFault } from './transform-fault.ts'

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
const NO_SOURCE = toSource(NO_BYTES)
const NO_BOUNDS = new Int32Array(0)
const NULL_LENGTH = -1
const NULL_CELL = Buffer.from([0xff, 0xff, 0xff, 0xff])
const LENGTH_BYTES = 4

/** How the cells of one column are computed. `blank`: a token without its digits, behind its length. */
interface Computed { readonly maskAt: MaskAt; readonly tokens: TokenBatch | undefined; readonly blank: SourceBytes }

/** The masks of one result's columns, ready to be applied. Keeps nothing of a row from one call to the next: statements may share it. */
export class RowRun {
  readonly #kinds: Uint8Array
  readonly #constants: readonly SourceBytes[]
  readonly #computed: readonly (Computed | undefined)[]
  readonly #tokens: readonly TokenBatch[]
  /** Bytes that constants and tokens can add to a row. */
  readonly #addedBytes: number
  /** `none`: no cell changes. */
  readonly #copies: 'all' | 'none'
  // Of one call. For each column its place in the observer's list, or -1; where observed cells stand; what is read, and what is written.
  readonly #places: Int32Array
  #bounds: Int32Array = NO_BOUNDS
  #source: SourceBytes = NO_SOURCE
  /** Where nothing is written: between calls, and where nothing changes. */
  readonly #noOut = new OutBytes(NO_BYTES)
  #out: OutBytes = this.#noOut

  constructor(masks: readonly CellMask[]) {
    this.#kinds = Uint8Array.from(masks, kindOf)
    const constants = masks.map((mask) => (mask.kind === 'constant' ? withLength(mask.cell) : NO_BYTES))
    for (let column = 0; column + 1 < constants.length; column += 1) {
      if (this.#kinds[column] !== KIND.constant || this.#kinds[column + 1] !== KIND.constant) continue
      constants[column + 1] = Buffer.concat([constants[column] ?? NO_BYTES, constants[column + 1] ?? NO_BYTES])
      this.#kinds[column] = KIND.merged
    }
    this.#constants = constants.map(toSource)
    this.#computed = masks.map((mask) => (mask.kind === 'computed' ? toComputed(mask) : undefined))
    this.#tokens = this.#computed.flatMap((computed) => computed?.tokens ?? [])
    const constantBytes = constants.reduce((sum, { length }, column) => sum + (this.#kinds[column] === KIND.constant ? length : 0), 0)
    this.#addedBytes = constantBytes + this.#computed.reduce((sum, computed) => sum + (computed?.blank.bytes.length ?? 0), 0)
    this.#places = new Int32Array(masks.length)
    this.#copies = masks.every((mask) => mask.kind === 'untouched') ? 'none' : 'all'
  }

  /** Whether no cell changes. */
  get changesNothing(): boolean { return this.#copies === 'none' }

  /**
   * @param frames whole DataRow frames and nothing else, as the reader cut them. @param most rows to deliver. @param room of the statement.
   * @throws {TransformFault} `column-count`, `bad-length`, `read-past-row`, `trailing-bytes`: end the session.
   */
  transform(frames: Buffer, most: number, observer: RunObserver | undefined, room: OutRoom): MaskedRun {
    let position = 0
    let rows = 0
    this.#begin(frames, observer, room)
    try {
      const { view } = this.#source
      while (position < frames.length && rows < most) {
        const end = position + 1 + view.getUint32(position + 1)
        const begun = this.#out.at
        this.#row(position, position + HEADER_BYTES, end, observer !== undefined)
        if (observer?.rowAt(frames, this.#bounds) === 'stop') { this.#out.backTo(begun); break }
        if (this.#copies === 'all') this.#out.uint32At(begun + 1, this.#out.at - begun - 1)
        position = end
        rows += 1
      }
      return { bytes: this.#finish(position, room), rows, left: frames.length - position }
    } finally {
      this.#letGo()
    }
  }

  /** One row without its header. @returns the same buffer when nothing changes. @throws {TransformFault} as {@link transform} */
  transformBody(body: Buffer, observer: RunObserver | undefined, room: OutRoom): Buffer {
    this.#begin(body, observer, room)
    try {
      this.#row(0, 0, body.length, observer !== undefined)
      observer?.rowAt(body, this.#bounds)
      return this.#copies === 'none' ? body : this.#finish(body.length, room)
    } finally {
      this.#letGo()
    }
  }

  #begin(frames: Buffer, observer: RunObserver | undefined, room: OutRoom): void {
    this.#source = toSource(frames)
    this.#out = this.#copies === 'none' ? this.#noOut : room.begin(frames.length)
    if (observer === undefined) return
    const { columns } = observer
    this.#places.fill(-1)
    for (let place = 0; place < columns.length; place += 1) this.#places[columns[place] ?? 0] = place
    if (this.#bounds.length < 2 * columns.length) this.#bounds = new Int32Array(2 * columns.length)
  }

  /** INVARIANT: the only place where bytes that were written leave; with a token that is not filled in they do not. */
  #finish(taken: number, room: OutRoom): Buffer {
    if (this.#copies === 'none') return this.#source.bytes.subarray(0, taken)
    for (const tokens of this.#tokens) this.#out.fill(tokens, this.#source)
    return room.end(this.#out, taken)
  }

  /** Nothing of a run is kept, nor what waits in one that ended in a fault. */
  #letGo(): void {
    this.#source = NO_SOURCE
    this.#out = this.#noOut
    for (const tokens of this.#tokens) tokens.forget()
  }

  /** @param start where the copied part begins: a frame's type byte, or the body. */
  #row(start: number, body: number, end: number, observes: boolean): void {
    const columns = this.#kinds.length
    const source = this.#source
    const { view } = source
    if (end - body < 2) throw new TransformFault('read-past-row', `a row of ${end - body} bytes, expected at least 2`)
    if (end > view.byteLength) throw new TransformFault('read-past-row', `a row that ends ${end - view.byteLength} bytes behind those that came`)
    const count = view.getUint16(body)
    if (count !== columns) throw new TransformFault('column-count', `${count} columns in a row, expected ${columns}`)
    const copies = this.#copies === 'all'
    const out = this.#out
    if (copies) out.reserve(end - start + this.#addedBytes)
    let at = body + 2
    let untouched = start
    for (let column = 0; column < columns; column += 1) {
      if (at + LENGTH_BYTES > end) throw new TransformFault('read-past-row', `column ${column}: a length at byte ${at - body} of ${end - body}`)
      const length = view.getInt32(at)
      if (length < NULL_LENGTH) throw new TransformFault('bad-length', `column ${column}: length ${length}, expected -1 or more`)
      const cell = at + LENGTH_BYTES
      const next = length === NULL_LENGTH ? cell : cell + length
      if (next > end) throw new TransformFault('read-past-row', `column ${column}: ${length} bytes at byte ${cell - body} of ${end - body}`)
      if (observes) this.#note(column, length === NULL_LENGTH ? -1 : cell, next)
      const kind = this.#kinds[column]
      if (kind !== KIND.untouched) {
        out.copy(source, untouched, at)
        if (kind === KIND.constant) {
          const constant = this.#constants[column] ?? NO_SOURCE
          out.copy(constant, 0, constant.bytes.length)
        } else if (kind === KIND.computed) {
          if (length === NULL_LENGTH) out.uint32(0xffff_ffff)
          else this.#compute(column, cell, next, end - next)
        }
        untouched = next
      }
      at = next
    }
    if (at !== end) throw new TransformFault('trailing-bytes', `${end - at} bytes after the last column`)
    if (copies) out.copy(source, untouched, end)
  }

  /** @param rest bytes of the row that are still to be read. */
  #compute(column: number, cell: number, next: number, rest: number): void {
    const computed = this.#computed[column]
    const source = this.#source
    const out = this.#out
    if (computed?.tokens?.takes(source.bytes, cell, next) === true) {
      out.token(computed.tokens, computed.blank, source, cell, next)
      return
    }
    const made = computed?.maskAt(source.bytes, cell, next) ?? null
    if (made !== null) out.reserve(LENGTH_BYTES + made.length + rest + this.#addedBytes)
    out.uint32(made === null ? 0xffff_ffff : made.length)
    if (made !== null) out.append(made)
  }

  #note(column: number, from: number, until: number): void {
    const place = this.#places[column] ?? -1
    if (place < 0) return
    this.#bounds[2 * place] = from
    this.#bounds[2 * place + 1] = until
  }
}

function kindOf({ kind }: CellMask): number { return KIND[kind] }

function toComputed({ mask, maskAt, tokens }: Extract<CellMask, { kind: 'computed' }>): Computed {
  return { maskAt: maskAt ?? ((source, from, until) => mask(source.subarray(from, until))), tokens, blank: tokens === undefined ? NO_SOURCE : toSource(withLength(tokens.blank)) }
}

function withLength(cell: Buffer | null): Buffer {
  if (cell === null) return NULL_CELL
  const sized = Buffer.allocUnsafe(LENGTH_BYTES + cell.length)
  sized.writeInt32BE(cell.length, 0)
  cell.copy(sized, LENGTH_BYTES)
  return sized
}
