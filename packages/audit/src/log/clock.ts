/** Time as the log sees it: a port, so that tests own it. */
export interface AuditClock {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Calls `run` once, `delayMs` from now. @returns cancels it; harmless afterwards. */
  after(delayMs: number, run: () => void): () => void
  /** Calls `run` once, in a moment: as long as what nobody waits for may wait for company. @returns cancels it. */
  soon(run: () => void): () => void
}

/** A crash in this time leaves an intent without its outcome, as one during the statement does. */
const SOON_MS = 2

/** The machine's clock. Its timers do not keep a process alive, but for what is due in a moment. */
export function systemClock(): AuditClock {
  return {
    nowMs: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs)
      timer.unref()
      return () => { clearTimeout(timer) }
    },
    soon(run) {
      const timer = setTimeout(run, SOON_MS)
      return () => { clearTimeout(timer) }
    },
  }
}
