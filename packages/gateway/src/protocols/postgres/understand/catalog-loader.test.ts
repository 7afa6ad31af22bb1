/** Facts that one session alone sees: read through its own connection, beside those that everybody shares. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnalysisPool } from './analysis-pool.ts'
import { CatalogLoader } from './catalog-loader.ts'

const CLASSIFICATION = { unclassified: 'phi', version: 'c', tables: new Map([['w.p', { patient: undefined, rest: undefined, columns: new Map([['id', 'none'], ['ssn', 'ssn']] as const) }]]) } as const

const attributes = (...names: readonly string[]): string => JSON.stringify(names.map((name, index) => [index + 1, name, 25, '', false, false, null]))
/** A row of relationsQuery: what is named, and nothing of the rest. */
function relationRow(like: readonly (string | null)[], oid: string, name: string, columns: string): readonly (string | null)[] {
  return [oid, 'w', name, 'r', 'p', 'f', columns, ...like.slice(7)]
}

test('a session sees what it has not committed, and nobody else does', async () => {
  const nulls: readonly null[] = Array.from({ length: 19 }, () => null)
  const shared = [relationRow(nulls, '20000', 'p', attributes('id', 'ssn'))]
  const own = [relationRow(nulls, '20000', 'p', attributes('id', 'hidden')), relationRow(nulls, '20001', 'made', attributes('a'))]
  const asked: string[] = []
  const answer = (rows: readonly (readonly (string | null)[])[]) => (sql: string): Promise<readonly (readonly (string | null)[])[]> => {
    asked.push(sql)
    if (sql.startsWith('show')) return Promise.resolve([['180004']])
    if (sql.includes('pg_current_snapshot') || sql.startsWith('execute')) return Promise.resolve([['v']])
    return Promise.resolve(sql.includes('c.relpersistence, c.relrowsecurity') ? rows : sql.includes('p.proname from') ? [['65', 'pg_catalog', 'int4eq']] : [])
  }
  // Of the pool only its connections' questions are asked.
  const loader = new CatalogLoader({ own: () => Promise.resolve({ query: answer(shared) }) } as unknown as AnalysisPool, CLASSIFICATION)
  assert.equal(await loader.refresh(), 'changed')
  const facts = await loader.readThrough(answer(own))
  assert.equal(facts.catalog.relationNamed('w', 'made')?.oid, 20_001)
  assert.equal(loader.catalog.relationNamed('w', 'made'), undefined)
  // Renamed and not committed: it stays what it was, and what is new is not classified.
  assert.deepEqual([facts.classes.classOf(20_000, 2), facts.classes.classOf(20_001, 1), loader.classes.classOf(20_001, 1)], ['ssn', 'phi', 'phi'])
  assert.equal(facts.catalog.relation(20_000)?.attributes.get(2)?.name, 'hidden')
  assert.equal(loader.catalog.relation(20_000)?.attributes.get(2)?.name, 'ssn')
  assert.equal(facts.catalog.functionName(65), 'pg_catalog.int4eq')
  const before = asked.length
  await facts.load({ relations: [20_002], functions: [], types: [], operators: [] })
  assert.equal(asked.length, before + 1)
  assert.match(asked.at(-1) ?? '', /20002/)
})
