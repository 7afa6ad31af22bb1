import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { edit, forge, Gateway, KEY, readEntries, toSource } from '../verify/memory-log.test.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { DANA, PATIENT_1, PATIENT_2, PATIENT_3, SCOUT, toSampleLog } from './sample-log.test.ts'
import { SearchIndex } from './search-index.ts'
import { countEvents, searchEvents, type FoundEvent, type SearchFilter } from './search-query.ts'

describe('searching a log', () => {
  const index = SearchIndex.open(':memory:')
  before(async () => {
    const { source } = await toSampleLog()
    const result = await verifyLog({ source, verifierKey: KEY.verifierKey.text, entries: 'doorward' })
    assert.equal(result.exitCode, 0, JSON.stringify(result).slice(0, 400))
    await index.update(source)
  })
  after(() => { index.close() })

  const search = (filter: Partial<SearchFilter>): readonly FoundEvent[] => searchEvents(index.database, { limit: 100, ...filter })
  const danaId = `${DANA.issuer}|${DANA.subject}`

  const ROWS: readonly { readonly name: string; readonly filter: Partial<SearchFilter>; readonly kinds: readonly string[] }[] = [
    { name: 'a patient', filter: { patient: PATIENT_1 }, kinds: ['intent'] },
    { name: 'a patient that several statements touched', filter: { patient: PATIENT_2 }, kinds: ['intent', 'intent', 'intent'] },
    { name: 'nobody\'s digest', filter: { patient: '0'.repeat(32) }, kinds: [] },
    { name: 'a principal by name, also where somebody acts for it', filter: { principal: 'scout' }, kinds: ['session.open', 'intent', 'refusal', 'intent', 'session.close', 'revocation'] },
    { name: 'a principal by issuer and subject, also as approver', filter: { principal: danaId, kinds: ['approval.approved', 'revocation', 'intent'] }, kinds: ['intent', 'intent', 'intent', 'intent', 'approval.approved', 'revocation', 'intent'] },
    { name: 'a table', filter: { object: 'clinic.notes' }, kinds: ['intent'] },
    { name: 'a schema', filter: { object: 'clinic.*', decision: 'allow' }, kinds: ['intent', 'intent', 'intent', 'intent', 'intent'] },
    { name: 'another schema', filter: { object: 'clin.*' }, kinds: [] },
    { name: 'a class', filter: { phiClass: 'free-text' }, kinds: ['intent'] },
    { name: 'a decision', filter: { decision: 'deny' }, kinds: ['refusal'] },
    { name: 'a resource and a class', filter: { resource: 'clinic', phiClass: 'ssn', principal: 'scout' }, kinds: ['intent', 'refusal', 'intent'] },
    { name: 'a kind', filter: { kinds: ['auth.fail', 'config.policy'] }, kinds: ['config.policy', 'config.policy', 'auth.fail'] },
    { name: 'a time', filter: { fromMs: Date.UTC(2026, 0, 1, 1), kinds: ['intent', 'config.policy'] }, kinds: ['config.policy', 'intent'] },
    { name: 'a purpose', filter: { purpose: 'HOPERAT', kinds: ['intent'] }, kinds: ['intent', 'intent'] },
    { name: 'until a time', filter: { toMs: Date.UTC(2026, 0, 1, 1), kinds: ['config.policy'] }, kinds: ['config.policy'] },
    { name: 'what comes after an entry', filter: { after: 30, kinds: ['session.open'] }, kinds: [] },
    { name: 'at most so many', filter: { kinds: ['intent'], limit: 2 }, kinds: ['intent', 'intent'] },
  ]

  for (const { name, filter, kinds } of ROWS) {
    test(`finds ${name}`, () => {
      assert.deepEqual(search(filter).map((event) => event.kind), kinds)
      if (filter.limit === undefined) assert.equal(countEvents(index.database, { limit: 1, ...filter }), kinds.length)
    })
  }

  test('an event is told with its outcome, objects, classes and patients', () => {
    const [first] = search({ patient: PATIENT_1 })
    assert.ok(first !== undefined)
    assert.deepEqual([first.principals, first.resource, first.purpose, first.decision, first.policyVersion], [[{ id: danaId, name: 'dana', role: 'principal' }], 'clinic', 'TREAT', 'allow', 'v1'])
    assert.deepEqual([first.objects, first.classes], [[{ name: 'clinic.patients', action: 'read' }], ['date', 'mrn', 'none', 'ssn']])
    assert.deepEqual([first.outcome?.index, first.outcome?.status, first.outcome?.rows, first.patients], [first.index + 1, 'done', 2, [PATIENT_1, PATIENT_2]])
    const [last] = search({ patient: PATIENT_3 })
    assert.deepEqual([last?.outcome?.status, last?.outcome?.patientsMore], ['stopped', 4])
    const unknown = search({ principal: SCOUT.name, kinds: ['intent'] }).at(-1)
    assert.match(unknown?.outcome?.patientsUnknown ?? '', /no column/)
    assert.deepEqual(search({ resource: 'clinic', kinds: ['outcome', 'session.close'] }).map(({ kind }) => kind).length, 8)
    assert.deepEqual(search({ principal: SCOUT.name, kinds: ['session.close'] }).map(({ principals }) => principals.map(({ role, name }) => `${role} ${name}`)), [['principal scout', 'acting-for dana']])
  })
})

describe('the search index', () => {
  let folder = ''
  before(() => { folder = mkdtempSync(join(tmpdir(), 'doorward-index-')) })
  after(() => { rmSync(folder, { recursive: true, force: true }) })

  const all = (index: SearchIndex): unknown[] => ['entry', 'party', 'object', 'class', 'patient'].map((table) => index.database.prepare(`select * from ${table} order by 1, 2`).all())

  test('built piece by piece it is the one built at once, and another one after the log was replaced', async () => {
    const file = join(folder, 'pieces.db')
    const gateway = new Gateway()
    for (const statements of [1, 127, 3, 260]) {
      const log = await gateway.open()
      await gateway.session(log, statements)
      await log.close()
      const index = SearchIndex.open(file)
      const head = await index.update(toSource(gateway.files()))
      assert.equal(index.size, head.size)
      assert.equal(countEvents(index.database, { limit: 1, kinds: ['intent', 'outcome', 'audit.start', 'audit.stop', 'session.open', 'session.close'] }), head.size)
      index.close()
    }
    const whole = SearchIndex.open(':memory:')
    await whole.update(toSource(gateway.files()))
    const pieces = SearchIndex.open(file)
    assert.deepEqual(all(pieces), all(whole))
    const forged = await forge(readEntries(gateway.files()).with(5, edit(readEntries(gateway.files())[5], { rows: 77 })))
    await pieces.update(toSource(forged))
    await whole.update(toSource(forged))
    assert.deepEqual(all(pieces), all(whole))
    pieces.close()
    whole.close()
  })

  test('does not take entries that are not the signed ones, and stays as it was', async () => {
    const gateway = new Gateway()
    const log = await gateway.open()
    await gateway.session(log, 200)
    await log.close()
    const index = SearchIndex.open(':memory:')
    await index.update(toSource(gateway.files()))
    const before = all(index)
    const files = gateway.files()
    const forged = await forge(readEntries(files).with(5, edit(readEntries(files)[5], { rows: 77 })))
    const fresh = SearchIndex.open(':memory:')
    await assert.rejects(fresh.update(toSource(new Map([...forged, ['checkpoint', files.get('checkpoint') ?? assert.fail()]]))), { code: 'fork' })
    assert.equal(fresh.size, 0)
    assert.equal(countEvents(fresh.database, { limit: 1 }), 0)
    files.delete('tile/entries/000')
    await assert.rejects(fresh.update(toSource(files)), { code: 'rollback' })
    files.delete('checkpoint')
    await assert.rejects(fresh.update(toSource(files)), { code: 'head-invalid' })
    assert.deepEqual(all(index), before)
    index.close()
    fresh.close()
  })

  test('an index of another version, or with another edge, is built anew', async () => {
    const file = join(folder, 'version.db')
    const { source } = await toSampleLog()
    const first = SearchIndex.open(file)
    await first.update(source)
    first.close()
    const database = new DatabaseSync(file)
    database.exec("update built set size = 3, edge = '[\"AAAA\"]'")
    database.close()
    const second = SearchIndex.open(file)
    await second.update(source)
    assert.equal(countEvents(second.database, { limit: 1, patient: PATIENT_2 }), 3)
    second.database.exec('pragma user_version = 99')
    second.close()
    const third = SearchIndex.open(file)
    assert.equal(third.size, 0)
    third.close()
  })
})
