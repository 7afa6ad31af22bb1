/**
 * Bodies of functions, taken apart into statements that the server can analyse one by one: SQL bodies at their semicolons, and the
 * simplest of PL/pgSQL, a block of RETURN QUERY, RETURN, PERFORM and plain statements without variables. Anything else of PL/pgSQL is not
 * understood. The lexical rules are the server's (standard_conforming_strings on), so the pieces are the very text that it runs.
 * Source: PostgreSQL, SQL Syntax, Lexical Structure; PL/pgSQL, Structure of PL/pgSQL.
 */

export interface BodyStatement {
  readonly text: string
  /** `rows`: what it yields is among what the function returns. `value`: its one column is the function's value. `effect`: runs, yields nothing. */
  readonly role: 'rows' | 'value' | 'effect'
}

interface Token { readonly start: number; readonly end: number; readonly word: string }

/** Comment, string, escape string, quoted name, dollar quote, word, anything else. Blanks are skipped. */
const TOKEN = /(?<line>--[^\r\n]*)|(?<escape>\b[eE]'(?:[^'\\]|''|\\[\s\S])*')|(?<string>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*")|(?<dollar>\$(?<tag>[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*|)\$[\s\S]*?\$\k<tag>\$)|(?<word>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)|(?<number>\d[\w.]*)|(?<mark>\S)/u

/** Bodies longer than this are not taken apart. */
const MAX_BODY = 100_000

/** @returns undefined: it does not come apart by the rules above. */
function tokensOf(source: string): readonly Token[] | undefined {
  if (source.length > MAX_BODY) return undefined
  const tokens: Token[] = []
  const pattern = new RegExp(TOKEN.source, 'uy')
  let afterEscapeString: 'yes' | 'no' = 'no'
  let at = 0
  while (at < source.length) {
    const comment = blockComment(source, at)
    if (comment !== undefined) {
      if (comment < 0) return undefined
      at = comment
      continue
    }
    if (/\s/.test(source.charAt(at))) { at += 1; continue }
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match === null) return undefined
    const { groups = {} } = match
    // A quote that nothing closes.
    if (groups['mark'] !== undefined && /['"]/.test(match[0])) return undefined
    // E'a' 'b' over two lines is one string, and escapes hold in its second part as well.
    if (groups['string'] !== undefined && afterEscapeString === 'yes') return undefined
    if (groups['line'] === undefined) afterEscapeString = groups['escape'] === undefined ? 'no' : 'yes'
    if (groups['line'] === undefined) tokens.push({ start: at, end: at + match[0].length, word: groups['word'] === undefined ? match[0] : match[0].toLowerCase() })
    at += match[0].length
  }
  return tokens
}

/** Where a block comment at `at` ends; they nest. Undefined: none begins here. Negative: it does not end. */
function blockComment(source: string, at: number): number | undefined {
  if (!source.startsWith('/*', at)) return undefined
  let depth = 0
  for (let index = at; index < source.length; index += 1) {
    if (source.startsWith('/*', index)) { depth += 1; index += 1 }
    else if (source.startsWith('*/', index)) {
      depth -= 1
      index += 1
      if (depth === 0) return index + 1
    }
  }
  return -1
}

/** Runs of tokens between semicolons. */
function piecesOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const pieces: Token[][] = [[]]
  for (const token of tokens) {
    if (token.word === ';') pieces.push([])
    else pieces.at(-1)?.push(token)
  }
  return pieces.filter(piece => piece.length > 0)
}

const textOf = (source: string, piece: readonly Token[], from = 0): string => source.slice(piece[from]?.start ?? 0, piece.at(-1)?.end ?? 0)

/** The statements of a body in SQL: what the last one yields is what the function returns. */
export function sqlBody(source: string): readonly BodyStatement[] | undefined {
  const tokens = tokensOf(source)
  if (tokens === undefined) return undefined
  const pieces = piecesOf(tokens)
  return pieces.map((piece, index) => ({ text: textOf(source, piece), role: index === pieces.length - 1 ? 'rows' : 'effect' }))
}

/** First words of statements that PL/pgSQL hands to the server as they are. */
const PLAIN_STATEMENTS: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge'])

/** @returns undefined: variables, conditions, loops, dynamic SQL, handlers, or anything else that is not read. */
export function plpgsqlBody(source: string): readonly BodyStatement[] | undefined {
  const tokens = tokensOf(source)
  if (tokens === undefined) return undefined
  const [begin, ...rest] = tokens
  // Options (#variable_conflict) and labels come before BEGIN.
  if (begin?.word !== 'begin') return undefined
  const pieces = [...piecesOf(rest)]
  const end = pieces.pop()
  if (end?.[0]?.word !== 'end' || end.length > 1) return undefined
  const statements: BodyStatement[] = []
  for (const piece of pieces) {
    const statement = plpgsqlStatement(source, piece)
    if (statement === undefined) return undefined
    if (statement !== 'nothing') statements.push(statement)
  }
  return statements
}

function plpgsqlStatement(source: string, piece: readonly Token[]): BodyStatement | 'nothing' | undefined {
  const [first, second, third] = piece.map(token => token.word)
  // INTO names a variable, wherever it stands, but for INSERT INTO.
  const into = piece.some((token, index) => token.word === 'into' && !(index === 1 && first === 'insert') && !(index === 1 && first === 'merge'))
  if (into) return undefined
  if (first === 'null' && piece.length === 1) return 'nothing'
  if (first === 'return') {
    if (second === undefined) return 'nothing'
    if (second === 'next') return undefined
    if (second === 'query') return third === 'execute' || third === undefined ? undefined : { text: textOf(source, piece, 2), role: 'rows' }
    return { text: `SELECT ${textOf(source, piece, 1)}`, role: 'value' }
  }
  if (first === 'perform') return second === undefined ? undefined : { text: `SELECT ${textOf(source, piece, 1)}`, role: 'effect' }
  return first !== undefined && PLAIN_STATEMENTS.has(first) ? { text: textOf(source, piece), role: 'effect' } : undefined
}
