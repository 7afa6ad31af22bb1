/**
 * doorward.yaml to a typed configuration, or every problem it has. Only the file itself is looked at; whether what it names exists is
 * {@link checkConfig}'s question.
 */
import {
  checkVersion, Problems, readFields, readTexts, readYaml, requireKeys, type ConfigProblem, type Fields, type Placed, type Position, type YamlNode,
} from '@doorward/policy'
import type { GatewayConfig } from './config.ts'
import { readLimits, readSessions } from './limits.ts'
import { readAudit } from './read-audit.ts'
import { readExceptions } from './read-exceptions.ts'
import { readClientTransport, readListen } from './read-listen.ts'
import { readRecordings } from './read-recordings.ts'
import { readIdentity } from './read-identity.ts'
import { readResources } from './read-resources.ts'
import { ConfigReading, type Reference } from './reading.ts'
import { errorCode } from './secret.ts'

const KEYS = [
  'version', 'listen', 'tls', 'unsafelyAllowPlaintextClients', 'state', 'audit', 'identity', 'resources', 'policies', 'sessions', 'limits', 'alerts', 'export', 'exceptions', 'recordings',
]

/** The configuration with what is doubtful about it, or every problem. */
export type LoadedConfig =
  | { readonly kind: 'loaded'; readonly config: GatewayConfig; readonly warnings: readonly ConfigProblem[] }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }

/** One reading of doorward.yaml, right or wrong: what could be read stays, so that the files it names are checked in the same run. */
export interface ConfigFileRead {
  /** Undefined when the file has an error. */
  readonly config: GatewayConfig | undefined
  readonly references: readonly Reference[]
  readonly policyPaths: readonly Placed<string>[]
  readonly problems: readonly ConfigProblem[]
}

/**
 * @param file Path of doorward.yaml; relative paths in it are relative to its folder.
 * @param ports `readFile` throws when the file cannot be read.
 */
export function loadConfig(file: string, ports: { readonly readFile: (path: string) => string }): LoadedConfig {
  const { config, problems } = readConfigFile(file, ports)
  return config === undefined ? { kind: 'invalid', problems } : { kind: 'loaded', config, warnings: problems }
}

/** As {@link loadConfig}, for whoever goes on checking. Never throws. */
export function readConfigFile(file: string, ports: { readonly readFile: (path: string) => string }): ConfigFileRead {
  const problems = new Problems(file)
  const text = readSource(file, ports.readFile, problems)
  const root = text === undefined ? undefined : readYaml(text, problems)
  const fields = root === undefined ? undefined : readFields(root, 'configuration', KEYS, problems)
  const reading = new ConfigReading(problems)
  if (root === undefined || fields === undefined) return { config: undefined, references: [], policyPaths: [], problems: problems.list() }
  const policyPaths = readPolicyPaths(fields.get('policies')?.value, reading)
  const config = readConfig(fields, root.at, policyPaths, reading)
  return { config: problems.errorCount > 0 ? undefined : config, references: reading.references, policyPaths, problems: problems.list() }
}

/** @returns the text without byte order mark; undefined after leaving a problem at its first line. */
export function readSource(file: string, readFile: (path: string) => string, problems: Problems): string | undefined {
  try {
    return readFile(file).replace(/^\ufeff/, '')
  } catch (cause) {
    problems.error({ line: 1, column: 1 }, `the file cannot be read (${errorCode(cause)})`)
    return undefined
  }
}

/** Reads every part, so that every problem is found, and only then asks whether all of them are there. */
function readConfig(fields: Fields, at: Position, policyPaths: readonly Placed<string>[], reading: ConfigReading): GatewayConfig | undefined {
  const { problems } = reading
  checkVersion(fields, at, problems)
  requireKeys(fields, at, 'configuration', ['listen', 'state', 'audit', 'identity', 'resources', 'policies'], problems)
  reading.notYet(fields, ['alerts', 'export'], '')
  const clients = readClientTransport(fields, at, reading)
  const listen = readListen(fields.get('listen')?.value, clients, reading)
  const stateDir = readState(fields.get('state')?.value, reading)
  const audit = readAudit(fields.get('audit')?.value, reading)
  const identity = readIdentity(fields.get('identity')?.value, reading)
  const resources = readResources(fields.get('resources')?.value, reading)
  const recordings = readRecordings(fields.get('recordings')?.value, identity.administrators, reading)
  requireRecordings(fields, resources, reading)
  const sessions = readSessions(fields.get('sessions')?.value, problems)
  const limits = readLimits(fields.get('limits')?.value, problems)
  const listenEntry = fields.get('listen')
  if (listenEntry !== undefined && resources.size > 0 && listen.postgres === undefined && problems.errorCount === 0) {
    problems.error(listenEntry.keyAt, 'listen: expected postgres, because a resource of that kind is there')
  }
  for (const { name, upstream } of resources.values()) {
    if (listen.postgres !== undefined && upstream.port === listen.postgres.port && upstream.host === listen.postgres.host) {
      problems.error(listenEntry?.keyAt ?? at, `listen: postgres is the address of the upstream of resource ${name}: Doorward would connect to itself`)
    }
  }
  if (clients === undefined || stateDir === undefined || audit === undefined) return undefined
  return {
    file: problems.file, listen, clients, stateDir, audit, recordings, exceptions: readExceptions(fields.get('exceptions')?.value, reading), identity, resources, policyPaths: policyPaths.map((one) => one.value), sessions, limits,
  }
}

/** What must be recorded must be able to be. */
function requireRecordings(fields: Fields, resources: GatewayConfig['resources'], { problems }: ConfigReading): void {
  const entry = fields.get('resources')
  if (entry === undefined || fields.has('recordings')) return
  for (const { name, recorded } of resources.values()) {
    if (recorded === 'always') problems.error(entry.keyAt, `resource ${name}: record: expected recordings in the configuration, which say where and under which key`)
  }
}

/** A folder; the URL of a shared store is a fleet's, which this version is not. */
function readState(node: YamlNode | undefined, reading: ConfigReading): string | undefined {
  if (node?.kind === 'text' && /^[a-z][a-z0-9+.-]*:\/\//i.test(node.text)) {
    reading.problems.secretError(node.at, 'state: a shared store is not available in this version: expected a folder')
    return undefined
  }
  return node === undefined ? undefined : reading.path(node, 'state')
}

function readPolicyPaths(node: YamlNode | undefined, reading: ConfigReading): readonly Placed<string>[] {
  const texts = node === undefined ? [] : readTexts(node, 'policies', reading.problems) ?? []
  return texts.flatMap(({ value, at }) => {
    const path = reading.path({ kind: 'text', text: value, at, inner: undefined }, 'policies')
    return path === undefined ? [] : [{ value: path, at }]
  })
}
