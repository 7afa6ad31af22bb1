/** What policies except from masking: which statements pass by it, what it costs them, and what no exception reaches. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ColumnUse, Decision, ExceptionUse, Flow, OutputColumn, PhiClass } from '@doorward/core'
import { decide } from './decide.ts'
import { effect, masks, output, outcome, principal, request, snapshotOf, understood, use } from './examples.test.ts'
import type { PolicySnapshot } from './snapshot.ts'

const BOT = principal('bot', ['agents'])
const snapshot = snapshotOf([
  '  - id: agents',
  '    on: { objects: ["clinic.*"] }',
  '    actions: [read]',
  '    effect: allow',
  '    mask: { default: redact, date: year }',
  '    exceptions: [{ allow: counts, classes: [mrn, hiv], perHour: 60 }, { allow: equality, classes: [mrn, ssn], perHour: 100 }, { allow: equality, classes: [zip] }]',
].join('\n'))

const PATIENTS = effect('read', 'clinic.patients')

function counted(column: string, phiClass: PhiClass, more: Partial<OutputColumn> = {}): OutputColumn {
  return { ...output('count', [`clinic.patients.${column}`, phiClass, 'counted']), typeId: 20, cell: 'count', ...more }
}

function ask(outputs: readonly OutputColumn[], uses: readonly ColumnUse[] = [], among: PolicySnapshot = snapshot): Decision {
  return decide(among, request(BOT, understood({ effects: [PATIENTS], outputs, uses })))
}

function exceptionsOf(decision: Decision): readonly ExceptionUse[] {
  return decision.kind === 'deny' ? [] : decision.obligations.flatMap((one) => (one.kind === 'exception' ? [one.use] : []))
}

function atLeastOf(decision: Decision): readonly (number | undefined)[] {
  return decision.kind === 'deny' ? [] : decision.obligations.flatMap((one) => (one.kind === 'mask' ? one.outputs.map((mask) => mask.atLeast) : []))
}

const equals = (column: string, phiClass: PhiClass, values: number | undefined): ColumnUse =>
  use(`clinic.patients.${column}`, phiClass, 'predicate', { equality: true, ...(values === undefined ? {} : { values }) })

describe('counts', () => {
  test('a cell is released under the default cell size, and costs its statement one', () => {
    const decision = ask([counted('mrn', 'mrn'), counted('mrn', 'mrn')])
    assert.equal(outcome(decision), 'allow')
    assert.deepEqual(atLeastOf(decision), [11, 11])
    assert.equal(masks(decision), '0:redact:mrn! 1:redact:mrn!', 'whoever does not know cells shows nothing')
    assert.deepEqual(exceptionsOf(decision), [{ policy: 'agents', allow: 'counts', classes: ['hiv', 'mrn'], cost: 1, perHour: 60 }])
    assert.match(decision.why, /by the exception of agents: counts of hiv, mrn/)
  })

  const REFUSED: readonly (readonly [name: string, outputs: readonly OutputColumn[], uses: readonly ColumnUse[], next: RegExp])[] = [
    ['a class that is not excepted', [counted('ssn', 'ssn')], [], /use count\(\*\)/],
    ['a count in another form', [output('n', ['clinic.patients.mrn', 'mrn', 'counted'])], [], /output column of its own/],
    ['a count beside something else in the same output', [{ ...output('n', ['clinic.patients.mrn', 'mrn', 'counted'], ['clinic.patients.hiv', 'hiv', 'derived']), cell: 'count' }], [], /output column of its own/],
    ['two classes of which one is not excepted', [{ ...output('n', ['clinic.patients.mrn', 'mrn', 'counted'], ['clinic.patients.ssn', 'ssn', 'counted']), cell: 'count' }], [], /use count\(\*\)/],
    ['one cell of two that is not excepted', [counted('mrn', 'mrn'), counted('ssn', 'ssn')], [], /use count\(\*\)/],
    ['HAVING', [counted('mrn', 'mrn')], [use('clinic.patients.mrn', 'mrn', 'predicate')], /select rows by/],
    ['ORDER BY the count', [counted('mrn', 'mrn')], [use('clinic.patients.mrn', 'mrn', 'order')], /order by/],
    ['GROUP BY what is masked', [counted('mrn', 'mrn')], [use('clinic.patients.mrn', 'mrn', 'group')], /group by/],
  ]
  for (const [name, outputs, uses, next] of REFUSED) {
    test(`refuses ${name}`, () => {
      const decision = ask(outputs, uses)
      assert.equal(outcome(decision), 'deny masked-flow')
      if (decision.kind === 'deny') assert.match(decision.next, next)
    })
  }

  test('of two policies the one that shows more is used, and a clear one needs none', () => {
    const entry = (id: string, terms: string): string => `  - { id: ${id}, effect: allow, on: { objects: ["clinic.*"] }, actions: [read], ${terms} }`
    const two = snapshotOf([
      entry('a', 'mask: { default: redact }, exceptions: [{ allow: counts, classes: [mrn], atLeast: 20, perHour: 900 }]'),
      entry('b', 'mask: { default: redact }, exceptions: [{ allow: counts, classes: [mrn], atLeast: 5, perHour: 2 }]'),
    ].join('\n'))
    assert.deepEqual(exceptionsOf(ask([counted('mrn', 'mrn')], [], two)).map(({ policy, perHour }) => [policy, perHour]), [['b', 2]])
    assert.deepEqual(atLeastOf(ask([counted('mrn', 'mrn')], [], two)), [5])
    const clear = snapshotOf([entry('a', 'mask: { default: redact }, exceptions: [{ allow: counts, classes: [mrn], perHour: 9 }]'), entry('b', 'description: x')].join('\n'))
    assert.deepEqual(exceptionsOf(ask([counted('mrn', 'mrn')], [], clear)), [])
  })
})

describe('equality', () => {
  const COSTS: readonly (readonly [name: string, uses: readonly ColumnUse[], costs: readonly number[] | 'refused'])[] = [
    ['one value', [equals('mrn', 'mrn', 1)], [1]],
    ['a list of values', [equals('mrn', 'mrn', 7)], [7]],
    ['two columns', [equals('mrn', 'mrn', 1), equals('ssn', 'ssn', 2)], [3]],
    ['a table and its child', [equals('mrn', 'mrn', 1), use('clinic.archived.mrn', 'mrn', 'predicate', { equality: true, values: 0 })], [1]],
    ['as many values as an array holds', [equals('mrn', 'mrn', undefined)], 'refused'],
    ['an array, without a budget', [equals('zip', 'zip', undefined)], [1]],
    ['one with and one without a budget', [equals('zip', 'zip', undefined), equals('mrn', 'mrn', 1)], [1, 1]],
    ['a column that is not excepted', [equals('mrn', 'mrn', 1), equals('hiv', 'hiv', 1)], 'refused'],
    ['a column in clear', [use('clinic.patients.id', 'none')], []],
  ]
  for (const [name, uses, costs] of COSTS) {
    test(`${name}: ${costs === 'refused' ? costs : `costs ${costs.join(' and ') || 'nothing'}`}`, () => {
      const effects = [PATIENTS, effect('read', 'clinic.archived')]
      const decision = decide(snapshot, request(BOT, understood({ effects, uses })))
      if (costs === 'refused') assert.equal(outcome(decision), 'deny masked-flow')
      else assert.deepEqual(exceptionsOf(decision).map((one) => one.cost), costs)
    })
  }

  test('with a count it costs both', () => {
    assert.deepEqual(exceptionsOf(ask([counted('mrn', 'mrn')], [equals('mrn', 'mrn', 1)])).map(({ allow, cost }) => [allow, cost]), [['counts', 1], ['equality', 1]])
  })

  test('a kept decision carries the same costs each time', () => {
    const asked = request(BOT, understood({ effects: [PATIENTS], uses: [equals('mrn', 'mrn', 2)] }))
    const first = decide(snapshot, asked)
    assert.equal(decide(snapshot, asked), first)
    assert.deepEqual(exceptionsOf(first).map((one) => one.cost), [2])
  })
})

test('property: what passes by an exception says so, and nothing that is masked is delivered as it is', () => {
  const phiClass = fc.constantFrom<PhiClass>('mrn', 'ssn', 'hiv', 'zip', 'date')
  const flow = fc.constantFrom<Flow>('copied', 'derived', 'aggregated', 'counted')
  const source = fc.tuple(phiClass, flow).map(([one, how]): readonly [string, PhiClass, Flow] => [`clinic.patients.${one}`, one, how])
  const column = fc.tuple(fc.array(source, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([sources, cell]): OutputColumn => ({ ...output('x', ...sources), ...(cell ? { cell: 'count' } : {}) }))
  fc.assert(fc.property(fc.array(column, { maxLength: 3 }), fc.array(fc.tuple(phiClass, fc.boolean(), fc.constantFrom(undefined, 0, 1, 5)), { maxLength: 3 }), (outputs, compared) => {
    const uses = compared.map(([one, equality, values]) => use(`clinic.patients.${one}`, one, 'predicate', { equality, ...(values === undefined ? {} : { values }) }))
    const decision = ask(outputs, uses)
    if (decision.kind === 'deny') return
    const masked = decision.obligations.flatMap((one) => (one.kind === 'mask' ? one.outputs : []))
    const used = exceptionsOf(decision)
    assert.deepEqual(masked.map((mask) => mask.output), outputs.map((_, index) => index), 'every output is masked')
    for (const { output: place, atLeast, operator, copied } of masked) {
      if (atLeast === undefined) continue
      const from = outputs[place]
      assert.ok(operator === 'redact' && !copied && from?.cell === 'count' && atLeast >= 11)
      assert.ok(from.sources.every((one) => one.flow === 'counted' && (one.column.class === 'mrn' || one.column.class === 'hiv')))
      assert.ok(used.some((one) => one.allow === 'counts' && one.cost === 1))
    }
    for (const { column: { class: one }, equality, values } of uses) {
      assert.ok(equality && used.some((exception) => exception.allow === 'equality' && exception.classes.includes(one) && exception.cost >= Math.max(1, values ?? 0)))
    }
  }), { numRuns: 500 })
})
