import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sensitive } from '@doorward/core'
import { deriveKeys, KeptScramKeys } from './scram-keys.ts'

const hex = ({ clientKey, serverKey }: { readonly clientKey: Buffer; readonly serverKey: Buffer }): string => `${clientKey.toString('hex')} ${serverKey.toString('hex')}`

test('property: what is kept is what would be derived, whatever is asked for in between', async () => {
  const ask = fc.record({ secret: fc.constantFrom('pencil', 'Pencil', 'päncil', ''), salt: fc.constantFrom('', 'a', 'b', 'a\0'), iterations: fc.constantFrom(1, 2) })
  await fc.assert(fc.asyncProperty(fc.array(ask, { minLength: 1, maxLength: 8 }), async (asks) => {
    const kept = new KeptScramKeys()
    for (const { secret, salt, iterations } of asks) {
      const [given, bytes] = [new Sensitive(secret), Buffer.from(salt)]
      assert.equal(hex(await kept.derive(given, bytes, iterations)), hex(await deriveKeys(given, bytes, iterations)))
    }
  }), { numRuns: 50 })
})

test('derives once for the same secret, salt and number of iterations, at the same time too', async () => {
  const kept = new KeptScramKeys()
  const salt = Buffer.from('salt')
  const [first, second] = await Promise.all([kept.derive(new Sensitive('pencil'), salt, 4096), kept.derive(new Sensitive('pencil'), Buffer.from('salt'), 4096)])
  assert.equal(second, first)
  assert.notEqual(await kept.derive(new Sensitive('another'), salt, 4096), first)
  assert.notEqual(await kept.derive(new Sensitive('pencil'), salt, 4096), first)
})

test('does not rest on a salt that its caller goes on to change', async () => {
  const kept = new KeptScramKeys()
  const salt = Buffer.from('salt')
  const first = await kept.derive(new Sensitive('pencil'), salt, 2)
  salt[0] = 0
  assert.equal(await kept.derive(new Sensitive('pencil'), Buffer.from('salt'), 2), first)
  assert.notEqual(hex(await kept.derive(new Sensitive('pencil'), salt, 2)), hex(first))
})

test('keeps no failure', async () => {
  const kept = new KeptScramKeys()
  await assert.rejects(kept.derive(new Sensitive('pencil'), Buffer.alloc(1), 0), RangeError)
  await assert.rejects(kept.derive(new Sensitive('pencil'), Buffer.alloc(1), 0), RangeError)
  assert.equal(hex(await kept.derive(new Sensitive('pencil'), Buffer.alloc(1), 1)), hex(await deriveKeys(new Sensitive('pencil'), Buffer.alloc(1), 1)))
})
