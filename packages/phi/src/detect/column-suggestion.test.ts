import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { suggestColumnClass } from './column-suggestion.ts'

const COLUMNS = new URL('../../../../../shared/phi/columns_labelled.jsonl', import.meta.url)

test('suggests by name, type and table', () => {
  const rows: readonly (readonly [string, string, string, string | undefined])[] = [
    ['patients', 'first_name', 'text', 'name'], ['patients', 'FirstName', 'text', 'name'], ['patients', 'last-name', 'text', 'name'],
    ['patients', 'ssn', 'text', 'ssn'], ['patients', 'mrn', 'text', 'mrn'], ['patients', 'dob', 'text', 'date'], ['patients', 'created', 'timestamptz', 'date'],
    ['patients', 'zip', 'text', 'zip'], ['patients', 'city', 'text', 'address'], ['patients', 'email', 'text', 'email'], ['patients', 'phone_home', 'text', 'phone'],
    ['visits', 'note', 'text', 'free-text'], ['visits', 'diagnosis', 'text', 'clinical'], ['patients', 'hiv_status', 'text', 'hiv'], ['patients', 'pregnancy_flag', 'boolean', 'reproductive'], ['labs', 'hiv_result', 'text', 'hiv'],
    ['patients', 'id', 'bigint', undefined], ['patients', 'sex', 'text', undefined], ['patients', 'phone_type', 'text', undefined],
    ['concept', 'concept_name', 'text', undefined], ['concept', 'valid_start_date', 'date', undefined], ['drugs', 'expiration_date', 'date', undefined],
    ['stock', 'expiration', 'date', undefined], ['notes', 'note', 'integer', undefined],
  ]
  for (const [table, column, type, expected] of rows) assert.equal(suggestColumnClass({ table, column, type })?.phiClass, expected, `${table}.${column}`)
})

test('misses what it says it misses', () => {
  for (const [table, column] of [['patients', 'nombre'], ['patients', 'x7'], ['patients', 'value'], ['users', 'home_phone']] as const) {
    assert.equal(suggestColumnClass({ table, column, type: 'text' }), undefined, column)
  }
})

test('answers for any name, also a hostile one', () => {
  fc.assert(fc.property(fc.string({ maxLength: 400 }), fc.string(), fc.string(), (column, table, type) => { suggestColumnClass({ table, column, type }) }))
  const startedNs = process.hrtime.bigint()
  for (const unit of ['a', '_', 'a_', 'name', '_name', 'signature', 'note']) suggestColumnClass({ table: unit.repeat(250 / unit.length), column: unit.repeat(250 / unit.length), type: 'text' })
  assert.ok(Number(process.hrtime.bigint() - startedNs) < 500e6)
})

interface Labelled { readonly table: string; readonly column: string; readonly type: string; readonly phi: string | null; readonly ambiguous: boolean }

test('keeps its score on the labelled columns', { skip: existsSync(COLUMNS) ? false : 'skipped: labelled columns missing' }, () => {
  const columns = readFileSync(COLUMNS, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Labelled).filter(({ ambiguous }) => !ambiguous) // as above
  const isIdentifier = (column: Labelled): boolean => !['clinical', 'hiv', 'part2', 'psychotherapy', 'mental-health', 'reproductive', 'genetic', undefined].includes(suggestColumnClass(column)?.phiClass)
  const suggested = columns.filter(isIdentifier)
  const phi = columns.filter((column) => column.phi !== null)
  const right = suggested.filter((column) => column.phi !== null)
  assert.ok(right.length / phi.length >= 0.98, `${right.length} of ${phi.length} found`)
  assert.ok(right.length / suggested.length >= 0.97, `${right.length} of ${suggested.length} right`)
})
