/**
 * Counts that a policy's exception may release: `count(column)` and `count(distinct column)` as output columns of the outermost query, where
 * each row of one table falls into one group. What would let one statement make many overlapping groups, and so tell a patient by the difference
 * of two cells, is no such count: joins, FILTER, windows, grouping sets, groups by expressions, set operations, views, CTEs. Where it stops: it
 * does not ask what else uses the count, since every use of it is reported by the flow and refused there.
 */
import { childOf, flagOf, nodesOf, numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import { columnOf } from './key-grouping.ts'
import type { Level } from './level.ts'
import { RTE } from './range-kind.ts'
import type { Target } from './target-list.ts'
import type { Walk } from './walk.ts'

/** count(any). count(*) shows no column. */
const COUNT = 2147

export const NO_CELLS: ReadonlySet<number> = new Set()

/** @param shown The outermost query's outputs. @returns the places of those that are such counts. */
export function countCells(walk: Walk, level: Level, shown: readonly Target[]): ReadonlySet<number> {
  const table = onlyTable(walk, level)
  if (table === undefined || !isPlainlyGrouped(level, table)) return NO_CELLS
  const cells = new Set<number>()
  for (const [index, { entry, taint }] of shown.entries()) {
    const counted = isCountOf(level, requireChild(entry, 'expr'), table)
    if (counted && taint.sources.size > 0 && taint.texts.size === 0 && [...taint.sources.values()].every(({ flow }) => flow === 'counted')) cells.add(index)
  }
  return cells
}

/** The one stored table that the query reads in FROM, as the place of its entry. */
function onlyTable(walk: Walk, { query, entries }: Level): number | undefined {
  if (childOf(query, 'setOperations') !== undefined || nodesOf(query, 'cteList').length > 0) return undefined
  if (flagOf(query, 'hasWindowFuncs') || flagOf(query, 'hasTargetSRFs')) return undefined
  const [item, another] = nodesOf(requireChild(query, 'jointree'), 'fromlist')
  if (item?.name !== 'RANGETBLREF' || another !== undefined) return undefined
  const index = numberOf(item, 'rtindex')
  const entry = entries[index - 1]
  if (entry === undefined || numberOf(entry, 'rtekind') !== RTE.relation || childOf(entry, 'tablesample') !== undefined) return undefined
  const kind = walk.knowledge.catalog.relation(numberOf(entry, 'relid'))?.kind
  return kind === 'r' || kind === 'p' ? index : undefined
}

/** Not grouped, or by columns of the table as they are stored. */
function isPlainlyGrouped(level: Level, table: number): boolean {
  const { query } = level
  if (nodesOf(query, 'groupingSets').length > 0 || nodesOf(query, 'distinctClause').length > 0 || nodesOf(query, 'windowClause').length > 0) return false
  const targets = nodesOf(query, 'targetList')
  return nodesOf(query, 'groupClause').every(clause => {
    const target = targets.find(entry => numberOf(entry, 'ressortgroupref') === numberOf(clause, 'tleSortGroupRef'))
    return target !== undefined && columnOf(level, requireChild(target, 'expr'))?.index === table
  })
}

function isCountOf(level: Level, node: TreeNode, table: number): boolean {
  if (node.name !== 'AGGREF' || numberOf(node, 'aggfnoid') !== COUNT || numberOf(node, 'agglevelsup') !== 0) return false
  if (childOf(node, 'aggfilter') !== undefined || nodesOf(node, 'aggorder').length > 0 || nodesOf(node, 'aggdirectargs').length > 0) return false
  const [argument, another] = nodesOf(node, 'args')
  if (argument === undefined || another !== undefined) return false
  let value = requireChild(argument, 'expr')
  if (value.name === 'RELABELTYPE') value = requireChild(value, 'arg')
  return columnOf(level, value)?.index === table
}
