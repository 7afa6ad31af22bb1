/** What happens to the cells of one column: rows and COPY share it. Decides once, so that most columns cost a copied constant per row. */
import { unreachable, type MaskOperator, type OutputMask } from '@doorward/core'
import { effectiveOperator, maskValue, MIN_TOKEN_KEY_BYTES, type MaskContext, type TokenBatch } from '@doorward/phi'
import { decodeCell, encodeCell, redactedCell, type CellFormat } from './cell-codec.ts'
import { directTokens, directYears, directZips, type Mask, type MaskAt } from './direct-mask.ts'
import { toMaskableType, type MaskableType, type TypeLookup } from './type-shape.ts'

/** A column's type, from RowDescription or, for COPY, from the prediction. */
export interface ColumnType {
  readonly typeOid: number
  readonly typeModifier: number
}

/**
 * `untouched`: the cell goes through as it is. `constant`: every cell becomes this one; null is SQL NULL. `computed`: by value; the answer is
 * to be used before the next cell of the column is masked. `maskAt` and `tokens` are shortcuts of `mask` for cells that are not null, `tokens` for
 * those that it takes.
 */
export type CellMask =
  | { readonly kind: 'untouched' }
  | { readonly kind: 'constant'; readonly cell: Buffer | null }
  | { readonly kind: 'computed'; readonly mask: Mask; readonly maskAt?: MaskAt; readonly tokens?: TokenBatch | undefined }

export const UNTOUCHED: CellMask = { kind: 'untouched' }

/** Longer values are redacted rather than computed on: no ZIP code, date or record number is this long, and a value may have 1 GiB. */
const MAX_COMPUTED_BYTES = 1024 * 1024

/** What count() returns. */
const INT8 = 20

/**
 * A count that is delivered where it is at least this. Below it is NULL, which no count ever is, and so is zero: were it shown, a small cell
 * would be told from an empty one, and in a cell of one patient that is the answer.
 */
function smallCells(atLeast: number, format: CellFormat): CellMask {
  const least = BigInt(atLeast)
  return { kind: 'computed', mask: (cell) => (cell !== null && countIn(cell, format) >= least ? cell : null) }
}

/** @returns -1 for what is no count: it is not shown then. */
function countIn(cell: Buffer, format: CellFormat): bigint {
  if (format === 1) return cell.length === 8 ? cell.readBigInt64BE(0) : -1n
  const text = cell.length <= MAX_COUNT_DIGITS ? cell.toString('latin1') : ''
  return /^\d+$/.test(text) ? BigInt(text) : -1n
}

const MAX_COUNT_DIGITS = 19

/** A mask that was asked for and could not be applied as named: the output is redacted instead. For the log. */
export interface Fallback {
  readonly output: number
  readonly asked: MaskOperator
}

/** The masks of all columns, or why there are none. */
export type ColumnMasks =
  | { readonly kind: 'masks'; readonly cells: readonly CellMask[]; readonly fallbacks: readonly Fallback[] }
  | CannotMask

/** The obligations do not fit the answer: nothing of it may be delivered. `reason` holds no value. */
export interface CannotMask {
  readonly kind: 'cannot-mask'
  readonly output: number
  readonly reason: string
}

/** Resolves every mask against its column. Columns without a mask are untouched. */
export function toCellMasks(
  columns: readonly ColumnType[], formats: readonly CellFormat[], masks: readonly OutputMask[], types: TypeLookup, context: MaskContext,
): ColumnMasks {
  const cells: CellMask[] = columns.map(() => UNTOUCHED)
  const fallbacks: Fallback[] = []
  const seen = new Set<number>()
  for (const mask of masks) {
    const { output } = mask
    const column = columns[output]
    const format = formats[output]
    if (column === undefined || format === undefined) return { kind: 'cannot-mask', output, reason: `a mask for output ${output} of ${columns.length}` }
    if (seen.has(output)) return { kind: 'cannot-mask', output, reason: `two masks for output ${output}` }
    seen.add(output)
    const type = toMaskableType(column.typeOid, column.typeModifier, types)
    if (mask.atLeast !== undefined) {
      if (column.typeOid !== INT8) return { kind: 'cannot-mask', output, reason: `a count of type ${column.typeOid}, expected ${INT8}` }
      cells[output] = smallCells(mask.atLeast, format)
      continue
    }
    const operator = applicableOperator(mask, type, context)
    if (operator !== mask.operator) fallbacks.push({ output, asked: mask.operator })
    cells[output] = toCellMask(operator, mask, type, format, context)
  }
  return { kind: 'masks', cells, fallbacks }
}

function applicableOperator(mask: OutputMask, type: MaskableType, context: MaskContext): MaskOperator {
  const operator = effectiveOperator(mask.operator, type.shape, mask.copied ? 'copied' : 'computed')
  const hasKey = context.tokenKey !== undefined && context.tokenKey.reveal().length >= MIN_TOKEN_KEY_BYTES
  return operator === 'token' && !hasKey ? 'redact' : operator
}

function toCellMask(operator: MaskOperator, mask: OutputMask, type: MaskableType, format: CellFormat, context: MaskContext): CellMask {
  switch (operator) {
    case 'clear': return UNTOUCHED
    case 'null': return { kind: 'constant', cell: null }
    case 'redact': return { kind: 'constant', cell: redactedCell(type, format) }
    case 'token': case 'year': case 'zip3': case 'last4': return computedMask(operator, mask, type, format, context)
    default: return unreachable(operator)
  }
}

/** Whatever cannot be read or written becomes the redaction; never the value. */
function computedMask(operator: MaskOperator, mask: OutputMask, type: MaskableType, format: CellFormat, context: MaskContext): CellMask {
  const redacted = redactedCell(type, format)
  const general: Mask = (cell) => {
    if (cell === null) return null
    const value = cell.length > MAX_COMPUTED_BYTES ? undefined : decodeCell(type, format, cell)
    if (value === undefined) return redacted
    const masked = maskValue(operator, mask.class, type.shape, value, context)
    return masked === null ? null : encodeCell(type, format, masked) ?? redacted
  }
  const { shape } = type
  const { tokenKey, purpose, tokenLanes } = context
  if (operator === 'token' && shape.kind === 'text' && !shape.padded && tokenKey !== undefined) {
    const scope = { key: tokenKey, purpose, phiClass: mask.class }
    return { kind: 'computed', mask: directTokens(scope, MAX_COMPUTED_BYTES, general), tokens: tokenLanes?.batch(scope) }
  }
  if (operator === 'year' && shape.kind === 'date') return { kind: 'computed', mask: general, maskAt: directYears(format, general) }
  if (operator === 'zip3' && shape.kind === 'text' && !shape.padded) return { kind: 'computed', mask: general, maskAt: directZips(general) }
  return { kind: 'computed', mask: general }
}
