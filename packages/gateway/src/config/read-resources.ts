/** `resources:`: the protected systems, their credentials and their classification. */
import { isName, requireResourceName, type ResourceName } from '@doorward/core'
import {
  readChoice, readFields, readInteger, readMapping, readText, readTruth, requireKeys, shown, suggestion, type Fields, type Position, type YamlNode,
} from '@doorward/policy'
import type { PostgresResource, ResourceConfig, UpstreamCredential, UpstreamTransport } from './config.ts'
import { isHost, isLoopback } from './read-listen.ts'
import type { ConfigReading } from './reading.ts'

const KINDS = ['postgres']
/** Kinds of the design that this version does not serve. */
const KINDS_NOT_YET = ['mysql', 'fhir', 'http', 'ssh', 'kubernetes', 'mcp']
/** PostgreSQL's own default port, IANA `postgresql`. */
const POSTGRES_PORT = 5432

/** @returns the resources without fault, by name. */
export function readResources(node: YamlNode | undefined, reading: ConfigReading): ReadonlyMap<ResourceName, ResourceConfig> {
  const resources = new Map<ResourceName, ResourceConfig>()
  const fields = node === undefined ? undefined : readMapping(node, 'resources', reading.problems)
  for (const [key, entry] of fields ?? []) {
    if (!isName(key)) {
      reading.problems.error(entry.keyAt, `resources: "${shown(key)}" is no name: expected 1 to 63 letters, digits, "_", ".", "-"`)
      continue
    }
    const name = requireResourceName(key)
    const resource = readResource(name, entry.value, reading)
    if (resource !== undefined) resources.set(name, resource)
  }
  return resources
}

function readResource(name: ResourceName, node: YamlNode, reading: ConfigReading): ResourceConfig | undefined {
  const { problems } = reading
  const outline = readMapping(node, `resource ${name}`, problems)
  if (outline === undefined) return undefined
  const kindEntry = outline.get('kind')
  if (kindEntry === undefined) {
    problems.error(node.at, `resource ${name}: expected key "kind", which is missing`)
    return undefined
  }
  const kind = readText(kindEntry.value, 'kind', problems)
  if (kind === undefined) return undefined
  if (KINDS_NOT_YET.includes(kind)) {
    problems.error(kindEntry.value.at, `kind: ${kind} is not available in this version`)
    return undefined
  }
  if (!KINDS.includes(kind)) {
    problems.error(kindEntry.value.at, `kind: no kind "${shown(kind)}"${suggestion(kind, [...KINDS, ...KINDS_NOT_YET])}`)
    return undefined
  }
  return readPostgres(name, node, reading)
}

function readPostgres(name: ResourceName, node: YamlNode, reading: ConfigReading): PostgresResource | undefined {
  const { problems } = reading
  const what = `resource ${name}`
  const fields = readFields(node, what, ['kind', 'upstream', 'analysis', 'classification', 'record'], problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, what, ['upstream', 'classification'], problems)
  const upstreamEntry = fields.get('upstream')
  const upstream = upstreamEntry === undefined ? undefined : readUpstream(upstreamEntry.value, reading)
  const analysisEntry = fields.get('analysis')
  const analysis = analysisEntry === undefined ? undefined : readAnalysis(analysisEntry.value, reading)
  if (analysisEntry === undefined && upstream !== undefined) {
    problems.warn(node.at, `${what}: without "analysis" the upstream's own user analyses statements, and their literals appear in the server's log`)
  }
  const classificationEntry = fields.get('classification')
  const classificationFile = classificationEntry === undefined ? undefined : reading.file(classificationEntry.value, 'classification')
  const record = fields.get('record')
  const recorded = record !== undefined && readChoice(record.value, 'record', ['session'], problems) === 'session' ? 'always' : 'by-policy'
  if (upstream === undefined || classificationFile === undefined) return undefined
  return { kind: 'postgres', name, upstream, analysis, classificationFile, recorded }
}

function readUpstream(node: YamlNode, reading: ConfigReading): PostgresResource['upstream'] | undefined {
  const { problems } = reading
  const fields = readFields(node, 'upstream', ['host', 'port', 'database', 'user', 'password', 'tls', 'unsafelyAllowPlaintext'], problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, 'upstream', ['host', 'database', 'user', 'password'], problems)
  const hostEntry = fields.get('host')
  const host = hostEntry === undefined ? undefined : readHost(hostEntry.value, reading)
  const portEntry = fields.get('port')
  const port = (portEntry === undefined ? undefined : readInteger(portEntry.value, 'port', 1, 65_535, problems)) ?? POSTGRES_PORT
  const databaseEntry = fields.get('database')
  const database = databaseEntry === undefined ? undefined : readText(databaseEntry.value, 'database', problems)
  const credential = readCredential(fields, reading)
  const transport = readTransport(fields, reading)
  if (hostEntry !== undefined && host !== undefined && transport?.kind === 'unsafely-plaintext' && !isLoopback(host)) {
    problems.warn(hostEntry.value.at, 'upstream: patient data will cross the network in clear, because unsafelyAllowPlaintext is set')
  }
  if (host === undefined || database === undefined || credential === undefined || transport === undefined) return undefined
  return { host, port, database, ...credential, transport }
}

function readHost(node: YamlNode, reading: ConfigReading): string | undefined {
  const host = readText(node, 'host', reading.problems)
  if (host === undefined || isHost(host)) return host
  reading.problems.error(node.at, 'host: expected a host name or an IP address')
  return undefined
}

function readAnalysis(node: YamlNode, reading: ConfigReading): UpstreamCredential | undefined {
  const fields = readFields(node, 'analysis', ['user', 'password'], reading.problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, 'analysis', ['user', 'password'], reading.problems)
  return readCredential(fields, reading)
}

function readCredential(fields: Fields, reading: ConfigReading): UpstreamCredential | undefined {
  const userEntry = fields.get('user')
  const passwordEntry = fields.get('password')
  const user = userEntry === undefined ? undefined : readText(userEntry.value, 'user', reading.problems)
  const password = passwordEntry === undefined ? undefined : reading.secret(passwordEntry.value, 'password')
  return user === undefined || password === undefined ? undefined : { user, password }
}

/** `tls: verify-full` (the default), `tls: { ca: FILE }`, or `unsafelyAllowPlaintext: true`. Nothing between: unverified TLS protects from nobody. */
function readTransport(fields: Fields, reading: ConfigReading): UpstreamTransport | undefined {
  const { problems } = reading
  const tls = fields.get('tls')
  const plain = fields.get('unsafelyAllowPlaintext')
  const plaintext = plain !== undefined && readTruth(plain.value, 'unsafelyAllowPlaintext', problems) === true
  if (plaintext && tls !== undefined) {
    problems.error(plain.keyAt, 'upstream: expected tls or unsafelyAllowPlaintext, found both')
    return undefined
  }
  if (plaintext) return { kind: 'unsafely-plaintext' }
  if (tls === undefined) return { kind: 'verify-full', caFile: undefined }
  if (tls.value.kind === 'map') return readAuthority(tls.value, tls.value.at, reading)
  if (tls.value.kind === 'text' && tls.value.text === 'verify-full') return { kind: 'verify-full', caFile: undefined }
  problems.error(tls.value.at, 'tls: expected verify-full or { ca: FILE }; to go without, unsafelyAllowPlaintext: true')
  return undefined
}

function readAuthority(node: YamlNode, at: Position, reading: ConfigReading): UpstreamTransport | undefined {
  const fields = readFields(node, 'tls', ['ca'], reading.problems)
  if (fields === undefined) return undefined
  requireKeys(fields, at, 'tls', ['ca'], reading.problems)
  const ca = fields.get('ca')
  const caFile = ca === undefined ? undefined : reading.file(ca.value, 'tls ca')
  return caFile === undefined ? undefined : { kind: 'verify-full', caFile }
}
