/** Target lists: what each entry's value depends on. */
import { numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import type { Level } from './level.ts'
import { scopeOf } from './range-flow.ts'
import type { Taint } from './taint.ts'
import type { Walk } from './walk.ts'

export interface Target { readonly entry: TreeNode; readonly taint: Taint }

/** SubLinkType of `SET (a, b) = (SELECT ...)`. */
const MULTI_EXPRESSION = 5

/** The row on the right of `SET (a, b) = (SELECT ...)` stands at the end of the list and is used before, so it is taken first. */
export function targetTaints(walk: Walk, level: Level, entries: readonly TreeNode[]): readonly Target[] {
  const scope = scopeOf(level)
  const isRow = (entry: TreeNode): boolean => { const node = requireChild(entry, 'expr'); return node.name === 'SUBLINK' && numberOf(node, 'subLinkType') === MULTI_EXPRESSION }
  for (const entry of entries) if (isRow(entry)) walk.expression(requireChild(entry, 'expr'), scope)
  return entries.map(entry => ({ entry, taint: walk.expression(requireChild(entry, 'expr'), scope) }))
}
