/**
 * Aggregate and window function calls: what goes in by arguments, FILTER, ORDER BY and DISTINCT. Source: PostgreSQL,
 * src/include/nodes/primnodes.h (Aggref, WindowFunc).
 */
import { childOf, flagOf, nodesOf, numberOf, requireChild, wordOf, type TreeNode } from '../tree/tree-value.ts'
import { CLEAN, aggregate, count, derive, type Taint } from './taint.ts'
import type { Scope, Walk } from './walk.ts'

export function aggregateFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const direct = nodesOf(node, 'aggdirectargs')
  const entries = nodesOf(node, 'args')
  const directTaints = direct.map(argument => walk.expression(argument, scope))
  const entryTaints = entries.map(entry => walk.expression(requireChild(entry, 'expr'), scope))
  const used = entries.map((entry, index) => ({ entry, taint: entryTaints[index] ?? CLEAN }))
  // Entries that only sort (resjunk) are no arguments of the function.
  const given = used.filter(({ entry }) => !flagOf(entry, 'resjunk'))
  const result = walk.call(numberOf(node, 'aggfnoid'), {
    arguments: [...directTaints, ...given.map(({ taint }) => taint)],
    nodes: [...direct, ...given.map(({ entry }) => requireChild(entry, 'expr'))],
    use: 'aggregate', set: false, resultType: numberOf(node, 'aggtype'),
  }, scope)
  const filter = filterFlow(walk, node, scope)
  const isOrderedSet = wordOf(node, 'aggkind') !== 'n'
  const sorting = nodesOf(node, 'aggorder')
  const sorted = sorting.map(clause => used.find(({ entry }) => numberOf(entry, 'ressortgroupref') === numberOf(clause, 'tleSortGroupRef'))?.taint ?? CLEAN)
  for (const clause of [...sorting, ...nodesOf(node, 'aggdistinct')]) sortOperators(walk, clause, scope)
  // The order in which a plain aggregate meets its values is in its result only by way of which value stands where: it decides, so it is a use.
  if (!isOrderedSet) for (const taint of sorted) walk.findings.use(taint, { context: 'order', via: 'ORDER BY of an aggregate' })
  const junk = used.filter(({ entry }) => flagOf(entry, 'resjunk')).map(({ taint }) => taint)
  return aggregateAll(result, filter, ...junk)
}

/** Keeps `counted` where everything is counted: an exception for counts must not reach anything else. */
function aggregateAll(result: Taint, ...others: readonly Taint[]): Taint {
  return others.every(taint => taint === CLEAN) ? result : aggregate(result, ...others)
}

export function windowFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const nodes = nodesOf(node, 'args')
  const result = walk.call(numberOf(node, 'winfnoid'), {
    arguments: nodes.map(argument => walk.expression(argument, scope)), nodes,
    use: flagOf(node, 'winagg') ? 'aggregate' : 'window', set: false, resultType: numberOf(node, 'wintype'),
  }, scope)
  // PARTITION BY and ORDER BY are reported with the window clause itself.
  return aggregateAll(result, filterFlow(walk, node, scope))
}

function filterFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const filter = childOf(node, 'aggfilter')
  if (filter === undefined) return CLEAN
  const taint = derive(walk.expression(filter, scope))
  walk.findings.use(taint, { context: 'aggregate-filter', via: 'FILTER' })
  return count(taint)
}

/** Sorting and grouping call the functions behind their operators. */
export function sortOperators(walk: Walk, clause: TreeNode, scope: Scope): void {
  for (const field of ['eqop', 'sortop']) {
    const operator = numberOf(clause, field)
    if (operator === 0) continue
    const facts = walk.knowledge.catalog.operator(operator)
    if (facts !== undefined) walk.call(facts.function, { arguments: [CLEAN, CLEAN], nodes: [undefined, undefined], use: 'operator', set: false, resultType: 16 }, scope)
    else if (operator >= 16384) walk.call(0, { arguments: [], nodes: [], use: 'operator', set: false, resultType: 16 }, scope)
  }
}
