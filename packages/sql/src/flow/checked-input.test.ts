import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayReadParts } from './checked-input.ts'

test('a literal that may be read part by part is noticed in whatever way it is quoted', () => {
  const cases = [
    "select '(x)'::t", "select ' {x}'::t[]", "select '[1,2)'::r", 'select $$(x)$$::t', 'select $a${x}$a$::t[]', "select E'\\x28x)'::t", "select U&'\\0028x)'::t",
    "select U&'!0028x)' uescape '!'::t", "select u&'x'", "select '' \n'(x)'::t", "select Json_Value(a, '$' returning d) from t", "select * from JSON_TABLE(a, '$' columns (b d path '$'))",
    "select json_query(a, '$' returning d) from t",
  ]
  for (const text of cases) assert.equal(mayReadParts(text), true, text)
})

test('plain literals are not', () => {
  for (const text of ["select 'x'::t", "select a from t where b = 'x' and c in ('a', 'b')", "select count(*), $1 from t", "insert into t values (1, 'a(b)')"]) assert.equal(mayReadParts(text), false, text)
})
