import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { hmacSha256 } from './hmac-sha256.ts'

test('equals the HMAC of node:crypto for any key and message', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 140 }), fc.uint8Array({ maxLength: 200 }), (key, message) => {
    assert.deepEqual(hmacSha256(Buffer.from(key), Buffer.from(message)), createHmac('sha256', key).update(message).digest())
  }), { numRuns: 500 })
})

test('RFC 4231, test case 2', () => {
  assert.equal(hmacSha256(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')).toString('hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
})
