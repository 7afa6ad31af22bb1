/**
 * One connection on which the target server is asked what a statement means: Parse, Describe, Sync, never Bind or Execute of a caller's
 * text, so nothing of the caller's runs (DESIGN.md, the target's own analysis). Catalog queries are Doorward's own constant texts.
 * Source: PostgreSQL, Message Flow, Extended Query; Error Reporting and Logging, debug_print_rewritten.
 */
import { setTimeout as after } from 'node:timers'
import type { Duplex } from 'node:stream'
import type { Analysed, AnalysisError, FieldDescription } from '@doorward/sql'
import { decodeBackend } from '../backend.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import type { Frame, FrameReader } from '../frame.ts'
import { FrameQueue } from '../session/frame-queue.ts'
import { UnderstandFault } from './understand-fault.ts'

/** Start-up parameters of every analysis connection. DETAIL of a LOG message then carries each rewritten tree. */
export const ANALYSIS_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['client_encoding', 'UTF8'], ['standard_conforming_strings', 'on'], ['application_name', 'doorward-analysis'],
  ['client_min_messages', 'log'], ['debug_print_rewritten', 'on'], ['debug_pretty_print', 'off'],
  ['default_transaction_read_only', 'on'],
])

/** The longest tree that is read; above it the frame limit ends the connection and the statement is refused. */
export const MAX_TREE_BYTES = 32 * 1024 * 1024

/** The message's text is translated on some servers; the routine that reports it is not (elog_node_display in print.c). */
export const REPORTED_BY = 'elog_node_display'

interface Collected {
  readonly trees: string[]
  parameterTypes: readonly number[]
  fields: readonly FieldDescription[] | undefined
  error: ReadonlyMap<string, string> | undefined
  rows: (string | undefined)[][]
}

export class AnalysisConnection {
  readonly #source: FrameQueue
  readonly #stream: Duplex
  readonly #timeoutMs: number
  #turn: Promise<unknown> = Promise.resolve()
  #state: 'open' | 'closed' = 'open'
  #names = 0

  constructor(stream: Duplex, reader: FrameReader, timeoutMs: number) {
    this.#stream = stream
    this.#source = new FrameQueue(stream, reader)
    this.#timeoutMs = timeoutMs
    this.#source.onGone(() => { this.#state = 'closed' })
  }

  get isOpen(): boolean { return this.#state === 'open' }

  /** A name for a statement that stays prepared here, so that {@link AnalysisConnection.isUnchanged} can ask about it. */
  newName(): string {
    this.#names += 1
    return `d${this.#names}`
  }

  /** @param name empty: not kept. @throws {UnderstandFault} */
  analyse(name: string, text: string, parameterTypes: readonly number[]): Promise<Analysed | AnalysisError> {
    const parse = encodeFrontend({ kind: 'parse', statement: name, sql: Buffer.from(text, 'utf8'), parameterTypes })
    const describe = encodeFrontend({ kind: 'describe', target: 'statement', name })
    return this.#inTurn(async () => {
      const got = await this.#ask(Buffer.concat([parse, describe, encodeFrontend({ kind: 'sync' })]))
      if (got.error !== undefined) return { kind: 'error', sqlState: got.error.get('C') ?? 'XX000', message: got.error.get('M') ?? '', fields: got.error }
      return { kind: 'analysed', trees: got.trees, parameterTypes: got.parameterTypes, fields: got.fields }
    })
  }

  /**
   * Whether a kept statement still means what it meant. Describing it makes the server revalidate it: when a table, view or function it
   * depends on has changed, the server analyses it again and says so with a new tree.
   */
  isUnchanged(name: string): Promise<'unchanged' | 'changed'> {
    const describe = encodeFrontend({ kind: 'describe', target: 'statement', name })
    return this.#inTurn(async () => {
      const got = await this.#ask(Buffer.concat([describe, encodeFrontend({ kind: 'sync' })]))
      return got.error === undefined && got.trees.length === 0 ? 'unchanged' : 'changed'
    })
  }

  /** Lets go of a kept statement. */
  async forget(name: string): Promise<void> {
    const close = encodeFrontend({ kind: 'close', target: 'statement', name })
    await this.#inTurn(() => this.#ask(Buffer.concat([close, encodeFrontend({ kind: 'sync' })])))
  }

  /** Runs a constant text of Doorward's own over the system catalogs. @throws {UnderstandFault} `catalog` */
  query(sql: string): Promise<(string | undefined)[][]> {
    return this.#inTurn(async () => {
      const got = await this.#ask(encodeFrontend({ kind: 'query', sql: Buffer.from(sql, 'utf8') }))
      if (got.error !== undefined) throw new UnderstandFault('catalog', `a catalog query failed with SQLSTATE ${got.error.get('C') ?? 'unknown'}: ${got.error.get('M') ?? ''}`)
      return got.rows
    })
  }

  close(): void {
    this.#state = 'closed'
    this.#stream.destroy()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    // The next in turn waits for this one, whatever came of it; its failure is its caller's.
    this.#turn = mine.then(() => undefined, () => undefined)
    return mine
  }

  async #ask(bytes: Buffer): Promise<Collected> {
    if (this.#state === 'closed') throw new UnderstandFault('unreachable', 'the analysis connection is closed')
    const timer = after(() => { this.close() }, this.#timeoutMs)
    try {
      this.#stream.write(bytes)
      const got: Collected = { trees: [], parameterTypes: [], fields: undefined, error: undefined, rows: [] }
      for (;;) {
        const frame = await this.#source.next()
        if (frame === undefined) throw new UnderstandFault('unreachable', `the analysis connection closed, or gave no answer within ${this.#timeoutMs} ms`)
        if (collect(frame, got) === 'last') return got
      }
    } catch (error) {
      this.close()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

/** @returns `last` at ReadyForQuery. @throws {UnderstandFault} `out-of-step` */
function collect(frame: Frame, got: Collected): 'more' | 'last' {
  const message = decodeBackend(frame)
  switch (message.kind) {
    case 'noticeResponse':
      if (message.fields.get('R') === REPORTED_BY) got.trees.push(message.fields.get('D') ?? '')
      return 'more'
    case 'parameterDescription': got.parameterTypes = message.types; return 'more'
    case 'rowDescription': got.fields = message.fields; return 'more'
    case 'dataRow': got.rows.push(message.cells.map((cell) => cell?.toString('utf8'))); return 'more'
    case 'errorResponse': got.error = message.fields; return 'more'
    case 'readyForQuery': return 'last'
    case 'parseComplete': case 'closeComplete': case 'noData': case 'commandComplete': case 'parameterStatus': case 'emptyQueryResponse': case 'notificationResponse': return 'more'
    default: throw new UnderstandFault('out-of-step', `the analysis connection answered with ${message.kind}`)
  }
}
