import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSameTree } from './same-tree.ts'

test('positions do not matter, everything else does', () => {
  const rows: readonly (readonly [unknown, unknown, boolean])[] = [
    [{ a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, true],
    [{ a: 1, location: 5 }, { a: 1, location: 9 }, true],
    [{ a: 1, location: 5 }, { a: 1 }, true],
    [{ a: { list_start: 3, list_end: 8 } }, { a: {} }, true],
    [{ location: '/x' }, { location: '/y' }, false],
    [{ location: '/x' }, {}, false],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [{ a: 1, b: 1 }, { a: 1 }, false],
    [[1, 2], [1], false],
    [[1], { 0: 1 }, false],
    [null, {}, false],
    [undefined, undefined, true],
    ['1', 1, false],
  ]
  for (const [left, right, same] of rows) assert.deepEqual([left, right, isSameTree(left, right)], [left, right, same])
})

test('depth is no matter', () => {
  const nest = (depth: number, end: unknown): unknown => {
    let value = end
    for (let level = 0; level < depth; level += 1) value = { a: [value] }
    return value
  }
  assert.equal(isSameTree(nest(100_000, 1), nest(100_000, 1)), true)
  assert.equal(isSameTree(nest(100_000, 1), nest(100_000, 2)), false)
})
