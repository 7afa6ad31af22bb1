/**
 * How the columns of each relation are shown to this principal: the union of the policies that let it be read. What one of them
 * shows in clear is clear; of several masks the most revealing one holds, class by class.
 */
import { isPhi, MASK_OPERATORS, type ColumnRef, type MaskOperator, type PhiClass, type PolicyId } from '@doorward/core'
import type { FlowException, Policy } from '../file/policy.ts'
import { isReading, type Finding } from './survey.ts'

/** How a class of column of a relation is shown. */
export interface ReadMasks {
  readonly operatorFor: (column: ColumnRef) => MaskOperator
  /** The exceptions by which this column may be used so, one for each way in which it is read; none: it may not. */
  readonly exceptionsFor: (column: ColumnRef, allow: FlowException['allow']) => readonly GrantedException[]
}

/** An exception and whose it is. */
export interface GrantedException {
  readonly policy: PolicyId
  readonly exception: FlowException
}

/**
 * What lets a relation be read, one entry per way of reading. A function and a table may have the same name, and then a column of
 * either must be shown as the stricter of the two.
 */
type Ways = Map<'read' | 'execute', readonly Policy[]>

/**
 * A relation that no finding names is fully masked. That a catalog is open grants none of its columns that hold data.
 * @param caller What people wrote into the catalog (definitions, comments) belongs to no relation: whoever gets the server's own texts
 * as they are (obligations.ts) gets it in clear.
 */
export function createReadMasks(findings: readonly Finding[], caller: 'masked' | 'clear'): ReadMasks {
  const relations = new Map<string, Ways>()
  for (const { touched, grants } of findings) {
    if (touched.scope === 'open' || !isReading(touched)) continue
    const ways: Ways = relations.get(touched.object) ?? new Map()
    relations.set(touched.object, ways)
    const way = touched.action === 'read' ? 'read' : 'execute'
    const known = ways.get(way)
    ways.set(way, known === undefined ? grants : known.filter((policy) => grants.includes(policy)))
  }
  const waysOf = (relation: string): readonly (readonly Policy[])[] => [...(relations.get(relation)?.values() ?? [[]])]
  // Found once per relation and class: a statement has few of them and many columns.
  const known = new Map<string, Map<PhiClass, MaskOperator>>()
  const find = (relation: string, phiClass: PhiClass): MaskOperator => {
    if (caller === 'clear' && relation === CATALOG_TEXTS) return 'clear'
    const operators = known.get(relation) ?? new Map<PhiClass, MaskOperator>()
    known.set(relation, operators)
    const operator = operators.get(phiClass) ?? waysOf(relation).map((way) => operatorOf(way, phiClass)).reduce(lessRevealing)
    operators.set(phiClass, operator)
    return operator
  }
  return {
    operatorFor: (column) => (isPhi(column.class) ? find(column.relation, column.class) : 'clear'),
    exceptionsFor: (column, allow) => {
      const ways = waysOf(column.relation).map((way) => bestOf(way, column.class, allow))
      return ways.every((one) => one !== undefined) ? ways : []
    },
  }
}

/** How the understanding names the source of catalog texts: the schema, no relation. */
const CATALOG_TEXTS = 'pg_catalog'

/** From showing nothing to showing all; of two masks the later one in this order is the more revealing. */
export function revealingRank(operator: MaskOperator): number {
  return MASK_OPERATORS.indexOf(operator)
}

function operatorOf(way: readonly Policy[], phiClass: PhiClass): MaskOperator {
  let most: MaskOperator = 'redact'
  for (const { mask } of way) {
    if (mask === undefined) return 'clear'
    const operator = mask.byClass.get(phiClass) ?? mask.rest
    if (revealingRank(operator) > revealingRank(most)) most = operator
  }
  return most
}

function lessRevealing(a: MaskOperator, b: MaskOperator): MaskOperator {
  return revealingRank(a) <= revealingRank(b) ? a : b
}

/** Of several exceptions the one that gives most, as of several masks the most revealing one holds; of equals the first policy's. */
function bestOf(way: readonly Policy[], phiClass: PhiClass, allow: FlowException['allow']): GrantedException | undefined {
  let best: GrantedException | undefined
  for (const { id, exceptions } of way) {
    for (const exception of exceptions) {
      if (exception.allow !== allow || !exception.classes.has(phiClass)) continue
      if (best === undefined || givesMore(exception, best.exception)) best = { policy: id, exception }
    }
  }
  return best
}

function givesMore(a: FlowException, b: FlowException): boolean {
  const [least, most] = [a.allow === 'counts' ? a.atLeast : 0, b.allow === 'counts' ? b.atLeast : 0]
  return least === most ? (a.perHour ?? Infinity) > (b.perHour ?? Infinity) : least < most
}
