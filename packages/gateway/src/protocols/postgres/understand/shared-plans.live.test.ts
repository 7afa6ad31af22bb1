/**
 * Against a real server: the plan that a text gets because another of its shape was understood is the plan that it gets by itself, whatever
 * its literals, and it is dropped and doubted like any kept plan.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Classification } from '@doorward/core'
import { DEFAULT_TEXT_LIMITS, startTextReader, type SessionView, type TextReader } from '@doorward/sql'
import { connectPg, startPostgres, type PgClient, type PostgresServer } from '@doorward/testkit'
import { connectUpstream } from '../upstream.ts'
import { ANALYSIS_PARAMETERS, MAX_TREE_BYTES } from './analysis-connection.ts'
import { AnalysisPool } from './analysis-pool.ts'
import { CatalogLoader } from './catalog-loader.ts'
import { isShaped } from './shared-plans.ts'
import { Understander, type UnderstoodText } from './understander.ts'

const SCHEMA = `
create schema clinic;
create table clinic.patients (id integer primary key, name text not null, ward varchar(20), born date, code char(3), kind name, small smallint, big bigint, cost numeric, at regclass, flags text[]);
create table clinic.visits (id bigint primary key, patient integer references clinic.patients, kind text);
create view clinic.adults as select id, name, ward from clinic.patients where small = 1;
create schema other;
`
const CLASSIFICATION: Classification = {
  unclassified: 'phi', version: 'test',
  tables: new Map([
    ['clinic.patients', { patient: 'id', columns: new Map([['id', 'none'], ['name', 'name'], ['ward', 'none']]), rest: undefined }],
    ['clinic.visits', { patient: 'patient', columns: new Map([['id', 'none'], ['patient', 'none'], ['kind', 'none']]), rest: undefined }],
  ]),
}

let server: PostgresServer
let owner: PgClient
let reader: TextReader
const pools: AnalysisPool[] = []
const VIEW: SessionView = { schemas: ['pg_catalog', 'clinic'], prepared: () => undefined, cursor: () => undefined }

function understander(): Understander {
  const pool = new AnalysisPool(async (searchPath) => {
    const { stream, reader: frames } = await connectUpstream({
      host: server.host, port: server.port, tls: 'unsafely-plaintext', database: 'postgres', user: server.user, password: server.password, parameters: new Map([...ANALYSIS_PARAMETERS, ['search_path', searchPath]]), randomBytes, maxFrameBytes: MAX_TREE_BYTES,
    }, AbortSignal.timeout(30_000))
    return { stream, reader: frames }
  }, 30_000)
  pools.push(pool)
  return new Understander({ reader, pool, catalog: new CatalogLoader(pool, CLASSIFICATION), textLimits: DEFAULT_TEXT_LIMITS })
}

before(async () => {
  server = await startPostgres()
  owner = await connectPg({ host: server.host, port: server.port, user: server.user, password: server.password, database: 'postgres' })
  await owner.query(SCHEMA)
  reader = await startTextReader()
})
after(async () => {
  for (const pool of pools) await pool.close()
  reader.close()
  await owner.close()
  await server.stop()
})

interface Answered { readonly understood: UnderstoodText; readonly shared: 'shared' | 'own' }

async function understand(by: Understander, text: string, view = VIEW): Promise<Answered> {
  const cut = await by.cut(Buffer.from(text))
  assert.ok(cut.kind === 'cut', text)
  const [piece] = cut.pieces
  assert.ok(piece !== undefined)
  return { understood: await by.understand(piece, [], view, undefined), shared: isShaped(piece) ? 'shared' : 'own' }
}

/** Until the plan that its kin share was asked for, or cannot be. */
async function prime(by: Understander, texts: readonly string[], view = VIEW): Promise<void> {
  for (const text of texts) {
    await understand(by, text, view)
    for (let turns = 0; turns < 300 && by.isSharing; turns += 1) await turn()
    while (by.isSharing) await turn()
  }
}

function tellable(understood: UnderstoodText): unknown {
  switch (understood.kind) {
    case 'plan': return { plan: understood.plan, identity: understood.identity }
    case 'rejected': return { error: understood.error.sqlState, message: understood.error.message, identity: understood.identity }
    case 'refused': return understood
  }
}

/** # an integer, ? a string. */
const TEMPLATES: readonly string[] = [
  'select id, name from clinic.patients where id = #', 'select id, name from patients where id = # and ward = ?', 'select * from clinic.patients where id = # or id = #', 'select id from patients where # = id;',
  'select id from patients where id > # and id < #', 'select id from patients where id between # and #', 'select #, id from patients where id = #', 'select id, name from patients where ward = ? order by #', 'select id from patients where id = # limit #',
  'select id from patients where id in (#, #) and small = #', 'select name from patients where id = ?', 'select name from patients where born = ?', 'select name from patients where code = ?', 'select name from patients where kind = ?', 'select name from patients where big = # and small = #',
  'select name from patients where cost = #', 'select name from patients where at = ?', 'select name from patients where name = ? or name like ?', 'select v.id from visits v join patients p on p.id = v.patient and p.id = # and v.patient = #',
  'select v.id, p.name from visits v left join patients p on p.id = v.patient where v.id = # and v.patient = #', 'select x.id from (select id, ward from patients where id = #) x where x.ward = ?', 'select case when id = # then ward else ? end from patients where id = #',
  'select ward, count(*) from patients where small = # group by ward having count(*) = #', 'select set_config(name, ?, false) from pg_settings where name = ?', 'select set_config(?, ?, false) from patients where id = #', 'select id from patients where id = -#', 'select id from patients where id=# and small - # = #',
  'select exists (select 1 from visits v where v.patient = # and v.kind = ?)', 'select id from patients where id = # union all select id from patients where id = #', 'with w as (select id from patients where id = #) select id from w where id = #', 'select name from adults where id = # and ward = ?',
  'select 10 / id from patients where id = #', 'select substr(name, #, #) from patients where id = #', 'select id = # from patients', 'select name from patients where ? = ward and name = ?', 'select flags[#] from patients where id = #', 'select id from patients where id = #::int and name = ?::text', 'select ?::date from patients where id = #',
  'select id from patients where (id = #) is true', 'select id from patients where not (id = #)', 'select id from patients p where id = # for update', 'select count(*) filter (where id = #) from patients where ward = ?', 'select nextval(?) from patients where id = #', 'select float8 ? from patients where id = #', 'values (#), (#)',
]
const INTEGERS = ['0', '1', '2', '7', '007', '9999', '20000', '999999999']
const STRINGS = ['', 'a', '7', 'ward 1', '2024-01-01', 'x%', 'search_path', 'clinic.patients', 'it -- is']

function filled(template: string, pick: (choices: readonly string[]) => string): string {
  return template.replaceAll(/[#?]/g, (slot) => (slot === '#' ? pick(INTEGERS) : `'${pick(STRINGS)}'`))
}

/** A small generator of its own, so that a failure comes again. Numerical Recipes, ranqd1. */
function picker(seed: number): (choices: readonly string[]) => string {
  let state = seed
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return choices[Math.floor((state / 2 ** 32) * choices.length)] ?? ''
  }
}

test('a shared plan and a fresh one never differ, and neither do identities and rejections', async () => {
  const sharing = understander()
  const fresh = understander()
  const shared = new Map<string, number>()
  for (const [seed, template] of TEMPLATES.entries()) {
    const pick = picker(seed + 1)
    await prime(sharing, [0, 1, 2].map(() => filled(template, pick)))
    for (let times = 0; times < 3; times += 1) {
      const text = filled(template, pick)
      const got = await understand(sharing, text)
      fresh.invalidate()
      const { understood } = await understand(fresh, text)
      assert.deepEqual(tellable(got.understood), tellable(understood), text)
      if (got.shared === 'shared') shared.set(template, (shared.get(template) ?? 0) + 1)
    }
  }
  for (const template of ['select id, name from clinic.patients where id = #', 'select id, name from patients where id = # and ward = ?', 'select id from patients where # = id;', 'select name from patients where big = # and small = #']) assert.ok((shared.get(template) ?? 0) > 0, template)
  for (const template of ['select id from patients where id > # and id < #', 'select name from patients where born = ?', 'select name from patients where id = ?', 'select set_config(name, ?, false) from pg_settings where name = ?', 'values (#), (#)']) assert.equal(shared.get(template), undefined, template)
})

test('what a text names is its own: its digest, and its patients', async () => {
  const by = understander()
  const text = (id: number): string => `select name from clinic.patients where id = ${id}`
  await prime(by, [text(1), text(2)])
  const [seven, eight] = [await understand(by, text(7)), await understand(by, text(8))]
  assert.deepEqual([seven.shared, eight.shared], ['shared', 'shared'])
  assert.ok(seven.understood.kind === 'plan' && eight.understood.kind === 'plan')
  assert.equal(seven.understood.plan.understanding, eight.understood.plan.understanding, 'decisions are kept by it')
  assert.notEqual(seven.understood.identity.digest, eight.understood.identity.digest)
  assert.deepEqual([seven, eight].map(({ understood }) => (understood.kind === 'plan' ? understood.plan.subjects?.given.map(({ value }) => value) : undefined)), [[{ kind: 'constant', text: '7' }], [{ kind: 'constant', text: '8' }]])
})

test('a change of definitions reaches texts that share', async () => {
  const by = understander()
  const text = (id: number): string => `select name from clinic.adults where id = ${id}`
  await prime(by, [text(1), text(2)])
  const before = await understand(by, text(3))
  assert.ok(before.shared === 'shared' && before.understood.kind === 'plan')
  assert.equal(before.understood.confirm, 'needed')
  for (const write of [undefined, undefined, undefined, 'insert into clinic.visits (id) values (1)', undefined, 'delete from clinic.visits', 'create table other.more (a int)', 'drop table other.more']) {
    if (write !== undefined) await owner.query(write)
    const expected = write?.includes('table') === true ? undefined : 'unchanged'
    const found = await before.understood.confirmUnchanged()
    if (expected !== undefined) assert.equal(found, expected, write)
  }
  const sources = ({ understood }: Answered): unknown => (understood.kind === 'plan' && understood.plan.understanding.kind === 'understood' ? understood.plan.understanding.outputs[0]?.sources.map(({ column }) => column.column) : understood)
  assert.deepEqual(sources(before), ['name'])
  await owner.query('create or replace view clinic.adults as select id, ward::text as name, ward from clinic.patients where small = 1')
  assert.equal(await before.understood.confirmUnchanged(), 'changed')
  assert.deepEqual(sources(await understand(by, text(4))), [])
  await owner.query('drop view clinic.adults')
  assert.equal((await understand(by, text(5))).understood.kind, 'rejected')
  await owner.query('create view clinic.adults as select id, name, ward from clinic.patients where small = 1')
})

test('a table earlier in the search path is seen by texts that share', async () => {
  const by = understander()
  const view: SessionView = { ...VIEW, schemas: ['pg_catalog', 'other', 'clinic'] }
  const text = (id: number): string => `select name from patients where id = ${id}`
  await prime(by, [text(1), text(2)], view)
  const before = await understand(by, text(3), view)
  assert.ok(before.shared === 'shared' && before.understood.kind === 'plan')
  await owner.query('create table other.patients (id integer, name text)')
  assert.equal(await before.understood.confirmUnchanged(), 'changed')
  const behind = await understand(by, text(4), view)
  assert.ok(behind.understood.kind === 'plan' && behind.understood.plan.understanding.kind === 'understood')
  assert.deepEqual(behind.understood.plan.understanding.effects.map(({ object }) => object), ['other.patients'])
  const elsewhere = await understand(by, text(5))
  assert.ok(elsewhere.understood.kind === 'plan' && elsewhere.understood.plan.understanding.kind === 'understood')
  assert.deepEqual(elsewhere.understood.plan.understanding.effects.map(({ object }) => object), ['clinic.patients'], 'schemas are part of what is shared')
  await owner.query('drop table other.patients')
})
