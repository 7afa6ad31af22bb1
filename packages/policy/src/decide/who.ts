/**
 * Whether a policy's `who` means a principal. An allow means exactly the one it names. A denial reaches further, because whoever reads
 * it expects it to: it also means an agent that acts for the person it names, and a name whoever issued it.
 */
import type { Principal } from '@doorward/core'
import type { Policy, Who } from '../file/policy.ts'

/** Longest chain of `actingFor` that is followed; a longer one counts as meant, for a denial. */
const MAX_ACTING_FOR = 8

/** @returns whether `who` of the policy is absent or matches. */
export function isMeant(policy: Policy, principal: Principal): boolean {
  const { who } = policy
  if (who === undefined) return true
  if (policy.effect === 'allow') return matches(who, principal, 'exact')
  let person: Principal | undefined = principal
  for (let depth = 0; person !== undefined; depth++) {
    if (depth > MAX_ACTING_FOR || matches(who, person, 'wide')) return true
    person = person.actingFor
  }
  return false
}

function matches(who: Who, principal: Principal, reach: 'exact' | 'wide'): boolean {
  const { groups, principals, kinds } = who
  if (kinds !== undefined && !kinds.has(principal.kind)) return false
  if (groups !== undefined && !principal.groups.some((group) => groups.has(group))) return false
  return principals === undefined || isNamed(principals, principal, reach)
}

/**
 * A bare name is a local principal's: names from identity providers are for people to read and not unique across them, so an
 * allow names those as `issuer|subject`.
 */
function isNamed(principals: ReadonlySet<string>, principal: Principal, reach: 'exact' | 'wide'): boolean {
  const { name, issuer, subject } = principal
  if (principals.has(`${issuer}|${subject}`)) return true
  if (issuer === 'local') return principals.has(name)
  return reach === 'wide' && (principals.has(name) || principals.has(subject))
}
