import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { touchedRows } from './touched-rows.ts'

interface Node { readonly 'Node Type': string; readonly 'Plan Rows': number; readonly 'Parent Relationship'?: string; readonly Plans?: readonly Node[] }

const node = (type: string, rows: number, ...plans: readonly Node[]): Node => ({ 'Node Type': type, 'Plan Rows': rows, ...(plans.length === 0 ? {} : { Plans: plans }) })
const beside = (how: 'InitPlan' | 'SubPlan', plan: Node): Node => ({ ...plan, 'Parent Relationship': how })
const text = (...plans: readonly unknown[]): string => JSON.stringify(plans.map((plan) => ({ Plan: plan })))

/** [what is planned, its plan, rows] */
const PLANS: readonly (readonly [name: string, plan: Node, rows: number])[] = [
  ['a table', node('Seq Scan', 500), 500],
  ['a table, sorted and gathered', node('Gather Merge', 500, node('Sort', 250, node('Seq Scan', 250))), 500],
  ['some rows of a table', node('Limit', 10, node('Seq Scan', 500)), 10],
  ['a join that leaves few', node('Hash Join', 4, node('Index Scan', 1), node('Hash', 9_000, node('Seq Scan', 9_000))), 4],
  ['one row that holds a table', node('Aggregate', 1, node('Seq Scan', 500)), 500],
  ['one row that holds a table, with LIMIT', node('Limit', 1, node('Aggregate', 1, node('Seq Scan', 500))), 500],
  ['a row per row, numbered', node('WindowAgg', 500, node('Seq Scan', 500)), 500],
  ['few of many that are alike', node('Unique', 3, node('Sort', 800, node('Seq Scan', 800))), 800],
  ['an array out of a subquery', node('Result', 1, beside('InitPlan', node('Seq Scan', 700))), 700],
  ['a subquery for each row', node('Seq Scan', 5, beside('SubPlan', node('Index Scan', 30))), 30],
  ['a CTE', node('CTE Scan', 2, beside('InitPlan', node('Seq Scan', 600))), 600],
  ['a join with a table in one row', node('Nested Loop', 1, node('Aggregate', 1, node('Seq Scan', 400)), node('Index Scan', 1)), 400],
  ['rows that are changed', node('ModifyTable', 0, node('Seq Scan', 300)), 300],
  ['several tables, one after the other', node('Append', 900, node('Seq Scan', 400), node('Seq Scan', 500)), 900],
]
for (const [name, plan, rows] of PLANS) test(`${name}: ${rows} rows`, () => { assert.equal(touchedRows(text(plan)), rows) })

test('several plans of one statement add up', () => { assert.equal(touchedRows(text(node('Seq Scan', 5), node('ModifyTable', 0, node('Result', 1)))), 6) })

for (const wrong of ['', '{}', '[]', '[1]', '["Utility Statement"]', '[{"Plan":{}}]', '[{"Plan":{"Node Type":"Seq Scan","Plan Rows":-1}}]', '[{"Plan":{"Node Type":"Seq Scan","Plan Rows":"5"}}]', '[{"Plan":{"Node Type":"Sort","Plan Rows":5,"Plans":[{}]}}]', '[{"Plan":{"Node Type":"Sort","Plan Rows":5,"Plans":{}}}]']) {
  test(`${wrong.slice(0, 60) || 'nothing'} is no plan`, () => { assert.equal(touchedRows(wrong), undefined) })
}

test('property: no text makes it throw, and a plan never touches fewer rows than it returns', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (any) => { const rows = touchedRows(any); assert.ok(rows === undefined || rows >= 0) }))
  const facts = { type: fc.constantFrom('Seq Scan', 'Limit', 'Aggregate', 'Hash Join', 'WindowAgg'), rows: fc.nat(1_000) }
  const leaf = fc.record(facts).map(({ type, rows }) => node(type, rows))
  const { plan } = fc.letrec<{ plan: Node }>((tie) => ({
    plan: fc.oneof({ depthSize: 'small' }, leaf, fc.record({ ...facts, plans: fc.array(tie('plan'), { minLength: 1, maxLength: 2 }) }).map(({ type, rows, plans }) => node(type, rows, ...plans))),
  }))
  fc.assert(fc.property(plan, (one) => { assert.ok((touchedRows(text(one)) ?? -1) >= one['Plan Rows']) }))
})
