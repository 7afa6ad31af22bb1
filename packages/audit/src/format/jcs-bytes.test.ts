import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '@doorward/core'
import { CanonicalWriter } from './jcs-bytes.ts'
import { toCanonicalJson } from './jcs.ts'

const TEXT = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string({ minLength: 70, maxLength: 90 }), fc.constantFrom('\ud800', 'a\udc00b', '', 'é"\\', '\u0000', '\u007f', 'x'.repeat(20_000)))
const VALUE = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(TEXT, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.constantFrom(NaN, Infinity, -0, 1n, new Date(0))),
  value: fc.oneof({ maxDepth: 4 }, tie('leaf'), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(TEXT, tie('value'), { maxKeys: 5, noNullPrototype: false })),
})).value

/** What comes of it, an error's class included. */
function outcome(make: () => string): string {
  try {
    return make()
  } catch (error) {
    return `throws ${error instanceof Error ? `${error.name}: ${error.message}` : typeof error}`
  }
}

test('property: the bytes are the UTF-8 of the canonical text, or it fails in the same way', () => {
  const writer = new CanonicalWriter()
  fc.assert(fc.property(fc.dictionary(TEXT, VALUE, { maxKeys: 6 }), (fields) => {
    const given = fields as Readonly<Record<string, Json>> // and what is no JSON, which both have to refuse
    assert.equal(outcome(() => writer.encode(given, {}).toString('utf8')), outcome(() => toCanonicalJson(given)))
  }), { numRuns: 2_000 })
})

test('fields that are added stand where their names belong', () => {
  const writer = new CanonicalWriter()
  const names = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 8 })
  fc.assert(fc.property(names, fc.nat(8), (all, cut) => {
    const fields = Object.fromEntries(all.slice(0, cut).map((name, index) => [name, index]))
    const more = Object.fromEntries(all.slice(cut).map((name, index) => [name, -index]))
    assert.equal(writer.encode(fields, more).toString('utf8'), toCanonicalJson({ ...fields, ...more }))
  }))
})

test('what was given out stays as it is when the next is encoded, and after one that failed', () => {
  const writer = new CanonicalWriter()
  const first = writer.encode({ a: 'first' }, {})
  assert.throws(() => writer.encode({ a: 'x'.repeat(100), b: NaN }, {}), TypeError)
  const second = writer.encode({ a: 'second' }, {})
  assert.equal(first.toString(), '{"a":"first"}')
  assert.equal(second.toString(), '{"a":"second"}')
})

test('property: frozen parts, which are kept, come out the same the second time, whatever their letters', () => {
  const writer = new CanonicalWriter()
  const frozen = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    for (const inner of Object.values(value)) frozen(inner)
    return Object.freeze(value)
  }
  fc.assert(fc.property(fc.dictionary(TEXT, VALUE, { maxKeys: 6 }), (fields) => {
    const given = frozen(fields) as Readonly<Record<string, Json>> // and what is no JSON, which both have to refuse
    const expected = outcome(() => toCanonicalJson({ given }))
    for (const _ of ['made', 'kept']) assert.equal(outcome(() => writer.encode({ given }, {}).toString('utf8')), expected)
  }), { numRuns: 1_000 })
})
