/**
 * What the handlers of one session share, and the steps they have in common: understand a text under the session's present state, and
 * submit it to the guard. No socket is touched here but through {@link UpstreamWriter}.
 */
import { parsePurpose, type Hold, type Purpose, type Refusal, type Sensitive } from '@doorward/core'
import type { Admission, Asked, Grant, Permitted } from '@doorward/guard'
import type { AnalysisError, Analysed, Piece, SessionChange, SessionView, StatementPlan } from '@doorward/sql'
import type { PostgresLimits } from '../postgres-limits.ts'
import type { Understander, UnderstoodText } from '../understand/understander.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import { prepareAnswer, type Answer, type TransformFactory } from './answer.ts'
import { encodeOwnNotice } from '../backend-encode.ts'
import type { Exchange } from './exchange.ts'
import { digestParameters, questionsOf } from './hold-terms.ts'
import { OwnAnalysis, OwnParse, OwnRows } from './own-question.ts'
import { SessionFault } from './session-fault.ts'
import type { PreparedStatement, SessionNames } from './session-names.ts'
import type { UpstreamWriter } from './upstream-writer.ts'

/** Changes after which the next statement can be understood only when this one is through. */
const ORDERING_CHANGES: ReadonlySet<string> = new Set(['prepare', 'deallocate', 'declare', 'close-cursor', 'schemas', 'catalog', 'discard-all', 'transaction', 'purpose'])

/** What of an Execute a decision may depend on beyond its statement. */
export interface Execution {
  /** The portal's Bind frame, which holds the parameters; undefined: none can be given. */
  readonly bind: Buffer | undefined
  /** Of a portal that was opened under an approval and is read on. */
  readonly grant: Grant | undefined
}

const NO_EXECUTION: Execution = { bind: undefined, grant: undefined }

export class SessionContext {
  readonly exchange: Exchange
  readonly names: SessionNames
  readonly upstream: UpstreamWriter
  readonly admission: Admission
  readonly understander: Understander
  readonly transforms: TransformFactory
  readonly limits: PostgresLimits
  /** The Sync-delimited batch under way: what was sent upstream in it, and whether the rest of it is skipped. */
  batch: { readonly number: number; sent: 'nothing' | 'something'; state: 'good' | 'skip' } = { number: 1, sent: 'nothing', state: 'good' }
  /** Aborted when the client cancels the statement at hand or is gone: ends a hold. */
  waiting = new AbortController()
  readonly #sending: PreparedStatement[] = []
  /** Writes what the exchange has for the client. */
  readonly pump: () => void
  /** Keys the hash of parameters that an approval is bound to. */
  readonly bindingKey: Sensitive<Buffer>
  /** Whether this principal may state this purpose. */
  readonly mayClaim: (purpose: Purpose) => boolean

  constructor(parts: Pick<SessionContext, 'exchange' | 'names' | 'upstream' | 'admission' | 'understander' | 'transforms' | 'limits' | 'pump' | 'bindingKey' | 'mayClaim'>) {
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
  }

  /** A statement's Parse is on its way; if its batch fails before it is confirmed, it is absent again. */
  sending(statement: PreparedStatement): void {
    statement.upstream = 'sending'
    this.#sending.push(statement)
  }

  /** The batch is over: whatever was not confirmed did not happen. */
  endSending(): void {
    for (const statement of this.#sending.splice(0)) if (statement.upstream === 'sending') statement.upstream = 'absent'
  }

  /** Sends a kept-back Parse alone: SQL EXECUTE needs it. Parse runs nothing. */
  async prepareUpstream(statement: PreparedStatement): Promise<void> {
    const question = new OwnParse(() => { statement.upstream = 'present' })
    this.exchange.push({ kind: 'own', question })
    this.upstream.parse(statement.parse)
    this.#endOwn()
    await question.done
  }

  /** Follows a change that the server has confirmed, or that is the session's own. */
  changed(change: SessionChange): void {
    if (change.kind === 'purpose') this.names.purpose = change.value === undefined ? undefined : parsePurpose(change.value)
    else this.names.apply(change)
    if (change.kind === 'catalog') this.understander.invalidate()
  }

  /** Asked after every wait: the batch may have failed upstream meanwhile. */
  batchIsSkipped(batch: SessionContext['batch']): boolean { return batch.state === 'skip' }

  startBatch(): void { this.batch = { number: this.batch.number + 1, sent: 'nothing', state: 'good' } }

  /** Waits until the upstream owes no answer but ReadyForQuery. */
  async drain(): Promise<void> {
    if (!this.exchange.awaitsAnswers) return
    this.upstream.flush()
    await this.exchange.settled()
  }

  /**
   * Understands one statement under the session's state as it is when its turn comes.
   * @throws {UnderstandFault} when the target cannot be asked: the caller refuses.
   */
  async understand(piece: Piece, parameterTypes: readonly number[], view: SessionView = this.names): Promise<UnderstoodText> {
    if ([...this.exchange.runs()].some((run) => run.plan.changes.some((change) => ORDERING_CHANGES.has(change.kind)))) await this.drain()
    if (this.names.schemasKnown === 'no') await this.#askSchemas()
    const ownOnly = this.names.ownsTemporary || this.names.catalog === 'uncommitted'
    return this.understander.understand(piece, parameterTypes, view, ownOnly ? (question, types) => this.#analyseHere(question, types) : undefined)
  }

  /** Decides, waits for people where policy says so, and records. @param piece as `plan` was understood from. */
  async submit(plan: StatementPlan, piece: Piece, parameterTypes: readonly number[], execution: Execution = NO_EXECUTION): Promise<Permitted<Answer> | Refusal> {
    const { identity } = piece
    const unclaimable = this.#unclaimable(plan)
    if (unclaimable !== undefined) return this.admission.refuse({ reason: 'policy', message: `the purpose ${unclaimable} is not one that you may state`, next: 'state one that your groups may claim', identity })
    this.waiting = new AbortController()
    const { bind, grant } = execution
    const { details, stillMeans } = questionsOf(plan, this.names, {
      again: (view) => this.#understandAgain(piece, parameterTypes, view),
      identify: async (text) => {
        const cut = await this.understander.cut(Buffer.from(text, 'utf8'))
        return cut.kind === 'cut' ? cut.pieces.map((one) => one.identity) : []
      },
      estimateRows: (of) => this.understander.estimateRows(of),
    })
    return this.admission.submit({
      statement: plan.understanding, identity, purpose: this.names.purpose, signal: this.waiting.signal,
      transform: { prepare: (obligations) => prepareAnswer(plan, this.transforms, obligations) },
      hold: {
        mode: this.names.holdMode, grant, details, stillMeans,
        parameters: () => (bind === undefined ? undefined : digestParameters(this.bindingKey, parameterTypes, bind)),
        onAsked: (held, asked) => { this.#sayHeld(held, asked) },
      },
    })
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

  #sayHeld(held: Hold, asked: Asked): void {
    // What was sent on before goes on meanwhile.
    if (this.exchange.awaitsAnswers) this.upstream.flush()
    this.exchange.emit(encodeOwnNotice({
      severity: 'NOTICE', sqlstate: '00000', message: `this statement waits for approval by ${held.quorum} of ${held.by.join(', ')} until ${new Date(asked.expiresAtMs).toISOString()}`,
      detail: held.why, hint: `to approve: doorward approvals approve ${asked.reference}; the connection stays open, cancel to withdraw`,
    }))
    this.pump()
  }

  /** In a failed transaction the server answers nothing but a rollback: its state is asked for when it can be. */
  async #askSchemas(): Promise<void> {
    await this.drain()
    if (this.exchange.status === 'E' || this.batch.state === 'skip') return
    const question = new OwnRows(1)
    this.exchange.push({ kind: 'own', question })
    this.upstream.ask(['schemas'])
    this.#endOwn()
    const [row] = await question.rows
    const [schemas, minMessages] = row ?? []
    this.names.schemas = requireNames(schemas)
    this.names.minMessages = minMessages ?? 'notice'
    this.names.schemasKnown = 'yes'
  }

  /** Temporary objects and uncommitted definitions are seen by this connection only: it reads the text itself, and runs nothing. */
  async #analyseHere(text: string, parameterTypes: readonly number[]): Promise<Analysed | AnalysisError> {
    await this.drain()
    if (this.exchange.status === 'E') return { kind: 'error', sqlState: '25P02', message: IN_FAILED_TRANSACTION, fields: new Map([['S', 'ERROR'], ['V', 'ERROR'], ['C', '25P02'], ['M', IN_FAILED_TRANSACTION]]) }
    const on = new OwnRows(1)
    const analysis = new OwnAnalysis()
    const off = new OwnRows(1)
    this.exchange.push({ kind: 'own', question: on })
    this.upstream.ask(['trees-on'])
    this.exchange.push({ kind: 'own', question: analysis })
    this.upstream.analyse(text, parameterTypes)
    this.exchange.push({ kind: 'own', question: off })
    this.upstream.ask([this.names.minMessages === 'warning' ? 'trees-off-warning' : this.names.minMessages === 'error' ? 'trees-off-error' : 'trees-off-notice'])
    const wasInBatch = this.batch.sent === 'something'
    this.#endOwn()
    const answer = await analysis.answer
    // A text that fails here has failed the batch or transaction it stands in, as it would have at the server without us.
    if (answer.kind === 'analysed') await off.rows
    else if (wasInBatch) this.batch.state = 'skip'
    else await this.exchange.settled()
    return answer
  }

  /** Inside a batch a Sync would commit what is under way, so only Flush is sent. */
  #endOwn(): void {
    if (this.batch.sent === 'something') { this.upstream.flush(); return }
    this.upstream.sync()
    this.exchange.push({ kind: 'ready', visible: false })
  }
}

const IN_FAILED_TRANSACTION = 'current transaction is aborted, commands ignored until end of transaction block'

function requireNames(json: string | undefined): readonly string[] {
  const names: unknown = JSON.parse(json ?? 'null')
  if (!Array.isArray(names) || !names.every((name): name is string => typeof name === 'string')) throw new SessionFault('unexpected-result', 'the upstream did not name its schemas')
  return names
}
