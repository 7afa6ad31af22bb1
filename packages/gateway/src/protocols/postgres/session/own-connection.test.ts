/** Catalog facts as the session's own connection has them: asked once, again when definitions change, and not where nothing would answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CatalogFacts } from '../understand/catalog-loader.ts'
import { Exchange } from './exchange.ts'
import { OwnConnection } from './own-connection.ts'
import { SessionNames } from './session-names.ts'
import type { Batch } from './statement-run.ts'
import { frameOf } from './testing/run-facts.test.ts'
import type { UpstreamWriter } from './upstream-writer.ts'

interface Stage {
  readonly own: OwnConnection
  readonly exchange: Exchange
  /** Texts asked of the upstream, and what ended each: `sync` or `flush`. */
  readonly sent: string[]
  readonly batch: { -readonly [Key in keyof Batch]: Batch[Key] }
}

function stage(): Stage {
  const sent: string[] = []
  const exchange = new Exchange()
  const batch: Stage['batch'] = { sent: 'nothing', upstream: 'good', state: 'good' }
  // The writer's socket is not part of this.
  const upstream = { askCatalog: (sql: string) => { sent.push(sql) }, sync: () => { sent.push('sync') }, flush: () => { sent.push('flush') } } as unknown as UpstreamWriter
  return { own: new OwnConnection({ exchange, names: new SessionNames(), upstream, batch: () => batch, drain: () => Promise.resolve() }), exchange, sent, batch }
}

function answer({ exchange, batch }: Stage): void {
  for (const message of [{ kind: 'closeComplete' }, { kind: 'dataRow', cells: [Buffer.from('a'), null] }, { kind: 'closeComplete' }] as const) exchange.take(frameOf(message), () => Buffer.alloc(0))
  if (batch.sent === 'nothing') exchange.take(frameOf({ kind: 'readyForQuery', status: 'I' }), () => Buffer.alloc(0))
}

/** Asks one question for its facts; the rows stand in for them. */
function understanderOf(seen: unknown[]): { generation: number; factsThrough(ask: (sql: string) => Promise<unknown>): Promise<CatalogFacts> } {
  return { generation: 1, factsThrough: async (ask) => { const rows = await ask('select from catalog'); seen.push(rows); return { rows } as unknown as CatalogFacts } }
}

test('facts are asked for once, and again under another generation or when the session changed them itself', async () => {
  const s = stage()
  const seen: unknown[] = []
  const understander = understanderOf(seen)
  const ask = async (): Promise<unknown> => { const facts = s.own.facts(understander); await Promise.resolve(); await Promise.resolve(); answer(s); return facts }
  await ask()
  assert.deepEqual(seen, [[['a', null]]])
  await s.own.facts(understander)
  assert.equal(seen.length, 1)
  understander.generation = 2
  await ask()
  s.own.forgetFacts()
  await ask()
  assert.equal(seen.length, 3)
  assert.deepEqual(s.sent, ['select from catalog', 'sync', 'select from catalog', 'sync', 'select from catalog', 'sync'])
})

test('inside a batch nothing is committed by asking', async () => {
  const s = stage()
  s.batch.sent = 'something'
  const facts = s.own.facts(understanderOf([]))
  await Promise.resolve()
  await Promise.resolve()
  answer(s)
  await facts
  assert.deepEqual(s.sent, ['select from catalog', 'flush'])
})

test('a failed transaction is not asked', async () => {
  const s = stage()
  s.exchange.status = 'E'
  assert.equal(await s.own.facts(understanderOf([])), undefined)
  s.exchange.status = 'T'
  s.batch.upstream = 'failed'
  assert.equal(await s.own.facts(understanderOf([])), undefined)
  assert.deepEqual(s.sent, [])
})
