import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestName, suggestion } from './nearest.ts'

const KEYS = ['id', 'who', 'on', 'actions', 'purpose', 'when', 'effect', 'policies', 'version']

test('finds the name one slip away', () => {
  for (const [typed, meant] of [['polices', 'policies'], ['efect', 'effect'], ['efefct', 'effect'], ['actoins', 'actions'], ['Who', 'who'], ['wen', 'when'], ['vesion', 'version']] as const) {
    assert.equal(nearestName(typed, KEYS), meant, typed)
  }
})

test('suggests nothing far away, and nothing for a text too long to be a name', () => {
  assert.equal(nearestName('colour', KEYS), undefined)
  assert.equal(nearestName('', KEYS), undefined)
  assert.equal(nearestName('x', KEYS), undefined)
  assert.equal(nearestName('policies'.repeat(100), KEYS), undefined)
  assert.equal(suggestion('colour', KEYS), '')
})
