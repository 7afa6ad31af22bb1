/**
 * Masks DataRow messages. Planned once per result, from its RowDescription; then each row costs a walk over its lengths and a copy of the
 * untouched stretches. Pure and synchronous. Source: PostgreSQL, Message Formats, DataRow (B).
 */
import type { OutputMask } from '@doorward/core'
import type { MaskContext } from '@doorward/phi'
import { HEADER_BYTES } from '../limits.ts'
import type { CellFormat } from './cell-codec.ts'
import { toCellMasks, type CannotMask, type CellMask, type ColumnType, type Fallback } from './cell-mask.ts'
import { copyBytes } from './copy-bytes.ts'
import { RowRun, type MaskedRun, type Replacement, type RunObserver } from './row-run.ts'
import { TransformFault } from './transform-fault.ts'
import type { TypeLookup } from './type-shape.ts'

/** A column of the result: its type, and the format its cells really have (of Bind; always 0 in a simple query). */
export interface RowField extends ColumnType {
  readonly format: number
}

/** Hands out cells as they came, before masking: for counting the patients of a result. */
export interface CellObserver {
  /** Columns to hand out, each once. */
  readonly columns: readonly number[]
  /** Called once per row with one entry per column of `columns`. The buffers are views, valid only during the call. */
  row(cells: readonly (Buffer | null)[]): void
  /** As `row`, where the cells stand instead of the cells: see RunObserver. */
  rowAt?(source: Buffer, bounds: Int32Array): 'go-on' | 'stop'
}

export interface RowPlanRequest {
  readonly fields: readonly RowField[]
  /** {@link OutputMask.output} is the index into `fields`. */
  readonly masks: readonly OutputMask[]
  readonly types: TypeLookup
  readonly context: MaskContext
  readonly observer?: CellObserver
}

/** How to mask the rows of one result. */
export interface RowPlan {
  readonly kind: 'plan'
  /** No cell changes and nobody observes: rows may be forwarded without asking. */
  readonly identity: boolean
  readonly fallbacks: readonly Fallback[]
  /**
   * The body of a DataRow, masked; the same buffer when nothing changes.
   *
   * @throws {TransformFault} `column-count`, `bad-length`, `read-past-row`, `trailing-bytes`: end the session.
   */
  transformDataRow(body: Buffer): Buffer
  /** As {@link transformDataRow}, with type byte and length in front, ready to be sent. */
  transformToFrame(body: Buffer): Buffer
  /** As {@link transformDataRow}, for many whole frames at once; at most so many rows, and none from where the observer says stop. */
  transformFrames(frames: Buffer, most: number): MaskedRun
}

/** @returns `cannot-mask` when the masks do not fit the result; an operator that does not fit its column's type redacts and is a fallback. */
export function planRow(request: RowPlanRequest): RowPlan | CannotMask {
  const formats: CellFormat[] = []
  for (const [output, { format }] of request.fields.entries()) {
    if (format !== 0 && format !== 1) return { kind: 'cannot-mask', output, reason: `format ${format} of output ${output}` }
    formats.push(format)
  }
  const outside = request.observer?.columns.find((column) => request.fields[column] === undefined)
  if (outside !== undefined) return { kind: 'cannot-mask', output: outside, reason: `an observer of column ${outside} of ${request.fields.length}` }
  const masks = toCellMasks(request.fields, formats, request.masks, request.types, request.context)
  return masks.kind === 'masks' ? new MaskingRowPlan(masks.cells, masks.fallbacks, request.observer) : masks
}

/** 'D', Int32 length. */
const DATA_ROW = 0x44
const NULL_CELL = Buffer.from([0xff, 0xff, 0xff, 0xff])
/** No length word is to be written: no cell has it. */
const SIZED = -1

class MaskingRowPlan implements RowPlan {
  readonly kind = 'plan'
  readonly identity: boolean
  readonly fallbacks: readonly Fallback[]
  readonly #replacements: readonly Replacement[]
  readonly #observer: CellObserver | undefined
  /** For each column its place in the observer's answer, or -1. */
  readonly #places: readonly number[]
  readonly #changes: boolean
  // Scratch of one call: what to copy from the body, and what to put behind each stretch. Kept to spare two allocations per row.
  readonly #from: Int32Array
  readonly #until: Int32Array
  readonly #inserts: Buffer[]
  /** The length word of an insert, or {@link SIZED} where it has one already. */
  readonly #lengths: Int32Array
  readonly #run: RowRun

  constructor(cells: readonly CellMask[], fallbacks: readonly Fallback[], observer: CellObserver | undefined) {
    this.#replacements = cells.map(toReplacement)
    this.#observer = observer
    this.#places = cells.map((_, column) => observer?.columns.indexOf(column) ?? -1)
    this.#changes = this.#replacements.some((replacement) => replacement !== undefined)
    this.identity = !this.#changes && observer === undefined
    this.fallbacks = fallbacks
    this.#from = new Int32Array(cells.length + 1)
    this.#until = new Int32Array(cells.length + 1)
    this.#inserts = cells.map(() => NULL_CELL)
    this.#lengths = new Int32Array(cells.length)
    this.#run = new RowRun(this.#replacements, observer === undefined ? undefined : toRunObserver(observer))
  }

  transformFrames(frames: Buffer, most: number): MaskedRun { return this.#run.transform(frames, most) }

  transformDataRow(body: Buffer): Buffer {
    const stretches = this.#walk(body)
    return this.#changes ? this.#assemble(body, stretches, 0) : body
  }

  transformToFrame(body: Buffer): Buffer {
    const frame = this.#assemble(body, this.#walk(body), HEADER_BYTES)
    frame[0] = DATA_ROW
    frame.writeUInt32BE(frame.length - 1, 1)
    return frame
  }

  /** Reads every length; notes the stretches to copy. @returns how many cells are replaced: one stretch before each, one behind all. */
  #walk(body: Buffer): number {
    const columns = this.#replacements.length
    if (body.length < 2) throw new TransformFault('read-past-row', `a row of ${body.length} bytes, expected at least 2`)
    const count = body.readUInt16BE(0)
    if (count !== columns) throw new TransformFault('column-count', `${count} columns in a row, expected ${columns}`)
    const observed: (Buffer | null)[] | undefined = this.#observer?.columns.map(() => null)
    let at = 2
    let stretchFrom = 0
    let replaced = 0
    for (let column = 0; column < columns; column += 1) {
      const end = cellEnd(body, at, column)
      const replacement = this.#replacements[column]
      const place = this.#places[column] ?? -1
      if (observed !== undefined && place >= 0) observed[place] = cellAt(body, at, end)
      if (replacement !== undefined) {
        this.#from[replaced] = stretchFrom
        this.#until[replaced] = at
        if (typeof replacement === 'function') {
          const cell = replacement(cellAt(body, at, end))
          this.#inserts[replaced] = cell ?? NULL_CELL
          this.#lengths[replaced] = cell === null ? SIZED : cell.length
        } else {
          this.#inserts[replaced] = replacement
          this.#lengths[replaced] = SIZED
        }
        replaced += 1
        stretchFrom = end
      }
      at = end
    }
    if (at !== body.length) throw new TransformFault('trailing-bytes', `${body.length - at} bytes after the last column`)
    this.#from[replaced] = stretchFrom
    this.#until[replaced] = at
    if (observed !== undefined) this.#observer?.row(observed)
    return replaced
  }

  #assemble(body: Buffer, replaced: number, headBytes: number): Buffer {
    let size = headBytes
    for (let index = 0; index <= replaced; index += 1) size += this.#length(index)
    for (let index = 0; index < replaced; index += 1) size += this.#insert(index).length + (this.#lengths[index] === SIZED ? 0 : 4)
    const row = Buffer.allocUnsafe(size)
    let at = headBytes
    for (let index = 0; index <= replaced; index += 1) {
      at = copyBytes(body, this.#from[index] ?? 0, this.#until[index] ?? 0, row, at)
      if (index === replaced) break
      const insert = this.#insert(index)
      const length = this.#lengths[index] ?? SIZED
      if (length !== SIZED) at = row.writeInt32BE(length, at)
      at = copyBytes(insert, 0, insert.length, row, at)
    }
    return row
  }

  #length(index: number): number {
    return (this.#until[index] ?? 0) - (this.#from[index] ?? 0)
  }

  #insert(index: number): Buffer {
    return this.#inserts[index] ?? NULL_CELL
  }
}

function toRunObserver(observer: CellObserver): RunObserver {
  const { columns } = observer
  return {
    columns,
    rowAt: (source, bounds) => {
      if (observer.rowAt !== undefined) return observer.rowAt(source, bounds)
      observer.row(columns.map((_, place) => ((bounds[2 * place] ?? -1) < 0 ? null : source.subarray(bounds[2 * place], bounds[2 * place + 1]))))
      return 'go-on'
    },
  }
}

function toReplacement(mask: CellMask): Replacement {
  switch (mask.kind) {
    case 'untouched': return undefined
    case 'constant': return withLength(mask.cell)
    case 'computed': return (cell) => mask.mask(cell)
  }
}

function withLength(cell: Buffer | null): Buffer {
  if (cell === null) return NULL_CELL
  const sized = Buffer.allocUnsafe(4 + cell.length)
  sized.writeInt32BE(cell.length, 0)
  cell.copy(sized, 4)
  return sized
}

/** The position behind the cell that starts at `at`. */
function cellEnd(body: Buffer, at: number, column: number): number {
  if (at + 4 > body.length) throw new TransformFault('read-past-row', `column ${column}: a length at byte ${at} of ${body.length}`)
  const length = body.readInt32BE(at)
  if (length < -1) throw new TransformFault('bad-length', `column ${column}: length ${length}, expected -1 or more`)
  const end = at + 4 + Math.max(length, 0)
  if (end > body.length) throw new TransformFault('read-past-row', `column ${column}: ${length} bytes at byte ${at + 4} of ${body.length}`)
  return end
}

function cellAt(body: Buffer, at: number, end: number): Buffer | null {
  return body.readInt32BE(at) === -1 ? null : body.subarray(at + 4, end)
}
