/**
 * Whether a masked caller may read the server's own words about a statement: an error or a notice can quote values of whatever the
 * statement touched, so only one that reads nothing but plain columns and calls nothing with a body has its errors as they are.
 */
import { isPhi, type Effect } from '@doorward/core'
import type { StatementPlan } from '@doorward/sql'

/** @returns `plain` only where no value that policy masks can have reached an expression, a constraint, a trigger or a definition. */
export function errorTexts(plan: StatementPlan): 'plain' | 'rewritten' {
  const { understanding } = plan
  // The end of a transaction raises what deferred constraints and triggers say about rows written before.
  if (plan.fields === undefined || plan.changes.length > 0) return 'rewritten'
  if (understanding.kind === 'opaque' || plan.catalogTexts.length > 0 || plan.functionResults.length > 0 || plan.explain !== undefined) return 'rewritten'
  const columns = [...understanding.uses.map((use) => use.column), ...understanding.outputs.flatMap((output) => output.sources.map((source) => source.column))]
  const isPlain = understanding.effects.every(readsPlainly) && !columns.some((column) => isPhi(column.class))
  return isPlain ? 'plain' : 'rewritten'
}

/** Writing fires triggers and checks constraints, whose errors quote rows that the statement does not name. */
function readsPlainly(effect: Effect): boolean {
  return effect.action === 'read' && effect.kind === 'relation' && effect.scope === 'user' && !effect.classes.some(isPhi)
}
