/**
 * A verifier's fast way through an entry: one pass over its bytes that answers whether they are surely canonical JSON (RFC 8785), and takes
 * the few fields that entries are checked by. It knows less than the format allows and then says nothing; jcs.ts decides those.
 *
 * Says nothing about: numbers other than integers of up to 15 digits, \u escapes, keys with escapes or outside ASCII, nesting beyond
 * 64. Each has a row in the test.
 */
import { isUtf8 } from 'node:buffer'
import type { Json } from '@doorward/core'
import { MAX_DEPTH } from './jcs.ts'

/** What entries are checked by. Values as JSON has them, whatever their type. */
export interface EntryFacts {
  at: Json | undefined
  before: Json | undefined
  count: Json | undefined
  head: Json | undefined
  heartbeatMs: Json | undefined
  intent: Json | undefined
  kind: Json | undefined
  seq: Json | undefined
  session: Json | undefined
  unsettled: Json | undefined
  v: Json | undefined
}

export function noFacts(): EntryFacts {
  return {
    at: undefined, before: undefined, count: undefined, head: undefined, heartbeatMs: undefined, intent: undefined, kind: undefined,
    seq: undefined, session: undefined, unsettled: undefined, v: undefined,
  }
}

/** Takes the facts from a parsed entry. */
export function toFacts(entry: { readonly [key: string]: Json | undefined }): EntryFacts {
  return {
    at: entry['at'], before: entry['before'], count: entry['count'], head: entry['head'], heartbeatMs: entry['heartbeatMs'], intent: entry['intent'],
    kind: entry['kind'], seq: entry['seq'], session: entry['session'], unsettled: entry['unsettled'], v: entry['v'],
  }
}

/** @returns undefined when the bytes are not canonical JSON, not an object, or not surely so. */
export function scanEntry(bytes: Buffer): EntryFacts | undefined {
  const scan = new EntryScan(bytes)
  const facts = scan.run()
  return facts !== undefined && (!scan.hasNonAscii || isUtf8(bytes)) ? facts : undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const MAX_DIGITS = 15
/** 1 for what stands for itself in a string: ASCII but for controls (DEL among them), quote and backslash. 0 ends a run, and so does the end. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte <= 0x7e && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0))
/** The escapes RFC 8785 §3.2.2.2 writes with one letter: \" \\ \b \f \n \r \t. */
const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\bfnrt'))

class EntryScan {
  readonly #bytes: Buffer
  #at = 0
  hasNonAscii = false

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  run(): EntryFacts | undefined {
    const facts = noFacts()
    return this.#object(1, facts) && this.#at === this.#bytes.length ? facts : undefined
  }

  /** Each of these returns whether what begins here is surely canonical, and stands behind it. */
  #value(depth: number): boolean {
    const byte = this.#bytes[this.#at]
    switch (byte) {
      case QUOTE: return this.#string()
      case OPEN_BRACE: return depth < MAX_DEPTH && this.#object(depth + 1, undefined)
      case OPEN_BRACKET: return depth < MAX_DEPTH && this.#array(depth + 1)
      case 0x74: return this.#word(0x72, 0x75, 0x65) // true
      case 0x6e: return this.#word(0x75, 0x6c, 0x6c) // null
      case 0x66: // false
        if (this.#bytes[this.#at + 4] !== 0x65 || !this.#word(0x61, 0x6c, 0x73)) return false
        this.#at++
        return true
      default: return this.#number()
    }
  }

  #object(depth: number, facts: EntryFacts | undefined): boolean {
    const bytes = this.#bytes
    if (bytes[this.#at++] !== OPEN_BRACE) return false
    if (bytes[this.#at] === CLOSE_BRACE) {
      this.#at++
      return true
    }
    let lastBegin = -1
    let lastEnd = -1
    for (;;) {
      const begin = this.#at + 1
      if (!this.#key()) return false
      const end = this.#at - 1
      if (lastBegin >= 0 && !this.#isBefore(lastBegin, lastEnd, begin, end)) return false
      lastBegin = begin
      lastEnd = end
      if (bytes[this.#at++] !== COLON) return false
      const from = this.#at
      if (!this.#value(depth)) return false
      if (facts !== undefined && !this.#take(facts, begin, end, from)) return false
      const next = bytes[this.#at++]
      if (next === CLOSE_BRACE) return true
      if (next !== COMMA) return false
    }
  }

  #array(depth: number): boolean {
    const bytes = this.#bytes
    this.#at++
    if (bytes[this.#at] === CLOSE_BRACKET) {
      this.#at++
      return true
    }
    for (;;) {
      if (!this.#value(depth)) return false
      const next = bytes[this.#at++]
      if (next === CLOSE_BRACKET) return true
      if (next !== COMMA) return false
    }
  }

  #string(): boolean {
    const bytes = this.#bytes
    for (let at = this.#at + 1; at < bytes.length; at++) {
      // Most bytes are none of the cases below, and one look says so.
      while (PLAIN[bytes[at] ?? 0] === 1) at++
      const byte = bytes[at] ?? 0
      if (at >= bytes.length) return false
      if (byte === QUOTE) {
        this.#at = at + 1
        return true
      }
      if (byte === BACKSLASH) {
        at++
        if (!ESCAPES.has(bytes[at] ?? 0)) return false
      } else if (byte < 0x20) return false
      else if (byte > 0x7f) this.hasNonAscii = true
    }
    return false
  }

  /** A string of plain ASCII, so that bytes sort as UTF-16 does. */
  #key(): boolean {
    const bytes = this.#bytes
    if (bytes[this.#at] !== QUOTE) return false
    let at = this.#at + 1
    while (PLAIN[bytes[at] ?? 0] === 1) at++
    if (bytes[at] !== QUOTE) return false
    this.#at = at + 1
    return true
  }

  #number(): boolean {
    const bytes = this.#bytes
    const isNegative = bytes[this.#at] === MINUS
    const begin = this.#at + (isNegative ? 1 : 0)
    let at = begin
    while (at < bytes.length && (bytes[at] ?? 0) >= ZERO && (bytes[at] ?? 0) <= NINE) at++
    const digits = at - begin
    if (digits === 0 || digits > MAX_DIGITS) return false
    if (bytes[begin] === ZERO && (digits > 1 || isNegative)) return false
    this.#at = at // a fraction or exponent that follows is no comma and no bracket: the caller refuses it
    return true
  }

  #word(second: number, third: number, fourth: number): boolean {
    const at = this.#at
    const bytes = this.#bytes
    this.#at = at + 4
    return bytes[at + 1] === second && bytes[at + 2] === third && bytes[at + 3] === fourth
  }

  #isBefore(begin: number, end: number, nextBegin: number, nextEnd: number): boolean {
    const bytes = this.#bytes
    const length = Math.min(end - begin, nextEnd - nextBegin)
    for (let at = 0; at < length; at++) {
      const difference = (bytes[begin + at] ?? 0) - (bytes[nextBegin + at] ?? 0)
      if (difference !== 0) return difference < 0
    }
    return end - begin < nextEnd - nextBegin
  }

  /** Takes a field by its key, which begins and ends there; the value begins at `from` and ends here. @returns false: the slow way has to. */
  #take(facts: EntryFacts, begin: number, end: number, from: number): boolean {
    // By length and first letter, since turning every key into a string would take longer than all the rest.
    switch ((end - begin) * 256 + (this.#bytes[begin] ?? 0)) {
      case 1 * 256 + 0x76: facts.v = this.#plain(from); return facts.v !== undefined
      case 2 * 256 + 0x61: return this.#takeNamed(facts, 'at', begin, end, from)
      case 3 * 256 + 0x73: return this.#takeNamed(facts, 'seq', begin, end, from)
      case 4 * 256 + 0x6b: return this.#takeNamed(facts, 'kind', begin, end, from)
      case 4 * 256 + 0x68: return this.#takeNamed(facts, 'head', begin, end, from)
      case 5 * 256 + 0x63: return this.#takeNamed(facts, 'count', begin, end, from)
      case 6 * 256 + 0x62: return this.#takeNamed(facts, 'before', begin, end, from)
      case 6 * 256 + 0x69: return this.#takeNamed(facts, 'intent', begin, end, from)
      case 7 * 256 + 0x73: return this.#takeNamed(facts, 'session', begin, end, from)
      case 9 * 256 + 0x75: return this.#takeNamed(facts, 'unsettled', begin, end, from)
      case 11 * 256 + 0x68: return this.#takeNamed(facts, 'heartbeatMs', begin, end, from)
      default: return true
    }
  }

  #takeNamed(facts: EntryFacts, name: keyof EntryFacts, begin: number, end: number, from: number): boolean {
    // Its length is the name's already.
    for (let at = begin; at < end; at++) if (this.#bytes[at] !== name.charCodeAt(at - begin)) return true
    const value = this.#plain(from)
    facts[name] = value
    return value !== undefined
  }

  /** An integer, or a string of plain ASCII, from `from` to here; undefined for anything else. */
  #plain(from: number): string | number | undefined {
    const bytes = this.#bytes
    const first = bytes[from] ?? 0
    if (first === QUOTE) {
      for (let at = from + 1; at < this.#at - 1; at++) if (bytes[at] === BACKSLASH || (bytes[at] ?? 0) > 0x7e) return undefined
      return bytes.toString('latin1', from + 1, this.#at - 1)
    }
    if (first !== MINUS && (first < ZERO || first > NINE)) return undefined
    let number = 0
    for (let at = first === MINUS ? from + 1 : from; at < this.#at; at++) number = number * 10 + (bytes[at] ?? 0) - ZERO
    return first === MINUS ? -number : number
  }
}
