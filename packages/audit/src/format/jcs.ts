/**
 * RFC 8785 (JSON Canonicalization Scheme), encoding only: one value, one text. Decoding is `JSON.parse`; whether a text is
 * canonical is asked by encoding what was parsed and comparing. Stops at {@link MAX_DEPTH}; refuses what JSON cannot hold.
 */
import type { Json } from '@doorward/core'

/** Nesting an entry may have; also what ends a cycle. Our own entries need 6. */
export const MAX_DEPTH = 64

/**
 * The canonical text of `value`. Fields that are `undefined` are left out, as by JSON.stringify.
 *
 * @throws {TypeError} for NaN, infinities, lone surrogates, holes, bigint, symbols, functions, and objects that are not
 * plain (a Date, a Map, a Sensitive: what they would print is not what they hold), and beyond {@link MAX_DEPTH}.
 */
export function toCanonicalJson(value: Json): string {
  return encodeValue(value, 0)
}

/** @returns whether `text` is exactly the canonical text of `parsed`, which must come from JSON.parse(text). */
export function isCanonicalJson(text: string, parsed: Json): boolean {
  try {
    return encodeValue(parsed, 0) === text
  } catch (error) {
    if (error instanceof TypeError) return false // a lone surrogate or too deep: no canonical text exists
    throw error
  }
}

function encodeValue(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string': return encodeString(value)
    case 'number': return encodeNumber(value)
    case 'boolean': return value ? 'true' : 'false'
    case 'object': {
      if (value === null) return 'null'
      if (depth >= MAX_DEPTH) throw new TypeError(`canonical json: nested deeper than ${MAX_DEPTH}`)
      return Array.isArray(value) ? encodeArray(value, depth + 1) : encodeObject(value, depth + 1)
    }
    default: throw new TypeError(`canonical json: expected a JSON value, found ${typeof value}`)
  }
}

/** @throws {TypeError} for a lone surrogate. */
export function encodeString(text: string): string {
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

/** @throws {TypeError} for NaN and infinities. */
export function encodeNumber(number: number): string {
  if (!Number.isFinite(number)) throw new TypeError('canonical json: number is not finite')
  return number === 0 ? '0' : String(number) // RFC 8785 §3.2.2.3: ECMAScript's form; minus zero is 0
}

function encodeArray(items: readonly unknown[], depth: number): string {
  let text = '['
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ','
    text += encodeValue(items[i], depth)
  }
  return text + ']'
}

function encodeObject(object: object, depth: number): string {
  const fields = fieldsOf(object)
  let text = '{'
  for (const key of keysOf(fields, undefined)) {
    const value = fields[key]
    if (value === undefined) continue
    if (text.length > 1) text += ','
    text += encodeString(key) + ':' + encodeValue(value, depth)
  }
  return text + '}'
}

/** @throws {TypeError} for an object that is not plain. */
export function fieldsOf(object: object): Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('canonical json: expected a plain object')
  return object as Readonly<Record<string, unknown>> // a plain object, checked above
}

/** Names in the order of RFC 8785 §3.2.3: by UTF-16 code units, as ECMA-262's SortCompare has it. @param more fields that `fields` does not have. */
export function keysOf(fields: object, more: object | undefined): readonly string[] {
  const keys = Object.keys(fields)
  if (more !== undefined) keys.push(...Object.keys(more))
  for (let i = 1; i < keys.length; i += 1) if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return keys.sort()
  return keys
}
