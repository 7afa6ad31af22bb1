import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requirePolicyId, type ExceptionUse, type Principal } from '@doorward/core'
import { ExceptionBudget } from './exception-budget.ts'

const HOUR_MS = 3_600_000

function principal(subject: string, issuer = 'local'): Principal {
  return { name: subject, kind: 'agent', issuer, subject, groups: [], actingFor: undefined, authentication: { method: 'scram-sha-256', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } }
}

const BOT = principal('bot')
const compare = (cost = 1, perHour: number | undefined = 3): ExceptionUse => ({ policy: requirePolicyId('agents'), allow: 'equality', classes: ['mrn'], cost, perHour })
const count = (perHour = 2): ExceptionUse => ({ policy: requirePolicyId('agents'), allow: 'counts', classes: ['mrn'], cost: 1, perHour })

test('a budget is spent, says what it has left, and when more is there', () => {
  let nowMs = 1_000
  const budget = new ExceptionBudget(() => nowMs)
  assert.deepEqual(budget.spend(BOT, [compare()]), { kind: 'spent', left: [2] })
  nowMs = 5_000
  assert.deepEqual(budget.spend(BOT, [compare(2)]), { kind: 'spent', left: [0] })
  assert.deepEqual(budget.spend(BOT, [compare()]), { kind: 'over', use: compare(), againAtMs: 1_000 + HOUR_MS })
  assert.deepEqual(budget.spend(BOT, [compare(2)]), { kind: 'over', use: compare(2), againAtMs: 5_000 + HOUR_MS })
  nowMs = 1_000 + HOUR_MS - 1
  assert.equal(budget.spend(BOT, [compare()]).kind, 'over')
  nowMs = 1_000 + HOUR_MS
  assert.deepEqual(budget.spend(BOT, [compare()]), { kind: 'spent', left: [0] })
})

test('what costs more than an hour gives never passes, and says so', () => {
  assert.deepEqual(new ExceptionBudget(() => 0).spend(BOT, [compare(4)]), { kind: 'over', use: compare(4), againAtMs: undefined })
})

test('all budgets of a statement are spent, or none', () => {
  const budget = new ExceptionBudget(() => 0)
  assert.deepEqual(budget.spend(BOT, [compare(), count(1)]), { kind: 'spent', left: [2, 0] })
  assert.equal(budget.spend(BOT, [compare(), count(1)]).kind, 'over')
  assert.deepEqual(budget.spend(BOT, [compare()]), { kind: 'spent', left: [1] }, 'the comparison of the refused statement was not taken')
  assert.equal(budget.spend(BOT, [compare(), compare()]).kind, 'over', 'two uses of one budget need what both cost')
})

test('each principal, issuer, policy, kind and set of classes has a budget of its own', () => {
  const budget = new ExceptionBudget(() => 0)
  assert.equal(budget.spend(BOT, [compare(3)]).kind, 'spent')
  for (const other of [principal('eve'), principal('bot', 'https://id.example.org')]) assert.equal(budget.spend(other, [compare(3)]).kind, 'spent')
  assert.equal(budget.spend(BOT, [{ ...compare(3), policy: requirePolicyId('others') }]).kind, 'spent')
  assert.equal(budget.spend(BOT, [{ ...compare(3), classes: ['mrn', 'ssn'] }]).kind, 'spent')
  assert.equal(budget.spend({ ...BOT, name: 'another name', groups: [] }, [compare()]).kind, 'over', 'a name is no identity')
})

test('a clock that goes back frees nothing, and a use without a budget cannot be spent', () => {
  let nowMs = HOUR_MS
  const budget = new ExceptionBudget(() => nowMs)
  budget.spend(BOT, [compare(3)])
  nowMs = 0
  assert.equal(budget.spend(BOT, [compare()]).kind, 'over')
  assert.equal(budget.spend(BOT, [{ ...compare(), perHour: undefined }]).kind, 'over')
})

test('property: in no 60 minutes is more spent than the budget, whatever comes when', () => {
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: HOUR_MS }), cost: fc.integer({ min: 1, max: 4 }) })
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (steps, perHour) => {
    let nowMs = 0
    const budget = new ExceptionBudget(() => nowMs)
    const spent: { readonly atMs: number; readonly cost: number }[] = []
    for (const { afterMs, cost } of steps) {
      nowMs += afterMs
      const answer = budget.spend(BOT, [compare(cost, perHour)])
      const window = spent.filter(({ atMs }) => nowMs - atMs < HOUR_MS).reduce((sum, one) => sum + one.cost, 0)
      assert.equal(answer.kind, window + cost <= perHour ? 'spent' : 'over')
      if (answer.kind === 'spent') { spent.push({ atMs: nowMs, cost }); continue }
      if (answer.againAtMs === undefined) { assert.ok(cost > perHour); continue }
      const { againAtMs } = answer
      const then = spent.filter(({ atMs }) => againAtMs - atMs < HOUR_MS).reduce((sum, one) => sum + one.cost, 0)
      assert.ok(againAtMs > nowMs && then + cost <= perHour, 'what is told to come back at that time would pass then')
    }
  }))
})
