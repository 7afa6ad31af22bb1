import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar } from '../grammar/index.ts'
import { SqlFault } from '../sql-fault.ts'
import { referencesOf } from './references.ts'

const grammar = await loadGrammar()

/** `name`, with marks: `!` it names an output, `~` it names one from within, `=` an output of that name is meant. */
function shown(text: string): string {
  const { references, parameters, columns } = referencesOf(grammar, text)
  const bytes = Buffer.from(text)
  const names = references.map(({ names, star, start, ends, namesOutput, namesFromWithin, meansOutput }) => {
    assert.equal(ends.length, names.length)
    assert.ok(bytes.toString('utf8', start, ends.at(-1)).length > 0)
    return `${names.join('.')}${star ? '.*' : ''}${namesOutput ? '!' : ''}${namesFromWithin ? '~' : ''}${meansOutput ? '=' : ''}`
  })
  return `${names.join(' ')} | ${parameters} ${columns}`
}

const CASES: readonly (readonly [string, string])[] = [
  ['SELECT a + $2', 'a | 2 none'],
  ['SELECT a, b AS c, r.v, r.*, l.r.f', 'a! b r.v! r.*! l.r.f! | 0 none'],
  ['SELECT a::int, a COLLATE "C", (a)[1], (r).f, CASE WHEN x THEN y ELSE z END', 'a~ a~ a~ r x y z~ | 0 none'],
  ['SELECT "Quoted name", ÄÖ, "a""b" FROM t', 'Quoted name! ÄÖ! a"b! | 0 some'],
  ['SELECT p.x AS y FROM t p WHERE z = y ORDER BY y', 'p.x z y y= | 0 some'],
  ['SELECT DISTINCT ON (y) x AS y, x + 1 AS w FROM t GROUP BY w, y + 1', 'y= x x w= y | 0 some'],
  ['SELECT a UNION SELECT b FROM t', 'a! b! | 0 some'],
  ['INSERT INTO t (a) VALUES (a, $1)', 'a | 1 none'],
  ['INSERT INTO t (a) VALUES (a) RETURNING b', 'a b! | 0 some'],
  ['INSERT INTO t (a) VALUES (a) ON CONFLICT (a) DO NOTHING', 'a | 0 some'],
  ['INSERT INTO t SELECT a', 'a! | 0 none'],
  ['UPDATE t SET a = b WHERE c = d', 'b c d | 0 some'],
  ['DELETE FROM t WHERE a', 'a | 0 some'],
  ['SELECT 1 /* a */ + /* b */ c . d -- e', 'c.d | 0 none'],
  ['SELECT (SELECT a FROM generate_series(1, b) g)', 'a! b | 0 some'],
  ['VALUES (a)', 'a | 0 none'],
]

for (const [text, expected] of CASES) test(`finds what may be a variable: ${text}`, () => { assert.equal(shown(text), expected) })

for (const text of ['', 'SELECT', 'SELECT 1; SELECT 2', 'SELECT (', 'CREATE TABLE t (i int)', 'SET a = 1', 'SELECT 1 INTO t', 'SELECT U&"\\0061"', `SELECT "${'x'.repeat(64)}"`]) {
  test(`is no query, no write, or not read: ${text.slice(0, 30)}`, () => {
    if (text === 'SELECT') assert.equal(shown(text), ' | 0 none')
    else assert.throws(() => referencesOf(grammar, text), (fault) => fault instanceof SqlFault && fault.code === 'unsupported')
  })
}
