/**
 * When the planner's estimate is asked for. Not of what is refused whatever the estimate is: nobody plans what somebody may not run. And a
 * plan's estimates follow from statistics of the columns in its conditions: where a masked column decides rows (by the exception for
 * equality) none is asked for, since whether a statement is held would tell how common a guess is. Such a statement is judged by its
 * restriction alone.
 */
import type { DecisionRequest, Effect } from '@doorward/core'
import { decideAfresh } from './decide.ts'
import type { PolicySnapshot } from './snapshot.ts'

/** Whether a decision about this statement needs the planner's estimate, and may have it. Never throws. */
export function wantsEstimate(snapshot: PolicySnapshot, request: DecisionRequest): 'yes' | 'no' {
  const { statement } = request
  if (statement.kind !== 'understood') return 'no'
  const candidates = snapshot.candidates(request.resource, request.principal)
  if (candidates.every(({ estimate }) => estimate === 'not-looked-at') || !statement.effects.some(touchesRows)) return 'no'
  const atBest = decideAfresh(snapshot, { ...request, statement: { ...statement, bulk: { ...statement.bulk, estimatedRows: 0 } } })
  if (atBest.kind === 'deny') return 'no'
  return atBest.obligations.some((one) => one.kind === 'exception' && one.use.allow === 'equality') ? 'no' : 'yes'
}

const ROW_ACTIONS: ReadonlySet<Effect['action']> = new Set<Effect['action']>(['read', 'create', 'update', 'delete', 'destroy'])

function touchesRows({ action, kind, scope }: Effect): boolean {
  return kind === 'relation' && scope === 'user' && ROW_ACTIONS.has(action)
}
