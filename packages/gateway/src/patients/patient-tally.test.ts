import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_TOLD_PATIENTS, Sensitive, type Classification } from '@doorward/core'
import type { Catalog, RelationFacts } from '@doorward/sql'
import { findPatientColumns, touchesPatients } from '../protocols/postgres/transform/patient-columns.ts'
import { PatientBudget } from './patient-budget.ts'
import { patientDigest, PATIENT_DIGEST_LENGTH } from './patient-digest.ts'
import { PatientTally } from './patient-tally.ts'

const KEY = new Sensitive(Buffer.alloc(32, 1))
const toText = (cell: Buffer): string => cell.toString('utf8')

function tally(spend: (patient: string | undefined) => 'within' | 'over' = () => 'within'): PatientTally {
  return new PatientTally({ digest: (id) => patientDigest(KEY, 'clinic', id), spend })
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

test('an answer without the patient\'s column says that it does not know', () => {
  const counted = tally()
  counted.start([])
  counted.row([])
  assert.deepEqual(counted.touched, { digests: [], more: undefined, unknown: 'the answer holds no column that names the patient' })
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

const PATIENTS = { schema: 'clinic', name: 'patients', attributes: new Map([[1, { number: 1, name: 'id' }], [2, { number: 2, name: 'mrn' }]]) } as unknown as RelationFacts
const CATALOG = { relation: (oid: number) => (oid === 500 ? PATIENTS : undefined) } as unknown as Catalog
const CLASSIFICATION: Classification = { unclassified: 'phi', version: 'v', tables: new Map([['clinic.patients', { patient: 'id', columns: new Map(), rest: undefined }]]) }

test('the patient\'s column is known by table and attribute, in text and binary', () => {
  const [text] = findPatientColumns([{ tableOid: 500, attribute: 2, typeOid: 25, format: 0 }, { tableOid: 500, attribute: 1, typeOid: 20, format: 0 }], CATALOG, CLASSIFICATION)
  assert.equal(text?.column, 1)
  assert.equal(text?.toText(Buffer.from('7')), '7')
  const [binary] = findPatientColumns([{ tableOid: 500, attribute: 1, typeOid: 20, format: 1 }], CATALOG, CLASSIFICATION)
  assert.equal(binary?.toText(Buffer.from('0000000000000007', 'hex')), '7')
  assert.deepEqual(findPatientColumns([{ tableOid: 0, attribute: 0, typeOid: 20, format: 0 }], CATALOG, CLASSIFICATION), [])
})

test('statements over tables of patients are told from others', () => {
  const read = (object: string) => touchesPatients({ kind: 'understood', command: 'SELECT', outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined,
    effects: [{ action: 'read', object, kind: 'relation', columns: [], classes: [], scope: 'user', note: undefined }] }, CLASSIFICATION)
  assert.equal(read('clinic.patients'), true)
  assert.equal(read('clinic.rooms'), false)
  assert.equal(touchesPatients({ kind: 'opaque', command: 'DO', reason: 'x', objects: [] }, CLASSIFICATION), true)
})
