/**
 * One permitted statement from the first frame of its answer to the last: every frame is checked against what was allowed and
 * transformed before it may reach the client. Pure: frames in, buffers out.
 * Source: PostgreSQL, Frontend/Backend Protocol, Message Flow, Simple Query and Extended Query.
 */
import type { Action, Refusal } from '@doorward/core'
import type { Outcome, Permitted } from '@doorward/guard'
import type { SessionChange, StatementPlan } from '@doorward/sql'
import type { Frame } from '../frame.ts'
import { decodeBackend } from '../backend.ts'
import { encodeBackend } from '../backend-encode.ts'
import type { Field, NoticeFields } from '../backend-message.ts'
import { describeTag } from '../wire-fault.ts'
import type { Answer, CopyTransform, RowTransform } from './answer.ts'
import { countOf, readDescription, withoutCount } from './as-predicted.ts'
import { ResultDigest } from './result-digest.ts'
import { SessionFault } from './session-fault.ts'

export type RunEvent =
  | { readonly kind: 'ended'; readonly how: 'done' | 'suspended' | 'error' }
  /** The upstream waits for COPY data. */
  | { readonly kind: 'copy-in' }
  /** A row over the limit arrived: nothing more is delivered; the session cancels the statement and refuses in its place. */
  | { readonly kind: 'limit'; readonly of: 'rows' | 'patients' }

/** What a portal keeps between two Executes: the rows delivered, and the columns as they were described. */
export interface PortalProgress { rows: number; fields: readonly Field[] | undefined }

/** An answer owed before the statement's own, swallowed: the client got its own when it asked. */
export interface Prologue {
  readonly answer: 'parse' | 'bind' | 'close'
  /** The statement failed before this was answered. */
  readonly undone?: () => void
}

export interface RunFacts {
  readonly plan: StatementPlan
  readonly permitted: Permitted<Answer>
  readonly prologue: readonly Prologue[]
  /** Whether a row description is owed, and whether the client sees it. */
  readonly description: 'shown' | 'checked' | 'none'
  readonly progress: PortalProgress
  /** The analysis was cached or rests on definitions: it is confirmed once the statement holds its locks. */
  readonly confirm: 'needed' | 'done'
  readonly confirmUnchanged: () => Promise<'unchanged' | 'changed'>
  /** The Sync-delimited batch it was sent in. */
  readonly batch: Batch
}

/** What stands between two Syncs. */
export interface Batch {
  /** What was sent upstream in it. */
  sent: 'nothing' | 'something'
  /** `failed`: the upstream reads and drops everything up to Sync. */
  upstream: 'good' | 'failed'
  /** `skip`: the client knows of an error, and its messages up to Sync are dropped. */
  state: 'good' | 'skip'
}

const WRITES: ReadonlySet<Action> = new Set<Action>(['create', 'update', 'delete', 'destroy', 'execute'])

export function writesRows({ understanding, changes }: StatementPlan): boolean {
  return understanding.kind === 'opaque' || changes.some((change) => change.kind === 'catalog') || understanding.effects.some((effect) => effect.scope === 'user' && WRITES.has(effect.action))
}

/** Changes after which the next statement can be understood only when this one is through. */
const ORDERING_CHANGES: ReadonlySet<SessionChange['kind']> = new Set<SessionChange['kind']>(['prepare', 'deallocate', 'declare', 'close-cursor', 'schemas', 'catalog', 'discard-all', 'transaction', 'purpose'])

const T = {
  parseComplete: 0x31, bindComplete: 0x32, closeComplete: 0x33, rowDescription: 0x54, noData: 0x6e, dataRow: 0x44, complete: 0x43, suspended: 0x73, empty: 0x49,
  copyIn: 0x47, copyOut: 0x48, copyBoth: 0x57, copyData: 0x64, copyDone: 0x63, error: 0x45,
} as const

/** Whatever the answer shows. An error too: it may come from what a changed definition reads, and that there is one tells as much. */
const CONFIRMED_FIRST: ReadonlySet<number> = new Set([T.rowDescription, T.dataRow, T.copyOut, T.copyIn, T.complete, T.suspended, T.error])

export class StatementRun {
  readonly facts: RunFacts
  readonly #prologue: Prologue[]
  #description: 'owed' | 'seen'
  #rows: RowTransform | undefined
  #copy: CopyTransform | undefined
  #copyOut: 'no' | 'open' | 'closed' = 'no'
  #bytes = 0
  #rowsHere = 0
  readonly #digest = new ResultDigest()
  #result = ''
  #state: 'running' | 'stopped' | 'ended' = 'running'
  #copyIn: 'no' | 'open' | 'closed' = 'no'
  #status: Outcome['status'] = 'lost'
  #outcome: Outcome | undefined
  #waiters: (() => void)[] = []
  /** Why it was stopped; stands where its end would. */
  refusal: Refusal | undefined
  /** Set by the session once the definitions were seen unchanged. */
  confirmed: 'no' | 'yes'

  /** Of errors and notices. What stood before a statement in its implicit transaction may fail when that statement ends it. */
  readonly #texts: Answer['texts']

  constructor(facts: RunFacts) {
    this.facts = facts
    const { masked, texts } = facts.permitted.transform
    this.#texts = masked && facts.batch.sent === 'something' ? 'rewritten' : texts
    this.#prologue = [...facts.prologue]
    this.#description = facts.description === 'none' ? 'seen' : 'owed'
    this.confirmed = facts.confirm === 'done' ? 'yes' : 'no'
  }

  get plan(): StatementPlan { return this.facts.plan }
  get isMasked(): boolean { return this.facts.permitted.transform.masked }
  /** Whether names may mean something else once it is through; of code that was not understood anything is possible. */
  get changesSession(): boolean { return this.plan.understanding.kind === 'opaque' || this.plan.changes.some((change) => ORDERING_CHANGES.has(change.kind)) }
  /** What it writes may not be committed before it is confirmed that it still means what was understood. */
  get holdsCommit(): boolean { return this.facts.confirm === 'needed' && writesRows(this.plan) }
  get hasEnded(): boolean { return this.#state === 'ended' }
  /** The upstream asked for COPY data and has not been told the end. */
  get takesCopyData(): boolean { return this.#copyIn === 'open' && this.#state !== 'ended' }

  /** Resolves when the upstream asks for COPY data, or the statement ends without. */
  copyInDecided(): Promise<void> {
    if (this.#copyIn !== 'no' || this.#state === 'ended') return Promise.resolve()
    return new Promise((resolve) => { this.#waiters.push(resolve) })
  }

  /** Resolves when it has ended, in whatever way. */
  async ended(): Promise<void> {
    while (this.#state !== 'ended') await new Promise<void>((resolve) => { this.#waiters.push(resolve) })
  }

  /** The client said CopyDone or CopyFail. */
  closeCopyIn(): void { this.#copyIn = 'closed' }

  /** Whether this frame would show the client something that rests on the analysis: then definitions are confirmed first. */
  needsConfirmation(tag: number): boolean {
    return this.confirmed === 'no' && CONFIRMED_FIRST.has(tag)
  }

  /** Complete once the run has ended. */
  outcome(): Outcome {
    this.#outcome ??= this.#sum()
    return this.#outcome
  }

  #sum(): Outcome {
    const { patients } = this.facts.permitted.transform
    // A write says in its tag how many rows it was; of one whose end was not seen nobody knows.
    const affected = Math.max(this.#rowsHere + (this.#copy?.rows ?? 0), countOf(this.#result))
    patients?.ended(this.#status === 'lost' && this.plan.fields === undefined ? 1 : affected)
    return {
      status: this.#status, result: this.#result, rows: this.#rowsHere + (this.#copy?.rows ?? 0), bytes: this.#bytes,
      digest: this.#digest.digest(), maskedColumns: this.facts.permitted.transform.maskedColumns,
      patients: patients?.touched,
    }
  }

  /** From now on nothing of the answer is delivered; a refusal takes the place of its end. */
  stop(): void { if (this.#state === 'running') this.#state = 'stopped' }

  /** The session ends before the answer did. */
  lose(): void { if (this.#state !== 'ended') this.#end('lost') }

  /** The batch failed before this statement's turn: the server dropped it unread. */
  skip(): void { this.#end('skipped') }

  /** A notice while this statement runs. */
  notice(frame: Frame, out: Buffer[]): void {
    out.push(this.#textsOf(frame))
  }

  /** @throws {SessionFault} when the answer is not what was allowed; whatever a transform throws. */
  take(frame: Frame, out: Buffer[]): RunEvent | undefined {
    switch (frame.tag) {
      case T.dataRow: return this.#row(frame, out)
      case T.copyData: return this.#copyData(frame, out)
      case T.parseComplete: this.#expectPrologue('parse'); return undefined
      case T.bindComplete: this.#expectPrologue('bind'); return undefined
      case T.closeComplete: this.#expectPrologue('close'); return undefined
      case T.rowDescription: return this.#describe(frame, out)
      case T.noData: return this.#noData()
      case T.copyOut: return this.#startCopyOut(frame, out)
      case T.copyIn: return this.#startCopyIn(frame, out)
      case T.copyDone: return this.#endCopyOut(frame, out)
      case T.complete: return this.#complete(frame, out)
      case T.suspended: return this.#suspend(frame, out)
      case T.empty: return this.#empty(frame, out)
      case T.error: return this.#error(frame, out)
      default: throw new SessionFault('unexpected-message', `upstream sent ${describeTag(frame.tag)} in the answer to a statement`)
    }
  }

  #deliver(out: Buffer[], bytes: Buffer): void {
    if (bytes.length === 0) return
    out.push(bytes)
    this.#bytes += bytes.length
    this.#digest.update(bytes)
  }

  #expectPrologue(what: Prologue['answer']): void {
    if (this.#prologue.shift()?.answer !== what) throw new SessionFault('unexpected-message', `upstream completed a ${what} it was not asked for`)
  }

  #expectBody(): void {
    if (this.#prologue.length > 0) throw new SessionFault('unexpected-message', 'upstream answered a statement before its parse and bind')
  }

  #describe(frame: Frame, out: Buffer[]): undefined {
    this.#expectBody()
    if (this.#state === 'stopped') return undefined
    if (this.#description === 'seen') throw new SessionFault('unexpected-result', 'a row description where none is owed')
    const fields = this.facts.permitted.transform.factory.kept.fields(this.plan.fields, frame.body, () => readDescription(this.plan.fields, frame))
    this.#description = 'seen'
    this.#planRows(fields)
    this.facts.progress.fields = fields
    if (this.facts.description === 'shown') this.#deliver(out, frame.whole)
    return undefined
  }

  #planRows(fields: readonly Field[]): void {
    const { masks, catalogTexts, patients, factory } = this.facts.permitted.transform
    const planned = factory.planRows(fields, masks, catalogTexts, patients)
    if (planned.kind === 'cannot-mask') throw new SessionFault('unexpected-result', `an output cannot be masked: ${planned.why}`)
    this.#rows = planned.transform
  }

  #noData(): undefined {
    this.#expectBody()
    if (this.#description === 'seen') throw new SessionFault('unexpected-message', 'NoData where no description is owed')
    if (this.plan.fields !== undefined) throw new SessionFault('unexpected-result', 'no rows where the analysis predicts some')
    this.#description = 'seen'
    return undefined
  }

  #row(frame: Frame, out: Buffer[]): RunEvent | undefined {
    this.#expectBody()
    if (this.#state === 'stopped') return undefined
    const { progress, permitted } = this.facts
    // A portal that is read on was described when it was opened; this Execute has a decision of its own.
    if (this.#rows === undefined && this.facts.description === 'none' && progress.fields !== undefined) this.#planRows(progress.fields)
    const transform = this.#rows
    if (transform === undefined) throw new SessionFault('unexpected-result', 'a row before its description')
    const { rowLimit } = permitted.transform
    if (rowLimit !== undefined && progress.rows >= rowLimit) return this.#overLimit('rows')
    const body = transform.identity ? frame.body : transform.transformDataRow(frame.body)
    if (permitted.transform.patients?.isOver === true) return this.#overLimit('patients')
    progress.rows += 1
    this.#rowsHere += 1
    this.#deliver(out, body === frame.body ? frame.whole : withHeader(T.dataRow, body))
    return undefined
  }

  /** The type of frames that {@link StatementRun.takeRows} takes now: nothing is owed before them, and they need no look one by one. */
  get runTag(): number | undefined {
    if (this.#state !== 'running' || this.confirmed === 'no' || this.#prologue.length > 0) return undefined
    if (this.#copyOut === 'open') return this.#copy?.pushFrames === undefined ? undefined : T.copyData
    return this.#rows?.transformFrames === undefined ? undefined : T.dataRow
  }

  /** As {@link StatementRun.take}, for whole frames of {@link StatementRun.runTag} and nothing else. */
  takeRows(frames: Buffer, out: Buffer[]): RunEvent | undefined {
    const { progress, permitted: { transform: { rowLimit, patients } } } = this.facts
    const isCopy = this.#copyOut === 'open'
    const taken = isCopy ? this.#copy?.pushFrames?.(frames, rowLimit ?? Infinity, () => patients?.isOver === true) : this.#rows?.transformFrames?.(frames, (rowLimit ?? Infinity) - progress.rows)
    if (taken === undefined) throw new SessionFault('unexpected-result', 'rows that are to be taken one by one')
    if (!isCopy) {
      progress.rows += taken.rows
      this.#rowsHere += taken.rows
    }
    this.#deliver(out, taken.bytes)
    return taken.left === 0 ? undefined : this.#overLimit(patients?.isOver === true ? 'patients' : 'rows')
  }

  #overLimit(of: 'rows' | 'patients'): RunEvent {
    this.stop()
    return { kind: 'limit', of }
  }

  #startCopyOut(frame: Frame, out: Buffer[]): undefined {
    this.#expectBody()
    if (this.#state === 'stopped') return undefined
    const message = decodeBackend(frame)
    const { copy } = this.plan
    if (message.kind !== 'copyOutResponse' || copy?.direction !== 'out' || this.#copyOut !== 'no') throw new SessionFault('unexpected-result', 'COPY data where none was allowed')
    if ((message.format === 1) !== (copy.format === 'binary')) throw new SessionFault('unexpected-result', 'COPY in another format than the statement asked for')
    const planned = this.facts.permitted.transform.factory.planCopy(this.plan, this.facts.permitted.transform.masks, this.facts.permitted.transform.patients)
    if (planned.kind === 'cannot-mask') throw new SessionFault('unexpected-result', `an output cannot be masked: ${planned.why}`)
    this.#copy = planned.transform
    this.#copyOut = 'open'
    this.#deliver(out, frame.whole)
    return undefined
  }

  #copyData(frame: Frame, out: Buffer[]): RunEvent | undefined {
    if (this.#state === 'stopped') return undefined
    if (this.#copy === undefined || this.#copyOut !== 'open') throw new SessionFault('unexpected-result', 'COPY data outside of a COPY')
    const data = this.#copy.push(frame.body)
    const { rowLimit } = this.facts.permitted.transform
    // The server sends a row per message; a message that crosses the limit is dropped whole.
    if (rowLimit !== undefined && this.#copy.rows > rowLimit) return this.#overLimit('rows')
    if (this.facts.permitted.transform.patients?.isOver === true) return this.#overLimit('patients')
    if (data.length > 0) this.#deliver(out, data === frame.body ? frame.whole : withHeader(T.copyData, data))
    return undefined
  }

  #endCopyOut(frame: Frame, out: Buffer[]): undefined {
    if (this.#state === 'stopped') return undefined
    if (this.#copy === undefined || this.#copyOut !== 'open') throw new SessionFault('unexpected-result', 'the end of a COPY that did not begin')
    this.#copyOut = 'closed'
    const rest = this.#copy.end()
    if (rest.length > 0) this.#deliver(out, withHeader(T.copyData, rest))
    this.#deliver(out, frame.whole)
    return undefined
  }

  #startCopyIn(frame: Frame, out: Buffer[]): RunEvent {
    this.#expectBody()
    if (this.plan.copy?.direction !== 'in' || this.#copyIn !== 'no') throw new SessionFault('unexpected-result', 'the upstream asks for COPY data where none was allowed')
    this.#copyIn = 'open'
    this.#deliver(out, frame.whole)
    this.#wake()
    return { kind: 'copy-in' }
  }

  #complete(frame: Frame, out: Buffer[]): RunEvent {
    this.#expectBody()
    const message = decodeBackend(frame)
    if (message.kind !== 'commandComplete') throw new SessionFault('unexpected-message', 'a CommandComplete that is none')
    const tag = withoutCount(message.tag)
    if (!this.plan.tags.includes(tag)) throw new SessionFault('unexpected-result', `the upstream reports ${/^[A-Z ]{1,64}$/.test(tag) ? tag : 'a command that is none'}, which is not what was allowed`)
    this.#result = message.tag
    if (this.#state === 'stopped') { this.#end('stopped'); return { kind: 'ended', how: 'done' } }
    // A copy or a result that just stops is a stream out of step.
    const isCut = this.#description === 'owed' || this.#copyOut === 'open' || (this.plan.copy?.direction === 'out' && this.#copyOut === 'no')
    if (isCut) throw new SessionFault('unexpected-result', `the upstream reports ${tag} without the result that belongs to it`)
    this.#deliver(out, frame.whole)
    this.#end('done')
    return { kind: 'ended', how: 'done' }
  }

  #suspend(frame: Frame, out: Buffer[]): RunEvent {
    this.#expectBody()
    this.#result = 'portal suspended'
    if (this.#state === 'stopped') { this.#end('stopped'); return { kind: 'ended', how: 'suspended' } }
    this.#deliver(out, frame.whole)
    this.#end('done')
    return { kind: 'ended', how: 'suspended' }
  }

  #empty(frame: Frame, out: Buffer[]): RunEvent {
    this.#expectBody()
    this.#deliver(out, frame.whole)
    this.#end('done')
    return { kind: 'ended', how: 'done' }
  }

  #error(frame: Frame, out: Buffer[]): RunEvent {
    const message = decodeBackend(frame)
    const fields: NoticeFields = message.kind === 'errorResponse' ? message.fields : new Map()
    // Code of the target's own may raise any five characters; more than five would be no SQLSTATE.
    const state = fields.get('C') ?? ''
    this.#result = /^[0-9A-Z]{5}$/.test(state) ? `SQLSTATE ${state}` : 'SQLSTATE unknown'
    if (this.#state !== 'stopped') this.#deliver(out, this.#textsOf(frame))
    const stopped = this.#state === 'stopped'
    this.#end(stopped ? 'stopped' : state === '57014' ? 'cancelled' : 'error')
    for (const { undone } of this.#prologue) undone?.()
    return { kind: 'ended', how: 'error' }
  }

  #textsOf(frame: Frame): Buffer {
    if (!this.isMasked) return frame.whole
    const message = decodeBackend(frame)
    if (message.kind !== 'errorResponse' && message.kind !== 'noticeResponse') throw new SessionFault('unexpected-message', 'a notice that is none')
    // Until it is confirmed that the statement still means what was understood, a notice may come from anything; and a context names code that ran,
    // here or at a foreign server, which may have read anything.
    const isPlain = this.#texts === 'plain' && this.confirmed === 'yes' && !message.fields.has('W')
    return isPlain ? frame.whole : encodeBackend({ kind: message.kind, fields: this.facts.permitted.transform.factory.rewriteNotice(message.fields) })
  }

  #end(status: Outcome['status']): void {
    this.#state = 'ended'
    this.#status = status
    this.#wake()
  }

  #wake(): void { for (const wake of this.#waiters.splice(0)) wake() }
}

function withHeader(tag: number, body: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(body.length + 5)
  frame.writeUInt8(tag, 0)
  frame.writeUInt32BE(body.length + 4, 1)
  body.copy(frame, 5)
  return frame
}
