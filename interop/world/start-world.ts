/**
 * What every client's test finds: one PostgreSQL with TLS, and two gateways before it, one that requires TLS and one that takes plaintext on
 * loopback. The gateways run in this process; the clients never do.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatVerifier, makeSelfSigned, makeVerifier, SCRAM_SALT_BYTES, serve, type Served } from '@doorward/gateway'
import { randomBytes } from 'node:crypto'
import { connectPg, startPostgres, type PostgresServer } from '@doorward/testkit'
import { setupPostgresSql } from 'doorward'
import type { Sensitive } from '@doorward/core'
import { startApprover } from './approver.ts'
import { examine, type Examined } from './examine.ts'
import { ANALYSIS_USER, DATABASE, makeSecrets, UPSTREAM_USER, writeGatewayFolder, type WorldSecrets } from './configuration.ts'

export interface World {
  /** Major version of the server. */
  readonly major: number
  /** What a client's test needs to know, as environment variables. */
  readonly env: Readonly<Record<string, string>>
  /** What the gateways said to their operator. */
  readonly said: readonly string[]
  /** Stops the gateways and looks at what is left of them. */
  examine(): Promise<readonly Examined[]>
  stop(): Promise<void>
}

export interface WorldOptions {
  /** A PostgreSQL's folder of programs; undefined: the npm package's. */
  readonly binDir: string | undefined
  readonly nowMs: number
}

/** @throws {TestkitFault}, {ConfigFault}, system errors; nothing is left running then. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-interop-'))
  const opened: (() => Promise<void>)[] = [() => { rmSync(dir, { recursive: true, force: true }); return Promise.resolve() }]
  const stop = async (): Promise<void> => { for (const close of opened.splice(0).toReversed()) await close() }
  try {
    const upstreamTls = makeSelfSigned({ names: ['127.0.0.1', 'localhost'], nowMs: options.nowMs, days: 2 })
    const own = makeSelfSigned({ names: ['localhost', '127.0.0.1'], nowMs: options.nowMs, days: 2 })
    const secrets = makeSecrets()
    const server = await startPostgres({ ...(options.binDir === undefined ? {} : { binDir: options.binDir }), tls: { cert: upstreamTls.certPem, key: upstreamTls.keyPem } })
    opened.push(() => server.stop())
    await loadDatabase(server, upstreamTls.certPem, secrets)
    const said: string[] = []
    const start = async (kind: 'tls' | 'plaintext'): Promise<Served> => {
      const configFile = writeGatewayFolder({ dir: join(dir, kind), upstreamPort: server.port, upstreamCa: upstreamTls.certPem, clients: kind === 'tls' ? { kind, cert: own.certPem, key: own.keyPem } : { kind } }, secrets)
      const served = await serve({ configFile, env: {}, log: (line) => { said.push(`${kind}: ${line}`) } })
      opened.push(() => served.stop())
      return served
    }
    const tls = await start('tls')
    const plain = await start('plaintext')
    const approvers: (() => Promise<void>)[] = []
    opened.push(async () => { for (const leave of approvers) await leave() })
    const olga = secrets.principals.get('olga')
    for (const served of [tls, plain]) if (olga !== undefined && served.addresses.console !== undefined) approvers.push(startApprover(served.addresses.console.port, olga))
    const write = (name: string, text: string): string => { writeFileSync(join(dir, name), text); return join(dir, name) }
    const env = {
      IT_MAJOR: String(server.major), IT_HOST: 'localhost', IT_DATABASE: DATABASE,
      IT_TLS_PORT: String(tls.addresses.postgres?.port), IT_PLAIN_PORT: String(plain.addresses.postgres?.port),
      IT_CA: write('gateway-ca.crt', own.certPem), IT_OTHER_CA: write('other-ca.crt', makeSelfSigned({ names: ['localhost'], nowMs: options.nowMs, days: 2 }).certPem),
      IT_DIRECT_PORT: String(server.port), IT_DIRECT_USER: UPSTREAM_USER, IT_DIRECT_PASSWORD: secrets.upstream.reveal(), IT_DIRECT_CA: write('upstream-ca.crt', upstreamTls.certPem),
      ...Object.fromEntries([...secrets.principals].map(([name, secret]) => [`IT_SECRET_${name.toUpperCase()}`, secret.reveal()])),
    }
    const examineAll = async (): Promise<readonly Examined[]> => {
      for (const leave of approvers) await leave()
      for (const served of [tls, plain]) await served.stop()
      return examine([join(dir, 'tls'), join(dir, 'plaintext')], said)
    }
    return { major: server.major, env, said, examine: examineAll, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function loadDatabase(server: PostgresServer, ca: string, secrets: WorldSecrets): Promise<void> {
  const connect = (database: string): ReturnType<typeof connectPg> => connectPg({ ...server, database, tls: { ca } })
  const first = await connect('postgres')
  await first.query(`create database ${DATABASE}`)
  await first.close()
  const owner = await connect(DATABASE)
  await owner.query(readFileSync(join(import.meta.dirname, 'clinic.sql'), 'utf8'))
  await owner.query(setupPostgresSql({
    database: DATABASE, schemas: ['clinic'],
    upstream: { user: UPSTREAM_USER, verifier: await verifierOf(secrets.upstream) },
    analysis: { user: ANALYSIS_USER, verifier: await verifierOf(secrets.analysis) },
  }))
  // An application that makes tables of its own; the setup's role only reads and writes.
  await owner.query(`grant create on schema clinic to ${UPSTREAM_USER}`)
  await owner.close()
}

async function verifierOf(secret: Sensitive<string>): Promise<string> {
  return formatVerifier(await makeVerifier(secret, randomBytes(SCRAM_SALT_BYTES)))
}
