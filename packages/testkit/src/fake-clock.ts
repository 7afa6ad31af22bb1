/** A clock that moves only when a test says so, with timers that fire in its own time. */

interface Timer { readonly atMs: number; readonly order: number; readonly run: () => void }

/** Milliseconds since the epoch, from a fixed morning in 2026, so that years and hours in a test's answers stay the same. */
export const FAKE_START_MS = Date.UTC(2026, 10, 21, 9, 0, 0)

export class FakeClock {
  #nowMs: number
  #orders = 0
  readonly #timers = new Set<Timer>()

  constructor(startMs: number = FAKE_START_MS) { this.#nowMs = startMs }

  /** Bound, so that it can be handed over as it is. */
  readonly now = (): number => this.#nowMs

  /** Runs `run` once after `delayMs` of this clock. @returns what cancels it. */
  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer: Timer = { atMs: this.#nowMs + delayMs, order: this.#orders, run }
    this.#orders += 1
    this.#timers.add(timer)
    return () => { this.#timers.delete(timer) }
  }

  /** Timers that have not fired and were not cancelled. */
  get waiting(): number { return this.#timers.size }

  /** Moves on, and fires every timer on the way at its own time, those that are started meanwhile too. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
    }
    this.#nowMs = untilMs
  }

  /** Jumps without firing anything: what a wall clock does when it is set. May go backwards. */
  set(nowMs: number): void { this.#nowMs = nowMs }
}

/** Lets everything that waits for nothing but the event loop come to rest. Turns of the loop, not time. */
export async function turns(count = 8): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve) })
}

/**
 * Turns the event loop until `isTrue`.
 * @throws {Error} with `what` when it does not become true within `most` turns.
 */
export async function until(what: string, isTrue: () => boolean, most = 5_000): Promise<void> {
  for (let turn = 0; turn < most; turn += 1) {
    if (isTrue()) return
    await new Promise<void>((resolve) => { setImmediate(resolve) })
  }
  throw new Error(`did not happen within ${most} turns of the event loop: ${what}`)
}
