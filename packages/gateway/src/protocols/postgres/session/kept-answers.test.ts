import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obligation, Understanding } from '@doorward/core'
import type { FieldDescription, StatementPlan } from '@doorward/sql'
import type { Field } from '../backend-message.ts'
import { KeptAnswers } from './kept-answers.ts'

const UNDERSTANDING: Understanding = { kind: 'understood', command: 'SELECT', effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined }
const PLAN: StatementPlan = {
  understanding: UNDERSTANDING, changes: [], tags: [], fields: [], parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined, needsPrepared: undefined,
  catalogTexts: [], functionResults: [], source: undefined, explain: undefined,
}
const DECIDED: readonly Obligation[] = Object.freeze([])

function asked(): { readonly kept: KeptAnswers<{ refused: object | undefined }>; readonly judge: () => { refused: undefined }; readonly times: () => number } {
  let times = 0
  return { kept: new KeptAnswers(), judge: () => { times += 1; return { refused: undefined } }, times: () => times }
}

test('one plan under one decision is judged once, whatever values its texts name', () => {
  const { kept, judge, times } = asked()
  const first = kept.judged(PLAN, DECIDED, judge)
  assert.equal(kept.judged({ ...PLAN, source: undefined, parameterTypes: [23] }, DECIDED, judge), first)
  assert.equal(times(), 1)
})

test('each part that a judgement rests on has it made again', () => {
  const others: readonly Partial<StatementPlan>[] = [
    { understanding: { ...UNDERSTANDING } }, { fields: [] }, { copy: { direction: 'out', format: 'text', options: [], typeModifiers: [] } as unknown as StatementPlan['copy'] },
    { changes: [] }, { catalogTexts: [] }, { functionResults: [] }, { explain: {} as unknown as StatementPlan['explain'] },
  ]
  for (const other of others) {
    const { kept, judge, times } = asked()
    kept.judged(PLAN, DECIDED, judge)
    kept.judged({ ...PLAN, ...other }, DECIDED, judge)
    assert.equal(times(), 2, Object.keys(other).join())
  }
})

test('another decision, one that may still change, and a refusal are judged each time', () => {
  const { kept, judge, times } = asked()
  kept.judged(PLAN, DECIDED, judge)
  kept.judged(PLAN, Object.freeze([]), judge)
  assert.equal(times(), 2)
  const open: Obligation[] = []
  kept.judged(PLAN, open, judge)
  kept.judged(PLAN, open, judge)
  assert.equal(times(), 4)
  const refusing = new KeptAnswers()
  let refusals = 0
  const refuse = (): { refused: object } => { refusals += 1; return { refused: {} } }
  refusing.judged(PLAN, DECIDED, refuse)
  refusing.judged(PLAN, DECIDED, refuse)
  assert.equal(refusals, 2)
})

test('a description is read once for the same bytes, and again for others', () => {
  const kept = new KeptAnswers()
  const predicted: readonly FieldDescription[] = []
  let reads = 0
  const read = (): readonly Field[] => { reads += 1; return [] }
  const body = Buffer.from('the same')
  const fields = kept.fields(predicted, body, read)
  assert.equal(kept.fields(predicted, Buffer.from('the same'), read), fields)
  assert.equal(reads, 1)
  // What was compared is a copy: the socket's buffer is used again.
  body.write('another.')
  assert.equal(kept.fields(predicted, Buffer.from('the same'), read), fields)
  kept.fields(predicted, body, read)
  kept.fields([], body, read)
  assert.equal(reads, 3)
})

test('what is not as predicted is not so the next time either', () => {
  const kept = new KeptAnswers()
  const predicted: readonly FieldDescription[] = []
  const refuse = (): never => { throw new TypeError('not as predicted') }
  for (let times = 0; times < 2; times += 1) assert.throws(() => kept.fields(predicted, Buffer.from('x'), refuse), TypeError)
  kept.fields(predicted, Buffer.from('y'), () => [])
  assert.throws(() => kept.fields(predicted, Buffer.from('x'), refuse), TypeError)
  assert.throws(() => kept.fields(undefined, Buffer.from('y'), refuse), TypeError)
})
