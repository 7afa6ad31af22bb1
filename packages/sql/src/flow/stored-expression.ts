/**
 * Expressions that the catalog keeps with a relation (checks, generated columns, policies): their columns are those of one row of it. Where
 * it stops: it evaluates for given columns; what becomes of the value is the caller's business.
 */
import type { RelationFacts } from '../catalog/facts.ts'
import type { TreeNode } from '../tree/tree-value.ts'
import { Level, plainColumns } from './level.ts'
import { CLEAN, type Taint } from './taint.ts'
import type { Walk } from './walk.ts'

/** One taint per attribute number from 1, without gaps; dropped columns and numbers never used are clean. */
export function columnsByNumber(facts: RelationFacts, of: (attribute: number) => Taint): readonly Taint[] {
  const width = Math.max(0, ...facts.attributes.keys())
  return Array.from({ length: width }, (_, at) => (facts.attributes.get(at + 1)?.dropped === false ? of(at + 1) : CLEAN))
}

/** What the value of a stored expression depends on, for a row of these columns, or for a value that a domain checks. @throws {SqlFault} */
export function storedExpressionFlow(walk: Walk, expression: TreeNode, columns: readonly Taint[], domainValue?: Taint): Taint {
  const row: TreeNode = { kind: 'node', name: 'RANGETBLENTRY', fields: new Map(), within: [] }
  const level = new Level(expression, [row], undefined, CLEAN, [], () => plainColumns(columns))
  return walk.expression(expression, { level, guard: CLEAN, caseTest: undefined, domainValue, sublink: undefined })
}
