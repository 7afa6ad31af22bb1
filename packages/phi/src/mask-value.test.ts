import assert from 'node:assert/strict'
import test from 'node:test'
import { MASK_OPERATORS, parsePurpose, PHI_CLASSES, Sensitive } from '@doorward/core'
import fc from 'fast-check'
import { effectiveOperator, fitsShape, isMaskText, maskValue, redactedValue, TEXT, type MaskContext, type PlainShape, type ValueShape } from './index.ts'

const CONTEXT: MaskContext = { tokenKey: new Sensitive(Buffer.alloc(32, 7)), purpose: parsePurpose('HOPERAT'), asOfYear: 2026 }
const PLAIN: readonly PlainShape['kind'][] = [
  'decimal', 'float', 'boolean', 'date', 'timestamp', 'timestamptz', 'time', 'interval', 'bytes', 'json', 'uuid', 'inet', 'composite', 'enum', 'other',
]
const SHAPES: readonly ValueShape[] = [
  TEXT,
  { kind: 'text', maxChars: 5, padded: false },
  { kind: 'text', maxChars: 20, padded: true },
  { kind: 'integer', bits: 16 }, { kind: 'integer', bits: 32 }, { kind: 'integer', bits: 64 },
  { kind: 'array', element: TEXT }, { kind: 'array', element: { kind: 'date' } },
  ...PLAIN.map((kind) => ({ kind })),
]
const anyValue = fc.oneof(
  fc.constant(null), fc.string(), fc.string({ unit: 'binary', maxLength: 80 }), fc.bigInt().map(String), fc.constant('\ud800'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()), fc.uuid(), fc.stringMatching(/^\d{5}(-\d{4})?$/),
)

test('redact is one constant per shape, also for null', () => {
  fc.assert(fc.property(fc.constantFrom(...SHAPES), anyValue, fc.constantFrom(...PHI_CLASSES), (shape, value, phiClass) => {
    assert.equal(maskValue('redact', phiClass, shape, value, CONTEXT), redactedValue(shape))
    assert.equal(maskValue('null', phiClass, shape, value, CONTEXT), null)
  }))
})

test('no operator throws, whatever the value', () => {
  fc.assert(fc.property(fc.constantFrom(...MASK_OPERATORS), fc.constantFrom(...SHAPES), anyValue, (operator, shape, value) => {
    const masked = maskValue(operator, 'mrn', shape, value, CONTEXT)
    assert.ok(masked === null || typeof masked === 'string')
  }), { numRuns: 2000 })
})

test('an operator that does not fit the shape redacts', () => {
  fc.assert(fc.property(fc.constantFrom(...MASK_OPERATORS), fc.constantFrom(...SHAPES), anyValue, (operator, shape, value) => {
    fc.pre(!fitsShape(operator, shape))
    assert.equal(maskValue(operator, 'mrn', shape, value, CONTEXT), redactedValue(shape))
  }))
})

test('the constants', () => {
  const rows: readonly (readonly [ValueShape, string | null])[] = [
    [TEXT, '[redacted]'],
    [{ kind: 'text', maxChars: 10, padded: false }, '[redacted]'],
    [{ kind: 'text', maxChars: 9, padded: false }, '*********'],
    [{ kind: 'text', maxChars: 1, padded: true }, '*'],
    [{ kind: 'text', maxChars: 12, padded: true }, '[redacted]  '],
    [{ kind: 'json' }, '"[redacted]"'],
    [{ kind: 'bytes' }, ''],
    [{ kind: 'array', element: { kind: 'integer', bits: 32 } }, '{}'],
    ...(['decimal', 'float', 'boolean', 'date', 'timestamp', 'timestamptz', 'time', 'interval', 'uuid', 'inet', 'composite', 'enum', 'other'] as const)
      .map((kind): readonly [ValueShape, null] => [{ kind }, null]),
    [{ kind: 'integer', bits: 32 }, null],
  ]
  for (const [shape, expected] of rows) assert.equal(redactedValue(shape), expected, JSON.stringify(shape))
})

test('revealing operators, value by value', () => {
  const date: ValueShape = { kind: 'date' }
  const rows: readonly (readonly [Parameters<typeof maskValue>[0], ValueShape, string | null, string | null])[] = [
    ['clear', TEXT, 'Ann', 'Ann'],
    ['clear', { kind: 'other' }, '(1,2)', '(1,2)'],
    ['year', date, '1984-03-14', '1984-01-01'],
    ['year', date, '1936-12-31', null],
    ['year', date, '1937-01-01', '1937-01-01'],
    ['year', date, '0044-03-15 BC', null],
    ['year', date, 'infinity', null],
    ['year', { kind: 'timestamp' }, '2024-02-29 23:59:59.999', '2024-01-01 00:00:00'],
    ['year', { kind: 'timestamptz' }, '2024-12-31 20:00:00-05', '2025-01-01 00:00:00+00'],
    ['year', { kind: 'timestamptz' }, '2025-01-01 03:00:00+05:30', '2024-01-01 00:00:00+00'],
    ['year', { kind: 'time' }, '20:00:00', null],
    ['year', TEXT, '1984-03-14', '1984'],
    ['year', TEXT, '03/14/1984', '1984'],
    ['year', TEXT, '19840314', '1984'],
    ['year', TEXT, '1930-01-01', '90 or older'],
    ['year', TEXT, 'in the spring', '[redacted]'],
    ['year', TEXT, '2125551234', '[redacted]'],
    ['zip3', TEXT, '85004-1234', '850'],
    ['zip3', TEXT, 'SW1A 1AA', '[redacted]'],
    ['zip3', { kind: 'integer', bits: 32 }, '2139', '21'],
    ['zip3', { kind: 'integer', bits: 32 }, '3601', '0'],
    ['zip3', { kind: 'integer', bits: 32 }, '-2139', null],
    ['last4', TEXT, '900-12-3456', '3456'],
    ['last4', TEXT, '1234', '[redacted]'],
    ['last4', TEXT, 'ab😀c😀', 'b😀c😀'],
    ['last4', { kind: 'integer', bits: 64 }, '900120034', '34'],
    ['last4', { kind: 'integer', bits: 64 }, '1234', null],
    ['year', TEXT, null, null],
  ]
  for (const [operator, shape, value, expected] of rows) {
    assert.equal(maskValue(operator, 'date', shape, value, CONTEXT), expected, `${operator} ${shape.kind} ${value}`)
  }
})

test('only a copied value may be revealed', () => {
  for (const operator of MASK_OPERATORS) {
    assert.equal(effectiveOperator(operator, TEXT, 'computed'), operator === 'null' ? 'null' : 'redact')
    assert.equal(effectiveOperator(operator, TEXT, 'copied'), operator)
  }
  assert.equal(effectiveOperator('token', { kind: 'date' }, 'copied'), 'redact')
})

test('recognises what masks write', () => {
  for (const shape of SHAPES.filter((shape) => shape.kind === 'text')) {
    assert.ok(isMaskText(maskValue('redact', 'name', shape, 'x', CONTEXT) ?? ''))
    assert.ok(isMaskText(maskValue('token', 'health-plan', shape, 'x', CONTEXT) ?? ''))
  }
  for (const text of ['', 'Ann', '850', '1984', '**********', 'tok_mrn_short']) assert.equal(isMaskText(text), false, text)
})
