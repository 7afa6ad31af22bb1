/**
 * What the value of one expression depends on. A switch over the expression nodes of a rewritten tree; a node without a case is a fault, so
 * the statement is opaque. Whether an expression can fail, and what its functions do, is call-flow.ts; sublinks and aggregates have
 * files of their own. Where it stops: sizes of values and time taken.
 * Source: PostgreSQL, src/include/nodes/primnodes.h; src/backend/executor/execExpr.c for what is evaluated, and in which order.
 */
import { SqlFault } from '../sql-fault.ts'
import { childOf, flagOf, nodesOf, numberOf, numbersOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import { aggregateFlow, windowFlow } from './aggregate-flow.ts'
import { coerceToDomain, coerceViaText, requirePlainType, subscriptFlow } from './coercion-flow.ts'
import { sublinkFlow } from './sublink-flow.ts'
import { CLEAN, choose, compose, derive, fieldOf, isTainted, NULL_VALUE, textsOnly, type Taint } from './taint.ts'
import { constructorFlow, jsonFlow, xmlFlow } from './text-format-flow.ts'
import type { Scope, Walk } from './walk.ts'

/** text and varchar: relabelling one as the other leaves the value as it is. */
const TEXT_TYPES: ReadonlySet<number> = new Set([25, 1043])

/** @throws {SqlFault} `unknown-node`, `unsupported`, `tree-field` */
export function expressionFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const of = (field: string): Taint => { const child = childOf(node, field); return child === undefined ? CLEAN : walk.expression(child, scope) }
  const allOf = (field: string): readonly Taint[] => nodesOf(node, field).map(child => walk.expression(child, scope))
  switch (node.name) {
    case 'VAR': return scope.level.above(numberOf(node, 'varlevelsup')).variable(numberOf(node, 'varno'), numberOf(node, 'varattno'))
    case 'CONST': return flagOf(node, 'constisnull') ? NULL_VALUE : CLEAN
    case 'SQLVALUEFUNCTION': case 'GROUPINGFUNC': case 'SETTODEFAULT': case 'MERGESUPPORTFUNC': case 'CURRENTOFEXPR': return CLEAN
    case 'PARAM': return parameterFlow(node, scope)
    case 'FUNCEXPR': return functionFlow(walk, node, scope)
    case 'OPEXPR': case 'NULLIFEXPR': case 'DISTINCTEXPR': case 'SCALARARRAYOPEXPR': return operatorFlow(walk, node, scope)
    case 'ROWCOMPAREEXPR': return rowCompareFlow(walk, node, scope)
    case 'AGGREF': return aggregateFlow(walk, node, scope)
    case 'WINDOWFUNC': return windowFlow(walk, node, scope)
    case 'SUBLINK': return sublinkFlow(walk, node, scope)
    case 'BOOLEXPR': return derive(...oneAfterAnother(walk, nodesOf(node, 'args'), scope))
    case 'COALESCEEXPR': return coalesceFlow(walk, nodesOf(node, 'args'), scope)
    case 'CASEEXPR': return caseFlow(walk, node, scope)
    case 'CASETESTEXPR': return requireValue(scope.caseTest, node)
    case 'COERCETODOMAINVALUE': return requireValue(scope.domainValue, node)
    case 'COERCETODOMAIN': return coerceToDomain(walk, node, scope)
    case 'COERCEVIAIO': return coerceViaText(walk, node, scope)
    case 'ARRAYCOERCEEXPR': return derive(walk.expression(requireChild(node, 'elemexpr'), { ...scope, caseTest: derive(of('arg')) }))
    case 'SUBSCRIPTINGREF': return subscriptFlow(walk, node, scope)
    case 'RELABELTYPE': return relabelFlow(walk, node, scope)
    case 'COLLATEEXPR': case 'NAMEDARGEXPR': return of('arg')
    case 'RETURNINGEXPR': return of('retexpr')
    case 'INFERENCEELEM': return of('expr')
    case 'NULLTEST': return nullTestFlow(of('arg'))
    case 'BOOLEANTEST': case 'CONVERTROWTYPEEXPR': return derive(of('arg'))
    case 'FIELDSELECT': return fieldOf(of('arg'), numberOf(node, 'fieldnum') - 1)
    case 'FIELDSTORE': return derive(of('arg'), ...allOf('newvals'))
    case 'ROWEXPR': return compose(allOf('args'))
    case 'ARRAYEXPR': return derive(...allOf('elements'))
    case 'MINMAXEXPR': requirePlainType(walk, numberOf(node, 'minmaxtype')); return derive(...allOf('args'))
    case 'NEXTVALUEEXPR': return sequenceFlow(walk, node, scope)
    case 'XMLEXPR': return xmlFlow(walk, node, scope)
    case 'JSONCONSTRUCTOREXPR': return constructorFlow(walk, node, scope)
    case 'JSONEXPR': return jsonFlow(walk, node, scope)
    case 'JSONVALUEEXPR': return derive(of('raw_expr'), of('formatted_expr'))
    case 'JSONISPREDICATE': return derive(of('expr'))
    default: throw new SqlFault('unsupported', `node ${node.name} in an expression`)
  }
}

/** Whether there is a definition or a comment is open; what it says is not. */
function nullTestFlow(value: Taint): Taint {
  return textsOnly(value) && [...value.texts.values()].every(flow => flow === 'verbatim') ? CLEAN : derive(value)
}

function requireValue(value: Taint | undefined, node: TreeNode): Taint {
  if (value === undefined) throw new SqlFault('tree-field', `node ${node.name}: nothing it could stand for`)
  return value
}

const PARAM_EXTERN = 0, PARAM_SUBLINK = 2, PARAM_MULTIEXPR = 3

function parameterFlow(node: TreeNode, scope: Scope): Taint {
  const [kind, id] = [numberOf(node, 'paramkind'), numberOf(node, 'paramid')]
  if (kind === PARAM_EXTERN) return scope.level.parameters[id - 1] ?? CLEAN
  if (kind === PARAM_SUBLINK) return requireValue(scope.sublink?.[id - 1], node)
  if (kind === PARAM_MULTIEXPR) return requireValue(scope.level.multiExpressions.get(id >> 16)?.[(id & 0xffff) - 1], node)
  throw new SqlFault('unsupported', `parameter of kind ${kind}`)
}

function functionFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const nodes: (TreeNode | undefined)[] = []
  for (const [index, argument] of nodesOf(node, 'args').entries()) {
    nodes[argument.name === 'NAMEDARGEXPR' ? numberOf(argument, 'argnumber') : index] = argument
  }
  const positions = Array.from(nodes)
  return walk.call(numberOf(node, 'funcid'), {
    arguments: positions.map(argument => (argument === undefined ? CLEAN : walk.expression(argument, scope))),
    nodes: positions,
    omitted: new Set(positions.flatMap((argument, index) => (argument === undefined ? [index] : []))),
    use: numberOf(node, 'funcformat') === 0 ? 'function' : 'cast',
    set: flagOf(node, 'funcretset'),
    resultType: numberOf(node, 'funcresulttype'),
  }, scope)
}

/** opfuncid is what parse analysis looked up; 0 where a stored tree left it out. */
export function operatorFunction(walk: Walk, node: TreeNode): number {
  const written = numberOf(node, 'opfuncid')
  return written === 0 ? functionOfOperator(walk, numberOf(node, 'opno')) : written
}

/** @throws {SqlFault} `unsupported`: an operator whose facts were not loaded. */
export function functionOfOperator(walk: Walk, operatorOid: number): number {
  const facts = walk.knowledge.catalog.operator(operatorOid)
  if (facts === undefined) throw new SqlFault('unsupported', `operator ${operatorOid}: not in the catalog snapshot`)
  return facts.function
}

function operatorFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const nodes = nodesOf(node, 'args')
  const taints = nodes.map(argument => walk.expression(argument, scope))
  const result = walk.call(operatorFunction(walk, node), {
    arguments: taints, nodes, use: 'operator', set: node.name === 'OPEXPR' && flagOf(node, 'opretset'),
    resultType: node.name === 'SCALARARRAYOPEXPR' ? 16 : numberOf(node, 'opresulttype'),
  }, scope)
  // NULLIF returns its first argument, chosen by both.
  return node.name === 'NULLIFEXPR' ? derive(...taints, result) : result
}

function rowCompareFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const [left, right] = [nodesOf(node, 'largs'), nodesOf(node, 'rargs')]
  return derive(...numbersOf(node, 'opnos').map((operator, index) => {
    const nodes = [left[index], right[index]]
    const taints = nodes.map(argument => (argument === undefined ? CLEAN : walk.expression(argument, scope)))
    return derive(...taints, walk.call(functionOfOperator(walk, operator), { arguments: taints, nodes, use: 'operator', set: false, resultType: 16 }, scope))
  }))
}

/**
 * AND, OR and COALESCE evaluate from left to right and stop early: what stands on the left decides whether what stands on the right
 * is evaluated, so whether it can fail.
 */
function oneAfterAnother(walk: Walk, nodes: readonly TreeNode[], scope: Scope): readonly Taint[] {
  let guard = scope.guard
  const taints: Taint[] = []
  for (const node of nodes) {
    const taint = walk.expression(node, { ...scope, guard })
    taints.push(taint)
    if (isTainted(taint)) guard = derive(guard, taint)
  }
  return taints
}

/** COALESCE yields one of its arguments; of PHI that counts as derived, of a catalog text it stays the text. */
function coalesceFlow(walk: Walk, nodes: readonly TreeNode[], scope: Scope): Taint {
  const taints = oneAfterAnother(walk, nodes, scope)
  const all = derive(...taints)
  return all.sources.size > 0 || all.texts.size === 0 ? all : choose(...taints)
}

function caseFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const tested = childOf(node, 'arg')
  const caseTest = tested === undefined ? scope.caseTest : walk.expression(tested, scope)
  const taints: Taint[] = tested === undefined || caseTest === undefined ? [] : [caseTest]
  let guard = scope.guard
  const arms: Taint[] = []
  for (const arm of nodesOf(node, 'args')) {
    const condition = walk.expression(requireChild(arm, 'expr'), { ...scope, guard, caseTest })
    if (isTainted(condition)) guard = derive(guard, condition)
    taints.push(condition)
    arms.push(walk.expression(requireChild(arm, 'result'), { ...scope, guard }))
  }
  const otherwise = childOf(node, 'defresult')
  if (otherwise !== undefined) arms.push(walk.expression(otherwise, { ...scope, guard }))
  // A text of the catalog in a clean CASE stays that text; PHI counts as derived.
  if (!taints.some(isTainted) && textsOnly(...arms)) return choose(...arms)
  return derive(...taints, ...arms)
}

function relabelFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const value = walk.expression(requireChild(node, 'arg'), scope)
  if (TEXT_TYPES.has(numberOf(node, 'resulttype'))) return value
  return value.fields === undefined ? derive(value) : choose(value)
}

function sequenceFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const sequence = walk.knowledge.catalog.relation(numberOf(node, 'seqid'))
  if (sequence === undefined) throw new SqlFault('unsupported', `sequence ${numberOf(node, 'seqid')}: not in the catalog snapshot`)
  walk.findings.use(scope.guard, { context: 'function', via: 'nextval' })
  // An identity column's own sequence moves with the INSERT that PostgreSQL allows without a right on it.
  walk.findings.effect({ action: 'create', object: `${sequence.schema}.${sequence.name}`, kind: 'sequence', columns: [], classes: [], scope: 'open', note: 'the sequence of an identity column' })
  return CLEAN
}
