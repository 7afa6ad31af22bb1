import assert from 'node:assert/strict'
import test from 'node:test'
import { parsePurpose, PHI_CLASSES, Sensitive, type Purpose } from '@doorward/core'
import fc from 'fast-check'
import { isTokenText, TEXT, TokenLanes, tokenOf, type TokenScope } from './index.ts'

const KEY = new Sensitive(Buffer.alloc(32, 9))
const LANES = TokenLanes.open(KEY) ?? assert.fail('this runtime has no WebAssembly vectors')
const MARK = 0x2e

/** Puts the values behind one another, asks for a token of each, and writes it at its place; undefined: not taken. */
function tokensOf(scope: TokenScope, values: readonly Buffer[], gap: number): readonly (string | undefined)[] {
  const batch = LANES.batch(scope) ?? assert.fail('a scope of the same key')
  const source = Buffer.concat(values)
  const step = batch.blank.length + gap
  const target = Buffer.alloc(step * values.length + gap, MARK)
  const view = new DataView(target.buffer, target.byteOffset, target.length)
  let from = 0
  let filled = 0
  const taken = values.map((value, index) => {
    const until = from + value.length
    const takes = batch.takes(source, from, until)
    if (takes) {
      if (batch.isFull) filled += batch.fill(source, view)
      target.set(batch.blank, index * step)
      batch.add(from, until, index * step + batch.blank.length - batch.digits)
    }
    from = until
    return takes
  })
  filled += batch.fill(source, view)
  assert.equal(batch.waiting, 0)
  assert.equal(filled, taken.filter(Boolean).length)
  for (let index = 0; index < values.length; index += 1) assert.ok(target.subarray(index * step + batch.blank.length, (index + 1) * step).every((byte) => byte === MARK), 'nothing is written beside a token')
  return taken.map((one, index) => (one ? target.toString('latin1', index * step, index * step + batch.blank.length) : undefined))
}

const anyScope = fc.record({
  key: fc.constant(KEY), purpose: fc.constantFrom<Purpose | undefined>(undefined, parsePurpose('TREAT'), parsePurpose('HSYSADMIN')), phiClass: fc.constantFrom(...PHI_CLASSES),
})
const anyValue = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('', 'MRN-0000001', '\0', 'é')).map((text) => Buffer.from(text))

test('property: a token made in a batch is the token of its value, in any order and number', () => {
  fc.assert(fc.property(anyScope, fc.array(anyValue, { maxLength: 11 }), fc.nat({ max: 9 }), (scope, values, gap) => {
    for (const [index, token] of tokensOf(scope, values, gap).entries()) {
      if (token !== undefined) assert.equal(token, tokenOf(values[index]?.toString('utf8') ?? '', TEXT, scope))
    }
  }), { numRuns: 1000 })
})

test('values of every length are taken up to a block, and each has its own token', () => {
  const scope: TokenScope = { key: KEY, purpose: undefined, phiClass: 'mrn' }
  const values = Array.from({ length: 80 }, (_, length) => Buffer.from('x'.repeat(length)))
  const tokens = tokensOf(scope, values, 0)
  for (const [length, token] of tokens.entries()) {
    if (length <= 31) assert.equal(token, tokenOf('x'.repeat(length), TEXT, scope)) // 24 bytes stand before it
    else assert.equal(token, undefined)
  }
  assert.equal(new Set(tokens.slice(0, 32)).size, 32)
})

test('what is no UTF-8 is not taken', () => {
  const batch = LANES.batch({ key: KEY, purpose: undefined, phiClass: 'mrn' }) ?? assert.fail('a scope of the same key')
  for (const bytes of [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) assert.equal(batch.takes(Buffer.from(bytes), 0, bytes.length), false, bytes.join(' '))
  assert.equal(batch.takes(Buffer.from('aé\xff', 'latin1'), 0, 1), true, 'only what stands between the positions counts')
})

test('a blank is no token, and a fifth value is refused until four are made', () => {
  const batch = LANES.batch({ key: KEY, purpose: undefined, phiClass: 'email' }) ?? assert.fail('a scope of the same key')
  assert.equal(isTokenText(batch.blank.toString('latin1')), false)
  assert.ok(batch.blank.toString('latin1').startsWith('tok_email_'))
  for (let count = 0; count < 4; count += 1) batch.add(0, 1, 0)
  assert.ok(batch.isFull)
  assert.throws(() => { batch.add(0, 1, 0) }, RangeError)
  batch.forget()
  assert.equal(batch.fill(Buffer.alloc(1), new DataView(new ArrayBuffer(0))), 0)
})

test('another key has no batch here, and a short one none at all', () => {
  assert.equal(LANES.batch({ key: new Sensitive(Buffer.alloc(32, 9)), purpose: undefined, phiClass: 'mrn' }), undefined)
  assert.equal(TokenLanes.open(new Sensitive(Buffer.alloc(31))), undefined)
})
