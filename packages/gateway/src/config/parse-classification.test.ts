import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { classOf } from '@doorward/core'
import { parseClassification } from './parse-classification.ts'

const EXAMPLE = `version: 1
unclassified: phi                   # a column that nobody classified is masked, not shown
tables:
  clinic.patients: { patient: id, columns: { id: none, mrn: mrn, first_name: name, last_name: name, dob: date,
                     ssn: ssn, zip: zip, diagnosis: clinical, created_at: none } }
  clinic.notes:    { patient: patient_id, columns: { id: none, patient_id: none, body: free-text } }
  clinic.rooms:    { columns: { '*': none } }
`

function problemsOf(text: string): readonly string[] {
  const parsed = parseClassification('c.yaml', text)
  return (parsed.kind === 'invalid' ? parsed.problems : parsed.warnings).map((one) => `${one.severity} ${one.line}:${one.column} ${one.message}`)
}

test('reads the example of the design', () => {
  const parsed = parseClassification('clinic.phi.yaml', EXAMPLE)
  assert.equal(parsed.kind, 'parsed')
  if (parsed.kind !== 'parsed') return
  const { classification } = parsed
  assert.deepEqual(parsed.warnings, [])
  assert.match(classification.version, /^[0-9a-f]{64}$/)
  assert.equal(classification.tables.get('clinic.patients')?.patient, 'id')
  assert.equal(classOf(classification, 'clinic.patients', 'dob'), 'date')
  assert.equal(classOf(classification, 'clinic.patients', 'nickname'), 'phi')
  assert.equal(classOf(classification, 'clinic.rooms', 'anything'), 'none')
  assert.equal(classOf(classification, 'clinic.unknown', 'id'), 'phi')
})

test('takes what the file leaves out as PHI', () => {
  const parsed = parseClassification('c.yaml', 'version: 1\ntables: { a.b: { columns: { x: none } } }\n')
  assert.equal(parsed.kind === 'parsed' && parsed.classification.unclassified, 'phi')
})

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['tables: { a.b: { columns: { x: none } } }\n', /expected key "version"/],
  ['version: 1\n', /expected key "tables"/],
  ['version: 1\ntables: {}\n', /tables: expected at least one key/],
  ['version: 1\ntable: {}\n', /unknown key "table" in classification: did you mean "tables"\?/],
  ['version: 1\ntables: { patients: { columns: { x: none } } }\n', /^error 2:11 tables: expected schema.table, found "patients"/],
  ['version: 1\ntables: { a.b: { columns: { x: snn } } }\n', /a.b.x: no class "snn": did you mean "ssn"\?/],
  ['version: 1\ntables: { a.b: { columns: { x: } } }\n', /a.b.x: expected a class, found nothing/],
  ['version: 1\ntables: { a.b: { columns: {} } }\n', /expected at least one key/],
  ['version: 1\ntables: { a.b: { patient: id } }\n', /table a.b: expected key "columns"/],
  ['version: 1\ntables: { a.b: { colums: { x: none } } }\n', /unknown key "colums" in table a.b: did you mean "columns"\?/],
  ['version: 1\nunclassified: open\ntables: { a.b: { columns: { x: none } } }\n', /unclassified: no class "open"/],
  ['version: 1\ntables: { a.b: { columns: { x: none, x: ssn } } }\n', /key "x" is there twice/],
  ['version: 1\ntables: { a.b: { columns: { x: none } }, a.b: { columns: { x: ssn } } }\n', /key "a.b" is there twice/],
]
for (const [text, message] of REFUSED) test(`refuses ${JSON.stringify(text)}`, () => assert.ok(problemsOf(text).some((one) => message.test(one)), problemsOf(text).join('\n')))

test('warns when unclassified columns would be shown, and when the patient column is not there', () => {
  assert.match(problemsOf('version: 1\nunclassified: none\ntables: { a.b: { patient: ix, columns: { id: none } } }\n').join('\n'), /^warning 2:15 .*shown in clear\nwarning 3:27 patient: column "ix" is not among the columns: did you mean "id"\?$/)
})

test('keeps columns called __proto__ and constructor apart from the language\'s own', () => {
  const parsed = parseClassification('c.yaml', 'version: 1\nunclassified: none\ntables: { a.b: { columns: { __proto__: ssn, id: none } } }\n')
  assert.equal(parsed.kind, 'parsed')
  if (parsed.kind !== 'parsed') return
  assert.equal(classOf(parsed.classification, 'a.b', '__proto__'), 'ssn')
  assert.equal(classOf(parsed.classification, 'a.b', 'constructor'), 'none')
})

const corpus = new URL('../../../../../shared/corpus/clinic.phi.yaml', import.meta.url)
test('reads the classification of the bypass corpus', { skip: existsSync(corpus) ? false : 'skipped: ../shared/corpus missing' }, () => {
  const parsed = parseClassification('clinic.phi.yaml', readFileSync(corpus, 'utf8'))
  assert.equal(parsed.kind, 'parsed')
  if (parsed.kind === 'parsed') assert.deepEqual(parsed.warnings, [])
})

test('property: no text makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => { parseClassification('c.yaml', `version: 1\ntables:\n  ${text}`) }), { numRuns: 500 })
  for (let end = 0; end <= EXAMPLE.length; end++) parseClassification('c.yaml', EXAMPLE.slice(0, end))
})
