/**
 * What a SCRAM server keeps instead of a password, in the text form PostgreSQL uses in pg_authid, and the key derivation behind it.
 * Sources: RFC 5802 §3, RFC 7677; PostgreSQL, pg_authid, rolpassword.
 */
import { createHash, createHmac, createSecretKey, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Sensitive } from '@doorward/core'
import { saslPrep } from './scram-prep.ts'

const derive = promisify(pbkdf2)

/** SHA-256 digest length, and so the length of every key here. */
export const SCRAM_KEY_BYTES = 32
/** PostgreSQL's default, and RFC 7677's minimum for SHA-256. A mock must use the same number as the real ones, see {@link mockVerifier}. */
export const SCRAM_ITERATIONS = 4096
/** More would let whoever writes a verifier, or answers for a server, burn our time: about 1 s of one core. */
export const MAX_SCRAM_ITERATIONS = 2_000_000
/** PostgreSQL, SCRAM_DEFAULT_SALT_LEN. */
export const SCRAM_SALT_BYTES = 16

/** Enough to check a proof and to prove oneself, not to log in elsewhere. Not printed: whoever has it can guess offline. */
export interface ScramVerifier {
  readonly iterations: number
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** The verifier of a secret. @param salt random, {@link SCRAM_SALT_BYTES} long. */
export async function makeVerifier(secret: Sensitive<string>, salt: Buffer, iterations: number = SCRAM_ITERATIONS): Promise<ScramVerifier> {
  requireIterations(iterations)
  return toVerifier(await saltedPassword(secret, salt, iterations), salt, iterations)
}

/** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, base64. */
export function formatVerifier(verifier: ScramVerifier): string {
  const { iterations, salt, storedKey, serverKey } = verifier
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey.toString('base64')}:${serverKey.toString('base64')}`
}

const VERIFIER = /^SCRAM-SHA-256\$([1-9][0-9]{0,9}):([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/

/** @returns the verifier, or undefined when `text` is none, or asks for more than {@link MAX_SCRAM_ITERATIONS}. */
export function parseVerifier(text: string): ScramVerifier | undefined {
  const [, iterations, salt, storedKey, serverKey] = VERIFIER.exec(text) ?? []
  if (iterations === undefined || salt === undefined || storedKey === undefined || serverKey === undefined) return undefined
  if (Number(iterations) > MAX_SCRAM_ITERATIONS) return undefined
  return {
    iterations: Number(iterations), salt: Buffer.from(salt, 'base64'),
    storedKey: Buffer.from(storedKey, 'base64'), serverKey: Buffer.from(serverKey, 'base64'),
  }
}

/**
 * A verifier for a user who does not exist: the same for the same name each time, so that neither salt nor timing tells the two
 * apart. No secret is known to match it, and the exchange refuses it in any case.
 *
 * @param key random, secret, the same for the life of an installation, or salts change where real ones do not
 * @param iterations what the real verifiers use
 */
export function mockVerifier(key: Buffer, user: string, iterations: number = SCRAM_ITERATIONS): ScramVerifier {
  const part = (label: string): Buffer => hmacOf(key, `${label}:${user}`)
  return { iterations, salt: part('salt').subarray(0, SCRAM_SALT_BYTES), storedKey: part('stored'), serverKey: part('server') }
}

/** RFC 5802 §3, SaltedPassword; asynchronous, since it takes milliseconds of another thread. */
export async function saltedPassword(secret: Sensitive<string>, salt: Buffer, iterations: number): Promise<Buffer> {
  return derive(saslPrep(secret.reveal()), salt, iterations, SCRAM_KEY_BYTES, 'sha256') // into the derivation only
}

/** RFC 5802 §3, ClientKey and ServerKey. */
export function clientKeyOf(salted: Buffer): Buffer {
  return hmacOf(salted, 'Client Key')
}

export function serverKeyOf(salted: Buffer): Buffer {
  return hmacOf(salted, 'Server Key')
}

/** HMAC-SHA-256. Of a Buffer createHmac first asks whether it is a key, which takes longer than the hash. */
export function hmacOf(key: Buffer, text: Buffer | string): Buffer {
  return createHmac('sha256', createSecretKey(key)).update(text).digest()
}

/** RFC 5802 §3, StoredKey. */
export function storedKeyOf(clientKey: Buffer): Buffer {
  return createHash('sha256').update(clientKey).digest()
}

function toVerifier(salted: Buffer, salt: Buffer, iterations: number): ScramVerifier {
  return { iterations, salt, storedKey: storedKeyOf(clientKeyOf(salted)), serverKey: serverKeyOf(salted) }
}

function requireIterations(iterations: number): void {
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > MAX_SCRAM_ITERATIONS) {
    throw new RangeError(`iterations: expected 1 to ${MAX_SCRAM_ITERATIONS}`)
  }
}
