/**
 * Tries on live servers what the tables promise: a function that never fails does not, whatever edge values it is given, nor does one whose
 * tested arguments pass. (The other way round nothing is claimed: `by-value` may be too strict, never too lax.)
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FunctionBehaviour } from './behaviour.ts'
import { FUNCTION_GROUPS } from './functions.ts'
import { toRows, type FunctionRow } from './functions/function-group.ts'
import { EDGE_VALUES, PASSING, POLYMORPHIC, STORED_VALUES } from './probe-values.table.ts'
import { parseServerFunctions, SERVER_FUNCTIONS_QUERY } from './server-functions.ts'
import { askServer, testServers } from './test-servers.ts'

const servers = testServers(process.env)
const TRIES = Number(process.env['DOORWARD_TEST_TRIES'] ?? 6)

/** They fail outside of an aggregate, a trigger or for a type, whatever the values; or they would run for long. */
const UNTRIED = new Set(['unknownin', 'range_intersect_agg_transfn', 'multirange_intersect_agg_transfn', 'pg_collation_for', 'generate_series', 'current_query', 'array_fill', 'mode', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'row_number', 'ntile', 'unique_key_recheck', 'suppress_redundant_updates_trigger'])

type Shape = (typeof POLYMORPHIC)[number]

const cast = (type: string, value: string): string => `(${value})::${type === 'char' ? '"char"' : type}`
const oneOf = (values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values)

/** Values for one argument; undefined: none are known for its type. */
function argument(type: string, behaviour: FunctionBehaviour, at: number, shape: Shape): fc.Arbitrary<string> | undefined {
  const tested = behaviour.unless?.tests.find(({ argument: position }) => position === at)?.test
  const base = type.replace('VARIADIC ', '').replace('[]', '')
  const plain = /^any(element|nonarray|compatible|compatiblenonarray)$/.test(base) ? shape.element : base
  if (tested === 'keys') return fc.constant("'k'::text, 5")
  if (tested === 'modest' && plain === 'text') return oneOf(["'x'::text", "''::text"])
  const values = tested === undefined ? EDGE_VALUES.get(plain) : tested === 'stored' ? STORED_VALUES.get(plain) : PASSING.get(tested)
  if (base === 'any') return oneOf(['1', "'x'::text", "date 'infinity'", "'{}'::jsonb", 'NULL::numeric'])
  if (/^any(compatible)?array$/.test(base)) return oneOf(shape.arrays)
  if (base === 'anyrange') return oneOf((EDGE_VALUES.get(shape.range) ?? []).map(value => cast(shape.range, value)))
  if (base === 'anymultirange') return oneOf((EDGE_VALUES.get(shape.multirange) ?? []).map(value => cast(shape.multirange, value)))
  if (base === 'record') return oneOf(["row(1, 'x'::text)", "row(2, NULL::text)"])
  if (values === undefined) return undefined
  const single = oneOf(values.map(value => cast(plain, value)))
  if (!type.endsWith('[]')) return single
  return fc.tuple(single, single).map(pair => `${type.startsWith('VARIADIC') ? 'VARIADIC ' : ''}array[${pair.join(', ')}]::${base === 'char' ? '"char"' : base}[]`)
}

function calls({ signature, behaviour }: FunctionRow, kind: 'f' | 'p' | 'a' | 'w', seed: number): readonly string[] {
  const [, name = '', list = ''] = /^(\w+)\((.*)\)$/.exec(signature) ?? []
  if (UNTRIED.has(name) || behaviour.effect !== 'none' || behaviour.reads !== 'arguments') return []
  if (behaviour.errors === 'by-value' && (behaviour.unless === undefined || behaviour.unless.errorArguments.length > 0)) return []
  const types = list === '' ? [] : list.split(', ')
  const shapes = types.some(type => type.includes('range')) ? POLYMORPHIC.slice(0, 3) : POLYMORPHIC
  const generator = fc.constantFrom(...shapes).chain(shape => {
    const values = types.map((type, at) => argument(type, behaviour, at, shape))
    return values.includes(undefined) ? fc.constant(undefined) : fc.tuple(...values.filter(value => value !== undefined))
  })
  const tail = kind === 'a' ? ' from generate_series(1, 3)' : kind === 'w' ? ' over () from generate_series(1, 3)' : ''
  return fc.sample(generator, { numRuns: types.length === 0 ? 1 : TRIES, seed })
    .flatMap(values => (values === undefined ? [] : [`select pg_catalog."${name}"(${kind === 'a' && types.length === 0 ? '*' : values.join(', ')})${tail}`]))
}

const PROBE = `create function pg_temp.probe(statement text) returns text language plpgsql as $probe$
  declare n bigint;
  begin
    execute 'select count(l) from (select length(x::text) from (' || statement || ') t(x) offset 0) y(l)' into n;
    return null;
  exception when others then return sqlerrm; end $probe$;`

test('what never fails does not fail at the edges of its types', { skip: typeof servers === 'string' ? servers : false, timeout: 600_000 }, () => {
  if (typeof servers === 'string') return
  const seed = Number(process.env['DOORWARD_TEST_SEED'] ?? 1)
  for (const { uri } of servers) {
    const kinds = new Map(parseServerFunctions(askServer(uri, SERVER_FUNCTIONS_QUERY)).map(({ oid, signature, kind }) => [`${oid} ${signature}`, kind]))
    const statements = FUNCTION_GROUPS.flatMap(toRows).flatMap(row => { const kind = kinds.get(`${row.oid} ${row.signature}`); return kind === undefined ? [] : calls(row, kind, seed) })
    assert.ok(statements.length > 3000)
    const rows = statements.map(statement => `insert into probed select $s$${statement}$s$, pg_temp.probe($s$${statement}$s$);`)
    const failed = askServer(uri, [PROBE, "set client_min_messages = error; set statement_timeout = '10s'; create temp table probed(statement text, message text);", ...rows,
      "select statement || ' -> ' || message from probed where message is not null"].join('\n'))
    assert.deepEqual(failed.split('\n').filter(line => line !== ''), [])
  }
})
