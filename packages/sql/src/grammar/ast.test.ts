import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constantText, flagField, listField, nodeField, numberField, optionFlag, readOptions, stringsOf, structField, textField, toNode } from './ast.ts'

test('a node is an object with one key; anything else is none', () => {
  assert.deepEqual(toNode({ A: { b: 1 } }), { type: 'A', fields: { b: 1 } })
  for (const value of [undefined, null, 1, 'A', [], {}, { A: 1 }, { A: {}, B: {} }, { A: [] }, [{ A: {} }]]) assert.equal(toNode(value), undefined)
})

test('absent and odd fields read as their default', () => {
  for (const fields of [{}, { a: null }, { a: Symbol('x') }]) {
    assert.deepEqual(
      [textField(fields, 'a'), numberField(fields, 'a'), flagField(fields, 'a'), nodeField(fields, 'a'), structField(fields, 'a'), listField(fields, 'a')],
      [undefined, 0, false, undefined, undefined, []],
    )
  }
})

test('literals as they were written', () => {
  const constant = (fields: Readonly<Record<string, unknown>>): string | undefined => constantText({ type: 'A_Const', fields })
  assert.equal(constant({ ival: {} }), '0')
  assert.equal(constant({ ival: { ival: -5 } }), '-5')
  assert.equal(constant({ fval: { fval: '1.50' } }), '1.50')
  assert.equal(constant({ sval: {} }), '')
  assert.equal(constant({ boolval: {} }), 'false')
  assert.equal(constant({ boolval: { boolval: true } }), 'true')
  for (const fields of [{ isnull: true }, {}, { bsval: { bsval: 'x1' } }]) assert.equal(constant(fields), undefined)
  assert.equal(constantText({ type: 'FuncCall', fields: { sval: { sval: 'x' } } }), undefined)
})

test('options as the server reads them', () => {
  const option = (sval: string): ReturnType<typeof toNode> => ({ type: 'String', fields: { sval } })
  for (const on of [undefined, option('true'), option('ON'), option('1'), toNode({ Integer: { ival: 1 } }), toNode({ Boolean: { boolval: true } })]) assert.equal(optionFlag(on), true)
  for (const off of [option('false'), option('Off'), option('0'), toNode({ Integer: {} }), toNode({ Boolean: {} })]) assert.equal(optionFlag(off), false)
  for (const odd of [option('yes'), option(''), toNode({ Integer: { ival: 2 } }), toNode({ List: {} })]) assert.equal(optionFlag(odd), undefined)
  assert.equal(readOptions({ a: [{ DefElem: { defname: 'x' } }, { String: { sval: 'y' } }] }, 'a'), undefined)
  assert.deepEqual(readOptions({ a: [{ DefElem: { defname: 'x' } }] }, 'a'), [{ name: 'x', value: undefined }])
  assert.equal(stringsOf([option('a'), undefined]), undefined)
})
