/**
 * The folder a demo runs from: configuration, classification, policies, secrets and certificates, as an operator would have them. Made
 * when missing. What people are invited to edit (policies, classification) is then left alone; doorward.yaml and the certificates are
 * written at every start, since ports change.
 */
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Sensitive } from '@doorward/core'
import { makeSelfSigned, type SelfSigned } from '@doorward/gateway'
import { DEMO_PRINCIPALS } from './principals.ts'

export const UPSTREAM_USER = 'doorward'
export const ANALYSIS_USER = 'doorward_analysis'
export const DATABASE = 'clinic'

export interface DemoFolder {
  readonly dir: string
  readonly configFile: string
  readonly auditDir: string
  readonly secrets: DemoSecrets
  /** The certificate of the upstream, which Doorward verifies. */
  readonly upstreamTls: SelfSigned
}

export interface DemoSecrets {
  readonly upstream: Sensitive<string>
  readonly analysis: Sensitive<string>
  /** By the principal's name. */
  readonly principals: ReadonlyMap<string, Sensitive<string>>
}

/** 128 bits: enough for a loopback demo, short enough for a line to copy. */
const SECRET_BYTES = 16
const CERTIFICATE_DAYS = 30

/** Makes the folder, or completes it. @param source The folder with this demo's classification and policies. */
export function prepareFolder(dir: string, source: string, nowMs: number): DemoFolder {
  for (const name of ['', 'secrets', 'tls']) mkdirSync(join(dir, name), { recursive: true, mode: 0o700 })
  for (const name of ['clinic.phi.yaml', 'policies']) {
    if (!existsSync(join(dir, name))) cpSync(join(source, name), join(dir, name), { recursive: true })
  }
  const own = makeSelfSigned({ names: ['localhost', '127.0.0.1'], nowMs, days: CERTIFICATE_DAYS })
  writePrivate(join(dir, 'tls', 'server.key'), own.keyPem)
  writePrivate(join(dir, 'tls', 'server.crt'), own.certPem)
  const upstreamTls = makeSelfSigned({ names: ['127.0.0.1'], nowMs, days: CERTIFICATE_DAYS })
  writePrivate(join(dir, 'tls', 'upstream-ca.crt'), upstreamTls.certPem)
  const secretOf = (name: string): Sensitive<string> => keepSecret(join(dir, 'secrets', name))
  return {
    dir, configFile: join(dir, 'doorward.yaml'), auditDir: join(dir, 'audit'), upstreamTls,
    secrets: { upstream: secretOf(UPSTREAM_USER), analysis: secretOf(ANALYSIS_USER), principals: new Map(DEMO_PRINCIPALS.map(({ name }) => [name, secretOf(name)])) },
  }
}

/** Writes doorward.yaml for these ports. */
export function writeConfiguration(folder: DemoFolder, ports: { readonly upstream: number; readonly postgres: number; readonly console: number }): void {
  const principals = DEMO_PRINCIPALS.map(({ name, kind, groups }) => `    - { name: ${name}, kind: ${kind}, secret: { file: ./secrets/${name} }, groups: [${groups.join(', ')}] }`)
  writePrivate(folder.configFile, `# Written by the demo at every start. Edit clinic.phi.yaml and policies/ instead, then start again.
version: 1
listen:
  postgres: 127.0.0.1:${ports.postgres}
  console:  127.0.0.1:${ports.console}
tls: { cert: ./tls/server.crt, key: ./tls/server.key }
state: ./state
audit:
  dir: ./audit
  origin: demo.doorward.example/audit/node-1
identity:
  local:
${principals.join('\n')}
resources:
  clinic:
    kind: postgres
    upstream: { host: 127.0.0.1, port: ${ports.upstream}, database: ${DATABASE}, user: ${UPSTREAM_USER},
                password: { file: ./secrets/${UPSTREAM_USER} }, tls: { ca: ./tls/upstream-ca.crt } }
    analysis: { user: ${ANALYSIS_USER}, password: { file: ./secrets/${ANALYSIS_USER} } }
    classification: ./clinic.phi.yaml
policies: [./policies]
sessions: { idle: 15m, absolute: 8h }
`)
}

/** The same secret at every start, so that a copied line goes on working. */
function keepSecret(path: string): Sensitive<string> {
  if (!existsSync(path)) writePrivate(path, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`)
  return new Sensitive(readFileSync(path, 'utf8').trim())
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
}
