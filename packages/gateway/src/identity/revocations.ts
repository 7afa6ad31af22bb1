/**
 * Principals that may do nothing any more, until somebody lifts it. Kept durably, and in memory for the question that every statement asks.
 * Whoever acts for a revoked principal is revoked with it.
 */
import type { Principal } from '@doorward/core'
import type { RevocationRow, RevocationStore } from '../state/state.ts'

export class Revocations {
  readonly #store: RevocationStore
  readonly #revoked = new Map<string, RevocationRow>()

  private constructor(store: RevocationStore) { this.#store = store }

  static async load(store: RevocationStore): Promise<Revocations> {
    const revocations = new Revocations(store)
    for (const row of await store.list()) revocations.#revoked.set(keyOf(row.issuer, row.subject), row)
    return revocations
  }

  has(issuer: string, subject: string): boolean { return this.#revoked.has(keyOf(issuer, subject)) }

  /** @returns whether the principal, under either name, or anybody it acts for, is revoked. */
  covers(principal: Principal): boolean {
    for (let one: Principal | undefined = principal; one !== undefined; one = one.actingFor) {
      if (this.has(one.issuer, one.subject) || (one.person !== undefined && this.has(one.person.issuer, one.person.subject))) return true
    }
    return false
  }

  list(): readonly RevocationRow[] { return [...this.#revoked.values()] }

  /** Counts from the first moment, durable when it resolves. Should the store fail, it still counts in this process. */
  async add(row: RevocationRow): Promise<void> {
    this.#revoked.set(keyOf(row.issuer, row.subject), row)
    await this.#store.add(row)
  }

  /** @returns whether there was one. Durable before it counts. */
  async lift(issuer: string, subject: string): Promise<boolean> {
    const lifted = await this.#store.lift(issuer, subject)
    this.#revoked.delete(keyOf(issuer, subject))
    return lifted
  }
}

/** NUL is in neither. */
function keyOf(issuer: string, subject: string): string { return `${issuer}\0${subject}` }
