import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { hmacSha256, KeyedHash } from './hmac-sha256.ts'

test('equals the HMAC of node:crypto for any key and message', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 140 }), fc.uint8Array({ maxLength: 200 }), (key, message) => {
    assert.deepEqual(hmacSha256(Buffer.from(key), Buffer.from(message)), createHmac('sha256', key).update(message).digest())
  }), { numRuns: 500 })
})

test('RFC 4231, test case 2', () => {
  assert.equal(hmacSha256(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?')).toString('hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
})

test('one key hashes many messages that begin alike, of any length, each as if it were alone', () => {
  const long = fc.integer({ min: 4_000, max: 4_200 }).map((length) => new Uint8Array(length).fill(7))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 140 }), fc.uint8Array({ maxLength: 70 }), fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), long), { maxLength: 6 }), (key, beginning, rests) => {
    const keyed = new KeyedHash(key, beginning)
    for (const rest of rests) assert.equal(keyed.digest(rest), createHmac('sha256', key).update(beginning).update(rest).digest('binary'))
  }), { numRuns: 300 })
})
