import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '@doorward/core'
import { readVector, readVectorJson, vectorTest } from '../vectors.test.ts'
import { isCanonicalJson, MAX_DEPTH, toCanonicalJson } from './jcs.ts'

vectorTest('encodes the vectors of RFC 8785 byte for byte', () => {
  for (const name of ['arrays', 'french', 'structures', 'unicode', 'values', 'weird']) {
    const encoded = Buffer.from(toCanonicalJson(readVectorJson<Json>(`jcs/input/${name}.json`)), 'utf8')
    const expected = readVector(`jcs/outhex/${name}.txt`).toString('latin1').replaceAll(/\s/g, '')
    assert.equal(encoded.toString('hex'), expected, name)
    assert.deepEqual(encoded, readVector(`jcs/output/${name}.json`), name)
  }
})

// RFC 8785, Appendix B: IEEE 754 bits and their text.
const NUMBERS: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'], ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'], ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'], ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'], ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'], ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'], ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'], ['444b1ae4d6e2ef4f', '999999999999999900000'], ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'], ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'], ['41b3de4355555554', '333333333.33333325'], ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'], ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'], ['43143ff3c1cb0959', '1424953923781206.2'],
]

test('encodes numbers as ECMAScript does', () => {
  for (const [bits, text] of NUMBERS) assert.equal(toCanonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text)
})

test('refuses what JSON cannot hold', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const refused: readonly unknown[] = [
    NaN, Infinity, -Infinity, '\ud800', 'a\udc00b', { '\ud800': 1 }, 1n, Symbol('x'), () => 1, undefined, [undefined],
    new Array(1), new Date(0), new Map(), Buffer.alloc(1), { a: { b: NaN } }, cycle,
  ]
  for (const value of refused) assert.throws(() => toCanonicalJson(value as Json), TypeError)
})

test('leaves undefined fields out and sorts by UTF-16 code units', () => {
  assert.equal(toCanonicalJson({ b: 1, a: undefined, '\ufb33': 2, '\ud83d\ude02': 3 }), '{"b":1,"\ud83d\ude02":3,"\ufb33":2}')
  assert.equal(toCanonicalJson({ a: undefined }), '{}')
})

test('takes nesting up to the limit and no deeper', () => {
  const nest = (depth: number): Json => (depth === 0 ? 1 : [nest(depth - 1)])
  assert.equal(toCanonicalJson(nest(MAX_DEPTH)).length, 2 * MAX_DEPTH + 1)
  assert.throws(() => toCanonicalJson(nest(MAX_DEPTH + 1)), TypeError)
})

test('gives one text for one value, whatever the order of its fields', () => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 })), (value) => {
    let text
    try {
      text = toCanonicalJson(value as Json)
    } catch {
      return // a lone surrogate; the table above has those
    }
    const parsed = JSON.parse(text) as Json
    assert.deepEqual(parsed, JSON.parse(JSON.stringify(value)))
    assert.equal(toCanonicalJson(Object.fromEntries(Object.entries(value).reverse()) as Json), text)
    assert.ok(isCanonicalJson(text, parsed))
    assert.ok(!isCanonicalJson(` ${text}`, parsed))
  }))
})

test('does not take a text with repeated keys for canonical', () => {
  const text = '{"a":1,"a":2}'
  assert.ok(!isCanonicalJson(text, JSON.parse(text) as Json))
})
