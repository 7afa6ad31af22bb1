import assert from 'node:assert/strict'
import test from 'node:test'
import { parsePurpose, Sensitive, type MaskOperator, type OutputMask, type PhiClass } from '@doorward/core'
import { tokenOf, TEXT, type MaskContext } from '@doorward/phi'
import fc from 'fast-check'
import { planRow, type CellObserver, type RowField, type RowPlan } from './plan-row.ts'
import { TransformFault } from './transform-fault.ts'
import type { TypeLookup } from './type-shape.ts'

const KEY = new Sensitive(Buffer.alloc(32, 5))
const CONTEXT: MaskContext = { tokenKey: KEY, purpose: parsePurpose('HOPERAT'), asOfYear: 2026 }
/** A user's types: an enum 90001, its array 90002, a domain 90003 over text, a composite 90004, a range 90005, a base type 90006, a domain over text[] 90007. */
const TYPES: TypeLookup = {
  type(oid) {
    const rows = new Map([
      [90001, { kind: 'e', elementOid: 0, baseOid: 0, inputFunction: 3504 }],
      [90002, { kind: 'b', elementOid: 90001, baseOid: 0, inputFunction: 750 }],
      [90003, { kind: 'd', elementOid: 0, baseOid: 25, inputFunction: 2597 }],
      [90004, { kind: 'c', elementOid: 0, baseOid: 0, inputFunction: 2290 }],
      [90005, { kind: 'r', elementOid: 0, baseOid: 0, inputFunction: 3834 }],
      [90006, { kind: 'b', elementOid: 701, baseOid: 0, inputFunction: 90100 }],
      [90007, { kind: 'd', elementOid: 0, baseOid: 1009, inputFunction: 2597 }],
      [90008, { kind: 'd', elementOid: 0, baseOid: 90008, inputFunction: 2597 }],
    ])
    return rows.get(oid)
  },
}

const field = (typeOid: number, format: 0 | 1 = 0, typeModifier = -1): RowField => ({ typeOid, typeModifier, format })
const mask = (output: number, operator: MaskOperator, over: { class?: PhiClass; copied?: boolean } = {}): OutputMask => ({ output, operator, class: over.class ?? 'mrn', copied: over.copied ?? true })

function rowOf(cells: readonly (Buffer | string | null)[]): Buffer {
  const parts = [Buffer.of(cells.length >> 8, cells.length & 0xff)]
  for (const cell of cells) {
    const length = Buffer.alloc(4)
    const bytes = cell === null ? undefined : Buffer.from(cell)
    length.writeInt32BE(bytes?.length ?? -1)
    parts.push(length, bytes ?? Buffer.alloc(0))
  }
  return Buffer.concat(parts)
}

function cellsOf(body: Buffer): (Buffer | null)[] {
  const cells: (Buffer | null)[] = []
  let at = 2
  for (let column = 0; column < body.readUInt16BE(0); column += 1) {
    const length = body.readInt32BE(at)
    cells.push(length === -1 ? null : body.subarray(at + 4, at + 4 + length))
    at += 4 + Math.max(0, length)
  }
  assert.equal(at, body.length)
  return cells
}

function requirePlan(fields: readonly RowField[], masks: readonly OutputMask[], observer?: CellObserver, context = CONTEXT): RowPlan {
  const plan = planRow({ fields, masks, types: TYPES, context, ...(observer === undefined ? {} : { observer }) })
  assert.equal(plan.kind, 'plan')
  return plan as RowPlan // asserted above
}

function masked(typeField: RowField, operator: MaskOperator, cell: Buffer | string | null, over?: { class?: PhiClass; copied?: boolean }): Buffer | null {
  const [answer] = cellsOf(requirePlan([typeField], [mask(0, operator, over)]).transformDataRow(rowOf([cell])))
  return answer ?? null
}

test('redacts to the constant of each type, in both formats, whatever the value', () => {
  const rows: readonly (readonly [number, string, string | null, string | null])[] = [
    // type, name, cell in text, cell in binary (hex)
    [25, 'text', '[redacted]', '5b72656461637465645d'],
    [1043, 'varchar', '[redacted]', '5b72656461637465645d'],
    [1042, 'bpchar', '[redacted]', '5b72656461637465645d'],
    [19, 'name', '[redacted]', '5b72656461637465645d'],
    [18, '"char"', '*', '2a'],
    [142, 'xml', '[redacted]', '5b72656461637465645d'],
    [90003, 'domain over text', '[redacted]', '5b72656461637465645d'],
    [114, 'json', '"[redacted]"', '225b72656461637465645d22'],
    [3802, 'jsonb', '"[redacted]"', '01225b72656461637465645d22'],
    [17, 'bytea', '\\x', ''],
    [1009, 'text[]', '{}', '000000000000000000000019'],
    [1182, 'date[]', '{}', '00000000000000000000043a'],
    [3807, 'jsonb[]', '{}', '000000000000000000000eda'],
    [90002, 'enum[]', '{}', '000000000000000000015f91'],
    [90007, 'domain over text[]', '{}', '000000000000000000000019'],
    ...[
      16, 20, 21, 23, 26, 700, 701, 1700, 790, 1082, 1114, 1184, 1083, 1266, 1186, 2950, 869, 650, 829, 774, 1560, 1562, 3614, 3615, 600, 601, 602,
      603, 604, 628, 718, 3904, 3926, 3906, 3908, 3910, 3912, 4451, 4532, 2249, 22, 30, 2205, 1033, 3220, 4072,
      90001, 90004, 90005, 90006, 90008, 99999,
    ].map((oid): readonly [number, string, null, null] => [oid, `type ${oid}`, null, null]),
  ]
  for (const [oid, name, text, binary] of rows) {
    for (const cell of [null, '', 'x', 'some longer value']) {
      assert.deepEqual(masked(field(oid, 0), 'redact', cell), text === null ? null : Buffer.from(text), `${name}, text`)
      assert.deepEqual(masked(field(oid, 1), 'redact', cell), binary === null ? null : Buffer.from(binary, 'hex'), `${name}, binary`)
      assert.equal(masked(field(oid, 0), 'null', cell), null, name)
    }
  }
})

test('keeps to a declared length', () => {
  const rows: readonly (readonly [number, number, string])[] = [[1043, 5, '*****'], [1043, 10, '[redacted]'], [1042, 1, '*'], [1042, 12, '[redacted]  ']]
  for (const [oid, length, expected] of rows) assert.equal(String(masked(field(oid, 0, length + 4), 'redact', 'abc')), expected)
  assert.equal(String(masked(field(1042, 1, 9 + 4), 'last4', '123456789')), '6789     ')
})

test('reveals what a policy names, in both formats', () => {
  const token = tokenOf('MRN-7', TEXT, { key: KEY, purpose: CONTEXT.purpose, phiClass: 'mrn' })
  const int4 = (value: number): Buffer => { const cell = Buffer.alloc(4); cell.writeInt32BE(value); return cell }
  const int8 = (value: bigint): Buffer => { const cell = Buffer.alloc(8); cell.writeBigInt64BE(value); return cell }
  const rows: readonly (readonly [RowField, MaskOperator, Buffer | string | null, Buffer | string | null])[] = [
    [field(25), 'token', 'MRN-7', token ?? ''],
    [field(25, 1), 'token', 'MRN-7', token ?? ''],
    [field(1042, 0, 12 + 4), 'token', 'MRN-7       ', token ?? ''],
    [field(25), 'clear', 'Ann', 'Ann'],
    [field(600, 1), 'clear', Buffer.alloc(16, 3), Buffer.alloc(16, 3)],
    [field(1082), 'year', '1984-03-14', '1984-01-01'],
    [field(1082, 1), 'year', int4(-5771), int4(-5844)], // 1984-03-14 to 1984-01-01, days before 2000-01-01
    [field(1082, 1), 'year', int4(0x7fff_ffff), null], // infinity
    [field(1082, 1), 'year', Buffer.alloc(5), null],
    [field(1114), 'year', '2024-02-29 12:34:56.789', '2024-01-01 00:00:00'],
    [field(1184), 'year', '2024-12-31 20:00:00-05', '2025-01-01 00:00:00+00'],
    [field(1114, 1), 'year', int8(762_525_296_789_000n), int8(757_382_400_000_000n)],
    [field(1184, 1), 'year', int8(-1n), int8(-31_536_000_000_000n)],
    [field(1184, 1), 'year', int8(0x7fff_ffff_ffff_ffffn), null],
    [field(1082), 'year', '14.03.1984', null], // another DateStyle
    [field(25), 'year', '14.03.1984', '1984'],
    [field(25), 'zip3', '85004', '850'],
    [field(23, 1), 'zip3', int4(2139), int4(21)],
    [field(25), 'last4', '900-12-3456', '3456'],
    [field(1083), 'year', '12:00:00', null],
    [field(1009), 'token', '{a}', '{}'],
    [field(25, 1), 'token', Buffer.from([0xff, 0xfe]), '[redacted]'],
    [field(25), 'token', null, null],
  ]
  for (const [typeField, operator, cell, expected] of rows) {
    assert.deepEqual(masked(typeField, operator, cell), expected === null ? null : Buffer.from(expected), `${operator} of type ${typeField.typeOid}`)
  }
})

test('a token of a UUID or an integer is the same in text and binary', () => {
  const uuid = '0197a1f0-0000-7000-8000-00000000abcd'
  assert.equal(masked(field(2950, 1), 'token', Buffer.from(uuid.replaceAll('-', ''), 'hex'))?.toString('hex'), String(masked(field(2950), 'token', uuid)).replaceAll('-', ''))
  const wide = Buffer.alloc(8)
  wide.writeBigInt64BE(-77n)
  assert.equal(String(masked(field(20, 1), 'token', wide)?.readBigInt64BE(0)), String(masked(field(20), 'token', '-77')))
})

test('a computed output, a type that does not fit and a missing key redact, and are reported', () => {
  const computed = requirePlan([field(25)], [mask(0, 'clear', { copied: false })])
  assert.deepEqual(computed.fallbacks, [{ output: 0, asked: 'clear' }])
  assert.equal(String(cellsOf(computed.transformDataRow(rowOf(['Ann'])))[0]), '[redacted]')
  const unfit = requirePlan([field(1186)], [mask(0, 'token')])
  assert.deepEqual(unfit.fallbacks, [{ output: 0, asked: 'token' }])
  assert.equal(cellsOf(unfit.transformDataRow(rowOf(['1 day'])))[0], null)
  for (const tokenKey of [undefined, new Sensitive(Buffer.alloc(16))]) {
    const keyless = requirePlan([field(25)], [mask(0, 'token')], undefined, { ...CONTEXT, tokenKey })
    assert.deepEqual(keyless.fallbacks, [{ output: 0, asked: 'token' }])
    assert.equal(String(cellsOf(keyless.transformDataRow(rowOf(['Ann'])))[0]), '[redacted]')
  }
})

test('masks that do not fit the result are refused', () => {
  assert.equal(planRow({ fields: [field(25)], masks: [mask(1, 'redact')], types: TYPES, context: CONTEXT }).kind, 'cannot-mask')
  assert.equal(planRow({ fields: [field(25)], masks: [mask(0, 'redact'), mask(0, 'clear')], types: TYPES, context: CONTEXT }).kind, 'cannot-mask')
  assert.equal(planRow({ fields: [{ ...field(25), format: 2 }], masks: [], types: TYPES, context: CONTEXT }).kind, 'cannot-mask')
  assert.equal(planRow({ fields: [field(25)], masks: [], types: TYPES, context: CONTEXT, observer: { columns: [1], row: () => undefined } }).kind, 'cannot-mask')
})

const anyCell = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)), { nil: null })

test('unmasked cells come through byte for byte, masked ones do not depend on their value', () => {
  fc.assert(fc.property(fc.array(fc.tuple(anyCell, anyCell, fc.boolean(), fc.constantFrom(25, 17, 23, 1009, 3802), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 12 }), (columns) => {
    const masks = columns.flatMap(([, , isMasked], output) => (isMasked ? [mask(output, 'redact')] : []))
    const plan = requirePlan(columns.map(([, , , oid, format]) => field(oid, format)), masks)
    const a = rowOf(columns.map(([cell]) => cell))
    const b = rowOf(columns.map(([cell, other, isMasked]) => (isMasked ? other : cell)))
    assert.deepEqual(plan.transformDataRow(a), plan.transformDataRow(b))
    const cells = cellsOf(plan.transformDataRow(a))
    for (const [index, [cell, , isMasked]] of columns.entries()) if (!isMasked) assert.deepEqual(cells[index], cell)
    assert.equal(plan.identity, masks.length === 0)
    if (plan.identity) assert.equal(plan.transformDataRow(a), a)
  }), { numRuns: 500 })
})

test('an observer sees the raw cells it asked for, in its order', () => {
  const rows: (string | null)[][] = []
  const observer: CellObserver = { columns: [2, 0], row: (cells) => { rows.push(cells.map((cell) => (cell === null ? null : String(cell)))) } }
  const plan = requirePlan([field(25), field(25), field(25)], [mask(0, 'redact')], observer)
  assert.equal(plan.identity, false)
  plan.transformDataRow(rowOf(['7', 'b', null]))
  plan.transformDataRow(rowOf(['8', 'b', 'c']))
  assert.deepEqual(rows, [[null, '7'], ['c', '8']])
})

test('a malformed row is a fault', () => {
  const plan = requirePlan([field(25), field(23)], [mask(0, 'redact')])
  const good = rowOf(['abc', '1'])
  const rows: readonly (readonly [Buffer, string])[] = [
    [Buffer.alloc(0), 'read-past-row'],
    [Buffer.alloc(1), 'read-past-row'],
    [rowOf(['abc']), 'column-count'],
    [rowOf(['abc', '1', 'x']), 'column-count'],
    [Buffer.concat([good, Buffer.of(0)]), 'trailing-bytes'],
    [Buffer.from('0002fffffffeffffffff', 'hex'), 'bad-length'],
    [Buffer.from('00027fffffffffffffff', 'hex'), 'read-past-row'],
    [Buffer.from('000280000000ffffffff', 'hex'), 'bad-length'],
  ]
  for (const [row, code] of rows) {
    assert.throws(() => plan.transformDataRow(row), (thrown) => thrown instanceof TransformFault && thrown.code === code, `${row.toString('hex')} ${code}`)
  }
  for (let length = 0; length < good.length; length += 1) assert.throws(() => plan.transformDataRow(good.subarray(0, length)), TransformFault)
})

test('random bytes are a row of the described form or a fault', () => {
  const plan = requirePlan([field(25), field(1082, 1), field(20)], [mask(0, 'token'), mask(1, 'year', { class: 'date' }), mask(2, 'redact')])
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, counted) => {
    const body = Buffer.from(counted ? [0, 3, ...bytes] : bytes)
    try {
      assert.equal(cellsOf(plan.transformDataRow(body)).length, 3)
    } catch (thrown) {
      assert.ok(thrown instanceof TransformFault)
    }
  }), { numRuns: 3000 })
})
