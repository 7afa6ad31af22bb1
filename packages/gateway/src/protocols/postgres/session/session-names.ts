/**
 * What a session has made for itself: prepared statements, portals, cursors, its schemas, its purpose. The mirror of the server's own state,
 * changed only by what the server confirmed. Source: PostgreSQL, Extended Query; PREPARE; DECLARE; SET.
 */
import type { Purpose } from '@doorward/core'
import type { Grant, HoldMode } from '@doorward/guard'
import type { Piece, SessionChange, SessionView, StatementPlan } from '@doorward/sql'
import type { FormatCode } from '../frontend.ts'
import type { PortalProgress } from './statement-run.ts'

/** A protocol-level prepared statement. Its Parse goes upstream with its first Execute. */
export interface PreparedStatement {
  readonly name: string
  readonly piece: Piece
  readonly parse: Buffer
  readonly parameterTypes: readonly number[]
  /** As analysed at Parse, for Describe; looked up again at each Execute. */
  readonly plan: StatementPlan
  upstream: 'absent' | 'sending' | 'present'
}

/** A bound statement. Its Bind, with the parameters, goes upstream with its first Execute: after the decision. */
export interface Portal {
  readonly name: string
  readonly statement: PreparedStatement
  readonly bind: Buffer
  readonly resultFormats: readonly FormatCode[]
  readonly progress: PortalProgress
  /** The number of the Sync-delimited batch it was bound in. */
  readonly batch: number
  upstream: 'absent' | 'open'
  /** What its first part was approved with, where it was held. */
  grant: Grant | undefined
}

export class SessionNames implements SessionView {
  readonly statements = new Map<string, PreparedStatement>()
  readonly portals = new Map<string, Portal>()
  readonly #sqlPrepared = new Map<string, StatementPlan>()
  readonly #cursors = new Map<string, StatementPlan>()
  schemas: readonly string[] = []
  /** The schemas must be asked for again. */
  schemasKnown: 'yes' | 'no' = 'no'
  /** client_min_messages, to be put back after an analysis on the session's own connection. */
  minMessages = 'notice'
  /** DDL in the transaction under way: only this connection sees it. */
  catalog: 'committed' | 'uncommitted' = 'committed'
  purpose: Purpose | undefined
  /** What the client does while a statement of its is held. */
  holdMode: HoldMode = 'wait'

  /** Temporary objects are seen by this connection only. */
  get ownsTemporary(): boolean { return this.schemas.some((schema) => /^pg_temp_\d+$/.test(schema)) }

  prepared(name: string): StatementPlan | undefined { return this.#sqlPrepared.get(name) ?? this.statements.get(name)?.plan }
  cursor(name: string): StatementPlan | undefined { return this.#cursors.get(name) ?? this.portals.get(name)?.statement.plan }

  get count(): number { return this.statements.size + this.#sqlPrepared.size + this.#cursors.size + this.portals.size }

  /** Applies what a statement that worked has changed. Purposes are the session's to check. */
  apply(change: SessionChange): void {
    switch (change.kind) {
      case 'prepare': this.#sqlPrepared.set(change.name, change.plan); break
      case 'deallocate': this.#deallocate(change.name); break
      case 'declare': this.#cursors.set(change.cursor, change.plan); break
      case 'close-cursor':
        if (change.cursor === undefined) this.#cursors.clear()
        else this.#cursors.delete(change.cursor)
        break
      case 'schemas': this.schemasKnown = 'no'; break
      case 'catalog': this.catalog = 'uncommitted'; break
      case 'discard-all':
        this.#deallocate(undefined)
        this.#cursors.clear()
        this.portals.clear()
        this.schemasKnown = 'no'
        this.purpose = undefined
        this.holdMode = 'wait'
        break
      case 'transaction':
        // What a rollback takes back is not tracked but asked for again. Cursors are kept: a name that is gone fails at the server.
        if (change.verb === 'rollback' || change.verb === 'rollback-to') this.schemasKnown = 'no'
        break
      case 'hold': this.holdMode = change.value ?? 'wait'; break
      case 'purpose': case 'setting': break
    }
  }

  /** The transaction is over: what was uncommitted is now everybody's, or gone. */
  endTransaction(): 'catalog-changed' | 'unchanged' {
    for (const [name, portal] of this.portals) if (portal.upstream === 'open') this.portals.delete(name)
    if (this.catalog === 'committed') return 'unchanged'
    this.catalog = 'committed'
    this.schemasKnown = 'no'
    return 'catalog-changed'
  }

  #deallocate(name: string | undefined): void {
    if (name === undefined) { this.#sqlPrepared.clear(); this.statements.clear(); return }
    this.#sqlPrepared.delete(name)
    this.statements.delete(name)
  }
}
