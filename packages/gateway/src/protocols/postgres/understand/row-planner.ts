/**
 * Asks the target how many rows it expects a statement to touch: EXPLAIN, never with ANALYZE, on connections of its own under the upstream's user,
 * since the analysis role may read no table and EXPLAIN asks for the right to. Nothing of a session is touched: an error fails
 * nobody's transaction, and locks are let go at once. For statements alone whose planning runs no code but the server's own
 * (docs/decisions/2026-11-21-planner-estimate.md). Where it stops: temporary and uncommitted tables are not seen, and unknown.
 */
import type { Duplex } from 'node:stream'
import { encodeFrontend } from '../frontend-encode.ts'
import type { FormatCode } from '../frontend.ts'
import type { FrameReader } from '../frame.ts'
import { toSearchPath } from './analysis-pool.ts'
import { AnalysisPipe } from './analysis-pipe.ts'
import { touchedRows } from './touched-rows.ts'
import { UnderstandFault } from './understand-fault.ts'

/** Start-up parameters. Planning that takes a second is given up: the statement counts as bulk then. */
export const PLANNING_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['client_encoding', 'UTF8'], ['standard_conforming_strings', 'on'], ['application_name', 'doorward-planning'],
  ['default_transaction_read_only', 'on'], ['lock_timeout', '10ms'], ['statement_timeout', '1s'],
])

/** Connections of one resource, opened when they are first needed. */
export const MAX_PLANNING_CONNECTIONS = 4
/** The first OID of what people make: a value of such a type may run code when it is read. */
const FIRST_OWN_TYPE = 16_384

export interface PlanQuestion {
  readonly text: string
  readonly parameterTypes: readonly number[]
  /** As the client bound them. */
  readonly parameters: { readonly formats: readonly FormatCode[]; readonly cells: readonly (Buffer | null)[] }
  readonly schemas: readonly string[]
}

export type ConnectPlanning = () => Promise<{ readonly stream: Duplex; readonly reader: FrameReader }>

interface Line { readonly pipe: Promise<AnalysisPipe>; busy: number }

export class RowPlanner {
  readonly #connect: ConnectPlanning
  readonly #timeoutMs: number
  #lines: Line[] = []

  /** @param timeoutMs for one answer, after which its connection is given up. */
  constructor(connect: ConnectPlanning, timeoutMs: number) {
    this.#connect = connect
    this.#timeoutMs = timeoutMs
  }

  /** @returns `unknown` where the target does not say: an error, a table that only the session sees, a value of a type that is not built in. */
  async rows(question: PlanQuestion): Promise<number | 'unknown'> {
    const { text, parameterTypes, parameters, schemas } = question
    if (parameterTypes.length !== parameters.cells.length || parameterTypes.some((oid) => oid === 0 || oid >= FIRST_OWN_TYPE)) return 'unknown'
    const line = this.#line()
    line.busy += 1
    try {
      const pipe = await line.pipe
      // Pipelined, so that no other question comes between the path and the statement.
      const path = pipe.ask([encodeFrontend({ kind: 'query', sql: Buffer.from(`select pg_catalog.set_config('search_path', '${toSearchPath(schemas).replaceAll('\'', '\'\'')}', false)`, 'utf8') })])
      const plan = pipe.ask([
        encodeFrontend({ kind: 'parse', statement: '', sql: Buffer.from(`EXPLAIN (FORMAT JSON) ${text}`, 'utf8'), parameterTypes }),
        encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats: parameters.formats, parameters: parameters.cells, resultFormats: [] }),
        encodeFrontend({ kind: 'execute', portal: '', maxRows: 0 }), encodeFrontend({ kind: 'sync' }),
      ])
      const [set, got] = await Promise.all([path, plan])
      const [row] = got.rows
      if (set.error !== undefined || got.error !== undefined || got.rows.length !== 1) return 'unknown'
      return touchedRows(row?.[0] ?? '') ?? 'unknown'
    } catch (error) {
      this.#lines = this.#lines.filter((one) => one !== line)
      if (error instanceof UnderstandFault) return 'unknown'
      throw error
    } finally {
      line.busy -= 1
    }
  }

  async close(): Promise<void> {
    const lines = this.#lines
    this.#lines = []
    for (const pipe of await Promise.allSettled(lines.map((line) => line.pipe))) if (pipe.status === 'fulfilled') pipe.value.close()
  }

  /** An idle connection, a new one, or the least busy. */
  #line(): Line {
    const [least] = this.#lines.toSorted((a, b) => a.busy - b.busy)
    if (least !== undefined && (least.busy === 0 || this.#lines.length >= MAX_PLANNING_CONNECTIONS)) return least
    const line: Line = { pipe: this.#connect().then(({ stream, reader }) => new AnalysisPipe(stream, reader, this.#timeoutMs)), busy: 0 }
    this.#lines.push(line)
    return line
  }
}
