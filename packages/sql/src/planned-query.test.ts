import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar, readTextWith, type RawStatement } from './grammar/index.ts'
import type { SessionView, StatementPlan } from './plan.ts'
import { plannedQuery } from './planned-query.ts'

const grammar = await loadGrammar()

function read(text: string): RawStatement {
  const reading = readTextWith(grammar, text, 1)
  const statement = reading.kind === 'read' ? reading.pieces[0]?.statement : undefined
  return statement ?? assert.fail(text)
}

function kept(text: string, parameterTypes: readonly number[] = []): StatementPlan {
  const statement = read(text)
  // Nothing else of a plan is looked at.
  return { parameterTypes, source: { statement, text, parameterTypes } } as unknown as StatementPlan
}

const SESSION: SessionView = {
  schemas: ['clinic'],
  prepared: (name) => (name === 'plain' ? kept('select 1 from t') : name === 'given' ? kept('select 1 from t where id = $1', [20]) : undefined),
  cursor: (name) => (name === 'c' ? kept('select 2 from t') : undefined),
}

/** [statement, the query that is planned, or nothing, or unknown] */
const STATEMENTS: readonly (readonly [sql: string, planned: string])[] = [
  ['select * from t where id = $1', 'message: select * from t where id = $1'],
  ['delete from t where id > 5', 'message: delete from t where id > 5'],
  ['explain select * from t', 'nothing'],
  ['explain analyze select * from t', 'message: select * from t'],
  ['declare c cursor for select * from t', 'message: select * from t'],
  ['create table u as select * from t', 'message: select * from t'],
  ['create view v as select * from t', 'nothing'],
  ['prepare p as select * from t', 'nothing'],
  ['copy t from stdin', 'nothing'],
  ['copy t to stdout', 'none: SELECT * FROM ONLY "t"'],
  ['copy "S"."t""x" (a, b) to stdout', 'none: SELECT * FROM ONLY "S"."t""x"'],
  ['copy (select a from t) to stdout', 'none: select a from t'],
  ['execute plain', 'none: select 1 from t'],
  ['execute given (7)', 'unknown'],
  ['execute given', 'unknown'],
  ['execute nobody', 'unknown'],
  ['fetch all from c', 'none: select 2 from t'],
  ['fetch all from d', 'unknown'],
  ['explain analyze execute plain', 'none: select 1 from t'],
  ['truncate t', 'unknown'],
  ['do $$ begin end $$', 'unknown'],
  ['call p()', 'unknown'],
]
for (const [sql, planned] of STATEMENTS) {
  test(`${sql}: ${planned}`, () => {
    const found = plannedQuery(read(sql), sql, SESSION)
    assert.equal(found === undefined ? 'unknown' : found === 'nothing' ? found : `${found.parameters}: ${found.text}`, planned)
  })
}
