// node-postgres (pg, pg-cursor, pg-copy-streams) through the gateway.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import { check, env, expectRefusal, finish, rejection } from '../check.mjs'
import { SAME_ANSWERS, SAME_ERRORS, SAMPLES } from '../statements.mjs'
import { configOf, directConfig, plainConfigOf, withClient } from './connections.mjs'

const versionOf = (name) => JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
console.log(`version node-postgres ${versionOf('pg')}, pg-cursor ${versionOf('pg-cursor')}, pg-copy-streams ${versionOf('pg-copy-streams')}`)
const ERROR_FIELDS = ['code', 'severity', 'message', 'detail', 'hint', 'position', 'schema', 'table', 'column', 'dataType', 'constraint']
const fieldsOf = (error) => Object.fromEntries(ERROR_FIELDS.map((name) => [name, error[name]]))
/** Cells as the wire has them. */
const AS_SENT = { getTypeParser: () => (value) => value }
const SLEEP = 'select pg_sleep(35)'

await check('connects with a verified certificate', () => withClient(configOf('ada'), async (client) => {
  assert.deepEqual((await client.query('select 1 as one')).rows, [{ one: 1 }])
}))
await check('refuses a certificate it does not know', async () => {
  const error = await rejection(withClient(configOf('ada', { ssl: { ca: readFileSync(env('OTHER_CA'), 'utf8') } }), () => undefined))
  assert.match(error.code, /SELF_SIGNED|UNABLE_TO/)
})
await check('authenticates with channel binding (SCRAM-SHA-256-PLUS)', () => withClient(configOf('ada', { enableChannelBinding: true }), (client) => client.query('select 1')))
await check('connects with direct TLS', () => withClient(configOf('ada', { sslnegotiation: 'direct', ssl: { ca: readFileSync(env('CA'), 'utf8'), ALPNProtocols: ['postgresql'] } }), (client) => client.query('select 1')))
await check('connects in plaintext on loopback', () => withClient(plainConfigOf('ada'), (client) => client.query('select 1')))
await check('is told that TLS is required', async () => {
  const error = await rejection(withClient(configOf('ada', { ssl: false }), () => undefined))
  assert.match(error.message, /encrypted/)
})
await check('a wrong password is 28P01, an unknown database 3D000', async () => {
  assert.equal((await rejection(withClient(configOf('ada', { password: 'nonsense' }), () => undefined))).code, '28P01')
  assert.equal((await rejection(withClient(configOf('ada', { database: 'elsewhere' }), () => undefined))).code, '3D000')
})

for (const config of [{ binary: false }, { binary: true }]) {
  await check(`statements answer as the server itself does, ${config.binary ? 'binary' : 'text'} results`, () => withClient(directConfig(config), (direct) => withClient(configOf('ada', config), async (through) => {
    for (const [text, values] of [...SAME_ANSWERS, ...SAME_ANSWERS, [SAMPLES, []], ['select * from clinic.samples where id <> $1 order by id', [0]]]) {
      for (const rowMode of [undefined, 'array']) {
        const ask = async (client) => client.query({ text, values: values.length === 0 ? undefined : values, rowMode, types: AS_SENT })
        const [expected, actual] = [await ask(direct), await ask(through)]
        assert.deepEqual(actual.rows, expected.rows, text)
        assert.deepEqual(actual.fields, expected.fields, text)
        assert.deepEqual([actual.command, actual.rowCount], [expected.command, expected.rowCount], text)
      }
    }
  })))
}
await check('errors are the server\'s own', () => withClient(directConfig(), (direct) => withClient(configOf('ada'), async (through) => {
  for (const [text, values] of SAME_ERRORS) {
    const ask = (client) => rejection(client.query(text, values.length === 0 ? undefined : values))
    assert.deepEqual(fieldsOf(await ask(through)), fieldsOf(await ask(direct)), text)
  }
  assert.deepEqual((await through.query('select 1 as alive')).rows, [{ alive: 1 }])
})))
await check('a named statement is prepared once and used again', () => withClient(configOf('ada'), async (client) => {
  for (let n = 0; n < 50; n += 1) {
    const { rows } = await client.query({ name: 'reading', text: 'select label from clinic.readings where id = $1', values: [n + 1] })
    assert.deepEqual(rows, [{ label: `reading ${n + 1}` }])
  }
  // An error in between does not lose it.
  await rejection(client.query({ name: 'reading', text: 'select label from clinic.readings where id = $1', values: ['x'] }))
  assert.equal((await client.query({ name: 'reading', text: 'select label from clinic.readings where id = $1', values: [7] })).rows[0].label, 'reading 7')
}))
await check('several statements in one text', () => withClient(configOf('ada'), async (client) => {
  const results = await client.query('select 1 as a; select 2 as b; insert into clinic.scratch (owner, n) values (\'pg-multi\', 1); delete from clinic.scratch where owner = \'pg-multi\'')
  assert.deepEqual(results.map(({ command, rowCount }) => [command, rowCount]), [['SELECT', 1], ['SELECT', 1], ['INSERT', 1], ['DELETE', 1]])
}))
await check('a hundred thousand rows', () => withClient(configOf('evan'), async (client) => {
  const { rows } = await client.query({ text: 'select * from clinic.readings order by id', rowMode: 'array' })
  assert.equal(rows.length, 100_000)
  assert.deepEqual(rows[99_999], [100_000, 6, 50_000, 'reading 100000'])
}))
await check('a cursor reads a portal part by part', () => withClient(configOf('evan'), async (client) => {
  const cursor = client.query(new Cursor('select id from clinic.readings where id <= $1 order by id', [10_000]))
  let sum = 0
  for (let rows = await cursor.read(999); rows.length > 0; rows = await cursor.read(999)) for (const row of rows) sum += row.id
  assert.equal(sum, 50_005_000)
  await cursor.close()
  const early = client.query(new Cursor('select id from clinic.readings order by id'))
  assert.equal((await early.read(10)).length, 10)
  await early.close()
  assert.deepEqual((await client.query('select 1 as alive')).rows, [{ alive: 1 }])
}))
await check('pipelined queries answer in order, an error fails only its own', () => withClient(configOf('ada', { pipeline: true }), async (client) => {
  const texts = Array.from({ length: 200 }, (_, n) => (n === 77 ? 'select 1/0' : `select ${n} as n`))
  const results = await Promise.allSettled(texts.map((text) => client.query({ text, values: [] , queryMode: 'extended' })))
  results.forEach((result, n) => {
    if (n === 77) assert.equal(result.reason?.code, '22012')
    else assert.deepEqual(result.value?.rows, [{ n }])
  })
}))
await check('a refusal in the middle of a pipeline fails only its own', () => withClient(configOf('evan', { pipeline: true }), async (client) => {
  const texts = ['select 1 as n', 'delete from clinic.rooms', 'select 2 as n', 'select name as n from clinic.patients where id = 1']
  const results = await Promise.allSettled(texts.map((text) => client.query({ text, queryMode: 'extended' })))
  assert.deepEqual(results.map((result) => result.value?.rows[0]?.n ?? result.reason?.code), [1, '42501', 2, '[redacted]'])
}))
await check('a transaction: error, aborted, rollback, savepoint', () => withClient(configOf('ada'), async (client) => {
  await client.query('begin')
  await client.query('insert into clinic.scratch (owner, n) values ($1, $2)', ['pg-tx', 1])
  await client.query('savepoint s')
  assert.equal((await rejection(client.query('insert into clinic.scratch (owner, n) values ($1, $2)', ['pg-tx', 1]))).code, '23505')
  assert.equal((await rejection(client.query('select 1'))).code, '25P02')
  await client.query('rollback to s')
  assert.equal((await client.query('select count(*)::int as n from clinic.scratch where owner = $1', ['pg-tx'])).rows[0].n, 1)
  assert.equal((await rejection(client.query('select 1/0'))).code, '22012')
  assert.equal((await client.query('commit')).command, 'ROLLBACK')
  assert.equal((await client.query('select count(*)::int as n from clinic.scratch where owner = $1', ['pg-tx'])).rows[0].n, 0)
}))
for (const mode of ['simple', 'extended']) {
  await check(`a refusal has its fields, and the connection goes on (${mode})`, () => withClient(configOf('evan'), async (client) => {
    const ask = (text) => client.query({ text, queryMode: mode })
    expectRefusal(await rejection(ask('delete from clinic.rooms')), /^refused: .*clinic\.rooms/)
    assert.deepEqual((await ask('select 1 as alive')).rows, [{ alive: 1 }])
    await ask('begin')
    expectRefusal(await rejection(ask('delete from clinic.rooms')))
    assert.equal((await rejection(ask('select 1'))).code, '25P02')
    await ask('rollback')
    assert.deepEqual((await ask('select 1 as alive')).rows, [{ alive: 1 }])
  }))
}
await check('masked values decode as their types', async () => {
  const text = 'select id, mrn, name, dob, ssn, zip, weight, height, visits, points, smoker, uid, seen_at, wakes_at, recovery, address, tags, scores, chart, photo, mood from clinic.patients where id in (7, 60) order by id'
  const masked = { name: '[redacted]', dob: null, ssn: '[redacted]', weight: null, height: null, visits: null, points: null, smoker: null, uid: null, seen_at: null, wakes_at: null, recovery: null, address: null, tags: [], scores: [], chart: '[redacted]', photo: Buffer.alloc(0), mood: null }
  await withClient(configOf('evan'), async (client) => {
    const { rows } = await client.query(text)
    for (const row of rows) {
      const { id, mrn, zip, ...rest } = row
      assert.deepEqual(rest, masked)
      assert.match(mrn, /^tok|^[A-Za-z0-9_-]{8,}/)
      assert.equal(zip === null ? null : zip.trimEnd(), id === 60 ? null : '100')
    }
  })
  await withClient(configOf('evan', { binary: true }), async (client) => {
    const { rows } = await client.query('select id, name, dob, weight, visits, smoker, seen_at from clinic.patients where id = $1', [7])
    assert.deepEqual(rows, [{ id: 7, name: '[redacted]', dob: null, weight: null, visits: null, smoker: null, seen_at: null }])
  })
})
await check('COPY out and in, text, csv and binary, are the server\'s bytes', () => withClient(directConfig(), (direct) => withClient(configOf('ada'), async (through) => {
  const columns = 'id, a_bigint, a_numeric, a_text, a_bytea, a_timestamptz, some_texts, a_jsonb'
  await through.query(`create temp table back as select ${columns} from clinic.samples where false`)
  for (const options of ['', '(format csv, header)', '(format binary)']) {
    const out = (client, table) => buffer(client.query(copyStreams.to(`copy (select ${columns} from ${table} order by id) to stdout ${options}`)))
    const expected = await out(direct, 'clinic.samples')
    const actual = await out(through, 'clinic.samples')
    assert.ok(actual.equals(expected), options)
    await through.query('truncate back')
    const into = through.query(copyStreams.from(`copy back from stdin ${options}`))
    await pipeline(Readable.from([actual.subarray(0, 20), actual.subarray(20)]), into)
    assert.equal(into.rowCount, 4)
    assert.ok((await out(through, 'back')).equals(expected), options)
  }
})))
await check('a large COPY in, and one that the client breaks off', () => withClient(configOf('evan'), async (client) => {
  await client.query("delete from clinic.scratch where owner = 'pg-large'")
  const rows = function* () { for (let n = 0; n < 20_000; n += 1) yield `pg-large\t${n}\tsome text for row ${n}\n` }
  const into = client.query(copyStreams.from('copy clinic.scratch (owner, n, note) from stdin'))
  await pipeline(Readable.from(rows()), into)
  assert.equal(into.rowCount, 20_000)
  const broken = client.query(copyStreams.from('copy clinic.scratch (owner, n, note) from stdin'))
  broken.write('pg-broken\t1\tx\n')
  broken.destroy(new Error('changed my mind'))
  await once(broken, 'error').catch(() => undefined)
  await client.query("delete from clinic.scratch where owner = 'pg-large'")
  assert.equal((await client.query("select count(*)::int as n from clinic.scratch where owner = 'pg-broken'")).rows[0].n, 0)
}))
await check('a masked COPY', () => withClient(configOf('evan'), async (client) => {
  const text = (await buffer(client.query(copyStreams.to('copy (select id, name, dob from clinic.patients order by id) to stdout')))).toString()
  assert.equal(text.split('\n').length, 61)
  assert.match(text, /^1\t\[redacted\]\t\\N\n/)
  assert.doesNotMatch(text, /Invented/)
}))
await check('notices arrive, with their fields', () => withClient(configOf('ada'), async (client) => {
  const notices = []
  client.on('notice', (notice) => { notices.push(notice) })
  await client.query('drop table if exists clinic.never_there')
  await client.query('commit')
  assert.deepEqual(notices.map(({ code, severity, message }) => [code, severity, message]), [['00000', 'NOTICE', 'table "never_there" does not exist, skipping'], ['25P01', 'WARNING', 'there is no transaction in progress']])
}))
await check('statement_timeout of the connection string, and of SET', () => withClient(configOf('ada', { statement_timeout: 200 }), async (client) => {
  assert.equal((await rejection(client.query(SLEEP))).code, '57014')
  await client.query('set statement_timeout = 0')
  await client.query('select pg_sleep(0.3)')
}))
await check('the driver\'s cancel', () => withClient(configOf('ada'), async (client) => {
  const running = rejection(client.query(SLEEP))
  await untilRunning()
  // The driver's cancel is a plain connection that says no more than the key.
  const canceller = new pg.Client(configOf('ada'))
  const cancelled = canceller.cancel({ host: 'localhost', port: Number(env('TLS_PORT')), processID: client.processID, secretKey: client.secretKey, activeQuery: 1, _queryQueue: [] }, 1)
  await cancelled
  assert.equal((await running).code, '57014')
  assert.deepEqual((await client.query('select 1 as alive')).rows, [{ alive: 1 }])
}))
await check('LISTEN is answered, with a refusal or in silence', () => withClient(configOf('evan'), async (client) => {
  const outcome = await client.query('listen news').then(({ command }) => command, (error) => error)
  if (outcome instanceof Error) expectRefusal(outcome)
  assert.deepEqual((await client.query('select 1 as alive')).rows, [{ alive: 1 }])
}))
await check('a pool: many at once, a refusal does not spoil a connection', async () => {
  const pool = new pg.Pool(configOf('evan', { max: 5 }))
  try {
    const work = Array.from({ length: 100 }, async (_, n) => (n % 10 === 3 ? (await rejection(pool.query('delete from clinic.rooms'))).code : (await pool.query('select $1::int as n', [n])).rows[0].n))
    assert.deepEqual(await Promise.all(work), Array.from({ length: 100 }, (_, n) => (n % 10 === 3 ? '42501' : n)))
  } finally {
    await pool.end()
  }
})
await check('DISCARD ALL and RESET ALL give a connection back as new', () => withClient(configOf('dana', { options: '-c doorward.purpose=TREAT' }), async (client) => {
  await client.query('set application_name = \'x\'')
  await client.query('reset all')
  await client.query('prepare p as select 1')
  await client.query('discard all')
  assert.equal((await rejection(client.query('execute p'))).code, '26000')
  assert.deepEqual((await client.query('select 1 as alive')).rows, [{ alive: 1 }])
}))
await check('a purpose is stated by options', async () => {
  const text = 'select name from clinic.patients where id = 1'
  await withClient(configOf('dana'), async (client) => { expectRefusal(await rejection(client.query(text))) })
  await withClient(configOf('dana', { options: '-c doorward.purpose=TREAT' }), async (client) => {
    assert.deepEqual((await client.query(text)).rows, [{ name: 'Invented Person 1' }])
  })
})
await check('application_name and other start-up settings reach the server', () => withClient(configOf('ada', { application_name: 'interop', options: '-c work_mem=5MB' }), async (client) => {
  assert.deepEqual((await client.query('select current_setting(\'application_name\') as a, current_setting(\'work_mem\') as w')).rows, [{ a: 'interop', w: '5MB' }])
}))
await check('waits for a person with parameters, inside a transaction, and gets the rows', () => withClient(configOf('hana'), async (client) => {
  const notices = []
  client.on('notice', (notice) => { notices.push(notice) })
  await client.query('begin')
  const { rows } = await client.query('select id from clinic.rooms where id = any($1) order by id', [[1, 3]])
  assert.deepEqual(rows, [{ id: 1 }, { id: 3 }])
  await client.query('commit')
  assert.match(notices[0]?.message ?? '', /waits for approval by 1 of officers/)
  assert.match(notices[0]?.hint ?? '', /doorward approvals approve/)
}))
finish()

/** Waits until the server runs somebody's pg_sleep; asked directly, past the gateway. */
async function untilRunning() {
  await withClient(directConfig(), async (direct) => {
    for (;;) {
      const { rows } = await direct.query("select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(35)'")
      if (rows.length > 0) return
    }
  })
}
