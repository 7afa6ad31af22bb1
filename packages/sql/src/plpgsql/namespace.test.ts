import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeclaredHere, lookUp, withLabel, withVariable, type Namespace } from './namespace.ts'

/** f(a, r) { <<outer>> a, <<inner>> b }: variables 0 to 3; r holds fields. */
const routine = withVariable(withVariable(withLabel(undefined, 'f'), 'a', 0), 'r', 1)
const outer = withVariable(withLabel(routine, 'outer'), 'a', 2)
const inner = withVariable(withLabel(outer, 'inner'), 'b', 3)
const holdsFields = (variable: number): boolean => variable === 1

const CASES: readonly (readonly [Namespace, readonly string[], readonly [number, 1 | 2] | undefined])[] = [
  [inner, ['b'], [3, 1]],
  [inner, ['a'], [2, 1]],
  [routine, ['a'], [0, 1]],
  [inner, ['c'], undefined],
  [inner, ['f', 'a'], [0, 2]],
  [inner, ['outer', 'a'], [2, 2]],
  [inner, ['inner', 'a'], undefined],
  [inner, ['r', 'x'], [1, 1]],
  [inner, ['f', 'r'], [1, 2]],
  [inner, ['f', 'r', 'x'], [1, 2]],
  // A scalar has no fields, so a label of its name is looked for.
  [withVariable(inner, 'f', 4), ['f', 'a'], [0, 2]],
  [inner, ['f', 'a', 'x'], undefined],
  [undefined, ['a'], undefined],
]

for (const [namespace, names, found] of CASES) {
  test(`${names.join('.')} means ${found === undefined ? 'nothing' : `variable ${found[0]}`}`, () => {
    assert.deepEqual(lookUp(namespace, names, holdsFields), found === undefined ? undefined : { variable: found[0], taken: found[1] })
  })
}

test('a name is declared here on its own level only', () => {
  assert.equal(isDeclaredHere(inner, 'b'), true)
  assert.equal(isDeclaredHere(inner, 'a'), false)
  assert.equal(isDeclaredHere(undefined, 'a'), false)
})
