/** The statements of this process that wait for an answer, by request: each is woken once. */
import type { Approval } from '@doorward/guard'

export type Woken = Exclude<Approval, { kind: 'approved' }> | { readonly kind: 'quorum'; readonly by: readonly string[] }

export class Waiters {
  readonly #waiting = new Map<string, { readonly resolve: (woken: Woken) => void; readonly ticket: Woken }>()

  get size(): number { return this.#waiting.size }
  has(id: string): boolean { return this.#waiting.has(id) }

  /** @param ticket What it gets when this process stops. One statement waits for one request. */
  add(id: string, ticket: Woken): Promise<Woken> {
    return new Promise((resolve) => { this.#waiting.set(id, { resolve, ticket }) })
  }

  wake(id: string, woken: Woken): void {
    const waiter = this.#waiting.get(id)
    if (waiter === undefined) return
    this.#waiting.delete(id)
    waiter.resolve(woken)
  }

  releaseAll(): void {
    for (const [id, { ticket }] of [...this.#waiting]) this.wake(id, ticket)
  }
}
