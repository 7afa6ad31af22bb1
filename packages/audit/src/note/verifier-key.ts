/**
 * Keys of C2SP signed-note: `name+id+base64(type, key)`, the id being the first 4 bytes of SHA-256(name, newline, type, key). A name and
 * an id together identify a key; neither does alone. Two types are known: Ed25519 for notes, and cosignature/v1.
 */
import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto'
import { malformed, type Malformed } from '../format/malformed.ts'
import { parseBase64 } from './base64.ts'

/** C2SP signed-note, Signature Types. */
export const ED25519_TYPE = 0x01
/** C2SP tlog-cosignature, cosignature/v1. */
export const COSIGNATURE_TYPE = 0x04
export const ED25519_KEY_BYTES = 32
export const ED25519_SIGNATURE_BYTES = 64
export const KEY_ID_BYTES = 4

export interface VerifierKey {
  readonly kind: 'verifier-key'
  readonly name: string
  /** 8 hexadecimal digits. */
  readonly id: string
  readonly type: 'ed25519' | 'cosignature-v1'
  /** 32 bytes. */
  readonly publicKey: Buffer
  readonly text: string
  /** @returns whether `signature` (64 bytes) is this key's over `message`. */
  isSigned(message: Uint8Array, signature: Uint8Array): boolean
}

/** The key that stands for a name and a raw Ed25519 public key of 32 bytes. */
export function toVerifierKey(name: string, type: VerifierKey['type'], publicKey: Buffer): VerifierKey {
  const typed = Buffer.concat([Buffer.of(type === 'ed25519' ? ED25519_TYPE : COSIGNATURE_TYPE), publicKey])
  const id = toKeyId(name, typed)
  const key = toKeyObject(publicKey)
  return {
    kind: 'verifier-key', name, id, type, publicKey, text: `${name}+${id}+${typed.toString('base64')}`,
    isSigned: (message, signature) => signature.length === ED25519_SIGNATURE_BYTES && verify(null, message, key, signature),
  }
}

/** Reads a verifier key string, such as `example.org/log+53e0...+ATNv...`. */
export function parseVerifierKey(text: string): VerifierKey | Malformed {
  const parts = splitKey(text)
  if (parts === undefined) return malformed('verifier key: expected name+id+key')
  const { name, id, typed } = parts
  const type = typed[0]
  if (type !== ED25519_TYPE && type !== COSIGNATURE_TYPE) return malformed(`verifier key: unknown type ${type ?? 'none'}`)
  if (typed.length !== 1 + ED25519_KEY_BYTES) return malformed(`verifier key: ${typed.length} bytes, expected ${1 + ED25519_KEY_BYTES}`)
  if (isSmallOrder(typed.subarray(1))) return malformed('verifier key: a point of small order, under which anything is signed')
  if (toKeyId(name, typed) !== id) return malformed('verifier key: id does not match name and key')
  return toVerifierKey(name, type === ED25519_TYPE ? 'ed25519' : 'cosignature-v1', typed.subarray(1))
}

/** The 8 hexadecimal digits that, with the name, identify a key. @param typed the type byte and the public key. */
export function toKeyId(name: string, typed: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer').subarray(0, KEY_ID_BYTES).toString('hex')
}

/** @returns whether `name` may name a key: not empty, no white space, no plus, well-formed. */
export function isKeyName(name: string): boolean {
  // The white space of Unicode: JavaScript's \s, less U+FEFF, and U+0085, which \s lacks.
  return name !== '' && name.isWellFormed() && !/[\s\u0085+]/.test(name.replaceAll('\uFEFF', '')) && !/[\u0000-\u001f\u007f]/.test(name)
}

/** Splits `name+id+base64`; undefined when it is not that. The base64 may hold further plus signs. */
export function splitKey(text: string): { readonly name: string; readonly id: string; readonly typed: Buffer } | undefined {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  if (first < 0 || second < 0) return undefined
  const name = text.slice(0, first)
  const id = text.slice(first + 1, second)
  const typed = parseBase64(text.slice(second + 1))
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(id) || typed === undefined || typed.length < 2) return undefined
  return { name, id, typed }
}

/**
 * The y coordinates of Curve25519's points of order 1, 2, 4 and 8, little-endian without the sign bit: 0, 1, -1, the two of order 8,
 * and 0 and 1 again as p and p + 1 (RFC 8032 §5.1, p = 2^255 - 19).
 */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  '01' + '00'.repeat(31),
  'ec' + 'ff'.repeat(30) + '7f',
  'ed' + 'ff'.repeat(30) + '7f',
  'ee' + 'ff'.repeat(30) + '7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

function isSmallOrder(publicKey: Buffer): boolean {
  const y = Buffer.from(publicKey)
  y[31] = (y[31] ?? 0) & 0x7f
  return SMALL_ORDER_Y.has(y.toString('hex'))
}

/** SubjectPublicKeyInfo of an Ed25519 key, up to the key itself (RFC 8410 §4). */
const SPKI_PREFIX = '302a300506032b6570032100'

function toKeyObject(publicKey: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([Buffer.from(SPKI_PREFIX, 'hex'), publicKey]), format: 'der', type: 'spki' })
}
