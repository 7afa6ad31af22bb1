/**
 * Subqueries inside expressions: EXISTS, IN, ANY, ALL, scalar, ARRAY, and the row on the right of UPDATE ... SET (a, b) = (...).
 * Source: PostgreSQL, src/include/nodes/primnodes.h (SubLink).
 */
import { SqlFault } from '../sql-fault.ts'
import { childOf, numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import { CLEAN, derive, textsOnly, type Taint, withTexts } from './taint.ts'
import type { Scope, Walk } from './walk.ts'

const EXISTS = 0, ALL = 1, ANY = 2, ROW_COMPARE = 3, EXPRESSION = 4, MULTI_EXPRESSION = 5, ARRAY = 6

/** @throws {SqlFault} `unsupported` */
export function sublinkFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const kind = numberOf(node, 'subLinkType')
  // Whether a subquery runs at all shows: in its time, and for a scalar one in the error of a second row.
  walk.findings.use(scope.guard, { context: 'case', via: 'subquery' })
  const { columns } = walk.query(requireChild(node, 'subselect'), scope.level, scope.guard, scope.level.parameters)
  switch (kind) {
    // What decides whether rows are there has been reported where it stands.
    case EXISTS: return CLEAN
    case ALL: case ANY: case ROW_COMPARE: {
      const test = childOf(node, 'testexpr')
      return derive(...columns, test === undefined ? CLEAN : walk.expression(test, { ...scope, sublink: columns }))
    }
    case EXPRESSION: return columns[0] ?? CLEAN
    case ARRAY: return collect(columns[0] ?? CLEAN)
    case MULTI_EXPRESSION:
      scope.level.multiExpressions.set(numberOf(node, 'subLinkId'), columns)
      return derive(...columns)
    default: throw new SqlFault('unsupported', `subquery of kind ${kind}`)
  }
}

/** An array of the values of many rows. */
function collect(element: Taint): Taint {
  const all = derive(element)
  if (!textsOnly(element)) return all
  const whole = [...element.texts.values()].every(flow => flow !== 'derived')
  return whole ? withTexts(all, () => 'collected') : all
}
