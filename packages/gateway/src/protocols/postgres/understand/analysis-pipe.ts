/**
 * Questions to one server connection, one after another on the wire and many under way at once: each ends in a Sync of its own, so that an
 * error fails only itself, and each ReadyForQuery ends one answer. What is asked in one turn of the event loop goes out in one write.
 * Knows frames, not what is asked. Source: PostgreSQL, Message Flow, Pipelining.
 */
import { setTimeout as after } from 'node:timers'
import type { Duplex } from 'node:stream'
import type { FieldDescription } from '@doorward/sql'
import { decodeBackend } from '../backend.ts'
import type { Frame, FrameReader } from '../frame.ts'
import { FrameQueue } from '../session/frame-queue.ts'
import { WireFault } from '../wire-fault.ts'
import { UnderstandFault } from './understand-fault.ts'

/** The message's text is translated on some servers; the routine that reports it is not (elog_node_display in print.c). */
export const REPORTED_BY = 'elog_node_display'

/** All that came back for one question. */
export interface Collected {
  readonly trees: string[]
  /** A text's own tree has no context. One that has was printed by a function, which a literal of its type's input has called. */
  inner: 'none' | 'some'
  /** A setting that the server reports has changed meanwhile. */
  settings: 'as-before' | 'changed'
  parameterTypes: readonly number[]
  fields: readonly FieldDescription[] | undefined
  error: ReadonlyMap<string, string> | undefined
  rows: (string | undefined)[][]
}

interface Ask {
  readonly got: Collected
  readonly resolve: (got: Collected) => void
  readonly reject: (fault: UnderstandFault) => void
}

export class AnalysisPipe {
  readonly #source: FrameQueue
  readonly #stream: Duplex
  readonly #timeoutMs: number
  /** Asked and not answered, in order: the first is being answered. */
  readonly #asked: Ask[] = []
  #gathered: Buffer[] = []
  #onWritten: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined
  #state: 'open' | 'retiring' | 'closed' = 'open'

  /** @param timeoutMs from when a question is the next to be answered: the server works on one at a time. */
  constructor(stream: Duplex, reader: FrameReader, timeoutMs: number) {
    this.#stream = stream
    this.#source = new FrameQueue(stream, reader)
    this.#timeoutMs = timeoutMs
    this.#source.onGone(() => { this.#fail('the analysis connection closed') })
    this.#read().catch((error: unknown) => { this.#fail('the analysis connection is out of step', error) })
  }

  get isOpen(): boolean { return this.#state === 'open' }

  /**
   * Asks. The frames must end in what makes the server send ReadyForQuery, once.
   * @param onWritten called when the bytes are handed to the socket: the server reads them after that.
   * @throws {UnderstandFault} `unreachable`, `out-of-step`: the connection is closed then, for everybody who has asked.
   */
  ask(frames: readonly Buffer[], onWritten?: () => void): Promise<Collected> {
    if (this.#state !== 'open') return Promise.reject(new UnderstandFault('unreachable', 'the analysis connection is closed'))
    return new Promise((resolve, reject) => {
      this.#asked.push({ got: { trees: [], inner: 'none', settings: 'as-before', parameterTypes: [], fields: undefined, error: undefined, rows: [] }, resolve, reject })
      if (this.#asked.length === 1) this.#watch()
      if (this.#gathered.length === 0) setImmediate(() => { this.#write() })
      this.#gathered.push(...frames)
      if (onWritten !== undefined) this.#onWritten.push(onWritten)
    })
  }

  close(): void { this.#fail('the analysis connection is closed') }

  /** Takes no more questions, and closes once everybody who has asked has an answer. */
  retire(): void {
    if (this.#state !== 'open') return
    this.#state = 'retiring'
    if (this.#asked.length === 0) this.close()
  }

  #write(): void {
    const bytes = this.#gathered
    const told = this.#onWritten
    this.#gathered = []
    this.#onWritten = []
    if (this.#state !== 'closed') this.#stream.write(Buffer.concat(bytes))
    for (const tell of told) tell()
  }

  async #read(): Promise<void> {
    for (;;) {
      const frame = this.#source.tryNext() ?? await this.#source.next()
      if (frame === undefined || this.#state === 'closed') return
      const [ask] = this.#asked
      if (ask === undefined) { takeUnasked(frame); continue }
      if (collect(frame, ask.got) === 'more') continue
      this.#asked.shift()
      this.#watch()
      ask.resolve(ask.got)
      if (this.#state === 'retiring' && this.#asked.length === 0) this.close()
    }
  }

  /** The server has so long for what it works on now. */
  #watch(): void {
    if (this.#asked.length === 0) { clearTimeout(this.#timer); this.#timer = undefined }
    else if (this.#timer === undefined) this.#timer = after(() => { this.#fail(`the target gave no analysis within ${this.#timeoutMs} ms`) }, this.#timeoutMs)
    else this.#timer.refresh()
  }

  #fail(why: string, cause?: unknown): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearTimeout(this.#timer)
    this.#stream.destroy()
    const fault = toFault(why, cause)
    for (const { reject } of this.#asked.splice(0)) reject(fault)
  }
}

/** A tree over the frame limit, or an answer that is none: the statement is refused, and a new connection asks the next. */
function toFault(why: string, cause: unknown): UnderstandFault {
  if (cause instanceof UnderstandFault) return cause
  if (cause instanceof WireFault) return new UnderstandFault('out-of-step', `the analysis connection: ${cause.code}`, { cause })
  return new UnderstandFault('unreachable', why, { cause })
}

/** @returns `last` at ReadyForQuery. @throws {UnderstandFault} `out-of-step` */
function collect(frame: Frame, got: Collected): 'more' | 'last' {
  const message = decodeBackend(frame)
  switch (message.kind) {
    case 'noticeResponse':
      if (message.fields.get('R') !== REPORTED_BY) return 'more'
      if (message.fields.has('W')) got.inner = 'some'
      else got.trees.push(message.fields.get('D') ?? '')
      return 'more'
    case 'parameterStatus': got.settings = 'changed'; return 'more'
    case 'parameterDescription': got.parameterTypes = message.types; return 'more'
    case 'rowDescription': got.fields = message.fields; return 'more'
    case 'dataRow': got.rows.push(message.cells.map((cell) => cell?.toString('utf8'))); return 'more'
    case 'errorResponse': got.error = message.fields; return 'more'
    case 'readyForQuery': return 'last'
    case 'parseComplete': case 'bindComplete': case 'closeComplete': case 'noData': case 'commandComplete': case 'emptyQueryResponse': case 'notificationResponse': return 'more'
    default: throw new UnderstandFault('out-of-step', `the analysis connection answered with ${message.kind}`)
  }
}

/** A server says these at any time; whatever else comes unasked means that answers and questions have lost each other. */
function takeUnasked(frame: Frame): void {
  const { kind } = decodeBackend(frame)
  if (kind === 'noticeResponse' || kind === 'parameterStatus' || kind === 'notificationResponse') return
  throw new UnderstandFault('out-of-step', `the analysis connection sent ${kind} and owes nothing`)
}
