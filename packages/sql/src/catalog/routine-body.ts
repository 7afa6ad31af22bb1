/**
 * Bodies of functions in SQL, taken apart at their semicolons into statements that the server can analyse one by one. The lexical rules are
 * the server's (standard_conforming_strings on), so the pieces are the very text that it runs. Bodies in PL/pgSQL: ../plpgsql.
 * Source: PostgreSQL, SQL Syntax, Lexical Structure.
 */

export interface BodyStatement {
  readonly text: string
  /** `rows`: what it yields is what the function returns. `effect`: runs, yields nothing. */
  readonly role: 'rows' | 'effect'
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

const textOf = (source: string, piece: readonly Token[]): string => source.slice(piece[0]?.start ?? 0, piece.at(-1)?.end ?? 0)

/** The statements of a body in SQL: what the last one yields is what the function returns. */
export function sqlBody(source: string): readonly BodyStatement[] | undefined {
  const tokens = tokensOf(source)
  if (tokens === undefined) return undefined
  const pieces = piecesOf(tokens)
  return pieces.map((piece, index) => ({ text: textOf(source, piece), role: index === pieces.length - 1 ? 'rows' : 'effect' }))
}
