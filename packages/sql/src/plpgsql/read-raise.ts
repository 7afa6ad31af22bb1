/** RAISE: everything that goes into its message or its fields is shown to whoever called. Source: pl_gram.y (stmt_raise). */
import type { BodyReader } from './body-reader.ts'

const LEVELS: ReadonlySet<string> = new Set(['exception', 'warning', 'notice', 'info', 'log', 'debug'])

/** RAISE [level] ['format' [, expression ...] | condition | SQLSTATE 'code'] [USING option = expression, ...]; its semicolon stays unread. */
export function readRaise(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('raise')
  tokens.skip()
  if (LEVELS.has(tokens.word() ?? '')) tokens.skip()
  if (tokens.sign() === ';') return
  if (tokens.token()?.kind === 'string') {
    tokens.skip()
    while (tokens.sign() === ',') {
      tokens.skip()
      reader.step({ kind: 'show', by: 'RAISE', sql: reader.expression(',', ';', 'using') })
    }
  } else if (tokens.word() === 'sqlstate') {
    tokens.skip()
    if (tokens.token()?.kind !== 'string') throw tokens.unexpected()
    tokens.skip()
  } else if (tokens.word() !== 'using') {
    tokens.takeName()
  }
  if (tokens.word() === 'using') readOptions(reader)
}

function readOptions(reader: BodyReader): void {
  const { tokens } = reader
  do {
    tokens.skip()
    tokens.takeName()
    if (tokens.sign() !== ':=') tokens.takeSign('=')
    else tokens.skip()
    reader.step({ kind: 'show', by: 'RAISE', sql: reader.expression(',', ';') })
  } while (tokens.sign() === ',')
}
