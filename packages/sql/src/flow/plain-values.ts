/**
 * Literals that are mere values: compared for equality with a column, by the server's own operators, and standing nowhere else in the trees. What
 * is understood of a statement does not depend on which value such a literal has, but for the patients that it names. Of every other literal it
 * may: a LIMIT, the ends of a range, an argument, a position. Pure.
 */
import { childOf, flagOf, nodesOf, numberOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'

/** Columns of int2, int4 and int8 with an int4, either way round. PostgreSQL, pg_operator.dat. */
const INTEGER_EQUALITIES: ReadonlySet<number> = new Set([96, 532, 533, 416, 15])
/** text = text; varchar too, relabelled. */
const TEXT_EQUALITY = 98
const INT4 = 23
const TEXT = 25

/** @param trees of one statement, as the server printed them. @returns where each such literal begins: bytes of the text, ascending. */
export function plainValues(trees: readonly TreeNode[]): readonly number[] {
  /** How often a constant from this place of the text stands in the trees. */
  const places = new Map<number, number>()
  const plain = new Set<number>()
  const visit = (value: TreeValue): void => {
    if (value?.kind === 'list') { for (const item of value.items) visit(item); return }
    if (value?.kind !== 'node') return
    if (value.name === 'CONST') {
      const place = numberOf(value, 'location')
      if (place >= 0) places.set(place, (places.get(place) ?? 0) + 1)
    }
    const compared = value.name === 'OPEXPR' ? comparedLiteral(value) : undefined
    if (compared !== undefined) plain.add(numberOf(compared, 'location'))
    for (const inner of value.within) visit(inner)
  }
  for (const tree of trees) visit(tree)
  return [...plain].filter((place) => place >= 0 && places.get(place) === 1).toSorted((a, b) => a - b)
}

function comparedLiteral(comparison: TreeNode): TreeNode | undefined {
  const [left, right] = nodesOf(comparison, 'args')
  if (left === undefined || right === undefined) return undefined
  const literal = isColumn(left) ? right : isColumn(right) ? left : undefined
  if (literal?.name !== 'CONST' || flagOf(literal, 'constisnull')) return undefined
  const [operator, type] = [numberOf(comparison, 'opno'), numberOf(literal, 'consttype')]
  return (type === INT4 && INTEGER_EQUALITIES.has(operator)) || (type === TEXT && operator === TEXT_EQUALITY) ? literal : undefined
}

function isColumn(node: TreeNode): boolean {
  if (node.name !== 'RELABELTYPE') return node.name === 'VAR' && numberOf(node, 'varattno') > 0
  const inner = childOf(node, 'arg')
  return inner !== undefined && isColumn(inner)
}
