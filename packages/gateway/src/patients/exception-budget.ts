/**
 * What each principal has spent by the exceptions that policies name: comparisons of masked columns, statements with counts. A rolling hour per
 * principal (issuer and subject) and exception, kept in this process: a restart forgets it, and gateways of a fleet each keep their own.
 * Synchronous, so that two statements that come at once cannot spend the same.
 */
import type { ExceptionUse, Principal } from '@doorward/core'
import type { Spent } from '@doorward/guard'

const HOUR_MS = 3_600_000
/** Budgets kept before those that are whole again are looked for and dropped. */
const MANY_BUDGETS = 10_000

/** One spending, as long as it counts. */
interface Spending { readonly atMs: number; readonly cost: number }

export class ExceptionBudget {
  readonly #now: () => number
  /** Oldest spending first. */
  readonly #spent = new Map<string, Spending[]>()

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) { this.#now = now }

  /** Takes what each use costs, or nothing at all. @param uses that have a `perHour`; one without one cannot be spent and is over. */
  spend(principal: Principal, uses: readonly ExceptionUse[]): Spent {
    const nowMs = this.#now()
    const budgets = uses.map((use) => ({ use, key: keyOf(principal, use) }))
    // Two uses of one budget need what both cost.
    const needed = new Map<string, number>()
    for (const { use, key } of budgets) needed.set(key, (needed.get(key) ?? 0) + use.cost)
    for (const { use, key } of budgets) {
      const cost = needed.get(key) ?? use.cost
      const perHour = use.perHour ?? 0
      const past = this.#current(key, nowMs)
      const gone = total(past)
      if (gone + cost > perHour) return { kind: 'over', use, againAtMs: cost > perHour ? undefined : againAt(past, gone + cost - perHour) }
    }
    for (const [key, cost] of needed) this.#current(key, nowMs).push({ atMs: nowMs, cost })
    this.#dropWhole(nowMs)
    return { kind: 'spent', left: budgets.map(({ use, key }) => (use.perHour ?? 0) - total(this.#spent.get(key) ?? [])) }
  }

  /** What still counts of a budget. A clock that goes back frees nothing. */
  #current(key: string, nowMs: number): Spending[] {
    let spent = this.#spent.get(key)
    if (spent === undefined) this.#spent.set(key, spent = [])
    const counts = spent.findIndex(({ atMs }) => nowMs - atMs < HOUR_MS)
    spent.splice(0, counts === -1 ? spent.length : counts)
    return spent
  }

  #dropWhole(nowMs: number): void {
    if (this.#spent.size <= MANY_BUDGETS) return
    for (const key of [...this.#spent.keys()]) if (this.#current(key, nowMs).length === 0) this.#spent.delete(key)
  }
}

function total(spent: readonly Spending[]): number {
  let sum = 0
  for (const { cost } of spent) sum += cost
  return sum
}

/** When the oldest spendings that together give back `missing` no longer count. */
function againAt(spent: readonly Spending[], missing: number): number | undefined {
  let back = 0
  for (const { atMs, cost } of spent) {
    back += cost
    if (back >= missing) return atMs + HOUR_MS
  }
  return undefined
}

/** JSON, so that no name runs into the next. A policy that is written anew under the same name goes on with what was spent. */
function keyOf({ issuer, subject }: Principal, { policy, allow, classes }: ExceptionUse): string {
  return JSON.stringify([issuer, subject, policy, allow, classes])
}
