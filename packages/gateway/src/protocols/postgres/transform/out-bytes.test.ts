import assert from 'node:assert/strict'
import test from 'node:test'
import { Sensitive } from '@doorward/core'
import { TEXT, TokenLanes, tokenOf } from '@doorward/phi'
import fc from 'fast-check'
import { OutBytes, OutRoom, toSource } from './out-bytes.ts'
import { TransformFault } from './transform-fault.ts'

const KEY = new Sensitive(Buffer.alloc(32, 5))
const SCOPE = { key: KEY, purpose: undefined, phiClass: 'mrn' } as const
const LANES = TokenLanes.open(KEY) ?? assert.fail('this runtime has no WebAssembly vectors')

test('property: stretches of any length from anywhere come out as they went in, and nothing else', () => {
  const stretch = fc.tuple(fc.nat({ max: 300 }), fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 300 })))
  fc.assert(fc.property(fc.uint8Array({ minLength: 600, maxLength: 600 }), fc.array(stretch, { maxLength: 12 }), fc.nat({ max: 400 }), (bytes, stretches, room) => {
    const source = toSource(Buffer.from(bytes))
    const out = new OutBytes(Buffer.allocUnsafeSlow(room))
    const expected: Buffer[] = []
    for (const [from, length] of stretches) {
      out.reserve(2 * length + 5)
      out.copy(source, from, from + length)
      out.uint8(7)
      out.append(source.bytes.subarray(from, from + length))
      out.uint32(length)
      const written = Buffer.alloc(4)
      written.writeUInt32BE(length)
      expected.push(source.bytes.subarray(from, from + length), Buffer.of(7), source.bytes.subarray(from, from + length), written)
    }
    assert.equal(out.at, Buffer.concat(expected).length)
    assert.deepEqual(out.take(), Buffer.concat(expected))
  }), { numRuns: 500 })
})

test('nothing is handed out while a token is open, and growing loses none', () => {
  const tokens = LANES.batch(SCOPE) ?? assert.fail('a scope of the same key')
  const source = toSource(Buffer.from('MRN-1MRN-2'))
  const blank = toSource(tokens.blank)
  for (const count of [1, 2, 3, 4, 5, 7, 8, 9]) {
    const out = new OutBytes(Buffer.allocUnsafeSlow(1))
    for (let index = 0; index < count; index += 1) {
      out.reserve(tokens.blank.length)
      out.token(tokens, blank, source, 5 * (index % 2), 5 * (index % 2) + 5)
    }
    if (count % 4 !== 0) assert.throws(() => out.take(), (thrown) => thrown instanceof TransformFault && thrown.code === 'open-token')
    out.fill(tokens, source)
    assert.equal(out.take().toString(), Array.from({ length: count }, (_, index) => tokenOf(`MRN-${1 + (index % 2)}`, TEXT, SCOPE)).join(''))
  }
})

test('a token that was forgotten stays open for ever', () => {
  const tokens = LANES.batch(SCOPE) ?? assert.fail('a scope of the same key')
  const out = new OutBytes(Buffer.allocUnsafeSlow(100))
  out.token(tokens, toSource(tokens.blank), toSource(Buffer.from('MRN-1')), 0, 5)
  tokens.forget()
  out.fill(tokens, toSource(Buffer.from('MRN-1')))
  assert.throws(() => out.take(), TransformFault)
})

test('once handed out it writes nowhere', () => {
  const out = new OutBytes(Buffer.allocUnsafeSlow(100))
  out.uint32(1)
  const taken = out.take()
  assert.throws(() => { out.uint32(2) }, RangeError)
  assert.deepEqual(taken, Buffer.of(0, 0, 0, 1))
})

test('passes of one statement write behind one another, and no byte is handed out twice', () => {
  const room = new OutRoom()
  const handedOut: { readonly bytes: Buffer; readonly copy: Buffer }[] = []
  const sizes = [5_000, 8_000, 8_000, 100, 8_000, 60_000, 200_000, 9_000, 300_000, 9_000]
  for (const [pass, size] of sizes.entries()) {
    for (const written of [size, Math.floor(size / 3), 2 * size, 0]) {
      const out = room.begin(size)
      const source = toSource(Buffer.alloc(written, pass + written))
      out.reserve(written)
      out.append(source.bytes)
      const bytes = room.end(out, size)
      assert.equal(bytes.length, written)
      handedOut.push({ bytes, copy: Buffer.from(bytes) })
    }
  }
  for (const [index, { bytes, copy }] of handedOut.entries()) {
    assert.deepEqual(bytes, copy, 'nothing was written over it')
    for (const { bytes: other } of handedOut.slice(index + 1)) assert.ok(bytes.length === 0 || other.length === 0 || bytes.buffer !== other.buffer || bytes.byteOffset + bytes.length <= other.byteOffset || other.byteOffset + other.length <= bytes.byteOffset)
  }
  const [first, second] = [5_000, 5_000].map((size) => { const out = room.begin(size); out.append(Buffer.alloc(size)); return room.end(out, size) })
  assert.equal(first?.buffer, second?.buffer)
  assert.equal((first?.byteOffset ?? 0) + 5_000, second?.byteOffset)
})

test('a pass that failed leaves nothing behind', () => {
  const room = new OutRoom()
  const failed = room.begin(5_000)
  failed.append(Buffer.alloc(100, 1))
  const out = room.begin(5_000)
  out.append(Buffer.alloc(50, 2))
  assert.deepEqual(room.end(out, 5_000), Buffer.alloc(50, 2))
})
