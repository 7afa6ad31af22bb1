/** `identity: oidc:`: providers whose tokens prove who somebody is. */
import { isName, requireGroupId, type GroupId } from '@doorward/core'
import { readChoice, readDuration, readFields, readItems, readText, readTexts, readTruth, requireKeys, shown, type Fields, type YamlNode } from '@doorward/policy'
import { KNOWN_ALGORITHMS, type TokenAlgorithm } from '../identity/oidc/algorithms.ts'
import type { OidcProviderConfig } from './config.ts'
import { isLoopback } from './read-listen.ts'
import type { ConfigReading } from './reading.ts'

const KEYS = ['name', 'issuer', 'audience', 'delegationAudience', 'groupsClaim', 'agentGroups', 'algorithms', 'skew', 'ca', 'unsafelyAllowPlaintext']
/** What clocks of two well-kept machines differ by, with room. RFC 7519 §4.1.4: "usually no more than a few minutes". */
const DEFAULT_SKEW_MS = 30_000
const MAX_SKEW_MS = 120_000
const MAX_AUDIENCES = 20
const MAX_CLAIM = 200
const MAX_GROUP = 512

/** @returns the providers, each with a name and an issuer of its own. */
export function readOidc(node: YamlNode | undefined, reading: ConfigReading): readonly OidcProviderConfig[] {
  const { problems } = reading
  const providers: OidcProviderConfig[] = []
  for (const item of node === undefined ? [] : readItems(node, 'oidc', 1, problems) ?? []) {
    const provider = readProvider(item, reading)
    if (provider === undefined) continue
    if (providers.some((other) => other.name === provider.name)) problems.error(item.at, `oidc: provider "${shown(provider.name)}" is there twice`)
    // A token says by its issuer whose it is: two entries for one issuer could not be told apart.
    else if (providers.some((other) => other.issuer === provider.issuer)) problems.error(item.at, `oidc: issuer "${shown(provider.issuer)}" is there twice: list its audiences in one entry`)
    else providers.push(provider)
  }
  return providers
}

function readProvider(node: YamlNode, reading: ConfigReading): OidcProviderConfig | undefined {
  const { problems } = reading
  const fields = readFields(node, 'oidc provider', KEYS, problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, 'oidc provider', ['name', 'issuer', 'audience'], problems)
  const name = text(fields, 'name', reading)
  if (name !== undefined && !isName(name)) problems.error(node.at, 'name: expected 1 to 63 letters, digits, "_", ".", "-"')
  const plaintextEntry = fields.get('unsafelyAllowPlaintext')
  const plaintext = plaintextEntry !== undefined && readTruth(plaintextEntry.value, 'unsafelyAllowPlaintext', problems) === true
  const issuer = readIssuer(fields, plaintext ? 'allowed' : 'refused', reading)
  const audiences = readAudiences(fields, 'audience', reading)
  const delegationAudiences = readAudiences(fields, 'delegationAudience', reading)
  if (delegationAudiences?.some((one) => audiences?.includes(one) === true) === true) problems.error(node.at, 'delegationAudience: expected another than audience, so that a lent token signs nobody in')
  const groupsClaim = text(fields, 'groupsClaim', reading) ?? 'groups'
  if (groupsClaim.length > MAX_CLAIM) problems.error(node.at, `groupsClaim: expected at most ${MAX_CLAIM} characters`)
  const skewEntry = fields.get('skew')
  const skewMs = (skewEntry === undefined ? undefined : readDuration(skewEntry.value, 'skew', 0, MAX_SKEW_MS, problems)) ?? DEFAULT_SKEW_MS
  const caEntry = fields.get('ca')
  const caFile = caEntry === undefined ? undefined : reading.file(caEntry.value, 'oidc ca')
  const algorithms = readAlgorithms(fields, reading)
  const agentGroups = readGroups(fields, 'agentGroups', reading)
  if (name === undefined || issuer === undefined || audiences === undefined) return undefined
  return { name, issuer, audiences, delegationAudiences, groupsClaim, agentGroups, algorithms, skewMs, caFile }
}

/** Tokens name their issuer by this very text, so it is kept as written. OpenID Connect Core 1.0 §2, iss. */
function readIssuer(fields: Fields, plaintext: 'allowed' | 'refused', reading: ConfigReading): string | undefined {
  const issuer = text(fields, 'issuer', reading)
  const at = fields.get('issuer')?.value.at
  if (issuer === undefined || at === undefined) return undefined
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '' || issuer.length > 255) {
    reading.problems.error(at, 'issuer: expected a URL such as https://id.example.org, without query and fragment')
    return undefined
  }
  if (url.protocol === 'https:') return issuer
  if (plaintext === 'allowed' && isLoopback(url.hostname.replaceAll(/^\[|\]$/g, ''))) return issuer
  reading.problems.error(at, 'issuer: expected https: over http anybody between could sign in as anybody (on loopback, unsafelyAllowPlaintext: true allows it)')
  return undefined
}

function readAudiences(fields: Fields, key: string, reading: ConfigReading): readonly string[] | undefined {
  const entry = fields.get(key)
  const texts = entry === undefined ? undefined : readTexts(entry.value, key, reading.problems)
  if (entry !== undefined && texts !== undefined && texts.length > MAX_AUDIENCES) reading.problems.error(entry.value.at, `${key}: expected at most ${MAX_AUDIENCES}`)
  return texts?.map(({ value }) => value)
}

function readAlgorithms(fields: Fields, reading: ConfigReading): readonly TokenAlgorithm[] {
  const entry = fields.get('algorithms')
  if (entry === undefined) return KNOWN_ALGORITHMS
  const listed = readTexts(entry.value, 'algorithms', reading.problems) ?? []
  return listed.flatMap(({ value, at }) => readChoice({ kind: 'text', text: value, at, inner: undefined }, 'algorithms', KNOWN_ALGORITHMS, reading.problems) ?? [])
}

/** @returns the groups of a list; empty when there is none. */
export function readGroups(fields: Fields, key: string, reading: ConfigReading): readonly GroupId[] {
  const entry = fields.get(key)
  const texts = entry === undefined ? [] : readTexts(entry.value, key, reading.problems) ?? []
  return texts.flatMap(({ value, at }) => {
    if (value.length <= MAX_GROUP) return [requireGroupId(value)]
    reading.problems.error(at, `${key}: expected at most ${MAX_GROUP} characters, found ${value.length}`)
    return []
  })
}

function text(fields: Fields, key: string, reading: ConfigReading): string | undefined {
  const entry = fields.get(key)
  return entry === undefined ? undefined : readText(entry.value, key, reading.problems)
}
