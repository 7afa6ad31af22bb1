/**
 * All policies of one loading, prepared for deciding: sorted by id, so that the order of files and entries cannot matter, and cut
 * down per resource and principal, since a session asks with the same two for all of its statements.
 */
import type { Principal, ResourceName } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import type { Condition } from '../when/condition.ts'
import type { Candidate } from './candidate.ts'
import { KeptDecisions } from './kept-decisions.ts'
import { isMeant } from './who.ts'

/** A checked set of policies. Immutable to whoever holds it. */
export interface PolicySnapshot {
  /** sha256 hex over the files' paths and bytes. */
  readonly version: string
  /** Sorted by id. */
  readonly policies: readonly Policy[]
  /** The policies whose `who` and `on.resource` match, sorted by id. */
  readonly candidates: (resource: ResourceName, principal: Principal) => readonly Candidate[]
  /** Decisions that were made before and would be made again. */
  readonly kept: KeptDecisions
}

/** @param policies With distinct ids, in any order. */
export function createSnapshot(policies: Iterable<Policy>, version: string): PolicySnapshot {
  const sorted = [...policies].sort((a, b) => (a.id < b.id ? -1 : 1))
  const all: readonly Candidate[] = sorted.map((policy) => ({ policy, ref: { id: policy.id, effect: policy.effect }, restsOn: restsOn(policy), estimate: estimate(policy) }))
  const anyResource = all.filter(({ policy }) => policy.resources === undefined)
  const named = new Set(sorted.flatMap((policy) => [...(policy.resources ?? [])]))
  const byResource = new Map<ResourceName, readonly Candidate[]>()
  for (const resource of named) {
    byResource.set(resource, all.filter(({ policy }) => policy.resources === undefined || policy.resources.has(resource)))
  }
  // A memo, keyed by the principal object a session holds for its whole life; what it returns is always what would be computed.
  const memo = new WeakMap<Principal, Map<ResourceName, readonly Candidate[]>>()
  return {
    version,
    policies: sorted,
    kept: new KeptDecisions(),
    candidates: (resource, principal) => {
      const known = memo.get(principal)
      const found = known?.get(resource)
      if (found !== undefined) return found
      const computed = (byResource.get(resource) ?? anyResource).filter(({ policy }) => isMeant(policy, principal))
      if (known === undefined) memo.set(principal, new Map([[resource, computed]]))
      else known.set(resource, computed)
      return computed
    },
  }
}

function restsOn(policy: Policy): Condition['restsOn'] {
  const conditions = [policy.when, ...policy.holds.map((rule) => rule.when)]
  return conditions.some((condition) => condition?.restsOn === 'moment') ? 'moment' : 'principal and statement'
}

function estimate(policy: Policy): Condition['estimate'] {
  const conditions = [policy.when, ...policy.holds.map((rule) => rule.when)]
  return policy.limits?.estimatedRows !== undefined || conditions.some((condition) => condition?.estimate === 'looked-at') ? 'looked-at' : 'not-looked-at'
}
