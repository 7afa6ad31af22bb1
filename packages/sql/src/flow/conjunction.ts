/** Conditions taken apart at AND. */
import { nodesOf, wordOf, type TreeNode } from '../tree/tree-value.ts'

/** The parts of a conjunction, nested ones included; anything else is its own only part. */
export function conjunctsOf(node: TreeNode): readonly TreeNode[] {
  if (node.name !== 'BOOLEXPR' || wordOf(node, 'boolop') !== 'and') return [node]
  return nodesOf(node, 'args').flatMap(conjunctsOf)
}
