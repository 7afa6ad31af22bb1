/**
 * Decisions of one snapshot, kept by what they rest on: the statement as understood, the principal (both by identity: a kept plan and a
 * session hold the same object for as long as they live), the resource and the purpose. A decision that may rest on more is not kept. What is
 * kept is frozen, since many hold it. Another snapshot has decisions of its own.
 */
import type { Decision, DecisionRequest, Principal, Understanding } from '@doorward/core'
import type { Candidate } from './candidate.ts'

/** Beyond it a Date is invalid, and every condition fails (ECMA-262, Time Values and Time Range). */
const MAX_TIME_MS = 8.64e15

/** A memo: what it holds is always what would be decided. Goes away with its snapshot, its statements and its principals. */
export class KeptDecisions {
  readonly #kept = new WeakMap<Understanding, WeakMap<Principal, Map<string, Decision>>>()
  readonly #lasting = new WeakMap<readonly Candidate[], 'yes' | 'no'>()

  /**
   * Whether the request's decision is the same at any time and from any address: no policy that could speak about it asks for either.
   * @param candidates of the request's resource and principal, as the snapshot gives them.
   */
  mayKeep(candidates: readonly Candidate[], { nowMs }: DecisionRequest): boolean {
    let lasting = this.#lasting.get(candidates)
    if (lasting === undefined) {
      lasting = candidates.every(({ restsOn }) => restsOn !== 'moment') ? 'yes' : 'no'
      this.#lasting.set(candidates, lasting)
    }
    return lasting === 'yes' && Math.abs(nowMs) <= MAX_TIME_MS
  }

  find({ statement, principal, resource, purpose }: DecisionRequest): Decision | undefined {
    return this.#kept.get(statement)?.get(principal)?.get(keyOf(resource, purpose))
  }

  /** @returns the decision, frozen. */
  keep({ statement, principal, resource, purpose }: DecisionRequest, decision: Decision): Decision {
    freeze(decision)
    let ofStatement = this.#kept.get(statement)
    if (ofStatement === undefined) this.#kept.set(statement, ofStatement = new WeakMap())
    const ofPrincipal = ofStatement.get(principal)
    if (ofPrincipal === undefined) ofStatement.set(principal, new Map([[keyOf(resource, purpose), decision]]))
    else ofPrincipal.set(keyOf(resource, purpose), decision)
    return decision
  }
}

/** Neither a resource's name nor a purpose holds a blank. */
function keyOf(resource: string, purpose: string | undefined): string { return `${resource} ${purpose ?? ''}` }

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const inner of Object.values(value)) freeze(inner)
}
