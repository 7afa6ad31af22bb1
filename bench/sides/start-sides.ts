/** Starts every way to the server and keeps them all running, so that they can be measured in turn. */
import { spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { findFreePort } from '@doorward/testkit'
import { gatewayFlags } from '../../packages/cli/bin/node-flags.mjs'
import { Child, numberOf } from './child.ts'
import type { BenchDatabase } from './database.ts'
import { writeGatewayConfig, PRINCIPAL } from './gateway-config.ts'
import { findPgbouncer } from './programs.ts'
import type { Side, SideName, Target } from './side.ts'
import type { Step } from './left-out.ts'

export interface StartedSides {
  readonly sides: ReadonlyMap<SideName, Side>
  /** Lines such as `skipped: pgbouncer missing`. */
  readonly skipped: readonly string[]
  stop(): Promise<void>
}

const STEP_OF: Readonly<Partial<Record<SideName, Step>>> = {
  doorward: 'nothing', 'doorward-ram': 'nothing', 'without-analysis': 'analysis', 'without-decide': 'decide', 'without-masks': 'masks', 'without-record': 'record',
}

/** @param dir on a disk. @param ramDir on a file system in memory; undefined: there is none. */
export async function startSides(database: BenchDatabase, names: readonly SideName[], dir: string, ramDir: string | undefined): Promise<StartedSides> {
  const sides = new Map<SideName, Side>()
  const skipped: string[] = []
  const stop = async (): Promise<void> => { for (const side of [...sides.values()].toReversed()) await side.stop() }
  try {
    for (const name of names) {
      if (name === 'direct') sides.set(name, directSide(database.target))
      else if (name === 'relay') sides.set(name, await relaySide(database.target))
      else if (name === 'pgbouncer') {
        const side = await pgbouncerSide(database.target)
        if (side === undefined) skipped.push('skipped: pgbouncer missing')
        else sides.set(name, side)
      } else {
        const onDisk = name === 'doorward'
        if (!onDisk && ramDir === undefined) { skipped.push(`skipped: ${name}: no file system in memory`); continue }
        sides.set(name, await gatewaySide(name, STEP_OF[name] ?? 'nothing', database, join(onDisk || ramDir === undefined ? dir : ramDir, name), onDisk))
      }
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { sides, skipped, stop }
}

function directSide(target: Target): Side {
  return { name: 'direct', target, pid: undefined, logDir: undefined, memory: () => Promise.resolve(undefined), stop: () => Promise.resolve() }
}

async function relaySide(target: Target): Promise<Side> {
  const { child, ready } = await Child.start('./relay-process.ts', [String(target.port)])
  return { name: 'relay', target: { ...target, port: numberOf(ready, 'port') }, pid: child.pid, logDir: undefined, memory: () => memoryOf(child), stop: () => child.stop() }
}

export async function startGateway(step: Step, database: BenchDatabase, dir: string, more: readonly string[] = [], flags: readonly string[] = []): Promise<{ readonly child: Child; readonly target: Target }> {
  const { configFile, secret } = writeGatewayConfig(dir, database)
  const { child, ready } = await Child.start('./gateway-process.ts', [configFile, step, ...more], { BENCH_UPSTREAM: database.target.password, BENCH_ANALYST: database.analyst.password, BENCH_SECRET: secret }, [...gatewayFlags(process.env), ...flags])
  return { child, target: { host: '127.0.0.1', port: numberOf(ready, 'port'), user: PRINCIPAL, password: secret, database: database.target.database } }
}

async function gatewaySide(name: SideName, step: Step, database: BenchDatabase, dir: string, onDisk: boolean): Promise<Side> {
  const profile = process.env['BENCH_PROFILE'] === name ? ['--cpu-prof', `--cpu-prof-dir=${process.env['BENCH_PROFILE_DIR'] ?? '.'}`] : []
  const { child, target } = await startGateway(step, database, dir, [], profile)
  return { name, target, pid: child.pid, logDir: onDisk ? dir : undefined, memory: () => memoryOf(child), stop: () => child.stop() }
}

async function memoryOf(child: Child): Promise<{ readonly rss: number; readonly heapUsed: number; readonly external: number }> {
  const told = await child.ask('memory', 'memory', 30_000)
  return { rss: numberOf(told, 'rss'), heapUsed: numberOf(told, 'heapUsed'), external: numberOf(told, 'external') }
}

/** The Debian package, in session mode: what it does for a session is authenticate, and hand bytes on. @returns undefined: not installed. */
async function pgbouncerSide(target: Target): Promise<Side | undefined> {
  const program = findPgbouncer()
  if (program === undefined) return undefined
  const dir = mkdtempSync(join(tmpdir(), 'doorward-bench-pgbouncer-'))
  const port = await findFreePort()
  const files = { ini: join(dir, 'pgbouncer.ini'), users: join(dir, 'users.txt') }
  writeFileSync(files.users, `"${target.user}" "${target.password}"\n`, { mode: 0o600 })
  writeFileSync(files.ini, [
    '[databases]', `${target.database} = host=${target.host} port=${target.port} dbname=${target.database}`,
    '[pgbouncer]', 'listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = scram-sha-256', `auth_file = ${files.users}`,
    'pool_mode = session', 'max_client_conn = 3000', 'default_pool_size = 2200', 'ignore_startup_parameters = extra_float_digits,options', '',
  ].join('\n'))
  // It does not run as root.
  const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
  if (account !== undefined) for (const path of [dir, files.ini, files.users]) chownSync(path, account.uid, account.gid)
  const child = spawn(program, ['-q', files.ini], { stdio: 'ignore', cwd: '/', ...account })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => { child.on('exit', resolve) })
      child.kill('SIGTERM')
      await ended
    }
    rmSync(dir, { recursive: true, force: true })
  }
  return { name: 'pgbouncer', target: { ...target, port }, pid: child.pid, logDir: undefined, memory: () => Promise.resolve(undefined), stop }
}

/** @returns a new folder in memory; undefined: none on this system. */
export function makeRamDir(): string | undefined {
  if (!existsSync('/dev/shm')) return undefined
  return mkdtempSync('/dev/shm/doorward-bench-')
}

export function makeDiskDir(root: string): string {
  mkdirSync(root, { recursive: true })
  return mkdtempSync(join(root, 'run-'))
}
