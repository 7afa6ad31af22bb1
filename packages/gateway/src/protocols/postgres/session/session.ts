/**
 * One client's session with one upstream: two loops, one per direction, over one {@link Exchange}. The only file with the sockets of a
 * session. The client's loop takes one frame at a time and may stop between two for minutes (a person decides); the upstream's loop lets
 * nothing through that its statement's run has not checked and transformed.
 */
import type { Duplex } from 'node:stream'
import { Fault, type Purpose, type Sensitive } from '@doorward/core'
import { GuardFault, type Admission, type Outcome } from '@doorward/guard'
import { decodeBackend } from '../backend.ts'
import { encodeBackend } from '../backend-encode.ts'
import { decodeFrontend } from '../frontend.ts'
import type { Frame, FrameReader } from '../frame.ts'
import type { PostgresLimits } from '../postgres-limits.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import type { TransformFactory } from './answer.ts'
import type { CopySource } from './copy-in.ts'
import { Exchange, type ExchangeEvent, type ReadyFor } from './exchange.ts'
import { fail, handleBind, handleClose, handleDescribe, handleExecute, handleFlush, handleParse, handleSync } from './extended-query.ts'
import { FrameQueue } from './frame-queue.ts'
import { oneBuffer } from './one-buffer.ts'
import { encodeFatal, encodePlainError, encodeRefusal } from './refuse.ts'
import { SessionContext, type SessionUnderstander } from './session-context.ts'
import { ALERTS, placeOf, requirePinned, SessionFault } from './session-fault.ts'
import type { SessionNames } from './session-names.ts'
import type { SessionRecording } from './session-recording.ts'
import { failWith, runSimpleQuery } from './simple-query.ts'
import type { StatementRun } from './statement-run.ts'
import { stopRun } from './stop-run.ts'
import { UpstreamWriter } from './upstream-writer.ts'

export interface SessionParts {
  readonly client: { readonly stream: Duplex; readonly reader: FrameReader; readonly recording?: SessionRecording }
  readonly upstream: { readonly stream: Duplex; readonly reader: FrameReader }
  readonly admission: Admission
  readonly names: SessionNames
  readonly understander: SessionUnderstander
  readonly transforms: TransformFactory
  readonly limits: PostgresLimits
  readonly bindingKey: Sensitive<Buffer>
  mayClaim(purpose: Purpose): boolean
  /** Sends the upstream's own CancelRequest and resolves when it was taken. */
  cancelUpstream(): Promise<void>
  /** An answer that is not what was allowed: somebody must look. */
  alert(what: string): void
  /** Restarts the idle clock. */
  onActivity(): void
  /** The session is over and recorded. */
  onEnd(): void
}

const FRAMES = { sync: 0x53, terminate: 0x58, query: 0x51, flush: 0x48, parameterStatus: 0x53, notification: 0x41 } as const
/** Gathered before they are written to the client. */
const MAX_GATHERED_BYTES = 64 * 1024
/** Written and not yet taken by a peer; above it nothing more is read from the other. */
const MAX_UNTAKEN_BYTES = 1024 * 1024

export class PostgresSession {
  readonly #parts: SessionParts
  readonly #exchange = new Exchange()
  readonly #context: SessionContext
  readonly #client: FrameQueue
  readonly #upstream: FrameQueue
  readonly #writer: UpstreamWriter
  #ending: { readonly reason: string; readonly error: unknown } | undefined
  #wakeEnd: () => void = () => undefined
  readonly #ended: Promise<void>
  readonly #settling = new Set<Promise<void>>()
  /** A message of the client's is being understood, decided or recorded. */
  #handling: 'yes' | 'no' = 'no'
  /** A cancel request came for a statement that had not reached the upstream: it is cancelled there as soon as it has. */
  #cancelDue: 'yes' | 'no' = 'no'

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#writer = new UpstreamWriter(parts.upstream.stream)
    this.#client = new FrameQueue(parts.client.stream, parts.client.reader)
    this.#upstream = new FrameQueue(parts.upstream.stream, parts.upstream.reader)
    this.#ended = new Promise((resolve) => { this.#wakeEnd = resolve })
    this.#context = new SessionContext({
      exchange: this.#exchange, names: parts.names, upstream: this.#writer, admission: parts.admission, understander: parts.understander,
      transforms: parts.transforms, limits: parts.limits, bindingKey: parts.bindingKey, mayClaim: (purpose) => parts.mayClaim(purpose), pump: () => { this.#write() }, ...(parts.client.recording === undefined ? {} : { recording: parts.client.recording }),
    })
    this.#client.onGone(() => { this.end('client gone', undefined) })
  }

  /**
   * Runs until either side ends, or {@link PostgresSession.end}; the session's record is closed when it resolves. The client's stream is left
   * to its owner once it is ended: it may still hold what the client has not taken.
   * @throws {GuardFault} `outcome-not-recorded`
   */
  async run(): Promise<void> {
    const broken = (error: unknown): void => { this.end(error instanceof Fault ? `fault: ${error.code}` : 'internal error', error) }
    const client = this.#fromClient().then((reason) => { this.end(reason, undefined) }, broken)
    // What the target said before it closed is read first.
    const upstream = this.#fromUpstream().then(() => { this.end('upstream gone', new SessionFault('upstream-gone', 'the target closed the connection')) }, broken)
    await this.#ended
    await this.#close(Promise.all([client, upstream]))
  }

  /** Ends the session now, in the middle of a result too. The first reason counts. */
  end(reason: string, error: unknown): void {
    if (this.#ending !== undefined) return
    this.#ending = { reason, error }
    this.#context.waiting.abort()
    this.#wakeEnd()
  }

  /** The client's CancelRequest: withdraws a held statement, or cancels the one that runs. */
  async cancel(): Promise<void> {
    this.#context.waiting.abort()
    if (this.#exchange.awaitsAnswers) await this.#parts.cancelUpstream()
    else if (this.#handling === 'yes') this.#cancelDue = 'yes'
  }

  async #fromClient(): Promise<string> {
    for (;;) {
      const frame = await this.#nextClientFrame()
      if (frame === undefined) return 'client gone'
      if (frame.tag === FRAMES.terminate) { decodeFrontend(frame); return 'terminated by client' }
      this.#handling = 'yes'
      await this.#handle(frame)
      if (this.#cancelDue === 'yes') await this.#cancelLate(frame.tag)
      this.#handling = 'no'
      // Answers to what the client sends ahead, and what it sends ahead, are held in memory only so far.
      if (this.#exchange.outputBytes > MAX_GATHERED_BYTES) this.#write()
      await this.#untilTaken(this.#parts.client.stream)
      await this.#untilTaken(this.#parts.upstream.stream)
    }
  }

  /** A Query or Sync ends what a cancel request was meant for. */
  async #cancelLate(tag: number): Promise<void> {
    const sent = this.#exchange.awaitsAnswers
    if (sent || tag === FRAMES.query || tag === FRAMES.sync) this.#cancelDue = 'no'
    if (sent) await this.#parts.cancelUpstream()
  }

  async #nextClientFrame(): Promise<Frame | undefined> {
    if (this.#ending !== undefined) return undefined
    // Answers of Doorward's own wait, as a server's would, until nothing more of the client's is here.
    const frame = this.#client.tryNext() ?? (this.#write(), await this.#client.next())
    this.#parts.onActivity()
    return this.#ending === undefined ? frame : undefined
  }

  async #handle(frame: Frame): Promise<void> {
    const session = this.#context
    const message = decodeFrontend(frame)
    if (message.kind === 'authenticationResponse') throw new SessionFault('unexpected-message', 'a password message after authentication')
    // Left over from a COPY that failed: the server drops them, and so do we.
    if (message.kind === 'copyData' || message.kind === 'copyDone' || message.kind === 'copyFail') return
    if (message.kind === 'query' || message.kind === 'parse' || message.kind === 'execute' || message.kind === 'functionCall') session.waiting = new AbortController()
    if (message.kind === 'sync') await session.begin()
    else if (message.kind !== 'flush') await session.inOrder()
    // Looked at after the wait: the batch may have failed meanwhile.
    if (session.batch.state === 'skip' && message.kind !== 'sync') return
    try {
      switch (message.kind) {
        case 'query': return await runSimpleQuery(session, message.sql, frame.whole, this.#copySource())
        case 'parse': return await handleParse(session, message, frame.whole)
        case 'bind': return await handleBind(session, message, frame.whole)
        case 'describe': handleDescribe(session, message); return
        case 'execute': return await handleExecute(session, message, this.#copySource())
        case 'close': handleClose(session, message); return
        case 'flush': handleFlush(session); return
        case 'sync': return await handleSync(session)
        case 'functionCall': return await this.#refuseFunctionCall()
        case 'terminate': return
      }
    } catch (error) {
      // The target could not be asked: this statement is refused, the session lives if it can.
      if (!(error instanceof UnderstandFault)) throw error
      const refusal = await this.#parts.admission.refuse({ reason: 'opaque', message: 'the statement could not be analysed', next: 'try again; if it stays so, tell the operator the receipt number', note: `${error.code}: ${error.message}` })
      if (message.kind === 'query') failWith(session, encodeRefusal(refusal))
      else fail(session, encodeRefusal(refusal))
    }
  }

  #copySource(): CopySource {
    return {
      arrived: async () => { await this.#client.peek() },
      next: () => this.#nextClientFrame(),
      putBack: (frame) => { this.#client.putBack(frame) },
    }
  }

  /** PostgreSQL, Function Call: a legacy side door around the grammar. */
  async #refuseFunctionCall(): Promise<void> {
    const refusal = await this.#parts.admission.refuse({ reason: 'protocol', message: 'the function call message is not served', next: 'call the function in a SELECT', note: 'FunctionCall' })
    await this.#context.drain()
    if (!this.#context.batchIsSkipped(this.#context.batch)) failWith(this.#context, encodeRefusal(refusal))
  }

  async #fromUpstream(): Promise<void> {
    for (;;) {
      const rows = this.#upstream.tryRun(this.#ending === undefined ? this.#exchange.current?.runTag : undefined)
      if (rows !== undefined) { await this.#after(this.#exchange.takeRows(rows)); continue }
      const frame = this.#upstream.tryNext() ?? (await this.#writeAndWait(), await this.#upstream.next())
      if (frame === undefined || this.#ending !== undefined) return
      if (frame.tag === FRAMES.parameterStatus) { this.#parameterStatus(frame); continue }
      if (frame.tag === FRAMES.notification) { this.#notification(frame); continue }
      const run = this.#exchange.current
      if (run?.needsConfirmation(frame.tag) === true) await this.#confirm(run)
      if (this.#ending !== undefined) return
      const event = this.#exchange.take(frame, (other) => this.#rewriteOther(other))
      if (event !== undefined || this.#exchange.outputBytes > MAX_GATHERED_BYTES) await this.#after(event)
    }
  }

  async #after(event: ExchangeEvent | undefined): Promise<void> {
    if (event !== undefined) await this.#follow(event)
    if (this.#exchange.outputBytes > MAX_GATHERED_BYTES) await this.#writeAndWait()
  }

  /** The statement holds its locks now: what it rests on is what it was when it was analysed, or nothing of it is shown. */
  async #confirm(run: StatementRun): Promise<void> {
    const answer = await run.facts.confirmUnchanged().catch((error: unknown): 'unknown' => {
      if (error instanceof UnderstandFault) return 'unknown'
      throw error
    })
    run.confirmed = 'yes'
    if (answer === 'unchanged' || this.#ending !== undefined) return
    if (answer === 'changed') this.#parts.understander.invalidate()
    run.stop()
    await stopRun(this.#context, run, { reason: 'opaque', message: answer === 'changed' ? 'a definition that the statement rests on changed while it ran' : 'the target did not say whether what the statement rests on has changed', next: 'send it again' }, () => this.#parts.cancelUpstream())
  }

  async #follow(event: ExchangeEvent): Promise<void> {
    switch (event.kind) {
      case 'run':
        if (event.event.kind === 'limit') {
          const { rowLimit } = event.run.facts.permitted.transform
          const why = event.event.of === 'rows'
            ? { reason: 'limit' as const, message: `the result has more than the ${rowLimit} rows that a statement may deliver`, next: `add LIMIT ${rowLimit}, or narrow the statement` }
            : { reason: 'limit' as const, message: 'the result is about more patients than you may see in an hour', next: 'select the patient\'s own column, narrow the statement, or wait' }
          await stopRun(this.#context, event.run, why, () => this.#parts.cancelUpstream())
        }
        if (event.event.kind === 'ended') this.#endRun(event.run, event.event.how, event.position)
        if (event.event.kind === 'copy-in') this.#write()
        return
      case 'failed':
        this.#parts.names.batchFailed(event.position)
        this.#settleSkipped()
        return
      case 'ready': this.#ready(event.status, event.for); return
    }
  }

  #endRun(run: StatementRun, how: 'done' | 'suspended' | 'error', position: number): void {
    const { status } = run.outcome()
    this.#settle(run)
    if (how === 'error') {
      run.facts.batch.state = 'skip'
      run.facts.batch.upstream = 'failed'
      this.#parts.names.batchFailed(position)
      this.#settleSkipped()
    }
    if (how === 'done') this.#followChanges(run, status)
    if (status === 'stopped') this.#endStopped(run, how)
  }

  #followChanges(run: StatementRun, status: Outcome['status']): void {
    const { plan } = run
    if (plan.understanding.kind === 'opaque') {
      this.#parts.names.doubtEverything()
      this.#parts.understander.invalidate()
    }
    // What was stopped after it had run is on its way to being rolled back; what it cast doubt on stays in doubt.
    for (const change of plan.changes) if (status === 'done' || change.kind === 'schemas' || change.kind === 'catalog') this.#context.changed(change)
  }

  /** The refusal takes the place of the statement's end; where the upstream did not fail, its transaction is made to. */
  #endStopped(run: StatementRun, how: 'done' | 'suspended' | 'error'): void {
    const refusal = run.refusal
    if (refusal === undefined) throw new SessionFault('unexpected-result', 'a statement was stopped without a refusal')
    this.#exchange.emit(encodeRefusal(refusal))
    if (how === 'error') return
    const { batch } = this.#context
    if (this.#exchange.withholdReady()) return
    if (!this.#exchange.isIdle || run.facts.batch !== batch) throw new SessionFault('limit', 'a statement was stopped in the middle of a pipeline')
    this.#writer.provokeError()
    this.#writer.flush()
    this.#exchange.push({ kind: 'injected' })
    batch.state = 'skip'
  }

  #ready(status: 'I' | 'T' | 'E', whom: ReadyFor): void {
    if (whom === 'nobody') return
    if (status === 'I' && this.#parts.names.endTransaction() === 'catalog-changed') this.#parts.understander.invalidate()
    if (whom === 'client') return
    // The client has an error for a statement that went through upstream: inside a transaction block that block must fail.
    if (status === 'T') { this.#writer.provokeError(); this.#writer.sync(); this.#exchange.push({ kind: 'injected' }); this.#exchange.push({ kind: 'ready', for: 'client' }) }
    else this.#exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'readyForQuery', status }) })
  }

  #settleSkipped(): void { for (const run of this.#exchange.takeSkipped()) this.#settle(run) }

  /** Outcomes are recorded while the session goes on; one that cannot be recorded ends it. */
  #settle(run: StatementRun): void {
    const settling: Promise<void> = this.#parts.admission.settle(run.facts.permitted, run.outcome())
      .catch((error: unknown) => { this.end('outcome not recorded', error) })
      .finally(() => { this.#settling.delete(settling) })
    this.#settling.add(settling)
  }

  #parameterStatus(frame: Frame): void {
    const message = decodeBackend(frame)
    if (message.kind !== 'parameterStatus') return
    requirePinned(message.name, message.value)
    this.#parts.names.reported(message.name, message.value)
    this.#exchange.emit(frame.whole)
  }

  /** A payload is text that another session wrote, perhaps from a table: nobody's policy has masked it, so it is not delivered. */
  #notification(frame: Frame): void {
    const message = decodeBackend(frame)
    if (message.kind === 'notificationResponse') this.#exchange.emit(encodeBackend({ ...message, payload: '' }))
  }

  /** An error or notice that belongs to no statement: a commit that fails at Sync, a server that shuts down. */
  #rewriteOther(frame: Frame): Buffer {
    const message = decodeBackend(frame)
    if (message.kind !== 'errorResponse' && message.kind !== 'noticeResponse') return encodePlainError('XX000', 'the target sent an error that could not be read')
    return encodeBackend({ kind: message.kind, fields: this.#parts.transforms.rewriteNotice(message.fields) })
  }

  #write(): void {
    const out = oneBuffer(this.#exchange.takeOutput())
    if (out.length > 0 && !this.#parts.client.stream.destroyed) this.#parts.client.stream.write(out)
  }

  /** Back-pressure: a client that reads slowly slows the upstream. */
  async #writeAndWait(): Promise<void> {
    this.#write()
    await this.#untilTaken(this.#parts.client.stream)
  }

  async #untilTaken(stream: Duplex): Promise<void> {
    if (stream.writableLength <= MAX_UNTAKEN_BYTES || stream.destroyed || this.#ending !== undefined) return
    const taken = Promise.withResolvers<void>()
    const done = (): void => { taken.resolve() }
    stream.once('drain', done)
    stream.once('close', done)
    await Promise.race([taken.promise, this.#ended])
    stream.off('drain', done)
    stream.off('close', done)
  }

  /** @param loops resolves when neither loop does anything any more: whatever was being decided is settled first. */
  async #close(loops: Promise<unknown>): Promise<void> {
    const { admission, client, upstream } = this.#parts
    const { reason, error } = this.#ending ?? { reason: 'ended', error: undefined }
    const running = this.#exchange.awaitsAnswers
    this.#client.stop()
    this.#upstream.stop()
    if (error instanceof SessionFault && ALERTS.has(error.code)) this.#parts.alert(error.message)
    if (error !== undefined && !(error instanceof Fault)) this.#parts.alert(`internal error: ${placeOf(error)}`)
    this.#sayLast(error)
    // What stays unanswered is known to be so now, whatever the rest of this takes.
    this.#writer.terminate()
    this.#lose(this.#exchange.end())
    try {
      if (running) await this.#parts.cancelUpstream()
    } finally {
      upstream.stream.destroy()
    }
    await loops
    this.#settleSkipped()
    await Promise.all(this.#settling)
    try {
      await admission.close(reason)
    } catch (cause) {
      throw new GuardFault('outcome-not-recorded', 'the end of a session could not be recorded', { cause })
    } finally {
      if (!client.stream.writableEnded) client.stream.end()
      this.#parts.onEnd()
    }
  }

  /** Rows that were not yet written are not delivered to somebody whose standing is over. */
  #sayLast(error: unknown): void {
    const { stream } = this.#parts.client
    if (stream.destroyed) return
    if (error instanceof Fault && error.code === 'ended') this.#exchange.takeOutput()
    this.#write()
    if (error !== undefined) stream.write(encodeFatal(error))
    stream.end()
  }

  /** A statement whose answer nobody saw to the end may have changed the catalog all the same. */
  #lose(runs: readonly StatementRun[]): void {
    for (const run of runs) {
      run.lose()
      this.#settle(run)
      if (run.plan.understanding.kind === 'opaque' || run.plan.changes.some((change) => change.kind === 'catalog' && change.scope === 'shared')) this.#parts.understander.invalidate()
    }
    this.#settleSkipped()
    if (this.#parts.names.catalog === 'uncommitted') this.#parts.understander.invalidate()
  }
}
