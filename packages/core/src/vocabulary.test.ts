/** The closed lists of the vocabulary and what is asked of them; classification of columns. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACTIONS, isAction } from './action.ts'
import { classOf, type Classification } from './classification.ts'
import { Fault } from './fault.ts'
import { isMaskOperator, MASK_OPERATORS, REVEALING_MASKS } from './mask.ts'
import { isPhi, isPhiClass, PHI_CLASSES } from './phi-class.ts'
import { parsePurpose } from './purpose.ts'
import { unreachable } from './unreachable.ts'

/** What a text from outside may be mistaken for. */
const STRANGE = ['', 'toString', '__proto__', 'constructor', 'hasOwnProperty', ' read', 'READ', 'none ']

test('each list knows its own words and no other', () => {
  for (const [words, isOne] of [[ACTIONS, isAction], [MASK_OPERATORS, isMaskOperator], [PHI_CLASSES, isPhiClass]] as const) {
    for (const word of words) assert.equal(isOne(word), true, word)
    for (const word of STRANGE) assert.equal(isOne(word), false, word)
    assert.equal(new Set(words).size, words.length)
  }
})

test('the vocabulary is that of the design', () => {
  assert.deepEqual([...ACTIONS], ['read', 'create', 'update', 'delete', 'ddl', 'privilege', 'destroy', 'export', 'execute', 'connect'])
  // 45 CFR 164.514(b)(2)(i): the identifiers of Safe Harbor that a column can hold.
  for (const identifier of ['name', 'address', 'zip', 'date', 'phone', 'fax', 'email', 'ssn', 'mrn', 'health-plan', 'account', 'license', 'vehicle', 'device', 'url', 'ip', 'biometric', 'photo', 'other-id']) assert.ok(isPhiClass(identifier) && isPhi(identifier), identifier)
  for (const special of ['part2', 'psychotherapy', 'mental-health', 'hiv', 'reproductive', 'genetic', 'minor', 'phi', 'clinical', 'free-text']) assert.ok(isPhiClass(special) && isPhi(special), special)
  assert.equal(isPhi('none'), false)
})

test('only redact and null reveal nothing of a value', () => {
  assert.deepEqual(MASK_OPERATORS.filter((operator) => !REVEALING_MASKS.has(operator)), ['redact', 'null'])
})

test('a purpose is a code of upper-case letters', () => {
  for (const code of ['TREAT', 'HPAYMT', 'HOPERAT', 'HSYSADMIN', 'BTG', 'A1', 'A'.repeat(32)]) assert.equal(parsePurpose(code), code)
  for (const text of ['', 'A', 'treat', 'TREAT ', 'TRE AT', '1A', 'A'.repeat(33), 'TREAT\n', 'TRÉAT', '__PROTO__']) assert.equal(parsePurpose(text), undefined, JSON.stringify(text))
})

test('a column is what the file says, else what the rest of its table is, else unclassified', () => {
  const classification: Classification = {
    unclassified: 'phi', version: 'v',
    tables: new Map([
      ['clinic.patients', { patient: 'id', columns: new Map([['id', 'none'], ['ssn', 'ssn']]), rest: undefined }],
      ['clinic.rooms', { patient: undefined, columns: new Map([['note', 'free-text']]), rest: 'none' }],
    ]),
  }
  const cases = [['clinic.patients', 'ssn', 'ssn'], ['clinic.patients', 'id', 'none'], ['clinic.patients', 'new_column', 'phi'], ['clinic.patients', 'SSN', 'phi'], ['clinic.rooms', 'anything', 'none'], ['clinic.rooms', 'note', 'free-text'], ['clinic.unknown', 'id', 'phi'], ['toString', 'constructor', 'phi']] as const
  for (const [table, column, expected] of cases) assert.equal(classOf(classification, table, column), expected, `${table}.${column}`)
})

test('a fault carries its code and cause under its own name', () => {
  class TestFault extends Fault<'broken'> {}
  const cause = new Error('below')
  const fault = new TestFault('broken', 'expected 1, found 2', { cause })
  assert.deepEqual([fault.name, fault.code, fault.message, fault.cause], ['TestFault', 'broken', 'expected 1, found 2', cause])
  assert.ok(fault instanceof Error)
})

test('what cannot be names the type it found, not the value', () => {
  const value: unknown = 'Xylophilia'
  // Untyped input that got past a switch.
  assert.throws(() => unreachable(value as never), (error) => error instanceof Error && /unexpected string/.test(error.message) && !error.message.includes('Xylophilia'))
})
