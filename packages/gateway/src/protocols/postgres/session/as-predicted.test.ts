import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countOf, withoutCount } from './as-predicted.ts'

test('a command tag is a command, and a count where it has one', () => {
  const tags: readonly (readonly [string, string, number])[] = [
    ['SELECT 5', 'SELECT', 5], ['INSERT 0 12', 'INSERT', 12], ['UPDATE 0', 'UPDATE', 0], ['COPY 100000', 'COPY', 100_000], ['CREATE TABLE AS', 'CREATE TABLE AS', 1], ['BEGIN', 'BEGIN', 1],
    ['TRUNCATE TABLE', 'TRUNCATE TABLE', 1], ['MERGE 3', 'MERGE', 3], ['SELECT ', 'SELECT ', 1], ['', '', 0], ['SELECT 5x', 'SELECT 5x', 1],
  ]
  for (const [tag, command, count] of tags) {
    assert.equal(withoutCount(tag), command, tag)
    assert.equal(countOf(tag), count, tag)
  }
})
