/**
 * What else happens when rows of a table are written: unique keys, foreign keys, checks and generated columns that may refuse by stored
 * values; rows of other tables that go or change along; trigger functions. A trigger function that is not SQL-standard is not read: that
 * it runs is an `execute` effect on it, which a policy may allow by the function's name. Where it stops: what such a function does, raises
 * or puts into the row is then its owner's business.
 */
import type { RelationFacts } from '../catalog/facts.ts'
import { SqlFault } from '../sql-fault.ts'
import { numberOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'
import { columnTaint, descendants, relationName, requireRelation } from './relation-columns.ts'
import { columnsByNumber, storedExpressionFlow } from './stored-expression.ts'
import { CLEAN, type Taint } from './taint.ts'
import type { Walk } from './walk.ts'

export type WriteEvent = 'insert' | 'update' | 'delete'

/** Foreign keys that are followed from table to table. */
const MAX_CASCADE = 64

/** @param written Taints of the columns given, by attribute number; empty for a delete. */
export function reportConsequences(walk: Walk, facts: RelationFacts, event: WriteEvent, written: ReadonlyMap<number, Taint>): void {
  const touched = [facts, ...descendants(walk, facts)]
  for (const relation of touched) {
    reportTriggers(walk, relation, event)
    if (event !== 'delete') {
      reportKeys(walk, relation, event, written)
      reportRefusals(walk, relation, written)
      reportExpressions(walk, relation, event, written)
    }
  }
  if (event !== 'insert') reportCascades(walk, touched, event, written)
}

function reportTriggers(walk: Walk, facts: RelationFacts, event: WriteEvent): void {
  for (const trigger of facts.triggers) {
    if (!trigger.events.includes(event)) continue
    const called = walk.knowledge.catalog.function(trigger.function)
    if (called === undefined) throw new SqlFault('unsupported', `trigger function ${trigger.function}: not in the catalog snapshot`)
    walk.findings.dependsOnDefinitions = true
    walk.findings.effect({
      action: 'execute', object: `${called.schema}.${called.name}`, kind: 'function', columns: [], classes: [],
      scope: 'user', note: `trigger of ${relationName(facts)}, language ${called.language}`,
    })
  }
}

/** A value that is there already is refused: an oracle for stored values of the key, and for those a foreign key refers to. */
function reportKeys(walk: Walk, facts: RelationFacts, event: WriteEvent, written: ReadonlyMap<number, Taint>): void {
  const concerns = (columns: readonly number[]): boolean => event === 'insert' || columns.some(number => number === 0 || written.has(number))
  for (const key of facts.uniqueKeys) {
    if (!concerns(key.columns)) continue
    const all = key.columns.includes(0)
    for (const attribute of facts.attributes.values()) {
      if (attribute.dropped || !(all || key.columns.includes(attribute.number))) continue
      walk.findings.use(columnTaint(walk, facts, attribute), { context: 'error', via: 'unique key', equality: true })
    }
  }
  for (const key of facts.foreignKeys) {
    if (!concerns(key.columns)) continue
    const other = requireRelation(walk, key.relation)
    for (const number of key.referenced) {
      const attribute = other.attributes.get(number)
      if (attribute !== undefined) walk.findings.use(columnTaint(walk, other, attribute), { context: 'error', via: 'foreign key', equality: true })
    }
  }
}

/** A written value that depends on PHI may be refused: as a null, as a repeated or missing key, for want of a partition. */
function reportRefusals(walk: Walk, facts: RelationFacts, written: ReadonlyMap<number, Taint>): void {
  const keys = new Set([...facts.uniqueKeys.flatMap(key => key.columns), ...facts.foreignKeys.flatMap(key => key.columns), ...facts.partitionKey ?? []])
  for (const [attribute, taint] of written) {
    if (keys.has(attribute) || keys.has(0) || facts.attributes.get(attribute)?.notNull === true) walk.findings.use(taint, { context: 'error', via: `constraint of ${relationName(facts)}` })
  }
}

/** Checks and generated columns run on the new row. Columns that were not given hold stored values in an UPDATE. */
function reportExpressions(walk: Walk, facts: RelationFacts, event: WriteEvent, written: ReadonlyMap<number, Taint>): void {
  for (const text of facts.writeExpressions) {
    for (const expression of walk.knowledge.readStored(text)) {
      const named = columnsNamed(expression)
      if (event === 'update' && !named.some(number => written.has(number) || number <= 0)) continue
      walk.findings.dependsOnDefinitions = true
      const columns = rowAfter(walk, facts, event, written)
      walk.findings.use(storedExpressionFlow(walk, expression, columns), { context: 'error', via: `constraint of ${relationName(facts)}` })
    }
  }
  for (const text of facts.policies.check) {
    walk.findings.dependsOnDefinitions = true
    for (const expression of walk.knowledge.readStored(text)) {
      walk.findings.use(storedExpressionFlow(walk, expression, rowAfter(walk, facts, event, written)), { context: 'error', via: `row security of ${relationName(facts)}` })
    }
  }
}

/** The row as it is written: columns that were not given hold stored values in an UPDATE, and no PHI in an INSERT. */
function rowAfter(walk: Walk, facts: RelationFacts, event: WriteEvent, written: ReadonlyMap<number, Taint>): readonly Taint[] {
  return columnsByNumber(facts, number => {
    const given = written.get(number)
    const attribute = facts.attributes.get(number)
    if (given !== undefined || event === 'insert' || attribute === undefined) return given ?? CLEAN
    return columnTaint(walk, facts, attribute)
  })
}

/** Attribute numbers of all VARs. */
function columnsNamed(node: TreeNode): readonly number[] {
  const found: number[] = []
  const visit = (value: TreeValue): void => {
    if (value?.kind === 'list') value.items.forEach(visit)
    if (value?.kind !== 'node') return
    if (value.name === 'VAR') found.push(numberOf(value, 'varattno'))
    value.within.forEach(visit)
  }
  visit(node)
  return found
}

/** Rows that refer to this one go with it, or change with it. */
function reportCascades(walk: Walk, start: readonly RelationFacts[], event: 'update' | 'delete', written: ReadonlyMap<number, Taint>): void {
  const queue = start.map(facts => ({ facts, event, columns: [...written.keys()] }))
  const seen = new Set<string>()
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
    for (const key of item.facts.referringKeys) {
      const concerned = item.event === 'delete' || key.referenced.some(number => item?.columns.includes(number))
      const action = item.event === 'delete' ? key.onDelete : key.onUpdate
      if (!concerned) continue
      const other = requireRelation(walk, key.relation)
      if (action === 'refuse') {
        // Whether somebody refers to the row shows as an error.
        for (const number of key.columns) {
          const attribute = other.attributes.get(number)
          if (attribute !== undefined) walk.findings.use(columnTaint(walk, other, attribute), { context: 'error', via: 'foreign key', equality: true })
        }
        continue
      }
      if (seen.has(`${key.relation} ${action}`)) continue
      seen.add(`${key.relation} ${action}`)
      if (seen.size > MAX_CASCADE) throw new SqlFault('unsupported', `foreign keys: more than ${MAX_CASCADE} tables change along`)
      const names = key.columns.flatMap(number => other.attributes.get(number)?.name ?? [])
      walk.findings.effect({
        action, object: relationName(other), kind: 'relation', columns: action === 'update' ? names : [],
        classes: action === 'update' ? [...new Set(key.columns.map(number => walk.knowledge.classOf(other.oid, number)))] : [],
        scope: 'user', note: `by a foreign key to ${relationName(item.facts)}`,
      })
      reportTriggers(walk, other, action)
      queue.push({ facts: other, event: action, columns: [...key.columns] })
    }
  }
}
