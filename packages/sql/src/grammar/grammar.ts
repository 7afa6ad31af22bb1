/**
 * PostgreSQL's own grammar, as values: a text parses, has a syntax error, or makes the parser fail; nothing is thrown. An instance that
 * failed in any way but a syntax error is dropped, since later calls may never return; a spare takes its place at once.
 * Synchronous and unbounded in time: for texts that guard-text.ts passed and that are short. Longer ones go through text-reader.ts.
 */
import { isFields, nodeField, numberField, toNode, type AstNode, type Fields } from './ast.ts'
import { compileGrammar, type RawAnswer, type WasmInstance } from './wasm-instance.ts'

/** One statement of a text. `length` reaches to its semicolon (not included) or the end of the text. Bytes. */
export interface ParsedStatement {
  readonly start: number
  readonly length: number
  readonly node: AstNode
}

/** The grammar's "no". The message may quote the text: it goes back to the caller who wrote it, never to the log. */
export interface GrammarError {
  readonly kind: 'syntax-error'
  readonly message: string
  /** Code points from 0; undefined: unknown. */
  readonly position: number | undefined
}

/**
 * No answer. `broken`: the parser failed (nested too deep, out of memory). `unavailable`: no instance is ready. `text`: a NUL, or no
 * well-formed text. `answer`: its JSON was not as expected.
 */
export interface GrammarFailure {
  readonly kind: 'failed'
  readonly reason: 'broken' | 'unavailable' | 'text' | 'answer'
}

export type ParsedText = { readonly kind: 'parsed'; readonly statements: readonly ParsedStatement[] } | GrammarError | GrammarFailure

/** What a token is, as far as this package needs to know. */
export type TokenKind = 'keyword' | 'identifier' | 'string' | 'number' | 'bits' | 'parameter' | 'operator' | 'comment' | 'unknown'

export interface Token {
  readonly kind: TokenKind
  /** First byte, and the byte after the last. */
  readonly start: number
  readonly end: number
  /** As written. */
  readonly text: string
}

/** The body of one function in PL/pgSQL, as the library prints it: PLpgSQL_function's fields. */
export type ParsedRoutine = { readonly kind: 'parsed'; readonly routine: Fields } | GrammarError | GrammarFailure

export type ScannedText = { readonly kind: 'scanned'; readonly tokens: readonly Token[] } | GrammarError | GrammarFailure

export interface Grammar {
  parse(text: string): ParsedText
  scan(text: string): ScannedText
  /** 16 hexadecimal digits, equal for texts that differ in constants only (libpg-query's fingerprint); undefined: it does not parse. */
  fingerprint(text: string): string | undefined
  /** @param definition One CREATE FUNCTION ... LANGUAGE plpgsql. Types are not looked up: each is what its name says, or a scalar. */
  plpgsql(definition: string): ParsedRoutine
  /** Instances started and dropped so far. */
  counters(): { readonly started: number; readonly dropped: number }
  /** Settles when a spare instance stands by again. */
  ready(): Promise<void>
}

/**
 * Control characters that the library's scanner writes into its JSON as they are. Where a text that parses has one, it stands in a
 * string, a quoted name or a comment, or it is a blank; in each of these a space gives the same tokens.
 */
const UNESCAPED = /[\x01-\x08\x0b\x0c\x0e-\x1f]/g

/** An instance's memory never shrinks; above this it is replaced, bytes. It starts at 128 MiB and ends at 1 GiB. */
const MAX_INSTANCE_BYTES = 512 * 1024 * 1024

/** @param compile Replaced in tests. */
export async function loadGrammar(compile: () => Promise<() => Promise<WasmInstance>> = compileGrammar): Promise<Grammar> {
  const start = await compile()
  const instances = new Instances(start)
  await instances.ready()
  return {
    parse(text) {
      const answer = instances.ask(text, (instance, bytes) => instance.parse(bytes))
      return answer.kind === 'json' ? readParse(answer.json, Buffer.byteLength(text)) : answer
    },
    scan(text) {
      const answer = instances.ask(text.replace(UNESCAPED, ' '), (instance, bytes) => instance.scan(bytes))
      return answer.kind === 'json' ? readScan(answer.json, text) : answer
    },
    fingerprint(text) {
      const answer = instances.ask(text, (instance, bytes) => instance.fingerprint(bytes))
      return answer.kind === 'json' ? answer.json : undefined
    },
    plpgsql(definition) {
      const answer = instances.ask(definition, (instance, bytes) => instance.plpgsql(bytes))
      return answer.kind === 'json' ? readRoutine(answer.json) : answer
    },
    counters: () => instances.counters(),
    ready: () => instances.ready(),
  }
}

type JsonAnswer = Extract<RawAnswer, { readonly kind: 'json' }>

/** The instance in use and its spare. */
class Instances {
  readonly #start: () => Promise<WasmInstance>
  #current: WasmInstance | undefined
  #spare: WasmInstance | undefined
  #starting: Promise<void> | undefined
  #started = 0
  #dropped = 0

  constructor(start: () => Promise<WasmInstance>) { this.#start = start }

  counters(): { readonly started: number; readonly dropped: number } { return { started: this.#started, dropped: this.#dropped } }

  /** Starts what is missing, one at a time. A failed start rejects here, and is tried again by the next call. */
  async ready(): Promise<void> {
    while (this.#current === undefined || this.#spare === undefined) await this.#startOne()
  }

  #startOne(): Promise<void> {
    this.#starting ??= this.#start().then((instance) => {
      this.#started += 1
      if (this.#current === undefined) this.#current = instance
      else this.#spare = instance
    }).finally(() => { this.#starting = undefined })
    return this.#starting
  }

  ask(text: string, use: (instance: WasmInstance, bytes: Uint8Array) => RawAnswer): JsonAnswer | GrammarError | GrammarFailure {
    if (text.includes('\0') || !text.isWellFormed()) return { kind: 'failed', reason: 'text' }
    const instance = this.#current
    if (instance === undefined) {
      this.#replenish()
      return { kind: 'failed', reason: 'unavailable' }
    }
    const bytes = Buffer.from(text, 'utf8')
    // The library takes an empty text for a missing one; a blank means the same to the grammar.
    const answer = attempt(() => use(instance, bytes.length === 0 ? Buffer.from(' ') : bytes))
    if (answer === undefined) {
      this.#drop()
      return { kind: 'failed', reason: 'broken' }
    }
    if (instance.memoryBytes() > MAX_INSTANCE_BYTES) this.#drop()
    if (answer.kind === 'json') return answer
    if (answer.message.startsWith('out of memory')) {
      this.#drop()
      return { kind: 'failed', reason: 'broken' }
    }
    return { kind: 'syntax-error', message: answer.message, position: answer.position < 0 ? undefined : answer.position }
  }

  #drop(): void {
    this.#dropped += 1
    this.#current = this.#spare
    this.#spare = undefined
    this.#replenish()
  }

  /** A start that fails leaves its place empty: `ask` then answers `unavailable` and tries again. */
  #replenish(): void {
    this.ready().catch(() => { this.#starting = undefined })
  }
}

/** @returns undefined when the instance threw whatever it threw: a RangeError, a WebAssembly.RuntimeError, an abort. */
function attempt(use: () => RawAnswer): RawAnswer | undefined {
  try {
    return use()
  } catch {
    return undefined // not the caller's to know which: every exception ends the instance
  }
}

function readParse(json: string, totalBytes: number): ParsedText {
  const raw = readList(json, 'stmts')
  if (raw === undefined) return { kind: 'failed', reason: 'answer' }
  const statements: ParsedStatement[] = []
  for (const item of raw) {
    const node = isFields(item) ? nodeField(item, 'stmt') : undefined
    if (!isFields(item) || node === undefined) return { kind: 'failed', reason: 'answer' }
    const start = numberField(item, 'stmt_location')
    const length = numberField(item, 'stmt_len')
    statements.push({ start, length: length === 0 ? totalBytes - start : length, node })
  }
  return { kind: 'parsed', statements }
}

function readRoutine(json: string): ParsedRoutine {
  const [first, ...more] = readList(json, 'plpgsql_funcs') ?? []
  const routine = toNode(first)
  return routine?.type === 'PLpgSQL_function' && more.length === 0 ? { kind: 'parsed', routine: routine.fields } : { kind: 'failed', reason: 'answer' }
}

/** INVARIANT: tokens stand in order, and between them are blanks only: nothing of a text escapes who looks at its tokens. */
function readScan(json: string, text: string): ScannedText {
  const raw = readList(json, 'tokens')
  if (raw === undefined) return { kind: 'failed', reason: 'answer' }
  const bytes = Buffer.from(text, 'utf8')
  const tokens: Token[] = []
  let end = 0
  for (const item of raw) {
    if (!isFields(item)) return { kind: 'failed', reason: 'answer' }
    const start = numberField(item, 'start')
    const blank = isBlank(bytes, end, start)
    end = numberField(item, 'end')
    if (!blank || end <= start) return { kind: 'failed', reason: 'answer' }
    const kind = tokenKind(numberField(item, 'tokenType'), numberField(item, 'keywordKind'))
    tokens.push({ kind, start, end, text: bytes.toString('utf8', start, end) })
  }
  return isBlank(bytes, end, bytes.length) ? { kind: 'scanned', tokens } : { kind: 'failed', reason: 'answer' }
}

/** PostgreSQL, scan.l, space. */
const BLANKS: ReadonlySet<number> = new Set(Buffer.from(' \t\n\r\f\v'))

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  if (start > end || end > bytes.length) return false
  for (let at = start; at < end; at += 1) if (!BLANKS.has(bytes[at] ?? -1)) return false
  return true
}

function readList(json: string, name: string): readonly unknown[] | undefined {
  try {
    const result: unknown = JSON.parse(json)
    const list = isFields(result) ? result[name] : undefined
    return Array.isArray(list) ? list : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // not JSON: the caller answers `answer`
    throw error
  }
}

/** Numbers of the grammar's terminals: pg_query.proto of libpg-query 18, enum Token. Under 128 a character stands for itself. */
function tokenKind(type: number, keywordKind: number): TokenKind {
  if (keywordKind !== 0) return 'keyword'
  switch (type) {
    case 258: case 259: return 'identifier' // IDENT, UIDENT
    case 260: case 266: return 'number' // FCONST, ICONST
    case 261: case 262: return 'string' // SCONST, USCONST
    case 263: case 264: return 'bits' // BCONST, XCONST
    case 267: return 'parameter' // PARAM
    case 265: case 268: case 269: case 270: case 271: case 272: case 273: case 274: return 'operator' // Op, ::, .., :=, =>, <=, >=, <>
    case 275: case 276: return 'comment' // SQL_COMMENT, C_COMMENT
    default: return type > 0 && type < 128 ? 'operator' : 'unknown'
  }
}
