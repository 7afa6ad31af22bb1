import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadGrammar, type Grammar } from './grammar.ts'
import { splitText } from './split.ts'

const grammar = await loadGrammar()

function pieces(text: string): readonly string[] | string {
  const split = splitText(grammar, text, 100)
  return split.kind === 'split' ? split.pieces.map((piece) => piece.text) : split.kind
}

test('cuts behind semicolons that separate statements, and at no other', () => {
  const rows: readonly (readonly [string, readonly string[] | string])[] = [
    ['', ['']],
    [' ;; -- x', [' ;; -- x']],
    ['select 1', ['select 1']],
    ['select 1;', ['select 1;']],
    ['select 1; ; -- end', ['select 1; ; -- end']],
    ['select 1;select 2', ['select 1;', 'select 2']],
    ['; select 1 ;; /* ; */ select 2;', ['; select 1 ;', '; /* ; */ select 2;']],
    [`select ';'; select E'\\';'; select $a$;$$;$a$;`, [`select ';';`, ` select E'\\';';`, ' select $a$;$$;$a$;']],
    ['select 1 as "a;b" /* /* ; */ ; */; select 2', ['select 1 as "a;b" /* /* ; */ ; */;', ' select 2']],
    ['create function f() returns int begin atomic select 1; select 2; end; select 3', ['create function f() returns int begin atomic select 1; select 2; end;', ' select 3']],
    ['create rule r as on insert to t do (select 1; select 2); select 3', ['create rule r as on insert to t do (select 1; select 2);', ' select 3']],
    [`select 'é'; select '日本'`, [`select 'é';`, ` select '日本'`]],
    ['select 1; selec 2', 'syntax-error'],
    [`select 1; select '2`, 'syntax-error'],
    [`select '\\'; select 2`, [`select '\\';`, ' select 2']],
  ]
  for (const [text, expected] of rows) assert.deepEqual(pieces(text), expected, text)
})

test('an empty query has no node', () => {
  for (const text of ['', ' \n', ';', '-- x', '/**/;']) {
    const split = splitText(grammar, text, 1)
    assert.deepEqual(split, { kind: 'split', pieces: [{ start: 0, length: Buffer.byteLength(text), text, node: undefined }] })
  }
})

/** The joined texts agreed with PostgreSQL 18.4 in 4,000 random combinations: the same results, whole and piece by piece. */
const PARTS = [
  'select 1', `select ';'`, 'select $$;$$', 'select $a$ ; $$ ; $a$', `select E'\\';'`, 'select "a;b"', `select U&'\\003b;'`, 'select 1 /* ; /* ; */ ; */',
  'select 1 -- ; \n', 'create function f() returns int begin atomic select 1; select 2; end', 'create rule r as on update to t do also (select 1; select 2)',
  '', '  ', '/* only */', '-- only\n', `select 'a'\n';'`, 'select 1 as "é;"', `select '日本'`, 'begin', 'select case when true then 1 end', 'select 1 #- 2',
]

test('pieces follow each other without gap and cover the text, and each holds one statement', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...PARTS), { maxLength: 8 }), fc.boolean(), (parts, closed) => {
    const text = parts.join(';') + (closed ? ';' : '')
    const split = splitText(grammar, text, 100)
    assert.ok(split.kind === 'split', text)
    let at = 0
    for (const piece of split.pieces) {
      assert.equal(piece.start, at)
      assert.equal(piece.text, Buffer.from(text).subarray(at, at + piece.length).toString())
      at += piece.length
      const alone = splitText(grammar, piece.text, 1)
      assert.ok(alone.kind === 'split' && alone.pieces.length === 1)
    }
    assert.equal(at, Buffer.byteLength(text))
    assert.equal(split.pieces.filter((piece) => piece.node !== undefined).length, parts.filter((part) => !['', '  ', '/* only */', '-- only\n'].includes(part)).length)
  }))
})

test('more statements than the limit are not split', () => {
  assert.deepEqual(splitText(grammar, 'select 1;'.repeat(11), 10), { kind: 'failed', reason: 'too-many' })
  assert.equal(splitText(grammar, 'select 1;'.repeat(10), 10).kind, 'split')
})

test('a parser that reports wrong borders is not believed', () => {
  const text = 'select 1; select 2; select 3'
  const honest = grammar.parse(text)
  assert.ok(honest.kind === 'parsed')
  for (const shift of [-2, -1, 1, 2]) {
    const lying: Grammar = { ...grammar, parse: (asked) => (asked === text ? { kind: 'parsed', statements: honest.statements.map((statement) => ({ ...statement, length: statement.length + shift })) } : grammar.parse(asked)) }
    assert.deepEqual(splitText(lying, text, 10), { kind: 'failed', reason: 'answer' })
  }
  const swapped: Grammar = { ...grammar, parse: (asked) => (asked === text ? { kind: 'parsed', statements: honest.statements.map((statement, index) => ({ ...statement, node: honest.statements[2 - index]?.node ?? statement.node })) } : grammar.parse(asked)) }
  assert.deepEqual(splitText(swapped, text, 10), { kind: 'failed', reason: 'answer' })
})
