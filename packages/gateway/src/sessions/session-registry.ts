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
const GOOD: Standing = { kind: 'good' }

interface Ended { readonly why: string; readonly next: string }

export class SessionRegistry {
  readonly #parts: RegistryParts
  readonly #live = new Map<SessionId, LiveTicket>()
  readonly #waiting = new Set<() => void>()

  constructor(parts: RegistryParts) { this.#parts = parts }

  get size(): number { return this.#live.size }

  list(): readonly LiveSession[] { return [...this.#live.values()].map(({ session }) => session) }

  /** @returns why there is no room, or undefined. */
  whyFull({ issuer, subject }: Principal): string | undefined {
    const { maxSessions, maxPerPrincipal } = this.#parts
    if (this.#live.size >= maxSessions) return `more than ${maxSessions} sessions`
    let own = 0
    for (const { session: { principal } } of this.#live.values()) if (principal.subject === subject && principal.issuer === issuer) own += 1
    return own >= maxPerPrincipal ? `more than ${maxPerPrincipal} sessions of one principal` : undefined
  }

  /** Starts the clocks. `end` of the session is called at most once by all of them together. */
  async open(session: LiveSession): Promise<SessionTicket> {
    const { store, process } = this.#parts
    const { principal } = session
    const ticket = new LiveTicket(this.#parts, session, () => { this.#release(session.id) })
    // Counted from here on: those who come meanwhile find the room taken.
    this.#live.set(session.id, ticket)
    try {
      await store.opened({
        id: session.id, process, protocol: session.protocol, resource: session.resource, client: session.client,
        issuer: principal.issuer, subject: principal.subject, name: principal.name, openedMs: session.openedMs,
      })
    } catch (error) {
      this.#remove(session.id)
      throw error
    }
    ticket.startClocks()
    return ticket
  }

  #release(id: SessionId): void {
    if (this.#remove(id) === 'gone-before') return
    this.#parts.store.ended(id).catch((error: unknown) => { this.#parts.log(`sessions: an end could not be kept: ${error instanceof Error ? error.name : 'unknown'}`) })
  }

  #remove(id: SessionId): 'removed' | 'gone-before' {
    if (!this.#live.delete(id)) return 'gone-before'
    if (this.#live.size === 0) for (const wake of [...this.#waiting]) { this.#waiting.delete(wake); wake() }
    return 'removed'
  }

  /** Ends those that are meant, now. @returns how many. */
  endWhere(isMeant: (session: LiveSession) => boolean, why: string, next: string): number {
    const meant = [...this.#live.values()].filter(({ session }) => isMeant(session))
    for (const ticket of meant) ticket.endWith({ why, next })
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
}

/** One session's standing and clocks. A class, not a handful of functions that share variables: thousands of them idle in memory. */
class LiveTicket implements SessionTicket {
  readonly session: LiveSession
  readonly #parts: RegistryParts
  readonly #release: () => void
  readonly #expiresAtMs: number | undefined
  #ended: Ended | undefined
  #lastMs = 0
  #stopIdle: (() => void) | undefined
  #stopAbsolute: (() => void) | undefined
  #stopExpiry: (() => void) | undefined

  constructor(parts: RegistryParts, session: LiveSession, release: () => void) {
    this.#parts = parts
    this.session = session
    this.#release = release
    this.#expiresAtMs = expiryOf(session.principal)
  }

  standing(): Standing {
    const { now, times, isRevoked } = this.#parts
    const why = this.#ended ?? (isRevoked(this.session.principal) ? REVOKED : this.#expiresAtMs !== undefined && now() >= this.#expiresAtMs ? EXPIRED : now() - this.session.openedMs >= times.absoluteMs ? ABSOLUTE : undefined)
    return why === undefined ? GOOD : { kind: 'ended', ...why }
  }

  touch(): void { this.#lastMs = this.#parts.now() }

  release(): void {
    this.#stopAbsolute?.()
    this.#stopExpiry?.()
    this.#stopIdle?.()
    this.#release()
  }

  /** The first reason counts. */
  endWith(how: Ended): void {
    if (this.#ended !== undefined) return
    this.#ended = how
    this.session.end(how.why, how.next)
  }

  startClocks(): void {
    const { now, times } = this.#parts
    this.#stopAbsolute = this.#after(times.absoluteMs, () => { this.endWith(ABSOLUTE) })
    // A token that outlives the longest timer outlives the session's absolute time, too.
    if (this.#expiresAtMs !== undefined && this.#expiresAtMs - now() <= LONGEST_TIMER_MS) this.#stopExpiry = this.#after(this.#expiresAtMs - now(), () => { this.endWith(EXPIRED) })
    this.touch()
    this.#watchIdle(times.idleMs)
  }

  /** One timer that looks again when it fires costs less than one started for every message. */
  #watchIdle(delayMs: number): void {
    this.#stopIdle = this.#after(delayMs, () => {
      const { now, times } = this.#parts
      if (this.session.isBusy()) this.touch()
      const leftMs = this.#lastMs + times.idleMs - now()
      if (leftMs <= 0) this.endWith(IDLE)
      else this.#watchIdle(leftMs)
    })
  }

  #after(delayMs: number, run: () => void): () => void { return this.#parts.after(Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS), run) }
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
