/** Puts the synthetic clinic into a database: schema, rows by COPY, indexes, statistics. */
import type { Clinic } from './clinic-rows.ts'
import { CLINIC_INDEX_SQL, CLINIC_SCHEMA_SQL } from './clinic-schema.ts'
import type { PgClient } from './pg-client.ts'

/** In an order that foreign keys allow. */
const TABLES = ['providers', 'rooms', 'patients', 'encounters', 'diagnoses', 'medications', 'labs', 'appointments', 'notes'] as const satisfies readonly (keyof Clinic)[]

const ROWS_PER_CHUNK = 500

/**
 * Creates schema `clinic` and fills it, in one transaction.
 *
 * @throws {PgRefused} when the schema exists, or the role may not create it.
 */
export async function loadClinic(client: PgClient, clinic: Clinic): Promise<void> {
  await client.query('begin')
  await client.query(CLINIC_SCHEMA_SQL)
  for (const table of TABLES) {
    const rows = clinic[table]
    const [first] = rows
    if (first === undefined) continue
    const columns = Object.keys(first)
    await client.copyIn(`copy clinic.${table} (${columns.join(', ')}) from stdin`, toCopyChunks(rows, columns))
  }
  await client.query(CLINIC_INDEX_SQL)
  await client.query('commit')
  await client.query(`analyze ${TABLES.map((table) => `clinic.${table}`).join(', ')}`)
}

function* toCopyChunks(rows: readonly object[], columns: readonly string[]): Generator<string> {
  for (let at = 0; at < rows.length; at += ROWS_PER_CHUNK) {
    yield rows.slice(at, at + ROWS_PER_CHUNK).map((row) => {
      const cells = new Map<string, unknown>(Object.entries(row))
      return `${columns.map((column) => toCopyCell(cells.get(column))).join('\t')}\n`
    }).join('')
  }
}

/** One cell in COPY's text format. Source: PostgreSQL, COPY, Text Format. */
function toCopyCell(value: unknown): string {
  if (value === null) return '\\N'
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') throw new TypeError(`a cell of type ${typeof value}: expected text, a number or null`)
  return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
