/**
 * Columns of what built-in functions return that are not simply open; the functions themselves are open (`reads: 'catalog'`). By position, since
 * a statement names the columns as it likes. Positions hold for PostgreSQL 15 to 18.
 */
import type { ColumnRule } from './catalogs.table.ts'

export interface FunctionColumns extends ColumnRule {
  readonly function: number
  /** For readers and for the test against a live server. */
  readonly name: string
  /** Position among the result's columns, from 1, and its name on each version. */
  readonly columns: readonly (readonly [position: number, names: string])[]
}

export const FUNCTION_COLUMNS: readonly FunctionColumns[] = [
  { function: 2022, name: 'pg_stat_get_activity', kind: 'closed', why: 'statements of other people, with their literals', columns: [[6, 'query']] },
  { function: 1371, name: 'pg_lock_status', kind: 'closed', why: 'numbers of advisory locks, which applications derive from the rows they work on',
    columns: [[8, 'classid'], [9, 'objid'], [10, 'objsubid']] },
  { function: 3317, name: 'pg_stat_get_wal_receiver', kind: 'closed', why: 'the connection string of the primary', columns: [[15, 'conninfo']] },
  { function: 2282, name: 'pg_get_backend_memory_contexts', kind: 'closed', why: 'texts of cached plans, the gateway\'s own among them', columns: [[2, 'ident']] },
  { function: 6119, name: 'pg_get_publication_tables', kind: 'datum', why: 'the tree of a row filter, literals as bytes', columns: [[3, 'qual (15), attrs (16 on)'], [4, 'qual (16 on)']] },
]
