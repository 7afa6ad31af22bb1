import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import { parsePurpose, PHI_CLASSES, Sensitive, type Purpose } from '@doorward/core'
import fc from 'fast-check'
import { isTokenText, TEXT, tokenOf, type TokenScope, type ValueShape } from './index.ts'

const KEY = new Sensitive(Buffer.alloc(32, 1))
const UUID: ValueShape = { kind: 'uuid' }
const scope = (over: Partial<TokenScope> = {}): TokenScope => ({ key: KEY, purpose: undefined, phiClass: 'mrn', ...over })

test('is HMAC-SHA-256 over version, purpose, class and value, in base32', () => {
  const digest = createHmac('sha256', Buffer.alloc(32, 1)).update('doorward/token/v1\0-\0mrn\0MRN-1').digest()
  const token = tokenOf('MRN-1', TEXT, scope()) ?? ''
  assert.match(token, /^tok_mrn_[a-z2-7]{26}$/)
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const bits = [...token.slice(8)].map((digit) => alphabet.indexOf(digit).toString(2).padStart(5, '0')).join('')
  const expected = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('').slice(0, 130)
  assert.equal(bits, expected)
})

const anyScope = fc.record({
  key: fc.constantFrom(KEY, new Sensitive(Buffer.alloc(32, 2))),
  purpose: fc.constantFrom<Purpose | undefined>(undefined, parsePurpose('TREAT'), parsePurpose('HOPERAT')),
  phiClass: fc.constantFrom(...PHI_CLASSES),
})
const anyText = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom('\ud800', '\udfff', '\ufffd', '-\0mrn\0'))

test('tokens are equal exactly when key, purpose, class and value are', () => {
  fc.assert(fc.property(anyScope, anyText, anyScope, anyText, (scopeA, a, scopeB, b) => {
    const same = scopeA.key === scopeB.key && scopeA.purpose === scopeB.purpose && scopeA.phiClass === scopeB.phiClass && a === b
    for (const shape of [TEXT, UUID]) assert.equal(tokenOf(a, shape, scopeA) === tokenOf(b, shape, scopeB), same)
  }), { numRuns: 1000 })
  assert.equal(tokenOf('x', TEXT, scope()), tokenOf('x', TEXT, scope()))
})

test('text tokens are recognised for every class', () => {
  for (const phiClass of PHI_CLASSES) assert.ok(isTokenText(tokenOf('x', TEXT, scope({ phiClass })) ?? ''), phiClass)
})

test('UUID tokens are version 8 of RFC 9562', () => {
  fc.assert(fc.property(fc.string(), (value) => {
    assert.match(tokenOf(value, UUID, scope()) ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }))
})

test('integer tokens are positive, fit their column and stay exact in JSON', () => {
  fc.assert(fc.property(fc.bigInt(), (value) => {
    const narrow = Number(tokenOf(String(value), { kind: 'integer', bits: 32 }, scope()))
    const wide = Number(tokenOf(String(value), { kind: 'integer', bits: 64 }, scope()))
    assert.ok(Number.isInteger(narrow) && narrow >= 1 && narrow <= 2 ** 31 - 1)
    assert.ok(Number.isSafeInteger(wide) && wide >= 1)
  }))
})

test('shapes without tokens and short keys have none', () => {
  for (const shape of [{ kind: 'date' }, { kind: 'integer', bits: 16 }, { kind: 'array', element: TEXT }] as const) assert.equal(tokenOf('1', shape, scope()), undefined)
  assert.equal(tokenOf('1', TEXT, scope({ key: new Sensitive(Buffer.alloc(31)) })), undefined)
})
