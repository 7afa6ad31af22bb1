/**
 * What the handlers of one session share, and the steps they have in common: understand a text under the session's present state, and
 * submit it to the guard. No socket is touched here but through {@link UpstreamWriter}.
 */
import { parsePurpose, unreachable, type Hold, type Purpose, type Refusal, type Sensitive } from '@doorward/core'
import type { Admission, Asked, Grant, Permitted } from '@doorward/guard'
import type { Piece, SessionChange, SessionView, StatementPlan } from '@doorward/sql'
import type { PostgresLimits } from '../postgres-limits.ts'
import { LOCKED } from '../understand/analysis-connection.ts'
import type { OwnView, Understander, UnderstoodText } from '../understand/understander.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import { prepareAnswer, type Answer, type TransformFactory } from './answer.ts'
import { encodeOwnNotice } from '../backend-encode.ts'
import type { Exchange } from './exchange.ts'
import { CursorGrants, cursorOf, digestParameters, questionsOf } from './hold-terms.ts'
import { inFailedTransaction, OwnConnection } from './own-connection.ts'
import { isAboutStyle, isStyle } from './literal-style.ts'
import { plannedRows } from './planned-rows.ts'
import type { SessionNames } from './session-names.ts'
import { demandRecording, NOT_RECORDED, recordOrRefuse, type SessionRecording } from './session-recording.ts'
import type { Batch, StatementRun } from './statement-run.ts'
import { OWN_PREFIX, type CopyGrant, type UpstreamWriter } from './upstream-writer.ts'

/** What of an Execute a decision may depend on beyond its statement. */
export interface Execution {
  /** The portal's Bind frame, which holds the parameters; undefined: none can be given. */
  readonly bind: Buffer | undefined
  /** Of a portal that was opened under an approval and is read on. */
  readonly grant: Grant | undefined
}

/** What a session asks of the understander. */
export type SessionUnderstander = Pick<Understander, 'cut' | 'understand' | 'invalidate' | 'generation' | 'estimateRows' | 'plannedRows' | 'literalStyle' | 'factsThrough' | 'definitionsOf'>

/** Definitions that change faster than a text can be understood under them: each time takes milliseconds, so a second or so. */
const MAX_UNDERSTANDINGS = 50

/** Nothing to wait for, which is how it is for most messages. */
const DONE = Promise.resolve()

const NO_EXECUTION: Execution = { bind: undefined, grant: undefined }

export class SessionContext {
  readonly exchange: Exchange
  readonly names: SessionNames
  readonly upstream: UpstreamWriter
  readonly admission: Admission
  readonly understander: SessionUnderstander
  readonly transforms: TransformFactory
  readonly limits: PostgresLimits
  readonly recording: SessionRecording
  /** The Sync-delimited batch under way. */
  batch: Batch = newBatch()
  #begun: 'no' | 'yes' = 'no'
  /** Aborted when the client cancels the statement at hand or is gone: it is not sent then, and a hold ends. */
  waiting = new AbortController()
  readonly #own: OwnConnection
  /** Writes what the exchange has for the client. */
  readonly pump: () => void
  readonly #cursorGrants = new CursorGrants()
  /** Keys the hash of parameters that an approval is bound to. */
  readonly bindingKey: Sensitive<Buffer>
  /** Whether this principal may state this purpose. */
  readonly mayClaim: (purpose: Purpose) => boolean

  constructor(parts: Pick<SessionContext, 'exchange' | 'names' | 'upstream' | 'admission' | 'understander' | 'transforms' | 'limits' | 'pump' | 'bindingKey' | 'mayClaim'> & Partial<Pick<SessionContext, 'recording'>>) {
    this.recording = parts.recording ?? NOT_RECORDED
    this.exchange = parts.exchange
    this.names = parts.names
    this.upstream = parts.upstream
    this.admission = parts.admission
    this.understander = parts.understander
    this.transforms = parts.transforms
    this.limits = parts.limits
    this.pump = parts.pump
    this.bindingKey = parts.bindingKey
    this.mayClaim = parts.mayClaim
    this.#own = new OwnConnection({ exchange: parts.exchange, names: parts.names, upstream: parts.upstream, batch: () => this.batch, drain: () => this.drain() })
  }

  /** Follows a change that the server has confirmed, or that is the session's own. */
  changed(change: SessionChange): void {
    if (change.kind === 'setting' && isStyle(change.name)) this.names.literalStyle = 'changed'
    if (change.kind === 'purpose') this.names.purpose = change.value === undefined ? undefined : parsePurpose(change.value)
    else this.names.apply(change)
    if (change.kind === 'catalog' && change.scope === 'shared') this.understander.invalidate()
    // The end of a transaction that changed definitions is told to the understander, and with it to everybody.
    if (CHANGES_FACTS.has(change.kind) || (change.kind === 'transaction' && change.verb === 'rollback-to')) this.#own.forgetFacts()
    // Left before the Sync that will say so; from here on the server answers questions again.
    if (change.kind === 'transaction' && LEAVES_FAILED.has(change.verb) && this.exchange.status === 'E') this.exchange.status = 'T'
  }

  /** Asked after every wait: the batch may have failed upstream meanwhile. */
  batchIsSkipped(batch: Batch): boolean { return batch.state === 'skip' }

  startBatch(): void {
    this.recording.nextBatch()
    this.batch = newBatch()
    this.#begun = 'no'
  }

  /** Waits until the batches before have come to their end: it decides what names mean in this one. */
  begin(): Promise<void> {
    if (this.#begun === 'no' && this.exchange.isIdle) this.#begun = 'yes'
    return this.#begun === 'yes' ? DONE : this.#untilQuiet()
  }

  async #untilQuiet(): Promise<void> {
    await this.exchange.quiet()
    this.#begun = 'yes'
  }

  /** Waits until names mean what they will mean when a message's turn comes: for a statement under way that changes them. */
  inOrder(): Promise<void> {
    if (this.begin() !== DONE || this.exchange.awaitsChange || this.names.isFarAhead) return this.#untilInOrder()
    if (!this.exchange.awaitsAnswers) this.names.settled()
    return DONE
  }

  async #untilInOrder(): Promise<void> {
    await this.begin()
    if (this.exchange.awaitsChange || this.names.isFarAhead) await this.drain()
    if (!this.exchange.awaitsAnswers) this.names.settled()
  }

  /** Waits until the upstream owes no answer but ReadyForQuery. */
  drain(): Promise<void> {
    if (!this.exchange.awaitsAnswers) return DONE
    this.upstream.flush()
    return this.exchange.settled()
  }

  /**
   * Understands one statement under the session's state as it is when its turn comes.
   * @throws {UnderstandFault} when the target cannot be asked: the caller refuses.
   */
  async understand(piece: Piece, parameterTypes: readonly number[], view: SessionView = this.names): Promise<UnderstoodText> {
    for (let times = 0; times < MAX_UNDERSTANDINGS; times += 1) {
      await this.inOrder()
      // SET TRANSACTION must come before any query of its transaction, Doorward's own included; it names nothing.
      if (piece.statement?.kind !== 'set-transaction') await this.#own.refreshSchemas(this.understander.generation)
      const { generation } = this.understander
      const ownOnly = this.names.ownsTemporary || this.names.catalog === 'uncommitted'
      const analyse: OwnView['analyse'] = (question, types) => this.#own.analyse(question, types)
      const own: OwnView = { analyse, facts: () => this.#own.facts(this.understander) }
      let understood = await this.understander.understand(piece, parameterTypes, view, ownOnly ? own : undefined)
      let asked: 'here' | 'elsewhere' = ownOnly ? 'here' : 'elsewhere'
      if (understood.kind === 'rejected' && asked === 'elsewhere' && (understood.error.sqlState === LOCKED || (isAboutStyle(understood.error) && await this.#readsOtherwise()))) {
        asked = 'here'
        understood = await this.understander.understand(piece, parameterTypes, view, { analyse, facts: () => Promise.resolve(undefined) })
      }
      // A schema may have come or gone with the definitions that changed meanwhile.
      if (this.understander.generation !== generation) continue
      // What the server has refused on this connection has failed its transaction, and is itself the answer.
      return asked === 'here' && understood.kind === 'rejected' ? understood : this.#unlessFailed(understood, piece)
    }
    throw new UnderstandFault('out-of-step', `definitions changed ${MAX_UNDERSTANDINGS} times while one statement was understood`)
  }

  /** A server looks nothing up in a transaction that has failed, keeps no name and answers all but the end in one way: drivers go by that. */
  #unlessFailed(understood: UnderstoodText, piece: Piece): UnderstoodText {
    if (this.exchange.status !== 'E') return understood
    switch (understood.kind) {
      case 'refused': return understood
      case 'rejected': return { ...understood, error: inFailedTransaction() }
      case 'plan': return leavesFailed(understood.plan) ? understood : { kind: 'rejected', error: inFailedTransaction(), identity: piece.identity }
      default: return unreachable(understood)
    }
  }

  /** Whether this session reads dates and intervals in another way than the analysis does. What was sent before may be what makes it so. */
  async #readsOtherwise(): Promise<boolean> {
    await this.drain()
    return this.names.literalStyle === 'changed' || this.names.literalStyle !== await this.understander.literalStyle()
  }

  /** Sends a permitted statement. @param sent told its place in the order of the session. */
  forward(run: StatementRun, frames: readonly Buffer[], sent?: (position: number) => void): CopyGrant {
    run.facts.batch.sent = 'something'
    const position = this.exchange.push({ kind: 'run', run })
    sent?.(position)
    return this.upstream.forward(run.facts.permitted.permit, frames)
  }

  /** Decides, waits for people where policy says so, and records. @param piece as `plan` was understood from. */
  async submit(plan: StatementPlan, piece: Piece, parameterTypes: readonly number[], execution: Execution = NO_EXECUTION): Promise<Permitted<Answer> | Refusal> {
    const { identity } = piece
    const unnameable = this.#unnameable(plan)
    if (unnameable !== undefined) return this.admission.refuse({ ...unnameable, identity })
    const unclaimable = this.#unclaimable(plan)
    if (unclaimable !== undefined) return this.admission.refuse({ reason: 'policy', message: `the purpose ${unclaimable} is not one that you may state`, next: 'state one that your groups may claim', identity })
    const { bind } = execution
    const cursor = cursorOf(piece, this.names)
    const grant = execution.grant ?? this.#cursorGrants.find(cursor, identity.digest)
    const { details, stillMeans } = questionsOf(plan, this.names, {
      again: (view) => this.#understandAgain(piece, parameterTypes, view),
      definitionsOf: (view) => this.#definitionsOf(piece, parameterTypes, view),
      identify: async (text) => {
        const cut = await this.understander.cut(Buffer.from(text, 'utf8'))
        return cut.kind === 'cut' ? cut.pieces.map((one) => one.identity) : []
      },
      estimateRows: (of) => this.understander.estimateRows(of),
    })
    const permitted = await this.admission.submit({
      statement: plan.understanding, identity, purpose: this.names.purpose, signal: this.waiting.signal,
      transform: { prepare: (obligations) => demandRecording(this.recording, obligations) ?? prepareAnswer(plan, this.transforms, obligations, { text: piece.text, bind }) },
      hold: {
        mode: this.names.holdMode, grant, details, stillMeans,
        parameters: () => (bind === undefined ? undefined : digestParameters(this.bindingKey, parameterTypes, bind)),
        onAsked: (held, asked) => { this.#sayHeld(held, asked) },
      },
      estimate: () => plannedRows(plan, piece, bind, this.names, this.understander),
    })
    if (permitted.kind !== 'permitted') return permitted
    this.#cursorGrants.keep(cursor, identity.digest, permitted.grant)
    if (this.recording === NOT_RECORDED) return permitted
    return recordOrRefuse(this.recording, this.admission, permitted, { text: piece.text, bind, parameterTypes: plan.parameterTypes, fields: plan.fields }, async () => { await this.drain(); this.pump() })
  }

  /** Names that a statement would make: Doorward's own are taken, and there is an end to all. */
  #unnameable(plan: StatementPlan): { readonly reason: Refusal['reason']; readonly message: string; readonly next: string } | undefined {
    for (const change of plan.changes) {
      if (change.kind !== 'prepare' && change.kind !== 'declare') continue
      const name = change.kind === 'prepare' ? change.name : change.cursor
      if (name.startsWith(OWN_PREFIX)) return { reason: 'forbidden', message: `names that begin with ${OWN_PREFIX} are not given to statements and cursors`, next: 'choose another name' }
      if (this.names.count >= this.limits.statementsPerConnection) return tooManyNames(this.limits)
    }
    return undefined
  }

  #unclaimable(plan: StatementPlan): string | undefined {
    for (const change of plan.changes) {
      if (change.kind !== 'purpose' || change.value === undefined) continue
      const purpose = parsePurpose(change.value)
      if (purpose !== undefined && !this.mayClaim(purpose)) return purpose
    }
    return undefined
  }

  /** Minutes may lie between: what cannot be understood now is not what was asked about. */
  async #understandAgain(piece: Piece, parameterTypes: readonly number[], view: SessionView): Promise<StatementPlan | undefined> {
    try {
      const understood = await this.understand(piece, parameterTypes, view)
      return understood.kind === 'plan' ? understood.plan : undefined
    } catch (error) {
      if (error instanceof UnderstandFault) return undefined
      throw error
    }
  }

  async #definitionsOf(piece: Piece, parameterTypes: readonly number[], view: SessionView): Promise<string | undefined> {
    const ownOnly = this.names.ownsTemporary || this.names.catalog === 'uncommitted'
    const own: OwnView = { analyse: (question, types) => this.#own.analyse(question, types), facts: () => this.#own.facts(this.understander) }
    try {
      return `${await this.understander.definitionsOf(piece, parameterTypes, view, ownOnly ? own : undefined)}; ${this.names.literals}`
    } catch (error) {
      if (error instanceof UnderstandFault) return undefined
      throw error
    }
  }

  #sayHeld(held: Hold, asked: Asked): void {
    // What was sent on before goes on meanwhile.
    if (this.exchange.awaitsAnswers) this.upstream.flush()
    this.exchange.emit(encodeOwnNotice({
      severity: 'NOTICE', sqlstate: '00000', message: `this statement waits for approval by ${held.quorum} of ${held.by.join(', ')} until ${new Date(asked.expiresAtMs).toISOString()}`,
      detail: held.why, hint: `to approve: doorward approvals approve ${asked.reference}; the connection stays open, cancel to withdraw`,
    }))
    this.pump()
  }
}

function newBatch(): Batch { return { sent: 'nothing', upstream: 'good', state: 'good' } }

/** What this connection sees of the catalog may be other afterwards. */
const CHANGES_FACTS: ReadonlySet<SessionChange['kind']> = new Set<SessionChange['kind']>(['catalog', 'schemas', 'discard-all'])
const LEAVES_FAILED: ReadonlySet<string> = new Set(['commit', 'rollback', 'rollback-to'])

/** Whether a server takes it in a transaction that has failed. PostgreSQL, postgres.c, IsTransactionExitStmt. */
export function leavesFailed(plan: StatementPlan): boolean {
  return plan.changes.some((change) => change.kind === 'transaction' && LEAVES_FAILED.has(change.verb))
}

/** For whatever would make one name more. */
export function tooManyNames(limits: PostgresLimits): { readonly reason: 'limit'; readonly message: string; readonly next: string } {
  return { reason: 'limit', message: `more than ${limits.statementsPerConnection} prepared statements, portals and cursors on one connection`, next: 'close those that are no longer used' }
}
