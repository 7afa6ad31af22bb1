/**
 * Whether a statement's rows are bounded: each PHI relation read, and each relation written, by a condition that really restricts it.
 * Conditions restrict by equality, IN or a range with both ends; by being joined to something restricted; by a constant LIMIT. Seen through:
 * `1 = 1`, `id = id`, `id IS NOT NULL`, an OR with such, a range open at one end over a key, integer ranges wider than {@link MAX_RANGE}.
 * Known to miss: a condition that all rows happen to meet (`kind = 'visit'`), and dates a century apart; the rows and patients counted in
 * flight are the backstop.
 */
import { childOf, flagOf, itemsOf, nodesOf, numberOf, requireChild, wordOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'
import { argumentFact } from './constant.ts'
import { conjunctsOf } from './conjunction.ts'
import { RTE } from './range-kind.ts'
import type { Knowledge } from './walk.ts'

/** A range of integer keys wider than this is no restriction. */
export const MAX_RANGE = 10_000
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
      value.fields.forEach(visit)
    }
    for (const [field, value] of query.fields) if (field !== 'rtable' && field !== 'cteList') visit(value)
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

/** LIMIT with a constant, on rows as they are: over groups or aggregates it bounds nothing that is read. */
function hasLimit(query: TreeNode): boolean {
  const fact = argumentFact(childOf(query, 'limitCount'), undefined)
  if (fact.kind !== 'constant' || (typeof fact.value !== 'number' && typeof fact.value !== 'bigint') || fact.value > MAX_LIMIT) return false
  return !flagOf(query, 'hasAggs') && nodesOf(query, 'groupClause').length === 0 && nodesOf(query, 'distinctClause').length === 0 && childOf(query, 'setOperations') === undefined
}

/** Which entries of one query's range table its own conditions restrict. */
class QueryRestriction {
  readonly #query: TreeNode
  readonly #knowledge: Knowledge
  readonly #entries: readonly TreeNode[]
  readonly #used = new Set<number>()
  readonly #restricted = new Set<number>()
  readonly #filtered = new Set<number>()
  readonly #columns = new Map<number, Set<number>>()
  readonly #conjuncts: TreeNode[] = []
  /** Ranges by column, from which end: both make a restriction. */
  readonly #ends = new Map<string, { low?: bigint | 'given'; high?: bigint | 'given' }>()

  constructor(query: TreeNode, knowledge: Knowledge) {
    this.#query = query
    this.#knowledge = knowledge
    this.#entries = nodesOf(query, 'rtable')
    this.#collect(requireChild(query, 'jointree'), 'inner')
    const setOperation = childOf(query, 'setOperations')
    if (setOperation !== undefined) this.#arms(setOperation)
    if (query.fields.has('mergeJoinCondition')) { const join = childOf(query, 'mergeJoinCondition'); if (join !== undefined) this.#conjuncts.push(...conjunctsOf(join)) }
  }

  isUsed(index: number): boolean { return this.#used.has(index) }
  isRestricted(index: number): boolean { return this.#restricted.has(index) }
  /** Some condition of its own is there, if only a pattern or a range open at one end that is no key's. */
  isFiltered(index: number): boolean { return this.#filtered.has(index) || this.#restricted.has(index) }
  /** Columns of an entry that are compared with something given; all when the entry is bounded and none is known. */
  columnsRestricted(index: number, bounded: boolean): ReadonlySet<number> {
    const columns = this.#columns.get(index) ?? new Set<number>()
    return bounded && columns.size === 0 ? new Set(Array.from({ length: 1600 }, (_, at) => at + 1)) : columns
  }

  #arms(node: TreeNode): void {
    if (node.name === 'RANGETBLREF') { this.#used.add(numberOf(node, 'rtindex')); return }
    this.#arms(requireChild(node, 'larg'))
    this.#arms(requireChild(node, 'rarg'))
  }

  /** What stands in an outer join's condition restricts the side that may be missing, so it is taken for both: the other is found unbounded by itself. */
  #collect(node: TreeNode, side: 'inner' | 'outer'): void {
    if (node.name === 'RANGETBLREF') { this.#used.add(numberOf(node, 'rtindex')); return }
    if (node.name === 'FROMEXPR') nodesOf(node, 'fromlist').forEach(item => { this.#collect(item, side) })
    if (node.name === 'JOINEXPR') {
      this.#collect(requireChild(node, 'larg'), side)
      this.#collect(requireChild(node, 'rarg'), side)
    }
    const quals = childOf(node, 'quals')
    if (quals !== undefined) this.#conjuncts.push(...conjunctsOf(quals))
  }

  restrictOutput(output: number): void {
    const setOperation = childOf(this.#query, 'setOperations')
    if (setOperation !== undefined) {
      for (const index of this.#used) this.#mark(index, output)
      return
    }
    const entry = nodesOf(this.#query, 'targetList').find(target => !flagOf(target, 'resjunk') && numberOf(target, 'resno') === output)
    const column = entry === undefined ? undefined : this.#column(requireChild(entry, 'expr'))
    if (column !== undefined) this.#mark(column.index, column.attribute)
  }

  #mark(index: number, attribute: number): boolean {
    const columns = this.#columns.get(index) ?? new Set<number>()
    const isNew = !columns.has(attribute) || !this.#restricted.has(index)
    columns.add(attribute)
    this.#columns.set(index, columns)
    this.#restricted.add(index)
    return isNew
  }

  /** Applies the conditions until nothing more is restricted by them. */
  settle(isFewRows: (subquery: TreeNode) => boolean): void {
    for (const [at, entry] of this.#entries.entries()) {
      const kind = numberOf(entry, 'rtekind')
      // Rows the caller wrote or that a function makes: joining to them is a list of values.
      if (kind === RTE.values || kind === RTE.result) this.#restricted.add(at + 1)
      if (kind === RTE.subquery && isFewRows(requireChild(entry, 'subquery'))) this.#restricted.add(at + 1)
    }
    for (let changed = true; changed;) {
      changed = false
      for (const conjunct of this.#conjuncts) if (this.#apply(conjunct, isFewRows)) changed = true
    }
  }

  #apply(conjunct: TreeNode, isFewRows: (subquery: TreeNode) => boolean): boolean {
    let changed = false
    for (const { index, attribute } of this.#restrictedBy(conjunct, isFewRows)) if (this.#mark(index, attribute)) changed = true
    return changed
  }

  #restrictedBy(conjunct: TreeNode, isFewRows: (subquery: TreeNode) => boolean): readonly Column[] {
    if (conjunct.name === 'BOOLEXPR' && wordOf(conjunct, 'boolop') === 'or') return this.#byEveryArm(conjunct, isFewRows)
    if (conjunct.name === 'CURRENTOFEXPR') return [{ index: numberOf(conjunct, 'cvarno'), attribute: 0 }]
    if (conjunct.name === 'SUBLINK') return this.#bySublink(conjunct, isFewRows)
    if (conjunct.name === 'SCALARARRAYOPEXPR') {
      const [left, right] = nodesOf(conjunct, 'args')
      const column = left === undefined ? undefined : this.#column(left)
      return column !== undefined && flagOf(conjunct, 'useOr') && this.#operatorName(conjunct) === '=' && right !== undefined && this.#isGiven(right) ? [column] : []
    }
    if (conjunct.name === 'OPEXPR') return this.#byComparison(conjunct)
    if (conjunct.name === 'FUNCEXPR' || conjunct.name === 'VAR') this.#filter(conjunct)
    return []
  }

  /** Conditions that are none of the known kinds: something is left out, it is not known how much. */
  #filter(node: TreeNode): void {
    const visit = (value: TreeValue): void => {
      if (value?.kind === 'list') value.items.forEach(visit)
      if (value?.kind !== 'node') return
      const column = this.#column(value)
      if (column !== undefined) this.#filtered.add(column.index)
      value.fields.forEach(visit)
    }
    visit(node)
  }

  /** `a OR b` restricts what every arm restricts. */
  #byEveryArm(node: TreeNode, isFewRows: (subquery: TreeNode) => boolean): readonly Column[] {
    const arms = nodesOf(node, 'args').map(arm => conjunctsOf(arm).flatMap(part => this.#restrictedBy(part, isFewRows)))
    const [first = [], ...others] = arms
    return first.filter(column => others.every(arm => arm.some(other => other.index === column.index)))
  }

  /** `x IN (SELECT ...)`, when the subquery itself is few rows. */
  #bySublink(node: TreeNode, isFewRows: (subquery: TreeNode) => boolean): readonly Column[] {
    const test = childOf(node, 'testexpr')
    for (const index of this.#used) this.#filtered.add(index)
    if (numberOf(node, 'subLinkType') !== 2 || test?.name !== 'OPEXPR' || this.#operatorName(test) !== '=') return []
    const [left] = nodesOf(test, 'args')
    const column = left === undefined ? undefined : this.#column(left)
    return column !== undefined && isFewRows(requireChild(node, 'subselect')) ? [column] : []
  }

  #byComparison(node: TreeNode): readonly Column[] {
    const [left, right] = nodesOf(node, 'args')
    if (left === undefined || right === undefined) return []
    const [a, b] = [this.#column(left), this.#column(right)]
    const name = this.#operatorName(node)
    if (name === '=') {
      if (a !== undefined && b !== undefined) {
        if (a.index === b.index) return []
        this.#filtered.add(a.index).add(b.index)
        if (this.#restricted.has(a.index)) return [b]
        return this.#restricted.has(b.index) ? [a] : []
      }
      if (a !== undefined && this.#isGiven(right)) return [a]
      return b !== undefined && this.#isGiven(left) ? [b] : []
    }
    if (a !== undefined && this.#isGiven(right)) return this.#byRange(a, name, right)
    return b !== undefined && this.#isGiven(left) ? this.#byRange(b, MIRRORED.get(name) ?? name, left) : []
  }

  #byRange(column: Column, name: string, bound: TreeNode): readonly Column[] {
    const isLow = name === '>' || name === '>='
    const isHigh = name === '<' || name === '<='
    if (!isLow && !isHigh) { if (!NEGATIONS.has(name)) this.#filtered.add(column.index); return [] }
    if (!this.#isKey(column)) { this.#filtered.add(column.index); return [column] }
    const key = `${column.index}.${column.attribute}`
    const ends = this.#ends.get(key) ?? {}
    const fact = argumentFact(bound, undefined)
    const value = fact.kind === 'constant' && (typeof fact.value === 'number' || typeof fact.value === 'bigint') ? BigInt(fact.value) : 'given'
    if (isLow) ends.low = value
    else ends.high = value
    this.#ends.set(key, ends)
    if (ends.low === undefined || ends.high === undefined) return []
    const isWide = typeof ends.low === 'bigint' && typeof ends.high === 'bigint' && ends.high - ends.low > BigInt(MAX_RANGE)
    return isWide ? [] : [column]
  }

  /** In a unique index or a foreign key: a range open at one end may hold every row. */
  #isKey(column: Column): boolean {
    const entry = this.#entries[column.index - 1]
    // Of a subquery's column nothing is known: as strict as for a key.
    if (entry === undefined || numberOf(entry, 'rtekind') !== RTE.relation) return true
    const facts = this.#knowledge.catalog.relation(numberOf(entry, 'relid'))
    if (facts === undefined) return true
    return [...facts.uniqueKeys, ...facts.foreignKeys].some(key => key.columns.includes(column.attribute)) || isInteger(facts.attributes.get(column.attribute)?.typeOid)
  }

  #operatorName(node: TreeNode): string {
    return this.#knowledge.catalog.operator(numberOf(node, 'opno'))?.name ?? ''
  }

  /** A column of this level, as it is. */
  #column(node: TreeNode): Column | undefined {
    if (node.name === 'RELABELTYPE' || node.name === 'COLLATEEXPR') { const inner = childOf(node, 'arg'); return inner === undefined ? undefined : this.#column(inner) }
    if (node.name !== 'VAR' || numberOf(node, 'varlevelsup') !== 0 || numberOf(node, 'varattno') < 0) return undefined
    const [index, attribute] = [numberOf(node, 'varno'), numberOf(node, 'varattno')]
    const entry = this.#entries[index - 1]
    if (entry === undefined) return undefined
    const kind = numberOf(entry, 'rtekind')
    if (kind !== RTE.join && kind !== RTE.group) return { index, attribute }
    const items = itemsOf(entry, kind === RTE.join ? 'joinaliasvars' : 'groupexprs')
    const item = items[attribute - 1]
    return item?.kind === 'node' ? this.#column(item) : undefined
  }

  /** No column of this level takes part: literals, parameters, columns of a query around, functions of such. */
  #isGiven(node: TreeNode): boolean {
    if (node.name === 'SUBLINK') return numberOf(node, 'subLinkType') === 4 || numberOf(node, 'subLinkType') === 6
    if (node.name === 'VAR') return numberOf(node, 'varlevelsup') > 0
    return [...node.fields.values()].every(value => this.#givenIn(value))
  }

  #givenIn(value: TreeValue): boolean {
    if (value?.kind === 'list') return value.items.every(item => this.#givenIn(item))
    return value?.kind !== 'node' || this.#isGiven(value)
  }
}

interface Column { readonly index: number; readonly attribute: number }

const MIRRORED: ReadonlyMap<string, string> = new Map([['<', '>'], ['<=', '>='], ['>', '<'], ['>=', '<=']])
/** True for almost every row. */
const NEGATIONS: ReadonlySet<string> = new Set(['<>', '!~', '!~*', '!~~', '!~~*'])

function isInteger(typeOid: number | undefined): boolean {
  return typeOid === 20 || typeOid === 21 || typeOid === 23
}
