import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { conditionText, rewriteErrorFields } from './rewrite-error.ts'
import { CONDITION_TEXTS } from './condition-texts.table.ts'

const CANARY = 'MRN-SECRET-9'

test('a data error keeps its code and loses every value', () => {
  const fields = new Map([
    ['S', 'FEHLER'], ['V', 'ERROR'], ['C', '22P02'], ['M', `invalid input syntax for type integer: "${CANARY}"`], ['D', CANARY], ['H', CANARY],
    ['P', '8'], ['p', '3'], ['q', `select ${CANARY}`], ['W', CANARY], ['s', CANARY], ['t', CANARY], ['c', CANARY], ['d', CANARY], ['n', CANARY],
    ['F', 'numutils.c'], ['L', '616'], ['R', 'pg_strtoint32_safe'], ['?', CANARY],
  ])
  assert.deepEqual([...rewriteErrorFields(fields)], [['S', 'ERROR'], ['V', 'ERROR'], ['C', '22P02'], ['M', 'invalid text representation'], ['P', '8']])
})

test('no field but code, severity, position, constant hints and confirmed names comes through', () => {
  const code = fc.constantFrom(...'SVCMDHPpqWstcdnFLR?xZ')
  fc.assert(fc.property(fc.uniqueArray(code), fc.string({ minLength: 6 }), (codes, value) => {
    const rewritten = rewriteErrorFields(new Map(codes.map((key) => [key, `${value}${CANARY}`])))
    assert.deepEqual([...rewritten], [['S', 'ERROR'], ['V', 'ERROR'], ['C', 'XX000'], ['M', 'internal error']])
  }))
})

test('errors that differ in anything but the code come out alike', () => {
  const texts = fc.dictionary(fc.constantFrom(...'MDHWqpFLR'), fc.string())
  fc.assert(fc.property(texts, texts, (a, b) => {
    const of = (more: Record<string, string>): unknown => [...rewriteErrorFields(new Map([...Object.entries(more), ['V', 'ERROR'], ['C', '22012'], ['P', '17']]))]
    assert.deepEqual(of(a), of(b))
  }))
})

test('names stay when the catalog knows them, and only in classes where the server sets them', () => {
  const fields = (sqlState: string): Map<string, string> => new Map([['V', 'ERROR'], ['C', sqlState], ['t', 'rooms'], ['n', 'rooms_pkey'], ['c', CANARY]])
  const known = (_field: string, name: string): boolean => name.startsWith('rooms')
  assert.deepEqual([...rewriteErrorFields(fields('23505'), known).keys()], ['S', 'V', 'C', 'M', 't', 'n'])
  assert.deepEqual([...rewriteErrorFields(fields('P0001'), known).keys()], ['S', 'V', 'C', 'M'])
  assert.deepEqual([...rewriteErrorFields(fields('23505')).keys()], ['S', 'V', 'C', 'M'])
})

test('the server\'s constant message of a SQLSTATE stays, another one does not', () => {
  const timeout = 'canceling statement due to statement timeout'
  assert.equal(rewriteErrorFields(new Map([['C', '57014'], ['M', timeout]])).get('M'), timeout)
  assert.equal(rewriteErrorFields(new Map([['C', '57014'], ['M', `${timeout} of Ann`]])).get('M'), 'query canceled')
  assert.equal(rewriteErrorFields(new Map([['C', 'P0001'], ['M', timeout]])).get('M'), 'raise exception')
})

test('hints of the parser stay', () => {
  const hint = 'No operator matches the given name and argument types. You might need to add explicit type casts.'
  assert.equal(rewriteErrorFields(new Map([['C', '42883'], ['H', hint]])).get('H'), hint)
  assert.equal(rewriteErrorFields(new Map([['C', '42703'], ['H', 'Perhaps you meant to reference the column "p.ssn".']])).get('H'), undefined)
})

test('a code without an entry has the text of its class, and any other one text', () => {
  assert.equal(conditionText('22012'), 'division by zero')
  assert.equal(conditionText('22ZZZ'), 'data exception')
  assert.equal(conditionText('ZZ123'), 'the statement raised a condition of its own')
  assert.ok(CONDITION_TEXTS.size > 250)
})

test('a notice keeps its severity', () => {
  const rewritten = rewriteErrorFields(new Map([['S', 'HINWEIS'], ['V', 'NOTICE'], ['C', '00000'], ['M', CANARY]]))
  assert.deepEqual([...rewritten], [['S', 'NOTICE'], ['V', 'NOTICE'], ['C', '00000'], ['M', 'notice without its text']])
})
