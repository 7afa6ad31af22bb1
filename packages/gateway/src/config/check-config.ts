/**
 * The whole of what an operator wrote, checked together: doorward.yaml, the policies, the classifications, and that what they name is
 * there. What comes back valid can be started; `doorward check` prints the rest, all at once.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Classification, ResourceName } from '@doorward/core'
import { Problems, suggestion, type ConfigProblem, type Placed, type Policy, type PolicySnapshot } from '@doorward/policy'
import { checkRecordings } from './check-recordings.ts'
import { checkWitnessPolicy } from './check-witness-policy.ts'
import type { GatewayConfig } from './config.ts'
import { readConfigFile } from './load-config.ts'
import type { ConfigFiles } from './node-files.ts'
import { parseClassification } from './parse-classification.ts'
import { readPolicies, type ReadPolicies } from './policy-files.ts'
import type { Reference } from './reading.ts'
import { createSecretProvider, errorCode, type SecretProvider } from './secret.ts'

/** Everything a gateway starts from. */
export interface CheckedConfig {
  readonly kind: 'valid'
  readonly config: GatewayConfig
  readonly policies: PolicySnapshot
  /** Where doorward.yaml names each policy path, for reading them again. */
  readonly policyPaths: readonly Placed<string>[]
  readonly classifications: ReadonlyMap<ResourceName, Classification>
  readonly secrets: SecretProvider
  readonly warnings: readonly ConfigProblem[]
}

/** What checking needs of the machine. */
export interface CheckPorts {
  readonly files: ConfigFiles
  /** The environment, for secrets. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Never throws. Secrets are looked up to see that they are there, and not kept. */
export function checkConfig(file: string, ports: CheckPorts): CheckedConfig | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] } {
  const read = readConfigFile(file, ports.files)
  const { config, references } = read
  const problems = new Problems(file)
  const secrets = createSecretProvider(ports.env, ports.files.readFile)
  for (const reference of references) checkReference(reference, ports.files, secrets, problems)
  if (config?.clients.kind === 'tls') checkKeyPair(config.clients, references, ports.files, problems)
  if (config !== undefined) checkWitnessPolicy(config, references, ports.files, problems)
  if (config !== undefined) checkRecordings(config, references, secrets, problems)
  const classified = readClassifications(references, ports.files)
  const policies = read.policyPaths.length === 0 ? undefined : readPolicies(file, read.policyPaths, ports.files)
  const inPolicies = policies?.kind === 'invalid' ? policies.problems : []
  const crossed = config !== undefined && policies?.kind === 'loaded' ? policies.snapshot.policies.flatMap((policy) => crossCheck(policy, config, dirname(file))) : []
  const all = [...read.problems, ...problems.list(), ...classified.problems, ...inPolicies, ...crossed]
  if (config === undefined || policies?.kind !== 'loaded' || all.some((problem) => problem.severity === 'error')) return { kind: 'invalid', problems: all }
  const classifications = new Map<ResourceName, Classification>()
  for (const { name, classificationFile } of config.resources.values()) {
    const classification = classified.byPath.get(classificationFile)
    if (classification !== undefined) classifications.set(name, classification)
  }
  return { kind: 'valid', config, policies: policies.snapshot, policyPaths: read.policyPaths, classifications, secrets, warnings: all }
}

/** The policies of a checked configuration, read again and checked against it. Never throws. */
export function reloadPolicies(checked: CheckedConfig, files: ConfigFiles): ReadPolicies {
  const { config, policyPaths } = checked
  const read = readPolicies(config.file, policyPaths, files)
  if (read.kind === 'invalid') return read
  const crossed = read.snapshot.policies.flatMap((policy) => crossCheck(policy, config, dirname(config.file))).filter((problem) => problem.severity === 'error')
  return crossed.length === 0 ? read : { kind: 'invalid', problems: crossed }
}

function checkReference(reference: Reference, files: ConfigFiles, secrets: SecretProvider, problems: Problems): void {
  if (reference.kind === 'secret') {
    const resolved = secrets.resolve(reference.ref)
    if (resolved.kind === 'missing') problems.error(reference.at, `${reference.what}: ${resolved.why}`)
    return
  }
  try {
    files.readFile(reference.path)
  } catch (cause) {
    problems.error(reference.at, `${reference.what}: file ${reference.path} cannot be read (${errorCode(cause)})`)
  }
}

/** That the certificate and the key are what they say, and belong together; the handshake would otherwise fail for every client. */
function checkKeyPair(tls: { readonly certFile: string; readonly keyFile: string }, references: readonly Reference[], files: ConfigFiles, problems: Problems): void {
  const placeOf = (what: string): Reference | undefined => references.find((one) => one.what === what)
  const certificate = parsePem(() => new X509Certificate(files.readFile(tls.certFile)), 'tls cert', 'a certificate', placeOf('tls cert'), problems)
  const key = parsePem(() => createPrivateKey(files.readFile(tls.keyFile)), 'tls key', 'a private key without passphrase', placeOf('tls key'), problems)
  const at = placeOf('tls key')?.at
  if (certificate !== undefined && key !== undefined && at !== undefined && !certificate.checkPrivateKey(key)) {
    problems.error(at, 'tls key: expected the key of the certificate, found another')
  }
}

function parsePem<T>(parse: () => T, what: string, expected: string, reference: Reference | undefined, problems: Problems): T | undefined {
  if (reference === undefined || problems.list().some((problem) => problem.line === reference.at.line && problem.column === reference.at.column)) return undefined
  try {
    return parse()
  } catch (cause) {
    problems.error(reference.at, `${what}: expected ${expected} in PEM format (${errorCode(cause)})`)
    return undefined
  }
}

interface Classified {
  readonly byPath: ReadonlyMap<string, Classification>
  readonly problems: readonly ConfigProblem[]
}

/** Each file once, also when several resources share it. A file that cannot be read was reported where it is named. */
function readClassifications(references: readonly Reference[], files: ConfigFiles): Classified {
  const byPath = new Map<string, Classification>()
  const seen = new Set<string>()
  const problems: ConfigProblem[] = []
  for (const reference of references) {
    if (reference.kind !== 'file' || reference.what !== 'classification' || seen.has(reference.path)) continue
    seen.add(reference.path)
    let text: string
    try {
      text = files.readFile(reference.path)
    } catch {
      continue // checkReference has left the problem
    }
    const parsed = parseClassification(reference.path, text)
    if (parsed.kind === 'invalid') problems.push(...parsed.problems)
    else {
      byPath.set(reference.path, parsed.classification)
      problems.push(...parsed.warnings)
    }
  }
  return { byPath, problems }
}

/** A policy about a resource that is not there never applies, and a denial that never applies is worse than none: an error. */
function crossCheck(policy: Policy, config: GatewayConfig, folder: string): readonly ConfigProblem[] {
  const problems = new Problems(join(folder, policy.source.file))
  for (const { value, at } of policy.source.resources) {
    if (![...config.resources.keys()].some((name) => name === value)) problems.error(at, `resource: no resource "${value}"${suggestion(value, config.resources.keys())}`)
  }
  if (policy.record !== undefined && config.recordings === undefined) problems.error(policy.source.at, `policy ${policy.id}: record: expected recordings in the configuration, which say where and under which key`)
  const { local, oidc } = config.identity
  const groups = new Set<string>([...local.flatMap((principal) => principal.groups), ...oidc.flatMap((provider) => provider.agentGroups)])
  for (const { value, at } of [...policy.source.groups, ...policy.source.approvers]) {
    // Who is in a provider's groups, only its tokens say.
    if (oidc.length === 0 && !groups.has(value)) problems.warn(at, `group: nobody is in "${value}"${suggestion(value, groups)}`)
  }
  const names = new Set(local.map((principal) => principal.name))
  for (const { value, at } of policy.source.principals) {
    if (!value.includes('|') && !names.has(value)) problems.warn(at, `principals: nobody is called "${value}"${suggestion(value, names)}`)
  }
  return problems.list()
}
