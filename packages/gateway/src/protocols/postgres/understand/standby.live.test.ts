/**
 * Against a real standby: there two snapshots may have the same text, though a transaction that changed definitions has ended between them, and the
 * change is noticed nonetheless.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, chmodSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Sensitive, type Classification } from '@doorward/core'
import { connectPg, startPostgres, type PgClient, type PostgresServer } from '@doorward/testkit'
import { connectUpstream } from '../upstream.ts'
import { OWN_PARAMETERS } from './analysis-connection.ts'
import { AnalysisPool } from './analysis-pool.ts'
import { CatalogLoader } from './catalog-loader.ts'

const NOTHING_CLASSIFIED: Classification = { unclassified: 'phi', version: 'test', tables: new Map() }

const connect = ({ host, port, user, password }: PostgresServer): Promise<PgClient> => connectPg({ host, port, user, password, database: 'postgres' })
const ask = async (client: PgClient, sql: string): Promise<string | null | undefined> => (await client.query(sql))[0]?.rows[0]?.[0]

/** Until all that the primary has written so far is seen on the standby. */
async function caughtUp(primary: PgClient, standby: PgClient): Promise<void> {
  const written = await ask(primary, 'select pg_current_wal_flush_lsn()') ?? ''
  const until = Date.now() + 60_000
  while (await ask(standby, `select pg_last_wal_replay_lsn() >= '${written}'`) !== 't') assert.ok(Date.now() < until, 'the standby does not follow')
}

test('a change of definitions is noticed on a standby, under the same text of a snapshot', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'standby-'))
  chmodSync(folder, 0o755)
  t.after(() => { rmSync(folder, { recursive: true, force: true }) })
  const password = new Sensitive(randomBytes(12).toString('hex'))
  const [dataDir, copyDir] = [join(folder, 'primary'), join(folder, 'standby')]
  await (await startPostgres({ dataDir, password })).stop()
  execFileSync('cp', ['-a', dataDir, copyDir])
  writeFileSync(join(copyDir, 'standby.signal'), '')
  const primary = await startPostgres({ dataDir, password, settings: { synchronous_commit: 'on' } })
  t.after(() => primary.stop())
  const standby = await startPostgres({ dataDir: copyDir, password, settings: { primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres password=${password.reveal()}` } })
  t.after(() => standby.stop())
  const [long, short, other, reader] = await Promise.all([connect(primary), connect(primary), connect(primary), connect(standby)])
  const pool = new AnalysisPool(async (searchPath) => {
    const { stream, reader: frames } = await connectUpstream({
      host: standby.host, port: standby.port, user: standby.user, password, database: 'postgres', tls: 'unsafely-plaintext', parameters: new Map([...OWN_PARAMETERS, ['search_path', searchPath]]), randomBytes, maxFrameBytes: 1 << 20,
    }, AbortSignal.timeout(30_000))
    return { stream, reader: frames }
  }, 30_000)
  try {
    for (const [client, name] of [[long, 'long'], [short, 'short']] as const) await client.query(`begin; create table ${name} (id int)`)
    await other.query('create table other (id int)')
    await caughtUp(other, reader)
    const loader = new CatalogLoader(pool, NOTHING_CLASSIFIED)
    assert.equal(await loader.refresh(), 'changed')
    for (let round = 0; round < 20; round += 1) assert.equal(await loader.refresh(), 'fresh')
    const before = await ask(reader, 'select pg_current_snapshot()')
    await short.query('commit')
    await caughtUp(other, reader)
    assert.equal(await ask(reader, 'select to_regclass(\'short\') is not null'), 't')
    assert.equal(await ask(reader, 'select pg_current_snapshot()'), before)
    assert.equal(await loader.refresh(), 'changed')
    assert.equal(loader.catalog.relationNamed('public', 'short')?.name, 'short')
  } finally {
    await pool.close()
    for (const client of [reader, long, short, other]) await client.close()
  }
})
