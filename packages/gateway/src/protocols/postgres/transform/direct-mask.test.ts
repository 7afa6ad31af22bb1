import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parsePurpose, Sensitive, type MaskOperator } from '@doorward/core'
import { maskValue, TEXT, TextTokens, tokenOf, type MaskContext } from '@doorward/phi'
import { decodeCell, encodeCell, redactedCell, type CellFormat } from './cell-codec.ts'
import { toCellMasks } from './cell-mask.ts'
import { toMaskableType } from './type-shape.ts'

const KEY = new Sensitive(Buffer.alloc(32, 9))
const CONTEXT: MaskContext = { tokenKey: KEY, purpose: parsePurpose('TREAT'), asOfYear: 2026 }
const TYPES = { type: () => undefined }
const [TEXT_OID, VARCHAR_OID, BPCHAR_OID, DATE_OID] = [25, 1043, 1042, 1082]

/** The general way, step by step, as cell-mask.ts has it. */
function general(operator: MaskOperator, typeOid: number, typeModifier: number, format: CellFormat, cell: Buffer | null): Buffer | null {
  if (cell === null) return null
  const type = toMaskableType(typeOid, typeModifier, TYPES)
  const value = decodeCell(type, format, cell)
  const redacted = redactedCell(type, format)
  if (value === undefined) return redacted
  const masked = maskValue(operator, 'mrn', type.shape, value, CONTEXT)
  return masked === null ? null : encodeCell(type, format, masked) ?? redacted
}

function maskOf(operator: MaskOperator, typeOid: number, typeModifier: number, format: CellFormat): (cell: Buffer | null) => Buffer | null {
  const masks = toCellMasks([{ typeOid, typeModifier }], [format], [{ output: 0, operator, class: 'mrn', copied: true }], TYPES, CONTEXT)
  const mask = masks.kind === 'masks' ? masks.cells[0] : undefined
  if (mask?.kind !== 'computed') return assert.fail('no computed mask')
  // Where a cell stands in a row is nothing it depends on: bytes of others stand around it.
  const { maskAt } = mask
  return (cell) => (cell === null || maskAt === undefined ? mask.mask(cell) : maskAt(Buffer.concat([Buffer.from('19'), cell, Buffer.from('01')]), 2, 2 + cell.length))
}

const digits = (length: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length })
const nearlyDate = fc.tuple(digits(4), fc.constantFrom('-', '/', ''), digits(2), fc.constantFrom('-', '-', ' '), digits(2), fc.constantFrom('', '', ' BC', ' 10:00:00', 'x')).map((parts) => Buffer.from(parts.join('')))
const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((day) => Buffer.from(day.toISOString().slice(0, 10)))
const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value))
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })).map((value) => Buffer.from(value))
const days = fc.oneof(fc.integer({ min: -740_000, max: 2_930_000 }), fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })).map((count) => { const cell = Buffer.alloc(4); cell.writeInt32BE(count); return cell })
const cells = (...of: readonly fc.Arbitrary<Buffer>[]): fc.Arbitrary<readonly (Buffer | null)[]> => fc.array(fc.oneof(fc.constant(null), bytes, ...of), { maxLength: 12 })

function holds(operator: MaskOperator, typeOid: number, typeModifier: number, format: CellFormat, of: fc.Arbitrary<readonly (Buffer | null)[]>): void {
  fc.assert(fc.property(of, (column) => {
    const mask = maskOf(operator, typeOid, typeModifier, format)
    for (const cell of column) {
      const masked = mask(cell)
      assert.deepEqual(masked === null ? null : Buffer.from(masked), general(operator, typeOid, typeModifier, format, cell))
    }
  }), { numRuns: 300 })
}

for (const format of [0, 1] as const) {
  const name = format === 0 ? 'text' : 'binary'
  test(`property: a token is the general one for every cell of a column, ${name}`, () => {
    for (const [oid, modifier] of [[TEXT_OID, -1], [VARCHAR_OID, 9], [BPCHAR_OID, 12]] as const) holds('token', oid, modifier, format, cells(text))
  })
  test(`property: a year is the general one for every cell of a column, ${name}`, () => {
    holds('year', DATE_OID, -1, format, cells(date, nearlyDate, days))
  })
}

const zip = fc.tuple(fc.constantFrom('', '', '', '', ' '), digits(3), fc.constantFrom('01', '99', '1', '', '6a', '12-3456', '12 3456', '123456', '\u0660\u0661')).map((parts) => Buffer.from(parts.join('')))

test('property: a ZIP code is the general one for every cell of a column', () => {
  for (const [oid, modifier] of [[TEXT_OID, -1], [VARCHAR_OID, 9], [BPCHAR_OID, 9]] as const) for (const format of [0, 1] as const) holds('zip3', oid, modifier, format, cells(zip, text))
})

test('every prefix of ZIP codes is what the general way gives', () => {
  const mask = maskOf('zip3', TEXT_OID, -1, 0)
  for (let code = 0; code < 100_000; code += 17) {
    const cell = Buffer.from(String(code).padStart(5, '0'))
    assert.deepEqual(mask(cell), general('zip3', TEXT_OID, -1, 0, cell), String(code))
  }
})

const ODD_DATES = ['0000-01-01', '0001-01-01', '9999-12-31', '10000-01-01', '1936-12-31', '1937-01-01', '2024-02-30', '2024-04-31', '2024-00-10', '2024-13-10', '2024-10-00', '2024-10-32', '2024-1-1', 'infinity', '-infinity', '0044-03-15 BC', '٢٠٢٤-٠١-٠١', '']
for (const text of ODD_DATES) {
  test(`the year of ${text === '' ? 'nothing' : text} is what the general way gives, before and after others`, () => {
    const mask = maskOf('year', DATE_OID, -1, 0)
    for (const cell of [Buffer.from(text), Buffer.from('2024-05-05'), Buffer.from(text)]) assert.deepEqual(mask(cell), general('year', DATE_OID, -1, 0, cell))
  })
}

test('every day of four-digit years is in the year that the general way gives', () => {
  const mask = maskOf('year', DATE_OID, -1, 1)
  const cell = Buffer.alloc(4)
  for (let day = -730_130; day <= 2_921_950; day += 61) {
    cell.writeInt32BE(day)
    assert.deepEqual(mask(cell), general('year', DATE_OID, -1, 1, cell), String(day))
  }
  for (let year = 1; year <= 9999; year += 1) {
    const first = new Date(0)
    first.setUTCFullYear(year, 0, 1)
    for (const day of [-1, 0, 58, 59, 60]) {
      cell.writeInt32BE((first.getTime() - Date.UTC(2000, 0, 1)) / 86_400_000 + day)
      assert.deepEqual(mask(cell), general('year', DATE_OID, -1, 1, cell), `${year} ${day}`)
    }
  }
})

test('tokens of bytes are tokens of the text, long ones too', () => {
  const scope = { key: KEY, purpose: CONTEXT.purpose, phiClass: 'health-plan' } as const
  const tokens = new TextTokens(scope)
  for (const value of ['', 'MRN-1', 'é'.repeat(30), 'x'.repeat(5_000), 'MRN-1']) assert.equal(tokens.of(Buffer.from(value)).toString('utf8'), tokenOf(value, TEXT, scope))
  assert.throws(() => new TextTokens({ ...scope, key: new Sensitive(Buffer.alloc(31)) }), RangeError)
})
