/**
 * Runs the bypass corpus against a fresh PostgreSQL with Doorward in front, as a user of both would start them: the gateway is the CLI's
 * `serve`, the runner is corpus/run.mjs. Set DOORWARD_TEST_PG_BIN to a PostgreSQL's bin folder for another server version.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectPg, findFreePort, startPostgres, type PostgresServer } from '@doorward/testkit'

const ROOT = new URL('../../', import.meta.url).pathname
const PASSWORD = 'corpus-password'
const SECRETS = { EVE_SECRET: 'eve-secret', BOT_SECRET: 'bot-secret', DANA_SECRET: 'dana-secret', CORA_SECRET: 'cora-secret', CLINIC_PASSWORD: PASSWORD }

async function prepareDatabases(server: PostgresServer): Promise<void> {
  const admin = await connectPg({ host: server.host, port: server.port, user: server.user, password: server.password, database: 'postgres' })
  try {
    await admin.query(`create role doorward login password '${PASSWORD}'`)
    await admin.query('grant pg_monitor, pg_read_all_data, pg_write_all_data to doorward')
    for (const name of ['clinic_a', 'clinic_b']) await admin.query(`create database ${name} owner doorward`)
  } finally {
    await admin.close()
  }
  for (const database of ['clinic_a', 'clinic_b']) {
    const client = await connectPg({ host: server.host, port: server.port, user: server.user, password: server.password, database })
    try {
      for (const extension of ['pg_stat_statements', 'dblink', 'postgres_fdw']) await client.query(`create extension if not exists ${extension}`)
      await client.query('grant usage on foreign data wrapper postgres_fdw to doorward')
    } finally {
      await client.close()
    }
  }
}

function run(args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } })
    child.on('close', (code) => { resolve(code ?? 1) })
  })
}

async function waitForPort(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) throw new Error(`doorward serve ended with ${child.exitCode}`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => { socket.destroy(); resolve(true) })
      socket.on('error', () => { resolve(false) })
    })
    if (open) return
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
  throw new Error('doorward serve did not open its port within 30 s')
}

const folder = mkdtempSync(join(tmpdir(), 'doorward-corpus-'))
const binDir = process.env['DOORWARD_TEST_PG_BIN']
const server = await startPostgres({ ...(binDir === undefined ? {} : { binDir }), settings: { shared_preload_libraries: 'pg_stat_statements' } })
let gateway: ChildProcess | undefined
let exitCode = 1
try {
  await prepareDatabases(server)
  const upstream = `postgres://doorward:${PASSWORD}@${server.host}:${server.port}`
  // The schema must stand before the gateway starts, so that object ids do not change under it: a run of no vectors loads it.
  await run(['corpus/load.mjs', '--upstream', upstream])
  const port = await findFreePort()
  await run(['corpus/configure.mjs', '--out', folder, '--upstream', `postgres://doorward@${server.host}:${server.port}`, '--listen', `127.0.0.1:${port}`])
  gateway = spawn(process.execPath, ['packages/cli/bin/doorward.mjs', 'serve', '--config', join(folder, 'doorward.yaml')], { cwd: ROOT, stdio: ['ignore', process.env['DOORWARD_CORPUS_LOG'] === undefined ? 'ignore' : 'inherit', 'inherit'], env: { ...process.env, ...SECRETS } })
  await waitForPort(port, gateway)
  exitCode = await run([
    'corpus/run.mjs', '--port', String(port), '--user-map', 'eve=eve:eve-secret,bot=bot:bot-secret,dana=dana:dana-secret,cora=cora:cora-secret', '--upstream', upstream,
    '--parameters', JSON.stringify({ dana: { options: '-c doorward.purpose=TREAT' } }), ...process.argv.slice(2),
  ])
} finally {
  if (gateway?.exitCode === null) {
    const ended = new Promise((resolve) => { gateway?.on('close', resolve) })
    gateway.kill('SIGTERM')
    await ended
  }
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = exitCode
