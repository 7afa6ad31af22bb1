/**
 * One connection on which the target server is asked what a statement means: Parse, Describe, Sync, never Bind or Execute of a caller's
 * text, so nothing of the caller's runs (DESIGN.md, the target's own analysis). Catalog queries are Doorward's own constant texts.
 * Source: PostgreSQL, Message Flow, Extended Query; Error Reporting and Logging, debug_print_rewritten.
 */
import type { Duplex } from 'node:stream'
import type { Analysed, AnalysisError } from '@doorward/sql'
import { encodeFrontend } from '../frontend-encode.ts'
import type { FrameReader } from '../frame.ts'
import { AnalysisPipe } from './analysis-pipe.ts'
import { UnderstandFault } from './understand-fault.ts'

/** Start-up parameters of every analysis connection. DETAIL of a LOG message then carries each rewritten tree. */
export const ANALYSIS_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['client_encoding', 'UTF8'], ['standard_conforming_strings', 'on'], ['application_name', 'doorward-analysis'],
  ['client_min_messages', 'log'], ['debug_print_rewritten', 'on'], ['debug_pretty_print', 'off'],
  ['default_transaction_read_only', 'on'],
  // Reading a text takes a lock on what it names. Whoever waits for one here makes everybody wait: see LOCKED.
  ['lock_timeout', '10ms'],
])

/** Of the connection that carries Doorward's own questions only: nobody reads their trees. */
export const OWN_PARAMETERS: ReadonlyMap<string, string> = new Map([...ANALYSIS_PARAMETERS, ['debug_print_rewritten', 'off']])

/**
 * lock_not_available. Somebody holds, or waits for, an exclusive lock on what the text names (ALTER TABLE, TRUNCATE). It is analysed on the
 * session's own connection then, which waits as the statement itself would.
 */
export const LOCKED = '55P03'

/** The longest tree that is read; above it the frame limit ends the connection and the statement is refused. */
export const MAX_TREE_BYTES = 32 * 1024 * 1024

/**
 * `changed`: the server has analysed it anew since it was kept. `locked`: it cannot look, see {@link LOCKED}. `gone`: it is no longer kept, so
 * nobody can say.
 */
export type Standing = 'unchanged' | 'changed' | 'locked' | 'gone'

/** A statement that stays prepared. */
interface Kept {
  /** The server says that it analysed anew once, to whoever asks first; everybody after must hear it too. */
  state: 'unchanged' | 'changed'
  /** Asked for and not yet written: whoever asks now may share its answer, since the server has not read it. */
  waiting: Promise<Standing> | undefined
  /** Written and not yet answered. */
  underWay: Promise<unknown> | undefined
}

/** A syntax error of JSON says in its context where it is; every other context names the code that was running. */
const JSON_ERRORS = 'jsonfuncs.c'
const INNER_ERROR = 'an error was raised while a literal of the text was read'

/**
 * What an analysis hands on of an error. A domain's checks run when a literal of a type over it is read: what they raise may quote rows that
 * nobody has decided about. PostgreSQL, domains.c.
 */
export function wordsOf(error: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const context = error.get('W')
  if (context === undefined || (error.get('F') === JSON_ERRORS && !context.includes('\n'))) return error
  return new Map([...[...error].filter(([field]) => PLACES.has(field)), ['M', INNER_ERROR]])
}

/** Severity, SQLSTATE, position. */
const PLACES: ReadonlySet<string> = new Set(['S', 'V', 'C', 'P'])

/** Closes that wait for the next question; so many are sent on their own. */
const MAX_CLOSING = 64

const SYNC = encodeFrontend({ kind: 'sync' })
const EXECUTE = encodeFrontend({ kind: 'execute', portal: '', maxRows: 0 })

/** OID of the type. */
const TEXT = 25

/** Closing what is kept fails only with the connection, and with it everything that was kept is closed; whoever asks next is told. */
function closedWithAll(): undefined { return undefined }

export class AnalysisConnection {
  readonly #pipe: AnalysisPipe
  readonly #kept = new Map<string, Kept>()
  /** Names of questions of Doorward's own that stay prepared, by their text. */
  readonly #again = new Map<string, string>()
  #closing: Buffer[] = []
  #names = 0

  constructor(stream: Duplex, reader: FrameReader, timeoutMs: number) {
    this.#pipe = new AnalysisPipe(stream, reader, timeoutMs)
  }

  get isOpen(): boolean { return this.#pipe.isOpen }

  /** A name for a statement that stays prepared here, so that {@link AnalysisConnection.standingOf} can ask about it. */
  newName(): string {
    this.#names += 1
    return `d${this.#names}`
  }

  /** @param name empty: not kept. @throws {UnderstandFault} */
  async analyse(name: string, text: string, parameterTypes: readonly number[]): Promise<Analysed | AnalysisError> {
    const parse = encodeFrontend({ kind: 'parse', statement: name, sql: Buffer.from(text, 'utf8'), parameterTypes })
    const got = await this.#pipe.ask([...this.#takeClosing(), parse, encodeFrontend({ kind: 'describe', target: 'statement', name }), SYNC])
    if (name !== '') this.#kept.set(name, { state: 'unchanged', waiting: undefined, underWay: undefined })
    if (got.error !== undefined) {
      this.forget(name) // its Parse may have worked
      const fields = wordsOf(got.error)
      return { kind: 'error', sqlState: fields.get('C') ?? 'XX000', message: fields.get('M') ?? '', fields }
    }
    // Whoever's code it was may have left this connection with other settings, under which names mean something else.
    if (got.inner === 'some' || got.settings === 'changed') this.retire()
    if (got.settings === 'changed') throw new UnderstandFault('out-of-step', 'a setting changed while the text was read')
    // Code that runs while a literal is read can turn the trees off: a statement without one would seem to do nothing.
    if (got.trees.length === 0) throw new UnderstandFault('out-of-step', 'the server has shown no tree')
    return { kind: 'analysed', trees: got.trees, parameterTypes: got.parameterTypes, fields: got.fields }
  }

  /**
   * Whether a kept statement still means what it meant. Describing it makes the server revalidate it: when a table, view or function it
   * depends on has changed, the server analyses it again and says so with a new tree. The answer is about a moment after this call, so those
   * who ask while one question waits to be written share it; while one is under way the next waits, and takes everybody who comes meanwhile.
   * @throws {UnderstandFault}
   */
  standingOf(name: string): Promise<Standing> {
    const kept = this.#kept.get(name)
    if (kept === undefined || !this.isOpen) return Promise.resolve('gone')
    if (kept.state === 'changed') return Promise.resolve('changed')
    kept.waiting ??= this.#probe(name, kept)
    return kept.waiting
  }

  /** Lets go of a kept statement; the server hears of it with the next question. */
  forget(name: string): void {
    if (!this.#kept.delete(name)) return
    this.#closing.push(encodeFrontend({ kind: 'close', target: 'statement', name }))
    if (this.#closing.length < MAX_CLOSING || !this.isOpen) return
    this.#pipe.ask([...this.#takeClosing(), SYNC]).catch(closedWithAll)
  }

  /** Runs a constant text of Doorward's own over the system catalogs. @throws {UnderstandFault} `catalog` */
  async query(sql: string): Promise<(string | undefined)[][]> {
    const got = await this.#pipe.ask([encodeFrontend({ kind: 'query', sql: Buffer.from(sql, 'utf8') })])
    if (got.error !== undefined) throw new UnderstandFault('catalog', `a catalog query failed with SQLSTATE ${got.error.get('C') ?? 'unknown'}`)
    return got.rows
  }

  /**
   * As {@link AnalysisConnection.query}, for a text that comes again and again: the server reads and plans it once.
   * @param values of its parameters, all of type text. @param onWritten called when the bytes are handed to the socket: the server reads them after that.
   * @throws {UnderstandFault} `catalog`
   */
  async queryAgain(sql: string, values: readonly string[] = [], onWritten?: () => void): Promise<(string | undefined)[][]> {
    const known = this.#again.get(sql)
    const name = known ?? this.#newAgain(sql)
    const parse = known === undefined ? [encodeFrontend({ kind: 'parse', statement: name, sql: Buffer.from(sql, 'utf8'), parameterTypes: values.map(() => TEXT) })] : []
    const bind = encodeFrontend({ kind: 'bind', portal: '', statement: name, parameterFormats: [], parameters: values.map((value) => Buffer.from(value, 'utf8')), resultFormats: [] })
    const got = await this.#pipe.ask([...parse, bind, EXECUTE, SYNC], onWritten)
    if (got.error === undefined) return got.rows
    // Whether it is prepared nobody knows then: the next to ask prepares it under another name.
    this.#again.delete(sql)
    throw new UnderstandFault('catalog', `a catalog query failed with SQLSTATE ${got.error.get('C') ?? 'unknown'}`)
  }

  #newAgain(sql: string): string {
    const name = `q${this.newName()}`
    this.#again.set(sql, name)
    return name
  }

  close(): void { this.#pipe.close() }

  /** Closes once everybody who has asked has an answer. */
  retire(): void { this.#pipe.retire() }

  async #probe(name: string, kept: Kept): Promise<Standing> {
    if (kept.underWay !== undefined) await kept.underWay
    if (kept.state === 'changed') return 'changed'
    if (this.#kept.get(name) !== kept) return 'gone'
    const answer = this.#pipe.ask([...this.#takeClosing(), encodeFrontend({ kind: 'describe', target: 'statement', name }), SYNC], () => { kept.waiting = undefined })
    const settled = answer.then(() => undefined, () => undefined)
    kept.underWay = settled
    try {
      const got = await answer
      if (got.error?.get('C') === LOCKED) return 'locked'
      if (got.error !== undefined || got.trees.length > 0) kept.state = 'changed'
      return kept.state
    } finally {
      if (kept.underWay === settled) kept.underWay = undefined
    }
  }

  #takeClosing(): Buffer[] {
    const closing = this.#closing
    this.#closing = []
    return closing
  }
}
