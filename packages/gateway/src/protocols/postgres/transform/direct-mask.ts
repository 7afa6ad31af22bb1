/**
 * Masks that work on a cell's bytes, for what large results hold most: tokens of texts, years of dates. Shortcuts and nothing more: for every
 * cell they give what the general way gives, and whatever they do not know at a glance goes the general way.
 */
import { isUtf8 } from 'node:buffer'
import { TextTokens, type TokenScope } from '@doorward/phi'
import type { CellFormat } from './cell-codec.ts'

export type Mask = (cell: Buffer | null) => Buffer | null

/**
 * Tokens of a text column without padding.
 * @param maxBytes longer cells go the general way. The answer is the same buffer at every call.
 */
export function directTokens(scope: TokenScope, maxBytes: number, general: Mask): Mask {
  const tokens = new TextTokens(scope)
  return (cell) => (cell !== null && cell.length <= maxBytes && isUtf8(cell) ? tokens.of(cell) : general(cell))
}

/** Years of a `date` column: what the general way gives for one day of a year it gives for all of them. */
export function directYears(format: CellFormat, general: Mask): Mask {
  const byYear: (Buffer | null | undefined)[] = []
  const yearOf = format === 0 ? yearOfText : yearOfBinary
  return (cell) => {
    const year = cell === null ? undefined : yearOf(cell)
    if (year === undefined) return general(cell)
    let masked = byYear[year]
    if (masked === undefined) masked = byYear[year] = general(cell)
    return masked
  }
}

/** `YYYY-MM-DD` of a day that can be, in a month that is; the 30th of February never comes from a server, and is in the same year. */
function yearOfText(cell: Buffer): number | undefined {
  if (cell.length !== 10 || cell[4] !== DASH || cell[7] !== DASH) return undefined
  const century = twoDigits(cell, 0)
  const year = twoDigits(cell, 2)
  const month = twoDigits(cell, 5)
  const day = twoDigits(cell, 8)
  return century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31 ? undefined : century * 100 + year
}

const DASH = 0x2d

/** @returns -1 for anything but two digits. */
function twoDigits(cell: Buffer, at: number): number {
  const tens = (cell[at] ?? 0) - 0x30
  const ones = (cell[at + 1] ?? 0) - 0x30
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones
}

/** date_send: days from 2000-01-01. Years that a canonical value writes with four digits. */
function yearOfBinary(cell: Buffer): number | undefined {
  if (cell.length !== 4) return undefined
  const days = cell.readInt32BE(0)
  if (days < FIRST_DAY || days > LAST_DAY) return undefined
  return new Date(EPOCH_MS + days * DAY_MS).getUTCFullYear()
}

const EPOCH_MS = Date.UTC(2000, 0, 1)
const DAY_MS = 86_400_000
const FIRST_DAY = -730_119 // 0001-01-01
const LAST_DAY = 2_921_939 // 9999-12-31
