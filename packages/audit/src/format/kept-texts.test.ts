import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '@doorward/core'
import { toCanonicalJson } from './jcs.ts'
import { KeptTexts } from './kept-texts.ts'

function freezeSome(value: Json, choose: () => boolean): Json {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) if (inner !== undefined) freezeSome(inner, choose)
  return choose() ? Object.freeze(value) : value
}

test('property: a text that is kept is the text there would be, whatever is frozen and whatever changes', () => {
  fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 4 }), fc.infiniteStream(fc.boolean()), fc.array(fc.nat(3), { maxLength: 10 }), (values, choices, asks) => {
    const kept = new KeptTexts()
    const stream = choices[Symbol.iterator]()
    const parts = values.map((value) => freezeSome(value as Json, () => stream.next().value === true)) // JSON by construction
    for (const at of asks) {
      const entry: Json = { part: parts[at] ?? null, all: parts }
      assert.equal(toCanonicalJson(entry, kept), toCanonicalJson(entry))
      for (const part of parts) if (typeof part === 'object' && part !== null && !Array.isArray(part) && !Object.isFrozen(part)) Object.assign(part, { changed: at })
    }
  }), { numRuns: 500 })
})

test('what is frozen at the top alone may change below, and is encoded each time', () => {
  const kept = new KeptTexts()
  const inner: Record<string, Json> = { a: 1 }
  const outer = Object.freeze({ inner })
  assert.equal(toCanonicalJson({ outer }, kept), '{"outer":{"inner":{"a":1}}}')
  inner['a'] = 2
  assert.equal(toCanonicalJson({ outer }, kept), '{"outer":{"inner":{"a":2}}}')
})

test('a field that is computed is asked for each time', () => {
  const kept = new KeptTexts()
  let asked = 0
  const sly = Object.freeze(Object.defineProperty({}, 'a', { enumerable: true, get: () => { asked += 1; return asked } })) as Json
  assert.equal(toCanonicalJson({ sly }, kept), '{"sly":{"a":1}}')
  assert.equal(toCanonicalJson({ sly }, kept), '{"sly":{"a":2}}')
})

test('the limit on nesting holds where a kept text stands deeper', () => {
  const kept = new KeptTexts()
  let deep: Json = 1
  for (let level = 0; level < 30; level += 1) deep = Object.freeze([deep])
  let shallow: Json = 1
  for (let level = 0; level < 10; level += 1) shallow = Object.freeze([shallow])
  toCanonicalJson(deep, kept)
  toCanonicalJson(shallow, kept)
  const nest = (value: Json, levels: number): Json => (levels === 0 ? value : [nest(value, levels - 1)])
  assert.throws(() => toCanonicalJson(nest(deep, 35), kept), TypeError)
  assert.throws(() => toCanonicalJson(nest(shallow, 55), kept), TypeError)
  assert.equal(toCanonicalJson(nest(shallow, 54), kept), toCanonicalJson(nest(shallow, 54)))
})
