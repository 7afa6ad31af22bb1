/**
 * Blocks and statements of PL/pgSQL. Every statement of the language has a case; those that run text of their own making, end transactions,
 * handle cursors by name or read messages of errors are not read, and say so by name. Statements that PL/pgSQL hands to the server are told
 * by their first word. Source: PostgreSQL, src/pl/plpgsql/src/pl_gram.y and pl_scanner.c, 15 to 18.
 */
import type { BodyReader } from './body-reader.ts'
import { readDeclarations } from './read-declarations.ts'
import { readFor, readForeach } from './read-loops.ts'
import { readRaise } from './read-raise.ts'
import { notRead, type Target } from './routine.ts'

/** A block with its declarations and handlers, from its label on; its semicolon stays unread. */
export function readBlock(reader: BodyReader, label: string | undefined): void {
  const { tokens } = reader
  reader.statements.push('block')
  reader.inside(label, () => {
    if (tokens.word() === 'declare') {
      tokens.skip()
      readDeclarations(reader)
    }
    tokens.takeWord('begin')
    readStatements(reader)
    if (tokens.word() === 'exception') readHandlers(reader)
    tokens.takeWord('end')
  })
  // A label may be repeated.
  if (!tokens.atEnd && tokens.sign() !== ';') tokens.takeName()
}

function readHandlers(reader: BodyReader): void {
  const { tokens } = reader
  tokens.skip()
  reader.implicit('sqlstate', { kind: 'oid', oid: TEXT })
  reader.implicit('sqlerrm', { kind: 'message' })
  do {
    tokens.takeWord('when')
    // Which errors are caught: names, or SQLSTATE and a literal.
    tokens.skipUntil('then')
    tokens.skip()
    readStatements(reader)
  } while (tokens.word() === 'when')
}

const TEXT = 25

/** Words that end a list of statements. EXCEPTION begins handlers, unless it is somebody's variable. */
const ENDS: ReadonlySet<string> = new Set(['end', 'else', 'elsif', 'elseif', 'when', 'exception'])

export function readStatements(reader: BodyReader): void {
  const { tokens } = reader
  while (!tokens.atEnd && !(ENDS.has(tokens.word() ?? '') && !isAssignment(reader))) {
    reader.deeper(() => { readStatement(reader) })
    tokens.takeSign(';')
  }
}

/** At the start of a statement names are variables only where `:=`, `=`, `[` or a dot says so. */
function isAssignment({ tokens }: BodyReader): boolean {
  const length = tokens.namesLength()
  const next = tokens.sign(length)
  return length > 1 || (length === 1 && (next === ':=' || next === '=' || next === '['))
}

/** First words of statements that are run as they are. */
const PLAIN: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'merge', 'with', 'values', 'table'])
const NOT_READ: ReadonlySet<string> = new Set([
  'execute', 'call', 'do', 'commit', 'rollback', 'open', 'fetch', 'move', 'close', 'set', 'reset', 'show', 'create', 'alter', 'drop', 'truncate', 'grant', 'revoke', 'lock',
  'notify', 'listen', 'unlisten', 'copy', 'explain', 'analyze', 'vacuum', 'reindex', 'cluster', 'refresh', 'comment', 'prepare', 'deallocate', 'discard', 'import', 'declare',
])

/** One statement without its semicolon. */
function readStatement(reader: BodyReader): void {
  const { tokens } = reader
  if (tokens.sign() === '<<') { readLabelled(reader); return }
  if (isAssignment(reader)) { readAssignment(reader); return }
  const word = tokens.word() ?? ''
  switch (word) {
    case 'declare': case 'begin': readBlock(reader, undefined); return
    case 'if': readIf(reader); return
    case 'case': readCase(reader); return
    case 'loop': case 'while': case 'for': case 'foreach': readLoop(reader, undefined); return
    case 'exit': case 'continue': readExit(reader); return
    case 'return': readReturn(reader); return
    case 'raise': readRaise(reader); return
    case 'assert': readAssert(reader); return
    case 'perform': readPerform(reader); return
    case 'get': readDiagnostics(reader); return
    case 'null': tokens.skip(); return
  }
  if (PLAIN.has(word)) { readPlain(reader); return }
  throw notRead(NOT_READ.has(word) ? word.toUpperCase() : 'a statement that is not known')
}

/** `<<label>>` before a block or a loop. */
function readLabelled(reader: BodyReader): void {
  const { tokens } = reader
  tokens.skip()
  const label = tokens.takeName()
  tokens.takeSign('>>')
  const word = tokens.word()
  if (word === 'declare' || word === 'begin') readBlock(reader, label)
  else readLoop(reader, label)
}

/** `target := expression`, with subscripts and further fields after the name. */
function readAssignment(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('assign')
  const from = tokens.position
  const target = reader.target()
  const isWhole = tokens.sign() === ':=' || tokens.sign() === '='
  tokens.skipUntil(':=', '=')
  const place = tokens.text(from, tokens.position)
  const start = from
  tokens.skip()
  const sql = reader.expression(';')
  // The library shows both sides together.
  reader.texts.pop()
  reader.texts.push(tokens.text(start, tokens.position))
  if (isWhole) reader.step({ kind: 'assign', target, sql })
  else reader.step({ kind: 'assign-part', target, place: { text: place, form: 'expression', namespace: reader.namespace }, sql })
}

function readIf(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('if')
  do {
    tokens.skip()
    reader.step({ kind: 'decide', by: 'IF', sql: reader.expression('then') })
    tokens.skip()
    readStatements(reader)
  } while (tokens.word() === 'elsif' || tokens.word() === 'elseif')
  if (tokens.word() === 'else') {
    tokens.skip()
    readStatements(reader)
  }
  tokens.takeWord('end')
  tokens.takeWord('if')
}

/** `CASE expression WHEN value, ... THEN` compares one value; `CASE WHEN condition THEN` is an IF. */
function readCase(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('case')
  tokens.skip()
  const outer = reader.namespace
  let tested: string | undefined
  if (tokens.word() !== 'when') {
    const sql = reader.expression('when')
    tested = `__Case__Variable_${reader.variables.length}__`
    reader.step({ kind: 'set', variable: reader.implicit(tested, { kind: 'tested' }), sql })
  }
  if (tokens.word() !== 'when') throw tokens.unexpected()
  while (tokens.word() === 'when') {
    tokens.skip()
    const sql = reader.expression('then')
    reader.step({ kind: 'decide', by: 'CASE', sql: tested === undefined ? sql : { ...sql, text: `"${tested}" IN (${sql.text}\n)` } })
    tokens.skip()
    readStatements(reader)
  }
  reader.namespace = outer
  if (tokens.word() === 'else') {
    tokens.skip()
    readStatements(reader)
  }
  tokens.takeWord('end')
  tokens.takeWord('case')
}

function readLoop(reader: BodyReader, label: string | undefined): void {
  const { tokens } = reader
  const word = tokens.word()
  reader.inside(label, () => {
    switch (word) {
      case 'loop': reader.statements.push('loop'); break
      case 'while':
        reader.statements.push('while')
        tokens.skip()
        reader.step({ kind: 'decide', by: 'WHILE', sql: reader.expression('loop') })
        break
      case 'for': readFor(reader); break
      case 'foreach': readForeach(reader); break
      default: throw tokens.unexpected()
    }
    tokens.takeWord('loop')
    readStatements(reader)
    tokens.takeWord('end')
    tokens.takeWord('loop')
  })
  if (tokens.sign() !== ';') tokens.takeName()
}

function readExit(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('exit')
  tokens.skip()
  if (tokens.sign() !== ';' && tokens.word() !== 'when') tokens.takeName()
  if (tokens.word() !== 'when') return
  tokens.skip()
  reader.step({ kind: 'decide', by: 'EXIT', sql: reader.expression(';') })
}

function readReturn(reader: BodyReader): void {
  const { tokens } = reader
  tokens.skip()
  const word = tokens.word()
  if (word === 'query') {
    reader.statements.push('return_query')
    tokens.skip()
    if (tokens.word() === 'execute') throw notRead('RETURN QUERY EXECUTE')
    reader.step({ kind: 'return-rows', sql: reader.statement() })
    return
  }
  reader.statements.push(word === 'next' ? 'return_next' : 'return')
  if (word === 'next') tokens.skip()
  if (tokens.sign() === ';') { if (word === 'next') reader.step({ kind: 'return-parameters' }); return }
  const isName = tokens.namesLength() > 0 && tokens.sign(tokens.namesLength()) === ';'
  const sql = reader.expression(';')
  reader.step({ kind: 'return', sql })
  // Of a variable alone the library shows its number; of a record's field it may show the text.
  if (isName) reader.names.push(reader.texts.pop() ?? '')
}

function readAssert(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('assert')
  tokens.skip()
  reader.step({ kind: 'decide', by: 'ASSERT', sql: reader.expression(',', ';') })
  if (tokens.sign() !== ',') return
  tokens.skip()
  reader.step({ kind: 'show', by: 'ASSERT', sql: reader.expression(';') })
}

/** PERFORM stands for SELECT. */
function readPerform(reader: BodyReader): void {
  reader.statements.push('perform')
  const { text, namespace } = reader.statement()
  const sql = { text: `SELECT${text.slice('perform'.length)}`, form: 'statement', namespace } as const
  reader.texts.pop()
  reader.texts.push(sql.text)
  reader.step({ kind: 'run', sql, into: [] })
}

/** A statement that is run as it is, but for INTO, which names variables: blanks take its place. */
function readPlain(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('execsql')
  const first = tokens.token()?.start ?? 0
  let into: { readonly targets: readonly Target[]; readonly start: number; readonly end: number } | undefined
  for (let depth = 0; ; ) {
    const mark = tokens.sign() ?? tokens.word()
    if (mark === ';') { if (depth === 0) break; throw notRead('a semicolon in parentheses') }
    if (tokens.atEnd) throw tokens.unexpected()
    if (mark === '(') depth += 1
    if (mark === ')') depth -= 1
    const before = tokens.sign(-2) === '.' ? undefined : tokens.word(-1)
    if (mark !== 'into' || before === 'insert' || before === 'merge') { tokens.skip(); continue }
    if (into !== undefined) throw notRead('INTO twice')
    const start = tokens.token()?.start ?? 0
    tokens.skip()
    if (tokens.word() === 'strict') tokens.skip()
    const targets = reader.targets()
    into = { targets, start, end: tokens.token()?.start ?? start }
  }
  const last = tokens.token(-1)?.end ?? first
  const text = into === undefined ? tokens.slice(first, last)
    : `${tokens.slice(first, into.start)}${' '.repeat(into.end - into.start)}${tokens.slice(into.end, Math.max(into.end, last))}`
  reader.texts.push(text.trimEnd())
  reader.step({ kind: 'run', sql: { text: text.trimEnd(), form: 'statement', namespace: reader.namespace }, into: into?.targets ?? [] })
}

const DIAGNOSTICS: ReadonlySet<string> = new Set(['row_count', 'pg_context', 'pg_routine_oid'])

/** About the call itself. What STACKED gives is texts of errors, with values in them. */
function readDiagnostics(reader: BodyReader): void {
  const { tokens } = reader
  reader.statements.push('getdiag')
  tokens.skip()
  if (tokens.word() === 'stacked') throw notRead('GET STACKED DIAGNOSTICS')
  if (tokens.word() === 'current') tokens.skip()
  tokens.takeWord('diagnostics')
  do {
    if (tokens.sign() === ',') tokens.skip()
    const target = reader.target()
    if (tokens.sign() !== ':=') tokens.takeSign('=')
    else tokens.skip()
    if (!DIAGNOSTICS.has(tokens.word() ?? '')) throw notRead('GET DIAGNOSTICS of something else')
    tokens.skip()
    reader.step({ kind: 'count', target })
  } while (tokens.sign() === ',')
}
