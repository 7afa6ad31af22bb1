/** Names of requests: short enough to type, drawn from 50 random bits, so that they do not repeat. No secret: answering takes an identity. */

/** Crockford's base 32, which has no i, l, o and u: nothing to mistake on a screen or a telephone. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const LENGTH = 10

export function makeRequestId(randomBytes: (size: number) => Buffer): string {
  return [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte & 31] ?? '').join('')
}

/** @returns the name as it is kept, or undefined when it can be none. What people misread is put right. */
export function parseRequestId(text: string): string | undefined {
  const id = text.trim().toLowerCase().replaceAll('-', '').replaceAll('o', '0').replaceAll(/[il]/g, '1')
  return id.length === LENGTH && [...id].every((character) => ALPHABET.includes(character)) ? id : undefined
}
