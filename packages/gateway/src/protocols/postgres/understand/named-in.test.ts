import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namedIn } from './named-in.ts'

test('every name that a text may mean is among its names', () => {
  assert.deepEqual(namedIn('select "A""b".c, D1$ from Clinic.rooms -- über'), ['select', 'A"b', 'c', 'd1$', 'D1$', 'from', 'clinic', 'Clinic', 'rooms', 'über'])
  assert.deepEqual(namedIn('select 1'), ['select'])
  assert.equal(namedIn('select U&"d\\0061ta" from t'), undefined)
  assert.equal(namedIn(Array.from({ length: 600 }, (_, n) => `c${n}`).join(', ')), undefined)
  assert.deepEqual(namedIn(`"${'ä'.repeat(40)}"`), ['ä'.repeat(31)])
})
