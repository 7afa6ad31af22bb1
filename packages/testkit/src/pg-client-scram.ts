/**
 * SCRAM-SHA-256 as a client, without channel binding: enough for the demo's own server and for tests. Passwords are taken as
 * they are (no SASLprep): the ones made here are ASCII. Source: RFC 5802 §3 and §5, RFC 7677.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { Sensitive } from '@doorward/core'
import { TestkitFault } from './testkit-fault.ts'

export interface ScramExchange {
  /** client-first-message. */
  readonly first: string
  /** server-first-message to client-final-message. */
  answer(serverFirst: string): string
  /** Proves that the server knows the password too. @throws {TestkitFault} `pg-protocol` when it does not. */
  finish(serverFinal: string): void
}

/** RFC 7677 asks for at least 4096; far more would be a server that wants to keep us busy. */
const MAX_ITERATIONS = 10_000_000

/** @param nonce Printable ASCII without a comma, from a random source. */
export function startScram(password: Sensitive<string>, nonce: string): ScramExchange {
  const firstBare = `n=,r=${nonce}`
  let expectedSignature: Buffer | undefined

  return {
    first: `n,,${firstBare}`,
    answer(serverFirst) {
      const parts = attributes(serverFirst)
      const serverNonce = parts.get('r') ?? ''
      const salt = Buffer.from(parts.get('s') ?? '', 'base64')
      const iterations = Number(parts.get('i'))
      if (!serverNonce.startsWith(nonce) || serverNonce.length <= nonce.length) throw new TestkitFault('pg-protocol', 'SCRAM: the server changed the nonce')
      if (salt.length === 0 || !Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) throw new TestkitFault('pg-protocol', 'SCRAM: salt or iteration count missing')
      const salted = pbkdf2Sync(password.reveal(), salt, iterations, 32, 'sha256')
      const clientKey = hmac(salted, 'Client Key')
      const storedKey = createHash('sha256').update(clientKey).digest()
      const finalBare = `c=biws,r=${serverNonce}`
      const message = `${firstBare},${serverFirst},${finalBare}`
      const signature = hmac(storedKey, message)
      expectedSignature = hmac(hmac(salted, 'Server Key'), message)
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
      return `${finalBare},p=${proof.toString('base64')}`
    },
    finish(serverFinal) {
      const signature = Buffer.from(attributes(serverFinal).get('v') ?? '', 'base64')
      const known = expectedSignature !== undefined && signature.length === expectedSignature.length && timingSafeEqual(signature, expectedSignature)
      if (!known) throw new TestkitFault('pg-protocol', 'SCRAM: the server does not know the password')
    },
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function attributes(message: string): ReadonlyMap<string, string> {
  return new Map(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]))
}
