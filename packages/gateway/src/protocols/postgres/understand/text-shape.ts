/**
 * The shape of a text: what is left of it without its literals, for texts of a conservative lexical form in which literals can be found without
 * a grammar. Printable ASCII, plain quotes and plain integers; no comments, no quoted names, no dollars, backslashes, doubled quotes, prefixed
 * strings, fractions or exponents, and one statement. Everything else has no shape, and is read each time. Pure.
 * Source: PostgreSQL, Lexical Structure; scan.l.
 */

export interface Literal {
  /** Characters, which are bytes here. With its quotes. */
  readonly start: number
  readonly end: number
  /** `integer`: at most nine digits, so an int4. `string`: its type is what it is compared with. */
  readonly kind: 'integer' | 'string'
  /** Without quotes; a number as the server writes it. */
  readonly value: string
}

export interface TextShape {
  /** Equal for texts that differ in nothing but the values of their literals. Holds what stands between them and the kind of each. */
  readonly key: string
  readonly literals: readonly Literal[]
}

/** Longer texts are seldom sent with other literals. */
const MAX_SHAPED_LENGTH = 4_096
const MAX_LITERALS = 64
const MAX_DIGITS = 9

const QUOTE = 0x27
const KIND_MARK = { integer: '\u0001', string: '\u0002' } as const

/** What a character may be in a text that has a shape. */
const OTHER = 0, WORD = 1, DIGIT = 2, STRING = 3, NONE = 4

/** @returns undefined for a text without literals, and for any that is not of the form. */
export function shapeOf(text: string): TextShape | undefined {
  if (text.length > MAX_SHAPED_LENGTH) return undefined
  const literals: Literal[] = []
  let key = ''
  let copied = 0
  let at = 0
  while (at < text.length) {
    const start = at
    switch (classOf(text, at)) {
      case OTHER: at += 1; continue
      case WORD:
        at = wordEnd(text, at)
        if (beginsString(text, at)) return undefined
        continue
      case DIGIT: at = integerEnd(text, at); break
      case STRING: at = stringEnd(text, at); break
      default: return undefined
    }
    if (at < 0 || literals.length === MAX_LITERALS) return undefined
    const kind = text.charCodeAt(start) === QUOTE ? 'string' : 'integer'
    literals.push({ start, end: at, kind, value: kind === 'string' ? text.slice(start + 1, at - 1) : String(Number(text.slice(start, at))) })
    key += text.slice(copied, start) + KIND_MARK[kind]
    copied = at
  }
  return literals.length === 0 ? undefined : { key: key + text.slice(copied), literals }
}

/** The text with some of its literals replaced by parameters, numbered from 1 in the order of `free`. @param free places in `literals`, ascending. */
export function withParameters(text: string, { literals }: TextShape, free: readonly number[]): string {
  let replaced = ''
  let copied = 0
  for (const [number, place] of free.entries()) {
    const literal = literals[place]
    if (literal === undefined) continue
    replaced += `${text.slice(copied, literal.start)}$${number + 1}`
    copied = literal.end
  }
  return replaced + text.slice(copied)
}

function classOf(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (isLetter(unit)) return WORD
  if (isDigit(unit)) return DIGIT
  if (unit === QUOTE) return STRING
  if (unit === 0x2d) return text.charCodeAt(at + 1) === 0x2d ? NONE : OTHER // --
  if (unit === 0x2f) return text.charCodeAt(at + 1) === 0x2a ? NONE : OTHER // /*
  if (unit === 0x3b) return text.slice(at + 1).trim() === '' ? OTHER : NONE // at the end only
  return isPlain(unit) ? OTHER : NONE
}

function isLetter(unit: number): boolean { return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f }
function isDigit(unit: number): boolean { return unit >= 0x30 && unit <= 0x39 }

/** Of what is neither letter, digit nor quote: blanks, and signs but for the double quote, dollar, backslash, backtick and semicolon. */
function isPlain(unit: number): boolean {
  if (unit === 0x20 || unit === 0x09 || unit === 0x0a) return true
  return unit > 0x20 && unit < 0x7f && unit !== 0x22 && unit !== 0x24 && unit !== 0x5c && unit !== 0x60 && unit !== 0x3b
}

function wordEnd(text: string, from: number): number {
  let at = from + 1
  while (isLetter(text.charCodeAt(at)) || isDigit(text.charCodeAt(at))) at += 1
  return at
}

/** E'', B'', X'', N'', U&'': strings whose letters say how to read them. */
function beginsString(text: string, at: number): boolean {
  return text.charCodeAt(at) === QUOTE || (text.charCodeAt(at) === 0x26 && text.charCodeAt(at + 1) === QUOTE)
}

/** @returns where it ends; -1 for what is more than plain digits. */
function integerEnd(text: string, from: number): number {
  let at = from + 1
  while (isDigit(text.charCodeAt(at))) at += 1
  const [before, after] = [text.charCodeAt(from - 1), text.charCodeAt(at)]
  const isMore = before === 0x2e || after === 0x2e || isLetter(after) || after === QUOTE
  return isMore || at - from > MAX_DIGITS ? -1 : at
}

/** @returns where it ends, its quote included; -1 for a string that is not plain. */
function stringEnd(text: string, from: number): number {
  const before = text.charCodeAt(from - 1)
  if (isDigit(before) || before === 0x26 || before === QUOTE) return -1
  for (let at = from + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    // Doubled, or going on behind blanks: the server reads both parts as one string.
    if (unit === QUOTE) return text.slice(at + 1).trimStart().startsWith('\'') ? -1 : at + 1
    if (unit < 0x20 || unit > 0x7e || unit === 0x5c) return -1
  }
  return -1
}
