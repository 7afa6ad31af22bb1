/**
 * Masks COPY ... TO STDOUT as it streams, in memory for one row. Frames carry one row each today, but rows may be cut anywhere; a row is
 * delivered only once it was read whole and found well-formed. Pure and synchronous. Source: PostgreSQL, COPY.
 */
import type { OutputMask } from '@doorward/core'
import type { MaskContext } from '@doorward/phi'
import { DEFAULT_UPSTREAM_FRAME_BYTES } from '../limits.ts'
import { toCellMasks, type CannotMask, type ColumnType, type Fallback } from './cell-mask.ts'
import { FieldRows, TupleRows, type CopyRows } from './copy-rows.ts'
import { eachBody, FrameSink } from './copy-run.ts'
import { checkCopyOptions, CsvFields, TextFields, type CopyTextOptions } from './copy-syntax.ts'
import { OutRoom, toSource } from './out-bytes.ts'
import { planRow, type CellObserver } from './plan-row.ts'
import type { MaskedRun } from './row-run.ts'
import { TransformFault } from './transform-fault.ts'
import type { TypeLookup } from './type-shape.ts'

export interface CopyOutRequest {
  readonly format: 'text' | 'csv' | 'binary'
  /** Not read for binary. */
  readonly options: CopyTextOptions
  /** As predicted; their number must be the one CopyOutResponse says. */
  readonly columns: readonly ColumnType[]
  readonly masks: readonly OutputMask[]
  readonly types: TypeLookup
  readonly context: MaskContext
  /** Gets cells in the format of the COPY, unescaped. */
  readonly observer?: CellObserver
  /** The longest row; default {@link DEFAULT_UPSTREAM_FRAME_BYTES}. */
  readonly maxRowBytes?: number
}

/** The masking of one COPY: for one use. After a fault it is used up. */
export interface CopyOutPlan {
  readonly kind: 'plan'
  /** No cell changes and nobody observes: data may be forwarded as it comes, but then rows are not counted here. */
  readonly identity: boolean
  readonly fallbacks: readonly Fallback[]
  /** Rows seen whole, without header. */
  readonly rows: number
  /**
   * The next bytes of the stream: the bodies of CopyData frames in order.
   *
   * @returns whole masked rows, maybe none. The buffer is the caller's own or a view of `chunk`.
   * @throws {TransformFault} any code but `truncated`: deliver nothing more, end the session.
   */
  push(chunk: Buffer): Buffer
  /**
   * As {@link push}, for many whole CopyData frames at once: frames out. @param most rows in all. @param isOver asked after each frame.
   * A frame that is over either limit is not taken, and none behind it.
   */
  pushFrames(frames: Buffer, most: number, isOver: () => boolean): MaskedRun
  /** CopyDone has come. @returns empty: whole rows were delivered before. @throws {TransformFault} `truncated` inside a row */
  end(): Buffer
}

/** @returns `cannot-mask` when masks or options do not fit. */
export function planCopyOut(request: CopyOutRequest): CopyOutPlan | CannotMask {
  const maxRowBytes = request.maxRowBytes ?? DEFAULT_UPSTREAM_FRAME_BYTES
  return request.format === 'binary' ? planBinary(request, maxRowBytes) : planText(request, request.format, maxRowBytes)
}

function planBinary(request: CopyOutRequest, maxRowBytes: number): CopyOutPlan | CannotMask {
  const fields = request.columns.map((column) => ({ ...column, format: 1 }))
  const plan = planRow({ ...request, fields })
  if (plan.kind !== 'plan') return plan
  return new MaskingCopy(new TupleRows(plan, fields.length, maxRowBytes), plan.identity, plan.fallbacks, maxRowBytes)
}

function planText(request: CopyOutRequest, format: 'text' | 'csv', maxRowBytes: number): CopyOutPlan | CannotMask {
  const { columns, masks, options, observer } = request
  const reason = checkCopyOptions(format, options)
  if (reason !== undefined) return { kind: 'cannot-mask', output: -1, reason }
  const outside = observer?.columns.find((column) => columns[column] === undefined)
  if (outside !== undefined) return { kind: 'cannot-mask', output: outside, reason: `an observer of column ${outside} of ${columns.length}` }
  const resolved = toCellMasks(columns, columns.map(() => 0), masks, request.types, request.context)
  if (resolved.kind !== 'masks') return resolved
  const syntax = format === 'csv' ? new CsvFields(options) : new TextFields(options)
  const rows = new FieldRows(syntax, resolved.cells, options.header ? 'header' : 'no-header', observer)
  const identity = observer === undefined && resolved.cells.every((mask) => mask.kind === 'untouched')
  return new MaskingCopy(rows, identity, resolved.fallbacks, maxRowBytes)
}

const EMPTY = Buffer.alloc(0)
/** The first buffer for a row that came in pieces; it doubles from there. */
const MIN_GATHER_BYTES = 512

class MaskingCopy implements CopyOutPlan {
  readonly kind = 'plan'
  readonly identity: boolean
  readonly fallbacks: readonly Fallback[]
  readonly #rows: CopyRows
  readonly #maxRowBytes: number
  readonly #room = new OutRoom()
  /** An incomplete row: our own copy, since the chunks it came in are not ours to keep. */
  #held: Buffer = EMPTY
  #heldBytes = 0
  #state: 'open' | 'ended' | 'broken' = 'open'

  constructor(rows: CopyRows, identity: boolean, fallbacks: readonly Fallback[], maxRowBytes: number) {
    this.#rows = rows
    this.identity = identity
    this.fallbacks = fallbacks
    this.#maxRowBytes = maxRowBytes
  }

  get rows(): number {
    return this.#rows.rows
  }

  push(chunk: Buffer): Buffer {
    return this.#guarded(() => this.#push(chunk))
  }

  pushFrames(frames: Buffer, most: number, isOver: () => boolean): MaskedRun {
    return this.#guarded(() => {
      const source = toSource(frames)
      const sink = new FrameSink(this.#room.begin(frames.length))
      const before = this.#rows.rows
      const taken = eachBody(source, (from, until) => {
        const begun = sink.out.at
        const isWhole = this.#heldBytes === 0 && until - from <= this.#maxRowBytes && this.#rows.transformInto?.(source, from, until, sink) === 'written'
        const data = isWhole ? EMPTY : this.#push(frames.subarray(from, until))
        if (data.length > 0) sink.frame(data)
        if (this.#rows.rows <= most && !isOver()) return 'go-on'
        sink.out.backTo(begun)
        return 'stop'
      })
      this.#rows.fill?.(source, sink)
      const bytes = this.#room.end(sink.out, taken)
      return { bytes, rows: this.#rows.rows - before, left: frames.length - taken }
    })
  }

  #push(chunk: Buffer): Buffer {
    const out: Buffer[] = []
    let rest = chunk
    if (this.#heldBytes > 0) rest = this.#completeHeld(chunk, out)
    while (rest.length > 0) {
      const end = this.#rows.findEnd(rest)
      if (end === undefined) {
        this.#checkLength(rest.length)
        this.#hold(rest)
        break
      }
      this.#deliver(rest.subarray(0, end), out)
      rest = rest.subarray(end)
    }
    const [only] = out
    return out.length === 1 && only !== undefined ? only : Buffer.concat(out)
  }

  end(): Buffer {
    return this.#guarded(() => {
      if (this.#heldBytes > 0) throw new TransformFault('truncated', `COPY data ends ${this.#heldBytes} bytes into a row`)
      this.#rows.expectEnd()
      this.#state = 'ended'
      return EMPTY
    })
  }

  /** Nothing comes out of a stream that was once broken: where its rows begin is no longer known. */
  #guarded<T>(step: () => T): T {
    if (this.#state !== 'open') throw new TransformFault('bad-copy', `COPY data for a stream that is ${this.#state}`)
    this.#state = 'broken'
    const out = step()
    if (this.#state === 'broken') this.#state = 'open'
    return out
  }

  /** @returns what is left of the chunk behind the row that was held. */
  #completeHeld(chunk: Buffer, out: Buffer[]): Buffer {
    const before = this.#heldBytes
    this.#hold(chunk)
    const end = this.#rows.findEnd(this.#held.subarray(0, this.#heldBytes))
    if (end === undefined) {
      this.#checkLength(this.#heldBytes)
      return EMPTY
    }
    // The row may be delivered as a view, so the buffer goes with it and is not filled again.
    const row = this.#held.subarray(0, end)
    this.#held = EMPTY
    this.#heldBytes = 0
    this.#deliver(row, out)
    return chunk.subarray(end - before)
  }

  #deliver(row: Buffer, out: Buffer[]): void {
    this.#checkLength(row.length)
    out.push(this.#rows.transform(row))
  }

  #hold(bytes: Buffer): void {
    const needed = this.#heldBytes + bytes.length
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * this.#held.length, this.#maxRowBytes), MIN_GATHER_BYTES))
      this.#held.copy(grown, 0, 0, this.#heldBytes)
      this.#held = grown
    }
    bytes.copy(this.#held, this.#heldBytes)
    this.#heldBytes = needed
  }

  #checkLength(bytes: number): void {
    if (bytes > this.#maxRowBytes) throw new TransformFault('row-too-long', `a row of ${bytes} bytes, expected at most ${this.#maxRowBytes}`)
  }
}
