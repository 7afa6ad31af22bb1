/**
 * Which policies speak about an effect: the static parts (`on.objects`, `actions`) here, the parts that depend on the moment
 * (`purpose`, `when`) through {@link Verdicts}, which evaluates each expression at most once per decision.
 */
import type { Effect } from '@doorward/core'
import type { HoldRule, Policy } from '../file/policy.ts'
import type { Condition } from '../when/condition.ts'
import { toFacts, type ConnectionRequest, type Facts } from '../when/facts.ts'

/** What an effect is to a policy: less than core's Effect, so that connecting and implied reads can be asked about too. */
export type Touched = Pick<Effect, 'action' | 'object' | 'kind' | 'scope'>

/**
 * Whether an allow policy's objects and actions cover the effect. Open effects need no policy, so none covers them. What lies in a system
 * schema must be written out: no `*` that somebody meant for their own tables reaches it.
 */
export function allows(policy: Policy, touched: Touched): boolean {
  const { actions, objects, mask } = policy
  if (actions !== undefined && !actions.has(touched.action) && !(isClosedFunction(touched) && actions.has('execute'))) return false
  switch (touched.scope) {
    case 'open': return false
    case 'user':
      if (touched.action === 'execute' && touched.kind === 'function') return namesExactly(policy, touched.object)
      if (isSystemObject(touched.object)) return namesSystemObject(policy, touched.object)
      return objects === undefined || objects.some((pattern) => pattern.allows(touched.object))
    // Statistics and other people's statements hold values of many columns: there is nothing a mask could be applied to.
    case 'closed': return mask === undefined && namesSystemObject(policy, touched.object)
    default: return false // a scope that this version does not know is not allowed
  }
}

/** @returns whether an object belongs to the server: in one of its schemas, or the schema itself. */
export function isSystemObject(object: string): boolean {
  return object.startsWith('pg_catalog.') || object.startsWith('information_schema.') || object === 'pg_catalog' || object === 'information_schema'
}

function namesSystemObject(policy: Policy, object: string): boolean {
  return policy.objects?.some((pattern) => pattern.systemCatalog && (pattern.allows(object) || pattern.text === `${object}.*`)) === true
}

/** Code that nobody understands runs only where a policy says so of this very function: no star, and the action written out. */
function namesExactly(policy: Policy, name: string): boolean {
  return policy.actions?.has('execute') === true && policy.objects?.some((pattern) => pattern.exact && pattern.text === name) === true
}

/** Reading what a closed function returns is calling it: a policy may name either action. */
function isClosedFunction(touched: Touched): boolean {
  return touched.scope === 'closed' && touched.kind === 'function' && touched.action === 'read'
}

/** @returns whether a deny policy's objects and actions cover the effect. Without objects it covers all of them, open ones too. */
export function denies(policy: Policy, touched: Touched): boolean {
  const { actions, objects } = policy
  if (actions !== undefined && !actions.has(touched.action)) return false
  if (objects === undefined) return true
  return objects.some((pattern) => (pattern.text === '*' ? touched.scope === 'user' : pattern.denies(touched.object, touched.kind)))
}

/** @returns whether a deny policy keeps its principal from connecting: one about particular objects does not. */
export function deniesConnecting(policy: Policy): boolean {
  return (policy.actions === undefined || policy.actions.has('connect')) && policy.objects === undefined
}

/** What a policy's moment-dependent parts say. `purpose` and `when` name the part that does not hold. */
export type Verdict = 'holds' | 'purpose' | 'when' | 'error'

/** The verdicts of one request, each found once. Mutable only as a memo; lives as long as one decision. */
export class Verdicts {
  readonly #request: ConnectionRequest
  readonly #estimateLimit: number | undefined
  readonly #known = new Map<Policy, Verdict>()
  #facts: Facts | 'impossible' | undefined

  /** @param estimateLimit Above it a statement is bulk, see estimate.ts. */
  constructor(request: ConnectionRequest, estimateLimit: number | undefined) {
    this.#request = request
    this.#estimateLimit = estimateLimit
  }

  /** An expression is evaluated whatever the purpose: an error in it must show, not depend on what the caller states. */
  of(policy: Policy): Verdict {
    if (policy.when === undefined) return this.#purposeHolds(policy) ? 'holds' : 'purpose'
    const known = this.#known.get(policy)
    if (known !== undefined) return known
    const value = this.#evaluate(policy.when)
    const verdict = value === 'error' ? 'error' : value === 'false' ? 'when' : this.#purposeHolds(policy) ? 'holds' : 'purpose'
    this.#known.set(policy, verdict)
    return verdict
  }

  /** Whether a hold of a policy that allows takes effect. */
  ofHold(rule: HoldRule): 'true' | 'false' | 'error' {
    return rule.when === undefined ? 'true' : this.#evaluate(rule.when)
  }

  #purposeHolds(policy: Policy): boolean {
    const { purpose } = this.#request
    return policy.purposes === undefined || (purpose !== undefined && policy.purposes.has(purpose))
  }

  #evaluate(condition: Condition): 'true' | 'false' | 'error' {
    const facts = this.#requireFacts()
    return facts === 'impossible' ? 'error' : condition.evaluate(facts)
  }

  #requireFacts(): Facts | 'impossible' {
    if (this.#facts === undefined) {
      try {
        this.#facts = toFacts(this.#request, this.#estimateLimit)
      } catch {
        this.#facts = 'impossible' // every expression then fails, which denies and names its policy
      }
    }
    return this.#facts
  }
}
