import assert from 'node:assert/strict'
import test from 'node:test'
import { parsePurpose, Sensitive, type OutputMask } from '@doorward/core'
import type { MaskContext } from '@doorward/phi'
import { KeptMasks } from './kept-masks.ts'
import { compileMasks, planWith, type RowField, type RowMasks, type RowPlanRequest } from './plan-row.ts'

const CONTEXT: MaskContext = { tokenKey: new Sensitive(Buffer.alloc(32, 5)), purpose: parsePurpose('HOPERAT'), asOfYear: 2026 }
const FIELDS: readonly RowField[] = [{ typeOid: 25, typeModifier: -1, format: 0 }, { typeOid: 1082, typeModifier: -1, format: 0 }]
const MASKS: readonly OutputMask[] = Object.freeze([{ output: 0, operator: 'token', class: 'mrn', copied: true }, { output: 1, operator: 'year', class: 'date', copied: true }] as const)

function request(over: Partial<RowPlanRequest> = {}): RowPlanRequest { return { fields: FIELDS, masks: MASKS, types: { type: () => undefined }, context: CONTEXT, ...over } }

function row(masks: RowMasks, cells: readonly string[]): string {
  const body = Buffer.concat([Buffer.of(0, cells.length), ...cells.flatMap((cell) => [Buffer.of(0, 0, 0, cell.length), Buffer.from(cell)])])
  const plan = planWith(masks, cells.length, undefined)
  assert.ok(plan.kind === 'plan')
  return plan.transformDataRow(body).toString('latin1')
}

test('masks of one decision over the same columns are compiled once, and give what they would give anew', () => {
  const kept = new KeptMasks()
  const first = kept.compile(request())
  assert.equal(kept.compile(request({ fields: FIELDS.map((field) => ({ ...field })) })), first)
  const anew = compileMasks(request())
  assert.ok(first.kind === 'masks' && anew.kind === 'masks')
  for (const cells of [['MRN-1', '1984-03-14'], ['MRN-2', '1900-01-01'], ['', 'infinity'], ['MRN-1', '1984-12-31']]) assert.equal(row(first, cells), row(anew, cells))
})

test('what a mask depends on is part of what it is kept by', () => {
  const kept = new KeptMasks()
  const first = kept.compile(request())
  const others: readonly Partial<RowPlanRequest>[] = [
    { context: { ...CONTEXT, purpose: parsePurpose('TREAT') } }, { context: { ...CONTEXT, purpose: undefined } }, { context: { ...CONTEXT, asOfYear: 2027 } }, { masks: Object.freeze([...MASKS]) },
    { fields: FIELDS.map((field) => ({ ...field, format: 1 })) }, { fields: [{ typeOid: 1043, typeModifier: 24, format: 0 }, ...FIELDS.slice(1)] },
  ]
  for (const over of others) assert.notEqual(kept.compile(request(over)), first, JSON.stringify(over))
})

test('lists that may change, and columns of types that may, are compiled each time', () => {
  const kept = new KeptMasks()
  const own = { fields: [{ typeOid: 90_001, typeModifier: -1, format: 0 }, ...FIELDS.slice(1)] }
  for (const over of [{ masks: [...MASKS] }, own]) assert.notEqual(kept.compile(request(over)), kept.compile(request(over)))
})
