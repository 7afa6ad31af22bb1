/**
 * One client's session with one upstream: two loops, one per direction, over one {@link Exchange}. The only file with the sockets of a
 * session. The client's loop takes one frame at a time and may stop between two for minutes (a person decides); the upstream's loop lets
 * nothing through that its statement's run has not checked and transformed.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Fault, type Purpose, type Sensitive } from '@doorward/core'
import { GuardFault, type Admission } from '@doorward/guard'
import { decodeBackend } from '../backend.ts'
import { encodeBackend } from '../backend-encode.ts'
import { decodeFrontend } from '../frontend.ts'
import type { Frame, FrameReader } from '../frame.ts'
import type { PostgresLimits } from '../postgres-limits.ts'
import type { Understander } from '../understand/understander.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import type { TransformFactory } from './answer.ts'
import { Exchange, type ExchangeEvent } from './exchange.ts'
import { handleBind, handleClose, handleDescribe, handleExecute, handleFlush, handleParse, handleSync } from './extended-query.ts'
import { FrameQueue } from './frame-queue.ts'
import { encodeFatal, encodePlainError, encodeRefusal } from './refuse.ts'
import { SessionContext } from './session-context.ts'
import { SessionFault } from './session-fault.ts'
import type { SessionNames } from './session-names.ts'
import { runSimpleQuery } from './simple-query.ts'
import type { StatementRun } from './statement-run.ts'
import { stopRun } from './stop-run.ts'
import { UpstreamWriter } from './upstream-writer.ts'

export interface SessionParts {
  readonly client: { readonly stream: Socket; readonly reader: FrameReader }
  readonly upstream: { readonly stream: Duplex; readonly reader: FrameReader }
  readonly admission: Admission
  readonly names: SessionNames
  readonly understander: Understander
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

const FRAMES = { sync: 0x53, terminate: 0x58, parameterStatus: 0x53, notification: 0x41 } as const
/** Frames gathered before a write that waits for the client. */
const MAX_WAITING_FRAMES = 512

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
  #settling = 0

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#writer = new UpstreamWriter(parts.upstream.stream)
    this.#client = new FrameQueue(parts.client.stream, parts.client.reader)
    this.#upstream = new FrameQueue(parts.upstream.stream, parts.upstream.reader)
    this.#ended = new Promise((resolve) => { this.#wakeEnd = resolve })
    this.#context = new SessionContext({
      exchange: this.#exchange, names: parts.names, upstream: this.#writer, admission: parts.admission, understander: parts.understander,
      transforms: parts.transforms, limits: parts.limits, bindingKey: parts.bindingKey, mayClaim: (purpose) => parts.mayClaim(purpose), pump: () => { this.#write() },
    })
    this.#client.onGone(() => { this.#context.waiting.abort(); this.end('client gone', undefined) })
    this.#upstream.onGone(() => { this.end('upstream gone', new SessionFault('upstream-gone', 'the target closed the connection')) })
  }

  /** Runs until either side ends, or {@link PostgresSession.end}. Never rejects; the session's record is closed when it resolves. */
  async run(): Promise<void> {
    const fail = (error: unknown): void => { this.end(error instanceof Fault ? `fault: ${error.code}` : 'internal error', error) }
    this.#fromClient().then((reason) => { this.end(reason, undefined) }, fail)
    this.#fromUpstream().then(() => undefined, fail)
    await this.#ended
    await this.#close()
  }

  /** Ends the session now, in the middle of a result too. The first reason counts. */
  end(reason: string, error: unknown): void {
    if (this.#ending !== undefined) return
    this.#ending = { reason, error }
    this.#wakeEnd()
  }

  /** The client's CancelRequest: withdraws a held statement, or cancels the one that runs. */
  async cancel(): Promise<void> {
    this.#context.waiting.abort()
    if (this.#exchange.awaitsAnswers) await this.#parts.cancelUpstream()
  }

  async #fromClient(): Promise<string> {
    for (;;) {
      const frame = await this.#nextClientFrame()
      if (frame === undefined) return 'client gone'
      if (frame.tag === FRAMES.terminate) { decodeFrontend(frame); return 'terminated by client' }
      if (this.#context.batch.state === 'skip' && frame.tag !== FRAMES.sync && frame.tag !== 0x51) { decodeFrontend(frame); continue }
      await this.#handle(frame)
      this.#write()
    }
  }

  async #nextClientFrame(): Promise<Frame | undefined> {
    if (this.#ending !== undefined) return undefined
    const frame = await this.#client.next()
    this.#parts.onActivity()
    return this.#ending === undefined ? frame : undefined
  }

  async #handle(frame: Frame): Promise<void> {
    const session = this.#context
    const message = decodeFrontend(frame)
    const copy = (): Promise<Frame | undefined> => this.#nextClientFrame()
    try {
      switch (message.kind) {
        case 'query': return await runSimpleQuery(session, message.sql, frame.whole, copy)
        case 'parse': return await handleParse(session, message, frame.whole)
        case 'bind': handleBind(session, message, frame.whole); return
        case 'describe': handleDescribe(session, message); return
        case 'execute': return await handleExecute(session, message, copy)
        case 'close': handleClose(session, message); return
        case 'flush': handleFlush(session); return
        case 'sync': return await handleSync(session)
        // Left over from a COPY that failed: the server drops them, and so do we.
        case 'copyData': case 'copyDone': case 'copyFail': return
        case 'functionCall': return await this.#refuseFunctionCall()
        case 'authenticationResponse': throw new SessionFault('unexpected-message', 'a password message after authentication')
        case 'terminate': return
      }
    } catch (error) {
      // The target could not be asked: this statement is refused, the session lives if it can.
      if (!(error instanceof UnderstandFault)) throw error
      await this.#refuseUnderstanding(error, message.kind === 'query' ? 'simple' : 'extended')
    }
  }

  async #refuseUnderstanding(error: UnderstandFault, mode: 'simple' | 'extended'): Promise<void> {
    const refusal = await this.#parts.admission.refuse({ reason: 'opaque', message: 'the statement could not be analysed', next: 'try again; if it stays so, tell the operator the receipt number', note: `${error.code}: ${error.message}` })
    this.#failCurrent(encodeRefusal(refusal), mode)
  }

  /** PostgreSQL, Function Call: a legacy side door around the grammar. */
  async #refuseFunctionCall(): Promise<void> {
    const refusal = await this.#parts.admission.refuse({ reason: 'protocol', message: 'the function call message is not served', next: 'call the function in a SELECT', note: 'FunctionCall' })
    await this.#context.drain()
    await this.#exchange.quiet()
    this.#failCurrent(encodeRefusal(refusal), 'simple')
  }

  #failCurrent(error: Buffer, mode: 'simple' | 'extended'): void {
    const { batch } = this.#context
    this.#exchange.push({ kind: 'local', bytes: error })
    const upstreamBusy = batch.sent === 'something' || this.#exchange.status !== 'I' || !this.#exchange.isIdle
    if (upstreamBusy && batch.state === 'good') { this.#writer.provokeError(); batch.sent = 'something'; this.#exchange.push({ kind: 'injected' }) }
    batch.state = 'skip'
    if (mode === 'extended') return
    if (upstreamBusy) { this.#writer.sync(); this.#exchange.push({ kind: 'ready', visible: true }) }
    else this.#exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'readyForQuery', status: this.#exchange.status }) })
    this.#context.startBatch()
  }

  async #fromUpstream(): Promise<void> {
    for (;;) {
      const frame = this.#upstream.tryNext() ?? (this.#write(), await this.#upstream.next())
      if (frame === undefined || this.#ending !== undefined) return
      if (frame.tag === FRAMES.parameterStatus) { this.#parameterStatus(frame); continue }
      if (frame.tag === FRAMES.notification) { this.#notification(frame); continue }
      const run = this.#exchange.current
      if (run?.needsConfirmation(frame.tag) === true) await this.#confirm(run)
      const event = this.#exchange.take(frame, (other) => this.#rewriteOther(other))
      if (event !== undefined) await this.#follow(event)
      if (this.#exchange.outputFrames > MAX_WAITING_FRAMES) await this.#writeAndWait()
    }
  }

  /** The statement holds its locks now: what it rests on is what it was when it was analysed, or nothing of it is shown. */
  async #confirm(run: StatementRun): Promise<void> {
    const answer = await run.facts.confirmUnchanged()
    run.confirmed = 'yes'
    if (answer === 'unchanged') return
    this.#parts.understander.invalidate()
    run.stop()
    await stopRun(this.#context, run, { reason: 'opaque', message: 'a definition that the statement rests on changed while it ran', next: 'send it again' }, () => this.#parts.cancelUpstream())
  }

  async #follow(event: ExchangeEvent): Promise<void> {
    switch (event.kind) {
      case 'run':
        if (event.event.kind === 'limit') {
          const { rowLimit } = event.run.facts.permitted.transform
          await stopRun(this.#context, event.run, { reason: 'limit', message: `the result has more than the ${rowLimit} rows that a statement may deliver`, next: `add LIMIT ${rowLimit}, or narrow the statement` }, () => this.#parts.cancelUpstream())
        }
        if (event.event.kind === 'ended') this.#endRun(event.run, event.event.how)
        if (event.event.kind === 'copy-in') this.#write()
        return
      case 'failed': this.#settleSkipped(); return
      case 'ready': this.#ready(event.status); return
    }
  }

  #endRun(run: StatementRun, how: 'done' | 'suspended' | 'error'): void {
    const outcome = run.outcome()
    this.#settle(run)
    if (how === 'error') {
      if (run.facts.batch === this.#context.batch.number) this.#context.batch.state = 'skip'
      this.#context.endSending()
      this.#settleSkipped()
    }
    if (outcome.status === 'stopped') { this.#endStopped(run, how); return }
    if (how === 'done' && outcome.status === 'done') for (const change of run.plan.changes) this.#context.changed(change)
  }

  /** The refusal takes the place of the statement's end; where the upstream did not fail, its transaction is made to. */
  #endStopped(run: StatementRun, how: 'done' | 'suspended' | 'error'): void {
    const refusal = run.refusal
    if (refusal === undefined) throw new SessionFault('unexpected-result', 'a statement was stopped without a refusal')
    this.#exchange.emit(encodeRefusal(refusal))
    if (how === 'error') return
    const { batch } = this.#context
    if (this.#exchange.failReady()) return
    if (!this.#exchange.isIdle || run.facts.batch !== batch.number) throw new SessionFault('limit', 'a limit was reached in the middle of a pipeline')
    this.#writer.provokeError()
    this.#exchange.push({ kind: 'injected' })
    batch.state = 'skip'
  }

  #ready(status: 'I' | 'T' | 'E'): void {
    if (status === 'I') {
      for (const [name, portal] of this.#parts.names.portals) if (portal.batch < this.#context.batch.number && portal.upstream === 'absent') this.#parts.names.portals.delete(name)
      if (this.#parts.names.endTransaction() === 'catalog-changed') this.#parts.understander.invalidate()
    }
    const failed = this.#exchange.takeFailedReady()
    if (!failed) return
    // The client has an error for a statement that went through upstream: inside a transaction block that block must fail.
    if (status === 'T') { this.#writer.provokeError(); this.#writer.sync(); this.#exchange.push({ kind: 'injected' }); this.#exchange.push({ kind: 'ready', visible: true }) }
    else this.#exchange.push({ kind: 'local', bytes: encodeBackend({ kind: 'readyForQuery', status }) })
  }

  #settleSkipped(): void { for (const run of this.#exchange.takeSkipped()) this.#settle(run) }

  /** Outcomes are recorded while the session goes on; one that cannot be recorded ends it. */
  #settle(run: StatementRun): void {
    this.#settling += 1
    this.#parts.admission.settle(run.facts.permitted, run.outcome()).then(() => { this.#settling -= 1 }, (error: unknown) => { this.end('outcome not recorded', error) })
  }

  #parameterStatus(frame: Frame): void {
    const message = decodeBackend(frame)
    if (message.kind !== 'parameterStatus') return
    const pinned = PINNED.get(message.name)
    if (pinned !== undefined && message.value !== pinned) throw new SessionFault('pinned-setting', `the target reports ${message.name} other than ${pinned}`)
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
    const out = this.#exchange.takeOutput()
    if (out.length === 0 || this.#parts.client.stream.destroyed) return
    this.#parts.client.stream.write(out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out))
  }

  /** Back-pressure: a client that reads slowly slows the upstream. */
  async #writeAndWait(): Promise<void> {
    const { stream } = this.#parts.client
    const out = this.#exchange.takeOutput()
    if (stream.destroyed || stream.write(Buffer.concat(out)) || this.#ending !== undefined) return
    await Promise.race([new Promise<void>((resolve) => { stream.once('drain', resolve) }), this.#ended])
  }

  async #close(): Promise<void> {
    const { admission, client, upstream } = this.#parts
    const { reason, error } = this.#ending ?? { reason: 'ended', error: undefined }
    this.#context.waiting.abort()
    const running = this.#exchange.awaitsAnswers
    if (error instanceof SessionFault && error.code === 'unexpected-result') this.#parts.alert(error.message)
    if (error !== undefined && !client.stream.destroyed) { this.#write(); client.stream.write(encodeFatal(error)) }
    try {
      if (running) await this.#parts.cancelUpstream()
    } finally {
      // Terminate is a courtesy; destroying the socket is what ends it.
      if (!upstream.stream.destroyed) this.#writer.terminate()
      for (const run of this.#exchange.takeUnanswered()) { run.lose(); this.#settle(run) }
      this.#settleSkipped()
      client.stream.end()
    }
    try {
      await admission.close(reason)
    } catch (cause) {
      throw new GuardFault('outcome-not-recorded', 'the end of a session could not be recorded', { cause })
    } finally {
      client.stream.destroySoon()
      this.#parts.onEnd()
    }
  }
}

/** DESIGN.md, Understanding PostgreSQL: the bytes analysed mean the same at the server only under these. */
const PINNED: ReadonlyMap<string, string> = new Map([['client_encoding', 'UTF8'], ['standard_conforming_strings', 'on']])
