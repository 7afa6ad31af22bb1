/** The hashes of RFC 6962 §2.1: a leaf is hashed behind a 0 byte, an inner node behind a 1 byte. */
import { hash } from 'node:crypto'

/** SHA-256. */
export const HASH_BYTES = 32

export function hashLeaf(entry: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(entry.length + 1)
  input[0] = 0
  input.set(entry, 1)
  return hash('sha256', input, 'buffer')
}

/** @param left 32 bytes. @param right 32 bytes. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(1 + 2 * HASH_BYTES)
  input[0] = 1
  input.set(left, 1)
  input.set(right, 1 + HASH_BYTES)
  return hash('sha256', input, 'buffer')
}

/** The root of the tree with no leaves: the hash of nothing. */
export function emptyRoot(): Buffer {
  return hash('sha256', Buffer.alloc(0), 'buffer')
}
