/**
 * Tokens: keyed pseudonyms, equal for equal values of one class under one purpose and tenant key. They let a caller join, group and look
 * up without seeing the value.
 *
 * A token is *pseudonymisation inside PHI*. It is derived from the value, so it is no re-identification code of 45 CFR 164.514(c), and
 * tokenised data is not Safe Harbor output: it stays PHI and is protected as PHI. Who holds the key can test guesses; who sees tokens
 * learns which rows are equal and how often each value occurs, and that null is null.
 */
import type { PhiClass, Purpose, Sensitive } from '@doorward/core'
import { hmacSha256, KeyedHash } from './hmac-sha256.ts'
import type { IntegerShape, ValueShape } from './shape.ts'

/** A tenant key is at least as long as the hash: NIST SP 800-107 rev. 1, 5.3.4. */
export const MIN_TOKEN_KEY_BYTES = 32

/** What a token is made from besides the value. */
export interface TokenScope {
  readonly key: Sensitive<Buffer>
  readonly purpose: Purpose | undefined
  readonly phiClass: PhiClass
}

/** Names the construction inside the hash: another version gives other tokens. */
const DOMAIN = 'doorward/token/v1'
/** RFC 4648 §6, lower case. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
/** 26 digits of 5 bits: 130 bits, so that equal tokens mean equal values for any table that fits on Earth. */
export const TOKEN_DIGITS = 26
/** Integer tokens stay exact as JSON numbers: IEEE 754 doubles hold 53 bits. */
const MAX_INTEGER_TOKEN_BITS = 53n

const SHORT_NAMES: ReadonlyMap<PhiClass, string> = new Map<PhiClass, string>([
  ['address', 'addr'], ['health-plan', 'plan'], ['account', 'acct'], ['license', 'lic'], ['vehicle', 'veh'], ['device', 'dev'],
  ['biometric', 'bio'], ['other-id', 'id'], ['clinical', 'clin'], ['free-text', 'text'], ['psychotherapy', 'psy'],
  ['mental-health', 'mh'], ['reproductive', 'rep'], ['genetic', 'gen'],
])

/** @returns whether a token of this shape exists: text, UUIDs, and integers of 32 bits or more. In 16 bits, different values would soon share one. */
export function isTokenShape(shape: ValueShape): boolean {
  return shape.kind === 'text' || shape.kind === 'uuid' || (shape.kind === 'integer' && shape.bits >= 32)
}

/**
 * The pseudonym of a value, as a value of the same shape: `tok_<class>_<26 base32 digits>`, a version 8 UUID (RFC 9562 §5.8), or a
 * positive integer: 53 bits in a 64-bit column, 31 in a 32-bit one, where among 10,000 different values two share a token with a
 * probability of about 2 %.
 *
 * A text token is never cut to a declared length, since cut tokens would collide: it may be longer than its column declares.
 *
 * @param value in canonical form: how the shape writes it, not how a wire or a type modifier pads it.
 * @returns undefined for shapes without tokens, see {@link isTokenShape}, and for keys shorter than {@link MIN_TOKEN_KEY_BYTES}.
 */
export function tokenOf(value: string, shape: ValueShape, scope: TokenScope): string | undefined {
  if (!isTokenShape(shape) || scope.key.reveal().length < MIN_TOKEN_KEY_BYTES) return undefined
  const digest = digestOf(value, scope)
  switch (shape.kind) {
    case 'text': return `${tokenPrefix(scope.phiClass)}${toBase32(digest)}`
    case 'uuid': return toUuid(digest)
    case 'integer': return toInteger(digest, shape)
    default: return undefined
  }
}

/**
 * Text tokens of one column, from bytes to bytes: the token of `tokenOf` for every value, without a string of the value being made.
 * For texts without padding.
 */
export class TextTokens {
  readonly #hash: KeyedHash
  readonly #token: Buffer
  readonly #start: number

  /** @throws {RangeError} for a key shorter than {@link MIN_TOKEN_KEY_BYTES}. */
  constructor(scope: TokenScope) {
    const key = scope.key.reveal() // into the hash's pads, and nowhere else
    if (key.length < MIN_TOKEN_KEY_BYTES) throw new RangeError(`token key: ${key.length} bytes, expected at least ${MIN_TOKEN_KEY_BYTES}`)
    this.#hash = new KeyedHash(key, Buffer.from(tokenHead(scope), 'utf8'))
    const prefix = tokenPrefix(scope.phiClass)
    this.#start = prefix.length
    this.#token = Buffer.alloc(prefix.length + TOKEN_DIGITS)
    this.#token.write(prefix, 'latin1')
  }

  /** @param value well-formed UTF-8. @returns the token; the same buffer at every call, so use it before the next. */
  of(value: Uint8Array): Buffer {
    const digest = this.#hash.digest(value)
    let bits = 0
    let held = 0
    let next = 0
    for (let at = this.#start; at < this.#token.length; at += 1) {
      if (held < 5) {
        bits = ((bits << 8) | digest.charCodeAt(next)) & 0xfff // 12 bits are the most that are ever held
        next += 1
        held += 8
      }
      held -= 5
      this.#token[at] = BASE32.charCodeAt((bits >> held) & 31)
    }
    return this.#token
  }
}

/** How every text token of a class begins. */
export function tokenPrefix(phiClass: PhiClass): string {
  return `tok_${SHORT_NAMES.get(phiClass) ?? phiClass}_`
}

const TOKEN_TEXT = /^tok_[a-z0-9-]{1,16}_[a-z2-7]{26}$/

/** @returns whether a text has the form of a token. Says nothing about whether Doorward made it. */
export function isTokenText(text: string): boolean {
  return TOKEN_TEXT.test(text)
}

/** What a value is hashed behind. NUL separates: neither purposes nor classes hold one, so no two scopes share an input. */
export function tokenHead(scope: TokenScope): string { return `${DOMAIN}\0${scope.purpose ?? '-'}\0${scope.phiClass}\0` }

function digestOf(value: string, scope: TokenScope): Buffer {
  const head = tokenHead(scope)
  // UTF-8 folds every lone surrogate into U+FFFD; texts that hold one are hashed as UTF-16 behind a byte that UTF-8 never has.
  const message = value.isWellFormed() ? Buffer.from(head + value, 'utf8') : Buffer.concat([Buffer.from(head), Buffer.of(0xff), Buffer.from(value, 'utf16le')])
  return hmacSha256(scope.key.reveal(), message)
}

/** The first {@link TOKEN_DIGITS} groups of 5 bits, most significant first. */
function toBase32(digest: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (let at = 0; text.length < TOKEN_DIGITS; at += 1) {
    bits = ((bits << 8) | digest.readUInt8(at)) & 0xfff // 12 bits are the most that are ever held
    held += 8
    for (; held >= 5 && text.length < TOKEN_DIGITS; held -= 5) text += BASE32.charAt((bits >> (held - 5)) & 31)
  }
  return text
}

function toUuid(digest: Buffer): string {
  const bytes = Buffer.from(digest.subarray(0, 16))
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6) // version 8: RFC 9562 §4.2
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8) // variant: RFC 9562 §4.1
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** From 1 up: a 0 would read as "none". */
function toInteger(digest: Buffer, shape: IntegerShape): string {
  const range = 2n ** (shape.bits === 64 ? MAX_INTEGER_TOKEN_BITS : 31n) - 1n
  return String(1n + (digest.readBigUInt64BE(0) % range))
}
