import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { oneBuffer } from './one-buffer.ts'

test('property: one buffer is what the parts are behind one another, wherever they lie', () => {
  const part = fc.record({ block: fc.nat({ max: 1 }), from: fc.nat({ max: 40 }), length: fc.nat({ max: 20 }) })
  const blocks = [Buffer.from(Array.from({ length: 64 }, (_, at) => at)), Buffer.from(Array.from({ length: 64 }, (_, at) => 128 + at))] as const
  fc.assert(fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
    const buffers = parts.map(({ block, from, length }) => blocks[block === 0 ? 0 : 1].subarray(from, from + length))
    assert.deepEqual(oneBuffer(buffers), Buffer.concat(buffers))
  }), { numRuns: 500 })
})

test('parts that lie behind one another are not copied, others are', () => {
  const block = Buffer.allocUnsafeSlow(100)
  const whole = oneBuffer([block.subarray(10, 20), block.subarray(20, 20), block.subarray(20, 50)])
  assert.deepEqual([whole.buffer === block.buffer, whole.byteOffset, whole.length], [true, 10, 40])
  for (const parts of [[block.subarray(10, 20), block.subarray(21, 50)], [block.subarray(20, 30), block.subarray(10, 20)], [block.subarray(0, 10), Buffer.allocUnsafeSlow(10)]]) assert.notEqual(oneBuffer(parts).buffer, block.buffer)
  assert.equal(oneBuffer([]).length, 0)
  assert.equal(oneBuffer([block]), block)
})
