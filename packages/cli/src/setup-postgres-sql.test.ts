import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quoteLiteral, quoteName, setupPostgresSql } from './setup-postgres-sql.ts'

const ROLE = { user: 'doorward', verifier: 'SCRAM-SHA-256$4096:c2FsdA==$a:b' }

test('the analysis role gets USAGE and no right on any table', () => {
  const sql = setupPostgresSql({ database: 'clinic', schemas: ['clinic', 'billing'], upstream: ROLE, analysis: { user: 'reader', verifier: undefined } })
  const toReader = sql.split('\n').filter((line) => line.startsWith('grant') && line.includes('"reader"'))
  assert.deepEqual(toReader, ['grant connect on database "clinic" to "reader";', 'grant usage on schema "clinic" to "reader";', 'grant usage on schema "billing" to "reader";'])
  assert.match(sql, /alter role "reader" set log_min_messages = 'fatal';/)
  assert.match(sql, /grant set on parameter log_min_messages to "doorward";/)
})

test('a role whose secret is not known here is left to whoever runs it', () => {
  const sql = setupPostgresSql({ database: 'clinic', schemas: [], upstream: { user: 'doorward', verifier: undefined }, analysis: undefined })
  assert.match(sql, /alter role "doorward" login; -- .*\\password/)
})

test('names and texts cannot end their quotes', () => {
  assert.equal(quoteName('a"; drop table x; --'), '"a""; drop table x; --"')
  assert.equal(quoteLiteral("it's"), "'it''s'")
  assert.equal(quoteLiteral("back\\slash'"), " E'back\\\\slash'''")
  assert.throws(() => quoteName('a\0b'), RangeError)
  const sql = setupPostgresSql({ database: 'c"d', schemas: ['s"t'], upstream: { user: "o'r\"k", verifier: "x'y" }, analysis: undefined })
  assert.ok(sql.includes('grant usage on schema "s""t" to "o\'r""k"'))
  assert.ok(sql.includes("rolname = 'o''r\"k'"))
  assert.ok(sql.includes("password 'x''y'"))
})
