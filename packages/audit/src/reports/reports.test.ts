import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { EntryReader } from '../search/read-bundles.ts'
import { PATIENT_1, PATIENT_2, PATIENT_3, toSampleLog } from '../search/sample-log.test.ts'
import { SearchIndex } from '../search/search-index.ts'
import { reportPatient } from './access-report.ts'
import { reportBreach } from './breach-report.ts'
import { exposureOf } from './exposure.ts'

describe('reports over a log', () => {
  const index = SearchIndex.open(':memory:')
  let reader: EntryReader

  before(async () => {
    const { source } = await toSampleLog()
    const head = await index.update(source)
    reader = new EntryReader(source, head.size)
  })
  after(() => { index.close() })

  test('a patient: who saw what of it, in clear or masked, and what does not say whom', async () => {
    const { accesses, uncertain } = await reportPatient(index, reader, { patient: PATIENT_2 })
    assert.deepEqual(accesses.map(({ event, exposure }) => [event.principals.map(({ name }) => name), event.purpose, exposure.clear, exposure.partly, exposure.masked]), [
      [['dana'], 'TREAT', ['date', 'mrn', 'ssn'], [], []],
      [['dana'], 'TREAT', ['free-text'], [], []],
      [['scout', 'dana'], 'HOPERAT', [], ['date (year)', 'mrn (token)'], ['ssn']],
    ])
    assert.deepEqual(accesses[0]?.exposure.columns, ['clinic.patients: id, mrn, ssn, dob'])
    assert.match(accesses[0]?.text ?? '', /^select \* from clinic\.patients/)
    // One answer that told nobody, and one that told one of five.
    assert.deepEqual(uncertain.map(({ event }) => [event.outcome?.patientsUnknown !== undefined, event.outcome?.patientsMore]), [[true, 0], [false, 4]])
  })

  test('a patient in a period, and one that nobody saw', async () => {
    assert.deepEqual((await reportPatient(index, reader, { patient: PATIENT_1, toMs: Date.UTC(2026, 0, 1) })).accesses, [])
    assert.equal((await reportPatient(index, reader, { patient: PATIENT_3, fromMs: Date.UTC(2026, 0, 1, 1) })).accesses.length, 1)
    const nobody = await reportPatient(index, reader, { patient: 'f'.repeat(32), resource: 'clinic' })
    assert.deepEqual([nobody.accesses.length, nobody.uncertain.length], [0, 2])
  })

  test('a principal who saw in clear: patients, classes and rows', async () => {
    const report = await reportBreach(index, reader, { principal: 'dana' })
    // Scout acts for dana, so what it saw is hers to answer for too.
    assert.equal(report.accesses.length, 5)
    assert.deepEqual([report.patientsInClear, report.patientsMasked], [[PATIENT_1, PATIENT_2, PATIENT_3], []])
    assert.deepEqual([report.patientsUntold, report.answersUntold, report.rowsInClear, report.refused], [4, 1, 8, 1])
    assert.deepEqual(report.classes, [{ name: 'date', rows: 7, statements: 2 }, { name: 'mrn', rows: 7, statements: 2 }, { name: 'ssn', rows: 7, statements: 2 }, { name: 'free-text', rows: 1, statements: 1 }])
    assert.deepEqual(report.columns, ['clinic.notes: body', 'clinic.patients: id, mrn, ssn, dob'])
  })

  test('a principal who saw masked values alone', async () => {
    const report = await reportBreach(index, reader, { principal: 'scout' })
    assert.deepEqual([report.patientsInClear, report.patientsMasked, report.classes, report.rowsInClear], [[], [PATIENT_2], [], 0])
    const none = await reportBreach(index, reader, { principal: 'nobody' })
    assert.equal(none.accesses.length, 0)
  })
})

test('what cannot be told counts as clear', () => {
  const effects = (classes: readonly string[], action = 'read'): object => ({ effects: [{ action, object: 't', classes }] })
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['no obligations', { what: effects(['ssn']), decision: {} }, ['ssn']],
    ['a mask for another class', { what: effects(['ssn']), decision: { obligations: [{ kind: 'mask', outputs: [{ class: 'mrn', operator: 'redact' }] }] } }, ['ssn']],
    ['a mask that leaves it clear', { what: effects(['ssn']), decision: { obligations: [{ kind: 'mask', outputs: [{ class: 'ssn', operator: 'clear' }] }] } }, ['ssn']],
    ['one output masked and one clear', { what: effects(['ssn']), decision: { obligations: [{ kind: 'mask', outputs: [{ class: 'ssn', operator: 'redact' }, { class: 'ssn', operator: 'clear' }] }] } }, ['ssn']],
    ['nothing understood', { what: { opaque: 'function without source', objects: ['f'] }, decision: {} }, ['phi']],
    ['a write', { what: effects(['ssn'], 'update'), decision: {} }, []],
    ['nothing classified', { what: effects(['none']), decision: {} }, []],
    ['no entry of this kind', {}, []],
  ]
  for (const [name, entry, clear] of cases) assert.deepEqual(exposureOf(entry as Parameters<typeof exposureOf>[0]).clear, clear, name)
})
