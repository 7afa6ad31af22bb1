import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toTableText } from './table-text.ts'

test('columns line up, names in the middle, numbers to the right', () => {
  const text = toTableText([{ name: 'id', align: 'right' }, { name: 'name', align: 'left' }], [['1', 'Ada'], ['10', null], ['100', 'Wójcik-Nakamura']])
  assert.deepEqual(text.split('\n'), [
    ' id  |      name',
    '-----+-----------------',
    '   1 | Ada',
    '  10 |',
    ' 100 | Wójcik-Nakamura',
    '(3 rows)',
  ])
})

test('one row is one row, and none is none', () => {
  assert.match(toTableText([{ name: 'x', align: 'left' }], [['1']]), /\(1 row\)$/)
  assert.match(toTableText([{ name: 'x', align: 'left' }], []), /\(0 rows\)$/)
})

test('a value cannot steer the terminal', () => {
  const text = toTableText([{ name: 'a\u001b[2Jb', align: 'left' }], [['x\u001b]0;title\u0007y'], ['one\ntwo'], ['right\u202eleft'], ['tab\there']])
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  assert.match(text, /one\u21b5two/)
})

test('a long value is cut, with a mark', () => {
  const [, , row] = toTableText([{ name: 'x', align: 'left' }], [['y'.repeat(5_000)]]).split('\n')
  assert.equal(row?.trim().length, 120)
  assert.ok(row?.endsWith('\u2026'))
})
