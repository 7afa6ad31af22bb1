import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewEntry } from '../recordings/recording-entries.ts'
import type { RecordedPerson, RecordingRecord } from '../recordings/recording-files.ts'
import { EntryReader } from '../search/read-bundles.ts'
import { SearchIndex } from '../search/search-index.ts'
import { Gateway, toSource } from '../verify/memory-log.test.ts'
import { reportPatient } from './access-report.ts'
import { reportBreach } from './breach-report.ts'
import { toBreachSections, toViewSection } from './report-sections.ts'

const PATIENT = '1'.repeat(32)
const EVAN: RecordedPerson = { issuer: 'local', subject: 'evan', name: 'evan' }
const VERA: RecordedPerson = { issuer: 'local', subject: 'vera', name: 'vera' }

test('reports about a patient and about a person tell of recordings that were looked at', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  for (const [session, patient] of [['a'.repeat(32), PATIENT], ['b'.repeat(32), '2'.repeat(32)]] as const) {
    await log.append({ kind: 'session.open', session, seq: 1, principal: { ...EVAN }, resource: 'clinic' })
    const { index: intent } = await log.append({ kind: 'intent', session, seq: 2, statement: `${session}.1`, principal: { ...EVAN }, resource: 'clinic', what: { command: 'SELECT', effects: [{ action: 'read', object: 'clinic.patients', classes: ['name'] }] }, decision: { kind: 'allow', obligations: [] } })
    await log.append({ kind: 'outcome', session, seq: 3, intent, statement: `${session}.1`, status: 'done', rows: 1, bytes: 9, patients: { digests: [patient] } })
    const record: RecordingRecord = { recording: session, principal: EVAN, actingFor: [], resource: 'clinic', protocol: 'postgres', client: 'c', why: 'resource', startedMs: 0 }
    await log.append(viewEntry(record, 0, VERA, 'play', 'c'))
    await log.append(viewEntry(record, 0, EVAN, 'export', 'c'))
  }
  await log.close()
  const source = toSource(gateway.files())
  const index = SearchIndex.open(':memory:')
  try {
    const head = await index.update(source)
    const reader = new EntryReader(source, head.size)
    const { views } = await reportPatient(index, reader, { patient: PATIENT })
    assert.deepEqual(toViewSection('E', 't', [], views).rows.map(([, who, how, part, recording, of]) => [who, how, part, recording, of]), [
      ['vera (local|vera)', 'looked at', 0, 'a'.repeat(32), 'evan (local|evan)'], ['evan (local|evan)', 'exported', 0, 'a'.repeat(32), 'evan (local|evan)'],
    ])
    const breach = await reportBreach(index, reader, { principal: 'local|vera' })
    assert.deepEqual(breach.views.map(({ event }) => event.session), ['a'.repeat(32), 'b'.repeat(32)])
    assert.ok(toBreachSections(breach, 'vera').some(({ id, rows }) => id === 'E-BR-6' && rows.length === 2))
    assert.equal((await reportBreach(index, reader, { principal: 'evan' })).views.length, 2, 'being recorded is not looking')
  } finally {
    index.close()
  }
})
