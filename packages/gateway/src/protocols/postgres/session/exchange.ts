/**
 * What the upstream still owes, in order, and what of it the client sees. Replies are counted, never guessed: every message sent
 * upstream leaves its due answers here, and Doorward's own answers stand in the same queue, so that a pipeline stays in step.
 * Pure: frames in, buffers and events out. Source: PostgreSQL, Frontend/Backend Protocol, Message Flow.
 */
import { decodeBackend } from '../backend.ts'
import type { TransactionStatus } from '../backend-message.ts'
import type { Frame } from '../frame.ts'
import { describeTag } from '../wire-fault.ts'
import { SessionFault } from './session-fault.ts'
import type { RunEvent, StatementRun } from './statement-run.ts'

/** A question of Doorward's own on the session's connection: constant texts, or a Parse that is part of understanding. */
export interface OwnQuestion {
  /** @returns true when this frame was the last one owed. */
  take(frame: Frame): boolean
  /** An error answered it; undefined: the batch it stood in failed before it, or the session is over. */
  fail(error: Frame | undefined): void
}

/**
 * Who is told of a ReadyForQuery. `withheld`: a refusal stands before it that the upstream knows nothing of. `nobody`: it ends a question
 * of Doorward's own.
 */
export type ReadyFor = 'client' | 'withheld' | 'nobody'

export type Owed =
  | { readonly kind: 'local'; readonly bytes: Buffer }
  | { readonly kind: 'run'; readonly run: StatementRun }
  /** CloseComplete for a Close that was sent on. */
  | { readonly kind: 'close' }
  /** The error that Doorward provoked so that the upstream's transaction fails like the client's statement did. */
  | { readonly kind: 'injected' }
  | { readonly kind: 'own'; readonly question: OwnQuestion }
  | { readonly kind: 'ready'; readonly for: ReadyFor }

export type ExchangeEvent =
  | { readonly kind: 'run'; readonly run: StatementRun; readonly event: RunEvent; readonly position: number }
  /** Something that is no statement failed at this position, and the rest of its batch with it. */
  | { readonly kind: 'failed'; readonly position: number }
  | { readonly kind: 'ready'; readonly status: TransactionStatus; readonly for: ReadyFor }

const TAG = { closeComplete: 0x33, error: 0x45, notice: 0x4e, ready: 0x5a } as const

export class Exchange {
  #queue: { readonly owed: Owed; readonly position: number }[] = []
  #out: Buffer[] = []
  #outBytes = 0
  #pushed = 0
  #answersOwed = 0
  #changesOwed = 0
  #commitsHeld = 0
  #state: 'live' | 'over' = 'live'
  #skipped: StatementRun[] = []
  #waiters: (() => void)[] = []
  /** From the last ReadyForQuery; `T` as soon as the upstream has confirmed that a failed transaction was left. */
  status: TransactionStatus = 'I'

  /** True when the upstream owes nothing. */
  get isIdle(): boolean { return this.#queue.length === 0 }

  /** Whether anything but a ReadyForQuery is owed. */
  get awaitsAnswers(): boolean { return this.#answersOwed > 0 }

  /** Whether a statement is under way after which the session may mean something else by its names. */
  get awaitsChange(): boolean { return this.#changesOwed > 0 }

  /** Whether a write is under way that is yet to be confirmed: nothing that commits may follow it upstream. */
  get holdsCommit(): boolean { return this.#commitsHeld > 0 }

  /** The place in the order of the session's messages that the next push will have. */
  get nextPosition(): number { return this.#pushed + 1 }

  /** The statement whose answer is arriving, if any. */
  get current(): StatementRun | undefined {
    const head = this.#queue[0]?.owed
    return head?.kind === 'run' ? head.run : undefined
  }

  /** Bytes that wait for {@link Exchange.takeOutput}. */
  get outputBytes(): number { return this.#outBytes }

  /** @returns its position. After {@link Exchange.end} nothing is owed any more: a run counts as skipped. */
  push(owed: Owed): number {
    this.#pushed += 1
    if (this.#state === 'over') { this.#drop(owed); return this.#pushed }
    this.#queue.push({ owed, position: this.#pushed })
    this.#count(owed, 1)
    this.#flushLocal()
    return this.#pushed
  }

  /** Buffers for the client, in order; the caller writes them. */
  takeOutput(): readonly Buffer[] {
    const out = this.#out
    this.#out = []
    this.#outBytes = 0
    return out
  }

  /** Bytes that stand outside the queue: ParameterStatus, a notice between statements. */
  emit(bytes: Buffer): void {
    this.#out.push(bytes)
    this.#outBytes += bytes.length
  }

  /** The next ReadyForQuery follows a refusal that the upstream knows nothing of: it is withheld. @returns whether one is next. */
  withholdReady(): boolean {
    const head = this.#queue[0]
    if (head?.owed.kind !== 'ready' || head.owed.for !== 'client') return false
    this.#queue[0] = { owed: { kind: 'ready', for: 'withheld' }, position: head.position }
    return true
  }

  /** Resolves when nothing but ReadyForQuery is owed, or the session is over. */
  settled(): Promise<void> { return this.#until(() => !this.awaitsAnswers) }

  /** Resolves when nothing at all is owed, ReadyForQuery included, or the session is over. */
  quiet(): Promise<void> { return this.#until(() => this.isIdle) }

  /**
   * One frame of the upstream, other than ParameterStatus and NotificationResponse.
   * @param rewrite what an error or notice that belongs to no statement becomes.
   * @throws {SessionFault} `unexpected-message`: out of step, the session ends.
   */
  take(frame: Frame, rewrite: (frame: Frame) => Buffer): ExchangeEvent | undefined {
    const head = this.#queue[0]
    if (frame.tag === TAG.notice) { this.#notice(head?.owed, frame, rewrite); return undefined }
    if (head === undefined) return this.#unasked(frame, rewrite)
    const { owed, position } = head
    switch (owed.kind) {
      case 'run': return this.#takeRun(owed.run, position, frame)
      case 'close':
        if (frame.tag === TAG.error) { this.emit(rewrite(frame)); return this.#failed(position) }
        if (frame.tag !== TAG.closeComplete) break
        this.emit(frame.whole)
        this.#shift()
        return undefined
      case 'injected':
        if (frame.tag !== TAG.error) break
        return this.#failed(position)
      case 'own':
        if (frame.tag === TAG.error) { owed.question.fail(frame); return this.#failed(position) }
        if (owed.question.take(frame)) this.#shift()
        return undefined
      case 'ready': return this.#takeReady(owed.for, frame, rewrite)
      case 'local': break
    }
    throw new SessionFault('unexpected-message', `upstream sent ${describeTag(frame.tag)} while it owed ${owed.kind}`)
  }

  /** As {@link Exchange.take}, for whole frames of the type that the statement whose answer is arriving takes many at a time. */
  takeRows(frames: Buffer): ExchangeEvent | undefined {
    const head = this.#queue[0]
    if (head?.owed.kind !== 'run') throw new SessionFault('unexpected-message', 'upstream sent rows that no statement asked for')
    const { owed: { run }, position } = head
    const out: Buffer[] = []
    const event = run.takeRows(frames, out)
    for (const bytes of out) this.emit(bytes)
    return event === undefined ? undefined : { kind: 'run', run, event, position }
  }

  /** Runs that will never be answered, for settling. */
  takeSkipped(): readonly StatementRun[] {
    const skipped = this.#skipped
    this.#skipped = []
    return skipped
  }

  /** The session is over: nobody waits any more. @returns every run still owed. */
  end(): readonly StatementRun[] {
    this.#state = 'over'
    const left: StatementRun[] = []
    for (const { owed } of this.#queue.splice(0)) {
      if (owed.kind === 'run') left.push(owed.run)
      if (owed.kind === 'own') owed.question.fail(undefined)
    }
    this.#answersOwed = 0
    this.#changesOwed = 0
    this.#wake()
    return left
  }

  #notice(head: Owed | undefined, frame: Frame, rewrite: (frame: Frame) => Buffer): void {
    switch (head?.kind) {
      case 'run': {
        const out: Buffer[] = []
        head.run.notice(frame, out)
        for (const bytes of out) this.emit(bytes)
        return
      }
      case 'own': head.question.take(frame); return
      case 'injected': return
      default: this.emit(rewrite(frame))
    }
  }

  /** A server that shuts down, or that waited too long, says so unasked and closes. */
  #unasked(frame: Frame, rewrite: (frame: Frame) => Buffer): undefined {
    const message = frame.tag === TAG.error ? decodeBackend(frame) : undefined
    const severity = message?.kind === 'errorResponse' ? message.fields.get('V') : undefined
    if (severity !== 'FATAL' && severity !== 'PANIC') throw new SessionFault('unexpected-message', `upstream sent ${describeTag(frame.tag)} and owes nothing`)
    this.emit(rewrite(frame))
    return undefined
  }

  #takeRun(run: StatementRun, position: number, frame: Frame): ExchangeEvent | undefined {
    const out: Buffer[] = []
    const event = run.take(frame, out)
    for (const bytes of out) this.emit(bytes)
    if (event === undefined) return undefined
    if (event.kind === 'ended') {
      if (event.how === 'error') this.#failed(position)
      else this.#shift()
    }
    return { kind: 'run', run, event, position }
  }

  #takeReady(whom: ReadyFor, frame: Frame, rewrite: (frame: Frame) => Buffer): ExchangeEvent | undefined {
    // A deferred constraint can fail at the commit that Sync brings about.
    if (frame.tag === TAG.error) { this.emit(rewrite(frame)); return undefined }
    const message = frame.tag === TAG.ready ? decodeBackend(frame) : undefined
    if (message?.kind !== 'readyForQuery') throw new SessionFault('unexpected-message', `upstream sent ${describeTag(frame.tag)} while it owed ready`)
    this.status = message.status
    if (whom === 'client') this.emit(frame.whole)
    this.#shift()
    return { kind: 'ready', status: message.status, for: whom }
  }

  /** After an error the server reads and drops everything up to Sync; so do the answers we expected, and our own behind it. */
  #failed(position: number): ExchangeEvent {
    while (this.#queue.length > 0 && this.#queue[0]?.owed.kind !== 'ready') {
      const dropped = this.#queue.shift()
      if (dropped === undefined) break
      this.#count(dropped.owed, -1)
      if (dropped.position > position) this.#drop(dropped.owed)
    }
    this.#wake()
    return { kind: 'failed', position }
  }

  #drop(owed: Owed): void {
    if (owed.kind === 'run') { owed.run.skip(); this.#skipped.push(owed.run) }
    if (owed.kind === 'own') owed.question.fail(undefined)
  }

  #shift(): void {
    const head = this.#queue.shift()
    if (head !== undefined) this.#count(head.owed, -1)
    this.#flushLocal()
    this.#wake()
  }

  #flushLocal(): void {
    for (let head = this.#queue[0]; head?.owed.kind === 'local'; head = this.#queue[0]) {
      this.emit(head.owed.bytes)
      this.#queue.shift()
      this.#count(head.owed, -1)
    }
  }

  #count(owed: Owed, by: 1 | -1): void {
    if (owed.kind !== 'ready') this.#answersOwed += by
    if (owed.kind === 'run' && owed.run.changesSession) this.#changesOwed += by
    if (owed.kind === 'run' && owed.run.holdsCommit) this.#commitsHeld += by
  }

  async #until(isSo: () => boolean): Promise<void> {
    // Looked at again after each wake: what ended may have had something sent after it.
    while (this.#state === 'live' && !isSo()) await new Promise<void>((resolve) => { this.#waiters.push(resolve) })
  }

  #wake(): void {
    if (this.#waiters.length === 0 || this.#state === 'live' && this.awaitsAnswers) return
    for (const wake of this.#waiters.splice(0)) wake()
  }
}
