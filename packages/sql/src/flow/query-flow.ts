/**
 * One QUERY node: its CTEs, set operation, joins, clauses and outputs. Every clause in which PHI decides what comes back is reported as
 * a use where it stands. Source: PostgreSQL, src/include/nodes/parsenodes.h (Query).
 */
import { SqlFault } from '../sql-fault.ts'
import { childOf, flagOf, nodesOf, numberOf, requireChild, wordOf, type TreeNode } from '../tree/tree-value.ts'
import { sortOperators } from './aggregate-flow.ts'
import { countCells, NO_CELLS } from './count-cells.ts'
import { determinedByKey, distinctByKey } from './key-grouping.ts'
import { Level, plainColumns } from './level.ts'
import { predicateUses } from './predicate.ts'
import { rangeColumns, scopeOf } from './range-flow.ts'
import { reportAccess } from './table-access.ts'
import { CLEAN, choose, derive, sameTaint, type Taint } from './taint.ts'
import type { UseContext } from './findings.ts'
import type { QueryFlow, Walk } from './walk.ts'
import { targetTaints, type Target } from './target-list.ts'
import { writeFlow } from './write-flow.ts'

/** CmdType. */
const SELECT = 1, UPDATE = 2, INSERT = 3, DELETE = 4, MERGE = 5, NOTHING = 7

/** Rounds after which a recursive CTE's flow must stand still: it only grows, and there are few flows. */
const MAX_ROUNDS = 64

/** @throws {SqlFault} */
export function queryFlow(walk: Walk, query: TreeNode, parent: Level | undefined, guard: Taint, parameters: readonly Taint[]): QueryFlow {
  if (query.name !== 'QUERY') throw new SqlFault('tree-field', `node ${query.name} where a query belongs`)
  const level = new Level(query, nodesOf(query, 'rtable'), parent, guard, parameters, (where, index) => rangeColumns(walk, where, index))
  reportAccess(walk, level)
  for (const cte of nodesOf(query, 'cteList')) defineCte(walk, level, cte)
  const setOperation = childOf(query, 'setOperations')
  if (setOperation !== undefined) setOperationFlow(walk, level, setOperation)
  else {
    const jointree = requireChild(query, 'jointree')
    for (const item of nodesOf(jointree, 'fromlist')) joinFlow(walk, level, item)
    securityQuals(walk, level)
    const quals = childOf(jointree, 'quals')
    if (quals !== undefined) predicateUses(walk, quals, scopeOf(level), 'predicate', 'WHERE')
  }
  const targets = targetTaints(walk, level, nodesOf(query, 'targetList'))
  clauses(walk, level, targets)
  const command = numberOf(query, 'commandType')
  switch (command) {
    case SELECT: {
      const shown = targets.filter(({ entry }) => !flagOf(entry, 'resjunk'))
      return { columns: shown.map(({ taint }) => taint), cells: parent === undefined ? countCells(walk, level, shown) : NO_CELLS }
    }
    case UPDATE: case INSERT: case DELETE: case MERGE: return { columns: writeFlow(walk, level, targets) }
    case NOTHING: return { columns: [] }
    default: throw new SqlFault('unsupported', `query of command type ${command}`)
  }
}


function defineCte(walk: Walk, level: Level, cte: TreeNode): void {
  const name = wordOf(cte, 'ctename') ?? ''
  if (level.ctes.has(name)) throw new SqlFault('tree-field', 'two CTEs whose names read alike')
  const query = requireChild(cte, 'ctequery')
  const columns = (): readonly Taint[] => searchColumns(cte, walk.query(query, level, level.guard, level.parameters).columns)
  if (!flagOf(cte, 'cterecursive')) { level.ctes.set(name, columns()); return }
  const names = cte.fields.get('ctecolnames')
  let known: readonly Taint[] = names?.kind === 'list' ? names.items.map(() => CLEAN) : []
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    level.ctes.set(name, known)
    const next = columns()
    const grown = known.map((taint, index) => grow(taint, next[index] ?? CLEAN))
    if (next.length > known.length) throw new SqlFault('tree-field', `recursive CTE: ${next.length} columns, expected ${known.length}`)
    if (grown.every((taint, index) => sameTaint(taint, known[index] ?? CLEAN))) return
    known = grown
  }
  throw new SqlFault('unsupported', 'recursive CTE: its flow does not settle')
}

/** The union of two rounds; fields are dropped so that rounds compare. */
function grow(known: Taint, next: Taint): Taint {
  const both = choose({ ...known, fields: undefined }, { ...next, fields: undefined })
  return both
}

/** SEARCH and CYCLE add columns that hold what their named columns hold; where the rewriter has not put them into the query yet, here they are. */
function searchColumns(cte: TreeNode, columns: readonly Taint[]): readonly Taint[] {
  const names = cte.fields.get('ctecolnames')
  const missing = names?.kind === 'list' ? names.items.length - columns.length : 0
  return missing <= 0 ? columns : [...columns, ...Array.from({ length: missing }, () => derive(...columns))]
}

/** A FROM item: everything in it runs, whether or not a column of it is named. */
function joinFlow(walk: Walk, level: Level, item: TreeNode): void {
  if (item.name === 'RANGETBLREF') { level.columnsOf(numberOf(item, 'rtindex')); return }
  if (item.name === 'FROMEXPR') {
    for (const inner of nodesOf(item, 'fromlist')) joinFlow(walk, level, inner)
    const quals = childOf(item, 'quals')
    if (quals !== undefined) predicateUses(walk, quals, scopeOf(level), 'predicate', 'WHERE')
    return
  }
  if (item.name !== 'JOINEXPR') throw new SqlFault('unsupported', `node ${item.name} in FROM`)
  joinFlow(walk, level, requireChild(item, 'larg'))
  joinFlow(walk, level, requireChild(item, 'rarg'))
  const quals = childOf(item, 'quals')
  if (quals !== undefined) predicateUses(walk, quals, scopeOf(level), 'join', 'JOIN')
}

/** Row security: which rows are there at all. */
function securityQuals(walk: Walk, level: Level): void {
  for (const entry of level.entries) {
    for (const qual of nodesOf(entry, 'securityQuals')) {
      walk.findings.dependsOnDefinitions = true
      predicateUses(walk, qual, scopeOf(level), 'predicate', 'row security')
    }
  }
}

const UNION = 1

/** Merges the arms; what compares rows (UNION without ALL, INTERSECT, EXCEPT) uses every column. */
function setOperationFlow(walk: Walk, level: Level, root: TreeNode): void {
  const merge = (node: TreeNode): readonly Taint[] => {
    if (node.name === 'RANGETBLREF') return level.columnsOf(numberOf(node, 'rtindex')).columns
    if (node.name !== 'SETOPERATIONSTMT') throw new SqlFault('unsupported', `node ${node.name} in a set operation`)
    const left = merge(requireChild(node, 'larg'))
    const right = merge(requireChild(node, 'rarg'))
    const columns = left.map((taint, index) => choose(taint, right[index] ?? CLEAN))
    if (numberOf(node, 'op') !== UNION || !flagOf(node, 'all')) {
      for (const taint of columns) walk.findings.use(taint, { context: 'set-operation', via: 'set operation' })
      for (const clause of nodesOf(node, 'groupClauses')) sortOperators(walk, clause, scopeOf(level))
    }
    return columns
  }
  const columns = merge(root)
  // The target list names the columns of the leftmost arm and means those of the result.
  let leftmost = root
  while (leftmost.name === 'SETOPERATIONSTMT') leftmost = requireChild(leftmost, 'larg')
  level.override(numberOf(leftmost, 'rtindex'), plainColumns(columns))
}

function clauses(walk: Walk, level: Level, targets: readonly Target[]): void {
  const { query } = level
  const targetOf = (clause: TreeNode): Target | undefined => {
    const reference = numberOf(clause, 'tleSortGroupRef')
    return targets.find(({ entry }) => numberOf(entry, 'ressortgroupref') === reference)
  }
  const sorted = (list: readonly TreeNode[], context: UseContext, via: string, harmless?: ReadonlySet<TreeNode>): void => {
    for (const clause of list) {
      const target = targetOf(clause)
      if (target !== undefined && harmless?.has(target.entry) !== true) walk.findings.use(target.taint, { context, via })
      sortOperators(walk, clause, scopeOf(level))
    }
  }
  const entriesOf = (list: readonly TreeNode[]): readonly TreeNode[] => list.flatMap(clause => targetOf(clause)?.entry ?? [])
  const groupClause = nodesOf(query, 'groupClause')
  // In ROLLUP and the like a key is left out of some of the groupings.
  sorted(groupClause, 'group', 'GROUP BY', nodesOf(query, 'groupingSets').length === 0 ? determinedByKey(walk, level, entriesOf(groupClause)) : undefined)
  const distinctClause = nodesOf(query, 'distinctClause')
  sorted(distinctClause, 'distinct', 'DISTINCT', distinctByKey(walk, level, entriesOf(distinctClause), entriesOf(nodesOf(query, 'sortClause'))))
  sorted(nodesOf(query, 'sortClause'), 'order', 'ORDER BY')
  const having = childOf(query, 'havingQual')
  if (having !== undefined) predicateUses(walk, having, scopeOf(level), 'predicate', 'HAVING')
  for (const window of nodesOf(query, 'windowClause')) {
    sorted(nodesOf(window, 'partitionClause'), 'window', 'PARTITION BY')
    sorted(nodesOf(window, 'orderClause'), 'window', 'ORDER BY of a window')
    for (const field of ['startOffset', 'endOffset']) {
      const offset = childOf(window, field)
      if (offset !== undefined) walk.findings.use(walk.expression(offset, scopeOf(level)), { context: 'window', via: 'window frame' })
    }
    for (const field of ['startInRangeFunc', 'endInRangeFunc']) {
      const oid = numberOf(window, field)
      if (oid !== 0) walk.call(oid, { arguments: [], nodes: [], use: 'function', set: false, resultType: 16 }, scopeOf(level))
    }
  }
  for (const field of ['limitOffset', 'limitCount']) {
    const bound = childOf(query, field)
    if (bound !== undefined) walk.findings.use(walk.expression(bound, scopeOf(level)), { context: 'limit', via: 'LIMIT' })
  }
}
