import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plpgsqlBody, sqlBody } from './routine-body.ts'

const texts = (body: ReturnType<typeof sqlBody>): readonly string[] | undefined => body?.map(({ role, text }) => `${role}: ${text}`)

test('an SQL body is cut at its semicolons and nowhere else', () => {
  assert.deepEqual(texts(sqlBody("insert into t values (';'); select 1 -- ; not here\n;")), ["effect: insert into t values (';')", 'rows: select 1'])
  assert.deepEqual(texts(sqlBody("select E'a\\';b', \"x;y\", $$;$$, $t$;$$;$t$ /* ; /* ; */ ; */ , 2")), ["rows: select E'a\\';b', \"x;y\", $$;$$, $t$;$$;$t$ /* ; /* ; */ ; */ , 2"])
  assert.deepEqual(texts(sqlBody("select 'a\\'; select 'b'")), ["effect: select 'a\\'", "rows: select 'b'"])
  assert.deepEqual(texts(sqlBody('select $1; select a$1 from t')), ['effect: select $1', 'rows: select a$1 from t'])
  assert.deepEqual(texts(sqlBody('')), [])
})

for (const source of ["select 'a", 'select "a', 'select /* a', 'select /* /* */', "select E'a'\n'b\\'; x'"]) {
  test(`an SQL body that does not come apart is left alone: ${JSON.stringify(source)}`, () => { assert.equal(sqlBody(source), undefined) })
}

const PLPGSQL: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['begin return query select * from t where a = $1; end', ['rows: select * from t where a = $1']],
  ['BEGIN\n  RETURN x + 1;\nEND;', ['value: SELECT x + 1']],
  ['begin perform f(1); insert into t values (1); return; end', ['effect: SELECT f(1)', 'effect: insert into t values (1)']],
  ['begin null; return null; end', ['value: SELECT null']],
  ['declare r int; begin return 1; end', undefined],
  ['begin if true then return 1; end if; end', undefined],
  ['begin return query execute $1; end', undefined],
  ['begin execute $1; end', undefined],
  ['begin select 1 into x; return x; end', undefined],
  ['begin insert into t values (1) returning a into x; end', undefined],
  ['begin x := 1; return x; end', undefined],
  ['begin raise notice \'a\'; end', undefined],
  ['begin return 1; exception when others then return 2; end', undefined],
  ['begin return next 1; end', undefined],
  ['#variable_conflict use_variable begin return 1; end', undefined],
  ['<<l>> begin return 1; end', undefined],
  ['begin begin return 1; end; end', undefined],
  ['begin return 1; end l', undefined],
  ['begin return 1', undefined],
  ['', undefined],
]

for (const [source, expected] of PLPGSQL) {
  test(`a PL/pgSQL body is read only when it is as simple as this: ${JSON.stringify(source)}`, () => { assert.deepEqual(texts(plpgsqlBody(source)), expected) })
}

test('whatever a body holds, its pieces stand in it in order', () => {
  const part = fc.constantFrom('select 1', ';', "'a;b'", '"c;d"', '$$;$$', '--;\n', '/*;*/', "E'\\';'", ' ', '$1')
  fc.assert(fc.property(fc.array(part, { maxLength: 12 }), parts => {
    const source = parts.join(' ')
    let at = 0
    for (const { text } of sqlBody(source) ?? []) {
      const found = source.indexOf(text, at)
      assert.ok(found >= at)
      at = found + text.length
    }
  }))
})
