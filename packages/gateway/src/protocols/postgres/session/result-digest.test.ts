import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ResultDigest } from './result-digest.ts'

test('the digest is that of all bytes in order, however many and however cut', () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 20_000 }).map((length) => new Uint8Array(length).fill(length & 0xff))), { maxLength: 12 }), (parts) => {
    const digest = new ResultDigest()
    const expected = createHash('sha256')
    for (const part of parts) { digest.update(Buffer.from(part)); expected.update(part) }
    assert.equal(digest.digest(), parts.length === 0 ? undefined : expected.digest('hex'))
  }))
})
