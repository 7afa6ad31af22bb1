/**
 * The decision: what a policy snapshot says to one understood statement of one principal. Pure and synchronous. Default deny; deny
 * beats hold beats allow; a policy that fails to evaluate denies; what is masked for the principal decides nothing that it can see.
 * Where it stops: it trusts the understanding (packages/sql), and counts nothing over time (limits are obligations).
 */
import type { Allow, Decision, DecisionRequest, Deny, DenyReason, GroupId, Opaque, PolicyRef, Purpose } from '@doorward/core'
import type { HoldRule, Policy } from '../file/policy.ts'
import type { ConnectionRequest } from '../when/facts.ts'
import { Verdicts } from './applicable.ts'
import { estimateLimitOf, overEstimate } from './estimate.ts'
import { combineHolds } from './hold.ts'
import { callerOf, obligationsOf } from './obligations.ts'
import { createReadMasks } from './read-masks.ts'
import {
  cannotMaskOpaque, closedCatalog, columnName, maskedFlow, noCommonApprover, notUnderstood, nothingAllows, policyDenies, policyFailed,
  ruleForbids, tooManyExpected, type RefusalWords,
} from './refusal-words.ts'
import { release } from './release.ts'
import type { PolicySnapshot } from './snapshot.ts'
import { survey, type Finding, type Survey } from './survey.ts'

/**
 * @returns what to do with the statement, with the grounds for the log: the very object of last time where the same was asked and nothing
 * that may have changed was looked at. Never throws.
 */
export function decide(snapshot: PolicySnapshot, request: DecisionRequest): Decision {
  if (!snapshot.kept.mayKeep(snapshot.candidates(request.resource, request.principal), request)) return decideAfresh(snapshot, request)
  return snapshot.kept.find(request) ?? snapshot.kept.keep(request, decideAfresh(snapshot, request))
}

/** As {@link decide}, looking nothing up. */
export function decideAfresh(snapshot: PolicySnapshot, request: DecisionRequest): Decision {
  const { statement } = request
  const { version } = snapshot
  if (statement.kind === 'understood' && statement.forbidden !== undefined) {
    return deny(version, 'forbidden', [], `rule ${statement.forbidden.rule}`, ruleForbids(statement.forbidden))
  }
  const candidates = snapshot.candidates(request.resource, request.principal)
  const verdicts = new Verdicts(request, estimateLimitOf(candidates))
  const found = survey(statement, request, candidates, verdicts)
  const objection = objectionOf(found, request, version)
  if (objection !== undefined) return objection
  const missing = statement.kind === 'opaque' ? opaqueRefusal(statement, found, version) : missingGrant(found.findings, version)
  if (missing !== undefined) return missing

  const used = usedBy(found.findings)
  const refs = used.map(refOf)
  const caller = callerOf(candidates, verdicts)
  if (statement.kind === 'opaque') return settle(request, used, obligationsOf(used, [], [], caller), 'not understood, allowed by name', version, verdicts)
  const masks = createReadMasks(found.findings, caller)
  const released = release(statement.outputs, statement.uses, masks)
  if (released.kind === 'masked-flow') {
    const { flow } = released
    const via = flow.via === '' ? '' : ` via ${flow.via}`
    return deny(version, 'masked-flow', refs, `${columnName(flow.column)} (class ${flow.column.class}) is masked, used in ${flow.context}${via}`, maskedFlow(flow))
  }
  const by = released.exceptions.map(({ policy, allow, classes }) => `; by the exception of ${policy}: ${allow} of ${classes.join(', ')}`)
  return settle(request, used, obligationsOf(used, released.outputs, released.exceptions, caller), `every effect is allowed${by.join('')}`, version, verdicts)
}

/**
 * Whether a principal may open a session on a resource at all: whoever has any allow policy there may, unless a policy denies
 * `connect`. Purpose and conditions of the allowing policies are not asked, as they are about statements. Never throws.
 */
export function mayConnect(snapshot: PolicySnapshot, request: ConnectionRequest): Decision {
  const connection = { ...request, statement: undefined }
  const verdicts = new Verdicts(connection, undefined)
  const candidates = snapshot.candidates(request.resource, request.principal)
  const found = survey(undefined, connection, candidates, verdicts)
  const objection = objectionOf(found, connection, snapshot.version)
  if (objection !== undefined) return objection
  const policies = candidates.filter(({ policy }) => policy.effect === 'allow').map(({ ref }) => ref)
  return { kind: 'allow', obligations: [], policies, version: snapshot.version, why: 'a policy allows something on this resource' }
}

/** What refuses whatever is granted: a denial, a policy that failed, or no right to be here at all. */
function objectionOf(found: Survey, request: ConnectionRequest, version: string): Deny | undefined {
  const [denial] = found.denials
  if (denial !== undefined) {
    const refs = found.denials.map(({ candidate }) => candidate.ref)
    const words = policyDenies(denial.candidate.policy.id, denial.touched)
    return deny(version, 'policy', refs, found.denials.map((one) => policyDenies(one.candidate.policy.id, one.touched).refusal).join('; '), words)
  }
  const [failure] = found.failures
  if (failure !== undefined) {
    const refs = found.failures.map(({ ref }) => ref)
    return deny(version, 'policy-error', refs, `failed to evaluate: ${refs.map((ref) => ref.id).join(', ')}`, policyFailed(failure.policy.id))
  }
  if (found.mayConnect) return undefined
  const words = nothingAllows({ action: 'connect', object: request.resource, kind: 'database', scope: 'user' }, [])
  return deny(version, 'default-deny', [], words.refusal, words)
}

/** The first thing touched that no policy allows. */
function missingGrant(findings: readonly Finding[], version: string): Deny | undefined {
  const missing = findings.find((finding) => finding.without === 'refused' && finding.grants.length === 0)
  if (missing === undefined) return undefined
  const { touched, near } = missing
  if (touched.scope === 'closed') {
    const words = closedCatalog(touched, missing.effect?.note)
    return deny(version, 'closed-catalog', [], `no policy names ${touched.action} on ${touched.object}, which is closed`, words)
  }
  const purposes = near.filter((one) => one.missing === 'purpose').flatMap(({ policy }): readonly Purpose[] => [...(policy.purposes ?? [])])
  const words = nothingAllows(touched, unique(purposes).sort())
  const considered = near.map((one) => `${one.policy.id} (${one.missing})`).join(', ')
  return deny(version, 'default-deny', [], considered === '' ? words.refusal : `${words.refusal}; considered: ${considered}`, words)
}

/**
 * Not understood: allowed only where it is nothing but calls of objects that a policy names one by one, unmasked. A statement that also
 * does something else could do anything, whatever it calls.
 */
function opaqueRefusal(statement: Opaque, { findings }: Survey, version: string): Deny | undefined {
  const why = `not understood: ${statement.reason}`
  if (statement.extent !== 'calls' || findings.length === 0 || findings.some((finding) => finding.grants.length === 0)) {
    return deny(version, 'opaque', [], why, notUnderstood(statement))
  }
  const masked = findings.find((finding) => finding.grants.every((policy) => policy.mask !== undefined))
  if (masked === undefined) return undefined
  return deny(version, 'cannot-mask', masked.grants.map(refOf), `${why}; allowed by name, but masked`, cannotMaskOpaque(masked.touched.object))
}

/** Allow or hold, once nothing refuses. */
function settle(request: DecisionRequest, used: readonly Policy[], obligations: Allow['obligations'], why: string, version: string, verdicts: Verdicts): Decision {
  const policies = used.map(refOf)
  const rules: HoldRule[] = []
  const holding: Policy[] = []
  for (const policy of used) {
    for (const rule of policy.holds) {
      const verdict = verdicts.ofHold(rule)
      if (verdict === 'error') return deny(version, 'policy-error', [refOf(policy)], `failed to evaluate: hold of ${policy.id}`, policyFailed(policy.id))
      if (verdict === 'false') continue
      rules.push(rule)
      if (!holding.includes(policy)) holding.push(policy)
    }
  }
  const over = overEstimate(used, request)
  if (over !== undefined && rules.length === 0) return deny(version, 'limit', [refOf(over)], `more rows are expected than ${over.id} allows`, tooManyExpected(over))
  if (rules.length === 0) return { kind: 'allow', obligations, policies, version, why }
  const needed = combineHolds(rules)
  const held = `held by ${holding.map((policy) => policy.id).join(', ')}`
  if (needed === undefined) return deny(version, 'policy', holding.map(refOf), `${held}, for groups that have none in common`, noCommonApprover())
  const by: readonly GroupId[] = needed.by
  return { kind: 'hold', by, quorum: needed.quorum, expiresMs: needed.expiresMs, obligations, policies, version, why: `${why}; ${held}` }
}

function deny(version: string, reason: DenyReason, policies: readonly PolicyRef[], why: string, words: RefusalWords): Deny {
  return { kind: 'deny', reason, policies, version, why, refusal: words.refusal, next: words.next }
}

/** The policies that allow something of it, sorted by id. */
function usedBy(findings: readonly Finding[]): readonly Policy[] {
  const used = new Set<Policy>()
  for (const { grants } of findings) for (const policy of grants) used.add(policy)
  return [...used].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function refOf(policy: Policy): PolicyRef {
  return { id: policy.id, effect: policy.effect }
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)]
}
