/**
 * `year`: all of a date but its year, and not even that where it tells of an age over 89. 45 CFR 164.514(b)(2)(i)(C): "all elements of
 * dates (except year)", and "all ages over 89 and all elements of dates (including year) indicative of such age", which may be
 * aggregated into "age 90 or older".
 *
 * The rule here is the conservative one: any year 90 or more before the current one goes, whatever the date is of, since nobody under
 * 90 was alive then. Known to withhold more than it must: dates of things rather than people (a guideline of 1930), and, until the
 * birthday, people of 89.
 */

/** What text says instead of a year that would tell of an age over 89. */
export const AGED_TEXT = '90 or older'

/** Years before the current one from which a date may tell of an age over 89. */
const AGED_YEARS = 90
/** PostgreSQL, JSON and FHIR all write years past this with more digits, which no reader here expects. */
const MAX_YEAR = 9999

/** `withheld`: the year may not be shown. */
export type YearAnswer = { readonly kind: 'year'; readonly year: number } | { readonly kind: 'withheld' }

/** A year, unless it tells of an age over 89. @param asOfYear the current year, UTC. */
export function answerYear(year: number, asOfYear: number): YearAnswer {
  return asOfYear - year >= AGED_YEARS ? { kind: 'withheld' } : { kind: 'year', year }
}

// Year first (ISO 8601, FHIR, HL7 v2 with up to fourteen digits) or year last (03/14/1984, 14.03.1984): where the year stands is the only
// thing that differs between readings. No two-digit years. Months and days must be possible, so that other numbers are not taken for dates.
const YEAR_FIRST = /^(\d{4})(?:-[01]\d(?:-[0-3]\d(?:[T ].*)?)?|\/[01]?\d\/[0-3]?\d(?: .*)?|(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?:[0-2]\d(?:[0-5]\d){0,2})?)?)?$/s
const YEAR_LAST = /^[0-3]?\d[/.-][0-3]?\d[/.-](\d{4})(?: .*)?$/s

/** The year of a date written as text, in the ways that are not ambiguous about it. Longer than 64 characters is no date. */
export function yearOfText(text: string): number | undefined {
  const trimmed = text.length > 64 ? '' : text.trim()
  if (trimmed.endsWith('BC')) return undefined
  const year = Number((YEAR_FIRST.exec(trimmed) ?? YEAR_LAST.exec(trimmed))?.[1] ?? 'none')
  return year >= 1 && year <= MAX_YEAR ? year : undefined
}

const ISO_MOMENT = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?)?$/

/**
 * The year of an ISO 8601 date or moment as a typed value holds it; with an offset, the year in UTC. `infinity`, years before 1 and
 * after 9999, and any other text have none.
 */
export function yearOfMoment(text: string): number | undefined {
  const parts = ISO_MOMENT.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone] = parts
  // A Date of years 0 to 99 would land in the 20th century; adding 400, one whole Gregorian cycle, keeps months and days where they are.
  const local = Date.UTC(Number(year) + 400, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const inUtc = new Date(local - offsetMs(zone)).getUTCFullYear() - 400
  return inUtc >= 1 && inUtc <= MAX_YEAR ? inUtc : undefined
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const digits = zone.slice(1).replaceAll(':', '').padEnd(6, '0')
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6))
  return (zone.startsWith('-') ? -1000 : 1000) * seconds
}
