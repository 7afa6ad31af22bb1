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
    if (sql.includes('pg_current_snapshot') || sql.includes('concat_ws')) return Promise.resolve([['v']])
    return Promise.resolve(sql.includes('c.relpersistence, c.relrowsecurity') ? rows : sql.includes('p.proname from') ? [['65', 'pg_catalog', 'int4eq']] : [])
  }
  // Of the pool only its connections' questions are asked.
  const loader = new CatalogLoader({ own: () => Promise.resolve({ query: answer(shared), queryAgain: answer(shared) }) } as unknown as AnalysisPool, CLASSIFICATION)
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

/** A target whose snapshot and version are told here; notes what it is asked. */
function target(): { snapshot: string | undefined; version: string; readonly asked: string[]; unwritten: (() => void) | undefined; meanwhile: (() => void) | undefined; readonly loader: CatalogLoader } {
  const state = { snapshot: '1:1:' as string | undefined, version: 'v1', asked: [] as string[], unwritten: undefined as (() => void) | undefined, meanwhile: undefined as (() => void) | undefined }
  const queryAgain = async (sql: string, [known]: readonly string[] = [], onWritten?: () => void): Promise<readonly (readonly (string | undefined)[])[]> => {
    state.unwritten?.()
    await Promise.resolve() // somebody else's turn, before it is written
    onWritten?.()
    const isVersion = sql.includes('concat_ws')
    const isSnapshot = sql.includes('pg_current_snapshot')
    state.asked.push(isSnapshot ? (isVersion ? 'both' : 'snapshot') : 'version')
    state.meanwhile?.()
    if (!isSnapshot) return [[state.version]]
    return [[state.snapshot, ...(isVersion ? [known !== undefined && known === state.snapshot ? undefined : state.version] : [])]]
  }
  const query = (sql: string): Promise<readonly (readonly string[])[]> => Promise.resolve(sql.startsWith('show') ? [['180004']] : [])
  const loader = new CatalogLoader({ own: () => Promise.resolve({ query, queryAgain }) } as unknown as AnalysisPool, CLASSIFICATION)
  return Object.assign(state, { loader })
}

test('while nothing is committed only the snapshot is asked for; under commits, both at once', async () => {
  const at = target()
  const refresh = async (): Promise<string> => { at.asked.length = 0; return `${await at.loader.refresh()}: ${at.asked.join(', ')}` }
  assert.equal(await refresh(), 'changed: both')
  at.snapshot = '1:2:'
  assert.equal(await refresh(), 'fresh: both')
  assert.equal(at.loader.moment, '1:2:')
  for (let quiet = 1; quiet <= 8; quiet += 1) assert.equal(await refresh(), 'fresh: both')
  assert.equal(await refresh(), 'fresh: snapshot')
  at.snapshot = '1:3:'
  assert.equal(await refresh(), 'fresh: snapshot, version')
  at.snapshot = '1:4:'
  at.version = 'v2'
  assert.equal(await refresh(), 'changed: both')
  assert.deepEqual([at.loader.version, at.loader.moment], ['v2', '1:4:'])
})

test('on a standby, where no snapshot tells whether anything was committed, each question is about the definitions', async () => {
  const at = target()
  at.snapshot = undefined
  assert.equal(await at.loader.refresh(), 'changed')
  for (let round = 0; round < 20; round += 1) assert.equal(await at.loader.refresh(), 'fresh')
  at.version = 'v2'
  assert.equal(await at.loader.refresh(), 'changed')
  assert.deepEqual([new Set(at.asked), at.loader.moment, at.loader.version], [new Set(['both']), undefined, 'v2'])
})

test('what somebody noticed while a question was under way is asked about, though the snapshot is the same', async () => {
  for (const commits of ['some', 'none'] as const) {
    const at = target()
    await at.loader.refresh()
    if (commits === 'some') { at.snapshot = '1:2:'; await at.loader.refresh() } else for (let quiet = 1; quiet <= 8; quiet += 1) await at.loader.refresh()
    at.asked.length = 0
    at.meanwhile = () => { at.loader.markStale() }
    assert.equal(await at.loader.refresh(), 'changed')
    assert.deepEqual(at.asked, [commits === 'some' ? 'both' : 'snapshot', 'version'])
    assert.equal(at.loader.version, undefined)
  }
})

test('whoever comes before a question is written shares its answer, whoever comes after does not', async () => {
  const at = target()
  await at.loader.refresh()
  at.asked.length = 0
  const shared: Promise<unknown>[] = []
  at.unwritten = () => { at.unwritten = undefined; at.loader.markStale(); shared.push(at.loader.refresh()) }
  const first = at.loader.refresh()
  assert.equal(await first, 'changed')
  assert.equal(shared[0], first)
  assert.deepEqual(at.asked, ['both', 'version'])
  // What was noticed before it was written, the answer knew of.
  assert.deepEqual([at.loader.version, at.loader.moment], ['v1', '1:1:'])
  at.asked.length = 0
  at.meanwhile = () => { at.meanwhile = undefined; shared.push(at.loader.refresh()) }
  const second = at.loader.refresh()
  assert.equal(await second, 'fresh')
  assert.notEqual(shared[1], second)
  assert.equal(await shared[1], 'fresh')
  assert.deepEqual(at.asked, ['both', 'both'])
})

test('a question that fails is asked anew by the next', async () => {
  const at = target()
  await at.loader.refresh()
  at.meanwhile = () => { at.meanwhile = undefined; throw new Error('gone') }
  await assert.rejects(at.loader.refresh(), /gone/)
  assert.equal(await at.loader.refresh(), 'fresh')
})
