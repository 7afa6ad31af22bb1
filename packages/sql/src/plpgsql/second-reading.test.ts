import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ParsedRoutine } from '../grammar/grammar.ts'
import { loadGrammar } from '../grammar/index.ts'
import { SqlFault } from '../sql-fault.ts'
import { readRoutine } from './read-routine.ts'
import { requireSecondReading } from './second-reading.ts'

const grammar = await loadGrammar()
const BODY = 'declare x text := f(1); begin case x when \'a\' then perform g(2); end case; return x; end'
const routine = readRoutine(grammar, { compiled: 'once', name: 'f', body: BODY, parameters: [], returnsSet: false, resultType: 25 })

/** Held against what the library says once `change` has been at it. */
function readAs(change: (json: string) => string): void {
  const changed = (definition: string): ParsedRoutine => {
    const parsed = grammar.plpgsql(definition)
    assert.equal(parsed.kind, 'parsed')
    return parsed.kind === 'parsed' ? { kind: 'parsed', routine: JSON.parse(change(JSON.stringify(parsed.routine))) as typeof parsed.routine } : parsed // of our own making
  }
  requireSecondReading({ scan: text => grammar.scan(text), plpgsql: changed }, routine, () => 'scalar', 'scalar')
}

const refusedWith = (message: RegExp) => (fault: unknown): boolean => fault instanceof SqlFault && message.test(fault.message)

test('what both readings find the same is taken', () => {
  readAs(json => json)
  readAs(json => json.replace('"SELECT g(2)"', '"SELECT /* the same */ g( 2 )"'))
})

const OTHER: readonly (readonly [string, (json: string) => string, RegExp])[] = [
  ['a text that is different', json => json.replace('SELECT g(2)', 'SELECT g(3)'), /other texts/],
  ['a text that is missing', json => json.replace(/"default_val":\{"PLpgSQL_expr":\{[^}]*\}\}/, '"x":1'), /other texts/],
  ['a text too many', json => json.replace('"PLpgSQL_stmt_perform":{', '"PLpgSQL_stmt_perform":{"more":{"PLpgSQL_expr":{"query":"h()"}},'), /other texts/],
  ['the same text twice', json => json.replace('"PLpgSQL_stmt_perform":{', '"PLpgSQL_stmt_perform":{"more":{"PLpgSQL_expr":{"query":"SELECT g(2)"}},'), /other texts/],
  ['a statement of another kind', json => json.replace('PLpgSQL_stmt_perform', 'PLpgSQL_stmt_execsql'), /other statements/],
  ['a statement nobody has heard of', json => json.replace('"PLpgSQL_stmt_perform":{', '"PLpgSQL_stmt_new":{},"PLpgSQL_stmt_perform":{'), /other statements/],
  ['three blocks too many', json => json.replace('"action":', '"a":{"PLpgSQL_stmt_block":{}},"b":{"PLpgSQL_stmt_block":{}},"action":'), /other statements/],
  ['a text that does not scan', json => json.replace('SELECT g(2)', 'SELECT \'g'), /does not scan/],
]

for (const [what, change, message] of OTHER) test(`refuses ${what}`, () => { assert.throws(() => { readAs(change) }, refusedWith(message)) })

test('a grammar that answers nothing is no agreement', () => {
  const failing = (answer: ParsedRoutine) => () => { requireSecondReading({ scan: text => grammar.scan(text), plpgsql: () => answer }, routine, () => 'scalar', 'scalar') }
  assert.throws(failing({ kind: 'failed', reason: 'unavailable' }), refusedWith(/unavailable/))
  assert.throws(failing({ kind: 'syntax-error', message: 'x', position: undefined }), refusedWith(/does not take the body/))
})

test('of a record the library does not show the default, and of nothing else', () => {
  const body = 'declare r record := f(1); begin return null; end'
  const withRecord = readRoutine(grammar, { compiled: 'once', name: 'f', body, parameters: [], returnsSet: false, resultType: 25 })
  requireSecondReading(grammar, withRecord, () => 'record', 'scalar')
  assert.equal(withRecord.steps[0]?.kind, 'set')
})

test('names, quotes and types of all kinds reach the library as they are', () => {
  const odd = readRoutine(grammar, {
    compiled: 'once', name: 'a "b" \'c\'', body: 'declare "x\'y" s."T"; z t.c%type; begin "x\'y" := \'it\'\'s\'; "q""r" := z; end', returnsSet: true, resultType: 2249,
    parameters: [{ name: 'q"r', mode: 'out', type: 25 }, { name: 'two', mode: 'inout', type: 2249 }],
  })
  requireSecondReading(grammar, odd, variable => (variable === 1 ? 'record' : 'scalar'), 'record')
})
