/**
 * PHI seeded wherever a client or a database can put it, through a gateway process as it is run, and every sink searched afterwards: the log,
 * the state's database and its keys' folder, the search index, sealed recordings, what the process said, reports, and evidence. P8: no PHI in clear.
 *
 * Not seeded: names that somebody gives to columns, cursors and statements. They are names and no data to a gateway, and the log has them.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { PgRefused } from '@doorward/testkit'
import { eventually } from './eventually.ts'
import { local, secretOf, startHouse, type House } from './house.ts'

const IDENTITY = ['  local:', ...[
  local('rita', 'human', ['readers']), local('wim', 'human', ['writers']), local('nadia', 'human', ['analysts']), local('olga', 'human', ['officers']),
]].join('\n')
const POLICIES = `version: 1
policies:
  - { id: readers-read, who: { groups: [readers] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read], effect: allow, record: session }
  - { id: writers-write, who: { groups: [writers] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read, create, update, delete], effect: allow }
  - id: analysts-read-masked
    who: { groups: [analysts] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read]
    effect: allow
    mask: { default: redact, mrn: token }
    hold: [{ when: "statement.bulk", by: [officers], quorum: 1, expires: 60s }]
`
const MAIN = join(import.meta.dirname, '..', '..', 'packages/cli/src/main.ts')

/** What every number begins with. */
const NUMBER = '731940'

/** One word for each place, so that a find says where it leaked. */
class Canaries {
  readonly words = new Map<string, string>()

  /** A word that nothing else writes. */
  word(place: string): string {
    const word = `Zq${String(this.words.size).padStart(4, '0')}${Buffer.from(place).toString('hex').slice(-10)}kanarek`
    this.words.set(word, place)
    return word
  }

  /** A number likewise. */
  number(place: string): string {
    const number = `${NUMBER}${String(this.words.size).padStart(3, '0')}66`
    this.words.set(number, place)
    return number
  }

  /** Places whose word is in these bytes: as it is, in capitals, in hexadecimal, in base64, in UTF-16. */
  foundIn(bytes: Buffer): readonly string[] {
    const text = bytes.toString('latin1')
    const lower = text.toLowerCase()
    // What all words have in common is looked for first.
    if (!MARKS.some((mark) => holds(text, lower, mark))) return []
    return [...this.words].flatMap(([word, place]) => (holds(text, lower, word) ? [place] : []))
  }
}

const MARKS = ['kanarek', NUMBER]

function holds(text: string, lower: string, word: string): boolean {
  if ([word.toLowerCase(), Buffer.from(word).toString('hex'), Buffer.from(word, 'utf16le').toString('latin1').toLowerCase()].some((form) => lower.includes(form))) return true
  // Of base64 the part that is the same wherever the word begins in its group of three.
  const encoded = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), Buffer.from(word)]).toString('base64').slice(shift === 0 ? 0 : 4, -4))
  return encoded.some((form) => form !== '' && text.includes(form))
}

const canaries = new Canaries()
const cell = canaries.word('a cell')
const ssn = canaries.word('another cell')
const mrn = canaries.word('a record number')

let house: House

/** What it answers matters to other tests; here it may fail in any way. */
async function attempt(user: string, ...statements: readonly string[]): Promise<void> {
  const client = await house.connect(user, secretOf(user), { application_name: canaries.word(`application_name of ${user}`) })
  for (const statement of statements) {
    try {
      await client.query(statement)
    } catch (error) {
      if (!(error instanceof PgRefused)) throw error
    }
  }
  await client.close()
}

function doorward(...args: readonly string[]): { readonly status: number | null; readonly output: Buffer } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=doorward-source', '--disable-warning=ExperimentalWarning', MAIN, ...args], {
    cwd: house.dir, env: { PATH: process.env['PATH'], UPSTREAM: 'upstream-secret', ANALYST: 'analyst-secret', ...Object.fromEntries(['rita', 'wim', 'nadia', 'olga'].map((name) => [`SECRET_${name.toUpperCase()}`, secretOf(name)])) },
  })
  return { status, output: Buffer.concat([stdout, stderr]) }
}

/** Every file below, by path. */
function filesBelow(dir: string): readonly { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => {
    const path = join(one.parentPath, one.name)
    return { path: path.slice(dir.length + 1), bytes: readFileSync(path) }
  })
}

describe('canaries', () => {
  let elsewhere = ''
  before(async () => {
    elsewhere = mkdtempSync(join(tmpdir(), 'doorward-canary-'))
    house = await startHouse({
      identity: IDENTITY, policies: POLICIES, more: 'recordings: { dir: ./recordings, tenantKey: { file: ./tenant.key }, viewers: [officers] }',
      audit: (dir) => { writeFileSync(join(dir, 'tenant.key'), randomBytes(32).toString('hex'), { mode: 0o600 }); return Promise.resolve('') },
    })
    const owner = await house.asOwner()
    await owner.query(`update clinic.patients set last_name = '${cell}', ssn = '${ssn}', mrn = '${mrn}' where id = 7`)
    await owner.close()
  })
  after(async () => {
    await house.stop()
    rmSync(elsewhere, { recursive: true, force: true })
  })

  it('PHI from a statement, a parameter, an answer, an error or a login is in no sink', async () => {
    await texts()
    await answers()
    await errors()
    await parameters()
    await copies()
    await held()
    await logins()
    // Before commands block this process, and its connections grow old.
    const api = await Promise.all(['/sessions', '/approvals', '/me'].map((path) => house.api('olga', 'GET', path)))
    await eventually('everything is under a head', async () => (doorward('verify', join(house.dir, 'audit')).status === 0 ? true : undefined))

    const reports = [
      doorward('report', 'patient', '--id', '7', '--out', join(elsewhere, 'patient')), doorward('report', 'breach', '--principal', 'rita', '--out', join(elsewhere, 'breach.zip')), doorward('report', 'search', '--limit', '1000'),
      doorward('evidence', '--control', 'all', '--out', join(elsewhere, 'evidence')), doorward('report', 'patient', '--mrn', mrn, '--as', 'rita'),
    ]
    for (const { status, output } of reports) assert.equal(status, 0, output.toString())
    await house.kill('SIGTERM')

    const sinks = [
      ...filesBelow(house.dir), ...filesBelow(elsewhere).map(({ path, bytes }) => ({ path: `evidence/${path}`, bytes })), { path: 'what the gateway said', bytes: Buffer.from(house.log()) },
      ...reports.map(({ output }, at) => ({ path: `report ${at}`, bytes: output })), ...api.map(({ body }, at) => ({ path: `answer of the API ${at}`, bytes: Buffer.from(JSON.stringify(body)) })),
    ]
    assert.ok(sinks.some(({ path }) => /^audit\/tile\/entries/.test(path)) && sinks.some(({ path }) => /^state\/.*\.db/.test(path)) && sinks.some(({ path }) => /^state\/audit-index\.db/.test(path)) && sinks.some(({ path, bytes }) => /^recordings\//.test(path) && bytes.length > 1_000), sinks.map(({ path }) => path).join('\n'))
    // The search itself finds what is there: a canary in a file of its own.
    assert.deepEqual(canaries.foundIn(Buffer.from(`x${Buffer.from(`ab${cell}cd`).toString('base64')}`)), ['a cell'])
    const leaks = sinks.flatMap(({ path, bytes }) => canaries.foundIn(bytes).map((place) => `${path}: ${place}`))
    assert.deepEqual(leaks, [])
  })
})

/** Literals of every kind, and what is no literal. */
async function texts(): Promise<void> {
  const w = (place: string): string => canaries.word(place)
  const n = (place: string): string => canaries.number(place)
  const statements = [
    `select id from clinic.patients where last_name = '${w('a literal')}'`, `select id from clinic.patients where last_name = E'${w('an escaped literal')}\\n'`,
    `select id from clinic.patients where last_name = U&'${w('a unicode literal')}'`, `select id from clinic.patients where last_name = $tag$${w('a dollar-quoted literal')}$tag$`,
    `select id from clinic.patients where id = ${n('a number')} or id = -${n('a negative number')}`, `select x'7a71', b'1', ${n('a number in a list')}, '${w('a literal in a list')}'::text`,
    `select id from clinic.patients /* ${w('a comment')} */ where id = 7 -- ${w('a comment to the end')}`, `select id from clinic.patients where last_name like '%${w('a pattern')}%' limit 1`,
    `select id from clinic.patients where last_name = any (array['${w('an array')}'])`, `select jsonb '{"${w('a JSON key')}": "${w('a JSON value')}"}'`, `select date '2024-01-01', interval '1 day', '${w('a cast')}'::varchar`,
    `prepare s1 as select last_name from clinic.patients where ssn = '${w('PREPARE')}' and id = $1`, 'execute s1(7)', `execute s1(${n('EXECUTE')})`,
    `declare c1 cursor with hold for select last_name from clinic.patients where id = 7 and ssn <> '${w('DECLARE')}'`, 'fetch 5 from c1', 'close c1',
    `explain select last_name from clinic.patients where ssn = '${w('EXPLAIN')}'`, `explain analyze select last_name from clinic.patients where ssn = '${w('EXPLAIN ANALYZE')}'`,
    `set application_name = '${w('SET')}'`, `set session characteristics as transaction read write`, `select set_config('application_name', '${w('set_config')}', false)`, 'show application_name', `set doorward.purpose = '${w('a purpose')}'`,
    `notify ch, '${w('NOTIFY')}'`, `select 1; select '${w('a second statement')}'`, `selec '${w('a syntax error')}'`, `select '${w('a string without end')}`, `select nothing from nowhere where x = '${w('an unknown table')}'`,
    `do $$ begin perform '${w('DO')}'; end $$`, `create table clinic.t (x text default '${w('DEFAULT')}')`, `comment on table clinic.patients is '${w('COMMENT')}'`,
    `delete from clinic.patients where ssn = '${w('DELETE')}'`, `call nothing('${w('CALL')}')`,
  ]
  for (const user of ['rita', 'wim', 'nadia']) await attempt(user, ...statements)
}

async function answers(): Promise<void> {
  for (const user of ['rita', 'nadia']) await attempt(user, 'select * from clinic.patients where id = 7', 'select last_name || ssn from clinic.patients where id = 7', 'select max(ssn) from clinic.patients where id = 7', 'select p from clinic.patients p where id = 7', 'select to_json(p) from clinic.patients p where id = 7')
}

/** The server's own words hold values. */
async function errors(): Promise<void> {
  await attempt('rita', 'select last_name::int from clinic.patients where id = 7', 'select id / (length(ssn) - length(ssn)) from clinic.patients where id = 7', 'select ssn::date from clinic.patients where id = 7')
  await attempt('nadia', 'select last_name::int from clinic.patients where id = 7')
  await attempt('wim', `insert into clinic.patients (id, last_name) values (7, '${canaries.word('a violated key')}')`, `insert into clinic.patients (id, last_name, ssn) values (5000, '${canaries.word('INSERT')}', '${canaries.word('INSERT, masked class')}') returning *`,
    `update clinic.patients set last_name = '${canaries.word('UPDATE')}' where id = 5000`, `insert into clinic.scratch values ('${canaries.word('a wrong type')}', 'x')`, 'delete from clinic.patients where id = 5000 returning *')
}

async function parameters(): Promise<void> {
  for (const user of ['rita', 'nadia', 'wim']) {
    const client = new pg.Client({ host: '127.0.0.1', port: house.postgresPort, database: 'clinic', user, password: secretOf(user) })
    client.on('error', () => undefined)
    await client.connect()
    const ask = async (text: string, values: readonly unknown[], name?: string): Promise<void> => {
      try {
        await client.query({ text, values, ...(name === undefined ? {} : { name }) })
      } catch {
        // Refused or failed: its words are not looked at, its traces are.
      }
    }
    await ask('select last_name from clinic.patients where ssn = $1', [canaries.word('a parameter')])
    await ask('select last_name from clinic.patients where ssn = $1 and id = $2', [canaries.word('a parameter of a named statement'), 7], 'named')
    await ask('select last_name from clinic.patients where id = $1', [canaries.word('a parameter of the wrong type')])
    await ask('insert into clinic.scratch (id, note) values ($1, $2)', [Number(canaries.number('a parameter that is a number').slice(0, 8)), canaries.word('a parameter that is written')])
    await ask('select $1::bytea', [Buffer.from(canaries.word('a binary parameter'))])
    await client.end()
  }
}

async function copies(): Promise<void> {
  const client = await house.connect('wim', secretOf('wim'))
  await client.copyIn('copy clinic.patients (id, last_name) from stdin', [`6001\t${canaries.word('COPY FROM')}\n`])
  await client.query('copy (select * from clinic.patients where id in (7, 6001)) to stdout')
  await assert.rejects(client.copyIn('copy clinic.patients (id, last_name) from stdin', [`${canaries.word('COPY FROM, an id that is none')}\tx\n`]))
  await client.close()
}

/** Waits for a person: the request is kept in the state. */
async function held(): Promise<void> {
  const client = await house.connect('nadia', secretOf('nadia'))
  const waiting = client.query(`select last_name, '${canaries.word('a held statement')}' from clinic.patients`)
  const id = await eventually('the statement waits', async () => {
    const { body } = await house.api('olga', 'GET', '/approvals')
    return (body as { approvals?: { id: string }[]; requests?: { id: string }[] }).requests?.[0]?.id ?? (body as { approvals?: { id: string }[] }).approvals?.[0]?.id
  })
  await house.api('olga', 'POST', `/approvals/${id}/approve`, {})
  await waiting
  await client.close()
}

async function logins(): Promise<void> {
  await assert.rejects(house.connect('rita', canaries.word('a wrong password')))
  await assert.rejects(house.connect('rita', secretOf('rita'), { options: `-c search_path=${canaries.word('start-up options')}`, nothing: canaries.word('an unknown start-up parameter') }).then((client) => client.query('select 1 from no_such_table')))
}
