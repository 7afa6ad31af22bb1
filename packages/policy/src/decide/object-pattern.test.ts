import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileObjectPattern, type ObjectPattern } from './object-pattern.ts'

function pattern(text: string): ObjectPattern {
  const compiled = compileObjectPattern(text)
  if (typeof compiled === 'string') assert.fail(compiled)
  return compiled
}

/** [pattern, object, an allow matches, a deny matches] */
const ROWS: readonly (readonly [string, string, boolean, boolean])[] = [
  ['clinic.patients', 'clinic.patients', true, true],
  ['clinic.patients', 'clinic.patients2', false, false],
  ['clinic.patients', 'Clinic.patients', false, false],
  ['clinic.*', 'clinic.patients', true, true],
  ['clinic.*', 'clinical.patients', false, false],
  ['clinic.*', 'clinic', false, false],
  ['clinic.*', 'clinic.', true, true],
  // Table `c` of schema `clinic.b`, or table `b.c` of schema clinic? Nobody can tell: not allowed, and denied.
  ['clinic.*', 'clinic.b.c', false, true],
  ['*', 'anything at all.with.dots', true, true],
  ['*.patients', 'clinic.patients', true, true],
  ['*.patients', 'a.b.patients', false, true],
  ['clinic.p*s', 'clinic.patients', true, true],
  ['clinic.p*s', 'clinic.ps', true, true],
  ['clinic.p*s', 'clinic.p', false, false],
  ['clinic.*a*b*', 'clinic.xaxxbx', true, true],
  ['clinic.*a*b*', 'clinic.xbxxax', false, false],
  ['clinic.ab*ba', 'clinic.aba', false, false],
]

for (const [text, object, allowed, denied] of ROWS) {
  test(`${text} on ${object}: ${allowed ? 'allows' : 'does not allow'}, ${denied ? 'denies' : 'does not deny'}`, () => {
    assert.equal(pattern(text).allows(object), allowed)
    assert.equal(pattern(text).denies(object, 'relation'), denied)
  })
}

test('a denial about everything in a schema is also about the schema, an allow is not', () => {
  assert.equal(pattern('clinic.*').denies('clinic', 'schema'), true)
  assert.equal(pattern('clinic.*').denies('other', 'schema'), false)
  assert.equal(pattern('clinic.*').allows('clinic'), false)
})

test('refuses what is no pattern', () => {
  for (const text of ['"clinic".patients', 'clinic.**', ' clinic.x', 'clinic.x ', 'a\nb', `a.${'b'.repeat(300)}`]) assert.equal(typeof compileObjectPattern(text), 'string', text)
})

const piece = fc.stringMatching(/^[ab.*]{1,8}$/).filter((text) => !text.includes('**'))
const name = fc.stringMatching(/^[ab.]{0,10}$/)

test('property: matches what the same regular expression would, and an allow never reaches further than a deny', () => {
  fc.assert(fc.property(piece, name, (text, object) => {
    const { allows, denies } = pattern(text)
    const expression = (run: string): RegExp => new RegExp(`^${text.replaceAll('.', '\\.').replaceAll('*', run)}$`)
    assert.equal(denies(object, 'relation'), expression('.*').test(object))
    assert.equal(allows(object), expression(text === '*' ? '.*' : '[^.]*').test(object))
    assert.ok(denies(object, 'relation') || !allows(object))
  }), { numRuns: 2_000 })
})

test('is quick with many stars', () => {
  const many = pattern(`${'a*'.repeat(100)}b`)
  const started = process.hrtime.bigint()
  for (let round = 0; round < 1_000; round++) assert.equal(many.denies('a'.repeat(250), 'relation'), false)
  assert.ok(process.hrtime.bigint() - started < 2_000_000_000n)
})
