import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadGrammar } from './grammar.ts'
import { identify, identifyUnparsed, MAX_REDACTED_BYTES } from './redact.ts'

const grammar = await loadGrammar()

const redact = (text: string): string => identify(grammar, text).redactedText

test('replaces literals and comments, keeps the rest as written', () => {
  const rows: readonly (readonly [string, string])[] = [
    [`select id, 'x' from clinic.patients where dob > '1990-01-01' -- who?`, 'select id, ? from clinic.patients where dob > ? /* */'],
    ['SELECT $1, 5, 1.5e3, 0x1F, -7', 'SELECT $1, ?, ?, ?, -?'],
    [`select E'a\\'b', U&'\\0041', $q$ it's $q$, B'01', X'ff', n'x'`, 'select ?, ?, ?, ?, ?, n?'],
    [`select 'a'\n  'b'`, 'select ?'],
    ['select /* a /* b */ c */ 1', 'select /* */ ?'],
    ['select "plain", "Plain_2", "two words", "jo@example.org", "é", ü, U&"x"', 'select "plain", "Plain_2", "?", "?", "?", "?", "?"'],
    [`COMMENT ON TABLE t IS 'John'`, 'COMMENT ON TABLE t IS ?'],
    [`COPY t TO '/home/john'`, 'COPY t TO ?'],
    [`ALTER ROLE a PASSWORD 'x'`, 'ALTER ROLE a PASSWORD ?'],
    ['SET a.b TO john, 5', 'SET a.b TO ?, ?'],
    ['SET LOCAL a.b = john; select john', 'SET LOCAL a.b = ?; select john'],
    ['SET TIME ZONE john', 'SET TIME ZONE ?'],
    ['ALTER ROLE r SET a.b = john', 'ALTER ROLE r SET a.b = ?'],
    ['/* c */ ALTER SYSTEM SET a.b = john', '/* */ ALTER SYSTEM SET a.b = ?'],
    ['UPDATE t SET a = b', 'UPDATE t SET a = b'],
    ['ALTER TABLE t RENAME TO u', 'ALTER TABLE t RENAME TO u'],
    ['select $907995141', 'select ?'],
    ['select a->>b, c::int, d[1:2]', 'select a->>b, c::int, d[?:?]'],
    ['  ;  ', ';'],
    ['', ''],
  ]
  for (const [text, expected] of rows) assert.equal(redact(text), expected, text)
})

test('a text that does not parse shows its size only', () => {
  for (const text of [`select 'john`, 'john smith 907-99-5141', `select 1; john`, `select E'\\u12'`, '\0', 'select \ud800']) {
    const identity = identify(grammar, text)
    assert.equal(identity.redactedText, `(unparsed text of ${Buffer.byteLength(text)} bytes)`)
    assert.equal(identity.fingerprint, 'unparsed')
  }
})

test('the digest is that of the bytes; the fingerprint does not see literals', () => {
  const text = `select 'é'`
  assert.equal(identify(grammar, text).digest, createHash('sha256').update(text).digest('hex'))
  assert.equal(identifyUnparsed(Buffer.from(text)).digest, identify(grammar, text).digest)
  assert.equal(identify(grammar, 'select 1').fingerprint, identify(grammar, `select 'x' -- y`).fingerprint)
})

const SECRET = '907-99-5141'
const DIGITS = '907995141'

/** Every way to write a value, and a comment, with the secret in it. */
const HIDING_PLACES = [
  `'${SECRET}'`, `E'\\'${SECRET}\\\\'`, `U&'${SECRET}\\0041'`, `$$${SECRET}$$`, `$tag$ ' ${SECRET} $$ $tag$`, DIGITS, `${DIGITS}.5`, `.${DIGITS}`, `1e3::text || '${SECRET}'`,
  `X'${DIGITS}'`, `/* ${SECRET} */ 1`, `1 -- ${SECRET}\n`, `/* /* ${SECRET} */ ' */ 1`, `'a'\n'${SECRET}'`, `"a ${SECRET}"`, `"x""${SECRET}"`, `U&"${SECRET}\\0041"`,
  `interval '${SECRET}'`, `date '${SECRET}'`, `ARRAY['${SECRET}']`, `$${DIGITS}`, `'${SECRET}'::text COLLATE "C"`, `n'${SECRET}'`, `(U&'!0041${SECRET}' UESCAPE '!')`,
]

/** Statements with a place for a value. */
const AROUND: readonly ((value: string) => string)[] = [
  (value) => `SELECT ${value}`,
  (value) => `SELECT * FROM t WHERE a = ${value} AND b IN (1, ${value})`,
  (value) => `INSERT INTO t VALUES (${value}) RETURNING ${value}`,
  (value) => `UPDATE t SET a = ${value} WHERE b BETWEEN ${value} AND ${value}`,
  (value) => `PREPARE p AS SELECT ${value}; EXECUTE p(${value})`,
  (value) => `COPY (SELECT ${value}) TO STDOUT`,
  (value) => `EXPLAIN (ANALYZE) SELECT ${value}`,
  (value) => `CREATE TABLE x AS SELECT ${value} AS a; DROP TABLE x`,
  (value) => `SELECT f(a => ${value}) OVER (ORDER BY ${value}) FROM g(${value})`,
  (value) => `MERGE INTO t USING u ON t.a = ${value} WHEN MATCHED THEN UPDATE SET a = ${value}`,
  (value) => `CREATE FUNCTION f() RETURNS text RETURN ${value}`,
  (value) => `CREATE VIEW v AS SELECT ${value}`,
  (value) => `/* ${SECRET} */ SELECT CASE WHEN a THEN ${value} END -- ${SECRET}`,
]

test('no literal survives, whatever the statement', () => {
  let parsed = 0
  fc.assert(fc.property(fc.constantFrom(...AROUND), fc.constantFrom(...HIDING_PLACES), fc.constantFrom(...HIDING_PLACES), (around, value, other) => {
    const text = `${around(value)}\n; ${around(other)}\n`
    const shown = redact(text)
    if (!shown.startsWith('(unparsed')) parsed += 1
    assert.ok(!shown.includes(SECRET) && !shown.includes(DIGITS), `${text} -> ${shown}`)
  }), { numRuns: 600 })
  assert.ok(parsed > 400, `${parsed} of 600 parsed`)
})

test('what a redacted text shows is made of its tokens: it reads back as a statement with the same fingerprint where names stayed', () => {
  for (const around of AROUND) {
    const text = around(`'${SECRET}'`)
    const again = redact(text).replaceAll('?', `'x'`)
    assert.equal(grammar.fingerprint(again), grammar.fingerprint(text), again)
  }
})

test('a long text is cut, with a mark, and never within a literal: every cut', () => {
  const tail = `select ${HIDING_PLACES.filter((place) => !place.startsWith('$9')).join(',\n')} from "t ${SECRET}"`
  const bytes = Buffer.byteLength(tail)
  for (let cut = 0; cut <= bytes; cut += 1) {
    const text = `${' '.repeat(16_384 - cut)}${tail}, ${'x, '.repeat(200)} y`
    const shown = redact(text)
    assert.ok(!shown.includes(SECRET) && !shown.includes(DIGITS) && !/[0-9]{2}/.test(shown.replace(/^\(text of.*/, '')), `cut at ${cut}: ${shown.slice(-80)}`)
    assert.ok(shown.endsWith(' ...(cut)') || shown.endsWith('not shown)'))
  }
})

test('is at most 16 kB long', () => {
  for (const text of [`select ${'some_name, '.repeat(3_000)} 1`, `select ${'+1'.repeat(9_000)}`, `select '${'x'.repeat(100_000)}'`, `select ${'a,'.repeat(16_000)}a`]) {
    const shown = redact(text)
    assert.ok(Buffer.byteLength(shown) <= MAX_REDACTED_BYTES && shown.endsWith(' ...(cut)'), `${shown.length}: ${shown.slice(-30)}`)
  }
})
