import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SparseMap } from './sparse-map.ts'

describe('a sparse map', () => {
  it('holds what a Map holds, whatever is done to both', () => {
    const key = fc.constantFrom('', 'a', 'b', '__proto__')
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key, value: fc.nat() }),
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({ kind: fc.constant('clear' as const) }),
    )
    fc.assert(fc.property(fc.array(step), (steps) => {
      const sparse = new SparseMap<string, number>()
      const map = new Map<string, number>()
      for (const one of steps) {
        if (one.kind === 'set') { sparse.set(one.key, one.value); map.set(one.key, one.value) }
        if (one.kind === 'delete') { sparse.delete(one.key); map.delete(one.key) }
        if (one.kind === 'clear') { sparse.clear(); map.clear() }
        assert.deepEqual([sparse.size, sparse.keys(), sparse.values()], [map.size, [...map.keys()], [...map.values()]])
        for (const name of ['', 'a', 'b', '__proto__', 'c']) assert.deepEqual([sparse.has(name), sparse.get(name)], [map.has(name), map.get(name)])
      }
    }))
  })

  it('can be changed while its keys are gone through', () => {
    const sparse = new SparseMap<string, number>()
    sparse.set('a', 1)
    sparse.set('b', 2)
    for (const name of sparse.keys()) sparse.delete(name)
    assert.equal(sparse.size, 0)
  })
})
