/**
 * The live sessions of this process: how many there may be, how long each may idle or last, and the means to end any of them at once
 * (45 CFR 164.312(a)(2)(iii), automatic logoff). Standing is what every statement asks (P6): not ended, not out of time, its proof of
 * identity not expired, its principal not revoked. What ends standing also ends the session, in the middle of a result too.
 */
import type { Principal, SessionId } from '@doorward/core'
import type { Standing } from '@doorward/guard'
import type { SessionStore } from '../state/state.ts'

export interface SessionTimes {
  readonly idleMs: number
  readonly absoluteMs: number
}

/** Runs `run` once after a delay; returns what cancels it. Injected, so that tests turn the clock. */
export type After = (delayMs: number, run: () => void) => () => void

export interface LiveSession {
  readonly id: SessionId
  readonly principal: Principal
  readonly resource: string
  readonly protocol: string
  /** `host:port`. */
  readonly client: string
  readonly openedMs: number
  /** A statement runs, or waits for a person: then nobody has left the desk. */
  isBusy(): boolean
  /** Ends it now, in the middle of a result too. */
  end(why: string, next: string): void
}

export interface SessionTicket {
  standing(): Standing
  /** The client has sent something. */
  touch(): void
  release(): void
}

export interface RegistryParts {
  readonly times: SessionTimes
  readonly maxSessions: number
  readonly maxPerPrincipal: number
  readonly now: () => number
  readonly after: After
  readonly isRevoked: (principal: Principal) => boolean
  /** The durable list, under the name of this process. */
  readonly store: SessionStore
  readonly process: string
  /** For operators: literal-free lines. */
  readonly log: (line: string) => void
}

/** setTimeout takes at most 2^31 - 1 ms, and fires at once for more. */
const LONGEST_TIMER_MS = 0x7fff_ffff

const LOOK_EVERY_MS = 10

const ABSOLUTE: Ended = { why: 'the session has reached its absolute time', next: 'connect again' }
const IDLE: Ended = { why: 'the session was idle too long', next: 'connect again' }
const EXPIRED: Ended = { why: 'the token that proved who you are has expired', next: 'connect again with a new token' }
export const REVOKED: Ended = { why: 'access was revoked', next: 'talk to whoever administers Doorward' }

interface Ended { readonly why: string; readonly next: string }
interface Live { readonly session: LiveSession; readonly endWith: (ended: Ended) => void }

export class SessionRegistry {
  readonly #parts: RegistryParts
  readonly #live = new Map<SessionId, Live>()
  readonly #waiting = new Set<() => void>()

  constructor(parts: RegistryParts) { this.#parts = parts }

  get size(): number { return this.#live.size }

  list(): readonly LiveSession[] { return [...this.#live.values()].map(({ session }) => session) }

  /** @returns why there is no room, or undefined. */
  whyFull(principal: Principal): string | undefined {
    const { maxSessions, maxPerPrincipal } = this.#parts
    if (this.#live.size >= maxSessions) return `more than ${maxSessions} sessions`
    const own = this.list().filter((session) => session.principal.issuer === principal.issuer && session.principal.subject === principal.subject).length
    return own >= maxPerPrincipal ? `more than ${maxPerPrincipal} sessions of one principal` : undefined
  }

  /** Starts the clocks. `end` of the session is called at most once by all of them together. */
  async open(session: LiveSession): Promise<SessionTicket> {
    const { now, times, isRevoked, store, process } = this.#parts
    const { principal } = session
    let ended: Ended | undefined
    const endWith = (how: Ended): void => {
      if (ended !== undefined) return
      ended = how
      session.end(how.why, how.next)
    }
    // Counted from here on: those who come meanwhile find the room taken.
    this.#live.set(session.id, { session, endWith })
    try {
      await store.opened({
        id: session.id, process, protocol: session.protocol, resource: session.resource, client: session.client,
        issuer: principal.issuer, subject: principal.subject, name: principal.name, openedMs: session.openedMs,
      })
    } catch (error) {
      this.#remove(session.id)
      throw error
    }
    const expiresAtMs = expiryOf(principal)
    const clocks = this.#startClocks(session, expiresAtMs, endWith)
    return {
      standing: () => {
        const why = ended ?? (isRevoked(principal) ? REVOKED : expiresAtMs !== undefined && now() >= expiresAtMs ? EXPIRED : now() - session.openedMs >= times.absoluteMs ? ABSOLUTE : undefined)
        return why === undefined ? { kind: 'good' } : { kind: 'ended', ...why }
      },
      touch: clocks.touch,
      release: () => {
        clocks.stop()
        if (this.#remove(session.id) === 'gone-before') return
        store.ended(session.id).catch((error: unknown) => { this.#parts.log(`sessions: an end could not be kept: ${error instanceof Error ? error.name : 'unknown'}`) })
      },
    }
  }

  #remove(id: SessionId): 'removed' | 'gone-before' {
    if (!this.#live.delete(id)) return 'gone-before'
    if (this.#live.size === 0) for (const wake of [...this.#waiting]) { this.#waiting.delete(wake); wake() }
    return 'removed'
  }

  /** Ends those that are meant, now. @returns how many. */
  endWhere(isMeant: (session: LiveSession) => boolean, why: string, next: string): number {
    const meant = [...this.#live.values()].filter(({ session }) => isMeant(session))
    for (const { endWith } of meant) endWith({ why, next })
    return meant.length
  }

  /** Resolves when no statement runs or waits, or after `mostMs`: refusals on their way reach their clients before the sessions end. */
  async untilIdle(mostMs: number): Promise<void> {
    const untilMs = this.#parts.now() + mostMs
    while (this.list().some((session) => session.isBusy()) && this.#parts.now() < untilMs) await new Promise<void>((resolve) => { this.#parts.after(LOOK_EVERY_MS, resolve) })
  }

  /** Ends every session and resolves when all of them have let go. */
  async endAll(why: string): Promise<void> {
    this.endWhere(() => true, why, 'connect again later')
    if (this.#live.size === 0) return
    await new Promise<void>((resolve) => { this.#waiting.add(resolve) })
  }

  #startClocks(session: LiveSession, expiresAtMs: number | undefined, endWith: (ended: Ended) => void): { readonly touch: () => void; readonly stop: () => void } {
    const { now, after, times } = this.#parts
    const start = (delayMs: number, run: () => void): (() => void) => after(Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS), run)
    const stopAbsolute = start(times.absoluteMs, () => { endWith(ABSOLUTE) })
    // A token that outlives the longest timer outlives the session's absolute time, too.
    const stopExpiry = expiresAtMs === undefined || expiresAtMs - now() > LONGEST_TIMER_MS ? (): void => undefined : start(expiresAtMs - now(), () => { endWith(EXPIRED) })
    let lastMs = now()
    let stopIdle = (): void => undefined
    // One timer that looks again when it fires costs less than one started for every message.
    const watchIdle = (delayMs: number): void => {
      stopIdle = start(delayMs, () => {
        if (session.isBusy()) lastMs = now()
        const leftMs = lastMs + times.idleMs - now()
        if (leftMs <= 0) endWith(IDLE)
        else watchIdle(leftMs)
      })
    }
    watchIdle(times.idleMs)
    return { touch: () => { lastMs = now() }, stop: () => { stopAbsolute(); stopExpiry(); stopIdle() } }
  }
}

/** When the first proof ends: an agent's own, or that of anybody it acts for. */
export function expiryOf(principal: Principal): number | undefined {
  let first: number | undefined
  for (let one: Principal | undefined = principal; one !== undefined; one = one.actingFor) {
    const { expiresAtMs } = one.authentication
    if (expiresAtMs !== undefined) first = Math.min(first ?? Infinity, expiresAtMs)
  }
  return first
}
