/**
 * HMAC-SHA-256 of one message, RFC 2104, out of two one-shot hashes: `crypto.createHmac` builds an object per call, which costs six times
 * as much for messages of a cell's size (bench in gateway, transform.bench.ts). Held against createHmac by a property.
 */
import { hash } from 'node:crypto'

/** SHA-256's block and output. FIPS 180-4. */
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/** @param key of any length; longer ones than a block are hashed first, as RFC 2104 §2 says. */
export function hmacSha256(key: Buffer, message: Buffer): Buffer {
  const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key
  const inner = Buffer.alloc(BLOCK_BYTES + message.length, 0x36)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c)
  for (let at = 0; at < short.length; at += 1) {
    const byte = short[at] ?? 0
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  message.copy(inner, BLOCK_BYTES)
  hash('sha256', inner, 'buffer').copy(outer, BLOCK_BYTES)
  return hash('sha256', outer, 'buffer')
}
