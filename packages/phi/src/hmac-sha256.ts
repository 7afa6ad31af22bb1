/**
 * HMAC-SHA-256, RFC 2104, out of two one-shot hashes: `crypto.createHmac` builds an object per call, and a hash that is asked for as a Buffer
 * costs three times one that is asked for as text (bench in gateway, transform.bench.ts). Held against createHmac by a property.
 */
import { hash } from 'node:crypto'

/** SHA-256's block and output. FIPS 180-4. */
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Messages up to here are put together in one buffer that is kept, small since one is made per masked column of a statement; longer ones get their own. */
const MAX_KEPT_BYTES = 256

/** Many messages under one key that begin alike. Keeps what it hashes only until the next call; synchronous, so nobody comes between. */
export class KeyedHash {
  /** The key's inner pad, the beginning, and room for the rest. */
  readonly #inner: Buffer
  /** The key's outer pad, and room for the inner hash. */
  readonly #outer: Buffer
  readonly #start: number

  /** @param key of any length; longer ones than a block are hashed first, as RFC 2104 §2 says. @param beginning of every message. */
  constructor(key: Uint8Array, beginning: Uint8Array) {
    const short = key.length > BLOCK_BYTES ? Buffer.from(hash('sha256', key, 'binary'), 'latin1') : key
    this.#start = BLOCK_BYTES + beginning.length
    this.#inner = Buffer.alloc(this.#start + MAX_KEPT_BYTES, 0x36)
    this.#outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c)
    for (let at = 0; at < short.length; at += 1) {
      const byte = short[at] ?? 0
      this.#inner[at] = byte ^ 0x36
      this.#outer[at] = byte ^ 0x5c
    }
    this.#inner.set(beginning, BLOCK_BYTES)
  }

  /** @returns the HMAC of the beginning and `rest`, a character per byte. */
  digest(rest: Uint8Array): string {
    const end = this.#start + rest.length
    const whole = end <= this.#inner.length ? this.#inner.subarray(0, end) : Buffer.concat([this.#inner.subarray(0, this.#start), rest])
    if (end <= this.#inner.length) this.#inner.set(rest, this.#start)
    this.#outer.write(hash('sha256', whole, 'binary'), BLOCK_BYTES, 'latin1')
    return hash('sha256', this.#outer, 'binary')
  }
}

const NOTHING = Buffer.alloc(0)

/** @param key of any length. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Buffer {
  return Buffer.from(new KeyedHash(key, NOTHING).digest(message), 'latin1')
}
