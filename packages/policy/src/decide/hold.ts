/**
 * When several policies hold one statement, who may approve it. An approval names one set of groups and one number of people, so
 * the strictest that satisfies every hold is taken: groups that may approve under all of them, the largest number, the
 * shortest time. Where no group may approve under all, nobody can, and the statement is refused.
 */
import type { GroupId } from '@doorward/core'
import type { HoldRule } from '../file/policy.ts'

/** The approval a statement needs. */
export interface ApprovalNeeded {
  /** In alphabetical order. */
  readonly by: readonly GroupId[]
  readonly quorum: number
  readonly expiresMs: number
}

/** @returns undefined when no group is in every rule. @param rules At least one. */
export function combineHolds(rules: readonly HoldRule[]): ApprovalNeeded | undefined {
  const [first, ...rest] = rules
  const by = (first?.by ?? []).filter((group) => rest.every((rule) => rule.by.includes(group)))
  if (by.length === 0) return undefined
  return {
    by: [...new Set(by)].sort(),
    quorum: Math.max(...rules.map((rule) => rule.quorum)),
    expiresMs: Math.min(...rules.map((rule) => rule.expiresMs)),
  }
}
