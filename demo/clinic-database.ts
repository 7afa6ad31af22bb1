/** The protected system of the demo: a real PostgreSQL with TLS, the synthetic clinic in it, and the roles Doorward connects with. */
import { randomBytes } from 'node:crypto'
import { formatVerifier, makeVerifier, SCRAM_SALT_BYTES } from '@doorward/gateway'
import { connectPg, DEMO_CLINIC, loadClinic, makeClinic, startPostgres, type Clinic, type ClinicOptions, type PgClient, type PostgresServer } from '@doorward/testkit'
import { setupPostgresSql } from 'doorward'
import type { Sensitive } from '@doorward/core'
import { ANALYSIS_USER, DATABASE, UPSTREAM_USER, type DemoFolder } from './demo-folder.ts'

export interface ClinicDatabase {
  readonly server: PostgresServer
  /** What was loaded. */
  readonly clinic: Clinic
  /** A connection as superuser, past Doorward: to see what is really there. The caller closes it. */
  connectAsOwner(): Promise<PgClient>
}

/** @throws {TestkitFault} the server did not come up; {PgRefused} it refused the schema. */
export async function startClinicDatabase(folder: DemoFolder, options: ClinicOptions = DEMO_CLINIC): Promise<ClinicDatabase> {
  const { certPem, keyPem } = folder.upstreamTls
  const starting = startPostgres({ tls: { cert: certPem, key: keyPem } })
  const clinic = makeClinic(options) // while the server starts
  const server = await starting
  const connect = (database: string): Promise<PgClient> => connectPg({ ...server, database, tls: { ca: certPem } })
  try {
    const first = await connect('postgres')
    await first.query(`create database ${DATABASE}`)
    await first.close()
    const owner = await connect(DATABASE)
    await loadClinic(owner, clinic)
    await owner.query(setupPostgresSql({
      database: DATABASE, schemas: ['clinic'],
      upstream: { user: UPSTREAM_USER, verifier: await verifierOf(folder.secrets.upstream) },
      analysis: { user: ANALYSIS_USER, verifier: await verifierOf(folder.secrets.analysis) },
    }))
    await owner.close()
    return { server, clinic, connectAsOwner: () => connect(DATABASE) }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function verifierOf(secret: Sensitive<string>): Promise<string> {
  return formatVerifier(await makeVerifier(secret, randomBytes(SCRAM_SALT_BYTES)))
}
