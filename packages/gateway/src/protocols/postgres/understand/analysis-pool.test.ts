/** One analysis connection for each list of schemas, and room for a few. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { socketPair, turns, type ScriptedSocket } from '@doorward/testkit'
import { FrameReader } from '../frame.ts'
import { upstreamFrameLimit } from '../limits.ts'
import { AnalysisPool, MAX_ANALYSIS_CONNECTIONS, toSearchPath } from './analysis-pool.ts'

function stage(connect: (path: string) => 'yes' | 'no' = () => 'yes') {
  const paths: string[] = []
  const servers: ScriptedSocket[] = []
  const pool = new AnalysisPool((path) => {
    paths.push(path)
    if (connect(path) === 'no') return Promise.reject(new Error(`no connection for ${path}`))
    const [ours, theirs] = socketPair()
    theirs.resume()
    servers.push(theirs)
    return Promise.resolve({ stream: ours, reader: new FrameReader(upstreamFrameLimit()) })
  }, 1_000)
  return { pool, paths, servers }
}

test('a search path names the schemas as they are, without anybody\'s temporary ones', () => {
  assert.equal(toSearchPath(['pg_temp_3', 'pg_catalog', 'Clinic', 'a"b', 'with, comma', 'pg_temp_x']), '"pg_catalog", "Clinic", "a""b", "with, comma", "pg_temp_x"')
  assert.equal(toSearchPath([]), '')
})

test('the same schemas share a connection, also when they come at once', async () => {
  const { pool, paths } = stage()
  const [one, two] = await Promise.all([pool.connection(['pg_catalog', 'clinic']), pool.connection(['pg_catalog', 'clinic'])])
  assert.equal(one, two)
  assert.equal(await pool.connection(['pg_temp_7', 'pg_catalog', 'clinic']), one)
  assert.notEqual(await pool.connection(['clinic', 'pg_catalog']), one)
  assert.deepEqual(paths, ['"pg_catalog", "clinic"', '"clinic", "pg_catalog"'])
})

test('Doorward\'s own questions have a connection that no session\'s schemas lead to', async () => {
  const { pool } = stage()
  const [own, again, alike] = [await pool.own(), await pool.own(), await pool.connection(['pg_catalog'])]
  assert.equal(own, again)
  assert.notEqual(own, alike)
})

test('one that was closed is opened anew', async () => {
  const { pool, servers, paths } = stage()
  const first = await pool.connection(['a'])
  servers[0]?.destroy()
  await turns(3)
  const [again, also] = await Promise.all([pool.connection(['a']), pool.connection(['a'])])
  assert.ok(again !== first && again === also)
  assert.equal(paths.length, 2)
})

test('one that could not be opened is tried again by the next', async () => {
  let works: 'yes' | 'no' = 'no'
  const { pool } = stage(() => works)
  await Promise.all([assert.rejects(pool.connection(['a'])), assert.rejects(pool.connection(['a']))])
  works = 'yes'
  assert.ok((await pool.connection(['a'])).isOpen)
})

test('the one used longest ago makes room, and answers who has asked before', async () => {
  const { pool } = stage()
  const first = await pool.connection(['s0'])
  const oldest = await pool.connection(['s1'])
  for (let at = 2; at < MAX_ANALYSIS_CONNECTIONS; at += 1) await pool.connection([`s${at}`])
  assert.equal(await pool.connection(['s0']), first)
  const asked = oldest.analyse('', 'select 1', [])
  asked.catch(() => undefined)
  await pool.connection(['one more'])
  await turns(3)
  assert.deepEqual([first.isOpen, oldest.isOpen], [true, false])
  let failed = 'no'
  asked.catch(() => { failed = 'yes' })
  await turns(3)
  assert.equal(failed, 'no')
})

test('all are closed together', async () => {
  const { pool } = stage((path) => (path === '"broken"' ? 'no' : 'yes'))
  const [one, two] = [await pool.connection(['a']), await pool.connection(['b'])]
  await assert.rejects(pool.connection(['broken']))
  await pool.close()
  assert.deepEqual([one.isOpen, two.isOpen], [false, false])
})
