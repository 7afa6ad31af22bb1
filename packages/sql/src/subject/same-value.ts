/**
 * Expressions that are a column, a literal or a parameter as it is, and the comparisons under which two of them are one value with one text.
 * Left out on purpose: numeric (7 and 7.0 are equal), char(n) (padded), operators that somebody made. Under a collation that takes
 * different texts for equal, a given value is told as it was given. Source: PostgreSQL, pg_operator.dat.
 */
import { argumentFact } from '../flow/constant.ts'
import { childOf, nodesOf, numberOf, type TreeNode } from '../tree/tree-value.ts'
import type { GivenSubject } from './subject-graph.ts'

/** int2, int4, int8 with each other; text (varchar too, relabelled); uuid; oid. */
const SAME_TEXT: ReadonlySet<number> = new Set([94, 96, 410, 15, 416, 532, 533, 1862, 1868, 98, 2972, 607])

/** int8(int4), int8(int2), int4(int2): the parser writes them around integers, and the text stays. */
const WIDENING: ReadonlySet<number> = new Set([481, 754, 313])

const UUID = 2950
const EXTERNAL = 0

export function isSameText(comparison: TreeNode): boolean {
  return comparison.name === 'OPEXPR' && SAME_TEXT.has(numberOf(comparison, 'opno'))
}

/** The expression without what leaves its text as it is. */
export function bare(node: TreeNode): TreeNode {
  if (node.name === 'RELABELTYPE' || node.name === 'COLLATEEXPR') { const inner = childOf(node, 'arg'); return inner === undefined ? node : bare(inner) }
  if (node.name === 'FUNCEXPR' && WIDENING.has(numberOf(node, 'funcid'))) { const [inner] = nodesOf(node, 'args'); return inner === undefined ? node : bare(inner) }
  return node
}

/** @returns undefined for what is neither a literal with a text of its own nor a parameter. */
export function givenValue(node: TreeNode): GivenSubject | undefined {
  const inner = bare(node)
  if (inner.name === 'PARAM' && numberOf(inner, 'paramkind') === EXTERNAL) return { kind: 'parameter', number: numberOf(inner, 'paramid'), typeOid: numberOf(inner, 'paramtype') }
  if (inner.name !== 'CONST') return undefined
  if (numberOf(inner, 'consttype') === UUID) return uuid(inner)
  const fact = argumentFact(inner, undefined)
  if (fact.kind !== 'constant') return undefined
  switch (typeof fact.value) {
    case 'string': case 'number': case 'bigint': return { kind: 'constant', text: String(fact.value) }
    default: return undefined
  }
}

function uuid(node: TreeNode): GivenSubject | undefined {
  const datum = node.fields.get('constvalue')
  if (datum?.kind !== 'datum' || datum.bytes.length !== 16) return undefined
  const hex = Buffer.from(datum.bytes).toString('hex')
  return { kind: 'constant', text: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') }
}
