/**
 * How many patients each principal has seen in the last hour, for `limits.patientsPerHour`. State of this process: a restart forgets it, and a
 * fleet will share it. What cannot be told apart counts as one patient each.
 */
const HOUR_MS = 3_600_000

export class PatientBudget {
  readonly #now: () => number
  /** By principal: when each patient was last seen, oldest first. */
  readonly #seen = new Map<string, Map<string, number>>()
  #uncounted = 0

  constructor(now: () => number) { this.#now = now }

  /** @param patient a digest; undefined: somebody unknown. @returns whether this one is within the limit; seen patients always are. */
  spend(principal: string, patient: string | undefined, limit: number): 'within' | 'over' {
    const nowMs = this.#now()
    const seen = this.#seen.get(principal) ?? new Map<string, number>()
    this.#seen.set(principal, seen)
    for (const [known, atMs] of seen) {
      if (nowMs - atMs < HOUR_MS) break
      seen.delete(known)
    }
    const key = patient ?? `unknown ${this.#uncounted += 1}`
    if (!seen.has(key) && seen.size >= limit) return 'over'
    seen.delete(key)
    seen.set(key, nowMs)
    return 'within'
  }
}
