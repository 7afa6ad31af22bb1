/** A principal at work in the tour: connects through Doorward, asks, and shows what came back, as a client would. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connectPg, PgRefused, type PgClient, type PgMessage, type PgResult } from '@doorward/testkit'
import { toTableText } from 'doorward'
import { Sensitive } from '@doorward/core'
import { DATABASE } from './demo-folder.ts'
import type { DemoPrincipal } from './principals.ts'
import type { RunningDemo } from './start-demo.ts'
import type { TourReport } from './tour-report.ts'

/** How often a notice is looked for: the client of the testkit keeps them, and calls nobody. */
const LOOK_MS = 20

export interface Answer {
  readonly rows: PgResult['rows']
  /** Undefined: it worked. */
  readonly error: PgMessage | undefined
}

export interface HeldAnswer {
  /** What the client was told while it waits; undefined: it did not have to wait. */
  readonly notice: PgMessage | undefined
  /** Waits for the answer and prints it. */
  answer(): Promise<Answer>
}

export interface Visitor {
  /** Runs the text and prints it with its answer. */
  ask(sql: string): Promise<Answer>
  /** Runs a text that is held, and prints it with the notice. @param shownRows More are not printed. */
  askAndWait(sql: string, shownRows: number): Promise<HeldAnswer>
  leave(): Promise<void>
}

/** @param purpose Stated at start-up, as psql does with `options`. */
export async function visit(demo: RunningDemo, principal: DemoPrincipal, purpose: string | undefined, report: TourReport): Promise<Visitor> {
  const client = await connectPg({
    host: '127.0.0.1', port: demo.postgresPort, database: DATABASE, user: principal.name,
    password: demo.folder.secrets.principals.get(principal.name) ?? new Sensitive(''),
    parameters: { application_name: 'tour', ...(purpose === undefined ? {} : { options: `-c doorward.purpose=${purpose}` }) },
    tls: { ca: readFileSync(join(demo.folder.dir, 'tls', 'server.crt'), 'utf8') },
  })
  const prompt = `${principal.name}=>`
  return {
    ask: async (sql) => {
      report.quote(`${prompt} ${sql}`)
      const answer = await run(client, sql)
      report.quote(answer.shown)
      return answer
    },
    askAndWait: async (sql, shownRows) => {
      report.quote(`${prompt} ${sql}`)
      const before = client.notices.length
      const running = run(client, sql, shownRows)
      const notice = await firstNotice(client, before, running)
      if (notice !== undefined) report.quote(describe(notice))
      return { notice, answer: async () => { const answer = await running; report.quote(`${principal.name}, still waiting there, gets\n${answer.shown}`); return answer } }
    },
    leave: () => client.close(),
  }
}

/** What an error said, every field of it. */
export function textOf(error: PgMessage | undefined): string {
  return error === undefined ? '' : [error.message, error.detail, error.hint].filter((part) => part !== undefined).join('\n')
}

/** The first notice since, or undefined when the answer came without one. */
async function firstNotice(client: PgClient, before: number, running: Promise<Answer>): Promise<PgMessage | undefined> {
  const answered = running.then(() => true)
  while (client.notices.length === before) if (await Promise.race([answered, delay(LOOK_MS, false)])) break
  return client.notices[before]
}

async function run(client: PgClient, sql: string, shownRows = Infinity): Promise<Answer & { readonly shown: string }> {
  try {
    const [result] = await client.query(sql)
    if (result === undefined) return { rows: [], error: undefined, shown: '' }
    const columns = result.columns.map(({ name }) => ({ name, align: 'left' as const }))
    return { rows: result.rows, error: undefined, shown: columns.length === 0 ? result.tag : tableOf(columns, result.rows, shownRows) }
  } catch (error) {
    if (!(error instanceof PgRefused)) throw error
    return { rows: [], error: error.answer, shown: describe(error.answer) }
  }
}

function tableOf(columns: Parameters<typeof toTableText>[0], rows: PgResult['rows'], shownRows: number): string {
  if (rows.length <= shownRows) return toTableText(columns, rows)
  const lines = toTableText(columns, rows.slice(0, shownRows)).split('\n').slice(0, -1)
  return [...lines, ` ... (${rows.length.toLocaleString('en-US')} rows)`].join('\n')
}

function describe(error: PgMessage): string {
  return [`${error.severity} ${error.sqlstate}: ${error.message}`, ...(error.detail === undefined ? [] : [`DETAIL:  ${error.detail}`]), ...(error.hint === undefined ? [] : [`HINT:  ${error.hint}`])].join('\n')
}
