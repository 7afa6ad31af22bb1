/**
 * Who signs heads. A port, so that the key can live in another process; here the one whose seed is in a Go-style note signer
 * text, `PRIVATE+KEY+name+id+base64(type, seed)`.
 */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { malformed, type Malformed } from '../format/malformed.ts'
import { ED25519_TYPE, splitKey, toVerifierKey, type VerifierKey } from './verifier-key.ts'

export interface LogSigner {
  readonly verifierKey: VerifierKey
  /**
   * An Ed25519 signature, 64 bytes, over exactly these bytes.
   * @param prove for a signer that signs a head only when it extends the last one it signed.
   * @throws whatever keeps it from signing; the log then fails for good.
   */
  sign(message: Uint8Array, prove?: ProveConsistency): Promise<Uint8Array>
}

/** The proof that the head to be signed extends the one of `oldSize` (RFC 6962 §2.1.2). */
export type ProveConsistency = (oldSize: number) => Promise<readonly Buffer[]>

export const SEED_BYTES = 32
const SKEY_PREFIX = 'PRIVATE+KEY+'

/** A signer over a seed of 32 bytes, kept in this process. @throws {RangeError} for a seed of another length. */
export function toSigner(name: string, seed: Buffer): LogSigner {
  const privateKey = toPrivateKey(seed)
  const verifierKey = toVerifierKey(name, 'ed25519', toPublicBytes(privateKey))
  return { verifierKey, sign: (message) => Promise.resolve(sign(null, message, privateKey)) }
}

/** The text that keeps a seed. Secret. */
export function encodeSignerKey(name: string, seed: Buffer): string {
  const { verifierKey } = toSigner(name, seed)
  return `${SKEY_PREFIX}${name}+${verifierKey.id}+${Buffer.concat([Buffer.of(ED25519_TYPE), seed]).toString('base64')}`
}

/** Reads {@link encodeSignerKey}'s text. Reasons never quote it. */
export function parseSignerKey(text: string): LogSigner | Malformed {
  const parts = text.startsWith(SKEY_PREFIX) ? splitKey(text.slice(SKEY_PREFIX.length)) : undefined
  if (parts === undefined) return malformed('signer key: expected PRIVATE+KEY+name+id+seed')
  if (parts.typed[0] !== ED25519_TYPE || parts.typed.length !== 1 + SEED_BYTES) return malformed('signer key: not an Ed25519 seed')
  const signer = toSigner(parts.name, parts.typed.subarray(1))
  return signer.verifierKey.id === parts.id ? signer : malformed('signer key: id does not match name and key')
}

/** PrivateKeyInfo of an Ed25519 key, up to the seed (RFC 8410 §7). */
const PKCS8_PREFIX = '302e020100300506032b657004220420'

function toPrivateKey(seed: Buffer): KeyObject {
  if (seed.length !== SEED_BYTES) throw new RangeError(`seed: ${seed.length} bytes, expected ${SEED_BYTES}`)
  return createPrivateKey({ key: Buffer.concat([Buffer.from(PKCS8_PREFIX, 'hex'), seed]), format: 'der', type: 'pkcs8' })
}

function toPublicBytes(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
}
