/** Makes a data directory: initdb, the password, pg_hba.conf, certificates, each owned by the account the server runs as. */
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Sensitive } from '@doorward/core'
import { giveTo, isReachableBy, makePrivateFolder, type PostgresPrograms, type ServerAccount } from './postgres-server-binaries.ts'
import { startKept } from './postgres-server-child.ts'
import { TestkitFault } from './testkit-fault.ts'

export interface ClusterOptions {
  readonly password: Sensitive<string>
  readonly account: ServerAccount | undefined
  /** A temporary folder that the account can reach; removed should we die meanwhile. */
  readonly base: string
  readonly logFile: string
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa?: string } | undefined
  readonly hba: readonly string[]
}

/**
 * Makes `dataDir` a cluster unless it is one.
 *
 * @throws {TestkitFault} `postgres-unreachable`, `postgres-failed`
 */
export async function prepareCluster(programs: PostgresPrograms, dataDir: string, options: ClusterOptions): Promise<void> {
  const { account } = options
  if (!existsSync(dataDir)) {
    mkdirSync(dirname(dataDir), { recursive: true })
    makePrivateFolder(dataDir, account)
  }
  if (!isReachableBy(dirname(dataDir), account)) throw new TestkitFault('postgres-unreachable', 'the server runs as an unprivileged user, who may not enter a folder above the data directory')
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(programs, dataDir, options)
  if (options.tls !== undefined) writeCertificates(dataDir, options.tls, account)
  if (options.hba.length > 0) prependHba(dataDir, options.hba, account)
}

/** What the server's programs see of our environment: nothing that would steer them. */
export function toServerEnvironment(): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

/** The last lines of a log, for a person who wonders why a server did not start. Of our own synthetic servers only. */
export function tailOf(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n') : ''
}

async function initialise(programs: PostgresPrograms, dataDir: string, options: ClusterOptions): Promise<void> {
  const { account, base, logFile } = options
  if (readdirSync(dataDir).length > 0) throw new TestkitFault('postgres-failed', 'the data directory is neither empty nor a cluster')
  if (account !== undefined) giveTo(dataDir, account)
  const passwordFile = join(base, 'password')
  writeOwned(passwordFile, `${options.password.reveal()}\n`, account)
  // The builtin provider (17 and later) sorts by code point on every machine; before it, C.UTF-8 of the C library does.
  const locale = programs.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] : ['--locale=C.UTF-8']
  const args = ['-D', dataDir, '-U', 'postgres', '-E', 'UTF8', ...locale, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync', '--no-instructions']
  const child = await startKept({ command: programs.initdb, args, env: toServerEnvironment(), account, remove: [base] }, logFile)
  const status = await child.ended
  await child.stop('keep')
  rmSync(passwordFile, { force: true })
  if (status !== 0) throw new TestkitFault('postgres-failed', `initdb ended with status ${status}:\n${tailOf(logFile)}`)
}

function writeCertificates(dataDir: string, tls: NonNullable<ClusterOptions['tls']>, account: ServerAccount | undefined): void {
  writeOwned(join(dataDir, 'server.crt'), tls.cert, account)
  writeOwned(join(dataDir, 'server.key'), tls.key, account)
  if (tls.clientCa !== undefined) writeOwned(join(dataDir, 'clients.crt'), tls.clientCa, account)
}

function prependHba(dataDir: string, lines: readonly string[], account: ServerAccount | undefined): void {
  const path = join(dataDir, 'pg_hba.conf')
  writeOwned(path, `${lines.join('\n')}\n${readFileSync(path, 'utf8')}`, account)
}

function writeOwned(path: string, text: string, account: ServerAccount | undefined): void {
  writeFileSync(path, text, { mode: 0o600 })
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}
