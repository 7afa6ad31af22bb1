import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '@doorward/core'
import { toCanonicalJson } from './jcs.ts'
import { CanonicalWriter } from './jcs-bytes.ts'

function textBy(writer: CanonicalWriter, fields: { readonly [name: string]: Json }): string { return writer.encode(fields, {}).toString('utf8') }

function freezeSome(value: Json, choose: () => boolean): Json {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) if (inner !== undefined) freezeSome(inner, choose)
  return choose() ? Object.freeze(value) : value
}

test('property: what is kept is what there would be, whatever is frozen and whatever changes', () => {
  fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 4 }), fc.infiniteStream(fc.boolean()), fc.array(fc.nat(3), { maxLength: 10 }), (values, choices, asks) => {
    const writer = new CanonicalWriter()
    const stream = choices[Symbol.iterator]()
    const parts = values.map((value) => freezeSome(value as Json, () => stream.next().value === true)) // JSON by construction
    for (const at of asks) {
      const entry = { part: parts[at] ?? null, all: parts }
      assert.equal(textBy(writer, entry), toCanonicalJson(entry))
      for (const part of parts) if (typeof part === 'object' && part !== null && !Array.isArray(part) && !Object.isFrozen(part)) Object.assign(part, { changed: at })
    }
  }), { numRuns: 500 })
})

test('what is frozen at the top alone may change below, and is encoded each time', () => {
  const writer = new CanonicalWriter()
  const inner: Record<string, Json> = { a: 1 }
  const outer = Object.freeze({ inner })
  assert.equal(textBy(writer, { outer }), '{"outer":{"inner":{"a":1}}}')
  inner['a'] = 2
  assert.equal(textBy(writer, { outer }), '{"outer":{"inner":{"a":2}}}')
})

test('a field that is computed is asked for each time', () => {
  const writer = new CanonicalWriter()
  let asked = 0
  const sly = Object.freeze(Object.defineProperty({}, 'a', { enumerable: true, get: () => { asked += 1; return asked } })) as Json
  assert.equal(textBy(writer, { sly }), '{"sly":{"a":1}}')
  assert.equal(textBy(writer, { sly }), '{"sly":{"a":2}}')
})

test('the limit on nesting holds where something kept stands deeper', () => {
  const writer = new CanonicalWriter()
  let deep: Json = 1
  for (let level = 0; level < 30; level += 1) deep = Object.freeze([deep])
  let shallow: Json = 1
  for (let level = 0; level < 10; level += 1) shallow = Object.freeze([shallow])
  textBy(writer, { deep, shallow })
  const nest = (value: Json, levels: number): Json => (levels === 0 ? value : [nest(value, levels - 1)])
  assert.throws(() => textBy(writer, { value: nest(deep, 34) }), TypeError)
  assert.throws(() => textBy(writer, { value: nest(shallow, 54) }), TypeError)
  const whole = { value: nest(shallow, 53) }
  assert.equal(textBy(writer, whole), toCanonicalJson(whole))
})
