/** The hashes of RFC 6962 §2.1: a leaf is hashed behind a 0 byte, an inner node behind a 1 byte. */
import { hash } from 'node:crypto'

/** SHA-256. */
export const HASH_BYTES = 32

export function hashLeaf(entry: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(entry.length + 1)
  input[0] = 0
  input.set(entry, 1)
  return sha256(input)
}

/** Writes the hash of a leaf to `target` at `offset`: for thousands at a time, without a buffer for each. */
export function writeLeafHash(entry: Uint8Array, target: Buffer, offset: number): void {
  const input = Buffer.allocUnsafe(entry.length + 1)
  input[0] = 0
  input.set(entry, 1)
  target.write(hash('sha256', input, 'binary'), offset, 'latin1')
}

/** The root of a power of two of adjacent hashes, 32 bytes each. */
export function hashPairs(hashes: Buffer): Buffer {
  const work = Buffer.from(hashes)
  const input = Buffer.allocUnsafe(1 + 2 * HASH_BYTES)
  input[0] = 1
  for (let count = hashes.length / HASH_BYTES; count > 1; count /= 2) {
    for (let pair = 0; pair < count / 2; pair++) {
      // The pair's own bytes are read before the first of them is written over.
      input.set(work.subarray(pair * 2 * HASH_BYTES, (pair + 1) * 2 * HASH_BYTES), 1)
      work.write(hash('sha256', input, 'binary'), pair * HASH_BYTES, 'latin1')
    }
  }
  return Buffer.from(work.subarray(0, HASH_BYTES))
}

/** @param left 32 bytes. @param right 32 bytes. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(1 + 2 * HASH_BYTES)
  input[0] = 1
  input.set(left, 1)
  input.set(right, 1 + HASH_BYTES)
  return sha256(input)
}

/** The root of the tree with no leaves: the hash of nothing. */
export function emptyRoot(): Buffer {
  return sha256(Buffer.alloc(0))
}

// By way of a string, since asking node:crypto for a Buffer takes three times as long (bench/append.bench.ts, verify).
function sha256(input: Buffer): Buffer {
  return Buffer.from(hash('sha256', input, 'binary'), 'binary')
}
