/**
 * The keys that an account's secret becomes, kept for the next connection: the derivation is made to take milliseconds, and a server gives an
 * account the same salt each time. RFC 5802 §3 lets a client do so. Where it stops: whoever holds these keys can log in as that account, so they
 * stay in memory, beside the secret itself, and are never printed.
 */
import { timingSafeEqual } from 'node:crypto'
import type { Sensitive } from '@doorward/core'
import { keepBytes } from './keep-bytes.ts'
import { clientKeyOf, saltedPassword, serverKeyOf } from './scram-verifier.ts'

export interface ScramKeys {
  readonly clientKey: Buffer
  readonly serverKey: Buffer
}

interface Kept {
  readonly secret: Sensitive<string>
  readonly salt: Buffer
  readonly iterations: number
  readonly keys: Promise<ScramKeys>
}

/** Those of one account at one server: the last that were derived. Another secret, salt or number of iterations takes their place. */
export class KeptScramKeys {
  #kept: Kept | undefined

  /** Derives in another thread, or gives what was derived before from the very same. */
  async derive(secret: Sensitive<string>, salt: Buffer, iterations: number): Promise<ScramKeys> {
    const known = this.#kept
    if (known !== undefined && known.iterations === iterations && known.salt.equals(salt) && isSame(known.secret, secret)) return known.keys
    const own = keepBytes(salt)
    const kept: Kept = { secret, salt: own, iterations, keys: deriveKeys(secret, own, iterations) }
    this.#kept = kept
    try {
      return await kept.keys
    } catch (error) {
      if (this.#kept === kept) this.#kept = undefined
      throw error
    }
  }
}

/** @returns the keys, not kept. */
export async function deriveKeys(secret: Sensitive<string>, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const salted = await saltedPassword(secret, salt, iterations)
  return { clientKey: clientKeyOf(salted), serverKey: serverKeyOf(salted) }
}

function isSame(one: Sensitive<string>, other: Sensitive<string>): boolean {
  const [left, right] = [Buffer.from(one.reveal(), 'utf8'), Buffer.from(other.reveal(), 'utf8')] // into the comparison only
  return left.length === right.length && timingSafeEqual(left, right)
}
