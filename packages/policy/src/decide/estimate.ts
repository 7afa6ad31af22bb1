/** What limit the planner's estimate is held against, and which policy refuses what is over it. */
import type { DecisionRequest } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import { isOverEstimate } from '../when/facts.ts'
import type { Candidate } from './candidate.ts'
import { strictest } from './obligations.ts'

/** The strictest limit of those that speak to this principal: what is bulk for one of its policies is bulk. */
export function estimateLimitOf(candidates: readonly Candidate[]): number | undefined {
  return strictest(candidates.map(({ policy }) => policy.limits?.estimatedRows))
}

/** @returns the first of the policies that allow the statement whose limit it is expected to pass. */
export function overEstimate(used: readonly Policy[], { statement }: DecisionRequest): Policy | undefined {
  if (statement.kind !== 'understood') return undefined
  return used.find((policy) => isOverEstimate(statement.bulk, policy.limits?.estimatedRows))
}
