/**
 * Who may answer a held statement: a person in one of the groups that policy names, and nobody on either side of the request. People are told
 * apart by issuer and subject, at their provider where the configuration says who a local principal is there. Known to miss: one person
 * with names at two providers, or with a local name that the configuration does not connect (it warns of those).
 */
import type { Principal } from '@doorward/core'
import type { PersonRow, RequestRow } from '../state/state.ts'

export type Eligibility =
  /** `groups`: those that make the person an approver of this request. */
  | { readonly kind: 'eligible'; readonly groups: readonly string[] }
  | { readonly kind: 'ineligible'; readonly rule: 'self' | 'not-a-person' | 'group'; readonly why: string }

export function eligibilityOf(approver: Principal, row: Pick<RequestRow, 'requester' | 'actingFor' | 'by'>): Eligibility {
  // Neither the requester, nor whom the requester acts for, nor anything that acts for either of them.
  if (isParty(approver, row)) return { kind: 'ineligible', rule: 'self', why: 'it was asked by you or on your behalf, and nobody approves for themselves' }
  if (approver.kind !== 'human' || approver.actingFor !== undefined) return { kind: 'ineligible', rule: 'not-a-person', why: 'only a person may approve, in person' }
  const groups = approver.groups.filter((group) => row.by.includes(group))
  if (groups.length === 0) return { kind: 'ineligible', rule: 'group', why: `it is for ${row.by.join(', ')} to approve` }
  return { kind: 'eligible', groups }
}

/** @returns whether the principal, or anybody it acts for, asked for it or had it asked. */
export function isParty(principal: Principal, row: Pick<RequestRow, 'requester' | 'actingFor'>): boolean {
  const asked = [row.requester, ...row.actingFor]
  return personsOf(principal).some(({ issuer, subject }) => asked.some((person) => person.issuer === issuer && person.subject === subject))
}

/** Under the name that the person has at a provider, if there is one. */
export function toPersonRow({ issuer, subject, name, person }: Principal): PersonRow {
  return { issuer: person?.issuer ?? issuer, subject: person?.subject ?? subject, name }
}

/** The principal and everyone it acts for, as {@link toPersonRow} has them. */
function personsOf(principal: Principal): readonly PersonRow[] { return [toPersonRow(principal), ...actingForOf(principal)] }

/** Everyone a principal acts for, nearest first. */
export function actingForOf(principal: Principal): readonly PersonRow[] {
  const people: PersonRow[] = []
  for (let one = principal.actingFor; one !== undefined; one = one.actingFor) people.push(toPersonRow(one))
  return people
}
