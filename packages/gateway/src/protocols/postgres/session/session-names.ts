/**
 * What a session has made for itself: prepared statements, portals, cursors, its schemas, its purpose. The mirror of the server's own state,
 * changed by what was sent and taken back where it failed. INVARIANT: a name is used upstream only for what the session believes it to stand
 * for; what is not certain is sent anew or does not exist. Source: PostgreSQL, Extended Query; PREPARE; DECLARE; SET.
 */
import type { Purpose } from '@doorward/core'
import type { Grant, HoldMode } from '@doorward/guard'
import type { Piece, SessionChange, SessionView, StatementPlan } from '@doorward/sql'
import type { FormatCode } from '../frontend.ts'
import { SessionJournal } from './session-journal.ts'
import { SparseMap } from './sparse-map.ts'
import type { PortalProgress } from './statement-run.ts'

/** A protocol-level prepared statement. Its Parse goes upstream with its first Execute. */
export interface PreparedStatement {
  readonly name: string
  readonly piece: Piece
  readonly parse: Buffer
  readonly parameterTypes: readonly number[]
  /** As analysed at Parse, for Describe; looked up again at each Execute. */
  readonly plan: StatementPlan
}

/** A bound statement. Its Bind, with the parameters, goes upstream with its first Execute: after the decision. */
export interface Portal {
  readonly name: string
  readonly statement: PreparedStatement
  readonly bind: Buffer
  readonly resultFormats: readonly FormatCode[]
  readonly progress: PortalProgress
  /** What it was opened as upstream, which nothing changes any more; undefined: its Bind was not sent. */
  opened: StatementPlan | undefined
  /** What its first part was approved with, where it was held. */
  grant: Grant | undefined
}

/** What DECLARE made; the protocol knows it as a portal. */
export interface DeclaredCursor {
  readonly plan: StatementPlan
  readonly format: 'text' | 'binary'
}

/** Settings that say what a date, a time or an interval written in a text means, all of them reported. PostgreSQL, SET; Asynchronous Operations. */
const READING: readonly string[] = ['DateStyle', 'IntervalStyle', 'TimeZone']

/** Stands for whatever a name may have come to mean upstream through code that was not understood. */
const UNKNOWN = 'unknown'

export class SessionNames implements SessionView {
  readonly #statements = new SparseMap<string, PreparedStatement>()
  readonly #portals = new SparseMap<string, Portal>()
  readonly #sqlPrepared = new SparseMap<string, StatementPlan>()
  readonly #cursors = new SparseMap<string, DeclaredCursor>()
  /** Which statement the upstream has under a name, once everything that was sent has worked. */
  readonly #upstream = new SparseMap<string, PreparedStatement | typeof UNKNOWN>()
  readonly #journal = new SessionJournal()
  /** Portals that were bound or opened after a savepoint may be gone when it is rolled back to. */
  readonly #madeInSavepoint = new SparseMap<Portal, true>()
  #savepoints: 'none' | 'some' = 'none'
  #keptBytes = 0
  /** See {@link SessionNames.literals}. */
  readonly #reported: string[] = READING.map(() => '')
  schemas: readonly string[] = []
  /** `no`: they must be asked for again. `in-transaction`: as the transaction under way has them; its end may take them back. */
  schemasKnown: 'no' | 'yes' | 'in-transaction' = 'no'
  /** client_min_messages, to be put back after an analysis on the session's own connection. */
  minMessages = 'notice'
  /** Whether the trees of such an analysis can be kept out of the server's log. */
  serverLog: 'can-be-quiet' | 'hears' = 'hears'
  /** DDL in the transaction under way: only this connection sees it. */
  catalog: 'committed' | 'uncommitted' = 'committed'
  purpose: Purpose | undefined
  /** How the session reads dates and intervals, see literal-style.ts; `changed`: otherwise than at its start, or back again. */
  literalStyle: string = 'changed'
  /** What the client does while a statement of its is held. */
  holdMode: HoldMode = 'wait'

  /** Temporary objects are seen by this connection only. */
  get ownsTemporary(): boolean { return this.schemas.some((schema) => /^pg_temp_\d+$/.test(schema)) }

  prepared(name: string): StatementPlan | undefined { return this.#sqlPrepared.get(name) ?? this.#statements.get(name)?.plan }
  /** Cursors and portals share one namespace upstream. */
  cursor(name: string): StatementPlan | undefined { return this.#cursors.get(name)?.plan ?? this.#portals.get(name)?.opened }
  declared(name: string): DeclaredCursor | undefined { return this.#cursors.get(name) }
  isPreparedBySql(name: string): boolean { return this.#sqlPrepared.has(name) }
  statement(name: string): PreparedStatement | undefined { return this.#statements.get(name) }
  portal(name: string): Portal | undefined { return this.#portals.get(name) }

  /** Notes what the target says of its settings. */
  reported(name: string, value: string): void {
    const place = READING.indexOf(name)
    if (place >= 0) this.#reported[place] = value
  }

  /** How literals of dates, times and intervals are read now: the same text means another day under another of these. */
  get literals(): string { return READING.map((name, place) => `${name}=${this.#reported[place] ?? ''}`).join('; ') }

  get count(): number { return this.#statements.size + this.#sqlPrepared.size + this.#cursors.size + this.#portals.size }
  /** Bytes of Parse and Bind frames that are kept back. */
  get keptBytes(): number { return this.#keptBytes }

  addStatement(statement: PreparedStatement, position: number): void {
    this.#replace(this.#statements, statement.name, statement, position)
  }

  addPortal(portal: Portal, position: number): void {
    if (this.#savepoints === 'some') this.#madeInSavepoint.set(portal, true)
    this.#replace(this.#portals, portal.name, portal, position)
  }

  /** @returns whether the upstream must be told. Closing a statement ends the portals that wait for their Execute. */
  close(target: 'statement' | 'portal', name: string, position: number): 'upstream-too' | 'here' {
    if (target === 'portal') {
      const isOpen = this.#portals.get(name)?.opened !== undefined
      this.#replace(this.#portals, name, undefined, position)
      const cursor = this.#cursors.get(name)
      if (cursor !== undefined) {
        this.#cursors.delete(name)
        this.#journal.note(position, () => { this.#cursors.set(name, cursor) })
        return 'upstream-too'
      }
      return isOpen ? 'upstream-too' : 'here'
    }
    const statement = this.#statements.get(name)
    if (statement === undefined) return 'here'
    this.#replace(this.#statements, name, undefined, position)
    for (const portal of this.#portals.values()) if (portal.statement.name === name && portal.opened === undefined) this.#replace(this.#portals, portal.name, undefined, position)
    if (!this.#upstream.has(name)) return 'here'
    this.#setUpstream(name, undefined, position)
    return 'upstream-too'
  }

  /** A simple Query takes the unnamed statement and portal with it, here and upstream. */
  forgetUnnamed(): void {
    this.#put(this.#statements, '', undefined)
    this.#put(this.#portals, '', undefined)
    this.#upstream.delete('')
  }

  /** What must be sent so that the upstream has this statement under its name. */
  missing(statement: PreparedStatement): 'nothing' | 'parse' | 'close-and-parse' {
    const there = this.#upstream.get(statement.name)
    if (there === statement) return 'nothing'
    return there === undefined || statement.name === '' ? 'parse' : 'close-and-parse'
  }

  /** Its Parse was sent, with the run at `position`. */
  parseSent(statement: PreparedStatement, position: number): void { this.#setUpstream(statement.name, statement, position) }

  /** The Parse failed. */
  parseFailed(statement: PreparedStatement): void { if (this.#upstream.get(statement.name) === statement) this.#upstream.delete(statement.name) }

  /** Its Bind was sent, with the run at `position`. Where that works, no cursor has the name. */
  bindSent(portal: Portal, plan: StatementPlan, position: number): void {
    portal.opened = plan
    if (this.#savepoints === 'some') this.#madeInSavepoint.set(portal, true)
    const cursor = this.#cursors.get(portal.name)
    this.#cursors.delete(portal.name)
    this.#journal.note(position, () => {
      portal.opened = undefined
      if (cursor !== undefined) this.#cursors.set(portal.name, cursor)
    })
  }

  /** The Bind failed: no such portal. */
  bindFailed(portal: Portal): void { if (this.#portals.get(portal.name) === portal) this.#put(this.#portals, portal.name, undefined) }

  /** What the batch did after the failing position was dropped unread; what it believed of its schemas may be rolled back. */
  batchFailed(position: number): void {
    this.#journal.undoAfter(position)
    if (this.schemasKnown === 'in-transaction') this.schemasKnown = 'no'
  }

  /** Everything that was sent is answered: nothing before can fail any more. */
  settled(): void { this.#journal.clear() }

  /** Whether so much was done ahead of the upstream's answers that they should be waited for. */
  get isFarAhead(): boolean { return this.#journal.isLong }

  /** Applies what a statement that worked has changed. Purposes are the session's to check. */
  apply(change: SessionChange): void {
    switch (change.kind) {
      case 'prepare': this.#sqlPrepared.set(change.name, change.plan); break
      case 'deallocate': this.#deallocate(change.name); break
      case 'declare':
        this.#cursors.set(change.cursor, { plan: change.plan, format: change.format })
        this.#put(this.#portals, change.cursor, undefined)
        break
      case 'close-cursor':
        if (change.cursor === undefined) { this.#cursors.clear(); this.#clearPortals(); break }
        this.#cursors.delete(change.cursor)
        this.#put(this.#portals, change.cursor, undefined)
        break
      case 'schemas': this.schemasKnown = 'no'; break
      // Who owns temporary objects is understood on its own connection anyway.
      case 'catalog': if (change.scope === 'shared') this.catalog = 'uncommitted'; break
      case 'discard-all':
        this.#deallocate(undefined)
        this.#cursors.clear()
        this.#clearPortals()
        this.schemasKnown = 'no'
        this.purpose = undefined
        this.holdMode = 'wait'
        break
      case 'transaction': this.#transaction(change.verb); break
      case 'hold': this.holdMode = change.value ?? 'wait'; break
      case 'purpose': case 'setting': break
    }
  }

  /** Code that was not understood has run: nothing that was believed still holds. */
  doubtEverything(): void {
    this.#sqlPrepared.clear()
    this.#cursors.clear()
    this.#clearPortals()
    for (const name of this.#upstream.keys()) this.#upstream.set(name, UNKNOWN)
    this.schemasKnown = 'no'
    this.catalog = 'uncommitted'
  }

  /** The transaction is over: what was uncommitted is now everybody's, or gone. Cursors are kept: a name that is gone fails at the server. */
  endTransaction(): 'catalog-changed' | 'unchanged' {
    this.#clearPortals()
    this.#savepoints = 'none'
    if (this.schemasKnown === 'in-transaction') this.schemasKnown = 'no'
    if (this.catalog === 'committed') return 'unchanged'
    this.catalog = 'committed'
    this.schemasKnown = 'no'
    return 'catalog-changed'
  }

  #transaction(verb: Extract<SessionChange, { kind: 'transaction' }>['verb']): void {
    switch (verb) {
      case 'begin': case 'release': break
      case 'savepoint': this.#savepoints = 'some'; break
      case 'commit': case 'prepare':
        this.#clearPortals()
        this.#savepoints = 'none'
        // COMMIT of a failed transaction is a rollback, and SET LOCAL ends with either.
        if (this.schemasKnown === 'in-transaction') this.schemasKnown = 'no'
        break
      case 'rollback':
        this.#clearPortals()
        this.#savepoints = 'none'
        this.schemasKnown = 'no'
        break
      case 'rollback-to':
        for (const portal of this.#portals.values()) if (this.#madeInSavepoint.has(portal)) this.#put(this.#portals, portal.name, undefined)
        this.schemasKnown = 'no'
        break
    }
  }

  #deallocate(name: string | undefined): void {
    if (name === undefined) {
      this.#sqlPrepared.clear()
      for (const each of this.#statements.keys()) if (each !== '') this.#put(this.#statements, each, undefined)
      for (const each of this.#upstream.keys()) if (each !== '') this.#upstream.delete(each)
      return
    }
    this.#sqlPrepared.delete(name)
    this.#put(this.#statements, name, undefined)
    this.#upstream.delete(name)
  }

  #clearPortals(): void {
    for (const name of this.#portals.keys()) this.#put(this.#portals, name, undefined)
    this.#madeInSavepoint.clear()
  }

  #setUpstream(name: string, statement: PreparedStatement | undefined, position: number): void {
    const before = this.#upstream.get(name)
    if (statement === undefined) this.#upstream.delete(name)
    else this.#upstream.set(name, statement)
    this.#journal.note(position, () => {
      if (before === undefined) this.#upstream.delete(name)
      else this.#upstream.set(name, before)
    })
  }

  /** As {@link SessionNames.#put}, and taken back if the batch fails before. */
  #replace<T extends PreparedStatement | Portal>(map: SparseMap<string, T>, name: string, next: T | undefined, position: number): void {
    const before = map.get(name)
    this.#put(map, name, next)
    this.#journal.note(position, () => { this.#put(map, name, before) }, bytesOf(before))
  }

  #put<T extends PreparedStatement | Portal>(map: SparseMap<string, T>, name: string, next: T | undefined): void {
    const before = map.get(name)
    this.#keptBytes += bytesOf(next) - bytesOf(before)
    if (next === undefined) map.delete(name)
    else map.set(name, next)
  }
}

function bytesOf(kept: PreparedStatement | Portal | undefined): number {
  if (kept === undefined) return 0
  return 'bind' in kept ? kept.bind.length : kept.parse.length
}
