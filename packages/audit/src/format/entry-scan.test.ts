import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '@doorward/core'
import { isCanonicalText } from './canonical-text.ts'
import { scanEntry, toFacts } from './entry-scan.ts'
import { isCanonicalJson, toCanonicalJson } from './jcs.ts'

/** The slow way: what has to hold when the fast one says yes. */
function isCanonical(bytes: Buffer): boolean {
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) return false
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value) && isCanonicalJson(text, value)
  } catch (error) {
    assert.ok(error instanceof SyntaxError)
    return false
  }
}

const key = fc.oneof(fc.constantFrom('at', 'kind', 'v', 'seq', 'session', 'intent', 'count', 'unsettled', 'head', 'a', 'b\u00e9'), fc.string({ unit: 'grapheme', maxLength: 4 }))
const scalar = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ unit: 'grapheme', maxLength: 6 }), fc.boolean(), fc.constant(null))
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(key, scalar, { maxKeys: 3 }))
const entry = fc.dictionary(key, value, { maxKeys: 6 })

test('says yes only to canonical entries, with the facts that parsing gives', () => {
  let yes = 0
  fc.assert(fc.property(entry, fc.nat(), fc.integer({ min: 1, max: 255 }), (fields, position, mask) => {
    let text
    try {
      text = toCanonicalJson(fields as Json)
    } catch (error) {
      assert.ok(error instanceof TypeError)
      return
    }
    const bytes = Buffer.from(text)
    const facts = scanEntry(bytes)
    if (facts !== undefined) {
      yes++
      assert.deepEqual(facts, toFacts(JSON.parse(text) as { [key: string]: Json }))
    }
    const damaged = Buffer.from(bytes)
    const at = position % damaged.length
    damaged[at] = (damaged[at] ?? 0) ^ mask
    if (scanEntry(damaged) !== undefined) assert.ok(isCanonical(damaged), damaged.toString())
    const cut = bytes.subarray(0, at)
    if (scanEntry(cut) !== undefined) assert.ok(isCanonical(cut), cut.toString())
  }), { numRuns: 3000 })
  assert.ok(yes > 200, `only ${yes} were plain enough`)
})

test('says yes only to canonical text, whatever characters of JSON it is made of', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '"a"', '"b"', '"a":1', '0', '1', '-', '01', '1.5', '1e3', 'true', 'false', 'null', ' ', '\\u0041', '\\n', '\\/', '\u00e9', '\\ud800')
  fc.assert(fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
    for (const text of [parts.join(''), `{"a":${parts.join('')}}`, `{"a":"${parts.join('')}"}`]) {
      const bytes = Buffer.from(text)
      if (scanEntry(bytes) !== undefined) assert.ok(isCanonical(bytes), text)
      if (!isCanonical(bytes)) continue
      assert.notEqual(isCanonicalText(text, JSON.parse(text) as Json), false)
    }
  }), { numRuns: 3000 })
})

const REFUSED = ['', '{', '[]', '1', '{"a":1}x', '{"a":1,}', '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', '{"a":01}', '{"a":-0}', '{"a":+1}', '{"a":tru}', '{"a":fals}', '{"a":falsy}', '{"a":nulL}', '{"a":"\t"}', '{"a":"\\/"}', '{"a":[1,]}', '{"ab":1,"a":2}']

test('says nothing about what is not canonical', () => {
  for (const text of REFUSED) assert.equal(scanEntry(Buffer.from(text)), undefined, text)
  assert.equal(scanEntry(Buffer.from('7b2261223a22ff227d', 'hex')), undefined, 'not UTF-8')
  assert.equal(scanEntry(Buffer.from('7b2261223a22eda080227d', 'hex')), undefined, 'a lone surrogate in UTF-8')
})

// Canonical, and left to the slow way: what the scan is known not to decide.
const NESTED = `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`
const UNDECIDED = [NESTED, '{"a":1.5}', '{"a":1e+21}', '{"a":1234567890123456}', '{"a":"\\u0001"}', '{"\u00e9":1}', '{"a\\n":1}', `{"a":${'['.repeat(63)}${'[]'}${']'.repeat(63)}}`, '{"kind":true}', '{"head":{}}', '{"kind":"\u00e9"}', '{"seq":null}']

test('leaves these to the slow way', () => {
  for (const text of UNDECIDED) {
    assert.equal(scanEntry(Buffer.from(text)), undefined, text)
    if (text !== NESTED && !text.includes('[[[')) assert.ok(isCanonical(Buffer.from(text)), text)
  }
})

test('the platform shortcut agrees with the slow way', () => {
  fc.assert(fc.property(fc.jsonValue(), (parsed) => {
    for (const text of [JSON.stringify(parsed), toCanonicalJson(JSON.parse(JSON.stringify(parsed)) as Json)]) {
      if (isCanonicalText(text, JSON.parse(text) as Json) === true) assert.ok(isCanonicalJson(text, JSON.parse(text) as Json), text)
    }
  }))
  assert.equal(isCanonicalText('{"a":"\\ud800"}', JSON.parse('{"a":"\\ud800"}') as Json), undefined)
  assert.equal(isCanonicalText('{"b":1,"a":2}', { b: 1, a: 2 }), undefined)
})
