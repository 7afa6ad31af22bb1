/**
 * The type of an expression, as far as the tree says it. Undefined where it does not, or where nobody needs it: callers treat
 * undefined as not plain. Source: PostgreSQL, src/backend/nodes/nodeFuncs.c exprType.
 */
import { childOf, nodesOf, numberOf, type TreeNode } from '../tree/tree-value.ts'

const BOOLEAN = 16
const TYPE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['VAR', 'vartype'], ['CONST', 'consttype'], ['PARAM', 'paramtype'], ['AGGREF', 'aggtype'], ['WINDOWFUNC', 'wintype'], ['FUNCEXPR', 'funcresulttype'],
  ['OPEXPR', 'opresulttype'], ['DISTINCTEXPR', 'opresulttype'], ['NULLIFEXPR', 'opresulttype'], ['FIELDSELECT', 'resulttype'], ['FIELDSTORE', 'resulttype'],
  ['RELABELTYPE', 'resulttype'], ['COERCEVIAIO', 'resulttype'], ['ARRAYCOERCEEXPR', 'resulttype'], ['CONVERTROWTYPEEXPR', 'resulttype'],
  ['CASEEXPR', 'casetype'], ['CASETESTEXPR', 'typeId'], ['ARRAYEXPR', 'array_typeid'], ['ROWEXPR', 'row_typeid'], ['COALESCEEXPR', 'coalescetype'],
  ['MINMAXEXPR', 'minmaxtype'], ['SQLVALUEFUNCTION', 'type'], ['COERCETODOMAIN', 'resulttype'], ['COERCETODOMAINVALUE', 'typeId'], ['SETTODEFAULT', 'typeId'],
  ['NEXTVALUEEXPR', 'typeId'], ['SUBSCRIPTINGREF', 'refrestype'], ['MERGESUPPORTFUNC', 'msftype'],
])
const BOOLEAN_NODES: ReadonlySet<string> = new Set(['SCALARARRAYOPEXPR', 'BOOLEXPR', 'NULLTEST', 'BOOLEANTEST', 'ROWCOMPAREEXPR', 'CURRENTOFEXPR', 'JSONISPREDICATE'])
/** Nodes that pass on their argument's type. */
const TRANSPARENT: ReadonlyMap<string, string> = new Map([['COLLATEEXPR', 'arg'], ['NAMEDARGEXPR', 'arg'], ['RETURNINGEXPR', 'retexpr'], ['TARGETENTRY', 'expr'], ['JSONVALUEEXPR', 'formatted_expr']])
const EXISTS = 0, ALL = 1, ANY = 2, ROW_COMPARE = 3, EXPRESSION = 4

export function typeOfExpression(node: TreeNode): number | undefined {
  const field = TYPE_FIELDS.get(node.name)
  if (field !== undefined) return numberOf(node, field)
  if (BOOLEAN_NODES.has(node.name)) return BOOLEAN
  const inner = TRANSPARENT.get(node.name)
  if (inner !== undefined) {
    const child = childOf(node, inner) ?? (node.name === 'JSONVALUEEXPR' ? childOf(node, 'raw_expr') : undefined)
    return child === undefined ? undefined : typeOfExpression(child)
  }
  if (node.name === 'GROUPINGFUNC') return 23
  if (node.name === 'JSONCONSTRUCTOREXPR' || node.name === 'JSONEXPR') {
    const returning = childOf(node, 'returning')
    return returning === undefined ? undefined : numberOf(returning, 'typid')
  }
  if (node.name === 'XMLEXPR') return numberOf(node, 'type') === 0 ? 142 : numberOf(node, 'type')
  if (node.name === 'SUBLINK') return typeOfSublink(node)
  return undefined
}

function typeOfSublink(node: TreeNode): number | undefined {
  const kind = numberOf(node, 'subLinkType')
  if (kind === EXISTS || kind === ALL || kind === ANY || kind === ROW_COMPARE) return BOOLEAN
  const query = childOf(node, 'subselect')
  const [first] = query?.name === 'QUERY' ? nodesOf(query, 'targetList') : []
  // ARRAY(...) of an element type: the array type is plain when the element is, so the element's type answers every question asked here.
  return first === undefined || (kind !== EXPRESSION && kind !== 6) ? undefined : typeOfExpression(first)
}
