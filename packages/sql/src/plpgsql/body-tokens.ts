/**
 * The tokens of a PL/pgSQL body, one after another, as PostgreSQL's own scanner cuts them (PL/pgSQL uses the same one). Names come as
 * the server takes them: lower case unless quoted. Where it stops: names in Unicode escapes or over 63 bytes are not read.
 */
import type { Grammar, Token } from '../grammar/index.ts'
import { notRead } from './routine.ts'

/** NAMEDATALEN - 1: the server cuts longer names. */
const MAX_NAME_BYTES = 63

/** Words that are keywords wherever they stand. Source: PostgreSQL, src/pl/plpgsql/src/pl_reserved_kwlist.h, 15 to 18. */
export const RESERVED: ReadonlySet<string> = new Set([
  'all', 'begin', 'by', 'case', 'declare', 'else', 'end', 'execute', 'for', 'foreach', 'from', 'if', 'in', 'into', 'loop', 'not', 'null', 'or', 'strict', 'then', 'to',
  'using', 'when', 'while',
])

export class BodyTokens {
  readonly #bytes: Buffer
  readonly #tokens: readonly Token[]
  #next = 0

  /** @throws {SqlFault} `unsupported`: the body does not scan. */
  constructor(grammar: Pick<Grammar, 'scan'>, source: string) {
    this.#bytes = Buffer.from(source, 'utf8')
    const scanned = grammar.scan(source)
    if (scanned.kind !== 'scanned') throw notRead('a body that does not scan')
    this.#tokens = scanned.tokens.filter(token => token.kind !== 'comment')
  }

  get position(): number { return this.#next }
  get atEnd(): boolean { return this.#next >= this.#tokens.length }

  token(offset = 0): Token | undefined { return this.#tokens[this.#next + offset] }
  skip(count = 1): void { this.#next += count }

  /** An unquoted word, in lower case; undefined for anything else. */
  word(offset = 0): string | undefined { return wordOf(this.token(offset)) }

  sign(offset = 0): string | undefined {
    const token = this.token(offset)
    return token?.kind === 'operator' ? token.text : undefined
  }

  /** A name, quoted or not; a reserved word is none. `$1` is the name of a parameter. @throws {SqlFault} */
  name(offset = 0): string | undefined {
    const token = this.token(offset)
    if (token?.kind === 'parameter') return token.text
    if (token === undefined || (token.kind !== 'identifier' && token.kind !== 'keyword')) return undefined
    const name = nameOf(token)
    return token.text.startsWith('"') || !RESERVED.has(name) ? name : undefined
  }

  takeWord(word: string): void { if (this.word() !== word) throw this.unexpected(); this.skip() }
  takeSign(sign: string): void { if (this.sign() !== sign) throw this.unexpected(); this.skip() }

  takeName(): string {
    const name = this.name()
    if (name === undefined) throw this.unexpected()
    this.skip()
    return name
  }

  /** One to three names with dots between, as the server's scanner puts them together. */
  takeNames(): readonly string[] {
    const names = [this.takeName()]
    while (this.sign() === '.' && this.name(1) !== undefined) {
      this.skip()
      names.push(this.takeName())
    }
    if (names.length > 3) throw notRead('a name of more than three parts')
    return names
  }

  /** How many tokens one dotted name takes from here. */
  namesLength(): number {
    if (this.name() === undefined) return 0
    let length = 1
    while (this.sign(length) === '.' && this.name(length + 1) !== undefined) length += 2
    return length
  }

  /** The bytes from token `from` to the end of token `end - 1`; empty when there are none. */
  text(from: number, end: number): string {
    const [first, last] = [this.#tokens[from], this.#tokens[end - 1]]
    return first === undefined || last === undefined || end <= from ? '' : this.slice(first.start, last.end)
  }

  slice(start: number, end: number): string { return this.#bytes.toString('utf8', start, end) }

  /** Skips to the first of these words or signs outside parentheses and brackets. @throws {SqlFault} at the body's end, at a semicolon before it. */
  skipUntil(...stops: readonly string[]): void {
    let depth = 0
    for (; !this.atEnd; this.skip()) {
      const mark = this.sign() ?? this.word()
      if (depth === 0 && mark !== undefined && stops.includes(mark)) return
      if (mark === '(' || mark === '[') depth += 1
      if (mark === ')' || mark === ']') depth -= 1
      if (mark === ';' || depth < 0) break
    }
    throw this.unexpected()
  }

  unexpected(): Error {
    return notRead(`unexpected ${this.atEnd ? 'end' : this.word() !== undefined && RESERVED.has(this.word() ?? '') ? (this.word() ?? '').toUpperCase() : 'token'}`)
  }
}

function wordOf(token: Token | undefined): string | undefined {
  if (token === undefined || (token.kind !== 'identifier' && token.kind !== 'keyword') || token.text.startsWith('"')) return undefined
  return nameOf(token)
}

/** The server folds ASCII letters only. @throws {SqlFault} */
export function nameOf(token: Token): string {
  if (/^[uU]&"/.test(token.text)) throw notRead('a name in Unicode escapes')
  const name = token.text.startsWith('"') ? token.text.slice(1, -1).replaceAll('""', '"') : token.text.replace(/[A-Z]/g, letter => letter.toLowerCase())
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw notRead(`a name of more than ${MAX_NAME_BYTES} bytes`)
  return name
}
