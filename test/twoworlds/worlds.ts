/**
 * The two worlds: one PostgreSQL with pairs of databases that differ in PHI alone, and one gateway before all of them. Each lane has a pair of
 * its own, so that what one lane writes and rolls back, or locks, is nothing to another. The databases of all lanes are copies of one
 * empty template: object ids are the same in both worlds. Where it stops: what is sent is the lanes' business.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sensitive } from '@doorward/core'
import { connectPg, findFreePort, startPostgres, type PgClient, type PostgresServer } from '@doorward/testkit'
import { makeWorld, seedSql, type World } from '../../corpus/world.mjs'
import { PASSWORD, PRINCIPALS, SECRETS, writeGatewayFiles, type PrincipalName } from './gateway-files.ts'
import { roughen } from './rough-world.ts'
import type { WireTarget } from './wire.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const SCHEMA = readFileSync(join(ROOT, 'corpus/clinic.sql'), 'utf8')

export interface Lane {
  readonly name: string
  readonly principal: PrincipalName
  /** `plain`: as the corpus has it. `rough`: see rough-world.ts. */
  readonly values: 'plain' | 'rough'
  /** Names of databases and resources alike. */
  readonly databases: { readonly a: string; readonly b: string }
}

export interface Worlds {
  readonly server: PostgresServer
  readonly gatewayPort: number
  readonly gateway: ChildProcess
  readonly lanes: readonly Lane[]
  /** As the lane's principal, through the gateway. */
  target(lane: Lane, world: 'a' | 'b'): WireTarget
  /** Straight to the server, as the owner of the database. */
  upstream(database: string): { readonly host: string; readonly port: number; readonly user: string; readonly password: string; readonly database: string }
  connectUpstream(database: string): Promise<PgClient>
  stop(): Promise<void>
}

export interface WorldsOptions {
  readonly lanes: readonly Omit<Lane, 'databases'>[]
  readonly binDir: string | undefined
  /** More SQL for the empty template: objects that a mode needs; their lines in the classification; and SQL once the data is there. */
  readonly schemaSql?: string
  readonly classification?: string
  readonly dataSql?: string
}

/**
 * Settings without which two runs of one statement differ by themselves: autovacuum changes statistics when it likes, parallel workers hand
 * over rows in any order.
 */
const SETTINGS = {
  autovacuum: 'off', max_parallel_workers_per_gather: '0', jit: 'off', max_connections: '300', shared_preload_libraries: 'pg_stat_statements',
  log_min_messages: 'panic', log_min_error_statement: 'panic', max_wal_size: '256MB',
}

/** A statement that runs longer is cut off, and neither counted as equal nor as different. */
const STATEMENT_TIMEOUT_MS = 4_000

export async function startWorlds(options: WorldsOptions): Promise<Worlds> {
  const folder = mkdtempSync(join(fastFolder(), 'doorward-twoworlds-'))
  // startPostgres makes its data directory where the temporary folder is.
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = fastFolder()
  const server = await startPostgres({ ...(options.binDir === undefined ? {} : { binDir: options.binDir }), settings: SETTINGS })
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  let gateway: ChildProcess | undefined
  const stop = async (): Promise<void> => {
    if (gateway?.exitCode === null) {
      const ended = new Promise((resolve) => { gateway?.on('close', resolve) })
      gateway.kill('SIGTERM')
      await ended
    }
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const lanes = options.lanes.map((lane): Lane => ({ ...lane, databases: { a: `${lane.name}_a`, b: `${lane.name}_b` } }))
    await makeTemplate(server, options.schemaSql ?? '')
    for (const lane of lanes) await makeLane(server, lane, options.dataSql ?? '')
    const gatewayPort = await findFreePort()
    mkdirSync(join(folder, 'gateway'))
    writeGatewayFiles(join(folder, 'gateway'), { upstreamPort: server.port, listenPort: gatewayPort, resources: lanes.flatMap(({ databases }) => [databases.a, databases.b]), classification: options.classification ?? '' })
    gateway = spawn(process.execPath, [join(ROOT, 'packages/cli/bin/doorward.mjs'), 'serve', '--config', join(folder, 'gateway', 'doorward.yaml')], {
      cwd: ROOT, stdio: process.env['DOORWARD_TWOWORLDS_LOG'] === undefined ? 'ignore' : ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...SECRETS },
    })
    await waitForPort(gatewayPort, gateway)
    const upstream = (database: string): ReturnType<Worlds['upstream']> => ({ host: server.host, port: server.port, user: 'doorward', password: PASSWORD, database })
    return {
      server, gatewayPort, gateway, lanes, stop, upstream,
      target: (lane, world) => ({ host: '127.0.0.1', port: gatewayPort, user: lane.principal, password: `${lane.principal}-secret`, database: lane.databases[world] }),
      connectUpstream: (database) => connectPg({ ...upstream(database), password: new Sensitive(PASSWORD) }),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A RAM file system where there is one: the log is written through to the medium at every statement. */
function fastFolder(): string {
  try { accessSync('/dev/shm', constants.W_OK | constants.X_OK); return '/dev/shm' } catch { return tmpdir() }
}

async function withClient<T>(server: PostgresServer, database: string, user: 'postgres' | 'doorward', work: (client: PgClient) => Promise<T>): Promise<T> {
  const client = await connectPg({ host: server.host, port: server.port, user, password: user === 'postgres' ? server.password : new Sensitive(PASSWORD), database })
  try { return await work(client) } finally { await client.close() }
}

const TEMPLATE = 'twoworlds_template'
/** Lets the materialized view be refreshed in place; dropped once it was. */
const REFRESH_INDEX = 'twoworlds_refresh'

/**
 * Long rows go to other pages than short ones, and the order of rows without ORDER BY follows the pages: docs/phi/limits.md. Rewritten in the
 * order of their ids, the rows of both worlds stand alike.
 */
const IN_ORDER = `
${['patients', 'encounters', 'notes', 'labs', 'medications'].map((table) => `cluster clinic.${table} using ${table}_pkey;`).join('\n')}
${['clinic.archived_patients', 'billing.claims_2024', 'billing.claims_2025'].map((table) => `create index in_order on ${table} (id); cluster ${table} using in_order; drop index ${table.split('.')[0] ?? ''}.in_order;`).join('\n')}
analyze clinic.patients; analyze clinic.archived_patients; analyze clinic.encounters; analyze clinic.notes; analyze clinic.labs; analyze clinic.medications; analyze billing.claims;
`

/**
 * The corpus's seed for databases that are empty copies of one template: without TRUNCATE and with a refresh in place, since both would give
 * storage and its ids anew, other ones in each database.
 */
function seedInPlace(world: World): string {
  const sql = seedSql(world)
  const inPlace = sql.replace(/^TRUNCATE [^;]*;/, '').replace('REFRESH MATERIALIZED VIEW', 'REFRESH MATERIALIZED VIEW CONCURRENTLY')
  if (inPlace.length === sql.length) throw new Error('the corpus seeds its databases in another way now')
  return inPlace
}

async function makeTemplate(server: PostgresServer, schemaSql: string): Promise<void> {
  await withClient(server, 'postgres', 'postgres', async (admin) => {
    await admin.query(`create role doorward login password '${PASSWORD}'`)
    await admin.query('grant pg_monitor, pg_read_all_data, pg_write_all_data to doorward')
    await admin.query(`alter role doorward set statement_timeout = ${STATEMENT_TIMEOUT_MS}`)
    await admin.query(`create role analyst login password '${PASSWORD}'`)
    await admin.query("alter role analyst set log_min_messages = 'fatal'")
    await admin.query(`create database ${TEMPLATE} owner doorward`)
  })
  await withClient(server, TEMPLATE, 'postgres', async (admin) => {
    for (const extension of ['pg_stat_statements', 'dblink', 'postgres_fdw']) await admin.query(`create extension if not exists ${extension}`)
    await admin.query('grant usage on foreign data wrapper postgres_fdw to doorward')
  })
  await withClient(server, TEMPLATE, 'doorward', async (owner) => {
    await owner.query(SCHEMA)
    await owner.query(`create unique index ${REFRESH_INDEX} on clinic.diagnosis_counts (diagnosis); refresh materialized view clinic.diagnosis_counts`)
    if (schemaSql !== '') await owner.query(schemaSql)
    await owner.query('grant usage on schema clinic, billing to analyst')
  })
}

async function makeLane(server: PostgresServer, lane: Lane, dataSql: string): Promise<void> {
  const { databases } = lane
  await withClient(server, 'postgres', 'postgres', async (admin) => {
    for (const name of [databases.a, databases.b]) await admin.query(`create database ${name} template ${TEMPLATE} owner doorward`)
  })
  for (const world of ['a', 'b'] as const) {
    await withClient(server, databases[world], 'doorward', async (owner) => {
      await owner.query('set statement_timeout = 0')
      await owner.query(seedInPlace(worldFor(world, lane)))
      await owner.query(`drop index clinic.${REFRESH_INDEX}`)
      if (lane.values === 'rough') await owner.query(IN_ORDER)
      // Statistics of what is not PHI are there from the start, and the same in both worlds.
      await owner.query('analyze clinic.providers; analyze clinic.rooms; analyze clinic.scratch')
      if (dataSql !== '') await owner.query(dataSql)
    })
    // The refresh in place takes a temporary table, whose schema stays behind.
    await withClient(server, databases[world], 'postgres', async (admin) => {
      await admin.query("do $$ declare name text; begin for name in select nspname from pg_namespace where nspname ~ '^pg_(toast_)?temp_' loop execute format('drop schema %I cascade', name); end loop; end $$")
    })
  }
}

/** World b for a principal who sees some classes in clear has the values of world a in their columns. */
function worldFor(name: 'a' | 'b', { principal, values }: Pick<Lane, 'principal' | 'values'>): World {
  const make = (which: 'a' | 'b'): World => (values === 'rough' ? roughen(makeWorld(which)) : makeWorld(which))
  const world = make(name)
  if (name === 'a') return world
  const other = make('a')
  const mixed: Record<string, unknown> = { ...world }
  for (const [table, columns] of Object.entries(PRINCIPALS[principal].clearColumns)) {
    const [own, given] = [world[table], other[table]]
    if (!Array.isArray(own) || !Array.isArray(given)) throw new Error(`the world has no table ${table}`)
    mixed[table] = own.map((row: Record<string, unknown>, index) => ({ ...row, ...Object.fromEntries(columns.map((column) => [column, (given[index] as Record<string, unknown>)[column]])) }))
  }
  return mixed as unknown as World
}

async function waitForPort(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`doorward serve ended with ${child.exitCode}; DOORWARD_TWOWORLDS_LOG=1 shows what it says`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => { socket.destroy(); resolve(true) })
      socket.on('error', () => { resolve(false) })
    })
    if (open) return
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
  throw new Error('doorward serve did not open its port within 60 s')
}
