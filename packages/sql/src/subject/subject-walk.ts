/**
 * Walks the levels of a statement and fills the graph of columns that hold the same patient. A column is named by its level, its range table
 * entry and its number. CTEs are walked once for each place that reads them, since each reads rows of its own choice.
 * Source: PostgreSQL, src/include/nodes/parsenodes.h (Query, RangeTblEntry, JoinExpr, SetOperationStmt).
 */
import type { Catalog } from '../catalog/facts.ts'
import { conjunctsOf } from '../flow/conjunction.ts'
import { RTE } from '../flow/range-kind.ts'
import { SqlFault } from '../sql-fault.ts'
import { childOf, flagOf, itemsOf, nodesOf, numberOf, requireChild, wordOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'
import { bare, givenValue, isSameText } from './same-value.ts'
import { SubjectGraph, type GivenSubject } from './subject-graph.ts'

/** What is asked of the catalog and the classification. */
export interface SubjectKnowledge {
  readonly catalog: Catalog
  /** The attribute that names the patient of a table's rows; undefined: they are nobody's. */
  readonly subjectOf: (relationOid: number) => number | undefined
  /** @throws {SqlFault} */
  readonly readStored: (text: string) => readonly TreeNode[]
}

/** One place that reads or writes a table of patients. */
export interface Instance { readonly relation: string; readonly relationOid: number; readonly column: string }

/** Columns of a query's answer; undefined: an expression. */
type Columns = readonly (string | undefined)[]

interface Frame {
  readonly id: number
  readonly entries: readonly TreeNode[]
  readonly outer: Frame | undefined
  readonly ctes: ReadonlyMap<string, TreeNode>
  /** Scalar subqueries of this level, by node: their only column. */
  readonly sublinks: Map<TreeNode, Columns>
}

/** CmdType. */
const SELECT = 1, UPDATE = 2, INSERT = 3, MERGE = 5
/** JoinType. */
const INNER = 0, LEFT = 1, RIGHT = 3
/** SetOperation. */
const EXCEPT = 3
/** SubLinkType. */
const ANY = 2, EXPRESSION = 4
/** OnConflictAction. */
const DO_UPDATE = 2
/** Param of a sublink's column (ParamKind). */
const PARAM_SUBLINK = 2
/** CTEs that read CTEs are walked again and again: more levels than any statement needs. */
const MAX_LEVELS = 400
/** Nodes looked at for subqueries, over all levels: a long list of literals in a CTE that is read many times is looked through each time. */
const MAX_NODES = 500_000

export class SubjectWalk {
  readonly graph = new SubjectGraph()
  readonly instances: Instance[] = []
  /** Tables of which it is known already that their patients cannot be told. */
  readonly untold = new Set<string>()
  readonly #knowledge: SubjectKnowledge
  #levels = 0
  #setOperations = 0
  #nodes = 0

  constructor(knowledge: SubjectKnowledge) { this.#knowledge = knowledge }

  /** @returns the columns that come back. @throws {SqlFault} `unsupported` for more levels than are walked. */
  query(query: TreeNode, outer: Frame | undefined, place: 'top' | 'inner'): Columns {
    this.#levels += 1
    if (this.#levels > MAX_LEVELS) throw new SqlFault('unsupported', `more than ${MAX_LEVELS} levels of queries`)
    const command = numberOf(query, 'commandType')
    if (command < SELECT || command > MERGE) return []
    const ctes = new Map(nodesOf(query, 'cteList').map((cte): [string, TreeNode] => [wordOf(cte, 'ctename') ?? '', cte]))
    const frame: Frame = { id: this.#levels, entries: nodesOf(query, 'rtable'), outer, ctes, sublinks: new Map() }
    // A query that writes runs whether or not it is read, and all of its rows count: only what is given tells them.
    for (const cte of ctes.values()) if (numberOf(requireChild(cte, 'ctequery'), 'commandType') !== SELECT) this.query(requireChild(cte, 'ctequery'), frame, 'inner')
    const setOperation = childOf(query, 'setOperations')
    if (setOperation !== undefined) {
      this.#sublinks(frame, query)
      return this.#setOperation(frame, setOperation, 'all')
    }
    const jointree = requireChild(query, 'jointree')
    this.#from(frame, jointree)
    this.#sublinks(frame, query)
    this.#conditions(frame, jointree)
    if (command === SELECT) return losesColumns(query, place) ? [] : this.#columns(frame, nodesOf(query, 'targetList'))
    if (numberOf(query, 'resultRelation') === 0) return []
    return this.#write(frame, query, command)
  }

  #columns(frame: Frame, entries: readonly TreeNode[]): Columns {
    return entries.filter((entry) => !flagOf(entry, 'resjunk')).map((entry) => this.#column(frame, requireChild(entry, 'expr')))
  }

  /** Every entry of FROM, joins included. */
  #from(frame: Frame, item: TreeNode): void {
    switch (item.name) {
      case 'RANGETBLREF': this.#enter(frame, numberOf(item, 'rtindex')); return
      case 'FROMEXPR': for (const inner of nodesOf(item, 'fromlist')) this.#from(frame, inner); return
      case 'JOINEXPR':
        this.#from(frame, requireChild(item, 'larg'))
        this.#from(frame, requireChild(item, 'rarg'))
        return
      default: throw new SqlFault('unsupported', `node ${item.name} in FROM`)
    }
  }

  #enter(frame: Frame, index: number): void {
    const entry = entryOf(frame, index)
    const kind = numberOf(entry, 'rtekind')
    if (kind === RTE.relation) this.#table(frame, index, numberOf(entry, 'relid'))
    if (kind === RTE.subquery) this.#link(frame, index, this.query(requireChild(entry, 'subquery'), frame, 'inner'))
    if (kind === RTE.cte && !flagOf(entry, 'self_reference')) this.#cte(frame, index, entry)
  }

  #table(frame: Frame, index: number, relationOid: number): void {
    const facts = this.#knowledge.catalog.relation(relationOid)
    if (facts === undefined) return
    const attribute = this.#knowledge.subjectOf(relationOid)
    if (attribute !== undefined) {
      const column = nameOf(frame, index, attribute)
      this.graph.addSubject(column)
      this.instances.push({ relation: `${facts.schema}.${facts.name}`, relationOid, column })
      return
    }
    // A materialized view holds what its query yielded.
    if (facts.kind !== 'm' || facts.definition === undefined) return
    for (const tree of this.#knowledge.readStored(facts.definition)) this.#link(frame, index, this.query(tree, undefined, 'inner'))
  }

  #cte(frame: Frame, index: number, entry: TreeNode): void {
    let owner: Frame | undefined = frame
    for (let up = numberOf(entry, 'ctelevelsup'); up > 0; up -= 1) owner = owner?.outer
    const cte = owner?.ctes.get(wordOf(entry, 'ctename') ?? '')
    if (owner === undefined || cte === undefined) throw new SqlFault('tree-field', 'a CTE that is not defined where it is used')
    const query = requireChild(cte, 'ctequery')
    if (numberOf(query, 'commandType') !== SELECT) return
    const columns = this.query(query, owner, 'inner')
    // Rows of one round come back by way of those of the next, under other values.
    if (!flagOf(cte, 'cterecursive')) this.#link(frame, index, columns)
  }

  /** The rows of an entry are rows of its query. */
  #link(frame: Frame, index: number, columns: Columns): void {
    for (const [at, column] of columns.entries()) if (column !== undefined) this.graph.addEqual(column, nameOf(frame, index, at + 1))
  }

  /** The conditions of WHERE and of joins, each as far as it holds for the rows that come out. */
  #conditions(frame: Frame, item: TreeNode): void {
    if (item.name === 'RANGETBLREF') return
    if (item.name === 'FROMEXPR') {
      for (const inner of nodesOf(item, 'fromlist')) this.#conditions(frame, inner)
      this.#equalities(frame, childOf(item, 'quals'), undefined)
      return
    }
    const [left, right] = [requireChild(item, 'larg'), requireChild(item, 'rarg')]
    this.#conditions(frame, left)
    this.#conditions(frame, right)
    const kind = numberOf(item, 'jointype')
    if (kind === INNER) this.#equalities(frame, childOf(item, 'quals'), undefined)
    // The side that may be missing is there only where the condition held.
    else if (kind === LEFT) this.#equalities(frame, childOf(item, 'quals'), entriesUnder(right))
    else if (kind === RIGHT) this.#equalities(frame, childOf(item, 'quals'), entriesUnder(left))
  }

  /** @param missing entries that are there only where the condition holds; undefined: all are. */
  #equalities(frame: Frame, quals: TreeNode | undefined, missing: ReadonlySet<number> | undefined): void {
    if (quals === undefined) return
    const holdsFor = (node: TreeNode): boolean => {
      const inner = this.#resolved(frame, node)
      return missing === undefined || (inner?.name === 'VAR' && numberOf(inner, 'varlevelsup') === 0 && missing.has(numberOf(inner, 'varno')))
    }
    for (const conjunct of conjunctsOf(quals)) {
      if (!isSameText(conjunct)) continue
      const [left, right] = nodesOf(conjunct, 'args')
      if (left === undefined || right === undefined) continue
      this.#equal(frame, left, right, holdsFor)
      this.#equal(frame, right, left, holdsFor)
    }
  }

  /** One direction: where `from` has a value, it is that of `to`. */
  #equal(frame: Frame, from: TreeNode, to: TreeNode, holdsFor: (node: TreeNode) => boolean): void {
    const column = this.#column(frame, from)
    // Of a row of a query around nothing follows: there it may be without this one.
    if (column === undefined || !this.#isOwn(frame, from) || !holdsFor(from)) return
    const other = this.#column(frame, to)
    if (other !== undefined) { this.graph.addEdge(column, other); return }
    const given = givenValue(to)
    if (given !== undefined) this.graph.addGiven(column, [given])
  }

  #isOwn(frame: Frame, node: TreeNode): boolean {
    const inner = this.#resolved(frame, node)
    return inner?.name === 'SUBLINK' || (inner?.name === 'VAR' && numberOf(inner, 'varlevelsup') === 0)
  }

  /** Subqueries in expressions, wherever they stand; those of FROM and WITH are walked where they are read. */
  #sublinks(frame: Frame, query: TreeNode): void {
    const visit = (value: TreeValue): void => {
      if (value?.kind === 'list') { value.items.forEach(visit); return }
      if (value?.kind !== 'node' || value.name === 'QUERY' || value.name === 'COMMONTABLEEXPR') return
      this.#nodes += 1
      if (this.#nodes > MAX_NODES) throw new SqlFault('unsupported', `more than ${MAX_NODES} nodes to look through for subqueries`)
      if (value.name === 'SUBLINK') this.#sublink(frame, value)
      const select = value.name === 'SUBLINK' ? value.fields.get('subselect') : undefined
      for (const inner of value.within) if (inner !== select) visit(inner)
    }
    query.within.forEach(visit)
  }

  #sublink(frame: Frame, sublink: TreeNode): void {
    const columns = this.query(requireChild(sublink, 'subselect'), frame, 'inner')
    const kind = numberOf(sublink, 'subLinkType')
    if (kind === EXPRESSION) frame.sublinks.set(sublink, columns)
    const test = kind === ANY ? childOf(sublink, 'testexpr') : undefined
    if (test === undefined || !isSameText(test)) return
    // x IN (SELECT y ...): of its rows those decide that hold x.
    const [left, right] = nodesOf(test, 'args').map(bare)
    if (left === undefined || right?.name !== 'PARAM' || numberOf(right, 'paramkind') !== PARAM_SUBLINK) return
    const [around, within] = [this.#column(frame, left), columns[numberOf(right, 'paramid') - 1]]
    if (around !== undefined && within !== undefined) this.graph.addEdge(within, around)
  }

  /** The columns of UNION and the like. @param role `deciding`: rows on the right of EXCEPT, which only leave others out. */
  #setOperation(frame: Frame, node: TreeNode, role: 'all' | 'deciding'): Columns {
    if (node.name === 'RANGETBLREF') {
      const columns = this.query(requireChild(entryOf(frame, numberOf(node, 'rtindex')), 'subquery'), frame, 'inner')
      return role === 'all' ? columns : []
    }
    const left = this.#setOperation(frame, requireChild(node, 'larg'), role)
    const right = this.#setOperation(frame, requireChild(node, 'rarg'), numberOf(node, 'op') === EXCEPT ? 'deciding' : role)
    this.#setOperations += 1
    const number = this.#setOperations
    return left.map((column, at) => {
      const name = `set ${number}.${at + 1}`
      this.graph.addArms(name, numberOf(node, 'op') === EXCEPT ? [column] : [column, right[at]])
      return name
    })
  }

  /** @returns the columns of RETURNING. */
  #write(frame: Frame, query: TreeNode, command: number): Columns {
    const target = numberOf(query, 'resultRelation')
    const relationOid = numberOf(entryOf(frame, target), 'relid')
    const attribute = this.#knowledge.subjectOf(relationOid)
    const facts = this.#knowledge.catalog.relation(relationOid)
    const relation = facts === undefined ? String(relationOid) : `${facts.schema}.${facts.name}`
    const column = attribute === undefined ? undefined : nameOf(frame, target, attribute)
    const entry = command === UPDATE || command === INSERT ? nodesOf(query, 'targetList').find((one) => !flagOf(one, 'resjunk') && numberOf(one, 'resno') === attribute) : undefined
    if (column !== undefined) {
      if (!this.instances.some((instance) => instance.column === column)) this.#table(frame, target, relationOid)
      if (command === INSERT && entry !== undefined) this.#inserted(frame, column, requireChild(entry, 'expr'))
      const conflict = childOf(query, 'onConflict')
      const isOther = command === MERGE || (command === UPDATE && entry !== undefined) || (conflict !== undefined && numberOf(conflict, 'action') === DO_UPDATE)
      // Rows of one patient become another's, or rows that are there already change.
      if (isOther) this.untold.add(relation)
    }
    return this.#columns(frame, nodesOf(query, 'returningList'))
  }

  /** The new row's patient: of a query's column, or given. */
  #inserted(frame: Frame, column: string, expression: TreeNode): void {
    const source = this.#column(frame, expression)
    if (source !== undefined) {
      this.graph.addEqual(source, column)
      const values = this.#valuesOf(frame, expression)
      if (values !== undefined) this.graph.addGiven(column, values)
      return
    }
    const given = givenValue(expression)
    if (given !== undefined) this.graph.addGiven(column, [given])
  }

  /** VALUES: every row of it is written. */
  #valuesOf(frame: Frame, expression: TreeNode): readonly GivenSubject[] | undefined {
    const node = this.#resolved(frame, expression)
    if (node?.name !== 'VAR' || numberOf(node, 'varlevelsup') !== 0) return undefined
    const entry = entryOf(frame, numberOf(node, 'varno'))
    if (numberOf(entry, 'rtekind') !== RTE.values) return undefined
    const values: GivenSubject[] = []
    for (const row of itemsOf(entry, 'values_lists')) {
      const cell = row?.kind === 'list' ? row.items[numberOf(node, 'varattno') - 1] : undefined
      const given = cell?.kind === 'node' ? givenValue(cell) : undefined
      if (given === undefined) return undefined
      values.push(given)
    }
    return values
  }

  /** @returns undefined when the expression is no column as it is. */
  #column(frame: Frame, expression: TreeNode): string | undefined {
    const node = this.#resolved(frame, expression)
    if (node?.name === 'SUBLINK') return frame.sublinks.get(node)?.[0]
    if (node?.name !== 'VAR' || numberOf(node, 'varattno') <= 0) return undefined
    // RETURNING OLD of a row that was not there.
    if (node.fields.has('varreturningtype') && numberOf(node, 'varreturningtype') !== 0) return undefined
    let owner: Frame | undefined = frame
    for (let up = numberOf(node, 'varlevelsup'); up > 0; up -= 1) owner = owner?.outer
    return owner === undefined ? undefined : nameOf(owner, numberOf(node, 'varno'), numberOf(node, 'varattno'))
  }

  /** Columns of joins and groups stand for others of the same level. */
  #resolved(frame: Frame, expression: TreeNode): TreeNode | undefined {
    const node = bare(expression)
    if (node.name !== 'VAR' || numberOf(node, 'varattno') <= 0) return node
    let owner: Frame | undefined = frame
    for (let up = numberOf(node, 'varlevelsup'); up > 0; up -= 1) owner = owner?.outer
    const entry = owner?.entries[numberOf(node, 'varno') - 1]
    const kind = entry === undefined ? undefined : numberOf(entry, 'rtekind')
    if (owner === undefined || entry === undefined || (kind !== RTE.join && kind !== RTE.group)) return node
    // A join's or group's column of a level around would have to be counted from there.
    if (numberOf(node, 'varlevelsup') > 0) return undefined
    const item = itemsOf(entry, kind === RTE.join ? 'joinaliasvars' : 'groupexprs')[numberOf(node, 'varattno') - 1]
    return item?.kind === 'node' ? this.#resolved(owner, item) : undefined
  }
}

function nameOf(frame: Frame, index: number, attribute: number): string { return `${frame.id}.${index}.${attribute}` }

function entryOf(frame: Frame, index: number): TreeNode {
  const entry = frame.entries[index - 1]
  if (entry === undefined) throw new SqlFault('tree-field', `range table: no entry ${index} of ${frame.entries.length}`)
  return entry
}

function entriesUnder(item: TreeNode): ReadonlySet<number> {
  if (item.name === 'RANGETBLREF') return new Set([numberOf(item, 'rtindex')])
  if (item.name !== 'JOINEXPR') return new Set()
  return new Set([...entriesUnder(requireChild(item, 'larg')), ...entriesUnder(requireChild(item, 'rarg'))])
}

/**
 * Grouping sets leave keys out. A window sees rows that a LIMIT or a query around may drop afterwards; at the top without one, every row that it
 * saw is delivered.
 */
function losesColumns(query: TreeNode, place: 'top' | 'inner'): boolean {
  if (nodesOf(query, 'groupingSets').length > 0) return true
  if (!flagOf(query, 'hasWindowFuncs')) return false
  return place === 'inner' || childOf(query, 'limitCount') !== undefined || childOf(query, 'limitOffset') !== undefined || flagOf(query, 'hasDistinctOn')
}
