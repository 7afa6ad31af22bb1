/** The folder a gateway of the client tests is configured from: what an operator would write, with ports and secrets filled in. */
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Sensitive } from '@doorward/core'

export const DATABASE = 'clinic'
export const UPSTREAM_USER = 'doorward'
export const ANALYSIS_USER = 'doorward_analysis'

/** Those who connect. Their rights are in policies/. */
export const PRINCIPALS = [
  { name: 'ada', kind: 'service', group: 'applications' },
  { name: 'dana', kind: 'human', group: 'clinicians' },
  { name: 'evan', kind: 'human', group: 'engineers' },
  { name: 'scout', kind: 'agent', group: 'ai-agents' },
  { name: 'hana', kind: 'human', group: 'analysts' },
  { name: 'olga', kind: 'human', group: 'officers' },
] as const

export type PrincipalName = (typeof PRINCIPALS)[number]['name']

export interface WorldSecrets {
  readonly upstream: Sensitive<string>
  readonly analysis: Sensitive<string>
  readonly principals: ReadonlyMap<PrincipalName, Sensitive<string>>
}

export interface GatewayFolder {
  readonly dir: string
  readonly upstreamPort: number
  readonly upstreamCa: string
  /** What clients must bring. */
  readonly clients: { readonly kind: 'tls'; readonly cert: string; readonly key: string } | { readonly kind: 'plaintext' }
}

export function makeSecrets(): WorldSecrets {
  // A colon, a slash, a percent sign and a space: drivers that put passwords into URLs unquoted fail here.
  const secret = (): Sensitive<string> => new Sensitive(`${randomBytes(12).toString('base64url')}:/% é`)
  return { upstream: new Sensitive(randomBytes(16).toString('base64url')), analysis: new Sensitive(randomBytes(16).toString('base64url')), principals: new Map(PRINCIPALS.map(({ name }) => [name, secret()])) }
}

/** @returns the path of doorward.yaml. */
export function writeGatewayFolder(folder: GatewayFolder, secrets: WorldSecrets): string {
  const { dir } = folder
  for (const name of ['', 'secrets', 'tls']) mkdirSync(join(dir, name), { recursive: true, mode: 0o700 })
  cpSync(join(import.meta.dirname, 'policies'), join(dir, 'policies'), { recursive: true })
  cpSync(join(import.meta.dirname, 'clinic.phi.yaml'), join(dir, 'clinic.phi.yaml'))
  const write = (name: string, text: string): void => { writeFileSync(join(dir, name), text, { mode: 0o600 }) }
  for (const [name, secret] of [...secrets.principals, ['upstream', secrets.upstream], ['analysis', secrets.analysis]] as const) write(`secrets/${name}`, secret.reveal())
  write('tls/upstream-ca.crt', folder.upstreamCa)
  if (folder.clients.kind === 'tls') { write('tls/server.crt', folder.clients.cert); write('tls/server.key', folder.clients.key) }
  write('doorward.yaml', `version: 1
listen:
  postgres: 127.0.0.1:0
  console: 127.0.0.1:0
${folder.clients.kind === 'tls' ? 'tls: { cert: ./tls/server.crt, key: ./tls/server.key }' : 'unsafelyAllowPlaintextClients: true'}
state: ./state
audit: { dir: ./audit, origin: interop.doorward.example/audit/${folder.clients.kind} }
identity:
  local:
${PRINCIPALS.map(({ name, kind, group }) => `    - { name: ${name}, kind: ${kind}, secret: { file: ./secrets/${name} }, groups: [${group}] }`).join('\n')}
resources:
  clinic:
    kind: postgres
    upstream: { host: 127.0.0.1, port: ${folder.upstreamPort}, database: ${DATABASE}, user: ${UPSTREAM_USER}, password: { file: ./secrets/upstream }, tls: { ca: ./tls/upstream-ca.crt } }
    analysis: { user: ${ANALYSIS_USER}, password: { file: ./secrets/analysis } }
    classification: ./clinic.phi.yaml
policies: [./policies]
sessions: { idle: 15m, absolute: 8h }
`)
  return join(dir, 'doorward.yaml')
}
