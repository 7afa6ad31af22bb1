/**
 * The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, for upstreams, and the older md5 answer. Sources: RFC 5802, RFC 7677,
 * RFC 5929 §4; PostgreSQL, SASL Authentication; PostgreSQL, AuthenticationMD5Password (B).
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Sensitive } from '@doorward/core'
import type { ScramMechanism } from './scram-server.ts'
import { deriveKeys, type KeptScramKeys } from './scram-keys.ts'
import { hmacOf, MAX_SCRAM_ITERATIONS, storedKeyOf } from './scram-verifier.ts'

export interface ScramOpening {
  readonly kind: 'opening'
  readonly mechanism: ScramMechanism
  /** client-first-message. */
  readonly data: Buffer
  readonly header: string
  readonly bare: string
  readonly nonce: string
  readonly binding: Buffer
}
export interface ScramAnswer { readonly kind: 'answer'; /** client-final-message. */ readonly data: Buffer; readonly serverSignature: Buffer }
/** `server-signature` means that whoever answered does not know the verifier: it is not the server we have an account on. */
export type ScramClientFailure = 'no-mechanism' | 'malformed' | 'nonce' | 'iterations' | 'server-error' | 'server-signature'
export interface ScramFailure { readonly kind: 'failed'; readonly why: ScramClientFailure }

/**
 * @param offered the server's list
 * @param endPointBinding the hash of the certificate this connection was made to; undefined: none, so no PLUS
 * @param nonce printable ASCII without comma, from at least 18 random bytes
 */
export function openScram(offered: readonly string[], endPointBinding: Buffer | undefined, nonce: string): ScramOpening | ScramFailure {
  const plus = endPointBinding !== undefined && offered.includes('SCRAM-SHA-256-PLUS')
  if (!plus && !offered.includes('SCRAM-SHA-256')) return failed('no-mechanism')
  // `y`: we could bind and the server did not offer it. A server that did offer it sees the downgrade and refuses.
  const header = plus ? 'p=tls-server-end-point,,' : endPointBinding === undefined ? 'n,,' : 'y,,'
  const bare = `n=,r=${nonce}`
  return {
    kind: 'opening', mechanism: plus ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256', data: Buffer.from(header + bare, 'latin1'),
    header, bare, nonce, binding: plus ? endPointBinding : Buffer.alloc(0),
  }
}

const SERVER_FIRST = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9][0-9]{0,9})(?:,[A-Za-z]=[^,]*)*$/
const SERVER_FINAL = /^v=([A-Za-z0-9+/]+={0,2})(?:,[A-Za-z]=[^,]*)*$/

/** The answer to server-first-message. Derives the keys in another thread. @param kept of this account; left out: derived anew. */
export async function answerScram(opening: ScramOpening, secret: Sensitive<string>, serverFirst: Buffer, kept?: KeptScramKeys): Promise<ScramAnswer | ScramFailure> {
  const text = serverFirst.toString('latin1')
  const [, nonce, salt, iterationText] = SERVER_FIRST.exec(text) ?? []
  if (nonce === undefined || salt === undefined || iterationText === undefined) return failed('malformed')
  if (!nonce.startsWith(opening.nonce) || nonce.length === opening.nonce.length) return failed('nonce')
  const iterations = Number(iterationText)
  if (iterations > MAX_SCRAM_ITERATIONS) return failed('iterations')
  const saltBytes = Buffer.from(salt, 'base64')
  const { clientKey, serverKey } = await (kept === undefined ? deriveKeys(secret, saltBytes, iterations) : kept.derive(secret, saltBytes, iterations))
  const bindingInput = Buffer.concat([Buffer.from(opening.header, 'latin1'), opening.binding]).toString('base64')
  const withoutProof = `c=${bindingInput},r=${nonce}`
  const authMessage = Buffer.from(`${opening.bare},${text},${withoutProof}`, 'latin1')
  const clientSignature = hmacOf(storedKeyOf(clientKey), authMessage)
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (clientSignature[at] ?? 0)))
  const serverSignature = hmacOf(serverKey, authMessage)
  return { kind: 'answer', data: Buffer.from(`${withoutProof},p=${proof.toString('base64')}`, 'latin1'), serverSignature }
}

/** Whether server-final-message proves that the server knows the verifier. Without this step anybody could have said yes. */
export function confirmScram(answer: ScramAnswer, serverFinal: Buffer): { readonly kind: 'confirmed' } | ScramFailure {
  const text = serverFinal.toString('latin1')
  if (text.startsWith('e=')) return failed('server-error')
  const signature = SERVER_FINAL.exec(text)?.[1]
  if (signature === undefined) return failed('malformed')
  const bytes = Buffer.from(signature, 'base64')
  if (bytes.length !== answer.serverSignature.length || !timingSafeEqual(bytes, answer.serverSignature)) return failed('server-signature')
  return { kind: 'confirmed' }
}

/** The text of an md5 PasswordMessage: `md5` and the hash of (hash of password and user) and salt. */
export function answerMd5(user: string, secret: Sensitive<string>, salt: Buffer): string {
  const inner = createHash('md5').update(secret.reveal(), 'utf8').update(user, 'utf8').digest('hex') // into the hash only
  return `md5${createHash('md5').update(inner, 'latin1').update(salt).digest('hex')}`
}

function failed(why: ScramClientFailure): ScramFailure {
  return { kind: 'failed', why }
}
