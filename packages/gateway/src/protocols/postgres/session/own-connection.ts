/**
 * What Doorward asks on a session's own connection: which schemas its names resolve in, and what a text means that only this connection can
 * resolve. Nothing of a caller's runs here. Where it stops: in a failed transaction the server answers nothing but its end, so nothing is
 * asked, and nothing but its end can run.
 */
import type { AnalysisError, Analysed } from '@doorward/sql'
import type { AskCatalog, CatalogFacts } from '../understand/catalog-loader.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import type { Exchange } from './exchange.ts'
import { OwnAnalysis, OwnRows } from './own-question.ts'
import { SessionFault } from './session-fault.ts'
import type { SessionNames } from './session-names.ts'
import type { Batch } from './statement-run.ts'
import type { UpstreamWriter } from './upstream-writer.ts'

export interface OwnConnectionParts {
  readonly exchange: Exchange
  readonly names: SessionNames
  readonly upstream: UpstreamWriter
  /** The batch that the client is in. */
  batch(): Batch
  /** Waits for what was sent before. */
  drain(): Promise<void>
}

/** Nothing to ask. */
const DONE = Promise.resolve()

export class OwnConnection {
  readonly #parts: OwnConnectionParts
  /** The understander's, when the schemas were asked for. */
  #askedUnder: number | undefined
  #facts: { readonly generation: number; readonly facts: CatalogFacts } | undefined

  constructor(parts: OwnConnectionParts) { this.#parts = parts }

  /**
   * Asks for the schemas where they may have changed: by the session's own doing, or because definitions changed.
   * @throws {UnderstandFault} `out-of-step`
   */
  refreshSchemas(generation: number): Promise<void> {
    return this.#parts.names.schemasKnown !== 'no' && this.#askedUnder === generation ? DONE : this.#askSchemas(generation)
  }

  async #askSchemas(generation: number): Promise<void> {
    const { exchange, names, upstream } = this.#parts
    await this.#parts.drain()
    const batch = this.#parts.batch()
    if (exchange.status === 'E' || batch.state === 'skip' || batch.upstream === 'failed') return
    const inTransaction = batch.sent === 'something' || exchange.status !== 'I'
    const question = new OwnRows(1)
    exchange.push({ kind: 'own', question })
    upstream.ask(['schemas'])
    this.#end(batch)
    const [row] = await this.#answered(batch, question.rows)
    const [schemas, minMessages, mayQuiet] = row ?? []
    names.schemas = requireNames(schemas)
    names.minMessages = minMessages ?? 'notice'
    names.serverLog = mayQuiet === 'true' ? 'can-be-quiet' : 'hears'
    names.schemasKnown = inTransaction ? 'in-transaction' : 'yes'
    this.#askedUnder = generation
  }

  /** @throws {UnderstandFault} `out-of-step` */
  async analyse(text: string, parameterTypes: readonly number[]): Promise<Analysed | AnalysisError> {
    const { exchange, names, upstream } = this.#parts
    await this.#parts.drain()
    const batch = this.#parts.batch()
    if (exchange.status === 'E' || batch.upstream === 'failed') return inFailedTransaction()
    const { serverLog } = names
    const on = new OwnRows(serverLog === 'can-be-quiet' ? 2 : 1)
    const analysis = new OwnAnalysis()
    const off = new OwnRows(serverLog === 'can-be-quiet' ? 2 : 1)
    exchange.push({ kind: 'own', question: on })
    upstream.ask(serverLog === 'can-be-quiet' ? ['log-quiet', 'trees-on'] : ['trees-on'])
    exchange.push({ kind: 'own', question: analysis })
    upstream.analyse(text, parameterTypes)
    exchange.push({ kind: 'own', question: off })
    const treesOff = names.minMessages === 'warning' ? 'trees-off-warning' : names.minMessages === 'error' ? 'trees-off-error' : 'trees-off-notice'
    upstream.ask(serverLog === 'can-be-quiet' ? [treesOff, 'log-restored'] : [treesOff])
    const inBatch = this.#end(batch)
    const answer = await this.#answered(batch, analysis.answer)
    // What was set is taken back where the text fails: by the end of the question's own transaction, or of the one it has failed.
    if (answer.kind === 'analysed') await this.#answered(batch, off.rows)
    else if (inBatch === 'yes') batch.upstream = 'failed'
    else await exchange.settled()
    if (answer.kind === 'analysed' && answer.trees.length === 0) throw new UnderstandFault('out-of-step', 'the server has shown no tree that is the text\'s own')
    return answer
  }

  /**
   * The catalog as this connection has it, kept until definitions change.
   * @returns undefined: a failed transaction answers nothing. @throws {UnderstandFault} `out-of-step`
   */
  async facts(understander: { readonly generation: number; factsThrough(ask: AskCatalog): Promise<CatalogFacts> }): Promise<CatalogFacts | undefined> {
    const { generation } = understander
    if (this.#facts?.generation === generation) return this.#facts.facts
    if (this.#parts.exchange.status === 'E' || this.#parts.batch().upstream === 'failed') return undefined
    const facts = await understander.factsThrough((sql) => this.#ask(sql))
    this.#facts = { generation, facts }
    return facts
  }

  /** The session has changed definitions, or taken changes back. */
  forgetFacts(): void { this.#facts = undefined }

  async #ask(sql: string): ReturnType<AskCatalog> {
    const { exchange, upstream } = this.#parts
    await this.#parts.drain()
    const batch = this.#parts.batch()
    const question = new OwnRows(1)
    exchange.push({ kind: 'own', question })
    upstream.askCatalog(sql)
    this.#end(batch)
    return (await this.#answered(batch, question.rows)).map((row) => row.map((cell) => cell ?? null))
  }

  /** Inside a batch a Sync would commit what is under way, so only Flush is sent. @returns whether the question stands in a batch. */
  #end(batch: Batch): 'yes' | 'no' {
    if (batch.sent === 'something') { this.#parts.upstream.flush(); return 'yes' }
    this.#parts.upstream.sync()
    this.#parts.exchange.push({ kind: 'ready', for: 'nobody' })
    return 'no'
  }

  /** A question that fails in a batch has failed the batch upstream; the client is yet to be told. */
  async #answered<T>(batch: Batch, answer: Promise<T>): Promise<T> {
    const inBatch = batch.sent === 'something'
    try {
      return await answer
    } catch (error) {
      if (inBatch) batch.upstream = 'failed'
      throw error
    }
  }
}

const IN_FAILED_TRANSACTION = 'current transaction is aborted, commands ignored until end of transaction block'

/** What a server answers to any statement but the one that ends the transaction. */
export function inFailedTransaction(): AnalysisError {
  return { kind: 'error', sqlState: '25P02', message: IN_FAILED_TRANSACTION, fields: new Map([['S', 'ERROR'], ['V', 'ERROR'], ['C', '25P02'], ['M', IN_FAILED_TRANSACTION]]) }
}

function requireNames(json: string | undefined): readonly string[] {
  const names: unknown = JSON.parse(json ?? 'null')
  if (!Array.isArray(names) || !names.every((name): name is string => typeof name === 'string')) throw new SessionFault('unexpected-result', 'the upstream did not name its schemas')
  return names
}
