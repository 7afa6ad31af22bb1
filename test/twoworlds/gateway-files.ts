/**
 * The gateway's files for a run: the corpus's classification, its masked principal, and two more. `eve` reads everything redacted; `nell` gets
 * NULL instead; `mia` sees names, postcodes and clinical values in clear and the rest redacted, so that clear and masked PHI meet in one
 * statement. None of their masks reveals anything of a masked value (core: REVEALING_MASKS).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const PASSWORD = 'twoworlds-password'
export const SECRETS = { EVE_SECRET: 'eve-secret', NELL_SECRET: 'nell-secret', MIA_SECRET: 'mia-secret', BOT_SECRET: 'bot-secret', CLINIC_PASSWORD: PASSWORD }

export type PrincipalName = 'eve' | 'nell' | 'mia'

interface PrincipalTerms {
  readonly mask: string
  readonly clearClasses: readonly string[]
  /** By table of corpus/world.mjs: the columns of those classes. */
  readonly clearColumns: Readonly<Record<string, readonly string[]>>
}

const PERSON = ['first_name', 'last_name', 'zip', 'diagnosis', 'weight_g']

export const PRINCIPALS: Readonly<Record<PrincipalName, PrincipalTerms>> = {
  eve: { mask: '{ default: redact }', clearClasses: [], clearColumns: {} },
  nell: { mask: "{ default: 'null' }", clearClasses: [], clearColumns: {} },
  mia: {
    mask: '{ default: redact, name: clear, zip: clear, clinical: clear }', clearClasses: ['name', 'zip', 'clinical'],
    clearColumns: { patients: PERSON, archived_patients: PERSON, labs: ['value'], medications: ['drug', 'dose'], claims: ['icd10', 'amount'] },
  },
}

const CLASSIFICATION = new URL('../../corpus/clinic.phi.yaml', import.meta.url).pathname

export interface GatewayFiles { readonly upstreamPort: number; readonly listenPort: number; readonly resources: readonly string[]; /** Lines for the classification, of tables that a mode adds. */ readonly classification: string }

export function writeGatewayFiles(folder: string, { upstreamPort, listenPort, resources, classification }: GatewayFiles): void {
  mkdirSync(join(folder, 'policies'))
  writeFileSync(join(folder, 'clinic.phi.yaml'), `${readFileSync(CLASSIFICATION, 'utf8')}${classification}`)
  const names = Object.keys(PRINCIPALS) as PrincipalName[]
  writeFileSync(join(folder, 'doorward.yaml'), `version: 1
listen:
  postgres: 127.0.0.1:${listenPort}
unsafelyAllowPlaintextClients: true
state: ./data/state
audit:
  dir: ./data/audit
  origin: twoworlds.example.org/audit/node-1
identity:
  local:
${names.map((name) => `    - { name: ${name}, kind: human, secret: { env: ${name.toUpperCase()}_SECRET }, groups: [${name}s] }`).join('\n')}
    - { name: bot, kind: agent, secret: { env: BOT_SECRET }, groups: [bots] }
resources:
${resources.map((name) => `  ${name}:
    kind: postgres
    upstream: { host: 127.0.0.1, port: ${upstreamPort}, database: ${name}, user: doorward, password: { env: CLINIC_PASSWORD }, unsafelyAllowPlaintext: true }
    analysis: { user: analyst, password: { env: CLINIC_PASSWORD } }
    classification: ./clinic.phi.yaml`).join('\n')}
policies: [./policies]
sessions: { idle: 4h, absolute: 12h }
`)
  const policy = (group: string, mask: string, more = ''): string => `
  - id: ${group}-read-masked
    who: { groups: [${group}] }
    on: { objects: ['clinic.*', 'billing.*'] }
    actions: [read]
    effect: allow
    mask: ${mask}
${more}`
  const writes = (group: string): string => `  - id: ${group}-write-two-tables
    who: { groups: [${group}] }
    on: { objects: ['clinic.scratch', 'clinic.rooms'] }
    actions: [create, update, delete]
    effect: allow
  - id: ${group}-no-structure
    who: { groups: [${group}] }
    effect: deny
    actions: [ddl, privilege]
`
  writeFileSync(join(folder, 'policies', 'masked.yaml'), `version: 1\npolicies:${names.map((name) => policy(`${name}s`, PRINCIPALS[name].mask, writes(`${name}s`))).join('')}${policy('bots', '{ default: redact }', '    limits: { rowsPerStatement: 100 }\n')}`)
}
