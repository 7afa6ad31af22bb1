/** A value that must not print: every way a program turns a value into text, by accident or on purpose. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { Sensitive } from './sensitive.ts'

const CANARY = 'Xylophilia'

test('prints nothing, however it is printed', () => {
  for (const secret of [new Sensitive(CANARY), new Sensitive({ deep: [CANARY] }), new Sensitive(Buffer.from(CANARY))]) {
    const wrapped = { secret, list: [secret], map: new Map([['k', secret]]) }
    const texts = [
      String(secret), `x${String(secret)}`, ['', secret].join('+'), secret[Symbol.toPrimitive](), JSON.stringify(wrapped), inspect(wrapped, { depth: 9, showHidden: true }), format('%s %j %o %O', secret, secret, secret, secret),
      Object.entries(secret).join(), inspect(new Error('x', { cause: secret })), Object.getOwnPropertyNames(secret).join(), JSON.stringify(structuredCloneOrNothing(secret)),
    ]
    for (const text of texts) assert.ok(!text.includes(CANARY) && !text.includes(Buffer.from(CANARY).toString('base64')), text)
  }
})

test('opens with reveal alone', () => {
  assert.equal(new Sensitive(CANARY).reveal(), CANARY)
})

/** A copy has no private fields: nothing goes along. */
function structuredCloneOrNothing(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch (error) {
    return String(error)
  }
}
