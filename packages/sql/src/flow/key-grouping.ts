/**
 * Grouping by a primary key: `GROUP BY p.id, p.last_name` makes the groups of `GROUP BY p.id`, whatever the names are, so the names decide
 * nothing, and the planner leaves them out of the grouping. DISTINCT it does not shorten: the names are hashed or sorted with the key and
 * decide the order of the rows, unless ORDER BY settles that. Where it stops: the key of the relation itself, direct columns (an
 * expression, a cast included, stays in the grouping), no inheritance (a key is unique per table only).
 */
import { flagOf, nodesOf, numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import type { Level } from './level.ts'
import { RTE } from './range-kind.ts'
import type { Walk } from './walk.ts'

export interface Column { readonly index: number; readonly attribute: number }

/** @param entries The target entries grouped by. @returns those whose values follow from a key among the others. */
export function determinedByKey(walk: Walk, level: Level, entries: readonly TreeNode[]): ReadonlySet<TreeNode> {
  const columns = entries.map(entry => ({ entry, column: columnOf(level, requireChild(entry, 'expr')) }))
  const grouped = new Map<number, Set<number>>()
  for (const { column } of columns) {
    if (column === undefined) continue
    const known = grouped.get(column.index) ?? new Set<number>()
    grouped.set(column.index, known.add(column.attribute))
  }
  const determined = new Set<TreeNode>()
  for (const { entry, column } of columns) {
    const key = column === undefined ? undefined : primaryKey(walk, level.entry(column.index))
    const present = column === undefined ? undefined : grouped.get(column.index)
    if (column === undefined || key === undefined || key.includes(column.attribute)) continue
    if (key.every(attribute => present?.has(attribute))) determined.add(entry)
  }
  return determined
}

function primaryKey(walk: Walk, entry: TreeNode): readonly number[] | undefined {
  if (numberOf(entry, 'rtekind') !== RTE.relation) return undefined
  const facts = walk.knowledge.catalog.relation(numberOf(entry, 'relid'))
  // A partitioned table's key holds across its partitions; an inheritance parent's does not reach its children.
  if (facts === undefined || (facts.kind !== 'p' && facts.children.length > 0 && flagOf(entry, 'inh'))) return undefined
  return facts.uniqueKeys.find(key => key.primary)?.columns
}

/**
 * The same for DISTINCT, where every other entry is sorted by.
 * @param sorted The target entries of ORDER BY.
 */
export function distinctByKey(walk: Walk, level: Level, entries: readonly TreeNode[], sorted: readonly TreeNode[]): ReadonlySet<TreeNode> {
  const determined = determinedByKey(walk, level, entries)
  return entries.every(entry => determined.has(entry) || sorted.includes(entry)) ? determined : new Set()
}

/** The column of a range table entry that an expression of this level is; undefined: it is something else. */
export function columnOf(level: Level, node: TreeNode): Column | undefined {
  if (node.name !== 'VAR' || numberOf(node, 'varlevelsup') !== 0 || numberOf(node, 'varattno') <= 0) return undefined
  const [index, attribute] = [numberOf(node, 'varno'), numberOf(node, 'varattno')]
  const entry = level.entry(index)
  const kind = numberOf(entry, 'rtekind')
  if (kind !== RTE.group && kind !== RTE.join) return { index, attribute }
  const item = nodesOf(entry, kind === RTE.group ? 'groupexprs' : 'joinaliasvars')[attribute - 1]
  return item === undefined ? undefined : columnOf(level, item)
}
