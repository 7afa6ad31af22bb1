/** A principal at work in the tour: connects through Doorward, asks, and shows what came back, as a client would. */
import { connectPg, PgRefused, type PgClient, type PgMessage, type PgResult } from '@doorward/testkit'
import { toTableText } from 'doorward'
import { DATABASE } from './demo-folder.ts'
import type { DemoPrincipal } from './principals.ts'
import type { RunningDemo } from './start-demo.ts'
import type { TourReport } from './tour-report.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Sensitive } from '@doorward/core'

export interface Answer {
  readonly rows: PgResult['rows']
  /** Undefined: it worked. */
  readonly error: PgMessage | undefined
}

export interface Visitor {
  /** Runs the text and prints it with its answer. */
  ask(sql: string): Promise<Answer>
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
    leave: () => client.close(),
  }
}

/** What an error said, every field of it. */
export function textOf(error: PgMessage | undefined): string {
  return error === undefined ? '' : [error.message, error.detail, error.hint].filter((part) => part !== undefined).join('\n')
}

async function run(client: PgClient, sql: string): Promise<Answer & { readonly shown: string }> {
  try {
    const [result] = await client.query(sql)
    if (result === undefined) return { rows: [], error: undefined, shown: '' }
    const columns = result.columns.map(({ name }) => ({ name, align: 'left' as const }))
    return { rows: result.rows, error: undefined, shown: columns.length === 0 ? result.tag : toTableText(columns, result.rows) }
  } catch (error) {
    if (!(error instanceof PgRefused)) throw error
    return { rows: [], error: error.answer, shown: describe(error.answer) }
  }
}

function describe(error: PgMessage): string {
  return [`${error.severity} ${error.sqlstate}: ${error.message}`, ...(error.detail === undefined ? [] : [`DETAIL:  ${error.detail}`]), ...(error.hint === undefined ? [] : [`HINT:  ${error.hint}`])].join('\n')
}
