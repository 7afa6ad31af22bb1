/** `identity:`: local principals, providers, what may be claimed as a purpose, and who administers. */
import { isName, parsePurpose, requireGroupId, type GroupId, type PersonAt, type PrincipalKind, type Purpose } from '@doorward/core'
import { readChoice, readFields, readItems, readMapping, readText, readTexts, requireKeys, shown, type YamlNode } from '@doorward/policy'
import type { GatewayConfig, LocalPrincipal, OidcProviderConfig } from './config.ts'
import { readGroups, readOidc } from './read-oidc.ts'
import type { ConfigReading } from './reading.ts'

const KINDS: readonly PrincipalKind[] = ['human', 'service', 'agent']
const MAX_GROUP = 512

/** Stands for the one provider there is when a client gives it as its user name. */
const OIDC_USER = 'oidc'

/** @returns all of it; what is missing is empty. */
export function readIdentity(node: YamlNode | undefined, reading: ConfigReading): GatewayConfig['identity'] {
  const { problems } = reading
  const fields = node === undefined ? undefined : readFields(node, 'identity', ['local', 'oidc', 'saml', 'purposes', 'administrators'], problems)
  if (fields === undefined) return { local: [], oidc: [], purposes: undefined, administrators: [] }
  reading.notYet(fields, ['saml'], 'identity: ')
  const oidc = readOidc(fields.get('oidc')?.value, reading)
  const local = fields.get('local')
  const items = local === undefined ? [] : readItems(local.value, 'local', 0, problems) ?? []
  const principals = new Map<string, LocalPrincipal>()
  for (const item of items) {
    const principal = readLocal(item, oidc, reading)
    if (principal === undefined) continue
    if (principals.has(principal.name)) problems.error(item.at, `local: principal "${shown(principal.name)}" is there twice`)
    else if (principal.name === OIDC_USER || oidc.some((provider) => provider.name === principal.name)) problems.error(item.at, `local: the name "${shown(principal.name)}" stands for tokens of a provider`)
    else principals.set(principal.name, principal)
    for (const name of principal.actingFor) {
      const provider = oidc.find((one) => one.name === name)
      if (provider === undefined) problems.error(item.at, `actingFor: no provider "${shown(name)}" in oidc`)
      else if (provider.delegationAudiences === undefined) problems.warn(item.at, `actingFor: whoever holds a token of ${name}'s people can also sign in as them: set delegationAudience there`)
    }
  }
  return { local: [...principals.values()], oidc, purposes: readPurposes(fields.get('purposes')?.value, reading), administrators: readGroups(fields, 'administrators', reading) }
}

/** `purposes: { clinicians: [TREAT] }`: what members of each group may state. */
function readPurposes(node: YamlNode | undefined, reading: ConfigReading): GatewayConfig['identity']['purposes'] {
  const { problems } = reading
  const groups = node === undefined ? undefined : readMapping(node, 'purposes', problems)
  if (groups === undefined) return undefined
  const rules = new Map<GroupId, ReadonlySet<Purpose>>()
  for (const [group, entry] of groups) {
    const purposes = new Set<Purpose>()
    for (const { value, at } of readTexts(entry.value, 'purposes', problems) ?? []) {
      const purpose = parsePurpose(value)
      if (purpose === undefined) problems.error(at, 'purposes: expected codes of upper-case letters and digits, such as TREAT')
      else purposes.add(purpose)
    }
    if (group.length === 0 || group.length > MAX_GROUP) problems.error(entry.keyAt, `purposes: expected a group of 1 to ${MAX_GROUP} characters`)
    else rules.set(requireGroupId(group), purposes)
  }
  return rules
}

function readLocal(node: YamlNode, oidc: readonly OidcProviderConfig[], reading: ConfigReading): LocalPrincipal | undefined {
  const { problems } = reading
  const fields = readFields(node, 'local principal', ['name', 'kind', 'secret', 'groups', 'actingFor', 'person'], problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, 'local principal', ['name', 'kind', 'secret'], problems)
  const nameEntry = fields.get('name')
  const kindEntry = fields.get('kind')
  const secretEntry = fields.get('secret')
  const groupsEntry = fields.get('groups')
  const name = nameEntry === undefined ? undefined : readText(nameEntry.value, 'name', problems)
  if (nameEntry !== undefined && name !== undefined && !isName(name)) {
    problems.error(nameEntry.value.at, 'name: expected 1 to 63 letters, digits, "_", ".", "-"')
  }
  const kind = kindEntry === undefined ? undefined : readChoice(kindEntry.value, 'kind', KINDS, problems)
  const secret = secretEntry === undefined ? undefined : reading.secret(secretEntry.value, 'secret')
  const groups = groupsEntry === undefined ? [] : readTexts(groupsEntry.value, 'groups', problems) ?? []
  for (const group of groups) {
    if (group.value.length > MAX_GROUP) problems.error(group.at, `groups: expected at most ${MAX_GROUP} characters, found ${group.value.length}`)
  }
  const actingForEntry = fields.get('actingFor')
  const actingFor = actingForEntry === undefined ? [] : readTexts(actingForEntry.value, 'actingFor', problems) ?? []
  if (actingForEntry !== undefined && kind !== undefined && kind !== 'agent') problems.error(actingForEntry.keyAt, 'actingFor: only an agent acts for somebody')
  const person = readPerson(fields.get('person')?.value, node, kind, oidc, reading)
  if (name === undefined || kind === undefined || secret === undefined || groups.some((group) => group.value.length > MAX_GROUP)) return undefined
  return { name, kind, secret, groups: groups.map((group) => requireGroupId(group.value)), actingFor: actingFor.map(({ value }) => value), person }
}

/** `person: okta|00u1a2`: the provider's name and the subject of its tokens; `person: none`: whoever this is signs in nowhere else. */
function readPerson(value: YamlNode | undefined, principal: YamlNode, kind: PrincipalKind | undefined, oidc: readonly OidcProviderConfig[], reading: ConfigReading): PersonAt | undefined {
  const { problems } = reading
  if (value === undefined) {
    if (kind === 'human' && oidc.length > 0) problems.warn(principal.at, 'local: say who this is at a provider, as person: PROVIDER|SUBJECT, or person: none; otherwise one person may count as two when statements are approved')
    return undefined
  }
  const text = readText(value, 'person', problems)
  if (text === undefined || text === 'none') return undefined
  const bar = text.indexOf('|')
  const provider = oidc.find((one) => one.name === text.slice(0, Math.max(bar, 0)))
  if (kind !== undefined && kind !== 'human') problems.error(value.at, 'person: only a human is a person')
  else if (provider === undefined || bar === text.length - 1) problems.error(value.at, 'person: expected the name of a provider in oidc, "|", and the subject of its tokens')
  else return { issuer: provider.issuer, subject: text.slice(bar + 1) }
  return undefined
}
