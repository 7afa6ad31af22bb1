import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ColumnRef, Flow } from '@doorward/core'
import { aggregate, choose, CLEAN, compose, copyOf, count, derive, fieldOf, isTainted, NULL_VALUE, sameTaint, textOf, type Taint } from './taint.ts'

const SSN: ColumnRef = { relation: 'w.p', column: 'ssn', class: 'ssn' }
const OTHER_SSN: ColumnRef = { relation: 'w.q', column: 'ssn', class: 'ssn' }
const NAME: ColumnRef = { relation: 'w.p', column: 'name', class: 'name' }
const flows = (taint: Taint): readonly Flow[] => [...taint.sources.values()].map(source => source.flow)

test('a copy that is computed with is derived, a count that is computed with is aggregated', () => {
  assert.deepEqual(flows(derive(copyOf(SSN))), ['derived'])
  assert.deepEqual(flows(derive(count(copyOf(SSN)))), ['aggregated'])
  assert.deepEqual(flows(count(copyOf(SSN))), ['counted'])
  assert.deepEqual(flows(aggregate(copyOf(SSN), count(copyOf(NAME)))), ['aggregated', 'counted'])
})

test('choosing among copies of one class leaves copies, among classes it does not', () => {
  assert.deepEqual(flows(choose(copyOf(SSN), copyOf(OTHER_SSN), CLEAN)), ['copied', 'copied'])
  assert.deepEqual(flows(choose(copyOf(SSN), copyOf(NAME))), ['derived', 'derived'])
})

test('one column in two flows has the one that no exception releases', () => {
  assert.deepEqual(flows(choose(copyOf(SSN), count(copyOf(SSN)))), ['derived'])
  assert.deepEqual(flows(choose(aggregate(copyOf(SSN)), count(copyOf(SSN)))), ['aggregated'])
})

test('a composite keeps its attributes apart until it is computed with', () => {
  const row = compose([CLEAN, copyOf(SSN), copyOf(NAME)])
  assert.deepEqual(flows(fieldOf(row, 1)), ['copied'])
  assert.equal(isTainted(fieldOf(row, 0)), false)
  assert.deepEqual(flows(row), ['derived', 'derived'])
  assert.deepEqual(flows(fieldOf(derive(row), 0)), ['derived', 'derived'])
})

test('a catalog text beside a value of the caller is mixed, beside NULL it stays', () => {
  assert.deepEqual([...choose(textOf('definition'), NULL_VALUE).texts], [['definition', 'verbatim']])
  assert.deepEqual([...choose(textOf('definition'), CLEAN).texts], [['definition', 'mixed']])
  assert.deepEqual([...derive(textOf('comment')).texts], [['comment', 'derived']])
})

const taints = fc.constantFrom(CLEAN, copyOf(SSN), copyOf(NAME), derive(copyOf(SSN)), count(copyOf(NAME)), aggregate(copyOf(OTHER_SSN)), textOf('comment'), compose([copyOf(SSN), CLEAN]))

test('no operation loses a source', () => {
  const keys = (...all: readonly Taint[]): readonly string[] => [...new Set(all.flatMap(taint => [...taint.sources.keys(), ...taint.texts.keys()]))].sort()
  fc.assert(fc.property(fc.array(taints, { maxLength: 5 }), list => {
    for (const operation of [derive, aggregate, count, choose]) assert.deepEqual(keys(operation(...list)), keys(...list))
    assert.deepEqual(keys(compose(list)), keys(...list))
  }))
})

test('joining is the same in any order, and joining again adds nothing', () => {
  fc.assert(fc.property(fc.array(taints, { maxLength: 5 }), list => {
    const plain = list.map(taint => ({ ...taint, fields: undefined }))
    assert.ok(sameTaint(derive(...plain), derive(...[...plain].reverse())))
    assert.ok(sameTaint(derive(...plain), derive(derive(...plain), ...plain)) || plain.some(taint => flows(taint).includes('counted')))
  }))
})
