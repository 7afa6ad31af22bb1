/** A policy as decisions meet it: found once per resource and principal, asked for every statement. */
import type { PolicyRef } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import type { Condition } from '../when/condition.ts'

/** A policy with what a decision needs of it at hand. */
export interface Candidate {
  readonly policy: Policy
  readonly ref: PolicyRef
  /** `moment`: a condition of it asks for the time or the client's address. */
  readonly restsOn: Condition['restsOn']
  /** What it says depends on the planner's estimate. */
  readonly estimate: Condition['estimate']
}
