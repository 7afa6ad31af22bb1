/**
 * Who has failed to log in too often is not let in for a while, and not told so: the exchange runs as ever and fails. Names that do not exist
 * are counted like others, so that nothing tells them apart. Names are kept as keyed hashes, since people type secrets into the wrong
 * field. Where it stops: parallel attempts already under way when a lock begins are answered; tokens are not counted, as they cannot be guessed.
 */
import type { Sensitive } from '@doorward/core'
import { hmacOf } from '../protocols/postgres/scram-verifier.ts'
import type { FailureStore } from '../state/state.ts'

/** Failures of one name from one address: a person who mistypes does not get here, a client with an old secret does. */
export const MAX_FAILURES = 10
/** Failures of one name from everywhere. Higher, because strangers could use it to keep somebody out. */
export const MAX_FAILURES_ANYWHERE = 100
/** Failures are counted, and locks last, this long. */
export const WINDOW_MS = 10 * 60_000
const MAX_KEPT = 20_000
const PRUNE_EVERY = 1_000

export interface LockoutParts {
  readonly store: FailureStore
  readonly key: Sensitive<Buffer>
  readonly now: () => number
}

export class Lockout {
  readonly #parts: LockoutParts
  #sincePrune = 0

  constructor(parts: LockoutParts) { this.#parts = parts }

  /** @param address `host:port`. */
  async isLocked(name: string, address: string): Promise<boolean> {
    const { store, now } = this.#parts
    // Asked together: each answer comes from another thread.
    const rows = await Promise.all([store.get(this.#ownKey(name, address)), store.get(this.#keyAnywhere(name))])
    return rows.some((row) => row !== undefined && row.lockedUntilMs > now())
  }

  /** @returns `locked` when this failure began a lock. */
  async failed(name: string, address: string): Promise<'counted' | 'locked'> {
    const { store, now } = this.#parts
    let began: 'counted' | 'locked' = 'counted'
    for (const { key, most } of [{ key: this.#ownKey(name, address), most: MAX_FAILURES }, { key: this.#keyAnywhere(name), most: MAX_FAILURES_ANYWHERE }]) {
      const row = await store.get(key)
      const isCurrent = row !== undefined && now() - row.firstMs < WINDOW_MS
      const count = isCurrent ? row.count + 1 : 1
      const locks = count >= most
      const wasLocked = row !== undefined && row.lockedUntilMs > now()
      if (locks && !wasLocked) began = 'locked'
      await store.put({ key, count: locks ? 0 : count, firstMs: isCurrent && !locks ? row.firstMs : now(), lockedUntilMs: locks ? now() + WINDOW_MS : row?.lockedUntilMs ?? 0 })
    }
    this.#sincePrune += 1
    if (this.#sincePrune >= PRUNE_EVERY) {
      this.#sincePrune = 0
      await store.prune(MAX_KEPT)
    }
    return began
  }

  /** The right secret: what this address got wrong before is forgotten. Failures from elsewhere are not. */
  async succeeded(name: string, address: string): Promise<void> {
    const key = this.#ownKey(name, address)
    if (await this.#parts.store.get(key) !== undefined) await this.#parts.store.clear(key)
  }

  #ownKey(name: string, address: string): string { return this.#hash(`${name}\0${networkOf(address)}`) }

  #keyAnywhere(name: string): string { return this.#hash(name) }

  #hash(text: string): string { return hmacOf(this.#parts.key.reveal(), text).toString('hex') } // into the hash only
}

/** The host without its port; of an IPv6 address the /64, which one subscriber has whole (RFC 6177). */
export function networkOf(address: string): string {
  const host = address.slice(0, Math.max(0, address.lastIndexOf(':')))
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1]
  if (mapped !== undefined) return mapped
  if (!host.includes(':')) return host
  const [left = '', right] = host.split('::')
  const head = left.split(':').filter((group) => group !== '')
  const missing = right === undefined ? 0 : Math.max(0, 8 - head.length - right.split(':').filter((group) => group !== '').length)
  return [...head, ...Array.from({ length: missing }, () => '0')].slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')
}
