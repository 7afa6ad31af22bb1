/** Kept plans: least used out first, and whatever goes frees the server's side. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLAN } from '../session/testing/run-facts.test.ts'
import type { AnalysisConnection } from './analysis-connection.ts'
import { MAX_KEPT_PLANS, MAX_KEPT_TEXT, PlanCache, type KeptPlan } from './plan-cache.ts'

function stage() {
  const freed: string[] = []
  const connection = { isOpen: true, forget: (name: string) => { freed.push(name) } }
  // Only these two are asked of a connection here.
  const keep = (name: string, on = connection): KeptPlan => ({ plan: PLAN, version: 'v', statements: [{ connection: on as unknown as AnalysisConnection, name }], confirmed: { at: undefined } })
  return { cache: new PlanCache(), freed, connection, keep }
}

test('keeps what it is given until it is forgotten', () => {
  const { cache, freed, keep } = stage()
  const kept = keep('d1')
  cache.set('a', kept)
  assert.equal(cache.get('a'), kept)
  assert.equal(cache.get('b'), undefined)
  cache.clear()
  assert.deepEqual([cache.get('a'), freed], [undefined, ['d1']])
})

test('one text has one plan: the one before is let go', () => {
  const { cache, freed, keep } = stage()
  cache.set('a', keep('d1'))
  cache.set('a', keep('d2'))
  assert.deepEqual(freed, ['d1'])
  assert.equal(cache.get('a')?.statements[0]?.name, 'd2')
})

test('the one used longest ago makes room', () => {
  const { cache, freed, keep } = stage()
  for (let at = 0; at < MAX_KEPT_PLANS; at += 1) cache.set(`t${at}`, keep(`d${at}`))
  cache.get('t0')
  cache.set('one more', keep('more'))
  assert.deepEqual([freed, cache.get('t1'), cache.get('t0')?.statements[0]?.name], [['d1'], undefined, 'd0'])
})

test('a plan whose statement went with its connection is none', () => {
  const { cache, keep } = stage()
  cache.set('a', keep('d1', { isOpen: false, forget: () => undefined }))
  assert.equal(cache.get('a'), undefined)
})

test('long texts are not kept', () => {
  const { cache, freed, keep } = stage()
  cache.set('x'.repeat(MAX_KEPT_TEXT + 1), keep('long'))
  assert.deepEqual([cache.get('x'.repeat(MAX_KEPT_TEXT + 1)), freed], [undefined, ['long']])
})
