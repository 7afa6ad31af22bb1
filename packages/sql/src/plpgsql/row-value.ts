/** What a row without a declared type is made of: `ROW(a, b)`, or a record as a parameter. */
import type { Place } from '../flow/routine-body.ts'
import { typeOfExpression } from '../flow/expression-type.ts'
import { flagOf, nodesOf, numberOf, requireChild } from '../tree/tree-value.ts'
import type { AnalysedSql } from './body-sql.ts'
import type { Column } from './routine-place.ts'

/** @param ofRecord The shape of the record at a place. @returns undefined: not known. */
export function rowColumns(sql: AnalysedSql, ofRecord: (place: Place) => readonly Column[] | undefined): readonly Column[] | undefined {
  const main = sql.trees.find(tree => flagOf(tree, 'canSetTag'))
  const [entry, ...more] = main === undefined || sql.trees.length > 1 ? [] : nodesOf(main, 'targetList')
  if (entry === undefined || more.length > 0) return undefined
  const expression = requireChild(entry, 'expr')
  if (expression.name === 'PARAM') {
    const place = sql.parameters[numberOf(expression, 'paramid') - 1]
    return place === undefined ? undefined : ofRecord(place)
  }
  if (expression.name !== 'ROWEXPR') return undefined
  const types = nodesOf(expression, 'args').map(typeOfExpression)
  const columns = types.flatMap((type, index) => (type === undefined ? [] : [{ name: `f${index + 1}`, type }]))
  return columns.length === types.length ? columns : undefined
}
