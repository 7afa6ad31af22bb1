/** The PostgreSQL behind every side, as durable as a server is by default, with one table of patients, one to insert into, one to COPY into. */
import { randomBytes } from 'node:crypto'
import { connectPg, startPostgres, type PgClient, type PostgresServer } from '@doorward/testkit'
import { setupPostgresSql } from 'doorward'
import { Sensitive } from '@doorward/core'
import type { Target } from './side.ts'

export const DATABASE = 'clinic'
const USER = 'doorward'
const ANALYST = 'doorward_analysis'
const MAX_CONNECTIONS = 4_600

export interface BenchDatabase {
  readonly server: PostgresServer
  readonly target: Target
  readonly analyst: { readonly user: string; readonly password: string }
  /** Rows of clinic.patients. */
  readonly patients: number
  /** As superuser, past every side. */
  connectAsOwner(): Promise<PgClient>
  /** The server's own version text. */
  readonly version: string
}

export async function startDatabase(patients: number): Promise<BenchDatabase> {
  // The testkit's server forgoes durability; a server that is measured does not.
  const server = await startPostgres({ settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', max_connections: String(MAX_CONNECTIONS), shared_buffers: '512MB', max_wal_size: '4GB', autovacuum: 'off' } })
  const connect = (database: string): Promise<PgClient> => connectPg({ host: server.host, port: server.port, user: server.user, password: server.password, database })
  try {
    const first = await connect('postgres')
    await first.query(`create database ${DATABASE}`)
    await first.close()
    const owner = await connect(DATABASE)
    const password = randomBytes(12).toString('hex')
    await owner.query(schemaSql(patients))
    await owner.query(setupPostgresSql({ database: DATABASE, schemas: ['clinic'], upstream: { user: USER, verifier: undefined }, analysis: { user: ANALYST, verifier: undefined } }))
    for (const user of [USER, ANALYST]) await owner.query(`alter role ${user} login password '${password}'`)
    await owner.query('vacuum analyze clinic.patients')
    await owner.query('checkpoint')
    const [answer] = await owner.query('show server_version')
    await owner.close()
    return {
      server, patients, target: { host: server.host, port: server.port, user: USER, password, database: DATABASE }, analyst: { user: ANALYST, password },
      connectAsOwner: () => connect(DATABASE), version: answer?.rows[0]?.[0] ?? 'unknown',
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Ten columns, five of them PHI; rows of some 150 bytes. */
function schemaSql(patients: number): string {
  return `
create schema clinic;
create table clinic.patients (
  id integer primary key, mrn text not null, first_name text not null, last_name text not null, dob date not null, ssn text not null,
  ward text not null, room integer not null, status text not null, admitted_at timestamptz not null
);
insert into clinic.patients select n, 'MRN-' || lpad(n::text, 8, '0'), 'First' || n % 997, 'Lastname' || n % 7919, date '1930-01-01' + n % 33000,
  '900-' || lpad((n % 100)::text, 2, '0') || '-' || lpad((n % 10000)::text, 4, '0'), 'ward ' || n % 40, n % 900, case n % 3 when 0 then 'admitted' when 1 then 'waiting' else 'discharged' end,
  timestamptz '2024-01-01 08:00:00+00' + n * interval '1 minute'
from generate_series(1, ${patients}) n;
create table clinic.visits (id bigint generated always as identity primary key, patient_id integer not null, kind text not null, minutes integer not null);
create table clinic.imports (id integer not null, patient_id integer not null, kind text not null, minutes integer not null);
`
}

export function reveal(password: string): Sensitive<string> { return new Sensitive(password) }
