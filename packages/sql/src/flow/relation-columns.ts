/**
 * What the columns of a stored relation hold: the PHI columns behind each, children and partitions included, materialized views by way of
 * their definition. Here classes enter the flow. Where it stops: a foreign table is what the classification says it is.
 */
import type { AttributeFacts, RelationFacts } from '../catalog/facts.ts'
import { SqlFault } from '../sql-fault.ts'
import { callsOf } from '../catalog/calls-of.ts'
import type { TreeNode, TreeValue } from '../tree/tree-value.ts'
import { FIRST_USER_OID } from './coercion-flow.ts'
import { CLEAN, choose, copyOf, derive, isTainted, textOf, type Taint } from './taint.ts'
import type { EntryColumns } from './level.ts'
import { columnsByNumber, storedExpressionFlow } from './stored-expression.ts'
import type { Walk } from './walk.ts'

/** Inheritance and partition levels that are followed. */
const MAX_CHILD_DEPTH = 32
/** SelfItemPointerAttributeNumber and TableOidAttributeNumber (access/sysattr.h). */
const CTID = -1, TABLEOID = -6

/** @throws {SqlFault} `unsupported`: facts of the relation were not loaded. */
export function requireRelation(walk: Walk, oid: number): RelationFacts {
  const facts = walk.knowledge.catalog.relation(oid)
  if (facts === undefined) throw new SqlFault('unsupported', `relation ${oid}: not in the catalog snapshot`)
  return facts
}

export function relationName(facts: RelationFacts): string {
  return `${facts.schema}.${facts.name}`
}

/** @param children Children are read too (no ONLY). */
export function relationColumns(walk: Walk, oid: number, children: 'read' | 'left-out'): EntryColumns {
  const facts = requireRelation(walk, oid)
  // An extension's relation (pg_stat_statements) may be closed as well.
  const isCatalog = oid < FIRST_USER_OID || [...facts.attributes.values()].some(attribute => walk.knowledge.catalogColumn(facts.schema, facts.name, attribute.name) !== undefined)
  const columns = isCatalog ? systemColumns(walk, facts) : storedColumns(walk, facts, children)
  const key = partitionKeys(walk, facts)
  // A plan names the partitions that it reads, and shows what it has computed of checks, index expressions and predicates.
  for (const taint of [...key, ...computedByPlanning(walk, facts)]) walk.findings.yields(taint)
  return {
    columns,
    computed: virtualColumns(walk, facts),
    systemColumn: attribute => {
      // Where a row lies depends on how long its values are; in which partition, on the partition key.
      if (attribute === CTID) return derive(...columns)
      if (attribute === TABLEOID) return derive(...key)
      return CLEAN
    },
  }
}

/** Of the expressions that planning looks at (checks, indexes): what functions of constants in them yield. */
function computedByPlanning(walk: Walk, facts: RelationFacts): readonly Taint[] {
  return facts.writeExpressions.flatMap(text => {
    const { functions, operators } = callsOf(text)
    if (![...functions, ...operators].some(oid => oid >= FIRST_USER_OID)) return []
    const constant = walk.knowledge.readStored(text).flatMap(constantCalls)
    if (constant.length === 0) return []
    walk.findings.dependsOnDefinitions = true
    try {
      return constant.map(call => storedExpressionFlow(walk.apart(), call, []))
    } catch (fault) {
      if (!(fault instanceof SqlFault)) throw fault
      return [copyOf({ relation: relationName(facts), column: 'index or check', class: 'phi' })]
    }
  })
}

/** Calls of functions and operators in which no column stands. */
function constantCalls(node: TreeNode): readonly TreeNode[] {
  const children = node.within.flatMap(nodesWithin)
  if ((node.name === 'FUNCEXPR' || node.name === 'OPEXPR') && !children.some(holdsColumn)) return [node]
  return children.flatMap(constantCalls)
}

function nodesWithin(value: TreeValue): readonly TreeNode[] {
  if (value?.kind === 'list') return value.items.flatMap(nodesWithin)
  return value?.kind === 'node' ? [value] : []
}

function holdsColumn(node: TreeNode): boolean {
  return node.name === 'VAR' || node.within.flatMap(nodesWithin).some(holdsColumn)
}

/** Attribute numbers without gaps; dropped columns and numbers that were never used are clean. */
function byNumber(facts: RelationFacts, of: (attribute: AttributeFacts) => Taint): readonly Taint[] {
  const width = Math.max(0, ...facts.attributes.keys())
  return Array.from({ length: width }, (_, index) => {
    const attribute = facts.attributes.get(index + 1)
    return attribute === undefined || attribute.dropped ? CLEAN : of(attribute)
  })
}

function systemColumns(walk: Walk, facts: RelationFacts): readonly Taint[] {
  return byNumber(facts, attribute => {
    const known = walk.knowledge.catalogColumn(facts.schema, facts.name, attribute.name)
    if (known === undefined) return CLEAN
    if (known.kind !== 'closed') return textOf(known.kind)
    return copyOf({ relation: relationName(facts), column: attribute.name, class: 'phi' })
  })
}

/** Virtual columns of a relation, computed when they are asked for. */
function virtualColumns(walk: Walk, facts: RelationFacts): ReadonlyMap<number, () => Taint> {
  return new Map([...facts.attributes.values()].flatMap(attribute => {
    const { expression } = attribute
    return expression === undefined || attribute.dropped ? [] : [[attribute.number, () => virtualColumn(walk, facts, attribute, expression)] as const]
  }))
}

function virtualColumn(walk: Walk, facts: RelationFacts, attribute: AttributeFacts, text: string): Taint {
  // A virtual column cannot refer to another one, so this ends.
  const columns = columnsByNumber(facts, number => { const other = facts.attributes.get(number); return other === undefined ? CLEAN : columnTaint(walk, facts, other) })
  const values = walk.knowledge.readStored(text).map(expression => storedExpressionFlow(walk, expression, columns))
  // What the classification says of the column itself stands; where that is `none`, what it is computed from does.
  const own = columnTaint(walk, facts, attribute)
  return isTainted(own) ? own : derive(...values)
}

/** The class of one column as a copy of it; clean for `none`. */
export function columnTaint(walk: Walk, facts: RelationFacts, attribute: AttributeFacts): Taint {
  const phiClass = walk.knowledge.classOf(facts.oid, attribute.number)
  return phiClass === 'none' ? CLEAN : copyOf({ relation: relationName(facts), column: attribute.name, class: phiClass })
}

function storedColumns(walk: Walk, facts: RelationFacts, children: 'read' | 'left-out'): readonly Taint[] {
  if (facts.kind === 'm') return materialized(walk, facts)
  const own = byNumber(facts, attribute => columnTaint(walk, facts, attribute))
  if (children === 'left-out') return own
  const below = descendants(walk, facts)
  if (below.length === 0) return own
  return byNumber(facts, attribute => {
    const mine = own[attribute.number - 1] ?? CLEAN
    // A child's column of the same name is the same column; one that is classified alike adds nothing but its name.
    const theirs = below.flatMap(child => {
      const column = [...child.attributes.values()].find(candidate => !candidate.dropped && candidate.name === attribute.name)
      return column === undefined ? [] : [columnTaint(walk, child, column)]
    })
    const classes = new Set([...mine.sources.values()].map(source => source.column.class))
    const stricter = theirs.filter(taint => [...taint.sources.values()].some(source => !classes.has(source.column.class)))
    return stricter.length === 0 ? mine : choose(mine, ...stricter)
  })
}

/** All relations below, each once. */
export function descendants(walk: Walk, facts: RelationFacts): readonly RelationFacts[] {
  const found = new Map<number, RelationFacts>()
  let level: readonly RelationFacts[] = [facts]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_CHILD_DEPTH) throw new SqlFault('unsupported', `relation ${relationName(facts)}: more than ${MAX_CHILD_DEPTH} levels of children`)
    const next: RelationFacts[] = []
    for (const relation of level) {
      for (const oid of relation.children) {
        if (found.has(oid) || oid === facts.oid) continue
        const child = requireRelation(walk, oid)
        found.set(oid, child)
        next.push(child)
      }
    }
    level = next
  }
  return [...found.values()]
}

/** Its rows are those of its query when it was last refreshed, so what the query used to choose them is used here. */
function materialized(walk: Walk, facts: RelationFacts): readonly Taint[] {
  if (facts.definition === undefined) return byNumber(facts, attribute => columnTaint(walk, facts, attribute))
  walk.findings.dependsOnDefinitions = true
  const [query] = walk.knowledge.readStored(facts.definition)
  if (query === undefined) throw new SqlFault('unsupported', `materialized view ${relationName(facts)}: no definition`)
  const { columns } = walk.query(query, undefined, CLEAN, [])
  return byNumber(facts, attribute => columns[attribute.number - 1] ?? columnTaint(walk, facts, attribute))
}

/** PHI by which rows are spread over the partitions below and above this relation. */
export function partitionKeys(walk: Walk, facts: RelationFacts): readonly Taint[] {
  const keys: Taint[] = []
  for (const relation of [facts, ...(facts.kind === 'p' ? descendants(walk, facts) : [])]) keys.push(...ownKey(walk, relation))
  return keys.filter(isTainted)
}

function ownKey(walk: Walk, facts: RelationFacts): readonly Taint[] {
  if (facts.kind !== 'p') return []
  // An expression in the key (number 0) may use any column.
  const all = facts.partitionKey === undefined || facts.partitionKey.includes(0)
  return [...facts.attributes.values()]
    .filter(attribute => !attribute.dropped && (all || facts.partitionKey?.includes(attribute.number)))
    .map(attribute => columnTaint(walk, facts, attribute))
}

/** Reading one partition by name is asking for the rows whose key falls into it. */
export function keysAbove(walk: Walk, facts: RelationFacts): readonly Taint[] {
  const keys: Taint[] = []
  let level: readonly number[] = facts.parents
  for (let depth = 0; level.length > 0 && depth <= MAX_CHILD_DEPTH; depth += 1) {
    const parents = level.map(oid => requireRelation(walk, oid))
    for (const parent of parents) keys.push(...ownKey(walk, parent))
    level = parents.flatMap(parent => parent.parents)
  }
  return keys.filter(isTainted)
}
