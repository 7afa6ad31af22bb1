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

/** SubjectPublicKeyInfo of an Ed25519 key, up to the key itself (RFC 8410 §4). */
const SPKI_PREFIX = '302a300506032b6570032100'

function toKeyObject(publicKey: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([Buffer.from(SPKI_PREFIX, 'hex'), publicKey]), format: 'der', type: 'spki' })
}
