/**
 * A real server, a real gateway before it, and between them a tap that keeps what the gateway sends: for tests that must know what an upstream
 * saw. A piece of the tests.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { Sensitive } from '@doorward/core'
import { connectPg, startPostgres, type PgClient, type PostgresServer } from '@doorward/testkit'
import { serve, type Served } from '../../../../compose.ts'
import { FrameReader, type Frame } from '../../frame.ts'
import { clientFrameLimit } from '../../limits.ts'
import { decodeStartupPacket } from '../../startup-packet.ts'
import { connectUpstream } from '../../upstream.ts'
import { ScriptedClient } from './scripted-client.test.ts'

export const PRINCIPALS = ['ada', 'evan'] as const
export type LivePrincipal = (typeof PRINCIPALS)[number]

/** In names of patients: no masked caller sees it, and no log holds it. */
export const PATIENT = 'Xylophilia'

const SCHEMA = `
create role doorward login password 'forwards';
create role analyst login password 'analyses';
alter role analyst set log_min_messages = 'fatal';
create schema clinic;
create table clinic.patients (id integer primary key, name text not null, ward text not null);
insert into clinic.patients select n, '${PATIENT} ' || n, 'ward ' || n % 3 from generate_series(1, 50) n;
create table clinic.rooms (id integer primary key, title text not null);
insert into clinic.rooms select n, 'Room ' || n from generate_series(1, 50) n;
create table clinic.log (id serial primary key, note text);
create table clinic.t (a text);
insert into clinic.t values ('${PATIENT} t');
create schema fake;
create table fake.t (a text);
insert into fake.t values ('harmless');
grant set on parameter log_min_messages to doorward;
grant usage on schema clinic, fake to doorward, analyst;
grant select, insert, update, delete, truncate on all tables in schema clinic, fake to doorward;
grant usage on all sequences in schema clinic to doorward;
`

const CLASSIFICATION = `version: 1
unclassified: phi
tables:
  clinic.patients: { patient: id, columns: { id: none, name: name, ward: none } }
  clinic.rooms: { columns: { '*': none } }
  clinic.log: { columns: { '*': none } }
  clinic.t: { columns: { a: name } }
  fake.t: { columns: { a: none } }
`

const POLICIES = `version: 1
policies:
  - id: application
    who: { groups: [applications] }
    on: { resource: clinic, objects: ['clinic.*', 'fake.*', 'pg_temp*.*'] }
    actions: [read, create, update, delete, ddl, destroy, execute]
    effect: allow
  - id: engineers-read-masked
    who: { groups: [engineers] }
    on: { resource: clinic, objects: ['clinic.*', 'fake.*'] }
    actions: [read]
    effect: allow
    mask: { default: redact }
  - id: engineers-log
    who: { groups: [engineers] }
    on: { resource: clinic, objects: ['clinic.log', 'clinic.log_id_seq'] }
    actions: [create]
    effect: allow
`

/** What one connection of the gateway's sent: its user, and its messages by their letters. */
export interface Tapped { readonly user: string; readonly bytes: Buffer[] }

export interface LiveWorld {
  readonly server: PostgresServer
  readonly port: number
  readonly said: string[]
  /** Connections of the role that forwards. */
  forwarded(): readonly Tapped[]
  analysed(): readonly Tapped[]
  owner(): Promise<PgClient>
  connect(principal: LivePrincipal): Promise<PgClient>
  /** A connection that is logged in and says whatever the test wants. */
  raw(principal: LivePrincipal): Promise<{ readonly stream: Duplex; readonly client: ScriptedClient<Duplex> }>
  secretOf(principal: LivePrincipal): string
  /** Everything in the audit folder, as text. */
  audit(): string
  stop(): Promise<void>
}

export async function startLiveWorld(): Promise<LiveWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-live-'))
  const opened: (() => Promise<void> | void)[] = [() => { rmSync(dir, { recursive: true, force: true }) }]
  const stop = async (): Promise<void> => { for (const close of opened.splice(0).toReversed()) await close() }
  try {
    const server = await startPostgres()
    opened.push(() => server.stop())
    const owner = (): Promise<PgClient> => connectPg({ ...server, database: 'clinic' })
    const first = await connectPg({ ...server, database: 'postgres' })
    await first.query('create database clinic')
    await first.close()
    const loading = await owner()
    await loading.query(SCHEMA)
    await loading.close()
    const tap = await startTap(server.port)
    opened.push(() => tap.close())
    const secrets = new Map(PRINCIPALS.map((name) => [name, randomBytes(16).toString('base64url')]))
    const said: string[] = []
    const served = await serve({ configFile: writeFolder(dir, tap.port, secrets), env: {}, log: (line) => { said.push(line) } })
    opened.push(() => served.stop())
    const port = portOf(served)
    const secretOf = (principal: LivePrincipal): string => secrets.get(principal) ?? ''
    return {
      server, port, said, owner, stop, secretOf,
      forwarded: () => tap.connections.filter(({ user }) => user === 'doorward'), analysed: () => tap.connections.filter(({ user }) => user === 'analyst'),
      connect: (principal) => connectPg({ host: '127.0.0.1', port, database: 'clinic', user: principal, password: new Sensitive(secretOf(principal)) }),
      raw: async (principal) => {
        const { stream } = await connectUpstream({ host: '127.0.0.1', port, tls: 'unsafely-plaintext', database: 'clinic', user: principal, password: new Sensitive(secretOf(principal)), parameters: new Map(), randomBytes }, AbortSignal.timeout(10_000))
        return { stream, client: new ScriptedClient(stream) }
      },
      audit: () => readFolder(join(dir, 'audit')),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A log that is written replaces files: what is gone between listing and reading is looked for again. */
function readFolder(dir: string): string {
  for (let times = 1; ; times += 1) {
    try {
      return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1')).join('\n')
    } catch (error) {
      if (times === 20 || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
}

function portOf(served: Served): number {
  const { postgres } = served.addresses
  if (postgres === undefined) throw new Error('the gateway does not listen')
  return postgres.port
}

function writeFolder(dir: string, upstreamPort: number, secrets: ReadonlyMap<string, string>): string {
  mkdirSync(join(dir, 'policies'))
  const write = (name: string, text: string): void => { writeFileSync(join(dir, name), text, { mode: 0o600 }) }
  write('forwards', 'forwards')
  write('analyses', 'analyses')
  for (const [name, secret] of secrets) write(name, secret)
  write('policies/all.yaml', POLICIES)
  write('clinic.phi.yaml', CLASSIFICATION)
  write('doorward.yaml', `version: 1
listen: { postgres: 127.0.0.1:0 }
unsafelyAllowPlaintextClients: true
state: ./state
audit: { dir: ./audit, origin: live.doorward.example/audit }
identity:
  local:
    - { name: ada, kind: service, secret: { file: ./ada }, groups: [applications] }
    - { name: evan, kind: human, secret: { file: ./evan }, groups: [engineers] }
resources:
  clinic:
    kind: postgres
    upstream: { host: 127.0.0.1, port: ${upstreamPort}, database: clinic, user: doorward, password: { file: ./forwards }, unsafelyAllowPlaintext: true }
    analysis: { user: analyst, password: { file: ./analyses } }
    classification: ./clinic.phi.yaml
policies: [./policies]
sessions: { idle: 15m, absolute: 8h }
`)
  return join(dir, 'doorward.yaml')
}

/** Passes bytes on and keeps those of the gateway, by connection. */
async function startTap(upstreamPort: number): Promise<{ readonly port: number; readonly connections: readonly Tapped[]; close(): Promise<void> }> {
  const connections: Tapped[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((downstream) => {
    const upstream = connect({ host: '127.0.0.1', port: upstreamPort })
    let tapped: Tapped | undefined
    for (const socket of [downstream, upstream]) {
      sockets.add(socket)
      socket.on('error', () => { socket.destroy() })
      socket.on('close', () => { sockets.delete(socket); downstream.destroy(); upstream.destroy() })
    }
    downstream.on('data', (chunk: Buffer) => {
      if (tapped === undefined) {
        tapped = { user: userOf(chunk), bytes: [] }
        connections.push(tapped)
      } else tapped.bytes.push(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => { downstream.write(chunk) })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const address = server.address() as AddressInfo // a TCP server that listens
  return {
    port: address.port, connections,
    close: () => new Promise((resolve) => { for (const socket of sockets) socket.destroy(); server.close(() => { resolve() }) }),
  }
}

/** Of the start-up packet; a cancel request has none. */
function userOf(chunk: Buffer): string {
  const packet = decodeStartupPacket(chunk)
  return packet.kind === 'startup' ? packet.parameters.get('user') ?? '' : 'cancel'
}

function* framesOf({ bytes }: Tapped): Generator<Frame> {
  const reader = new FrameReader((tag) => (tag === 0x70 ? 65_535 : clientFrameLimit()(tag)))
  reader.push(Buffer.concat(bytes))
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) yield frame
}

/** Letters of the messages that a connection has sent. */
export function lettersOf(tapped: Tapped): string { return [...framesOf(tapped)].map(({ tag }) => String.fromCharCode(tag)).join('') }

/** Texts of its Query messages. */
export function queriesOf(tapped: Tapped): readonly string[] { return bodiesOf(tapped, 'Q') }

/** What its messages of this letter hold. */
export function bodiesOf(tapped: Tapped, letter: string): readonly string[] {
  return [...framesOf(tapped)].filter(({ tag }) => tag === letter.charCodeAt(0)).map(({ body }) => body.toString('latin1'))
}

