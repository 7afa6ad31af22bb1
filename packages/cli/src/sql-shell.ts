/** The prompt of `doorward sql`: statements up to a semicolon, a few commands that begin with a backslash, answers as tables. */
import { createInterface } from 'node:readline/promises'
import type { NoticeFields } from '@doorward/gateway'
import { writeLine, type CliIo } from './cli-io.ts'
import { quoteLiteral } from './setup-postgres-sql.ts'
import type { SqlAnswer, SqlConnection } from './sql-connection.ts'
import { toPrintable, toTableText } from './table-text.ts'

/** Types whose values line up on the right: PostgreSQL, pg_type, the integers, oid, float4, float8 and numeric. */
const NUMERIC_TYPES: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700])

/** A cancel request is one packet to a gateway that is there. */
const CANCEL_WITHIN_MS = 5_000

const HELP = [
  'statements end with a semicolon and may span lines',
  '  \\d           tables and views you can name',
  '  \\d TABLE     its columns, as schema.table',
  '  \\purpose P   state a purpose of use: TREAT, HOPERAT, ...',
  '  \\?           this help',
  '  \\q           quit',
].join('\n')

const LIST_TABLES = `select n.nspname as schema, c.relname as name, case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2`

/** Runs texts and prints their answers. @returns whether all of them worked. */
export async function runSql(connection: SqlConnection, sql: string, io: CliIo, signal: AbortSignal): Promise<boolean> {
  const answers = await connection.query(sql, signal)
  for (const answer of answers) print(answer, io)
  return !answers.some((answer) => answer.kind === 'error')
}

/** The prompt, until `\q`, the end of input, or `signal`. */
export async function runShell(connection: SqlConnection, resource: string, io: CliIo, signal: AbortSignal): Promise<void> {
  const isInteractive = io.stdin.isTTY === true
  const lines = createInterface({ input: io.stdin, ...(isInteractive ? { output: io.stdout } : {}), terminal: isInteractive, prompt: `${resource}=> ` })
  signal.addEventListener('abort', () => { lines.close() })
  let pending = ''
  const ask = (): void => {
    lines.setPrompt(pending === '' ? `${resource}=> ` : `${resource}-> `)
    if (isInteractive) lines.prompt()
  }
  if (isInteractive) writeLine(io.stdout, 'a small client of Doorward\'s own; \\? for help')
  let isRunning = false
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    isRunning = true
    try {
      await work()
    } finally {
      isRunning = false
    }
  }
  // Ctrl-C cancels what runs, else drops what was typed; on an empty line it leaves.
  lines.on('SIGINT', () => {
    if (isRunning) {
      connection.cancel(AbortSignal.timeout(CANCEL_WITHIN_MS)).catch((error: unknown) => { writeLine(io.stderr, `not cancelled: ${error instanceof Error ? error.message : 'unknown fault'}`) })
      return
    }
    if (isInteractive) writeLine(io.stdout, '^C')
    if (pending === '' && lines.line === '') {
      lines.close()
      return
    }
    pending = ''
    lines.write(null, { ctrl: true, name: 'u' }) // readline's own key for: forget the line
    ask()
  })
  ask()
  for await (const line of lines) {
    const command = pending === '' ? line.trim() : ''
    if (command === '\\q' || command === 'quit' || command === 'exit') break
    if (command.startsWith('\\')) await run(() => runBackslash(connection, command, io, signal))
    else {
      pending = pending === '' ? line : `${pending}\n${line}`
      if (pending.trim() === '') pending = ''
      if (pending.trimEnd().endsWith(';')) {
        const sql = pending
        pending = ''
        await run(() => runSql(connection, sql, io, signal))
      }
    }
    ask()
  }
  // Piped input may end without a semicolon.
  if (!isInteractive && pending.trim() !== '') await runSql(connection, pending, io, signal)
  lines.close()
}

async function runBackslash(connection: SqlConnection, command: string, io: CliIo, signal: AbortSignal): Promise<void> {
  const [word = '', argument = ''] = command.split(/\s+/, 2)
  switch (word) {
    case '\\?': writeLine(io.stdout, HELP); return
    case '\\d': await runSql(connection, argument === '' ? LIST_TABLES : describeTable(argument), io, signal); return
    case '\\purpose': await runSql(connection, `set doorward.purpose = ${quoteLiteral(argument)}`, io, signal); return
    default: writeLine(io.stderr, `no command ${toPrintable(word)}; \\? lists them`)
  }
}

function describeTable(name: string): string {
  return `select a.attname as column, pg_catalog.format_type(a.atttypid, a.atttypmod) as type, case when a.attnotnull then 'not null' else '' end as nullable
from pg_catalog.pg_attribute a where a.attrelid = ${quoteLiteral(name)}::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`
}

function print(answer: SqlAnswer, io: CliIo): void {
  switch (answer.kind) {
    case 'rows': writeLine(io.stdout, toTableText(answer.columns.map(({ name, typeOid }) => ({ name, align: NUMERIC_TYPES.has(typeOid) ? 'right' : 'left' })), answer.rows)); return
    case 'copied': io.stdout.write(answer.text.split('\n').map(toPrintable).join('\n')); return
    // The table says how many rows a SELECT gave.
    case 'done': if (answer.tag !== '' && !answer.tag.startsWith('SELECT ')) writeLine(io.stdout, toPrintable(answer.tag)); return
    case 'notice': case 'error': writeLine(io.stderr, describeNotice(answer.fields))
  }
}

/** An error or a notice as psql shows it. */
export function describeNotice(fields: NoticeFields): string {
  const field = (letter: string): string => toPrintable(fields.get(letter) ?? '')
  const lines = [`${field('V') || field('S')} ${field('C')}: ${field('M')}`]
  if (fields.has('D')) lines.push(`DETAIL:  ${field('D')}`)
  if (fields.has('H')) lines.push(`HINT:  ${field('H')}`)
  return lines.join('\n')
}
