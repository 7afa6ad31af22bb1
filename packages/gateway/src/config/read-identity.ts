/** `identity:`: who may be asked about. Local principals in this version; providers are recognised and refused. */
import { isName, requireGroupId, type PrincipalKind } from '@doorward/core'
import { readChoice, readFields, readItems, readText, readTexts, requireKeys, shown, type YamlNode } from '@doorward/policy'
import type { LocalPrincipal } from './config.ts'
import type { ConfigReading } from './reading.ts'

const KINDS: readonly PrincipalKind[] = ['human', 'service', 'agent']
const MAX_GROUP = 512

/** @returns the local principals, each with a name of its own. */
export function readIdentity(node: YamlNode | undefined, reading: ConfigReading): readonly LocalPrincipal[] {
  const { problems } = reading
  const fields = node === undefined ? undefined : readFields(node, 'identity', ['local', 'oidc', 'saml'], problems)
  if (fields === undefined) return []
  reading.notYet(fields, ['oidc', 'saml'], 'identity: ')
  const local = fields.get('local')
  const items = local === undefined ? [] : readItems(local.value, 'local', 0, problems) ?? []
  const principals = new Map<string, LocalPrincipal>()
  for (const item of items) {
    const principal = readLocal(item, reading)
    if (principal === undefined) continue
    if (principals.has(principal.name)) problems.error(item.at, `local: principal "${shown(principal.name)}" is there twice`)
    else principals.set(principal.name, principal)
  }
  return [...principals.values()]
}

function readLocal(node: YamlNode, reading: ConfigReading): LocalPrincipal | undefined {
  const { problems } = reading
  const fields = readFields(node, 'local principal', ['name', 'kind', 'secret', 'groups'], problems)
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
  if (name === undefined || kind === undefined || secret === undefined || groups.some((group) => group.value.length > MAX_GROUP)) return undefined
  return { name, kind, secret, groups: groups.map((group) => requireGroupId(group.value)) }
}
