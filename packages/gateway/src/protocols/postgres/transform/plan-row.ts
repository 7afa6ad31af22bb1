/**
 * Plans how the rows of a result are masked, once per result, from its RowDescription; row-run.ts does it. Pure and synchronous.
 * Source: PostgreSQL, Message Formats, DataRow (B).
 */
import type { OutputMask } from '@doorward/core'
import type { MaskContext } from '@doorward/phi'
import type { CellFormat } from './cell-codec.ts'
import { toCellMasks, type CannotMask, type ColumnType, type Fallback } from './cell-mask.ts'
import { OutRoom } from './out-bytes.ts'
import { RowRun, type MaskedRun, type RunObserver } from './row-run.ts'
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
  /** As {@link transformDataRow}, for many whole frames at once; at most so many rows, and none from where the observer says stop. */
  transformFrames(frames: Buffer, most: number): MaskedRun
}

/** The columns of one result as far as their masks depend on them. */
export interface RowMasks {
  readonly kind: 'masks'
  readonly run: RowRun
  readonly fallbacks: readonly Fallback[]
}

/** The part of a plan that results of the same columns under the same masks share. */
export function compileMasks(request: Omit<RowPlanRequest, 'observer'>): RowMasks | CannotMask {
  const formats: CellFormat[] = []
  for (const [output, { format }] of request.fields.entries()) {
    if (format !== 0 && format !== 1) return { kind: 'cannot-mask', output, reason: `format ${format} of output ${output}` }
    formats.push(format)
  }
  const masks = toCellMasks(request.fields, formats, request.masks, request.types, request.context)
  return masks.kind === 'masks' ? { kind: 'masks', run: new RowRun(masks.cells), fallbacks: masks.fallbacks } : masks
}

/** @param columns of the result. */
export function planWith({ run, fallbacks }: RowMasks, columns: number, observer: CellObserver | undefined): RowPlan | CannotMask {
  const outside = observer?.columns.find((column) => column < 0 || column >= columns)
  if (outside !== undefined) return { kind: 'cannot-mask', output: outside, reason: `an observer of column ${outside} of ${columns}` }
  return new MaskingRowPlan(run, fallbacks, observer)
}

/** @returns `cannot-mask` when the masks do not fit the result; an operator that does not fit its column's type redacts and is a fallback. */
export function planRow(request: RowPlanRequest): RowPlan | CannotMask {
  const masks = compileMasks(request)
  return masks.kind === 'masks' ? planWith(masks, request.fields.length, request.observer) : masks
}

class MaskingRowPlan implements RowPlan {
  readonly kind = 'plan'
  readonly identity: boolean
  readonly fallbacks: readonly Fallback[]
  readonly #run: RowRun
  readonly #observer: RunObserver | undefined
  readonly #room = new OutRoom()

  constructor(run: RowRun, fallbacks: readonly Fallback[], observer: CellObserver | undefined) {
    this.#run = run
    this.#observer = observer === undefined ? undefined : toRunObserver(observer)
    this.identity = run.changesNothing && observer === undefined
    this.fallbacks = fallbacks
  }

  transformDataRow(body: Buffer): Buffer { return this.#run.transformBody(body, this.#observer, this.#room) }
  transformFrames(frames: Buffer, most: number): MaskedRun { return this.#run.transform(frames, most, this.#observer, this.#room) }
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
