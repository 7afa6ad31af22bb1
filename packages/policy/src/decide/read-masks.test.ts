import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MaskOperator, PhiClass } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import { snapshotOf } from './examples.test.ts'
import { createReadMasks } from './read-masks.ts'
import type { Finding } from './survey.ts'

const [CLEAR, LAST4, TOKEN] = snapshotOf([
  '  - { id: a, effect: allow }',
  '  - { id: b, effect: allow, mask: { default: redact, ssn: last4 }, exceptions: [{ allow: equality, classes: [mrn] }] }',
  '  - { id: c, effect: allow, mask: { default: token, ssn: "null" } }',
].join('\n')).policies as readonly [Policy, Policy, Policy] // three were written

function finding(object: string, grants: Policy[], more: Partial<Finding['touched']> = {}): Finding {
  return { touched: { action: 'read', object, kind: 'relation', scope: 'user', ...more }, effect: undefined, without: 'refused', grants, near: [] }
}

/** [what holds, findings, class, operator] */
const ROWS: readonly (readonly [name: string, findings: readonly Finding[], phiClass: PhiClass, operator: MaskOperator])[] = [
  ['a relation nobody granted', [], 'ssn', 'redact'],
  ['a class that is no PHI, granted or not', [], 'none', 'clear'],
  ['a grant without mask', [finding('s.t', [CLEAR, LAST4])], 'ssn', 'clear'],
  ['a class of its own', [finding('s.t', [LAST4])], 'ssn', 'last4'],
  ['the default for others', [finding('s.t', [LAST4])], 'date', 'redact'],
  ['the more revealing of two', [finding('s.t', [LAST4, TOKEN])], 'ssn', 'last4'],
  ['the more revealing of two defaults', [finding('s.t', [LAST4, TOKEN])], 'date', 'token'],
  ['read twice: what both ways grant', [finding('s.t', [CLEAR, LAST4]), finding('s.t', [LAST4, TOKEN], { scope: 'closed' })], 'ssn', 'last4'],
  ['read and executed: the stricter', [finding('s.t', [LAST4]), finding('s.t', [CLEAR], { action: 'execute', kind: 'function' })], 'ssn', 'last4'],
  ['open grants nothing', [finding('s.t', [CLEAR], { scope: 'open' })], 'ssn', 'redact'],
  ['writing is not reading', [finding('s.t', [CLEAR], { action: 'update' })], 'ssn', 'redact'],
]

for (const [name, findings, phiClass, operator] of ROWS) {
  test(`${name}: ${phiClass} is shown as ${operator}`, () => {
    assert.equal(createReadMasks(findings, 'clear').operatorFor({ relation: 's.t', column: 'c', class: phiClass }), operator)
  })
}

test('an exception holds for its classes, of relations that the policy grants in every way they are read', () => {
  const excepts = (findings: readonly Finding[], phiClass: PhiClass): boolean => createReadMasks(findings, 'masked').exceptionsFor({ relation: 's.t', column: 'c', class: phiClass }, 'equality').length > 0
  assert.equal(excepts([finding('s.t', [LAST4])], 'mrn'), true)
  assert.equal(excepts([finding('s.t', [LAST4])], 'ssn'), false)
  assert.equal(excepts([finding('s.t', [TOKEN])], 'mrn'), false)
  assert.equal(excepts([finding('s.u', [LAST4])], 'mrn'), false)
  assert.equal(excepts([finding('s.t', [LAST4]), finding('s.t', [TOKEN], { action: 'execute', kind: 'function' })], 'mrn'), false)
})

test('catalog texts are shown to whoever gets the server\'s texts as they are, and no other catalog is', () => {
  const shown = (caller: 'masked' | 'clear', relation: string): MaskOperator => createReadMasks([], caller).operatorFor({ relation, column: 'definition', class: 'free-text' })
  assert.deepEqual([shown('clear', 'pg_catalog'), shown('masked', 'pg_catalog'), shown('clear', 'pg_catalog.pg_stats')], ['clear', 'redact', 'redact'])
})
