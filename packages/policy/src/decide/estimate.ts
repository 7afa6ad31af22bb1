/**
 * When the planner's estimate is asked for, and what limit it is held against. A plan's estimates follow from statistics of the columns in its
 * conditions: where a masked column decides rows (by the exception for equality) no estimate is asked for, since whether a statement is held
 * would tell how common a guess is. Such a statement is judged by its restriction alone.
 */
import { isPhi, type DecisionRequest, type Effect } from '@doorward/core'
import { isOverEstimate } from '../when/facts.ts'
import type { Policy } from '../file/policy.ts'
import { Verdicts } from './applicable.ts'
import type { Candidate } from './candidate.ts'
import { callerOf, strictest } from './obligations.ts'
import { createReadMasks } from './read-masks.ts'
import type { PolicySnapshot } from './snapshot.ts'
import { survey } from './survey.ts'

/** Whether a decision about this statement needs the planner's estimate, and may have it. Never throws for what {@link decide} does not throw for. */
export function wantsEstimate(snapshot: PolicySnapshot, request: DecisionRequest): 'yes' | 'no' {
  const { statement } = request
  if (statement.kind !== 'understood' || statement.forbidden !== undefined) return 'no'
  const candidates = snapshot.candidates(request.resource, request.principal)
  if (candidates.every(({ estimate }) => estimate === 'not-looked-at') || !statement.effects.some(touchesRows)) return 'no'
  if (!statement.uses.some(({ column }) => isPhi(column.class))) return 'yes'
  const verdicts = new Verdicts(request, undefined)
  const masks = createReadMasks(survey(statement, request, candidates, verdicts).findings, callerOf(candidates, verdicts))
  return statement.uses.every(({ column }) => masks.operatorFor(column) === 'clear') ? 'yes' : 'no'
}

const ROW_ACTIONS: ReadonlySet<Effect['action']> = new Set<Effect['action']>(['read', 'create', 'update', 'delete', 'destroy'])

function touchesRows({ action, kind, scope }: Effect): boolean {
  return kind === 'relation' && scope === 'user' && ROW_ACTIONS.has(action)
}

/** The strictest limit of those that speak to this principal: what is bulk for one of its policies is bulk. */
export function estimateLimitOf(candidates: readonly Candidate[]): number | undefined {
  return strictest(candidates.map(({ policy }) => policy.limits?.estimatedRows))
}

/** @returns the first of the policies that allow the statement whose limit it is expected to pass. */
export function overEstimate(used: readonly Policy[], { statement }: DecisionRequest): Policy | undefined {
  if (statement.kind !== 'understood') return undefined
  return used.find((policy) => isOverEstimate(statement.bulk, policy.limits?.estimatedRows))
}
