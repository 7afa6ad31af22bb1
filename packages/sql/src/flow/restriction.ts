/**
 * Whether a statement's rows are bounded: each PHI relation read, and each relation written, by a condition that really restricts it.
 * Conditions restrict by equality, IN or a range with both ends; by being joined to something restricted; by a constant LIMIT. Seen through:
 * `1 = 1`, `id = id`, `id IS NOT NULL`, an OR with such, a range open at one end over a key, integer ranges wider than MAX_RANGE (query-restriction.ts).
 * Known to miss: a condition that all rows happen to meet (`kind = 'visit'`), and dates a century apart; the rows and patients counted in
 * flight are the backstop.
 */
import { childOf, flagOf, nodesOf, numberOf, requireChild, wordOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'
import { argumentFact } from './constant.ts'
import { QueryRestriction } from './query-restriction.ts'
import { RTE } from './range-kind.ts'
import type { Knowledge } from './walk.ts'

/** A constant LIMIT above this is none. */
export const MAX_LIMIT = 10_000
/** Subqueries, views and functions inside each other. */
const MAX_DEPTH = 64
/** Queries looked at: a CTE is looked at once for each place that reads it, so their number can grow with every level. */
const MAX_QUERIES = 2_000

export interface Bounded {
  /** No PHI relation is read, and no relation written, without a restriction. */
  readonly restricted: boolean
  /** A DELETE takes every row of its table, or every row but for a range open at one end. */
  readonly deletesAll: boolean
}

export function boundsOf(knowledge: Knowledge, trees: readonly TreeNode[]): Bounded {
  const bounds = new Bounds(knowledge)
  for (const tree of trees) bounds.query(tree, { outputs: new Set(), ctes: new Map(), depth: 0 })
  return bounds
}

interface Around {
  /** Output columns (from 1) that something outside restricts. */
  readonly outputs: ReadonlySet<number>
  readonly ctes: ReadonlyMap<string, TreeNode>
  readonly depth: number
}

/** What all looking at one statement shares. */
interface Effort {
  queriesLeft: number
  /** Answers of {@link Bounds.isFewRows}, which do not depend on what is around. */
  readonly few: Map<TreeNode, boolean>
}

class Bounds implements Bounded {
  restricted = true
  deletesAll = false
  readonly #knowledge: Knowledge
  readonly #effort: Effort
  constructor(knowledge: Knowledge, effort: Effort = { queriesLeft: MAX_QUERIES, few: new Map() }) {
    this.#knowledge = knowledge
    this.#effort = effort
  }

  /** @returns whether the query's rows are few, whatever its relations hold. */
  query(query: TreeNode, around: Around): boolean {
    if (query.name !== 'QUERY' || numberOf(query, 'commandType') === 6) return true
    this.#effort.queriesLeft -= 1
    if (around.depth > MAX_DEPTH || this.#effort.queriesLeft < 0) { this.restricted = false; return false }
    const ctes = new Map(around.ctes)
    for (const cte of nodesOf(query, 'cteList')) ctes.set(wordOf(cte, 'ctename') ?? '', requireChild(cte, 'ctequery'))
    for (const cte of nodesOf(query, 'cteList')) this.#modifying(requireChild(cte, 'ctequery'), { ...around, ctes, outputs: new Set() })
    const level = new QueryRestriction(query, this.#knowledge)
    const inner: Around = { outputs: new Set(), ctes, depth: around.depth + 1 }
    const limited = hasLimit(query)
    for (const output of around.outputs) level.restrictOutput(output)
    level.settle(node => this.#isFewRows(node, inner))
    let few = limited
    const entries = nodesOf(query, 'rtable')
    let all = true
    for (const [at, entry] of entries.entries()) {
      const index = at + 1
      if (!level.isUsed(index)) continue
      const bounded = limited || level.isRestricted(index)
      if (!this.#entry(entry, level, index, bounded, inner)) all = false
    }
    few ||= all
    this.#target(query, level)
    this.#subqueries(query, entries, inner)
    return few
  }

  /** A CTE that writes does so whether or not anybody reads it. */
  #modifying(query: TreeNode, around: Around): void {
    if (query.name === 'QUERY' && numberOf(query, 'resultRelation') !== 0) this.query(query, { ...around, depth: around.depth + 1 })
  }

  /** @returns whether what the entry yields is few rows. */
  #entry(entry: TreeNode, level: QueryRestriction, index: number, bounded: boolean, inner: Around): boolean {
    switch (numberOf(entry, 'rtekind')) {
      case RTE.relation: {
        if (!bounded && this.#holdsPhi(numberOf(entry, 'relid'))) this.restricted = false
        return bounded
      }
      case RTE.subquery: return this.query(requireChild(entry, 'subquery'), { ...inner, outputs: level.columnsRestricted(index, bounded) }) || bounded
      case RTE.cte: {
        const name = wordOf(entry, 'ctename') ?? ''
        const query = inner.ctes.get(name)
        if (query === undefined || flagOf(entry, 'self_reference')) return true
        const ctes = new Map(inner.ctes)
        ctes.delete(name)
        return this.query(query, { ...inner, ctes, outputs: level.columnsRestricted(index, bounded) }) || bounded
      }
      default: return true
    }
  }

  #isFewRows(subquery: TreeNode, inner: Around): boolean {
    const known = this.#effort.few.get(subquery)
    if (known !== undefined) return known
    const few = new Bounds(this.#knowledge, this.#effort).query(subquery, inner)
    this.#effort.few.set(subquery, few)
    return few
  }

  #holdsPhi(oid: number): boolean {
    const facts = this.#knowledge.catalog.relation(oid)
    return [...facts?.attributes.values() ?? []].some(attribute => !attribute.dropped && this.#knowledge.classOf(oid, attribute.number) !== 'none')
      && oid >= 16384 && facts?.kind !== 'v'
  }

  #target(query: TreeNode, level: QueryRestriction): void {
    const index = numberOf(query, 'resultRelation')
    const command = numberOf(query, 'commandType')
    const writesStored = command === 2 || command === 4 || command === 5
    if (index === 0 || !writesStored || level.isRestricted(index)) return
    this.restricted = false
    if (command === 4 && !level.isFiltered(index)) this.deletesAll = true
    if (command === 5 && nodesOf(query, 'mergeActionList').some(deletesTheRest)) this.deletesAll = true
  }

  /** Subqueries in expressions, and the bodies of functions called. */
  #subqueries(query: TreeNode, entries: readonly TreeNode[], inner: Around): void {
    const visit = (value: TreeValue): void => {
      if (value?.kind === 'list') { value.items.forEach(visit); return }
      if (value?.kind !== 'node') return
      if (value.name === 'SUBLINK') {
        const select = childOf(value, 'subselect')
        if (select !== undefined) this.query(select, inner)
        visit(value.fields.get('testexpr'))
        return
      }
      if (value.name === 'QUERY') return
      if (value.name === 'FUNCEXPR') this.#body(numberOf(value, 'funcid'), inner)
      value.within.forEach(visit)
    }
    const [tables, ctes] = [query.fields.get('rtable'), query.fields.get('cteList')]
    for (const value of query.within) if (value !== tables && value !== ctes) visit(value)
    for (const entry of entries) for (const field of ['functions', 'values_lists', 'tablefunc', 'securityQuals']) visit(entry.fields.get(field))
  }

  #body(functionOid: number, inner: Around): void {
    const facts = this.#knowledge.behaviour(functionOid) === undefined ? this.#knowledge.catalog.function(functionOid) : undefined
    if (facts === undefined) return
    for (const statement of this.#knowledge.bodyOf(facts, []) ?? []) {
      for (const tree of statement.trees) this.query(tree, { outputs: new Set(), ctes: new Map(), depth: inner.depth + 1 })
    }
  }
}

/** MERGE_WHEN_NOT_MATCHED_BY_SOURCE of MergeMatchKind, from 17 on. */
const NOT_MATCHED_BY_SOURCE = 1

/** WHEN NOT MATCHED BY SOURCE THEN DELETE, without a condition of its own. */
function deletesTheRest(action: TreeNode): boolean {
  return numberOf(action, 'commandType') === 4 && action.fields.has('matchKind') && numberOf(action, 'matchKind') === NOT_MATCHED_BY_SOURCE && childOf(action, 'qual') === undefined
}

/** LIMIT with a constant, on rows as they are: over groups or aggregates it bounds nothing that is read. */
function hasLimit(query: TreeNode): boolean {
  const fact = argumentFact(childOf(query, 'limitCount'), undefined)
  if (fact.kind !== 'constant' || (typeof fact.value !== 'number' && typeof fact.value !== 'bigint') || fact.value > MAX_LIMIT) return false
  return !flagOf(query, 'hasAggs') && nodesOf(query, 'groupClause').length === 0 && nodesOf(query, 'distinctClause').length === 0 && childOf(query, 'setOperations') === undefined
}
