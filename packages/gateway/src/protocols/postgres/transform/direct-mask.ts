/**
 * Masks that work on a cell's bytes, for what large results hold most: tokens of texts, years of dates, ZIP codes. Shortcuts and nothing more: for every
 * cell they give what the general way gives, and whatever they do not know at a glance goes the general way.
 */
import { isUtf8 } from 'node:buffer'
import { TextTokens, type TokenScope } from '@doorward/phi'
import type { CellFormat } from './cell-codec.ts'

export type Mask = (cell: Buffer | null) => Buffer | null
/** The mask of the cell, never null, that stands between two positions. */
export type MaskAt = (source: Buffer, from: number, until: number) => Buffer | null

/**
 * Tokens of a text column without padding.
 * @param maxBytes longer cells go the general way. The answer is the same buffer at every call.
 */
export function directTokens(scope: TokenScope, maxBytes: number, general: Mask): Mask {
  const tokens = new TextTokens(scope)
  return (cell) => (cell !== null && cell.length <= maxBytes && isUtf8(cell) ? tokens.of(cell) : general(cell))
}

/** Years of a `date` column: what the general way gives for one day of a year it gives for all of them. */
export function directYears(format: CellFormat, general: Mask): MaskAt {
  const byYear: (Buffer | null | undefined)[] = []
  const yearOf = format === 0 ? yearOfText : yearOfBinary
  return (source, from, until) => {
    const year = yearOf(source, from, until)
    if (year === -1) return general(source.subarray(from, until))
    let masked = byYear[year]
    if (masked === undefined) masked = byYear[year] = general(source.subarray(from, until))
    return masked
  }
}

/** Three digits of ZIP codes in a text column without padding: of five digits the general way looks at the first three. */
export function directZips(general: Mask): MaskAt {
  const byPrefix: (Buffer | null | undefined)[] = []
  return (source, from, until) => {
    const prefix = until - from === 5 ? prefixAt(source, from) : -1
    if (prefix === -1) return general(source.subarray(from, until))
    let masked = byPrefix[prefix]
    if (masked === undefined) masked = byPrefix[prefix] = general(source.subarray(from, until))
    return masked
  }
}

/** @returns the first three of five digits as a number, or -1. */
function prefixAt(source: Buffer, at: number): number {
  const first = twoDigits(source, at)
  const second = twoDigits(source, at + 2)
  const last = (source[at + 4] ?? 0) - 0x30
  return first < 0 || second < 0 || last < 0 || last > 9 ? -1 : first * 10 + Math.floor(second / 10)
}

/** @returns the year of `YYYY-MM-DD`, a day that can be in a month that is, or -1. The 30th of February never comes from a server, and is in the same year. */
function yearOfText(source: Buffer, from: number, until: number): number {
  if (until - from !== 10 || source[from + 4] !== DASH || source[from + 7] !== DASH) return -1
  const century = twoDigits(source, from)
  const year = twoDigits(source, from + 2)
  const month = twoDigits(source, from + 5)
  const day = twoDigits(source, from + 8)
  return century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31 ? -1 : century * 100 + year
}

const DASH = 0x2d

/** @returns -1 for anything but two digits. */
function twoDigits(source: Buffer, at: number): number {
  const tens = (source[at] ?? 0) - 0x30
  const ones = (source[at + 1] ?? 0) - 0x30
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones
}

/** date_send: days from 2000-01-01. @returns a year that a canonical value writes with four digits, or -1. */
function yearOfBinary(source: Buffer, from: number, until: number): number {
  if (until - from !== 4) return -1
  const days = source.readInt32BE(from)
  return days < FIRST_DAY || days > LAST_DAY ? -1 : yearOfDay(days)
}

/** The Gregorian year, of which 400 have 146,097 days. Counted from the first of March, so that a leap day is the last of its year; no number here is negative. */
function yearOfDay(days: number): number {
  const sinceMarch = days + MARCH_OF_YEAR_0
  const era = (sinceMarch / 146_097) | 0
  const day = sinceMarch - era * 146_097
  const year = ((day - ((day / 1_460) | 0) + ((day / 36_524) | 0) - ((day / 146_096) | 0)) / 365) | 0
  const dayOfYear = day - (365 * year + (year >> 2) - ((year / 100) | 0))
  return era * 400 + year + (dayOfYear >= JANUARY_BEGINS ? 1 : 0)
}

const MARCH_OF_YEAR_0 = 730_425 // days from 0000-03-01 to 2000-01-01
const JANUARY_BEGINS = 306 // days from the first of March
const FIRST_DAY = -730_119 // 0001-01-01
const LAST_DAY = 2_921_939 // 9999-12-31
