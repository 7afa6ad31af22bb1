/** doorward.yaml, classification and policies of a measured gateway: everything on, five of ten columns masked. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchDatabase } from './database.ts'

export const PRINCIPAL = 'load'
/** Principals whose reads are held until somebody approves, which nobody does. */
export const WAITING_PRINCIPALS: readonly string[] = ['waiting-1', 'waiting-2']

/** Writes the files of one gateway. @returns the principal's secret, to be handed over in the environment. */
export function writeGatewayConfig(dir: string, database: BenchDatabase): { readonly configFile: string; readonly secret: string } {
  mkdirSync(join(dir, 'policies'), { recursive: true })
  const { target, analyst } = database
  const configFile = join(dir, 'doorward.yaml')
  writeFileSync(configFile, `version: 1
listen: { postgres: '127.0.0.1:0' }
unsafelyAllowPlaintextClients: true
state: ./state
audit: { dir: ./audit, origin: bench.doorward.example/audit/node-1 }
limits: { connections: 2500, connectionsPerPrincipal: 2500 }
identity:
  local:
    - { name: ${PRINCIPAL}, kind: service, secret: { env: BENCH_SECRET }, groups: [engineers] }
${WAITING_PRINCIPALS.map((name) => `    - { name: ${name}, kind: human, secret: { env: BENCH_SECRET }, groups: [waiting] }`).join('\n')}
resources:
  ${target.database}:
    kind: postgres
    upstream: { host: ${target.host}, port: ${target.port}, database: ${target.database}, user: ${target.user}, password: { env: BENCH_UPSTREAM }, unsafelyAllowPlaintext: true }
    analysis: { user: ${analyst.user}, password: { env: BENCH_ANALYST } }
    classification: ./clinic.phi.yaml
policies: [./policies]
`)
  writeFileSync(join(dir, 'clinic.phi.yaml'), `version: 1
unclassified: phi
tables:
  clinic.patients:
    patient: id
    columns: { id: none, mrn: mrn, first_name: name, last_name: name, dob: date, ssn: ssn, ward: none, room: none, status: none, admitted_at: none }
  clinic.visits:  { patient: patient_id, columns: { '*': none } }
  clinic.imports: { patient: patient_id, columns: { '*': none } }
`)
  writeFileSync(join(dir, 'policies', 'bench.yaml'), `version: 1
policies:
  - id: engineers-read-masked
    who: { groups: [engineers] }
    on: { resource: ${target.database}, objects: ['clinic.*'] }
    actions: [read]
    effect: allow
    mask: { default: redact, mrn: token, date: year }
  - id: waiting-is-held
    who: { groups: [waiting] }
    on: { resource: ${target.database}, objects: ['clinic.patients'] }
    actions: [read]
    effect: allow
    hold: [{ by: [nobody], quorum: 1, expires: 15m }]
  - id: engineers-write-visits
    who: { groups: [engineers] }
    on: { resource: ${target.database}, objects: ['clinic.visits', 'clinic.imports'] }
    actions: [create]
    effect: allow
  - id: no-destruction
    effect: deny
    actions: [ddl, privilege, destroy]
`)
  return { configFile, secret: randomBytes(16).toString('hex') }
}
