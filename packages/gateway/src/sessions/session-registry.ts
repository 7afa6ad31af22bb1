/**
 * The live sessions of this process: how many there may be, how long each may idle or last, and the means to end any of them at once
 * (45 CFR 164.312(a)(2)(iii), automatic logoff). State of this process only; nothing here decides about data.
 */
import type { Standing } from '@doorward/guard'
import type { SessionId } from '@doorward/core'

export interface SessionTimes {
  readonly idleMs: number
  readonly absoluteMs: number
}

/** Runs `run` once after a delay; returns what cancels it. Injected, so that tests turn the clock. */
export type After = (delayMs: number, run: () => void) => () => void

export interface LiveSession {
  readonly id: SessionId
  readonly principal: string
  readonly resource: string
  readonly openedMs: number
  /** Ends it now, in the middle of a result too. */
  end(why: string, next: string): void
}

export interface SessionTicket {
  standing(): Standing
  /** The client has sent something. */
  touch(): void
  release(): void
}

export class SessionRegistry {
  readonly #times: SessionTimes
  readonly #maxSessions: number
  readonly #maxPerPrincipal: number
  readonly #now: () => number
  readonly #after: After
  readonly #live = new Map<SessionId, LiveSession>()
  readonly #waiting = new Set<() => void>()

  constructor(parts: { readonly times: SessionTimes; readonly maxSessions: number; readonly maxPerPrincipal: number; readonly now: () => number; readonly after: After }) {
    this.#times = parts.times
    this.#maxSessions = parts.maxSessions
    this.#maxPerPrincipal = parts.maxPerPrincipal
    this.#now = parts.now
    this.#after = parts.after
  }

  get size(): number { return this.#live.size }

  list(): readonly LiveSession[] { return [...this.#live.values()] }

  /** @returns why there is no room, or undefined. */
  whyFull(principal: string): string | undefined {
    if (this.#live.size >= this.#maxSessions) return `more than ${this.#maxSessions} sessions`
    const own = this.list().filter((session) => session.principal === principal).length
    return own >= this.#maxPerPrincipal ? `more than ${this.#maxPerPrincipal} sessions of one principal` : undefined
  }

  /** Starts the clocks. `end` of the session is called at most once by each of them. */
  open(session: LiveSession): SessionTicket {
    this.#live.set(session.id, session)
    let ended: { readonly why: string; readonly next: string } | undefined
    let lastMs = this.#now()
    const endWith = (why: string, next: string): void => {
      if (ended !== undefined) return
      ended = { why, next }
      session.end(why, next)
    }
    const stopAbsolute = this.#after(this.#times.absoluteMs, () => { endWith('the session has reached its absolute time', 'connect again') })
    let stopIdle = (): void => undefined
    // One timer that looks again when it fires costs less than one started for every message.
    const watchIdle = (delayMs: number): void => {
      stopIdle = this.#after(delayMs, () => {
        const leftMs = lastMs + this.#times.idleMs - this.#now()
        if (leftMs <= 0) endWith('the session was idle too long', 'connect again')
        else watchIdle(leftMs)
      })
    }
    watchIdle(this.#times.idleMs)
    return {
      standing: () => {
        if (ended !== undefined) return { kind: 'ended', ...ended }
        if (this.#now() - session.openedMs >= this.#times.absoluteMs) return { kind: 'ended', why: 'the session has reached its absolute time', next: 'connect again' }
        return { kind: 'good' }
      },
      touch: () => { lastMs = this.#now() },
      release: () => {
        stopAbsolute()
        stopIdle()
        this.#live.delete(session.id)
        if (this.#live.size === 0) for (const wake of [...this.#waiting]) { this.#waiting.delete(wake); wake() }
      },
    }
  }

  /** Ends every session and resolves when all of them have let go. */
  async endAll(why: string): Promise<void> {
    for (const session of this.list()) session.end(why, 'connect again later')
    if (this.#live.size === 0) return
    await new Promise<void>((resolve) => { this.#waiting.add(resolve) })
  }
}
