import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ColumnClasses } from '../catalog/bind-classification.ts'
import { CatalogSnapshot } from '../catalog/snapshot.ts'
import type { SessionView } from '../plan.ts'
import { understandDdl } from '../understand-objects.ts'
import { loadGrammar, readTextWith } from './index.ts'

const grammar = await loadGrammar()
const SESSION: SessionView = { schemas: ['clinic', 'public'], prepared: () => undefined, cursor: () => undefined }
const CLASSES = { classOf: () => 'none' } as unknown as ColumnClasses

/** Somebody's: function clinic.upper, operator <<>>, domain clinic.checked, enum clinic.mood. */
function snapshot(): CatalogSnapshot {
  const catalog = new CatalogSnapshot(180_004)
  const rows = new Map<string, readonly (readonly (string | null)[])[]>([['operators all', [['20000', 'clinic', '<<>>', '20001'], ['98', 'pg_catalog', '=', '67']]], ['own function names', [['upper']]]])
  for (const load of catalog.initialLoads()) load.take(rows.get(load.what) ?? [])
  const type = { schema: 'clinic', elementOid: 0, baseOid: 0, relationOid: 0, inputFunction: 0, outputFunction: 0, checks: [] }
  catalog.addTypes([{ ...type, oid: 20_100, name: 'checked', kind: 'd', baseOid: 25 }, { ...type, oid: 20_101, name: 'mood', kind: 'e' }])
  return catalog
}

const CATALOG = snapshot()

/** @returns uses and rights that a definition would have, as words. */
function unknowns(text: string): readonly string[] {
  const reading = readTextWith(grammar, text, 1)
  const statement = reading.kind === 'read' ? reading.pieces[0]?.statement : undefined
  assert.ok(statement?.kind === 'ddl', text)
  const result = understandDdl({ catalog: CATALOG, classes: CLASSES, session: SESSION }, statement)
  assert.ok(result.kind === 'plan' && result.plan.understanding.kind === 'understood', text)
  const { uses, effects } = result.plan.understanding
  return [...uses.map(use => use.column.relation), ...effects.filter(effect => effect.action === 'privilege').map(effect => `privilege on ${effect.object}`)]
}

test('what a definition evaluates over rows, and is not certainly the server\'s own, may hold anything', () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['alter table clinic.wards add column g text default clinic.ssn_of(3)', 'clinic.ssn_of'],
    ['alter table clinic.wards add column g text default ssn_of(3)', 'ssn_of'],
    ['alter table clinic.wards add column g text default query_to_xml(\'select 1\', true, true, \'\')::text', 'query_to_xml', 'a cast to text'],
    ['alter table clinic.wards add check (clinic.ssn_of(3) <> \'974-31-2282\')', 'clinic.ssn_of'],
    ['alter table clinic.wards add check (upper(name) <> \'X\')', 'upper'],
    ['alter table clinic.wards add check (name <<>> \'X\')', 'operator <<>>'],
    ['alter table clinic.wards add check (name operator(clinic.=) \'X\')', 'clinic.='],
    ['alter table clinic.wards alter column name type text using clinic.f(name)', 'clinic.f'],
    ['alter table clinic.wards add column g clinic.checked default \'x\'', 'type clinic.checked'],
    ['alter table clinic.wards add column g text generated always as (clinic.f(name)) stored', 'clinic.f'],
    ['create index on clinic.wards (clinic.f(id))', 'clinic.f'],
    ['create index on clinic.wards (id) where 1 / (case when clinic.ssn_of(3) = \'x\' then 0 else 1 end) = 1', 'clinic.ssn_of'],
    ['alter domain clinic.checked add check (value <> \'974-31-2282\')', 'clinic.checked'],
    ['create domain clinic.new as text check (clinic.f(value))', 'privilege on clinic.new'],
    ['create domain clinic.new as text check (set_config(\'search_path\', value, false) is not null)', 'privilege on clinic.new'],
    ['alter table clinic.wards add column g text default (xmlelement(name a))::text', 'XmlExpr', 'a cast to text'],
  ]
  for (const [text, ...expected] of cases) assert.deepEqual(unknowns(text).toSorted(), [...expected].toSorted(), text)
})

test('what migrations write every day is the server\'s own', () => {
  for (const text of [
    'alter table clinic.wards add column g timestamptz not null default now()', 'alter table clinic.wards add column g uuid default gen_random_uuid()',
    'alter table clinic.wards add column g bigint default nextval(\'clinic.wards_seq\'::regclass)', 'alter table clinic.wards add column id serial primary key',
    'alter table clinic.wards add column g clinic.mood default \'calm\'', 'alter table clinic.wards add check (beds > 0 and name <> \'\' and beds between 1 and 9)',
    'alter table clinic.wards add constraint f foreign key (id) references clinic.rooms (id)', 'alter table clinic.wards alter column beds set not null',
    'alter table clinic.wards add column day date default current_date', 'create unique index on clinic.wards (lower(name))', 'create index on clinic.wards (id) where name is not null',
    'create domain clinic.email as text check (value ~ \'^[^@]+@[^@]+$\')', 'create table clinic.more (id int default clinic.f(1))', 'alter table clinic.wards add column g int default 0 check (g >= 0)',
  ]) assert.deepEqual(unknowns(text), [], text)
})
