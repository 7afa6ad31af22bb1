// postgres.js through the gateway: pipelines by nature, prepares every statement, asks the catalog for array types when it connects.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import postgres from 'postgres'
import { check, env, expectRefusal, finish, rejection } from '../check.mjs'
import { SAME_ANSWERS, SAME_ERRORS, SAMPLES } from '../statements.mjs'

const { version } = JSON.parse(readFileSync(new URL('../../node_modules/postgres/package.json', import.meta.url), 'utf8'))
console.log(`version postgres.js ${version}`)
const ERROR_FIELDS = ['code', 'severity', 'message', 'detail', 'hint', 'position', 'schema_name', 'table_name', 'column_name', 'type_name', 'constraint_name']
const fieldsOf = (error) => Object.fromEntries(ERROR_FIELDS.map((name) => [name, error[name]]))
const quiet = { onnotice: () => undefined, max: 1, connect_timeout: 20 }
const optionsOf = (user, more = {}) => ({ host: 'localhost', port: Number(env('TLS_PORT')), user, pass: env(`SECRET_${user.toUpperCase()}`), database: 'clinic', ssl: { ca: readFileSync(env('CA'), 'utf8') }, ...quiet, ...more })
const directOptions = { host: 'localhost', port: Number(env('DIRECT_PORT')), user: env('DIRECT_USER'), pass: env('DIRECT_PASSWORD'), database: 'clinic', ssl: { ca: readFileSync(env('DIRECT_CA'), 'utf8') }, ...quiet }

async function withSql(options, run) {
  const sql = postgres(options)
  try {
    return await run(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await check('connects with a verified certificate', () => withSql(optionsOf('ada'), async (sql) => {
  assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }])
}))
await check('refuses a certificate it does not know', async () => {
  const error = await rejection(withSql(optionsOf('ada', { ssl: { ca: readFileSync(env('OTHER_CA'), 'utf8') } }), (sql) => sql`select 1`))
  assert.match(error.code, /SELF_SIGNED|UNABLE_TO/)
})
await check('connects in plaintext on loopback', () => withSql({ ...optionsOf('ada'), host: '127.0.0.1', port: Number(env('PLAIN_PORT')), ssl: false }, (sql) => sql`select 1`))
await check('is told that TLS is required', async () => {
  assert.match((await rejection(withSql(optionsOf('ada', { ssl: false }), (sql) => sql`select 1`))).message, /encrypted/)
})
await check('a wrong password is 28P01, an unknown database 3D000', async () => {
  assert.equal((await rejection(withSql(optionsOf('ada', { pass: 'nonsense' }), (sql) => sql`select 1`))).code, '28P01')
  assert.equal((await rejection(withSql(optionsOf('ada', { database: 'elsewhere' }), (sql) => sql`select 1`))).code, '3D000')
})
await check('statements answer as the server itself does', () => withSql(directOptions, (direct) => withSql(optionsOf('ada'), async (through) => {
  for (const [text, values] of [...SAME_ANSWERS, ...SAME_ANSWERS, [SAMPLES, []], ['select * from clinic.samples where id <> $1 order by id', [0]]]) {
    for (const prepare of [true, false]) {
      const ask = (sql) => sql.unsafe(text, values, { prepare }).raw()
      const [expected, actual] = [await ask(direct), await ask(through)]
      assert.deepEqual([...actual], [...expected], text)
      assert.deepEqual(actual.columns.map(({ name, type, table, number }) => [name, type, table, number]), expected.columns.map(({ name, type, table, number }) => [name, type, table, number]), text)
      assert.deepEqual([actual.command, actual.count], [expected.command, expected.count], text)
    }
  }
})))
await check('errors are the server\'s own', () => withSql(directOptions, (direct) => withSql(optionsOf('ada'), async (through) => {
  for (const [text, values] of SAME_ERRORS) {
    const ask = (sql) => rejection(sql.unsafe(text, values))
    assert.deepEqual(fieldsOf(await ask(through)), fieldsOf(await ask(direct)), text)
  }
  assert.deepEqual([...await through`select 1 as alive`], [{ alive: 1 }])
})))
await check('fetches the array types, and reads arrays', () => withSql(directOptions, (direct) => withSql(optionsOf('evan'), async (through) => {
  const ask = (sql) => sql`select some_integers, some_texts, a_grid, array['calm', 'glad']::clinic.mood[] as moods from clinic.samples where id = ${1}`
  const [row] = await ask(through)
  assert.deepEqual(row, (await ask(direct))[0])
  assert.deepEqual([row.some_integers, row.moods], [[1, 2, 3], ['calm', 'glad']])
})))
await check('parameters of its own types: arrays, json, dates, helpers', () => withSql(optionsOf('ada'), async (sql) => {
  const [row] = await sql`select ${sql.array([1, 2], 1007)}::int[] as a, ${sql.json({ x: 1 })}::jsonb as j, ${new Date('2024-02-29T00:00:00Z')}::timestamptz as at, ${Buffer.from('ab')}::bytea as b, ${12n}::bigint as n`
  assert.deepEqual(row, { a: [1, 2], j: { x: 1 }, at: new Date('2024-02-29T00:00:00Z'), b: Buffer.from('ab'), n: '12' })
  const rooms = await sql`select name from clinic.rooms where id in ${sql([1, 2])} order by id`
  assert.deepEqual(rooms.map(({ name }) => name), ['Lobby', 'Lab'])
  const inserted = await sql`insert into clinic.scratch ${sql([{ owner: 'pjs', n: 1, note: 'a' }, { owner: 'pjs', n: 2, note: null }])} returning n, note`
  assert.deepEqual([...inserted], [{ n: 1, note: 'a' }, { n: 2, note: null }])
  const updated = await sql`update clinic.scratch set ${sql({ note: 'b' })} where owner = 'pjs' and n = 2 returning note`
  assert.deepEqual([...updated], [{ note: 'b' }])
  assert.equal((await sql`delete from clinic.scratch where owner = 'pjs'`).count, 2)
}))
await check('a thousand queries at once on one connection, pipelined', () => withSql(optionsOf('evan'), async (sql) => {
  const results = await Promise.all(Array.from({ length: 1000 }, (_, n) => sql`select ${n}::int as n, label from clinic.readings where id = ${n + 1}`))
  results.forEach((rows, n) => { assert.deepEqual([...rows], [{ n, label: `reading ${n + 1}` }]) })
}))
await check('errors and refusals among pipelined queries fail only their own', () => withSql(optionsOf('evan'), async (sql) => {
  const settled = await Promise.allSettled([sql`select 1 as n`, sql`select 1/0`, sql`delete from clinic.rooms`, sql`select name as n from clinic.patients where id = 1`, sql`select nothing`, sql`select 2 as n`])
  assert.deepEqual(settled.map(({ value, reason }) => value?.[0]?.n ?? reason.code), [1, '22012', '42501', '[redacted]', '42703', 2])
}))
await check('a hundred thousand rows', () => withSql(optionsOf('evan'), async (sql) => {
  const rows = await sql`select * from clinic.readings order by id`.values()
  assert.equal(rows.length, 100_000)
  assert.deepEqual(rows[99_999], [100_000, 6, 50_000, 'reading 100000'])
}))
await check('a cursor reads a portal part by part, and may stop', () => withSql(optionsOf('evan'), async (sql) => {
  let sum = 0
  for await (const rows of sql`select id from clinic.readings where id <= ${10_000} order by id`.cursor(999)) for (const { id } of rows) sum += id
  assert.equal(sum, 50_005_000)
  let parts = 0
  await sql`select id from clinic.readings order by id`.cursor(10, () => { parts += 1; return parts === 3 ? sql.CLOSE : undefined })
  assert.equal(parts, 3)
  assert.deepEqual([...await sql`select 1 as alive`], [{ alive: 1 }])
}))
await check('forEach and describe', () => withSql(optionsOf('evan'), async (sql) => {
  let count = 0
  await sql`select id from clinic.rooms`.forEach(() => { count += 1 })
  assert.equal(count, 3)
  const described = await sql`select id, name, dob from clinic.patients where id = ${1}`.describe()
  assert.deepEqual(described.types, [23])
  assert.deepEqual(described.columns.map(({ name, type }) => [name, type]), [['id', 23], ['name', 25], ['dob', 1082]])
}))
await check('begin and savepoint: an error rolls back', () => withSql(optionsOf('ada'), async (sql) => {
  const error = await rejection(sql.begin(async (tx) => {
    await tx`insert into clinic.scratch (owner, n) values ('pjs-tx', 1)`
    const inner = await rejection(tx.savepoint(async (sp) => { await sp`insert into clinic.scratch (owner, n) values ('pjs-tx', 1)` }))
    assert.equal(inner.code, '23505')
    assert.equal((await tx`select count(*)::int as n from clinic.scratch where owner = 'pjs-tx'`)[0].n, 1)
    await tx`select 1/0`
  }))
  assert.equal(error.code, '22012')
  assert.equal((await sql`select count(*)::int as n from clinic.scratch where owner = 'pjs-tx'`)[0].n, 0)
}))
await check('a refusal has its fields, in and out of a transaction', () => withSql(optionsOf('evan'), async (sql) => {
  expectRefusal(await rejection(sql`delete from clinic.rooms`))
  expectRefusal(await rejection(sql.unsafe('delete from clinic.rooms')))
  expectRefusal(await rejection(sql.begin(async (tx) => { await tx`select 1`; await tx`delete from clinic.rooms` })))
  assert.deepEqual([...await sql`select 1 as alive`], [{ alive: 1 }])
}))
await check('masked values decode as their types', () => withSql(optionsOf('evan'), async (sql) => {
  const [row] = await sql`select name, dob, weight, visits, points, smoker, seen_at, tags, scores, chart, photo, mood from clinic.patients where id = ${7}`
  assert.deepEqual(row, { name: '[redacted]', dob: null, weight: null, visits: null, points: null, smoker: null, seen_at: null, tags: [], scores: [], chart: '[redacted]', photo: Buffer.alloc(0), mood: null })
}))
await check('COPY out and in are the server\'s bytes', () => withSql(directOptions, (direct) => withSql(optionsOf('ada'), async (through) => {
  const columns = 'id, a_numeric, a_text, a_bytea, some_texts'
  await through.unsafe(`create temp table back as select ${columns} from clinic.samples where false`)
  for (const options of ['', '(format csv, header)', '(format binary)']) {
    const out = async (sql, table) => buffer(await sql.unsafe(`copy (select ${columns} from ${table} order by id) to stdout ${options}`).readable())
    const expected = await out(direct, 'clinic.samples')
    assert.ok((await out(through, 'clinic.samples')).equals(expected), options)
    await through`truncate back`
    await pipeline(Readable.from([expected]), await through.unsafe(`copy back from stdin ${options}`).writable())
    assert.ok((await out(through, 'back')).equals(expected), options)
  }
})))
await check('a masked COPY', () => withSql(optionsOf('evan'), async (sql) => {
  const text = (await buffer(await sql`copy (select id, name, dob from clinic.patients order by id) to stdout`.readable())).toString()
  assert.match(text, /^1\t\[redacted\]\t\\N\n/)
  assert.equal(text.split('\n').length, 61)
}))
await check('notices arrive', async () => {
  const notices = []
  await withSql(optionsOf('ada', { onnotice: (notice) => { notices.push(notice) } }), (sql) => sql`drop table if exists clinic.never_there`)
  assert.deepEqual(notices.map(({ code, severity, message }) => [code, severity, message]), [['00000', 'NOTICE', 'table "never_there" does not exist, skipping']])
})
await check('statement_timeout of the connection, and the driver\'s cancel', async () => {
  await withSql(optionsOf('ada', { connection: { statement_timeout: 200 } }), async (sql) => { assert.equal((await rejection(sql`select pg_sleep(30)`)).code, '57014') })
  await withSql(optionsOf('ada'), async (sql) => {
    const query = sql`select pg_sleep(30) as postgres_js`
    const failed = rejection(query.execute())
    await withSql(directOptions, async (direct) => { while ((await direct`select 1 from pg_stat_activity where state = 'active' and query like 'select pg_sleep(30) as postgres_js%'`).count === 0); })
    query.cancel()
    assert.equal((await failed).code, '57014')
    assert.deepEqual([...await sql`select 1 as alive`], [{ alive: 1 }])
  })
})
await check('LISTEN and NOTIFY: a notification arrives, its payload does not', () => withSql(optionsOf('ada', { max: 2 }), async (sql) => {
  const heard = Promise.withResolvers()
  const { unlisten } = await sql.listen('interop_news', (payload) => { heard.resolve(payload) })
  await sql.notify('interop_news', 'Ann was here')
  assert.equal(await heard.promise, '')
  await unlisten()
}))
await check('a purpose is stated by a connection setting', async () => {
  const name = (sql) => sql`select name from clinic.patients where id = 1`
  await withSql(optionsOf('dana'), async (sql) => { expectRefusal(await rejection(name(sql))) })
  await withSql(optionsOf('dana', { connection: { 'doorward.purpose': 'TREAT' } }), async (sql) => { assert.deepEqual([...await name(sql)], [{ name: 'Invented Person 1' }]) })
})
await check('many connections at once', () => withSql(optionsOf('evan', { max: 8 }), async (sql) => {
  const results = await Promise.all(Array.from({ length: 200 }, (_, n) => sql`select ${n}::int as n`))
  assert.deepEqual(results.map(([row]) => row.n), Array.from({ length: 200 }, (_, n) => n))
}))
finish()
