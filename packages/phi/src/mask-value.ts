/**
 * The mask operators of a policy, applied to one value. Pure, and total: no input makes them throw, and whatever they cannot do well they
 * answer with the shape's redaction. Knows shapes, no protocol: the same value masks to the same text on every path (P10).
 */
import { REVEALING_MASKS, unreachable, type MaskOperator, type PhiClass, type Purpose, type Sensitive } from '@doorward/core'
import { redactedValue, REDACTED_TEXT } from './redact.ts'
import type { ValueShape } from './shape.ts'
import type { TokenLanes } from './token-batch.ts'
import { isTokenShape, isTokenText, tokenOf } from './token.ts'
import { AGED_TEXT, answerYear, yearOfMoment, yearOfText } from './year.ts'
import { zip3Of, zip3OfInteger } from './zip3.ts'

/** What masks depend on besides the value. */
export interface MaskContext {
  /** The tenant's key; undefined: no tokens, `token` redacts. */
  readonly tokenKey: Sensitive<Buffer> | undefined
  readonly purpose: Purpose | undefined
  /** The current year, UTC: ages are counted from it. */
  readonly asOfYear: number
  /** Makes many tokens under that key at once; undefined: one by one. */
  readonly tokenLanes?: TokenLanes | undefined
}

/** Values of up to four characters are their own last four: they are redacted. */
const LAST = 4

/**
 * Masks one value.
 *
 * `redact` and `null` give the same answer for every value and for null (P4). The revealing operators give null for null: a policy that
 * names one accepts that.
 *
 * @param value canonical text of the shape: decimal digits, ISO 8601 dates, lower-case UUIDs, text without padding.
 * @returns the masked value, canonical; the shape's redaction where the operator does not fit the shape or the value.
 */
export function maskValue(operator: MaskOperator, phiClass: PhiClass, shape: ValueShape, value: string | null, context: MaskContext): string | null {
  if (operator === 'null') return null
  if (operator === 'redact' || !fitsShape(operator, shape)) return redactedValue(shape)
  if (value === null) return null
  return reveal(operator, phiClass, shape, value, context) ?? redactedValue(shape)
}

/** @returns whether an operator can show anything of a shape; where not, {@link maskValue} redacts. */
export function fitsShape(operator: MaskOperator, shape: ValueShape): boolean {
  switch (operator) {
    case 'redact': case 'null': case 'clear': return true
    case 'token': return isTokenShape(shape)
    case 'year': return shape.kind === 'text' || isMoment(shape)
    case 'zip3': case 'last4': return shape.kind === 'text' || (shape.kind === 'integer' && shape.bits >= 32)
    default: return unreachable(operator)
  }
}

/**
 * The operator that is really applied to an output: a revealing one only to a copied value of a shape it fits, else `redact`.
 *
 * @param flow `copied` for the column's own value; anything computed from it may hold more than the operator was chosen for.
 */
export function effectiveOperator(operator: MaskOperator, shape: ValueShape, flow: 'copied' | 'computed'): MaskOperator {
  if (!REVEALING_MASKS.has(operator)) return operator
  return flow === 'copied' && fitsShape(operator, shape) ? operator : 'redact'
}

/**
 * @returns whether a text is what a mask writes: a redaction marker, a run of asterisks shorter than it, or a token. For refusing to
 * store masks as if they were data; three-digit ZIP codes and years cannot be told from data and are not recognised.
 */
export function isMaskText(text: string): boolean {
  const trimmed = text.trimEnd()
  return trimmed === REDACTED_TEXT || trimmed === AGED_TEXT || /^\*{1,9}$/.test(trimmed) || isTokenText(trimmed)
}

const MASK_WITHIN = /\[redacted\]|\btok_[a-z0-9-]{1,16}_[a-z2-7]{26}\b|\b90 or older\b/
/** The longest text that {@link holdsMask} finds: a stream keeps so many characters of what came before. */
export const MAX_MASK_LENGTH = 64

/** @returns whether a text is a mask, or holds one anywhere: in a JSON document, an array, a row of COPY, a statement. */
export function holdsMask(text: string): boolean {
  return MASK_WITHIN.test(text) || isMaskText(text)
}

function reveal(operator: MaskOperator, phiClass: PhiClass, shape: ValueShape, value: string, context: MaskContext): string | undefined {
  switch (operator) {
    case 'clear': return value
    case 'token': return context.tokenKey === undefined ? undefined : tokenOf(value, shape, { key: context.tokenKey, purpose: context.purpose, phiClass })
    case 'year': return shape.kind === 'text' ? yearText(value, context.asOfYear) : yearMoment(value, shape, context.asOfYear)
    case 'zip3': return shape.kind === 'integer' ? zip3OfInteger(value) : zip3Of(value)
    case 'last4': return shape.kind === 'integer' ? lastDigits(value) : lastCharacters(value)
    case 'redact': case 'null': return undefined
    default: return unreachable(operator)
  }
}

function yearText(value: string, asOfYear: number): string | undefined {
  const year = yearOfText(value)
  if (year === undefined) return undefined
  const answer = answerYear(year, asOfYear)
  return answer.kind === 'withheld' ? AGED_TEXT : String(year).padStart(4, '0')
}

/** 1 January of the year, midnight UTC for an instant. */
function yearMoment(value: string, shape: ValueShape, asOfYear: number): string | undefined {
  const year = yearOfMoment(value)
  if (year === undefined || answerYear(year, asOfYear).kind === 'withheld') return undefined
  const day = `${String(year).padStart(4, '0')}-01-01`
  if (shape.kind === 'date') return day
  return shape.kind === 'timestamp' ? `${day} 00:00:00` : `${day} 00:00:00+00`
}

function lastCharacters(value: string): string | undefined {
  const characters = Array.from(value.trimEnd().slice(-4 * LAST))
  return characters.length > LAST ? characters.slice(-LAST).join('') : undefined
}

function lastDigits(value: string): string | undefined {
  return /^-?\d{5,}$/.test(value) ? String(Number(value.slice(-LAST))) : undefined
}

function isMoment(shape: ValueShape): boolean {
  return shape.kind === 'date' || shape.kind === 'timestamp' || shape.kind === 'timestamptz'
}
