import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadGrammar } from '@doorward/sql'
import { shapeOf, withParameters } from './text-shape.ts'

test('literals are found with their values, and what stands between them is the shape', () => {
  const shape = shapeOf('select a1 from t where id = 0042 and s=\'x y\' ;')
  assert.deepEqual(shape?.literals, [{ start: 28, end: 32, kind: 'integer', value: '42' }, { start: 39, end: 44, kind: 'string', value: 'x y' }])
  assert.equal(shape.key, 'select a1 from t where id = \u0001 and s=\u0002 ;')
  assert.equal(withParameters('select a1 from t where id = 0042 and s=\'x y\' ;', shape, [0, 1]), 'select a1 from t where id = $1 and s=$2 ;')
  assert.equal(withParameters('select a1 from t where id = 0042 and s=\'x y\' ;', shape, [1]), 'select a1 from t where id = 0042 and s=$1 ;')
})

test('texts that differ in literals alone have one shape; the kind of a literal, a blank or a name makes another', () => {
  const key = shapeOf('select 1 from t where s = \'a\'')?.key
  assert.equal(shapeOf('select 27 from t where s = \'it is -- no comment $1 "x"\'')?.key, key)
  for (const other of ['select \'1\' from t where s = \'a\'', 'select 1  from t where s = \'a\'', 'select 1 from u where s = \'a\'', 'SELECT 1 from t where s = \'a\'', 'select -1 from t where s = \'a\'']) assert.notEqual(shapeOf(other)?.key, key, other)
})

const WITHOUT: readonly string[] = [
  '', 'select a from t', 'select 1; select 2', 'select 1 -- x', 'select 1 /* x */', 'select "a" from t where id = 1', 'select $1, 1', 'select $$a$$, 1', 'select E\'a\', 1', 'select e\'a\', 1', 'select B\'1\', 1', 'select x\'1f\', 1', 'select N\'a\', 1',
  'select U&\'a\', 1', 'select \'a\'\'b\', 1', 'select \'a\\b\', 1', 'select \'a', 'select 1.5', 'select .5', 'select 5.', 'select 1e3', 'select 0x1f', 'select 1_000', 'select 1234567890', 'select 1and 2', 'select \'a\nb\', 1', 'select \'\u00e9\', 1', 'select 1 \u00e9', 'select `1`', 'select \'a\'\n\'b\'', 'select \'a\' \t \'b\'',
  'select \'a\'\'\', 1', `select ${'x'.repeat(5_000)}, 1`, `select ${Array.from({ length: 65 }, (_, n) => n).join(',')}`,
]
for (const text of WITHOUT) test(`has no shape: ${text.slice(0, 40).replaceAll('\n', '\\n')}`, () => { assert.equal(shapeOf(text), undefined) })

const bits = fc.constantFrom('select', ' ', '1', '42', '\'a\'', '\'', '\'\'', '"', '$', '$1', '--', '-', '/*', '*/', '/', '\\', 'E', 'U&', 'x', '_1', '.', ',', '(', ')', ';', '=', '\n', '\t', '\u00e9', 'a', '::', '[', ']', '0x', 'e3')

test('what the grammar finds as literals is what the shape says, for every text that has one', async () => {
  const grammar = await loadGrammar()
  fc.assert(fc.property(fc.array(bits, { maxLength: 16 }), (parts) => {
    const text = `select ${parts.join('')}`
    const shape = shapeOf(text)
    const scanned = grammar.scan(text)
    if (shape === undefined || scanned.kind !== 'scanned') return
    const found = scanned.tokens.filter(({ kind }) => kind !== 'keyword' && kind !== 'identifier' && kind !== 'operator')
    assert.deepEqual(shape.literals.map(({ start, end, kind }) => [start, end, kind]), found.map(({ start, end, kind }) => [start, end, kind === 'number' ? 'integer' : kind]), JSON.stringify(text))
  }), { numRuns: 20_000 })
})
