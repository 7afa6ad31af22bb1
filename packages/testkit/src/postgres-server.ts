/**
 * A real PostgreSQL server for the demo and for tests: its own data directory, its own port on 127.0.0.1, its own random password.
 * Not for data that matters: fsync is off. As root the server runs as uid 65534. It never outlives the process that started it,
 * see `postgres-server-keeper.ts`. Linux and macOS.
 */
import { randomBytes } from 'node:crypto'
import { accessSync, chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Sensitive } from '@doorward/core'
import { connectPg, type PgClient } from './pg-client.ts'
import { isReachableBy, preparePrograms, toServerAccount, type PostgresPrograms, type ServerAccount } from './postgres-server-binaries.ts'
import { startKept, type KeptChild } from './postgres-server-child.ts'
import { prepareCluster, tailOf, toServerEnvironment } from './postgres-server-cluster.ts'
import { TestkitFault } from './testkit-fault.ts'

export interface PostgresOptions {
  /** A folder with `initdb` and `postgres`, for a version of the system's. Absent: the npm package's 18. */
  readonly binDir?: string
  /** Kept after `stop`, and used again when it holds a cluster (then `password` must be its password). Absent: temporary. */
  readonly dataDir?: string
  readonly password?: Sensitive<string>
  /** Absent: one that the kernel says is free. */
  readonly port?: number
  /** PEM texts; the server then offers TLS. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string }
  /** Server settings, as on its command line. */
  readonly settings?: Readonly<Record<string, string>>
  /** Lines before initdb's own in pg_hba.conf: `host all old 127.0.0.1/32 md5`. */
  readonly hba?: readonly string[]
  /** Absent: in the temporary folder, gone after `stop`. */
  readonly logFile?: string
}

/** A running server. */
export interface PostgresServer {
  readonly host: '127.0.0.1'
  readonly port: number
  /** The superuser. A database of the same name exists. */
  readonly user: 'postgres'
  readonly password: Sensitive<string>
  readonly dataDir: string
  /** What the server wrote on standard error. */
  readonly logFile: string
  /** The postmaster's. */
  readonly pid: number
  /** The major version: 15, 18, ... */
  readonly major: number
  /** Resolves when the server ends without `stop`. */
  readonly ended: Promise<void>
  /** Fast shutdown; resolves when the process is gone and temporary folders are removed. May be called more than once. */
  stop(): Promise<void>
}

/** Loaded machines have needed 6 s; a server that takes this long is not coming. */
const READY_WITHIN_MS = 60_000
const POLL_MS = 20
/** Between the kernel's answer and the server's bind somebody else may take the port: try others. */
const PORT_ATTEMPTS = 5

/** @throws {TestkitFault} one of the `postgres-*` codes; nothing is left running or lying about then. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const account = toServerAccount(process.getuid?.())
  const base = makeBase(account)
  const logFile = options.logFile ?? join(base, 'postgres.log')
  const password = options.password ?? new Sensitive(randomBytes(24).toString('base64url'))
  try {
    const programs = await preparePrograms(options.binDir, account, base)
    const wanted = options.dataDir === undefined ? join(base, 'data') : resolve(options.dataDir)
    await prepareCluster(programs, wanted, { password, account, base, logFile, tls: options.tls, hba: options.hba ?? [] })
    const dataDir = realpathSync(wanted)
    const { child, port } = await launch({ programs, dataDir, account, base, logFile, password, options })
    return {
      host: '127.0.0.1', port, user: 'postgres', password, dataDir, logFile, pid: child.pid, major: programs.major,
      ended: child.ended.then(() => undefined),
      stop: async () => { await child.stop('remove') },
    }
  } catch (error) {
    rmSync(base, { recursive: true, force: true })
    throw error
  }
}

interface Launch {
  readonly programs: PostgresPrograms
  readonly dataDir: string
  readonly account: ServerAccount | undefined
  readonly base: string
  readonly logFile: string
  readonly password: Sensitive<string>
  readonly options: PostgresOptions
}

async function launch(how: Launch): Promise<{ readonly child: KeptChild; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = how.options.port ?? await findFreePort()
    const order = { command: how.programs.postgres, args: toArguments(how, port), env: toServerEnvironment(), account: how.account, remove: [how.base] }
    const child = await startKept(order, how.logFile)
    try {
      await awaitReady(child, port, how)
      return { child, port }
    } catch (error) {
      await child.stop('keep')
      const taken = error instanceof TestkitFault && error.code === 'postgres-port-taken'
      if (!taken || how.options.port !== undefined || attempt === PORT_ATTEMPTS) throw error
    }
  }
}

function toArguments(how: Launch, port: number): string[] {
  const tls = how.options.tls
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off',
    ...(tls === undefined ? {} : { ssl: 'on' }),
    ...(tls?.clientCa === undefined ? {} : { ssl_ca_file: 'clients.crt' }),
    ...how.options.settings,
  }
  return ['-D', how.dataDir, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Ready: our child runs, a server answers that knows our password, and its data directory is ours. */
async function awaitReady(child: KeptChild, port: number, how: Launch): Promise<void> {
  // On a port that is not ours anybody may accept and say nothing: the child's end must end the wait.
  const ended = new AbortController()
  void child.ended.then(() => { ended.abort() })
  const late = AbortSignal.timeout(READY_WITHIN_MS)
  const signal = AbortSignal.any([ended.signal, late])
  for (;;) {
    if (!child.isRunning()) throw endedEarly(how.logFile)
    const client = await tryConnect(port, how.password, signal)
    if (client !== undefined) {
      const [answer] = await client.query('show data_directory')
      await client.close()
      if (answer?.rows[0]?.[0] !== how.dataDir) throw new TestkitFault('postgres-foreign', `another server answers on port ${port}`)
      if (!child.isRunning()) throw endedEarly(how.logFile)
      return
    }
    if (late.aborted) throw new TestkitFault('postgres-late', `not ready within ${READY_WITHIN_MS} ms:\n${tailOf(how.logFile)}`)
    await Promise.race([delay(POLL_MS), child.ended])
  }
}

/** @returns undefined while nobody answers, the server is starting, or somebody else's refuses us; the child's state decides then. */
async function tryConnect(port: number, password: Sensitive<string>, signal: AbortSignal): Promise<PgClient | undefined> {
  try {
    return await connectPg({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password, signal })
  } catch (error) {
    if (error instanceof TestkitFault) return undefined
    throw error
  }
}

function endedEarly(logFile: string): TestkitFault {
  const tail = tailOf(logFile)
  // English because LC_ALL is C: bind(2) failed with EADDRINUSE.
  if (/Address already in use|could not bind/.test(tail)) return new TestkitFault('postgres-port-taken', 'the port is in use')
  return new TestkitFault('postgres-failed', `the server ended before it was ready:\n${tail}`)
}

/** A port on 127.0.0.1 that nobody listens on, as the kernel says. */
export async function findFreePort(): Promise<number> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<number>()
  const probe = createServer()
  probe.on('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const address = probe.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    probe.close(() => { settle(port) })
  })
  return promise
}

/** A temporary folder whose way in the server's account can walk: a private TMPDIR of root's is no use to it. */
function makeBase(account: ServerAccount | undefined): string {
  const place = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => isUsable(folder, account))
  if (place === undefined) throw new TestkitFault('postgres-unreachable', 'no temporary folder that the server may enter')
  const base = mkdtempSync(join(realpathSync(place), 'doorward-postgres-'))
  chmodSync(base, 0o711)
  return base
}

function isUsable(folder: string, account: ServerAccount | undefined): boolean {
  try {
    accessSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false // not there, or not ours
    throw error
  }
  return isReachableBy(folder, account)
}
