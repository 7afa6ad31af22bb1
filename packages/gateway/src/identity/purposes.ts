/** Which purposes of use a principal may state: those of its own groups. Where the configuration says nothing, any; policies still ask for theirs. */
import type { GroupId, Principal, Purpose } from '@doorward/core'

/** By group. Undefined: no rule was written. */
export type PurposeRules = ReadonlyMap<GroupId, ReadonlySet<Purpose>> | undefined

/** An agent claims by its own groups, never by those of the person it acts for. */
export function mayClaim(rules: PurposeRules, principal: Principal, purpose: Purpose): boolean {
  return rules === undefined || principal.groups.some((group) => rules.get(group)?.has(purpose) === true)
}
