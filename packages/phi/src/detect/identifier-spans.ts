/**
 * Finds identifiers that have a form of their own in running text: numbers, addresses of the net, dates. For suggestions and for redacting
 * free text as one layer among others; never the only reason to show a text.
 *
 * Known to miss: names of people and places, street addresses, dates in words or in languages other than English, ages, identifiers
 * without a label or a form (a bare record number), and whatever is spelled with spaces or letters in between.
 */
import type { PhiClass } from '@doorward/core'
import { IDENTIFIER_PATTERNS, type IdentifierPattern } from './identifier-patterns.table.ts'

/** Offsets are UTF-16 code units, `end` exclusive. */
export interface IdentifierSpan {
  readonly start: number
  readonly end: number
  readonly phiClass: PhiClass
}

/** Spans in order of their start, without overlaps: of two that touch the same characters the wider one stays, then the earlier pattern's. */
export function findIdentifiers(text: string): readonly IdentifierSpan[] {
  const found = IDENTIFIER_PATTERNS.flatMap((pattern) => [...spansOf(pattern, text)])
  const widestFirst = found.toSorted((a, b) => a.start - b.start || b.end - a.end)
  const spans: IdentifierSpan[] = []
  for (const span of widestFirst) {
    const last = spans.at(-1)
    if (last === undefined || span.start >= last.end) spans.push(span)
    else if (span.end > last.end) spans[spans.length - 1] = { ...last, end: span.end } // both are covered
  }
  return spans
}

function* spansOf({ phiClass, pattern, check }: IdentifierPattern, text: string): Generator<IdentifierSpan> {
  for (const match of text.matchAll(pattern)) {
    const [start, end] = match.indices?.[1] ?? match.indices?.[0] ?? [0, 0]
    if (end > start && passes(check, text.slice(start, end))) yield { start, end, phiClass }
  }
}

function passes(check: IdentifierPattern['check'], text: string): boolean {
  switch (check) {
    case 'none': return true
    case 'luhn': return isLuhn(text.replace(/\D/g, ''))
    case 'vin': return isVin(text.toUpperCase())
    case 'ipv4': return text.split('.').every((part) => Number(part) <= 255)
  }
}

/** ISO/IEC 7812-1, annex B. */
function isLuhn(digits: string): boolean {
  let sum = 0
  for (let fromEnd = 0; fromEnd < digits.length; fromEnd += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - fromEnd))
    const doubled = digit * 2
    sum += fromEnd % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
/** 49 CFR 565.15(c), table III: A to Z without I, O, Q. */
const VIN_LETTERS: ReadonlyMap<string, number> = new Map([...'ABCDEFGHJKLMNPRSTUVWXYZ'].map((letter, index) => [letter, [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9][index] ?? 0]))

function isVin(text: string): boolean {
  let sum = 0
  for (const [index, character] of [...text].entries()) sum += (VIN_LETTERS.get(character) ?? Number(character)) * (VIN_WEIGHTS[index] ?? 0)
  const remainder = sum % 11
  return text.charAt(8) === (remainder === 10 ? 'X' : String(remainder))
}
