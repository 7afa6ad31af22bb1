/**
 * Which arguments of one call decide whether it fails: the tables' positions applied to what is known of the arguments. The tests
 * say yes only where PostgreSQL 15 to 18 certainly accept the constant; a no costs precision, never safety.
 */
import { isPlainRegex } from './plain-regex.ts'
import { MODEST_SIZE, type ArgumentTest, type FunctionBehaviour } from './behaviour.ts'

/** What a call gives as an argument, as far as its tree shows. */
export type ArgumentFact =
  /** A constant, decoded; `undefined`: of a type that was not decoded; `null`: SQL NULL. Text types as string, integers as number or bigint. */
  | { readonly kind: 'constant'; readonly value: string | number | bigint | boolean | null | undefined }
  /** A column of a base table as it is stored, relabelled at most. */
  | { readonly kind: 'column' }
  | { readonly kind: 'other' }

/** What a call's failing depends on. */
export interface Deciding {
  /** Positions among the call's arguments. A masked value there is an error flow. */
  readonly positions: readonly number[]
  /** Whether an error can also tell that the other arguments are not null. */
  readonly nullsDecide: boolean
}

/**
 * @param arguments_ in order; for a call that spreads an array with the keyword VARIADIC, that array is the last one.
 */
export function decidingArguments(behaviour: FunctionBehaviour, arguments_: readonly ArgumentFact[]): Deciding {
  const settled = behaviour.unless?.tests.every(({ argument, test }) => passes(test, arguments_, argument)) === true
  const positions = settled ? behaviour.unless.errorArguments : behaviour.errorArguments
  const last = positions.at(-1)
  const spread = behaviour.variadic && last !== undefined ? arguments_.flatMap((_, at) => (at > last ? [at] : [])) : []
  return { positions: [...positions, ...spread], nullsDecide: positions.length > 0 && behaviour.onNull === 'skipped' }
}

function passes(test: ArgumentTest, arguments_: readonly ArgumentFact[], at: number): boolean {
  if (test === 'keys') return arguments_.every((fact, index) => index < at || (index - at) % 2 === 1 || (fact.kind === 'constant' && fact.value !== null))
  const fact = arguments_[at]
  if (fact === undefined) return false
  if (test === 'stored') return fact.kind === 'column' || (fact.kind === 'constant' && fact.value !== undefined)
  return fact.kind === 'constant' && passesConstant(test, fact.value)
}

function passesConstant(test: Exclude<ArgumentTest, 'keys' | 'stored'>, value: string | number | bigint | boolean | null | undefined): boolean {
  if (typeof value === 'boolean') return test === 'true' && value
  if (typeof value === 'number' || typeof value === 'bigint') return passesInteger(test, value)
  return typeof value === 'string' && passesText(test, value)
}

function passesInteger(test: ArgumentTest, value: number | bigint): boolean {
  switch (test) {
    case 'nonzero': return value != 0 // loose: 0 or 0n
    case 'divisor': return value != 0 && value != -1 // loose: as above
    case 'not-negative': return value >= 0
    case 'positive': return value >= 1
    case 'none': return value == -1 // loose: as above
    case 'modest': return value <= MODEST_SIZE
    case 'position': return value >= 1 && value <= MODEST_SIZE
    case 'length': return value >= 0 && value <= MODEST_SIZE
    default: return false
  }
}

function passesText(test: ArgumentTest, value: string): boolean {
  switch (test) {
    case 'modest': return value.length <= MODEST_SIZE
    case 'utf8': return /^utf-?8$/i.test(value)
    case 'like-pattern': return (/\\*$/.exec(value)?.[0].length ?? 0) % 2 === 0
    case 'regex': return isPlainRegex(value)
    case 'regex-flags': return /^[cimnps]*$/.test(value)
    case 'regex-flags-global': return /^[cgimnps]*$/.test(value)
    case 'number-format': return /^(FM)?[90]([90,]*[90])?(\.[90]+)?$/i.test(value)
    case 'format': return /^([^%]|%[sL%])*$/.test(value)
    case 'time-zone': return value === 'UTC' || value === 'GMT' || Intl.supportedValuesOf('timeZone').includes(value)
    default: return NAMES.get(test)?.has(value.toLowerCase()) ?? false
  }
}

const DAYS = ['day', 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium', 'isoyear', 'dow', 'isodow', 'doy', 'julian', 'epoch']
const HOURS = ['microseconds', 'milliseconds', 'second', 'minute', 'hour', 'epoch']
const TRUNCATED = ['microseconds', 'milliseconds', 'second', 'minute', 'hour', 'day', 'month', 'quarter', 'year', 'decade', 'century', 'millennium']

/** PostgreSQL, Date/Time Functions: EXTRACT and date_trunc; Binary String Functions: encode; String Functions: normalize. What 15 to 18 all know. */
const NAMES: ReadonlyMap<ArgumentTest, ReadonlySet<string>> = new Map<ArgumentTest, ReadonlySet<string>>([
  ['encode-format', new Set(['hex', 'base64', 'escape'])],
  ['normal-form', new Set(['nfc', 'nfd', 'nfkc', 'nfkd'])],
  ['date-field', new Set(DAYS)],
  ['time-field', new Set(HOURS)],
  ['timestamp-field', new Set([...DAYS, ...HOURS])],
  ['interval-field', new Set([...TRUNCATED, 'epoch'])],
  ['trunc-field', new Set([...TRUNCATED, 'week'])],
  ['interval-trunc-field', new Set(TRUNCATED)],
])

/**
 * What like_escape makes of a pattern and its escape, as `x LIKE p ESCAPE e` calls it: the pattern with `\` as its escape.
 *
 * @returns undefined where like_escape itself fails: an escape of more than one character.
 */
export function escapedLikePattern(pattern: string, escape: string): string | undefined {
  if (escape === '') return pattern.replaceAll('\\', '\\\\')
  if ([...escape].length !== 1) return undefined
  if (escape === '\\') return pattern
  let escaped = false
  let text = ''
  for (const character of pattern) { // like_match.c, do_like_escape: a doubled escape stays once, a backslash is doubled
    if (character === escape && !escaped) { text += '\\'; escaped = true; continue }
    text += character === '\\' && !escaped ? '\\\\' : character
    escaped = false
  }
  return text
}
