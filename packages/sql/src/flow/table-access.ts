/**
 * Which relations a query reads and writes, from the permission entries that PostgreSQL itself checks: one per relation and view named,
 * inside views as well. Source: PostgreSQL, src/include/nodes/parsenodes.h (RTEPermissionInfo; before 16 fields of RangeTblEntry).
 */
import type { Action, Effect, PhiClass } from '@doorward/core'
import type { RelationFacts } from '../catalog/facts.ts'
import { flagOf, nodesOf, numberOf, numbersOf, type TreeNode } from '../tree/tree-value.ts'
import { FIRST_USER_OID } from './coercion-flow.ts'
import type { Level } from './level.ts'
import { descendants, relationName, requireRelation } from './relation-columns.ts'
import type { Walk } from './walk.ts'

/** AclMode bits (nodes/parsenodes.h). */
const INSERT = 1, SELECT = 2, UPDATE = 4, DELETE = 8
/** Column bitmaps count from here (FirstLowInvalidHeapAttributeNumber, access/sysattr.h). */
const FIRST_ATTRIBUTE = -7

export function reportAccess(walk: Walk, level: Level): void {
  const { query } = level
  const entries = query.fields.has('rteperminfos') ? nodesOf(query, 'rteperminfos') : level.entries.filter(entry => entry.fields.has('relid'))
  for (const entry of entries) {
    if (numberOf(entry, 'relid') !== 0 && numberOf(entry, 'requiredPerms') !== 0) reportEntry(walk, entry)
  }
}

function reportEntry(walk: Walk, entry: TreeNode): void {
  const facts = requireRelation(walk, numberOf(entry, 'relid'))
  const permissions = numberOf(entry, 'requiredPerms')
  if (facts.kind === 'v') walk.findings.dependsOnDefinitions = true
  if ((permissions & SELECT) !== 0) {
    report(walk, facts, 'read', numbersOf(entry, 'selectedCols'))
    // Rows of other tables come along by inheritance; partitions are the table itself.
    if (facts.kind === 'r' && flagOf(entry, 'inh')) for (const child of descendants(walk, facts)) report(walk, child, 'read', [])
  }
  if ((permissions & INSERT) !== 0) report(walk, facts, 'create', numbersOf(entry, 'insertedCols'))
  if ((permissions & UPDATE) !== 0) report(walk, facts, 'update', numbersOf(entry, 'updatedCols'))
  if ((permissions & DELETE) !== 0) report(walk, facts, 'delete', [])
  if (facts.kind === 'f') report(walk, facts, 'export', [])
  const known = SELECT | INSERT | UPDATE | DELETE
  if ((permissions & ~known) !== 0) report(walk, facts, 'privilege', [])
}

function report(walk: Walk, facts: RelationFacts, action: Action, bitmap: readonly number[]): void {
  const numbers = bitmap.map(bit => bit + FIRST_ATTRIBUTE)
  const attributes = [...facts.attributes.values()].filter(attribute => !attribute.dropped && (numbers.includes(attribute.number) || numbers.includes(0)))
  const isSystem = facts.oid < FIRST_USER_OID
  const classes = isSystem || facts.kind === 'v' ? [] : attributes.map(attribute => walk.knowledge.classOf(facts.oid, attribute.number))
  walk.findings.effect({
    action,
    object: relationName(facts),
    kind: facts.kind === 'S' ? 'sequence' : 'relation',
    columns: attributes.map(attribute => attribute.name),
    classes: [...new Set<PhiClass>(classes)],
    // Only reading the system catalogs is open; what of them is closed follows from the columns that reach somewhere.
    scope: isSystem && action === 'read' ? 'open' : 'user',
    note: action === 'export' ? 'foreign table' : undefined,
  } satisfies Effect)
}
