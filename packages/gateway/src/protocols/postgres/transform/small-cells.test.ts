/** Counts under small-cell rules, in rows and in COPY, in both formats. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sensitive, type OutputMask } from '@doorward/core'
import { toCellMasks, type CellMask } from './cell-mask.ts'
import { planCopyOut } from './plan-copy-out.ts'
import { planRow } from './plan-row.ts'

const CONTEXT = { tokenKey: new Sensitive(Buffer.alloc(32, 5)), purpose: undefined, asOfYear: 2026 }
const TYPES = { type: () => undefined }
const INT8 = 20
const cell = (atLeast: number, output = 0): OutputMask => ({ output, operator: 'redact', class: 'mrn', copied: false, atLeast })

function maskOf(format: 0 | 1, atLeast = 11): Extract<CellMask, { kind: 'computed' }> {
  const masks = toCellMasks([{ typeOid: INT8, typeModifier: -1 }], [format], [cell(atLeast)], TYPES, CONTEXT)
  assert.ok(masks.kind === 'masks' && masks.cells[0]?.kind === 'computed')
  return masks.cells[0]
}

function binary(count: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(count)
  return bytes
}

/** [bytes as text, delivered] */
const TEXTS: readonly (readonly [cell: string, shown: 'shown' | 'not shown'])[] = [
  ['11', 'shown'], ['12', 'shown'], ['9223372036854775807', 'shown'],
  ['10', 'not shown'], ['1', 'not shown'], ['0', 'not shown'], ['-11', 'not shown'], ['', 'not shown'], ['11x', 'not shown'], [' 11', 'not shown'], ['1e9', 'not shown'], ['99999999999999999999', 'not shown'],
]

for (const [text, shown] of TEXTS) {
  test(`the text ${JSON.stringify(text)} is ${shown}`, () => {
    const bytes = Buffer.from(text)
    assert.equal(maskOf(0).mask(bytes), shown === 'shown' ? bytes : null)
  })
}

test('property: a cell is delivered exactly where it is large enough, and else it is NULL, alike in both formats', () => {
  fc.assert(fc.property(fc.bigInt({ min: -5n, max: 40n }), fc.integer({ min: 2, max: 30 }), (count, atLeast) => {
    for (const [format, bytes] of [[0, Buffer.from(String(count))], [1, binary(count)]] as const) {
      assert.equal(maskOf(format, atLeast).mask(bytes), count >= BigInt(atLeast) ? bytes : null)
    }
  }))
})

test('NULL stays NULL, and bytes of another width are not shown', () => {
  assert.equal(maskOf(0).mask(null), null)
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(4, 1), Buffer.alloc(9, 1)]) assert.equal(maskOf(1).mask(bytes), null)
})

test('a count of another type cannot be delivered at all', () => {
  assert.equal(toCellMasks([{ typeOid: 23, typeModifier: -1 }], [0], [cell(11)], TYPES, CONTEXT).kind, 'cannot-mask')
})

test('rows keep their other columns; small cells are NULL', () => {
  const plan = planRow({ fields: [{ typeOid: 25, typeModifier: -1, format: 0 }, { typeOid: INT8, typeModifier: -1, format: 1 }], masks: [cell(11, 1)], types: TYPES, context: CONTEXT })
  assert.ok(plan.kind === 'plan' && !plan.identity)
  const row = (count: bigint): Buffer => Buffer.concat([Buffer.from('000200000001', 'hex'), Buffer.from('f'), Buffer.from('00000008', 'hex'), binary(count)])
  assert.deepEqual(plan.transformDataRow(row(11n)), row(11n))
  assert.equal(plan.transformDataRow(row(10n)).toString('hex'), '00020000000166ffffffff')
})

const OPTIONS = { delimiter: '\t', null: '\\N', quote: '"', escape: '"', header: false, } as const

test('COPY in text, csv and binary delivers the same cells', () => {
  for (const format of ['text', 'csv', 'binary'] as const) {
    const options = format === 'csv' ? { ...OPTIONS, delimiter: ',', null: '' } : OPTIONS
    const planned = planCopyOut({ format, options, columns: [{ typeOid: 25, typeModifier: -1 }, { typeOid: INT8, typeModifier: -1 }], masks: [cell(11, 1)], types: TYPES, context: CONTEXT })
    assert.ok(planned.kind === 'plan', format)
    if (format !== 'binary') {
      const between = format === 'csv' ? ',' : '\t'
      const out = planned.push(Buffer.from(`f${between}10\nm${between}4711\n`)).toString()
      assert.equal(out, `f${between}${format === 'csv' ? '' : '\\N'}\nm${between}4711\n`)
      continue
    }
    const head = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])
    const tuple = (count: bigint): Buffer => Buffer.concat([Buffer.from('00020000000166', 'hex'), Buffer.from('00000008', 'hex'), binary(count)])
    const out = planned.push(Buffer.concat([head, tuple(10n), tuple(11n), Buffer.from('ffff', 'hex')]))
    assert.equal(out.subarray(head.length).toString('hex'), `00020000000166ffffffff${tuple(11n).toString('hex')}ffff`)
  }
})
