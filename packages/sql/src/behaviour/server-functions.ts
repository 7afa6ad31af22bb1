/**
 * Holds the tables of functions against a server's own pg_proc: for maintenance, when a version of PostgreSQL comes out. It reports; judging
 * a function stays the work of a person who reads PostgreSQL's source. Run the tests of this folder with DOORWARD_TEST_PG set.
 */
import { FUNCTION_GROUPS, OPAQUE_GROUPS } from './functions.ts'
import { toRows, type FunctionRow } from './functions/function-group.ts'
import { OLDER_SIGNATURES } from './functions/older-signatures.table.ts'

/** Numbers below this are PostgreSQL's own and mean one function for ever (almost); those above are given out by initdb and differ from build to build. */
export const FIRST_UNSTABLE_OID = 12_000

/** One function per row, columns separated by `|`: oid, signature, leakproof, strict, kind. */
export const SERVER_FUNCTIONS_QUERY = `
  select p.oid, p.proname || '(' || coalesce((
      select string_agg(case when p.provariadic <> 0 and i = p.pronargs then 'VARIADIC ' else '' end
        || case when t.typelem <> 0 and t.typlen = -1 and t.typname like '\\_%' then substr(t.typname, 2) || '[]' else t.typname end, ', ' order by i)
      from unnest(p.proargtypes) with ordinality u(o, i) join pg_type t on t.oid = u.o), '') || ')',
    p.proleakproof, p.proisstrict, p.prokind
  from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.oid < ${FIRST_UNSTABLE_OID} order by p.oid`

export interface ServerFunction {
  readonly oid: number
  readonly signature: string
  readonly leakproof: boolean
  readonly strict: boolean
  readonly kind: 'f' | 'p' | 'a' | 'w'
}

/** @param output What psql -At prints for {@link SERVER_FUNCTIONS_QUERY}. */
export function parseServerFunctions(output: string): readonly ServerFunction[] {
  return output.split('\n').filter(line => line !== '').map(line => {
    const [oid, signature, leakproof, strict, kind] = line.split('|')
    if (signature === undefined || (kind !== 'f' && kind !== 'p' && kind !== 'a' && kind !== 'w')) throw new RangeError(`pg_proc row: expected 5 columns, found ${line.length} characters`)
    return { oid: Number(oid), signature, leakproof: leakproof === 't', strict: strict === 't', kind }
  })
}

/** What a person has to look at, one line each. */
export interface Comparison {
  /** On the server, in no table. */
  readonly unjudged: readonly string[]
  /** In a table under another signature. */
  readonly changed: readonly string[]
  /** Can fail, by its row, though the server calls it leakproof. */
  readonly stricterThanServer: readonly string[]
  /** Can fail, is said to be called with nulls, and the server skips it. */
  readonly strictness: readonly string[]
}

export function compareFunctions(server: readonly ServerFunction[]): Comparison {
  const rows = new Map<number, FunctionRow>([...FUNCTION_GROUPS, ...OPAQUE_GROUPS].flatMap(toRows).map(row => [row.oid, row]))
  const show = ({ oid, signature }: ServerFunction): string => `${oid} ${signature}`
  const known = server.flatMap(found => { const row = rows.get(found.oid); return row === undefined ? [] : [{ found, row }] })
  return {
    unjudged: server.filter(({ oid }) => !rows.has(oid)).map(show),
    changed: known.filter(({ found, row }) => found.signature !== row.signature && found.signature !== OLDER_SIGNATURES.get(found.oid)).map(({ found }) => show(found)),
    stricterThanServer: known.filter(({ found, row }) => found.leakproof && row.behaviour.errors === 'by-value').map(({ found }) => show(found)),
    strictness: known.filter(({ found, row }) => found.strict && row.behaviour.onNull === 'called').map(({ found }) => show(found)),
  }
}
