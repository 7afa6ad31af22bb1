/**
 * RFC 8785 (JSON Canonicalization Scheme), encoding only: one value, one text. Decoding is `JSON.parse`; whether a text is
 * canonical is asked by encoding what was parsed and comparing. Stops at {@link MAX_DEPTH}; refuses what JSON cannot hold.
 */
import type { Json } from '@doorward/core'
import type { KeptTexts } from './kept-texts.ts'

/** Nesting an entry may have; also what ends a cycle. Our own entries need 6. */
export const MAX_DEPTH = 64

/**
 * The canonical text of `value`. Fields that are `undefined` are left out, as by JSON.stringify.
 *
 * @param kept texts of parts that were encoded before and cannot have changed since.
 * @throws {TypeError} for NaN, infinities, lone surrogates, holes, bigint, symbols, functions, and objects that are not
 * plain (a Date, a Map, a Sensitive: what they would print is not what they hold), and beyond {@link MAX_DEPTH}.
 */
export function toCanonicalJson(value: Json, kept?: KeptTexts): string {
  return encodeValue(value, 0, kept)
}

/** @returns whether `text` is exactly the canonical text of `parsed`, which must come from JSON.parse(text). */
export function isCanonicalJson(text: string, parsed: Json): boolean {
  try {
    return encodeValue(parsed, 0, undefined) === text
  } catch (error) {
    if (error instanceof TypeError) return false // a lone surrogate or too deep: no canonical text exists
    throw error
  }
}

function encodeValue(value: unknown, depth: number, kept: KeptTexts | undefined): string {
  switch (typeof value) {
    case 'string': return encodeString(value)
    case 'number': return encodeNumber(value)
    case 'boolean': return value ? 'true' : 'false'
    case 'object': {
      if (value === null) return 'null'
      if (depth >= MAX_DEPTH) throw new TypeError(`canonical json: nested deeper than ${MAX_DEPTH}`)
      const known = kept?.find(value, depth)
      if (known !== undefined) return known
      const text = Array.isArray(value) ? encodeArray(value, depth + 1, kept) : encodeObject(value, depth + 1, kept)
      kept?.keep(value, depth, text)
      return text
    }
    default: throw new TypeError(`canonical json: expected a JSON value, found ${typeof value}`)
  }
}

function encodeString(text: string): string {
  if (isPlain(text)) return `"${text}"`
  // RFC 8785 §3.2.2.2: a lone surrogate is an error. JSON.stringify would escape it; for all else it is the canonical form.
  if (!text.isWellFormed()) throw new TypeError('canonical json: lone surrogate')
  return JSON.stringify(text)
}

/** Short and of characters that stand for themselves: most of what entries hold. */
function isPlain(text: string): boolean {
  if (text.length > MAX_PLAIN) return false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false
  }
  return true
}

/** Above it the runtime's own encoder is as fast. */
const MAX_PLAIN = 80

function encodeNumber(number: number): string {
  if (!Number.isFinite(number)) throw new TypeError('canonical json: number is not finite')
  return number === 0 ? '0' : String(number) // RFC 8785 §3.2.2.3: ECMAScript's form; minus zero is 0
}

function encodeArray(items: readonly unknown[], depth: number, kept: KeptTexts | undefined): string {
  let text = '['
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ','
    text += encodeValue(items[i], depth, kept)
  }
  return text + ']'
}

function encodeObject(object: object, depth: number, kept: KeptTexts | undefined): string {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('canonical json: expected a plain object')
  const fields = object as Readonly<Record<string, unknown>> // a plain object, checked above
  const keys = Object.keys(fields)
  keys.sort() // by UTF-16 code units (ECMA-262, SortCompare), as RFC 8785 §3.2.3 asks
  let text = '{'
  for (const key of keys) {
    const value = fields[key]
    if (value === undefined) continue
    if (text.length > 1) text += ','
    text += encodeString(key) + ':' + encodeValue(value, depth, kept)
  }
  return text + '}'
}
