/** Time as the log sees it: a port, so that tests own it. */
export interface AuditClock {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Calls `run` once, `delayMs` from now. @returns cancels it; harmless afterwards. */
  after(delayMs: number, run: () => void): () => void
}

/** The machine's clock. Its timers do not keep a process alive. */
export function systemClock(): AuditClock {
  return {
    nowMs: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs)
      timer.unref()
      return () => { clearTimeout(timer) }
    },
  }
}
