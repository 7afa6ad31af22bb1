/** Whose data it was, as the log of a gateway process has it: by the answer, by what the statement names, by what it writes, and unknown. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { Sensitive } from '@doorward/core'
import { patientDigest } from '@doorward/gateway'
import type { PgClient } from '@doorward/testkit'
import { eventually } from './eventually.ts'
import { local, secretOf, startHouse, type House } from './house.ts'

const POLICIES = `version: 1
policies:
  - { id: writers-write, who: { groups: [writers] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read, create, update, delete], effect: allow }
  - id: bots-read
    who: { groups: [bots] }
    on: { resource: clinic, objects: ['clinic.*'] }
    actions: [read]
    effect: allow
    limits: { patientsPerHour: 3 }
`
const TABLES = {
  sql: `create table clinic.notes (id int primary key, patient_id int, body text);
insert into clinic.notes select i, (i + 1) / 2, 'note ' || i from generate_series(1, 40) i;
create view clinic.chart as select p.id as who, p.last_name || '!' as name, n.body from clinic.patients p left join clinic.notes n on n.patient_id = p.id;
create table clinic.found (id int, ssn text)`,
  classification: `  clinic.notes: { patient: patient_id, columns: { id: none, patient_id: none, body: free-text } }
  clinic.found: { columns: { id: none, ssn: ssn } }
`,
}

interface Outcome { readonly intent: number; readonly patients?: { readonly digests: readonly string[]; readonly more?: number; readonly unknown?: string } }

let house: House
let key: Sensitive<Buffer>

/** The outcomes in the log so far, in order. */
function outcomes(): readonly Outcome[] {
  const found = new Map<number, Outcome>()
  for (const [text] of house.entries().matchAll(/\{[^\n\0]*?"kind":"outcome"[^\n\0]*?"v":1\}/g)) {
    const entry = JSON.parse(text.slice(text.lastIndexOf('{"at":'))) as Outcome
    found.set(entry.intent, entry)
  }
  return [...found.values()].toSorted((a, b) => a.intent - b.intent)
}

/** Runs one statement, and waits for its outcome. @returns ids from 1 to 1,000 that it tells; `unknown` behind them. */
async function told(run: () => Promise<unknown>): Promise<readonly (number | string)[] | undefined> {
  const before = outcomes().length
  await run()
  const { patients } = await eventually('the outcome is there', () => Promise.resolve(outcomes()[before]))
  if (patients === undefined) return undefined
  const ids = patients.digests.map((digest) => Array.from({ length: 1_000 }, (_, at) => at + 1).find((id) => patientDigest(key, 'clinic', String(id)) === digest) ?? 'nobody')
  return [...ids.toSorted((a, b) => Number(a) - Number(b)), ...(patients.unknown === undefined ? [] : [`unknown: ${patients.unknown}`])]
}

const UNTOLD = 'unknown: neither the answer nor the statement tells the patients of'

describe('patients touched', () => {
  let wim: PgClient
  before(async () => {
    house = await startHouse({ identity: ['  local:', local('wim', 'human', ['writers']), local('bo', 'agent', ['bots']), local('mo', 'agent', ['bots'])].join('\n'), policies: POLICIES, tables: TABLES })
    key = new Sensitive(Buffer.from(readFileSync(join(house.dir, 'state', 'token.key'), 'utf8').trim(), 'hex'))
    wim = await house.connect('wim', secretOf('wim'))
  })
  after(async () => {
    await wim.close()
    await house.stop()
  })

  const CASES: readonly (readonly [string, readonly (number | string)[] | undefined])[] = [
    ['select last_name, id from clinic.patients where id < 3', [1, 2]],
    ['select name, body, who from clinic.chart where who < 3', [1, 2]],
    ['select body from clinic.chart where who = 4', [4]],
    ['select name from clinic.chart where name = \'Name5!\'', [`${UNTOLD} clinic.notes, clinic.patients`]],
    ['select body from clinic.notes where patient_id = 7', [7]],
    ['select body from clinic.notes where patient_id = 7 and id = 1', []],
    ['select count(*) from clinic.notes', [`${UNTOLD} clinic.notes`]],
    ['select patient_id, count(*) from clinic.notes where id < 6 group by patient_id', [1, 2, 3]],
    ['select p.id from clinic.patients p join clinic.notes n on n.patient_id = p.id where n.id = 9', [5]],
    ['select id from clinic.rooms where id = 1', undefined],
    ['update clinic.notes set body = \'x\' where patient_id = 8', [8]],
    ['update clinic.notes set body = \'x\' where patient_id = 900', []],
    ['update clinic.notes set body = \'x\' where id = 3', [`${UNTOLD} clinic.notes`]],
    ['update clinic.notes set body = \'x\' where id = 3 returning patient_id', [2]],
    ['insert into clinic.notes values (100, 9, \'x\'), (101, 10, \'y\')', [9, 10]],
    ['delete from clinic.notes where id in (100, 101) returning patient_id', [9, 10]],
    ['copy (select body, patient_id from clinic.notes where id < 3) to stdout', [1]],
    ['copy (select body from clinic.notes where patient_id = 6) to stdout with (format binary)', [6]],
    ['select ssn from clinic.found', []],
    ['insert into clinic.found values (1, \'x\')', ['unknown: the classification names no patient for rows of clinic.found']],
    ['explain select body from clinic.notes', []],
  ]
  for (const [sql, expected] of CASES) it(sql, async () => { assert.deepEqual(await told(() => wim.query(sql)), expected) })

  it('parameters, and answers in text and binary', async () => {
    const client = new pg.Client({ host: '127.0.0.1', port: house.postgresPort, database: 'clinic', user: 'wim', password: secretOf('wim') })
    await client.connect()
    for (const binary of [false, true]) {
      assert.deepEqual(await told(() => client.query({ text: 'select body from clinic.notes where patient_id = $1', values: [11], binary })), [11])
      assert.deepEqual(await told(() => client.query({ text: 'select id from clinic.patients where id between $1 and $2', values: [12, 13], binary })), [12, 13])
      assert.deepEqual(await told(() => client.query({ text: 'update clinic.notes set body = $1 where patient_id = $2', values: ['x', 14], binary })), [14])
    }
    await client.end()
  })

  it('COPY FROM does not say whose rows it writes', async () => {
    assert.deepEqual(await told(() => wim.copyIn('copy clinic.notes from stdin', ['200\t1\tx\n'])), [`${UNTOLD} clinic.notes`])
  })

  it('a cursor tells at each FETCH', async () => {
    assert.equal(await told(() => wim.query('begin')), undefined)
    assert.deepEqual(await told(() => wim.query('declare c cursor for select id, last_name from clinic.patients where id < 4 order by id')), [])
    assert.deepEqual(await told(() => wim.query('fetch 2 from c')), [1, 2])
    assert.deepEqual(await told(() => wim.query('fetch 2 from c')), [3])
    assert.equal(await told(() => wim.query('commit')), undefined)
  })

  it('patients per hour are counted by what is told, and one by one where it is not', async () => {
    const bo = await house.connect('bo', secretOf('bo'))
    await bo.query('select body from clinic.notes where patient_id = 1')
    await bo.query('select who, body from clinic.chart where who < 4')
    await assert.rejects(bo.query('select body from clinic.notes where patient_id = 5'), /patients/)
    const mo = await house.connect('mo', secretOf('mo'))
    await assert.rejects(mo.query('select p.id, n.body from clinic.patients p, clinic.notes n where p.id = 1'), /patients/)
    for (const client of [bo, mo]) await client.close()
  })
})
