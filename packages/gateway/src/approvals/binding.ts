/**
 * What an approval is bound to, as one hash: whoever approves, approves this text with these parameters, meaning this, over these definitions of
 * views and functions, for this principal and purpose, under this policy and these obligations. Anything else is another request. The estimate stands beside it, since it moves.
 */
import { createHash } from 'node:crypto'
import type { Principal, Understanding } from '@doorward/core'
import type { HoldDetails, HoldRequest } from '@doorward/guard'

/** @returns sha256, hex. Equal exactly when an approval for the one may be used for the other. */
export function bindingOf(held: HoldRequest, details: HoldDetails): string {
  const { request, decision, identity } = held
  const parts = [
    'doorward approval 2', identity.digest, identity.fingerprint, held.parameters ?? '', details.behind.map((one) => one.digest), details.definitions ?? '',
    // The same text means other things under another search_path: what it was understood to do is part of it.
    meaningOf(request.statement), peopleOf(request.principal), request.principal.kind, request.resource, request.purpose ?? '',
    decision.version, decision.by, decision.quorum, decision.expiresMs, decision.obligations,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** The estimate stands beside the binding, see {@link coversEstimate}. */
function meaningOf(statement: Understanding): unknown {
  return statement.kind === 'opaque' ? statement : { ...statement, bulk: { restricted: statement.bulk.restricted } }
}

/** `issuer`, `subject` of a principal and of everyone it acts for, nearest first. */
export function peopleOf(principal: Principal): readonly (readonly [issuer: string, subject: string])[] {
  const people: (readonly [string, string])[] = []
  for (let one: Principal | undefined = principal; one !== undefined; one = one.actingFor) people.push([one.issuer, one.subject])
  return people
}

/** What a table may have grown by while an approval waited for its use. */
const GROWTH = 2
/** Small tables double by chance. */
const SLACK_ROWS = 1_000

/** @returns whether people who were shown `asked` rows have approved `now` rows. What was unknown then may not be large now either. */
export function coversEstimate(asked: number | undefined, now: number | undefined): boolean {
  if (now === undefined) return true
  if (asked === undefined) return now <= SLACK_ROWS
  return now <= asked * GROWTH + SLACK_ROWS
}
