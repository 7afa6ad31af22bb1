/**
 * RFC 8785 as bytes, for whoever writes many entries: the same as the UTF-8 of {@link toCanonicalJson}, without the strings between. Every
 * rule, every limit and every error is jcs.ts's; a property holds the two against each other.
 */
import type { Json } from '@doorward/core'
import { encodeNumber, encodeString, fieldsOf, keysOf, MAX_DEPTH } from './jcs.ts'
import { KeptBytes } from './kept-bytes.ts'

/** What most entries need; larger ones make it grow, and it stays so. */
const START_BYTES = 8 * 1024
/** Above it the runtime's own encoder is as fast. */
const MAX_PLAIN = 80
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, COMMA = 0x2c, COLON = 0x3a, QUOTE = 0x22, BACKSLASH = 0x5c
const NULL = Buffer.from('null')
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/** Encodes one value after another into one buffer of its own. Synchronous, so nobody comes between. */
export class CanonicalWriter {
  /** Of parts that were encoded before and cannot have changed since. */
  readonly #kept = new KeptBytes()
  #out = Buffer.allocUnsafeSlow(START_BYTES)
  #at = 0

  /**
   * @param more fields that `fields` does not have; they stand where their names belong.
   * @returns the canonical bytes of an object, a copy. @throws {TypeError} as toCanonicalJson does.
   */
  encode(fields: Readonly<Record<string, Json | undefined>>, more: Readonly<Record<string, Json>>): Buffer {
    this.#at = 0
    this.#fields(fields, more, 1)
    return Buffer.from(this.#out.subarray(0, this.#at))
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string': this.#string(value); return
      case 'number': this.#text(encodeNumber(value)); return
      case 'boolean': this.#bytes(value ? TRUE : FALSE); return
      case 'object': break
      default: throw new TypeError(`canonical json: expected a JSON value, found ${typeof value}`)
    }
    if (value === null) { this.#bytes(NULL); return }
    if (depth >= MAX_DEPTH) throw new TypeError(`canonical json: nested deeper than ${MAX_DEPTH}`)
    const known = this.#kept.find(value, depth)
    if (known !== undefined) { this.#again(known); return }
    const start = this.#at
    if (Array.isArray(value)) this.#array(value, depth + 1)
    else this.#fields(fieldsOf(value), undefined, depth + 1)
    this.#kept.keep(value, depth, () => this.#out.toString('latin1', start, this.#at))
  }

  #array(items: readonly unknown[], depth: number): void {
    this.#byte(OPEN_ARRAY)
    for (let i = 0; i < items.length; i += 1) {
      if (i > 0) this.#byte(COMMA)
      this.#value(items[i], depth)
    }
    this.#byte(CLOSE_ARRAY)
  }

  #fields(fields: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> | undefined, depth: number): void {
    this.#byte(OPEN_OBJECT)
    let isFirst = true
    for (const key of keysOf(fields, more)) {
      const value = more !== undefined && Object.hasOwn(more, key) ? more[key] : fields[key]
      if (value === undefined) continue
      if (isFirst) isFirst = false
      else this.#byte(COMMA)
      this.#string(key)
      this.#byte(COLON)
      this.#value(value, depth)
    }
    this.#byte(CLOSE_OBJECT)
  }

  #string(text: string): void {
    const { length } = text
    if (length > MAX_PLAIN) { this.#text(encodeString(text)); return }
    this.#reserve(length + 2)
    const out = this.#out
    let at = this.#at
    out[at] = QUOTE
    for (let i = 0; i < length; i += 1) {
      const unit = text.charCodeAt(i)
      // Not one that stands for itself: what was written of it is written over.
      if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) { this.#text(encodeString(text)); return }
      out[at += 1] = unit
    }
    out[at + 1] = QUOTE
    this.#at = at + 2
  }

  #text(text: string): void {
    this.#reserve(3 * text.length) // UTF-8 of a UTF-16 unit has at most three bytes
    this.#at += this.#out.write(text, this.#at, 'utf8')
  }

  #bytes(bytes: Buffer): void {
    this.#reserve(bytes.length)
    this.#out.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** @param bytes one a character. */
  #again(bytes: string): void {
    this.#reserve(bytes.length)
    this.#at += this.#out.write(bytes, this.#at, 'latin1')
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#out[this.#at] = byte
    this.#at += 1
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#out.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#out.length))
    this.#out.copy(grown, 0, 0, this.#at)
    this.#out = grown
  }
}
