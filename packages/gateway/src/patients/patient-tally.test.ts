import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_TOLD_PATIENTS, Sensitive, type Classification } from '@doorward/core'
import type { StatementPlan, SubjectFlow } from '@doorward/sql'
import { encodeFrontend } from '../protocols/postgres/frontend-encode.ts'
import { findPatientColumns, subjectsOf } from '../protocols/postgres/transform/patient-columns.ts'
import { PatientBudget } from './patient-budget.ts'
import { patientDigest, PATIENT_DIGEST_LENGTH } from './patient-digest.ts'
import { PatientTally, type TallyParts } from './patient-tally.ts'

const KEY = new Sensitive(Buffer.alloc(32, 1))
const toText = (cell: Buffer): string => cell.toString('utf8')

function tally(spend: (patient: string | undefined) => 'within' | 'over' = () => 'within', parts: Partial<TallyParts> = {}): PatientTally {
  return new PatientTally({ digest: (id) => patientDigest(KEY, 'clinic', id), spend, outputs: [0], named: [], untold: undefined, strangers: 'one-a-row', ...parts })
}

test('a digest is the same for the same patient of a resource, and for no other', () => {
  const digest = patientDigest(KEY, 'clinic', '7')
  assert.equal(digest.length, PATIENT_DIGEST_LENGTH)
  assert.equal(digest, patientDigest(KEY, 'clinic', '7'))
  for (const other of [patientDigest(KEY, 'clinic', '8'), patientDigest(KEY, 'other', '7'), patientDigest(new Sensitive(Buffer.alloc(32, 2)), 'clinic', '7')]) assert.notEqual(digest, other)
})

test('each patient of an answer is told once, nulls are nobody', () => {
  const counted = tally()
  counted.start([{ column: 0, toText }])
  for (const id of ['7', '8', '7']) counted.row([Buffer.from(id)])
  counted.row([null])
  assert.deepEqual(counted.touched, { digests: [patientDigest(KEY, 'clinic', '7'), patientDigest(KEY, 'clinic', '8')], more: undefined, unknown: undefined })
})

test('beyond what an entry can hold patients are counted', () => {
  const counted = tally()
  counted.start([{ column: 0, toText }])
  for (let id = 0; id < MAX_TOLD_PATIENTS + 5; id += 1) counted.row([Buffer.from(String(id))])
  assert.equal(counted.touched.digests.length, MAX_TOLD_PATIENTS)
  assert.equal(counted.touched.more, 5)
})

test('what neither the answer nor the statement tells is said to be unknown, once anything was found', () => {
  const nothing = tally(undefined, { outputs: [], untold: 'why' })
  nothing.start([])
  nothing.ended(0)
  assert.deepEqual(nothing.touched, { digests: [], more: undefined, unknown: undefined })
  for (const tell of [(counted: PatientTally) => { counted.row([]) }, (counted: PatientTally) => { counted.rowAt(Buffer.alloc(0), new Int32Array(0)) }, (counted: PatientTally) => { counted.ended(1) }]) {
    const counted = tally(undefined, { outputs: [], untold: 'why' })
    counted.start([])
    tell(counted)
    assert.deepEqual(counted.touched, { digests: [], more: undefined, unknown: 'why' })
  }
})

test('whom the statement names is touched when it finds or writes anything, and counted once', () => {
  const named = (): PatientTally => tally(undefined, { outputs: [0], named: ['7', '9'] })
  const written = named()
  written.ended(3)
  assert.deepEqual(written.touched.digests, ['7', '9'].map((id) => patientDigest(KEY, 'clinic', id)))
  const found = named()
  found.start([{ column: 0, toText }])
  found.row([Buffer.from('7')])
  found.ended(1)
  assert.equal(found.touched.digests.length, 2)
  const nobody = named()
  nobody.ended(0)
  assert.deepEqual(nobody.touched, { digests: [], more: undefined, unknown: undefined })
})

test('ids in a format that is not read are not told', () => {
  const counted = tally(undefined, { outputs: [0, 1] })
  counted.start([{ column: 0, toText }])
  counted.row([Buffer.from('7')])
  assert.deepEqual(counted.touched, { digests: [patientDigest(KEY, 'clinic', '7')], more: undefined, unknown: 'ids of patients came in a format that is not read' })
})

test('rows of patients who are not told count as one each, rows that are nobody\'s do not', () => {
  const over = (strangers: TallyParts['strangers']): boolean => {
    const budget = new PatientBudget(() => 0)
    const counted = tally((patient) => budget.spend('bot', patient, 2), { outputs: [], untold: 'why', strangers })
    for (let row = 0; row < 3; row += 1) counted.row([])
    return counted.isOver
  }
  assert.equal(over('one-a-row'), true)
  assert.equal(over('not-counted'), false)
})

test('rows are looked at only where they tell somebody or are limited', () => {
  assert.equal(tally(undefined, { outputs: [] }).needsRows, true)
  const free = new PatientTally({ digest: (id) => id, spend: undefined, outputs: [], named: ['7'], untold: undefined, strangers: 'not-counted' })
  assert.equal(free.needsRows, false)
  const told = tally()
  told.start([{ column: 0, toText }])
  assert.equal(told.needsRows, true)
})

test('a budget holds an hour, counts a patient once, and strangers one by one', () => {
  let nowMs = 0
  const budget = new PatientBudget(() => nowMs)
  assert.equal(budget.spend('eve', 'a', 2), 'within')
  assert.equal(budget.spend('eve', 'a', 2), 'within')
  assert.equal(budget.spend('eve', undefined, 2), 'within')
  assert.equal(budget.spend('eve', 'b', 2), 'over')
  assert.equal(budget.spend('eve', undefined, 2), 'over')
  assert.equal(budget.spend('dana', 'b', 2), 'within', 'each principal has a budget of its own')
  nowMs = 3_599_999
  assert.equal(budget.spend('eve', 'b', 2), 'over')
  nowMs = 3_600_000
  assert.equal(budget.spend('eve', 'b', 2), 'within')
})

test('a tally over its budget says so before the row is delivered', () => {
  const budget = new PatientBudget(() => 0)
  const counted = tally((patient) => budget.spend('bot', patient, 1))
  counted.start([{ column: 0, toText }])
  counted.row([Buffer.from('7')])
  assert.equal(counted.isOver, false)
  counted.row([Buffer.from('8')])
  assert.equal(counted.isOver, true)
})

const CLASSIFICATION: Classification = {
  unclassified: 'phi', version: 'v',
  tables: new Map([['clinic.patients', { patient: 'id', columns: new Map(), rest: undefined }], ['clinic.rooms', { patient: undefined, columns: new Map(), rest: 'none' }]]),
}

test('ids have one text, in text and binary', () => {
  const cases = [[20, 0, '7', '7'], [20, 1, '\0\0\0\0\0\0\0\x07', '7'], [23, 1, '\0\0\0\x07', '7'], [21, 1, '\0\x07', '7'], [25, 1, 'P-7', 'P-7'], [1043, 1, 'P-7', 'P-7'], [1700, 0, '7.0', '7.0'],
    [2950, 1, '\0\x11\x22\x33\x44\x55\x66\x77\x01\x02\x03\x04\x05\x06\x07\x08', '00112233-4455-6677-0102-030405060708']] as const
  for (const [typeOid, format, cell, expected] of cases) {
    const [column] = findPatientColumns([{ typeOid: 25, format: 0 }, { typeOid, format }], [1])
    assert.deepEqual([column?.column, column?.toText(Buffer.from(cell, 'latin1'))], [1, expected])
  }
  assert.deepEqual(findPatientColumns([{ typeOid: 1700, format: 1 }], [0]), [], 'numeric in binary is not read')
  assert.deepEqual(findPatientColumns([], [0]), [])
})

function planOf(object: string, over: Partial<StatementPlan> = {}, action: 'read' | 'ddl' = 'read', classes: readonly 'name'[] = []): StatementPlan {
  return {
    understanding: {
      kind: 'understood', command: 'SELECT', outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined,
      effects: [{ action, object, kind: 'relation', columns: [], classes, scope: 'user', note: undefined }],
    },
    changes: [], tags: [], fields: undefined, parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined, needsPrepared: undefined, catalogTexts: [], functionResults: [], source: undefined, explain: undefined, ...over,
  }
}

const bindOf = (parameters: readonly (string | null)[], parameterFormats: readonly (0 | 1)[] = []): Buffer =>
  encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats, parameters: parameters.map((cell) => (cell === null ? null : Buffer.from(cell, 'latin1'))), resultFormats: [] })

const FLOW: SubjectFlow = { outputs: [], given: [{ relation: 'clinic.patients', value: { kind: 'parameter', number: 1, typeOid: 20 } }], untold: [] }

test('whose rows a statement touches follows from its tables and its plan', () => {
  const of = (plan: StatementPlan) => subjectsOf(plan, CLASSIFICATION, undefined)
  assert.equal(of(planOf('clinic.rooms')), undefined)
  assert.equal(of(planOf('clinic.patients', {}, 'ddl')), undefined, 'definitions are nobody\'s rows')
  assert.equal(of(planOf('clinic.patients'))?.untold, 'neither the answer nor the statement tells the patients of clinic.patients')
  assert.deepEqual(of(planOf('clinic.patients', { subjects: { outputs: [{ output: 2, relations: ['clinic.patients'] }], given: [], untold: [] } })), { outputs: [2], named: [], untold: undefined, strangers: 'not-counted' })
  assert.deepEqual(of(planOf('clinic.found', {}, 'read', ['name'])), { outputs: [], named: [], untold: 'the classification names no patient for rows of clinic.found', strangers: 'not-counted' })
  assert.equal(of({ ...planOf('x'), understanding: { kind: 'opaque', command: 'DO', reason: 'x', objects: [] } })?.strangers, 'one-a-row')
  const many = of(planOf('clinic.patients', { subjects: { outputs: [], given: [], untold: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } }))
  assert.equal(many?.untold, 'neither the answer nor the statement tells the patients of a, b, c, d, e and 2 more tables')
})

test('a parameter that names a patient has the text that the server would write', () => {
  const named = (cell: string | null, format: 0 | 1, typeOid: number): readonly string[] | string | undefined => {
    const found = subjectsOf(planOf('clinic.patients', { subjects: { ...FLOW, given: [{ relation: 'clinic.patients', value: { kind: 'parameter', number: 1, typeOid } }] } }), CLASSIFICATION, bindOf([cell], [format]))
    return found?.untold ?? found?.named
  }
  const untold = 'neither the answer nor the statement tells the patients of clinic.patients'
  const cases = [['7', 0, 20, ['7']], [' +007 ', 0, 20, ['7']], ['-7', 0, 23, ['-7']], ['0x7', 0, 20, untold], ['\0\0\0\x07', 1, 23, ['7']], [null, 0, 20, []], ['P-7', 0, 25, ['P-7']],
    ['{00112233-4455-6677-0102-03040506070A}', 0, 2950, ['00112233-4455-6677-0102-03040506070a']], ['00', 0, 2950, untold], ['7.0', 0, 1700, untold]] as const
  for (const [cell, format, typeOid, expected] of cases) assert.deepEqual(named(cell, format, typeOid), expected, `${cell} as ${typeOid}`)
  assert.deepEqual(subjectsOf(planOf('clinic.patients', { subjects: FLOW }), CLASSIFICATION, bindOf(['7']))?.named, ['7'])
  for (const bind of [undefined, bindOf([])]) assert.equal(subjectsOf(planOf('clinic.patients', { subjects: FLOW }), CLASSIFICATION, bind)?.untold, untold)
})
