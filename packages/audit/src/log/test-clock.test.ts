/** A clock that the test moves; timers run when it passes them. (Named as a test so that the package is published without it.) */
import type { AuditClock } from './clock.ts'

export class TestClock implements AuditClock {
  #nowMs = Date.UTC(2026, 0, 1)
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>()

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run }
    this.#timers.add(timer)
    return () => { this.#timers.delete(timer) }
  }

  /** A moment passes by itself, so that a test need not know of it. */
  soon(run: () => void): () => void {
    const passing = setImmediate(run)
    return () => { clearImmediate(passing) }
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.size
  }

  /** Time passes and timers sleep, as on a machine that was suspended. */
  skip(byMs: number): void {
    this.#nowMs += byMs
  }

  move(byMs: number): void {
    this.#nowMs += byMs
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.#nowMs) continue
      this.#timers.delete(timer)
      timer.run()
    }
  }
}
