/** Names and ids: what passes, what does not, and that errors do not repeat what was given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isName, requireGroupId, requirePolicyId, requireResourceName, requireSessionId, toStatementId } from './ids.ts'

const GOOD = ['a', 'clinic', 'agents-read.masked_2', '7', 'A'.repeat(63)]
const BAD = ['', ' ', '-a', '.a', '_a', 'a b', 'a/b', 'a\n', 'ä', 'a'.repeat(64), '../../etc', 'a\0']

test('names are 1 to 63 plain characters', () => {
  for (const name of GOOD) {
    assert.equal(isName(name), true, name)
    assert.equal(requireResourceName(name), name)
    assert.equal(requirePolicyId(name), name)
  }
  for (const name of BAD) {
    assert.equal(isName(name), false, JSON.stringify(name))
    for (const require of [requireResourceName, requirePolicyId]) assert.throws(() => require(name), (error) => error instanceof RangeError && (name.trim() === '' || !error.message.includes(name)))
  }
})

test('groups are any text that is there and has an end', () => {
  for (const group of ['x', 'CN=Ärzte,OU=Klinik', 'g'.repeat(512)]) assert.equal(requireGroupId(group), group)
  for (const group of ['', 'g'.repeat(513)]) assert.throws(() => requireGroupId(group), RangeError)
})

test('session ids are 128 bits in hexadecimal, and number their statements', () => {
  const id = requireSessionId('00ff'.repeat(8))
  assert.equal(toStatementId(id, 12), `${'00ff'.repeat(8)}.12`)
  for (const bad of ['', '00ff', '00FF'.repeat(8), '00fg'.repeat(8), `${'00ff'.repeat(8)}0`]) assert.throws(() => requireSessionId(bad), RangeError)
})
