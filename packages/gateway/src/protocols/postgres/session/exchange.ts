/**
 * What the upstream still owes, in order, and what of it the client sees. Replies are counted, never guessed: every message sent
 * upstream leaves its due answers here, and Doorward's own answers stand in the same queue, so that a pipeline stays in step.
 * Pure: frames in, buffers and events out. Source: PostgreSQL, Frontend/Backend Protocol, Message Flow.
 */
import type { Frame } from '../frame.ts'
import { SessionFault } from './session-fault.ts'
import { describeTag } from '../wire-fault.ts'
import type { RunEvent, StatementRun } from './statement-run.ts'

export type TransactionStatus = 'I' | 'T' | 'E'

/** A question of Doorward's own on the session's connection: constant texts, or a Parse that is part of understanding. */
export interface OwnQuestion {
  /** @returns true when this frame was the last one owed. */
  take(frame: Frame): boolean
  /** An error answered it, or the batch it stood in failed before it. */
  fail(error: Frame | undefined): void
  /** Whether the client is told of an error: true when its own text caused it. */
  readonly consumesNotices: boolean
}

export type Owed =
  | { readonly kind: 'local'; readonly bytes: Buffer }
  | { readonly kind: 'run'; readonly run: StatementRun }
  /** CloseComplete for a Close that was sent on. */
  | { readonly kind: 'close' }
  /** The error that Doorward provoked so that the upstream's transaction fails like the client's statement did. */
  | { readonly kind: 'injected' }
  | { readonly kind: 'own'; readonly question: OwnQuestion }
  | { readonly kind: 'ready'; readonly visible: boolean }

export type ExchangeEvent =
  | { readonly kind: 'run'; readonly run: StatementRun; readonly event: RunEvent }
  | { readonly kind: 'skipped'; readonly run: StatementRun }
  | { readonly kind: 'ready'; readonly status: TransactionStatus }
  /** An error reached the client in an extended batch: the rest of the batch is skipped up to its Sync. */
  | { readonly kind: 'failed' }

const TAG = { closeComplete: 0x33, error: 0x45, notice: 0x4e, ready: 0x5a } as const

export class Exchange {
  readonly #queue: Owed[] = []
  readonly #out: Buffer[] = []
  #failedReady = false
  readonly #idleWaiters: (() => void)[] = []
  readonly #quietWaiters: (() => void)[] = []
  /** From the last ReadyForQuery. */
  status: TransactionStatus = 'I'

  /** True when the upstream owes nothing. */
  get isIdle(): boolean { return this.#queue.length === 0 }

  /** The statement whose answer is arriving, if any. */
  get current(): StatementRun | undefined {
    const head = this.#queue[0]
    return head?.kind === 'run' ? head.run : undefined
  }

  /** The last statement sent on whose end has not been seen. */
  get last(): StatementRun | undefined {
    const found = this.#queue.findLast((owed) => owed.kind === 'run')
    return found?.kind === 'run' ? found.run : undefined
  }

  /** Runs sent on and not ended. */
  *runs(): Generator<StatementRun> {
    for (const owed of this.#queue) if (owed.kind === 'run') yield owed.run
  }

  /** Whether anything but a ReadyForQuery is owed. */
  get awaitsAnswers(): boolean { return this.#queue.some((owed) => owed.kind !== 'ready') }

  push(owed: Owed): void {
    this.#queue.push(owed)
    this.#flushLocal()
  }

  /** Buffers for the client, in order; the caller writes them. */
  takeOutput(): readonly Buffer[] {
    return this.#out.splice(0)
  }

  /** Buffers that wait for {@link takeOutput}. */
  get outputFrames(): number { return this.#out.length }

  /** The next ReadyForQuery follows a refusal that the upstream knows nothing of: it is withheld. @returns whether one is next. */
  failReady(): boolean {
    const head = this.#queue[0]
    if (head?.kind !== 'ready') return false
    this.#queue[0] = { kind: 'ready', visible: false }
    this.#failedReady = true
    return true
  }

  /** Whether the ReadyForQuery just seen was the withheld one. */
  takeFailedReady(): boolean {
    const was = this.#failedReady
    this.#failedReady = false
    return was
  }

  /** Bytes that stand outside the queue: ParameterStatus, a notice between statements. */
  emit(bytes: Buffer): void { this.#out.push(bytes) }

  /** Resolves when nothing but ReadyForQuery is owed; rejects never. */
  settled(): Promise<void> {
    if (!this.awaitsAnswers) return Promise.resolve()
    return new Promise((resolve) => { this.#idleWaiters.push(resolve) })
  }

  /** Resolves when nothing at all is owed, ReadyForQuery included. */
  quiet(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => { this.#quietWaiters.push(resolve) })
  }

  /** Wakes all waiters: the session ends. */
  abandon(): void {
    for (const wake of this.#idleWaiters.splice(0)) wake()
    for (const wake of this.#quietWaiters.splice(0)) wake()
  }

  /**
   * One frame of the upstream, other than ParameterStatus and NotificationResponse.
   * @param rewriteError what an ErrorResponse that belongs to no statement becomes.
   * @throws {SessionFault} `unexpected-message`: out of step, the session ends.
   */
  take(frame: Frame, rewrite: (frame: Frame) => Buffer): ExchangeEvent | undefined {
    const head = this.#queue[0]
    if (frame.tag === TAG.notice) {
      if (head?.kind === 'run') head.run.notice(frame, this.#out)
      else if (head?.kind === 'own' && head.question.consumesNotices) head.question.take(frame)
      else if (head?.kind !== 'injected') this.#out.push(rewrite(frame))
      return undefined
    }
    if (head === undefined) throw new SessionFault('unexpected-message', `upstream sent ${describeTag(frame.tag)} and owes nothing`)
    switch (head.kind) {
      case 'run': return this.#takeRun(head.run, frame)
      case 'close':
        if (frame.tag === TAG.error) return this.#fail(rewrite(frame))
        if (frame.tag !== TAG.closeComplete) break
        this.#out.push(frame.whole)
        this.#shift()
        return undefined
      case 'injected':
        if (frame.tag !== TAG.error) break
        this.#shift()
        return this.#skip()
      case 'own':
        if (frame.tag === TAG.error) {
          head.question.fail(frame)
          this.#shift()
          return this.#skip()
        }
        if (head.question.take(frame)) this.#shift()
        return undefined
      case 'ready': {
        // A deferred constraint can fail at the commit that Sync brings about.
        if (frame.tag === TAG.error) { this.#out.push(rewrite(frame)); return undefined }
        if (frame.tag !== TAG.ready) break
        const status = String.fromCharCode(frame.body[0] ?? 0)
        if (status !== 'I' && status !== 'T' && status !== 'E') throw new SessionFault('unexpected-message', 'upstream sent ReadyForQuery with an unknown status')
        this.status = status
        if (head.visible) this.#out.push(frame.whole)
        this.#shift()
        return { kind: 'ready', status }
      }
      case 'local': break
    }
    throw new SessionFault('unexpected-message', `upstream sent ${describeTag(frame.tag)} while it owed ${head.kind}`)
  }

  #takeRun(run: StatementRun, frame: Frame): ExchangeEvent | undefined {
    const event = run.take(frame, this.#out)
    if (event === undefined) return undefined
    if (event.kind === 'ended') {
      this.#shift()
      if (event.how === 'error') this.#dropToReady()
    }
    return { kind: 'run', run, event }
  }

  #fail(error: Buffer): ExchangeEvent {
    this.#out.push(error)
    this.#shift()
    this.#dropToReady()
    return { kind: 'failed' }
  }

  #skip(): ExchangeEvent | undefined {
    this.#dropToReady()
    return { kind: 'failed' }
  }

  /** After an error the server reads and drops everything up to Sync; so do the answers we expected. */
  #dropToReady(): void {
    while (this.#queue.length > 0 && this.#queue[0]?.kind !== 'ready') {
      const dropped = this.#queue.shift()
      if (dropped?.kind === 'run') { dropped.run.skip(); this.#skipped.push(dropped.run) }
      if (dropped?.kind === 'own') dropped.question.fail(undefined)
    }
    this.#wakeIfSettled()
  }

  readonly #skipped: StatementRun[] = []

  /** Runs that will never be answered, for settling. */
  takeSkipped(): readonly StatementRun[] { return this.#skipped.splice(0) }

  /** Every run still owed: the session is over. */
  takeUnanswered(): readonly StatementRun[] {
    const left = [...this.runs()]
    for (const owed of this.#queue) if (owed.kind === 'own') owed.question.fail(undefined)
    this.#queue.length = 0
    this.abandon()
    return left
  }

  #shift(): void {
    this.#queue.shift()
    this.#flushLocal()
    this.#wakeIfSettled()
  }

  #flushLocal(): void {
    for (let head = this.#queue[0]; head?.kind === 'local'; head = this.#queue[0]) {
      this.#out.push(head.bytes)
      this.#queue.shift()
    }
  }

  #wakeIfSettled(): void {
    if (this.#idleWaiters.length > 0 && !this.awaitsAnswers) for (const wake of this.#idleWaiters.splice(0)) wake()
    if (this.#quietWaiters.length > 0 && this.isIdle) for (const wake of this.#quietWaiters.splice(0)) wake()
  }
}
