import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sqlBody } from './routine-body.ts'

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
