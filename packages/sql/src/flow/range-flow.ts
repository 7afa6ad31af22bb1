/**
 * What each range table entry yields, by its kind. Source: PostgreSQL, src/include/nodes/parsenodes.h (RangeTblEntry).
 */
import type { RelationFacts } from '../catalog/facts.ts'
import { SqlFault } from '../sql-fault.ts'
import { childOf, flagOf, itemsOf, nodesOf, numberOf, numbersOf, requireChild, wordOf, type TreeNode } from '../tree/tree-value.ts'
import { readInput } from './checked-input.ts'
import { plainColumns, type EntryColumns, type Level } from './level.ts'
import { columnTaint, keysAbove, relationColumns, relationName, requireRelation } from './relation-columns.ts'
import { columnsByNumber, storedExpressionFlow } from './stored-expression.ts'
import { RTE } from './range-kind.ts'
import { CLEAN, choose, derive, type Taint } from './taint.ts'
import type { Scope, Walk } from './walk.ts'

/** bernoulli and system. */
const SAMPLING: ReadonlySet<number> = new Set([3313, 3314])

export function scopeOf(level: Level): Scope {
  return { level, guard: level.guard, caseTest: undefined, domainValue: undefined, sublink: undefined }
}

/** @throws {SqlFault} `unsupported` */
export function rangeColumns(walk: Walk, level: Level, index: number): EntryColumns {
  const entry = level.entry(index)
  const scope = scopeOf(level)
  switch (numberOf(entry, 'rtekind')) {
    case RTE.relation: return storedRelation(walk, entry, scope)
    case RTE.subquery: return plainColumns(walk.query(requireChild(entry, 'subquery'), level, level.guard, level.parameters).columns)
    case RTE.join: return plainColumns(nodesOf(entry, 'joinaliasvars').map(variable => walk.expression(variable, scope)))
    case RTE.group: return plainColumns(nodesOf(entry, 'groupexprs').map(expression => walk.expression(expression, scope)))
    case RTE.function: return functionColumns(walk, entry, scope)
    case RTE.tableFunction: return tableFunctionColumns(walk, requireChild(entry, 'tablefunc'), scope)
    case RTE.values: return plainColumns(valuesColumns(walk, entry, scope))
    case RTE.cte: return plainColumns(cteColumns(level, entry))
    case RTE.result: return plainColumns([])
    default: throw new SqlFault('unsupported', `range table entry of kind ${numberOf(entry, 'rtekind')}`)
  }
}

function storedRelation(walk: Walk, entry: TreeNode, scope: Scope): EntryColumns {
  const oid = numberOf(entry, 'relid')
  const columns = relationColumns(walk, oid, flagOf(entry, 'inh') ? 'read' : 'left-out')
  const facts = requireRelation(walk, oid)
  for (const key of keysAbove(walk, facts)) walk.findings.use(key, { context: 'predicate', via: `partition ${relationName(facts)}` })
  policyUses(walk, facts)
  const sample = childOf(entry, 'tablesample')
  if (sample !== undefined) {
    // Which rows a sample holds depends on the blocks they lie in, so on the length of every value.
    walk.findings.use(derive(...columns.columns), { context: 'rows', via: 'TABLESAMPLE' })
    const parts = [...nodesOf(sample, 'args'), ...[childOf(sample, 'repeatable') ?? []].flat()]
    walk.findings.use(derive(...parts.map(part => walk.expression(part, scope))), { context: 'rows', via: 'TABLESAMPLE' })
    const handler = numberOf(sample, 'tsmhandler')
    if (!SAMPLING.has(handler)) throw new SqlFault('unsupported', `TABLESAMPLE by function ${handler}`)
  }
  return columns
}

/** Row security decides which rows are there; the statement may run as a role whose policies the analysed tree does not show. */
function policyUses(walk: Walk, facts: RelationFacts): void {
  if (facts.policies.using.length === 0) return
  walk.findings.dependsOnDefinitions = true
  const columns = columnsByNumber(facts, number => { const attribute = facts.attributes.get(number); return attribute === undefined ? CLEAN : columnTaint(walk, facts, attribute) })
  for (const text of facts.policies.using) {
    for (const expression of walk.knowledge.readStored(text)) {
      walk.findings.use(storedExpressionFlow(walk, expression, columns), { context: 'predicate', via: `row security of ${relationName(facts)}` })
    }
  }
}

function functionColumns(walk: Walk, entry: TreeNode, scope: Scope): EntryColumns {
  const columns: Taint[] = []
  for (const called of nodesOf(entry, 'functions')) {
    const value = walk.expression(requireChild(called, 'funcexpr'), scope)
    const width = numberOf(called, 'funccolcount')
    // json_to_record(...) as t(a type): read from text, each.
    for (const type of numbersOf(called, 'funccoltypes')) readInput(walk, type)
    if (width === 1 && value.fields?.length !== 1) { columns.push(value); continue }
    const fields = (value.fields?.length ?? 0) >= width ? value.fields : undefined
    for (let index = 0; index < width; index += 1) columns.push(fields?.[index] ?? derive(value))
  }
  // Its number says how many came before it; that has been reported as `rows`.
  if (flagOf(entry, 'funcordinality')) columns.push(CLEAN)
  return plainColumns(columns)
}

/** XMLTABLE and JSON_TABLE: a document comes in, rows go out. */
function tableFunctionColumns(walk: Walk, node: TreeNode, scope: Scope): EntryColumns {
  const parts = [...[childOf(node, 'docexpr') ?? [], childOf(node, 'rowexpr') ?? []].flat(), ...optionalNodes(node, 'ns_uris'), ...optionalNodes(node, 'passingvalexprs')]
  const document = derive(...parts.map(part => walk.expression(part, scope)))
  walk.findings.use(document, { context: 'rows', via: 'table function' })
  walk.findings.use(scope.guard, { context: 'rows', via: 'table function' })
  const inner = { ...scope, caseTest: document }
  const own = [...optionalNodes(node, 'colexprs'), ...optionalNodes(node, 'coldefexprs'), ...optionalNodes(node, 'colvalexprs')]
  const all = derive(document, ...own.map(part => walk.expression(part, inner)))
  walk.findings.use(all, { context: 'error', via: 'table function' })
  for (const type of numbersOf(node, 'coltypes')) readInput(walk, type)
  return plainColumns(numbersOf(node, 'coltypes').map(() => all))
}

/** Lists with gaps (`<>` where a column has no default), and fields that older versions lack. */
function optionalNodes(node: TreeNode, field: string): readonly TreeNode[] {
  if (!node.fields.has(field)) return []
  return itemsOf(node, field).flatMap(item => {
    if (item === undefined) return []
    if (item.kind !== 'node') throw new SqlFault('tree-field', `node ${node.name}, field ${field}: expected nodes`)
    return [item]
  })
}

function valuesColumns(walk: Walk, entry: TreeNode, scope: Scope): readonly Taint[] {
  let columns: readonly Taint[] | undefined
  for (const row of itemsOf(entry, 'values_lists')) {
    if (row?.kind !== 'list') throw new SqlFault('tree-field', 'VALUES: a row that is no list')
    const cells = row.items.map(cell => {
      if (cell?.kind !== 'node') throw new SqlFault('tree-field', 'VALUES: a cell that is no node')
      return walk.expression(cell, scope)
    })
    columns = columns === undefined ? cells : columns.map((column, index) => choose(column, cells[index] ?? CLEAN))
  }
  return columns ?? []
}

function cteColumns(level: Level, entry: TreeNode): readonly Taint[] {
  const name = wordOf(entry, 'ctename') ?? ''
  const columns = level.above(numberOf(entry, 'ctelevelsup')).ctes.get(name)
  if (columns === undefined) throw new SqlFault('tree-field', 'a CTE that is not defined where it is used')
  return columns
}
