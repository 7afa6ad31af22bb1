/** The terms under which a policy allows: `mask`, `limits`, `hold` and `exceptions`. */
import { isMaskOperator, isPhi, isPhiClass, MASK_OPERATORS, PHI_CLASSES, type MaskOperator, type PhiClass } from '@doorward/core'
import type { Problems } from '../text/problem.ts'
import { suggestion } from '../text/nearest.ts'
import { found, readChoice, readFields, readInteger, readItems, readMapping, readTexts, requireKeys, type Placed } from '../text/read-fields.ts'
import { readDuration } from '../text/read-units.ts'
import { shown, type YamlNode } from '../text/yaml-tree.ts'
import type { FlowException, HoldRule, Limits, Mask } from './policy.ts'
import { readCondition, type ConditionReader } from './read-condition.ts'
import { toGroup } from './read-group.ts'

/** How long a held statement waits when its policy does not say: as long as common clients keep a statement open. */
export const DEFAULT_HOLD_MS = 15 * 60_000
/** Longest time an approval may stay open: a week, for tickets that outlive their connection. */
const MAX_HOLD_MS = 7 * 86_400_000
const MAX_QUORUM = 20
/** Numbers above what any statement returns would hide a typing mistake. */
const MAX_COUNT = 1_000_000_000

/** The smallest cell that is shown where a policy does not say: the CMS cell size suppression policy shows none of 1 to 10. */
export const DEFAULT_CELL = 11
/** With 1 every cell but an empty one would be shown, and a cell of one is a patient. */
const LEAST_CELL = 2
/** More than a person or a program asks in an hour; each that counts is remembered. */
const MAX_PER_HOUR = 10_000

/** @returns undefined when there is no mask or it has a fault, which is then a problem. */
export function readMask(node: YamlNode | undefined, problems: Problems): Mask | undefined {
  const fields = node === undefined ? undefined : readMapping(node, 'mask', problems)
  if (fields === undefined) return undefined
  const byClass = new Map<PhiClass, MaskOperator>()
  let rest: MaskOperator = 'redact'
  for (const [key, entry] of fields) {
    const operator = readOperator(entry.value, problems)
    if (key === 'default') rest = operator ?? rest
    else if (!isPhiClass(key)) problems.error(entry.keyAt, `mask: no class "${shown(key)}"${suggestion(key, ['default', ...PHI_CLASSES])}`)
    else if (!isPhi(key)) problems.error(entry.keyAt, 'mask: class none is never masked')
    else if (operator !== undefined) byClass.set(key, operator)
  }
  return { byClass, rest }
}

function readOperator(node: YamlNode, problems: Problems): MaskOperator | undefined {
  // `null` unquoted is YAML's nothing; written out it means the operator, left empty it means a line not finished.
  const text = node.kind === 'text' ? node.text : node.kind === 'nothing' && node.written === 'null' ? 'null' : undefined
  if (text !== undefined && isMaskOperator(text)) return text
  const seen = text === undefined ? found(node) : `"${shown(text)}"`
  problems.error(node.at, `mask: expected one of ${MASK_OPERATORS.join(', ')}, found ${seen}${text === undefined ? '' : suggestion(text, MASK_OPERATORS)}`)
  return undefined
}

/** @returns undefined when there are no limits or they are not keys and values. */
export function readLimits(node: YamlNode | undefined, problems: Problems): Limits | undefined {
  const fields = node === undefined ? undefined : readFields(node, 'limits', ['rowsPerStatement', 'patientsPerHour', 'estimatedRows'], problems)
  if (fields === undefined) return undefined
  const read = (key: string): number | undefined => {
    const entry = fields.get(key)
    return entry === undefined ? undefined : readInteger(entry.value, key, 1, MAX_COUNT, problems)
  }
  return { rowsPerStatement: read('rowsPerStatement'), patientsPerHour: read('patientsPerHour'), estimatedRows: read('estimatedRows') }
}

/** The holds of one policy, and the groups they name with their places. */
export interface ReadHolds {
  readonly rules: readonly HoldRule[]
  readonly approvers: readonly Placed<string>[]
}

/** Each hold with its defaults: one person, {@link DEFAULT_HOLD_MS}. */
export function readHolds(node: YamlNode | undefined, conditions: ConditionReader, problems: Problems): ReadHolds {
  const rules: HoldRule[] = []
  const approvers: Placed<string>[] = []
  const items = node === undefined ? [] : readItems(node, 'hold', 1, problems) ?? []
  for (const item of items) {
    const fields = readFields(item, 'hold', ['when', 'by', 'quorum', 'expires'], problems)
    if (fields === undefined) continue
    requireKeys(fields, item.at, 'hold', ['by'], problems)
    const when = fields.get('when')
    const by = fields.get('by')
    const quorum = fields.get('quorum')
    const expires = fields.get('expires')
    const groups = by === undefined ? [] : readTexts(by.value, 'by', problems) ?? []
    approvers.push(...groups)
    rules.push({
      when: when === undefined ? undefined : readCondition(when.value, 'hold when', conditions, problems),
      by: groups.flatMap((group) => toGroup(group, 'by', problems)),
      quorum: (quorum === undefined ? undefined : readInteger(quorum.value, 'quorum', 1, MAX_QUORUM, problems)) ?? 1,
      expiresMs: (expires === undefined ? undefined : readDuration(expires.value, 'expires', 1_000, MAX_HOLD_MS, problems)) ?? DEFAULT_HOLD_MS,
    })
  }
  return { rules, approvers }
}

/** Each exception with its defaults. Counts without a budget could be asked for until their differences name a patient, so there are none. */
export function readExceptions(node: YamlNode | undefined, problems: Problems): readonly FlowException[] {
  const items = node === undefined ? [] : readItems(node, 'exceptions', 1, problems) ?? []
  return items.flatMap((item) => readException(item, problems) ?? [])
}

function readException(item: YamlNode, problems: Problems): FlowException | undefined {
  const fields = readFields(item, 'exceptions', ['allow', 'classes', 'perHour', 'atLeast'], problems)
  if (fields === undefined) return undefined
  requireKeys(fields, item.at, 'exceptions', ['allow', 'classes'], problems)
  const read = (key: string, least: number, most: number): number | undefined => {
    const entry = fields.get(key)
    return entry === undefined ? undefined : readInteger(entry.value, key, least, most, problems)
  }
  const given = fields.get('classes')
  const classes = given === undefined ? new Set<PhiClass>() : readClasses(given.value, problems)
  const allow = fields.get('allow')
  const perHour = read('perHour', 1, MAX_PER_HOUR)
  const atLeast = read('atLeast', LEAST_CELL, MAX_COUNT)
  switch (allow === undefined ? undefined : readChoice(allow.value, 'allow', ['equality', 'counts'], problems)) {
    case 'equality': {
      const misplaced = fields.get('atLeast')
      if (misplaced !== undefined) problems.error(misplaced.keyAt, 'exceptions: atLeast is about counts')
      return { allow: 'equality', classes, perHour }
    }
    case 'counts':
      if (!fields.has('perHour')) problems.error(item.at, 'exceptions: counts: expected key "perHour", which is missing')
      return perHour === undefined ? undefined : { allow: 'counts', classes, atLeast: atLeast ?? DEFAULT_CELL, perHour }
    default: return undefined
  }
}

function readClasses(node: YamlNode, problems: Problems): ReadonlySet<PhiClass> {
  const classes = new Set<PhiClass>()
  for (const { value, at } of readTexts(node, 'classes', problems) ?? []) {
    if (!isPhiClass(value)) problems.error(at, `classes: no class "${shown(value)}"${suggestion(value, PHI_CLASSES)}`)
    else if (!isPhi(value)) problems.error(at, 'classes: class none is never masked')
    else classes.add(value)
  }
  return classes
}
