/**
 * A small clinic with Doorward in front, for tests of who may ask and of statements that wait: a real PostgreSQL, and the gateway as a process
 * of its own, that can be killed and started again over the same state.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sensitive } from '@doorward/core'
import { formatVerifier, makeVerifier } from '@doorward/gateway'
import { connectPg, findFreePort, startPostgres, type PgClient, type PgTarget, type PostgresServer } from '@doorward/testkit'
import { setupPostgresSql } from 'doorward'
import { randomBytes } from 'node:crypto'

export const PATIENTS = 1_000
const ROOT = join(import.meta.dirname, '..', '..')

export interface HouseOptions {
  /** Lines below `identity:`, indented by two. */
  readonly identity: string
  readonly policies: string
  /** More top-level lines. */
  readonly more?: string
  /** More lines of the resource, indented by four. */
  readonly resource?: string
  /** More files beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** More keys of `audit:`, made once the folder is there. */
  readonly audit?: (dir: string) => Promise<string>
  readonly tls?: { readonly cert: string; readonly key: string }
  /** More tables: what makes them, as the owner, and their lines in the classification. */
  readonly tables?: { readonly sql: string; readonly classification: string }
  /** More flags of Node.js for the gateway's process. */
  readonly nodeFlags?: readonly string[]
}

export interface House {
  readonly dir: string
  readonly server: PostgresServer
  readonly postgresPort: number
  readonly consoleUrl: string
  readonly policyFile: string
  /** As superuser, past Doorward. */
  asOwner(): Promise<PgClient>
  connect(user: string, secret: Sensitive<string> | string, parameters?: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<PgClient>
  target(user: string, secret: Sensitive<string> | string, parameters?: Readonly<Record<string, string>>): PgTarget
  api(user: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>
  /** Of the gateway's process. @returns its exit status; null after a signal. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
  start(): Promise<void>
  /** What the gateway said on standard error. */
  log(): string
  /** Entries of the log, as text. */
  entries(): string
  readonly pid: number
  stop(): Promise<void>
}

export const HOUSE_ORIGIN = 'test.doorward.example/audit/house'

/** Everybody's secret is their name with a hyphen behind it. */
export function secretOf(user: string): string { return `${user}-` }

export async function startHouse(options: HouseOptions): Promise<House> {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-house-'))
  const server = await startPostgres({ settings: { max_connections: '400' } })
  const [postgresPort, consolePort] = [await findFreePort(), await findFreePort()]
  await prepareDatabase(server, options.tables?.sql ?? '')
  mkdirSync(join(dir, 'policies'))
  const policyFile = join(dir, 'policies', 'all.yaml')
  writeFileSync(policyFile, options.policies)
  writeFileSync(join(dir, 'clinic.phi.yaml'), `${CLASSIFICATION}${options.tables?.classification ?? ''}`)
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(dir, name), text)
  if (options.tls !== undefined) for (const [name, text] of Object.entries(options.tls)) writeFileSync(join(dir, `server.${name}`), text)
  const more = await options.audit?.(dir) ?? ''
  writeFileSync(join(dir, 'doorward.yaml'), `version: 1
listen: { postgres: 127.0.0.1:${postgresPort}, console: 127.0.0.1:${consolePort} }
${options.tls === undefined ? 'unsafelyAllowPlaintextClients: true' : 'tls: { cert: ./server.cert, key: ./server.key }'}
state: ./state
audit: { dir: ./audit, origin: ${HOUSE_ORIGIN}${more === '' ? '' : `, ${more}`} }
identity:
${options.identity}
resources:
  clinic:
    kind: postgres
    upstream: { host: 127.0.0.1, port: ${server.port}, database: clinic, user: doorward, password: { env: UPSTREAM }, unsafelyAllowPlaintext: true }
    analysis: { user: analyst, password: { env: ANALYST } }
    classification: ./clinic.phi.yaml
${options.resource ?? ''}
policies: [./policies]
${options.more ?? ''}
`)
  const gateway = new GatewayProcess(dir, options.nodeFlags ?? [])
  try {
    await gateway.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  const consoleUrl = `http://127.0.0.1:${consolePort}`
  const target = (user: string, secret: Sensitive<string> | string, parameters: Readonly<Record<string, string>> = {}): PgTarget => ({
    host: '127.0.0.1', port: postgresPort, database: 'clinic', user, password: typeof secret === 'string' ? new Sensitive(secret) : secret, parameters,
    ...(options.tls === undefined ? {} : { tls: { ca: options.tls.cert } }),
  })
  return {
    dir, server, postgresPort, consoleUrl, policyFile, target,
    asOwner: () => connectPg({ ...server, database: 'clinic' }),
    connect: (user, secret, parameters, signal) => connectPg({ ...target(user, secret, parameters), ...(signal === undefined ? {} : { signal }) }),
    api: async (user, method, path, body) => {
      const response = await fetch(`${consoleUrl}/api/v1${path}`, {
        method, headers: { authorization: `Basic ${Buffer.from(`${user}:${secretOf(user)}`).toString('base64')}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    },
    kill: (signal) => gateway.kill(signal), start: () => gateway.start(), log: () => gateway.said,
    entries: () => entriesIn(join(dir, 'audit')),
    get pid() { return gateway.pid },
    stop: async () => {
      await gateway.kill('SIGTERM')
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Everything in the log's folder: entries stand there as JSON. Files that are being exchanged are read in their next form. */
function entriesIn(dir: string): string {
  const texts: string[] = []
  for (const one of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!one.isFile() || one.name.endsWith('.new')) continue
    try {
      texts.push(readFileSync(join(one.parentPath, one.name), 'latin1'))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  return texts.join('\n')
}

class GatewayProcess {
  readonly #dir: string
  readonly #flags: readonly string[]
  #child: ChildProcess | undefined
  said = ''

  constructor(dir: string, flags: readonly string[]) {
    this.#dir = dir
    this.#flags = flags
  }

  get pid(): number { return this.#child?.pid ?? 0 }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--conditions=doorward-source', '--disable-warning=ExperimentalWarning', ...this.#flags, join(ROOT, 'packages/cli/src/main.ts'), 'serve', '--config', join(this.#dir, 'doorward.yaml')], {
      env: { PATH: process.env['PATH'], UPSTREAM: 'upstream-secret', ANALYST: 'analyst-secret', ...secretsOf(this.#dir) }, stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stderr.on('data', (chunk: Buffer) => { this.said += chunk.toString() })
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => { if (/^serving$/m.test(chunk.toString())) resolve() })
      child.once('exit', (code) => { reject(new Error(`the gateway ended with ${code ?? 'a signal'}: ${this.said}`)) })
    })
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    return child.exitCode
  }
}

/** `secret: { env: SECRET_NADIA }` of every local principal. */
function secretsOf(dir: string): Readonly<Record<string, string>> {
  const config = readFileSync(join(dir, 'doorward.yaml'), 'utf8')
  return Object.fromEntries([...config.matchAll(/SECRET_([A-Z0-9_]+)/g)].map(([name, user]) => [name, secretOf((user ?? '').toLowerCase())]))
}

/** A local principal's line. */
export function local(name: string, kind: 'human' | 'service' | 'agent', groups: readonly string[], more = ''): string {
  return `    - { name: ${name}, kind: ${kind}, secret: { env: SECRET_${name.toUpperCase()} }, groups: [${groups.join(', ')}]${more} }`
}

async function prepareDatabase(server: PostgresServer, tables: string): Promise<void> {
  const first = await connectPg({ ...server, database: 'postgres' })
  await first.query('create database clinic')
  await first.close()
  const owner = await connectPg({ ...server, database: 'clinic' })
  await owner.query(`create schema clinic;
create table clinic.patients (id int primary key, mrn text, last_name text, ssn text);
insert into clinic.patients select i, 'M' || i, 'Name' || i, '900-00-' || i from generate_series(1, ${PATIENTS}) i;
create table clinic.rooms (id int primary key, kind text);
insert into clinic.rooms select i, 'exam' from generate_series(1, 20) i;
create table clinic.scratch (id int primary key, note text);
insert into clinic.scratch select i, 'x' from generate_series(1, 20) i;
${tables};
analyze`)
  const verifier = async (secret: string): Promise<string> => formatVerifier(await makeVerifier(new Sensitive(secret), randomBytes(16)))
  await owner.query(setupPostgresSql({
    database: 'clinic', schemas: ['clinic'], upstream: { user: 'doorward', verifier: await verifier('upstream-secret') }, analysis: { user: 'analyst', verifier: await verifier('analyst-secret') },
  }))
  await owner.query('grant all on all tables in schema clinic to doorward; alter table clinic.scratch owner to doorward; grant create on schema clinic to doorward')
  await owner.close()
}

const CLASSIFICATION = `version: 1
unclassified: phi
tables:
  clinic.patients: { patient: id, columns: { id: none, mrn: mrn, last_name: name, ssn: ssn } }
  clinic.rooms: { columns: { '*': none } }
  clinic.scratch: { columns: { '*': none } }
`
