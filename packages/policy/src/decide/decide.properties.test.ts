import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ACTIONS, MASK_OPERATORS, type ColumnUse, type Decision, type DecisionRequest, type Effect, type Flow, type PhiClass, type Understood } from '@doorward/core'
import { loadPolicies } from '../file/load-policies.ts'
import { decide, decideAfresh, mayConnect } from './decide.ts'
import { MONDAY_MS, outcome, principal, request } from './examples.test.ts'
import { revealingRank } from './read-masks.ts'
import type { PolicySnapshot } from './snapshot.ts'

const OBJECTS = ['clinic.patients', 'clinic.notes', 'billing.claims', 'pg_catalog.pg_stats', 'clinic.f']
const CLASSES: readonly PhiClass[] = ['none', 'name', 'ssn', 'date', 'phi']

/** One entry of `policies:`, as JSON, which YAML contains. */
interface Entry { readonly [key: string]: unknown }

const part = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 })
const some = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })
const condition = fc.constantFrom('true', 'statement.bulk', "principal.kind == 'agent'", 'now.hour < 12', "client.address == '192.0.2.7'", "statement.actions[5] == 'x'", "'ssn' in statement.classes")
const mask = fc.dictionary(fc.constantFrom('default', ...CLASSES.filter((one) => one !== 'none')), fc.constantFrom(...MASK_OPERATORS), { minKeys: 1 })
const on = fc.record({ resource: part(some(['clinic', 'other'])), objects: part(some(['clinic.*', '*', '*.claims', 'pg_catalog.*', ...OBJECTS])) }).map((value) => (value.resource === undefined && value.objects === undefined ? undefined : value))
const who = fc.record({ groups: part(some(['g', 'h', 'i'])), principals: part(some(['ana', 'bot'])), kinds: part(some(['human', 'agent'])) }).map((value) => (Object.values(value).every((one) => one === undefined) ? undefined : value))

const isFirst = <T>(value: T, index: number, list: readonly T[]): boolean => list.indexOf(value) === index
const denial: fc.Arbitrary<Entry> = fc.record({ effect: fc.constant('deny'), who: part(who), on, actions: part(some(ACTIONS)), purpose: part(some(['TREAT', 'BTG'])), when: part(condition) })
  .map((entry) => ({ ...entry, actions: entry.on?.objects === undefined ? entry.actions : entry.actions?.map((action) => (action === 'connect' ? 'read' : action)).filter(isFirst) }))
const allowance: fc.Arbitrary<Entry> = fc.record({
  effect: fc.constant('allow'), who: part(who), on, actions: part(some(ACTIONS).map((actions) => [...new Set([...actions, 'read'])])), purpose: part(some(['TREAT', 'BTG'])), when: part(condition),
  mask: part(mask), limits: part(fc.record({ rowsPerStatement: fc.integer({ min: 1, max: 9 }) })),
  hold: part(fc.array(fc.record({ by: some(['x', 'y']), quorum: fc.integer({ min: 1, max: 3 }), when: condition }), { minLength: 1, maxLength: 2 })),
  exceptions: part(fc.array(fc.oneof(
    fc.record({ allow: fc.constant('equality'), classes: some(['ssn', 'date', 'phi']), perHour: part(fc.integer({ min: 1, max: 9 })) }),
    fc.record({ allow: fc.constant('counts'), classes: some(['ssn', 'date', 'phi']), perHour: fc.integer({ min: 1, max: 9 }), atLeast: part(fc.integer({ min: 2, max: 20 })) }),
  ), { minLength: 1, maxLength: 2 })),
}).map((entry) => (entry.mask === undefined ? { ...entry, exceptions: undefined } : entry))
const entries = fc.array(fc.oneof({ weight: 3, arbitrary: allowance }, { weight: 1, arbitrary: denial }), { maxLength: 6 })
  .map((list) => list.map((entry, index): Entry => ({ id: `p${index}`, ...entry })))

const column = fc.record({ relation: fc.constantFrom(...OBJECTS), column: fc.constantFrom('a', 'b'), class: fc.constantFrom(...CLASSES) })
const effect: fc.Arbitrary<Effect> = fc.record({
  action: fc.constantFrom(...ACTIONS), object: fc.constantFrom(...OBJECTS), kind: fc.constantFrom('relation', 'function', 'schema'), columns: fc.constant([]),
  classes: some(CLASSES), scope: fc.constantFrom('user', 'user', 'user', 'open', 'closed'), note: fc.constant(undefined),
})
const flow = fc.constantFrom<Flow>('copied', 'copied', 'derived', 'aggregated', 'counted')
const use: fc.Arbitrary<ColumnUse> = fc.record({ column, context: fc.constantFrom('predicate', 'order', 'error'), via: fc.constant('='), equality: fc.boolean() })
  .chain((one) => fc.constantFrom(one, { ...one, values: 1 }, { ...one, values: 7 }))
const statement: fc.Arbitrary<DecisionRequest['statement']> = fc.oneof(
  { weight: 4, arbitrary: fc.record<Understood>({
    kind: fc.constant('understood'), command: fc.constant('SELECT'), effects: fc.array(effect, { maxLength: 3 }),
    outputs: fc.array(fc.record({ name: fc.constant('x'), typeId: fc.constant(25), sources: fc.array(fc.record({ column, flow }), { maxLength: 3 }) }).chain((one) => fc.constantFrom(one, { ...one, cell: 'count' as const })), { maxLength: 3 }),
    uses: fc.array(use, { maxLength: 1 }), bulk: fc.record({ restricted: fc.boolean(), estimatedRows: fc.option(fc.double(), { nil: undefined }) }), forbidden: fc.constant(undefined),
  }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('opaque' as const), command: fc.constant('CALL'), reason: fc.constant('language c'), objects: fc.array(fc.constantFrom(...OBJECTS), { maxLength: 2 }), extent: fc.constant('calls' as const) }) },
)
const asking = fc.record({
  groups: fc.subarray(['g', 'h', 'i']), name: fc.constantFrom('ana', 'bot'), agent: fc.boolean(), purpose: fc.option(fc.constantFrom('TREAT', 'BTG'), { nil: undefined }),
  nowMs: fc.constantFrom(MONDAY_MS, MONDAY_MS + 7_200_000, Number.NaN), statement,
}).map((one): DecisionRequest => request(
  principal(one.name, one.groups, one.agent ? { kind: 'agent', actingFor: principal('ana', ['i']) } : {}), one.statement,
  { nowMs: one.nowMs, ...(one.purpose === undefined ? {} : { purpose: one.purpose }) },
))

function load(...files: readonly (readonly Entry[])[]): PolicySnapshot {
  const loaded = loadPolicies(files.map((file, index) => ({ path: `${index}.yaml`, text: JSON.stringify({ version: 1, policies: file }) })))
  return loaded.kind === 'loaded' ? loaded.snapshot : assert.fail(JSON.stringify(loaded.problems))
}

/** All of a decision but the version, which follows the files' bytes. */
function content(decision: Decision): unknown {
  return { ...decision, version: '' }
}

const RUNS = { numRuns: 400 }

test('property: decide and mayConnect never throw, and always name version and grounds', () => {
  fc.assert(fc.property(entries, asking, (list, asked) => {
    const snapshot = load(list)
    for (const decision of [decide(snapshot, asked), mayConnect(snapshot, asked)]) {
      assert.equal(decision.version, snapshot.version)
      assert.ok(decision.why.length > 0)
      if (decision.kind === 'deny') assert.ok(decision.refusal.length > 0 && decision.next.length > 0 && !/[\n.]$/.test(decision.refusal))
      else assert.ok(decision.policies.every((ref) => ref.effect === 'allow'))
    }
  }), RUNS)
})

test('property: what is kept never differs from what would be decided, whatever was asked before', () => {
  const asks = fc.tuple(asking, fc.array(fc.record({
    nowMs: fc.constantFrom(MONDAY_MS, MONDAY_MS + 7_200_000, MONDAY_MS - 3 * 86_400_000, Number.NaN, 8.64e15 + 1), clientAddress: fc.constantFrom('192.0.2.7', '198.51.100.1', ''),
    purpose: fc.option(fc.constantFrom('TREAT', 'BTG'), { nil: undefined }), who: fc.nat(2), what: fc.nat(2),
  }), { maxLength: 8 }), fc.array(asking, { minLength: 2, maxLength: 2 }))
  fc.assert(fc.property(entries, asks, (list, [first, more, others]) => {
    const snapshot = load(list)
    const all = [first, ...others]
    assert.deepEqual(decide(snapshot, first), decideAfresh(load(list), first))
    for (const { nowMs, clientAddress, purpose, who: asker, what } of more) {
      const principalOf = all[asker]?.principal ?? first.principal
      const asked = { ...request(principalOf, all[what]?.statement ?? first.statement, { nowMs, clientAddress, ...(purpose === undefined ? {} : { purpose }) }), resource: first.resource }
      assert.deepEqual(decide(snapshot, asked), decideAfresh(load(list), asked))
    }
  }), RUNS)
})

test('property: adding a denial never makes more possible', () => {
  const rank = { deny: 0, hold: 1, allow: 2 } as const
  fc.assert(fc.property(entries, denial, asking, (list, extra, asked) => {
    const before = decide(load(list), asked)
    const after = decide(load([...list, { id: 'extra', ...extra }]), asked)
    assert.ok(rank[after.kind] <= rank[before.kind], `${outcome(before)} became ${outcome(after)}`)
    if (after.kind !== 'deny' && before.kind !== 'deny') assert.deepEqual(after.obligations, before.obligations)
  }), RUNS)
})

test('property: the order of policies and of files decides nothing', () => {
  fc.assert(fc.property(entries, asking, fc.nat(6), (list, asked, cut) => {
    const expected = content(decide(load(list), asked))
    assert.deepEqual(content(decide(load([...list].reverse()), asked)), expected)
    assert.deepEqual(content(decide(load(list.slice(cut), list.slice(0, cut)), asked)), expected)
  }), RUNS)
})

test('property: nothing that PHI flows from is shown more than the most revealing of all masks', () => {
  fc.assert(fc.property(entries, asking, (list, asked) => {
    if (asked.statement.kind === 'opaque') return
    const decision = decide(load(list), asked)
    if (decision.kind === 'deny') return
    const unmasked = list.some((entry) => entry['effect'] === 'allow' && entry['mask'] === undefined)
    const operators = list.flatMap((entry) => Object.values((entry['mask'] ?? {}) as Record<string, (typeof MASK_OPERATORS)[number]>)) // as written above
    const most = unmasked ? 'clear' : operators.reduce((a, b) => (revealingRank(a) > revealingRank(b) ? a : b), 'redact')
    const mask = decision.obligations.find((one) => one.kind === 'mask')
    for (const [index, { sources }] of asked.statement.outputs.entries()) {
      const phi = sources.some((source) => source.column.class !== 'none')
      const applied = mask?.kind === 'mask' ? mask.outputs.find((one) => one.output === index) : undefined
      if (!phi) assert.equal(applied, undefined)
      else if (most !== 'clear') assert.ok(applied !== undefined && revealingRank(applied.operator) <= revealingRank(most))
      if (applied !== undefined && sources.some((source) => source.flow !== 'copied')) assert.equal(applied.operator, 'redact')
    }
  }), RUNS)
})

test('property: masked values decide nothing', () => {
  fc.assert(fc.property(asking, (asked) => {
    if (asked.statement.kind === 'opaque' || !asked.statement.uses.some((one) => one.column.class !== 'none')) return
    assert.equal(decide(load([{ id: 'a', effect: 'allow', mask: { default: 'redact' } }, { id: 'b', effect: 'allow', on: { objects: ['pg_catalog.*'] }, mask: { default: 'redact' } }]), asked).kind, 'deny')
  }), RUNS)
})

test('property: a decision does not depend on what was decided before with the same snapshot', () => {
  fc.assert(fc.property(entries, fc.array(asking, { minLength: 2, maxLength: 4 }), (list, several) => {
    const shared = load(list)
    for (const asked of several) assert.deepEqual(decide(shared, asked), decide(load(list), asked))
    for (const asked of several) assert.deepEqual(decide(shared, asked), decide(load(list), asked))
  }), { numRuns: 150 })
})
