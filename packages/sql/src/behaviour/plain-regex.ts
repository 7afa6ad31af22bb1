/**
 * Whether a text is certainly a valid regular expression for PostgreSQL's `~`, SIMILAR-free and of the plain kind: literals, classes, groups,
 * alternatives, anchors, quantifiers and the common escapes. Anything else (lookaround, back references, embedded options, collating
 * elements, large bounds) is answered with no, valid or not. Source: PostgreSQL, POSIX Regular Expressions, Regular Expression Details.
 */

/** Longer patterns, or more repetition in all (the product of the bounds), could be "too complex" for the server's engine. */
const MAX_LENGTH = 500
const MAX_REPETITION = 1000

const QUANTIFIER = /^(?:[*+?]|\{(\d{1,3})(?:,(\d{0,3}))?\})\??/
const CLASS = /^\[\^?(?:[A-Za-z0-9_ .,:;!@#%&'"/=<>~`$*+?(){}|-]|\\[dwsDWS]|\\[\\\].^-])+\]/
const ESCAPE = /^\\(?:[dwsDWSmMyYAZ]|[!-/:-@[-^`{-~])/

/** @returns false for whatever is not certain. */
export function isPlainRegex(pattern: string): boolean {
  if (pattern.length > MAX_LENGTH || pattern.startsWith('***')) return false
  let rest = pattern
  let depth = 0
  let repetition = 1
  let quantifiable = false // whether the last thing read is an atom
  while (rest !== '') {
    const quantifier = QUANTIFIER.exec(rest)
    if (quantifier) {
      if (!quantifiable) return false
      repetition *= repetitionOf(quantifier)
      if (!(repetition <= MAX_REPETITION)) return false // NaN: a bound that is none
      rest = rest.slice(quantifier[0].length)
      quantifiable = false
      continue
    }
    const next = readPiece(rest)
    if (next === undefined) return false
    depth += next.depth
    if (depth < 0) return false
    quantifiable = next.quantifiable
    rest = rest.slice(next.length)
  }
  return depth === 0
}

/** The upper bound of `{m,n}`, 1 for `*`, `+`, `?`; NaN where m is above n. */
function repetitionOf([, low, high]: RegExpExecArray): number {
  if (low === undefined) return 1
  if (high === undefined || high === '') return Math.max(Number(low), 1)
  return Number(low) <= Number(high) ? Math.max(Number(high), 1) : Number.NaN
}

interface Piece { readonly length: number; readonly quantifiable: boolean; readonly depth: number }

/** One atom, anchor, bracket or bar at the start of `rest`; undefined: not of the plain kind. */
function readPiece(rest: string): Piece | undefined {
  const character = rest.charAt(0)
  if (character === '[') {
    const found = CLASS.exec(rest)
    return found && hasPlainRanges(found[0]) ? { length: found[0].length, quantifiable: true, depth: 0 } : undefined
  }
  if (character === '\\') {
    const found = ESCAPE.exec(rest)
    return found ? { length: found[0].length, quantifiable: !/^\\[mMyYAZ]$/.test(found[0]), depth: 0 } : undefined
  }
  if (character === '(') {
    if (rest.startsWith('(?') && !rest.startsWith('(?:')) return undefined
    return { length: rest.startsWith('(?:') ? 3 : 1, quantifiable: false, depth: 1 }
  }
  if (character === ')') return { length: 1, quantifiable: true, depth: -1 }
  if (character === '^' || character === '$' || character === '|') return { length: 1, quantifiable: false, depth: 0 }
  if (character === '{' || character === '}' || character === ']') return undefined
  return { length: (rest.codePointAt(0) ?? 0) > 0xffff ? 2 : 1, quantifiable: true, depth: 0 }
}

/** A `-` stands at an edge, or between two letters or two digits in ascending order; what a range ends with starts no other. */
function hasPlainRanges(bracket: string): boolean {
  const inside = bracket.slice(bracket.startsWith('[^') ? 2 : 1, -1).replaceAll(/\\./g, '\0')
  const between = inside.replace(/^-/, '').replace(/-$/, '').replaceAll(/([a-z])-([a-z])|([A-Z])-([A-Z])|([0-9])-([0-9])/g, (range, ...ends: readonly unknown[]) => {
    const [from, to] = ends.filter(end => typeof end === 'string')
    return from !== undefined && to !== undefined && from <= to ? '\0' : range
  })
  return !between.includes('-')
}
