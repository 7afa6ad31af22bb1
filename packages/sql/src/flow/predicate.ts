/**
 * Conditions: what of PHI they use, one finding per conjunct, and which of them are plain equalities with a literal or a parameter.
 */
import { childOf, flagOf, nodesOf, requireChild, wordOf, type TreeNode } from '../tree/tree-value.ts'
import { conjunctsOf } from './conjunction.ts'
import { operatorFunction } from './expression-flow.ts'
import type { UseContext } from './findings.ts'
import { isTainted } from './taint.ts'
import type { Scope, Walk } from './walk.ts'

/** Reports every conjunct in which PHI takes part. @param clause For conjuncts that no operator or function heads. */
export function predicateUses(walk: Walk, node: TreeNode, scope: Scope, context: UseContext, clause: string): void {
  for (const conjunct of conjunctsOf(node)) {
    const taint = walk.expression(conjunct, scope)
    if (!isTainted(taint)) continue
    const values = comparedValues(conjunct)
    walk.findings.use(taint, { context, via: headOf(walk, conjunct) ?? clause, equality: isPlainEquality(walk, conjunct, scope), ...(values === undefined ? {} : { values }) })
  }
}

function headOf(walk: Walk, node: TreeNode): string | undefined {
  if (node.name === 'OPEXPR' || node.name === 'SCALARARRAYOPEXPR' || node.name === 'DISTINCTEXPR') return walk.knowledge.catalog.operator(operatorOid(node))?.name
  if (node.name === 'NULLTEST') return 'IS NULL'
  return undefined
}

function operatorOid(node: TreeNode): number {
  const value = node.fields.get('opno')
  return value?.kind === 'token' ? Number(value.value) : 0
}

/** `column = constant`, `column = $1`, `column = ANY (constant)`, either way round. */
function isPlainEquality(walk: Walk, node: TreeNode, scope: Scope): boolean {
  const isComparison = node.name === 'OPEXPR' || (node.name === 'SCALARARRAYOPEXPR' && flagOf(node, 'useOr'))
  if (!isComparison || operatorFunction(walk, node) >= 16384) return false
  if (walk.knowledge.catalog.operator(operatorOid(node))?.name !== '=') return false
  const [left, right] = nodesOf(node, 'args')
  if (left === undefined || right === undefined) return false
  return (isColumn(left) && isGiven(right, scope)) || (isColumn(right) && isGiven(left, scope))
}

/** How many values a plain equality compares its column with; undefined: as many as an array holds that is not spelled out. */
function comparedValues(node: TreeNode): number | undefined {
  if (node.name !== 'SCALARARRAYOPEXPR') return 1
  const [left, right] = nodesOf(node, 'args')
  if (left === undefined || right === undefined) return undefined
  if (isColumn(right)) return 1 // one value, looked for in the column's array
  let array = right
  while (array.name === 'RELABELTYPE' || array.name === 'ARRAYCOERCEEXPR') array = requireChild(array, 'arg')
  return array.name === 'ARRAYEXPR' && !flagOf(array, 'multidims') ? nodesOf(array, 'elements').length : undefined
}

function isColumn(node: TreeNode): boolean {
  if (node.name === 'RELABELTYPE') { const inner = childOf(node, 'arg'); return inner !== undefined && isColumn(inner) }
  return node.name === 'VAR'
}

/** What the caller wrote or sent: no column, no function. In the body of a function a parameter may be anything. */
function isGiven(node: TreeNode, scope: Scope): boolean {
  if (node.name === 'CONST') return true
  if (node.name === 'PARAM') return scope.level.parameters.length === 0 && wordOf(node, 'paramkind') === '0'
  if (node.name === 'RELABELTYPE' || node.name === 'COERCEVIAIO' || node.name === 'ARRAYCOERCEEXPR') {
    const inner = childOf(node, 'arg')
    return inner !== undefined && isGiven(inner, scope)
  }
  if (node.name === 'ARRAYEXPR') return nodesOf(node, 'elements').every(element => isGiven(element, scope))
  return false
}
