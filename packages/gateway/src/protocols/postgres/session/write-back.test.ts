import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrontend } from '../frontend-encode.ts'
import type { StatementPlan } from '@doorward/sql'
import { MaskFinder, writesMask } from './write-back.ts'

const TOKEN = 'tok_mrn_f42uyn2ozgeqv3w6f4vlfrll57'

function plan(action: 'read' | 'create' | 'update' | 'delete'): StatementPlan {
  return {
    understanding: { kind: 'understood', command: 'X', outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined,
      effects: [{ action, object: 'clinic.scratch', kind: 'relation', columns: [], classes: [], scope: 'user', note: undefined }] },
    changes: [], tags: [], fields: undefined, parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined, needsPrepared: undefined, catalogTexts: [],
    functionResults: [], source: undefined, explain: undefined,
  }
}

function bind(...parameters: readonly string[]): Buffer {
  return encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats: [], parameters: parameters.map((text) => Buffer.from(text)), resultFormats: [] })
}

const ROWS: readonly (readonly [string, 'read' | 'create' | 'update' | 'delete', string, Buffer | undefined, boolean])[] = [
  ['a redaction marker as a literal', 'update', "update clinic.scratch set a = '[redacted]'", undefined, true],
  ['a token as a literal', 'create', `insert into clinic.scratch (a) values ('${TOKEN}')`, undefined, true],
  ['a token as a parameter', 'create', 'insert into clinic.scratch (a) values ($1)', bind('x', TOKEN), true],
  ['a mask inside a JSON parameter', 'update', 'update t set j = $1', bind('{"name":"[redacted]"}'), true],
  ['asterisks that stand for a short value', 'update', 'update t set j = $1', bind('***'), true],
  ['an ordinary value', 'update', 'update t set j = $1', bind('redacted by hand'), false],
  ['a token in a statement that only reads', 'read', `select 1 where 'x' = '${TOKEN}'`, bind(TOKEN), false],
  ['a token in a DELETE', 'delete', `delete from t where a = '${TOKEN}'`, undefined, false],
]

for (const [name, action, text, frame, found] of ROWS) {
  test(`${name} is ${found ? 'found' : 'let through'}`, () => { assert.equal(writesMask(plan(action), { text, bind: frame }), found) })
}

test('a mask in COPY data is found wherever frames are cut', () => {
  const data = Buffer.from(`1\tclean\t2\n2\t${TOKEN}\t3\n`)
  for (let cut = 0; cut <= data.length; cut += 1) {
    const finder = new MaskFinder()
    const seen = [finder.push(data.subarray(0, cut)), finder.push(data.subarray(cut))]
    assert.ok(seen.includes(true), `cut at ${cut}`)
  }
})
