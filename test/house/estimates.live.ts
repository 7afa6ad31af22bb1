/**
 * The planner's estimate as a limit, against a real server: what counts as bulk though a condition restricts it, by every way to run a
 * statement, and that asking runs nothing.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { PgRefused, type PgClient } from '@doorward/testkit'
import { eventually } from './eventually.ts'
import { local, secretOf, startHouse, type House } from './house.ts'

const TABLES = {
  sql: `create table clinic.stays (id int primary key, ward int, mrn text, ssn text);
insert into clinic.stays select i, i % 50, 'M' || i, '900-00-' || i from generate_series(1, 5000) i;
create table clinic.marks (id int generated always as identity, at timestamptz default now());
create function clinic.marking(int) returns int language plpgsql immutable as 'begin perform clinic.mark(); return $1; end';
create function clinic.mark() returns void language plpgsql as 'begin insert into clinic.marks default values; end';
create function clinic.plain(int) returns int language sql immutable as 'select $1';
create function clinic.wild() returns int language plpgsql volatile as 'begin return 1; end'`,
  classification: '  clinic.stays: { patient: id, columns: { id: none, ward: none, mrn: mrn, ssn: ssn } }\n  clinic.marks: { columns: { \'*\': none } }\n',
}

const policy = (id: string, terms: string): string => `  - id: ${id}
    who: { groups: [${id}] }
    on: { resource: clinic, objects: ['clinic.*', 'pg_temp.*'] }
    actions: [read, create, update, delete, execute, ddl]
    effect: allow
    ${terms}
`
const POLICIES = `version: 1
policies:
${policy('limited', 'limits: { estimatedRows: 300 }')}
${policy('masked', 'mask: { default: redact }\n    limits: { estimatedRows: 300 }\n    exceptions: [{ allow: equality, classes: [mrn], perHour: 100 }]')}
${policy('held', "limits: { estimatedRows: 300 }\n    hold: [{ when: statement.bulk, by: [officers], expires: 60s }]")}
${policy('looking', 'hold: [{ when: "has(statement.estimatedRows) && statement.estimatedRows > 2000", by: [officers], expires: 60s }]')}
`
const IDENTITY = ['  local:', ...['limited', 'masked', 'held', 'looking', 'officers'].map((group) => local(`${group.slice(0, 4)}y`, 'human', [group])), '  administrators: [officers]'].join('\n')

let house: House

async function as<T>(user: string, work: (client: PgClient) => Promise<T>): Promise<T> {
  const client = await house.connect(user, secretOf(user))
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

/** How many rows were answered, or the words of the refusal. */
async function outcome(client: PgClient, sql: string): Promise<number | string> {
  try {
    const results = await client.query(sql)
    return results.at(-1)?.rows.length ?? 0
  } catch (error) {
    if (error instanceof PgRefused) return error.answer.message
    throw error
  }
}

const TOO_MANY = /more rows are expected than the 300 that policy \w+ allows/

describe('estimates', () => {
  before(async () => { house = await startHouse({ identity: IDENTITY, policies: POLICIES, tables: TABLES }) }, { timeout: 60_000 })
  after(async () => { await house.stop() })

  const PASSING: readonly (readonly [sql: string, rows: number])[] = [
    ['select id, ssn from clinic.stays where id = 7', 1], ['select id from clinic.stays where id <= 200', 200], ['select id from clinic.stays where ward = 3', 100],
    ['select id from clinic.stays order by id limit 50', 50], ['select s.id, r.kind from clinic.stays s join clinic.rooms r on r.id = s.id where s.id < 5', 4],
    ['copy (select id from clinic.stays where id <= 9) to stdout', 0], ['select 1', 1], ['show datestyle', 1],
    ['explain select * from clinic.stays where id > 5', 2], ['begin; declare c cursor for select id from clinic.stays where id <= 20; fetch all from c; commit', 0],
    ['prepare few as select id from clinic.stays where id < 9; execute few', 8], ['insert into clinic.scratch values (1000)', 0], ['delete from clinic.scratch where id = 1000', 0],
  ]
  const REFUSED: readonly string[] = [
    'select id from clinic.stays where id > 100', 'select id from clinic.stays where id > 100 limit 400', 'select json_agg(s) from clinic.stays s where id > 100', 'select string_agg(ssn, $$,$$) from clinic.stays where id > 100 limit 1',
    'select array(select ssn from clinic.stays where id > 100)', 'select count(*) over (), id from clinic.stays where ward > 3 limit 5', 'copy (select id from clinic.stays where id > 100) to stdout', 'copy clinic.stays to stdout',
    'explain analyze select id from clinic.stays where id > 100', 'begin; declare d cursor for select id from clinic.stays where id > 100', 'update clinic.stays set ward = 1 where id > 4000', 'delete from clinic.stays where ward in (1, 2, 3, 4)',
    'prepare many as select id from clinic.stays where id > 100; execute many', 'prepare given as select id from clinic.stays where id > $1; execute given (4999)', 'insert into clinic.scratch select id + 9000, ssn from clinic.stays where id > 100',
    'select id from clinic.stays where clinic.plain(1) = 1 and id < 5', // a body may run while it is planned
  ]

  it('a condition that leaves many rows is bulk like none at all', { timeout: 60_000 }, async () => {
    await as('limiy', async (client) => {
      for (const [sql, rows] of PASSING) assert.equal(await outcome(client, sql), rows, sql)
      for (const sql of REFUSED) {
        assert.match(String(await outcome(client, sql)), TOO_MANY, sql)
        await client.query('rollback')
        await client.query('deallocate all')
      }
    })
  })

  it('values that are bound count as they are bound', { timeout: 60_000 }, async () => {
    const driver = new pg.Client({ ...house.target('limiy', secretOf('limiy')), password: secretOf('limiy') })
    await driver.connect()
    const above = (id: number) => driver.query({ name: 'above', text: 'select id from clinic.stays where id > $1', values: [id] })
    assert.equal((await above(4_900)).rows.length, 100)
    await assert.rejects(above(100), TOO_MANY)
    const among = (ids: readonly number[]) => driver.query({ text: 'select id from clinic.stays where id = any ($1)', values: [ids] })
    assert.equal((await among([1, 2, 3])).rows.length, 3)
    await assert.rejects(among(Array.from({ length: 1_000 }, (_, index) => index)), TOO_MANY)
    await driver.end()
  })

  it('what a session alone sees cannot be planned elsewhere, and is refused', { timeout: 60_000 }, async () => {
    await as('limiy', async (client) => {
      assert.equal(await outcome(client, 'create temp table own (x int)'), 0)
      assert.match(String(await outcome(client, 'select id from clinic.stays where id = 1')), TOO_MANY)
    })
  })

  it('planning runs nobody\'s code', { timeout: 60_000 }, async () => {
    await as('limiy', async (client) => {
      for (const sql of ['select id from clinic.stays where clinic.marking(1) = 1 and id = 1', 'select clinic.marking(2)', 'select id from clinic.stays where id = clinic.wild()']) await outcome(client, sql)
    })
    const owner = await house.asOwner()
    assert.deepEqual((await owner.query('select count(*) from clinic.marks'))[0]?.rows, [['0']])
    await owner.close()
  })

  it('an error of the planner is the statement\'s own, and fails no transaction of anybody', { timeout: 60_000 }, async () => {
    await as('looky', async (client) => {
      await client.query('begin')
      assert.match(String(await outcome(client, 'select id / 0 from clinic.stays where id = 1 and 1 / 0 = 1')), /division by zero/)
      await client.query('rollback')
      assert.equal(await outcome(client, 'select id from clinic.stays where id <= 1000'), 1_000)
    })
  })

  it('over the limit of a policy that holds, people decide, and they see the number', { timeout: 60_000 }, async () => {
    for (const [user, sql] of [['heldy', `select id from clinic.stays where ward in (${Array.from({ length: 49 }, (_, ward) => ward).join()})`], ['looky', 'select id from clinic.stays where id > 101']] as const) {
      await as(user, async (client) => {
        const answer = outcome(client, sql)
        const found = await eventually('a request', async () => ((await house.api('offiy', 'GET', '/approvals?state=open&limit=50')).body as { approvals: { id: string; requester: string; summary: string }[] }).approvals.find((one) => one.requester === user))
        assert.match(found.summary, /4,\d{3}/)
        assert.equal((await house.api('offiy', 'POST', `/approvals/${found.id}/approve`, {})).status, 200)
        assert.ok(Number(await answer) > 4_800)
        assert.equal(typeof await outcome(client, 'select id from clinic.stays where id in (1, 2)'), 'number')
      })
    }
    assert.match(house.entries(), /"estimatedRows":4\d{3}/)
  })

  it('where a masked column decides rows no estimate is asked for', { timeout: 60_000 }, async () => {
    await as('masky', async (client) => {
      assert.equal(await outcome(client, "select id from clinic.stays where mrn = 'M7'"), 1)
      assert.match(String(await outcome(client, 'select id from clinic.stays where id > 100')), TOO_MANY)
      assert.match(String(await outcome(client, "select id from clinic.stays where mrn > 'M7'")), /masked for you/)
    })
  })
})
