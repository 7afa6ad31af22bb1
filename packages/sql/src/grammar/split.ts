/**
 * Splits a simple Query's text into pieces that are sent one by one. A piece ends behind its statement's semicolon; blanks, comments and
 * further semicolons belong to the piece that follows, and those at the end to the last. INVARIANT: pieces follow each other without
 * gap and cover the text, and each piece of several, parsed alone, is the one statement that stood there.
 */
import type { Grammar, GrammarFailure, GrammarError } from './grammar.ts'
import type { AstNode } from './ast.ts'
import { isSameTree } from './same-tree.ts'

/** One piece, not read yet. `node` is that of the piece's own text. Undefined: an empty query. */
export interface SplitPiece {
  readonly start: number
  readonly length: number
  readonly text: string
  readonly node: AstNode | undefined
}

export type SplitText =
  | { readonly kind: 'split'; readonly pieces: readonly SplitPiece[] }
  | { readonly kind: 'failed'; readonly reason: 'too-many' }
  | GrammarError | GrammarFailure

/** The whole text is one piece when it holds one statement, or none. */
export function splitText(grammar: Grammar, text: string, maxStatements: number): SplitText {
  const parsed = grammar.parse(text)
  if (parsed.kind !== 'parsed') return parsed
  if (parsed.statements.length > maxStatements) return { kind: 'failed', reason: 'too-many' }
  const bytes = Buffer.from(text, 'utf8')
  if (parsed.statements.length <= 1) {
    return { kind: 'split', pieces: [{ start: 0, length: bytes.length, text, node: parsed.statements[0]?.node }] }
  }
  const pieces: SplitPiece[] = []
  let start = 0
  for (const [index, statement] of parsed.statements.entries()) {
    const last = index === parsed.statements.length - 1
    const semicolon = statement.start + statement.length
    // INVARIANT: only a semicolon separates statements (gram.y, stmtmulti); a parser that says otherwise is not believed.
    if (!last && bytes[semicolon] !== SEMICOLON) return { kind: 'failed', reason: 'answer' }
    const end = last ? bytes.length : semicolon + 1
    const piece = bytes.toString('utf8', start, end)
    const alone = grammar.parse(piece)
    if (alone.kind === 'failed') return alone
    const node = alone.kind === 'parsed' && alone.statements.length === 1 ? alone.statements[0]?.node : undefined
    if (node === undefined || node.type !== statement.node.type || !isSameTree(node.fields, statement.node.fields)) return { kind: 'failed', reason: 'answer' }
    pieces.push({ start, length: end - start, text: piece, node })
    start = end
  }
  return { kind: 'split', pieces }
}

const SEMICOLON = 0x3b
