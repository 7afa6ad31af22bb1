/**
 * XML and JSON expressions with a node of their own. Most can fail by value (a malformed document, a duplicate key), so what goes in is a
 * use as well. Source: PostgreSQL, src/include/nodes/primnodes.h (XmlExpr, JsonConstructorExpr, JsonExpr), execExprInterp.c.
 */
import { childOf, flagOf, nodesOf, numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import { readInput } from './checked-input.ts'
import { requirePlainType } from './coercion-flow.ts'
import { typeOfExpression } from './expression-type.ts'
import { CLEAN, derive, type Taint } from './taint.ts'
import type { Scope, Walk } from './walk.ts'

/** XMLELEMENT, XMLPARSE and the rest: even XMLELEMENT fails for an infinite date, so all of them count as failing by value. */
export function xmlFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const parts = [...nodesOf(node, 'named_args'), ...nodesOf(node, 'args')]
  const value = derive(...parts.map(part => typed(walk, part, scope)))
  canFail(walk, value, 'xml', scope)
  return value
}

const JSON_OBJECT = 1, JSON_ARRAY = 2, JSON_OBJECT_AGGREGATE = 3, JSON_ARRAY_AGGREGATE = 4

/** JSON_OBJECT, JSON_ARRAY, JSON_OBJECTAGG, JSON_ARRAYAGG, JSON(), JSON_SCALAR, JSON_SERIALIZE. */
export function constructorFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const kind = numberOf(node, 'type')
  const parts = nodesOf(node, 'args').map(part => typed(walk, part, scope))
  const call = childOf(node, 'func')
  const called = call === undefined ? CLEAN : walk.expression(call, scope)
  const value = derive(...parts, called)
  const coercion = childOf(node, 'coercion')
  const coerced = coercion === undefined ? value : derive(value, walk.expression(coercion, { ...scope, caseTest: value }))
  // A null key fails, a repeated one may; values never do. The aggregates' own functions say it for themselves.
  if (kind === JSON_OBJECT) canFail(walk, flagOf(node, 'unique') ? value : derive(...parts.filter((_, index) => index % 2 === 0)), 'json_object', scope)
  else if (kind !== JSON_ARRAY && kind !== JSON_OBJECT_AGGREGATE && kind !== JSON_ARRAY_AGGREGATE) canFail(walk, value, 'json', scope)
  return coerced
}

/** JSON_VALUE, JSON_QUERY, JSON_EXISTS: what ON ERROR says is not read; all of them count as failing by value. */
export function jsonFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const fields = ['formatted_expr', 'path_spec', 'on_empty', 'on_error']
  const children = fields.flatMap(field => childOf(node, field) ?? [])
  const value = derive(...[...children, ...nodesOf(node, 'passing_values')].map(part => (part.name === 'JSONBEHAVIOR' ? behaviourFlow(walk, part, scope) : typed(walk, part, scope))))
  const returning = requireChild(node, 'returning')
  requirePlainType(walk, numberOf(returning, 'typid'))
  readInput(walk, numberOf(returning, 'typid'))
  canFail(walk, value, 'json', scope)
  return value
}

function behaviourFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const value = childOf(node, 'expr')
  return value === undefined ? CLEAN : walk.expression(value, scope)
}

/** Values are turned into text by the output function of their type. */
function typed(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const type = typeOfExpression(node)
  if (type !== undefined) requirePlainType(walk, type)
  return walk.expression(node, scope)
}

function canFail(walk: Walk, value: Taint, via: string, scope: Scope): void {
  walk.findings.use(value, { context: 'error', via })
  walk.findings.use(scope.guard, { context: 'error', via })
}
