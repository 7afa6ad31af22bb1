/** Literals that are dates under the session's settings alone: taken as the server takes them, and decided like any others. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { PgRefused, type PgClient } from '@doorward/testkit'
import { local, secretOf, startHouse, type House } from './house.ts'

const TABLES = {
  sql: `create table clinic.stays (id int primary key, seen date, dob date, ssn text);
insert into clinic.stays select i, date '2024-12-01' + i, date '1980-01-01' + i, '900-00-' || i from generate_series(1, 30) i`,
  classification: '  clinic.stays: { patient: id, columns: { id: none, seen: none, dob: date, ssn: ssn } }\n',
}
const POLICIES = `version: 1
policies:
  - id: masked
    who: { groups: [readers] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read]
    effect: allow
    mask: { default: redact }
`
/** The 31st of a month, which is no month. */
const AFTER = "select id, ssn from clinic.stays where seen = '31/12/2024'"
const FOUND = [['30', '[redacted]']]

let house: House

async function as<T>(parameters: Readonly<Record<string, string>>, work: (client: PgClient) => Promise<T>): Promise<T> {
  const client = await house.connect('rita', secretOf('rita'), parameters)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

async function refusal(client: PgClient, sql: string): Promise<string> {
  try {
    await client.query(sql)
  } catch (error) {
    if (error instanceof PgRefused) return `${error.answer.sqlstate} ${error.answer.message}`
    throw error
  }
  return assert.fail(`was answered: ${sql}`)
}

describe('literals under the session\'s own style', () => {
  before(async () => { house = await startHouse({ identity: ['  local:', local('rita', 'human', ['readers'])].join('\n'), policies: POLICIES, tables: TABLES }) }, { timeout: 60_000 })
  after(async () => { await house.stop() })

  it('are taken where the connection starts with it, or sets it', { timeout: 60_000 }, async () => {
    await as({ DateStyle: 'ISO, DMY' }, async (client) => {
      assert.deepEqual((await client.query(AFTER))[0]?.rows, FOUND)
      assert.deepEqual((await client.query(AFTER))[0]?.rows, FOUND)
      await client.query('begin')
      assert.deepEqual((await client.query(AFTER))[0]?.rows, FOUND)
      assert.equal((await client.query(`copy (${AFTER}) to stdout`))[0]?.copied.toString(), '30\t[redacted]\n')
      await client.query(`declare c cursor for ${AFTER}`)
      assert.deepEqual((await client.query('fetch all from c'))[0]?.rows, FOUND)
      await client.query('commit')
    })
    await as({ options: '-c datestyle=dmy' }, async (client) => { assert.deepEqual((await client.query(AFTER))[0]?.rows, FOUND) })
    await as({}, async (client) => {
      assert.match(await refusal(client, AFTER), /^22008 /)
      await client.query("set datestyle to 'dmy'")
      assert.deepEqual((await client.query(AFTER))[0]?.rows, FOUND)
      await client.query("begin; set local datestyle to 'mdy'")
      assert.match(await refusal(client, AFTER), /^22008 /)
      assert.match(await refusal(client, 'select 1'), /^25P02 /, 'the transaction has failed, as it would have without Doorward')
      await client.query('rollback')
      assert.deepEqual((await client.query(AFTER))[0]?.rows, FOUND)
    })
    await as({}, async (client) => { assert.deepEqual((await client.query(`set datestyle to 'dmy'; ${AFTER}`)).at(-1)?.rows, FOUND) })
    await as({}, async (client) => { assert.deepEqual((await client.query(`select set_config('datestyle', 'dmy', false); ${AFTER}`)).at(-1)?.rows, FOUND) })
  })

  it('are taken by drivers that prepare', { timeout: 60_000 }, async () => {
    const driver = new pg.Client({ ...house.target('rita', secretOf('rita')), password: secretOf('rita'), options: '-c datestyle=dmy' })
    await driver.connect()
    const find = (id: number) => driver.query({ name: 'find', text: "select id from clinic.stays where seen = '31/12/2024' and id = $1", values: [id] })
    assert.deepEqual((await find(30)).rows, [{ id: 30 }])
    assert.deepEqual((await find(29)).rows, [])
    await driver.end()
  })

  it('are decided as others are', { timeout: 60_000 }, async () => {
    await as({ DateStyle: 'ISO, DMY' }, async (client) => {
      assert.match(await refusal(client, "select id from clinic.stays where dob = '31/01/1980'"), /clinic\.stays\.dob is masked for you/)
      assert.match(await refusal(client, "select id from clinic.stays where dob > '31/01/1980' or id = 1"), /clinic\.stays\.dob is masked for you/)
      assert.match(await refusal(client, "select * from clinic.marks where x = '31/12/2024'"), /^42P01 /)
      assert.match(await refusal(client, "select id from clinic.stays where seen = '41/12/2024'"), /^22008 /)
    })
  })

  it('of a role that has a style of its own are taken too', { timeout: 60_000 }, async () => {
    const owner = await house.asOwner()
    await owner.query("alter role doorward set datestyle = 'SQL, DMY'; alter role doorward set timezone = 'Asia/Tokyo'")
    await as({}, async (client) => {
      assert.deepEqual((await client.query(AFTER))[0]?.rows, FOUND)
      assert.deepEqual((await client.query('select seen from clinic.stays where id = 30'))[0]?.rows, [['31/12/2024']])
    })
    await owner.query('alter role doorward reset all')
    await owner.close()
  })
})
