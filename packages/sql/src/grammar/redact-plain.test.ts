import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadGrammar } from './grammar.ts'
import { redactPlain } from './redact-plain.ts'
import { redactTokens } from './redact.ts'

const grammar = await loadGrammar()

/** By the scanner; undefined: it does not scan. */
function redactScanned(text: string): string | undefined {
  const scanned = grammar.scan(text)
  return scanned.kind === 'scanned' ? redactTokens(scanned.tokens) : undefined
}

test('redacts plain texts as the scanner does', () => {
  const rows: readonly (readonly [string, string])[] = [
    [`select id, 'x' from clinic.patients where dob > '1990-01-01'`, 'select id, ? from clinic.patients where dob > ?'],
    ['SELECT\t1,2.5 , -7\r\n;\n', 'SELECT ?,? , -? ;'],
    ['select $1,$22::int4 where a=$3', 'select $1,$22::int4 where a=$3'],
    [`insert into t values ('é',' it is ''), ('b')`.replace(`''`, `'`), 'insert into t values (?,?), (?)'],
    ['select a->>b, c::int, d[1:2], e @> f, g||h from t where a<>1 and b!=2 and c>=-1', 'select a->>b, c::int, d[?:?], e @> f, g||h from t where a<>? and b!=? and c>=-?'],
    [`  ( select 'a\nb' )`, '( select ? )'],
    [`select ${'n'.repeat(63)}, ${'n'.repeat(64)}`, `select ${'n'.repeat(63)}, "?"`],
    [`with x as (select 1) update t set a = 5 where b in (1,2,3)`, 'with x as (select ?) update t set a = ? where b in (?,?,?)'],
    ['', ''],
  ]
  for (const [text, expected] of rows) {
    assert.equal(redactPlain(text), expected, text)
    assert.equal(redactScanned(text), expected, text)
  }
})

test('leaves to the scanner whatever is not plain', () => {
  const rows = [
    `select E'x'`, `select e'x'`, `select U&'x'`, `select B'01'`, `select X'ff'`, `select n'x'`, `select ab'x'`, `select 'a''b'`, `select 'a'\n'b'`, `select 'a' 'b'`, `select 'a\\'`, `select 'a`,
    'select $$x$$', 'select $a$x$a$', 'select a$b', 'select $1a', 'select $123456', 'select $1$x$', 'select "a"', 'select U&"a"', 'select é', 'select 1e5', 'select 1.5e3', 'select 1.', 'select .5', 'select 1..2', 'select 0x1F',
    'select 1_000', 'select 1a', `select 1'a'`, 'select 1 -- x', 'select a--1', 'select 1 /* x */', 'select 2 */* x */ 3', 'select 1; select 2', 'select 1;;', 'set a = b', ' SET x TO y', 'alter role r set a = b', 'select \\a', 'select `a`', 'select {a}',
    'select a\vb', 'select a\fb', `select ${'+'.repeat(33)}1`, `select ${'a,'.repeat(8_000)}a`,
  ]
  for (const text of rows) assert.equal(redactPlain(text), undefined, text)
})

/** Pieces that meet each other in every order, with blanks or without. */
const PIECES = [
  'select', 'from', 'a', 'E', 'U', 'n', 'B', 'x9', '_y', 'Z_1', 'f', '1', '42', '3.14', '0', '007', '123456789012', '.', '5', '1e5', '0x1', '1_0', '$1', '$12', '$', '$$', '$a$', `'x'`, `''`, `'it'`, `' ; -- '`, `'\n'`, `'é'`, `'\\'`, `'`,
  '+', '-', '*', '/', '<', '>', '=', '~', '!', '@', '#', '%', '^', '&', '|', '?', '::', ':=', '=>', '<=', '>=', '<>', '!=', '..', '->', '||', '(', ')', '[', ']', ',', ';', ':', '--', '/*', '*/', '"', '"q"', 'U&', 'é', '\\', '{',
  'set', 'alter', 'role', 'to', 'zone', 'SET', 'n'.repeat(64), '++++++++++++++++', 'and', 'null', 'is', 'not', 'like', 'between', 'uescape',
]
const BLANKS = ['', '', '', ' ', ' ', '\n', '\t', '\r\n', '  ', '\f', '\v', '\u00a0']
const piecesOf = (pieces: readonly string[]): fc.Arbitrary<string> => fc.array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(...BLANKS)), { maxLength: 12 }).map((parts) => parts.flat().join(''))

test('says what the scanner says or nothing, of any pieces in any order', () => {
  let plain = 0
  const same = (text: string): void => {
    const redacted = redactPlain(text)
    if (redacted === undefined) return
    plain += 1
    const scanned = redactScanned(text)
    if (scanned !== undefined) assert.equal(redacted, scanned, JSON.stringify(text))
  }
  fc.assert(fc.property(piecesOf(PIECES), same), { numRuns: 3_000 })
  fc.assert(fc.property(piecesOf(PIECES.filter((piece) => redactPlain(piece) !== undefined)), same), { numRuns: 6_000 })
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...`aE1.$'"-/*;=+& \n\\:`), maxLength: 14 }), same), { numRuns: 6_000 })
  assert.ok(plain > 3_000, `${plain} of 15,000 were plain`)
})
