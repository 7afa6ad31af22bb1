/**
 * Claims to a principal: name, groups, how it was proven, and for whom an agent acts. What a claim may hold is bounded; a list that is
 * longer is refused and not cut, since the group that was cut might be the one that a denial names. Sources: OpenID Connect Core 1.0
 * §2, §5.1; RFC 8176 (amr); RFC 8693 §4.1 (act); RFC 9068 §2.2, §5.
 */
import { requireGroupId, type GroupId, type Principal, type PrincipalKind } from '@doorward/core'
import type { CheckedToken } from './check-token.ts'

export interface ClaimRules {
  readonly issuer: string
  /** A claim's own name, or a path with dots (`realm_access.roles`). */
  readonly groupsClaim: string
  /** Groups of agents that act for this issuer's people, besides those that `act` itself names. */
  readonly agentGroups: readonly GroupId[]
}

export type PrincipalFromClaims = { readonly kind: 'principal'; readonly principal: Principal } | { readonly kind: 'rejected'; readonly why: 'token-groups' | 'token-actor' }

const MAX_GROUPS = 500
const MAX_GROUP_CHARACTERS = 512
const MAX_NAME_CHARACTERS = 128
const MAX_AMR = 20

type Claims = Readonly<Record<string, unknown>>

export function toPrincipal(token: CheckedToken, rules: ClaimRules, method: string, atMs: number): PrincipalFromClaims {
  const { claims, subject, expiresAtMs } = token
  const groups = groupsIn(claims, rules.groupsClaim)
  if (groups === undefined) return { kind: 'rejected', why: 'token-groups' }
  const authentication = { method, amr: textsIn(claims['amr'], MAX_AMR) ?? [], acr: shortText(claims['acr']), atMs, expiresAtMs }
  const holder: Principal = {
    name: nameIn(claims, subject), kind: kindOf(claims, subject), issuer: rules.issuer, subject, groups, authentication, actingFor: undefined,
  }
  if (claims['act'] === undefined) return { kind: 'principal', principal: holder }
  const agent = actorOf(claims['act'], rules, holder)
  return agent === undefined ? { kind: 'rejected', why: 'token-actor' } : { kind: 'principal', principal: agent }
}

/**
 * `act` names who holds the token; `sub` is for whom it acts. The person's groups stay the person's: the agent has those that `act` itself
 * lists and those the configuration gives to agents. Earlier actors (`act` within `act`) are for information only, RFC 8693 §4.1.
 */
function actorOf(act: unknown, rules: ClaimRules, person: Principal): Principal | undefined {
  if (typeof act !== 'object' || act === null || Array.isArray(act)) return undefined
  const claims = act as Claims // an object of JSON; each claim is checked as it is read
  const subject = shortText(claims['sub'])
  const groups = groupsIn(claims, rules.groupsClaim)
  if (subject === undefined || groups === undefined) return undefined
  // An issuer speaks for its own subjects: another's agents are not its to name.
  if (claims['iss'] !== undefined && claims['iss'] !== rules.issuer) return undefined
  // Whoever acts for itself is no agent; a token that says so is not understood.
  if (subject === person.subject) return undefined
  return {
    name: nameIn(claims, subject), kind: 'agent', issuer: rules.issuer, subject, groups: [...new Set([...groups, ...rules.agentGroups])],
    authentication: person.authentication, actingFor: person,
  }
}

/** RFC 9068 §5: where no person is behind a token, its subject is the client itself. */
function kindOf(claims: Claims, subject: string): PrincipalKind {
  return claims['client_id'] === subject || claims['azp'] === subject ? 'service' : 'human'
}

/** For people to read; who it is, issuer and subject say. */
function nameIn(claims: Claims, subject: string): string {
  const named = ['preferred_username', 'email', 'name'].map((claim) => claims[claim]).find((value) => typeof value === 'string' && value.trim() !== '')
  return (typeof named === 'string' ? named : subject).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim().slice(0, MAX_NAME_CHARACTERS) || 'unnamed'
}

/** @returns undefined when the claim is not what groups look like, or too long to be taken whole. */
function groupsIn(claims: Claims, path: string): readonly GroupId[] | undefined {
  // Microsoft Entra, groups overage: the groups are elsewhere, and not here.
  const elsewhere = claims['_claim_names']
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, path)) return undefined
  const value = valueAt(claims, path)
  if (value === undefined || value === null) return []
  const texts = textsIn(typeof value === 'string' ? [value] : value, MAX_GROUPS)
  return texts?.every((text) => text.length > 0 && text.length <= MAX_GROUP_CHARACTERS) === true ? [...new Set(texts)].map(requireGroupId) : undefined
}

/** The claim of that name first: names with dots and slashes are URLs more often than paths. */
function valueAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: unknown = claims
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Claims)[step] // an object with that key, checked above
  }
  return value
}

function textsIn(value: unknown, most: number): readonly string[] | undefined {
  return Array.isArray(value) && value.length <= most && value.every((one): one is string => typeof one === 'string') ? value : undefined
}

function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= 255 && !/\p{Cc}/u.test(value) ? value : undefined
}
