/**
 * Which entries of one query's range table its own conditions restrict, and by which columns. See restriction.ts for what counts; this
 * is where one condition is read. Where it stops: conditions on expressions over a column restrict nothing.
 */
import { childOf, flagOf, itemsOf, nodesOf, numberOf, requireChild, wordOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'
import { argumentFact } from './constant.ts'
import { conjunctsOf } from './conjunction.ts'
import { RTE } from './range-kind.ts'
import type { Knowledge } from './walk.ts'

/** A range of integer keys wider than this is no restriction. */
export const MAX_RANGE = 10_000

/** Which entries of one query's range table its own conditions restrict. */
export class QueryRestriction {
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
      value.within.forEach(visit)
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
    return node.within.every(value => this.#givenIn(value))
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
