/** Statements inside statements: which bytes, which text, and that a text which would not mean the same is never handed on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar, type Grammar } from './grammar.ts'
import type { InnerStatement, RawStatement } from './raw-statement.ts'
import { splitText } from './split.ts'
import { readStatement } from './utility.ts'

const grammar = await loadGrammar()

function read(text: string, using: Grammar = grammar): RawStatement | undefined {
  const split = splitText(using, text, 1)
  const node = split.kind === 'split' ? split.pieces[0]?.node : undefined
  return node && readStatement(using, node, text)
}

function innerOf(statement: RawStatement | undefined): InnerStatement | undefined {
  return statement !== undefined && 'inner' in statement ? statement.inner : undefined
}

/** The outer text, the inner text, the inner kind. */
const INNER: readonly (readonly [string, string, RawStatement['kind']])[] = [
  ['PREPARE p AS SELECT $1', 'SELECT $1', 'query'],
  ['PREPARE p (int, clinic.kind[], numeric(10,2), timestamp with time zone) AS INSERT INTO t VALUES ($1) RETURNING *;', 'INSERT INTO t VALUES ($1) RETURNING *', 'query'],
  ['PREPARE "as" AS /* é */ SELECT 1 AS "as" -- x', 'SELECT 1 AS "as"', 'query'],
  ['PREPARE p AS SELECT 1 INTO t', 'SELECT 1 INTO t', 'create-table-as'],
  ['DECLARE c CURSOR FOR SELECT 1 FOR UPDATE', 'SELECT 1 FOR UPDATE', 'query'],
  ['DECLARE "for" BINARY SCROLL CURSOR WITH HOLD FOR (SELECT 1)', '(SELECT 1)', 'query'],
  [`COPY (SELECT ')', "(", 'é' FROM x) TO STDOUT`, `SELECT ')', "(", 'é' FROM x`, 'query'],
  [`COPY (DELETE FROM t RETURNING *) TO '/x' (FORMAT csv)`, 'DELETE FROM t RETURNING *', 'query'],
  ['COPY ((SELECT 1) UNION (SELECT 2)) TO STDOUT', '(SELECT 1) UNION (SELECT 2)', 'query'],
  ['EXPLAIN SELECT 1', 'SELECT 1', 'query'],
  ['EXPLAIN ANALYZE VERBOSE SELECT 1', 'SELECT 1', 'query'],
  ['EXPLAIN (SELECT 1)', '(SELECT 1)', 'query'],
  ['EXPLAIN (SELECT 1) UNION (SELECT 2)', '(SELECT 1) UNION (SELECT 2)', 'query'],
  ['EXPLAIN (ANALYZE, FORMAT json) (SELECT 1);', '(SELECT 1)', 'query'],
  ['EXPLAIN ANALYZE (SELECT 1)', '(SELECT 1)', 'query'],
  ['EXPLAIN EXECUTE p(1)', 'EXECUTE p(1)', 'execute'],
  ['EXPLAIN CREATE TABLE t AS EXECUTE p(1)', 'CREATE TABLE t AS EXECUTE p(1)', 'create-table-as'],
  ['EXPLAIN DECLARE c CURSOR FOR SELECT 1', 'DECLARE c CURSOR FOR SELECT 1', 'declare'],
  ['EXPLAIN REFRESH MATERIALIZED VIEW m', 'REFRESH MATERIALIZED VIEW m', 'refresh'],
  ['CREATE TABLE t AS SELECT 1', 'SELECT 1', 'query'],
  ['CREATE TEMP TABLE "as" (a) WITH (fillfactor=10) ON COMMIT DROP AS (SELECT 1 AS a) WITH NO DATA', '(SELECT 1 AS a)', 'query'],
  ['CREATE TABLE t AS WITH data AS (SELECT 1) TABLE data WITH DATA', 'WITH data AS (SELECT 1) TABLE data', 'query'],
  ['CREATE TABLE t AS EXECUTE p(1) WITH NO DATA', 'EXECUTE p(1)', 'execute'],
  ['CREATE MATERIALIZED VIEW IF NOT EXISTS m AS VALUES (1)', 'VALUES (1)', 'query'],
  ['SELECT 1 AS a INTO TEMP TABLE t FROM x UNION SELECT 2', 'SELECT 1 AS a                   FROM x UNION SELECT 2', 'query'],
  ['(SELECT 1 INTO a."B" FROM x) UNION SELECT 2;', '(SELECT 1            FROM x) UNION SELECT 2', 'query'],
  ['WITH a AS (SELECT 1) SELECT * INTO UNLOGGED é FROM a', 'WITH a AS (SELECT 1) SELECT *                  FROM a', 'query'],
  ['CREATE VIEW v AS SELECT 1 WITH LOCAL CHECK OPTION', 'SELECT 1', 'query'],
  ['CREATE OR REPLACE TEMP VIEW v (a) WITH (security_barrier) AS TABLE t WITH CHECK OPTION', 'TABLE t', 'query'],
  ['CREATE RECURSIVE VIEW "V" (a, "B c") AS SELECT 1, 2 UNION ALL SELECT * FROM "V"',
    'WITH RECURSIVE "V" ("a", "B c") AS (SELECT 1, 2 UNION ALL SELECT * FROM "V") SELECT "a", "B c" FROM "V"', 'query'],
]

test('takes inner statements out by their exact bytes', () => {
  for (const [text, expected, kind] of INNER) {
    const inner = innerOf(read(text))
    assert.deepEqual([text, inner?.text, inner?.statement.kind], [text, expected, kind])
    assert.ok(inner)
    const bytes = Buffer.from(text).subarray(inner.start, inner.start + inner.length).toString()
    if (!/ INTO | RECURSIVE /.test(text)) assert.equal(bytes, expected)
  }
})

test('an inner text that parses otherwise makes the statement unknown', () => {
  // A scanner that lies by one token: the range is then wrong, and the proof must fail.
  const lying: Grammar = { ...grammar, scan: (text) => {
    const scanned = grammar.scan(text)
    return scanned.kind === 'scanned' ? { kind: 'scanned', tokens: scanned.tokens.toSpliced(-1, 1) } : scanned
  } }
  for (const [text] of INNER) {
    const honest = innerOf(read(text))
    const found = read(text, lying)
    assert.ok(found?.kind === 'unknown' || innerOf(found)?.text === honest?.text, text)
  }
  assert.equal(read('PREPARE p AS SELECT a, b', lying)?.kind, 'unknown')
})

test('a grammar without a scanner makes statements with inner ones unknown', () => {
  const blind: Grammar = { ...grammar, scan: () => ({ kind: 'failed', reason: 'unavailable' }) }
  for (const [text] of INNER) assert.equal(read(text, blind)?.kind, 'unknown', text)
  assert.equal(read('SELECT 1', blind)?.kind, 'query')
})

test('prepared types, cursor options, targets and copy options are read', () => {
  const prepare = read('PREPARE p (int, clinic.kind[], numeric(10,2), interval day to second) AS SELECT 1')
  assert.deepEqual(prepare?.kind === 'prepare' && prepare.parameterTypes, ['int', 'clinic.kind[]', 'numeric(10,2)', 'interval day to second'])
  const declare = read('DECLARE c BINARY INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR SELECT 1')
  assert.ok(declare?.kind === 'declare')
  assert.deepEqual([declare.binary, declare.scroll, declare.sensitivity, declare.hold], [true, 'no-scroll', 'insensitive', true])
  const into = read('SELECT 1 INTO UNLOGGED TABLE s.t')
  assert.ok(into?.kind === 'create-table-as')
  assert.deepEqual([into.form, into.target.schema, into.target.name, into.persistence, into.tags], ['select-into', 's', 't', 'unlogged', ['SELECT', 'SELECT INTO']])
  const call = read(`CALL s.p(1, a => ')', VARIADIC ARRAY[é]);`)
  assert.ok(call?.kind === 'call')
  assert.deepEqual([call.text, call.start, call.length], [`s.p(1, a => ')', VARIADIC ARRAY[é])`, 5, 36])
  const explain = read('EXPLAIN (ANALYZE, analyze off, FORMAT yaml, VERBOSE 0) SELECT 1')
  assert.ok(explain?.kind === 'explain')
  assert.deepEqual([explain.analyze, explain.verbose, explain.format], [false, false, 'yaml'])
  assert.equal(read('EXPLAIN (FORMAT protobuf) SELECT 1')?.kind, 'unknown')
})
