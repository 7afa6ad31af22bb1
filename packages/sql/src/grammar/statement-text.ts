/**
 * The text of one statement, by bytes and by tokens, and the texts inside it. A text cut out is handed on only with proof: parsed alone,
 * it gives the tree that it has inside.
 */
import type { AstNode } from './ast.ts'
import type { Grammar, Token } from './grammar.ts'
import type { InnerStatement, RawStatement } from './raw-statement.ts'
import { isSameTree } from './same-tree.ts'

/** Reads one statement, given its node and its own text. */
export type ReadStatement = (node: AstNode, text: StatementText) => RawStatement

export class StatementText {
  readonly grammar: Grammar
  readonly text: string
  readonly #read: ReadStatement
  readonly #bytes: Buffer
  #tokens: readonly Token[] | undefined

  constructor(grammar: Grammar, text: string, read: ReadStatement) {
    this.grammar = grammar
    this.text = text
    this.#read = read
    this.#bytes = Buffer.from(text, 'utf8')
  }

  slice(start: number, end: number): string { return this.#bytes.toString('utf8', start, end) }

  /** Without comments, and without the semicolons before and after the statement. Empty when the text does not scan. */
  tokens(): readonly Token[] {
    if (this.#tokens !== undefined) return this.#tokens
    const scanned = this.grammar.scan(this.text)
    const all = scanned.kind === 'scanned' ? scanned.tokens.filter((token) => token.kind !== 'comment') : []
    let first = 0
    let end = all.length
    while (first < end && isSign(all[first], ';')) first += 1
    while (end > first && isSign(all[end - 1], ';')) end -= 1
    this.#tokens = all.slice(first, end)
    return this.#tokens
  }

  /** The index after the one where the parenthesis at `open` closes; undefined when `open` is none or does not close. */
  afterParenthesis(open: number): number | undefined {
    const tokens = this.tokens()
    if (!isSign(tokens[open], '(')) return undefined
    let depth = 0
    for (let index = open; index < tokens.length; index += 1) {
      if (isSign(tokens[index], '(')) depth += 1
      else if (isSign(tokens[index], ')')) {
        depth -= 1
        if (depth === 0) return index + 1
      }
    }
    return undefined
  }

  /** The index of the first keyword `word` outside parentheses, from token `from`. */
  findKeyword(word: string, from: number): number | undefined {
    const tokens = this.tokens()
    let depth = 0
    for (let index = from; index < tokens.length; index += 1) {
      const token = tokens[index]
      if (isSign(token, '(')) depth += 1
      else if (isSign(token, ')')) depth -= 1
      else if (depth === 0 && isKeyword(token, word)) return index
    }
    return undefined
  }

  /** The texts between the commas of the parenthesis at token `open`. Undefined when it is none. */
  listItems(open: number): readonly string[] | undefined {
    const after = this.afterParenthesis(open)
    if (after === undefined) return undefined
    const tokens = this.tokens()
    const items: string[] = []
    let depth = 0
    let first = open + 1
    for (let index = open; index < after; index += 1) {
      const token = tokens[index]
      if (isSign(token, '(') || isSign(token, '[')) depth += 1
      if (isSign(token, ')') || isSign(token, ']')) depth -= 1
      const ends = (depth === 1 && isSign(token, ',')) || depth === 0
      if (!ends) continue
      const start = tokens[first]
      const last = tokens[index - 1]
      if (start === undefined || last === undefined || first > index - 1) return undefined
      items.push(this.slice(start.start, last.end))
      first = index + 1
    }
    return items
  }

  /** The statement in tokens `from` to `end` (exclusive), proved to be `node`. */
  inner(from: number, end: number, node: AstNode | undefined): InnerStatement | undefined {
    const range = this.#range(from, end)
    return range && this.#proved(range, this.slice(range.start, range.end), node)
  }

  /** As {@link inner}, with the text that the server makes of it: `wrap` of the bytes. */
  innerWrapped(from: number, end: number, node: AstNode | undefined, wrap: (text: string) => string): InnerStatement | undefined {
    const range = this.#range(from, end)
    return range && this.#proved(range, wrap(this.slice(range.start, range.end)), node)
  }

  /** The whole statement with tokens `blankFrom` to `blankEnd` (exclusive) replaced by as many spaces as they have bytes. */
  innerWithout(blankFrom: number, blankEnd: number, node: AstNode | undefined): InnerStatement | undefined {
    const tokens = this.tokens()
    const whole = this.#range(0, tokens.length)
    const blank = this.#range(blankFrom, blankEnd)
    if (whole === undefined || blank === undefined) return undefined
    const text = this.slice(whole.start, blank.start) + ' '.repeat(blank.end - blank.start) + this.slice(blank.end, whole.end)
    return this.#proved(whole, text, node)
  }

  #range(from: number, end: number): { readonly start: number; readonly end: number } | undefined {
    const tokens = this.tokens()
    const first = tokens[from]
    const last = tokens[end - 1]
    return first === undefined || last === undefined || from >= end ? undefined : { start: first.start, end: last.end }
  }

  #proved(range: { readonly start: number; readonly end: number }, text: string, node: AstNode | undefined): InnerStatement | undefined {
    if (node === undefined) return undefined
    const alone = this.grammar.parse(text)
    if (alone.kind !== 'parsed' || alone.statements.length !== 1) return undefined
    const parsed = alone.statements[0]?.node
    if (parsed === undefined || parsed.type !== node.type || !isSameTree(parsed.fields, node.fields)) return undefined
    const statement = this.#read(parsed, new StatementText(this.grammar, text, this.#read))
    return { start: range.start, length: range.end - range.start, text, statement }
  }
}

/** A single-character token or operator. */
export function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'operator' && token.text === sign
}

/** @param word Lower case. A quoted identifier is no keyword. */
export function isKeyword(token: Token | undefined, word: string): boolean {
  return token?.kind === 'keyword' && token.text.toLowerCase() === word
}

/** Whether the tokens end in these keywords. */
export function endsWithKeywords(tokens: readonly Token[], words: readonly string[]): boolean {
  return words.every((word, index) => isKeyword(tokens[tokens.length - words.length + index], word))
}
