/** One entry of `policies:` to a checked {@link Policy}. Every fault is left as a problem; an entry with a fault yields nothing. */
import {
  ACTIONS, isAction, isName, parsePurpose, requirePolicyId, requireResourceName,
  type Action, type PrincipalKind, type Purpose, type ResourceName,
} from '@doorward/core'
import { compileObjectPattern, type ObjectPattern } from '../decide/object-pattern.ts'
import type { Problems } from '../text/problem.ts'
import { suggestion } from '../text/nearest.ts'
import { readChoice, readFields, readText, readTexts, requireKeys, type Fields, type Placed } from '../text/read-fields.ts'
import { shown, type YamlNode } from '../text/yaml-tree.ts'
import type { Policy, Who } from './policy.ts'
import { toGroup } from './read-group.ts'
import { readCondition, type ConditionReader } from './read-condition.ts'
import { readExceptions, readHolds, readLimits, readMask } from './read-terms.ts'

const KEYS = ['id', 'description', 'who', 'on', 'actions', 'purpose', 'when', 'effect', 'mask', 'limits', 'hold', 'exceptions', 'record'] as const
const KINDS: readonly PrincipalKind[] = ['human', 'service', 'agent']
/** Actions whose objects are always written `schema.table`. */
const ROW_ACTIONS: readonly Action[] = ['read', 'create', 'update', 'delete']
/** Keys that say how something is allowed, and mean nothing in a denial. */
const TERMS = ['mask', 'limits', 'hold', 'exceptions', 'record'] as const

/** @returns the policy and its id's place; undefined when it has a fault. */
export function readPolicy(node: YamlNode, conditions: ConditionReader, problems: Problems): Policy | undefined {
  const before = problems.errorCount
  const fields = readFields(node, 'policy', KEYS, problems)
  if (fields === undefined) return undefined
  requireKeys(fields, node.at, 'policy', ['id', 'effect'], problems)
  const id = readId(fields, problems)
  const effect = readEffect(fields, problems)
  const who = readWho(fields.get('who')?.value, problems)
  const actions = readActions(fields.get('actions')?.value, problems)
  const on = readOn(fields.get('on')?.value, actions, problems)
  const purposes = readPurposes(fields.get('purpose')?.value, problems)
  const when = fields.get('when')
  const condition = when === undefined ? undefined : readCondition(when.value, 'when', conditions, problems)
  const description = fields.get('description')
  const text = description === undefined ? undefined : readText(description.value, 'description', problems)
  const mask = readMask(fields.get('mask')?.value, problems)
  const limits = readLimits(fields.get('limits')?.value, problems)
  const holds = readHolds(fields.get('hold')?.value, conditions, problems)
  const exceptions = readExceptions(fields.get('exceptions')?.value, problems)
  const recordEntry = fields.get('record')
  const record = recordEntry === undefined ? undefined : readChoice(recordEntry.value, 'record', ['session'], problems)
  checkTerms(fields, effect, actions, problems)
  if (id === undefined || effect === undefined || problems.errorCount > before) return undefined
  return {
    id: requirePolicyId(id.value), effect, description: text,
    who: who.who, resources: on.resources, objects: on.objects, actions, purposes, when: condition,
    mask, limits, holds: holds.rules, exceptions, record,
    source: { file: problems.file, at: id.at, resources: on.placed, groups: who.groups, approvers: holds.approvers, principals: who.principals },
  }
}

function readId(fields: Fields, problems: Problems): Placed<string> | undefined {
  const entry = fields.get('id')
  const text = entry === undefined ? undefined : readText(entry.value, 'id', problems)
  if (entry === undefined || text === undefined) return undefined
  if (isName(text)) return { value: text, at: entry.value.at }
  problems.error(entry.value.at, 'id: expected 1 to 63 letters, digits, "_", ".", "-"')
  return undefined
}

function readEffect(fields: Fields, problems: Problems): 'allow' | 'deny' | undefined {
  const entry = fields.get('effect')
  if (entry === undefined) return undefined
  if (entry.value.kind === 'text' && entry.value.text === 'hold') {
    problems.error(entry.value.at, 'effect: expected allow or deny: to hold a statement, allow it and add "hold:"')
    return undefined
  }
  return readChoice(entry.value, 'effect', ['allow', 'deny'], problems)
}

interface ReadWho {
  readonly who: Who | undefined
  readonly groups: readonly Placed<string>[]
  readonly principals: readonly Placed<string>[]
}

function readWho(node: YamlNode | undefined, problems: Problems): ReadWho {
  const fields = node === undefined ? undefined : readFields(node, 'who', ['groups', 'principals', 'kinds'], problems)
  if (fields === undefined) return { who: undefined, groups: [], principals: [] }
  const groups = readOptionalTexts(fields, 'groups', problems)
  const principals = readOptionalTexts(fields, 'principals', problems)
  const kinds = readOptionalTexts(fields, 'kinds', problems)
  const checkedGroups = groups?.flatMap((group) => toGroup(group, 'groups', problems))
  const checkedKinds: PrincipalKind[] = []
  for (const kind of kinds ?? []) {
    const known = KINDS.find((one) => one === kind.value)
    if (known === undefined) problems.error(kind.at, `kinds: expected human, service or agent, found "${shown(kind.value)}"${suggestion(kind.value, KINDS)}`)
    else checkedKinds.push(known)
  }
  return {
    who: {
      groups: checkedGroups === undefined ? undefined : new Set(checkedGroups),
      principals: principals === undefined ? undefined : new Set(principals.map((principal) => principal.value)),
      kinds: kinds === undefined ? undefined : new Set(checkedKinds),
    },
    groups: groups ?? [],
    principals: principals ?? [],
  }
}

interface ReadOn {
  readonly resources: ReadonlySet<ResourceName> | undefined
  readonly objects: readonly ObjectPattern[] | undefined
  readonly placed: readonly Placed<string>[]
}

function readOn(node: YamlNode | undefined, actions: ReadonlySet<Action> | undefined, problems: Problems): ReadOn {
  const fields = node === undefined ? undefined : readFields(node, 'on', ['resource', 'objects'], problems)
  if (fields === undefined) return { resources: undefined, objects: undefined, placed: [] }
  const placed = readOptionalTexts(fields, 'resource', problems)
  const resources = placed?.flatMap((name) => {
    if (isName(name.value)) return [requireResourceName(name.value)]
    problems.error(name.at, 'resource: expected 1 to 63 letters, digits, "_", ".", "-"')
    return []
  })
  const patterns: ObjectPattern[] = []
  const texts = readOptionalTexts(fields, 'objects', problems)
  for (const text of texts ?? []) {
    const pattern = compileObjectPattern(text.value)
    if (typeof pattern === 'string') problems.error(text.at, `objects: ${pattern}`)
    else if (!text.value.includes('.') && !text.value.includes('*') && ROW_ACTIONS.some((action) => actions === undefined || actions.has(action))) {
      problems.error(text.at, `objects: expected schema.name, found "${shown(text.value)}", which no table is called`)
    } else patterns.push(pattern)
  }
  return { resources: resources === undefined ? undefined : new Set(resources), objects: texts === undefined ? undefined : patterns, placed: placed ?? [] }
}

function readActions(node: YamlNode | undefined, problems: Problems): ReadonlySet<Action> | undefined {
  const texts = node === undefined ? undefined : readTexts(node, 'actions', problems)
  if (texts === undefined) return undefined
  const actions = new Set<Action>()
  for (const { value, at } of texts) {
    if (isAction(value)) actions.add(value)
    else problems.error(at, `actions: no action "${shown(value)}"${suggestion(value, ACTIONS)}`)
  }
  return actions
}

function readPurposes(node: YamlNode | undefined, problems: Problems): ReadonlySet<Purpose> | undefined {
  const texts = node === undefined ? undefined : readTexts(node, 'purpose', problems)
  if (texts === undefined) return undefined
  const purposes = new Set<Purpose>()
  for (const { value, at } of texts) {
    const purpose = parsePurpose(value)
    if (purpose === undefined) problems.error(at, 'purpose: expected a code of upper-case letters and digits, such as TREAT')
    else purposes.add(purpose)
  }
  return purposes
}

/** What only an allow may say, and what would never apply. */
function checkTerms(fields: Fields, effect: 'allow' | 'deny' | undefined, actions: ReadonlySet<Action> | undefined, problems: Problems): void {
  for (const key of TERMS) {
    const entry = fields.get(key)
    if (entry === undefined) continue
    if (effect === 'deny') problems.error(entry.keyAt, `${key}: a policy that denies has none`)
    else if ((key === 'mask' || key === 'exceptions') && actions !== undefined && actions.size > 0 && !actions.has('read') && !actions.has('execute')) {
      problems.error(entry.keyAt, `${key}: applies to what is read, and this policy's actions hold no read`)
    }
  }
  const on = fields.get('on')
  if (effect === 'deny' && on?.value.kind === 'map' && actions?.has('connect') === true) {
    const objects = on.value.entries.find((entry) => entry.key === 'objects')
    if (objects !== undefined) problems.error(objects.keyAt, 'objects: connect is about a whole resource: give it a policy of its own, without objects')
  }
  const exceptions = fields.get('exceptions')
  if (exceptions !== undefined && !fields.has('mask')) problems.error(exceptions.keyAt, 'exceptions: a policy without a mask shows everything and needs none')
}

function readOptionalTexts(fields: Fields, key: string, problems: Problems): readonly Placed<string>[] | undefined {
  const entry = fields.get(key)
  return entry === undefined ? undefined : readTexts(entry.value, key, problems)
}
