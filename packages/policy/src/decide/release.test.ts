import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requirePolicyId, type ColumnUse, type MaskOperator, type PhiClass } from '@doorward/core'
import { output, use } from './examples.test.ts'
import type { ReadMasks } from './read-masks.ts'
import { maskedFlow } from './refusal-words.ts'
import { release } from './release.ts'

const OPERATORS: ReadonlyMap<PhiClass, MaskOperator> = new Map([['ssn', 'redact'], ['date', 'year'], ['mrn', 'token'], ['zip', 'zip3'], ['name', 'clear'], ['clinical', 'null']])
const MASKS: ReadMasks = {
  operatorFor: ({ class: phiClass }) => (phiClass === 'none' ? 'clear' : OPERATORS.get(phiClass) ?? 'redact'),
  exceptionsFor: ({ class: phiClass }, allow) => (phiClass === 'mrn' && allow === 'equality' ? [{ policy: requirePolicyId('p'), exception: { allow: 'equality', classes: new Set(['mrn']), perHour: undefined } }] : []),
}

/** [what holds, sources, mask as operator:class with ! where not copied, or undefined for delivered as it is] */
const OUTPUTS: readonly (readonly [string, Parameters<typeof output> extends readonly [string, ...infer Sources] ? Sources : never, string | undefined])[] = [
  ['no source', [], undefined],
  ['a column that is no PHI', [['t.id', 'none']], undefined],
  ['a column shown in clear', [['t.first', 'name']], undefined],
  ['something computed from columns in clear', [['t.first', 'name', 'derived'], ['t.last', 'name', 'aggregated']], undefined],
  ['a masked column', [['t.dob', 'date']], 'year:date'],
  ['an operator that shows nothing', [['t.dx', 'clinical']], 'null:clinical'],
  ['something computed', [['t.dob', 'date', 'derived']], 'redact:date!'],
  ['something aggregated', [['t.dob', 'date', 'aggregated']], 'redact:date!'],
  ['two copies of one class', [['t.dob', 'date'], ['u.dob', 'date']], 'year:date'],
  ['copies of two classes', [['t.dob', 'date'], ['t.zip', 'zip']], 'redact:date!'],
  ['a masked copy or one in clear', [['t.dob', 'date'], ['t.first', 'name']], 'redact:date!'],
  ['a masked copy or no PHI', [['t.dob', 'date'], ['t.id', 'none']], 'redact:date!'],
  ['a copy and something computed', [['t.dob', 'date'], ['t.mrn', 'mrn', 'derived']], 'redact:mrn!'],
  ['a masked copy, and a clear column that decides', [['t.dob', 'date'], ['t.first', 'name', 'derived']], 'redact:date!'],
  ['the strictest class of several', [['t.ssn', 'ssn', 'derived'], ['t.dob', 'date', 'derived'], ['t.hiv', 'hiv', 'derived']], 'redact:hiv!'],
  ['how many there are of what is clear', [['t.first', 'name', 'counted']], undefined],
]

describe('release of outputs', () => {
  for (const [name, sources, expected] of OUTPUTS) {
    test(name, () => {
      const released = release([output('first'), output('x', ...sources)], [], MASKS)
      assert.equal(released.kind, 'release')
      if (released.kind !== 'release') return
      const [mask] = released.outputs
      assert.equal(mask === undefined ? undefined : `${mask.operator}:${mask.class}${mask.copied ? '' : '!'}`, expected)
      if (mask !== undefined) assert.equal(mask.output, 1)
    })
  }

  test('refuses to show how many masked values there are, and says what to count instead', () => {
    const released = release([output('n', ['t.ssn', 'ssn', 'counted'])], [], MASKS)
    assert.equal(released.kind, 'masked-flow')
    if (released.kind === 'masked-flow') assert.match(maskedFlow(released.flow).next, /^use count\(\*\)/)
  })
})

const CONTEXTS: readonly ColumnUse['context'][] = [
  'predicate', 'join', 'order', 'group', 'distinct', 'window', 'limit', 'rows', 'error', 'case', 'written', 'function', 'aggregate-filter', 'set-operation', 'estimate', 'lock',
]

describe('release of uses', () => {
  for (const context of CONTEXTS) {
    test(`refuses a masked column in ${context}, and lets one in clear through`, () => {
      const refused = release([], [use('t.first', 'name', context), use('t.ssn', 'ssn', context)], MASKS)
      assert.equal(refused.kind, 'masked-flow')
      if (refused.kind === 'masked-flow') {
        assert.equal(refused.flow.column.column, 'ssn')
        assert.match(maskedFlow(refused.flow).refusal, /^t\.ssn is masked for you, so .*[^.]$/)
      }
      assert.equal(release([], [use('t.first', 'name', context), use('t.id', 'none', context)], MASKS).kind, 'release')
    })
  }

  test('lets only plain equality in a predicate through where a policy names the exception', () => {
    assert.equal(release([], [use('t.mrn', 'mrn', 'predicate', { equality: true })], MASKS).kind, 'release')
    assert.equal(release([], [use('t.mrn', 'mrn', 'predicate')], MASKS).kind, 'masked-flow')
    assert.equal(release([], [use('t.ssn', 'ssn', 'predicate', { equality: true })], MASKS).kind, 'masked-flow')
    for (const context of CONTEXTS.filter((one) => one !== 'predicate')) {
      assert.equal(release([], [use('t.mrn', 'mrn', context, { equality: true })], MASKS).kind, 'masked-flow', context)
    }
  })
})
