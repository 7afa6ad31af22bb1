/**
 * What every policy says to everything a statement touches, gathered before anything is concluded: a decision must name all
 * policies that deny, not the first one met, and an error anywhere counts.
 */
import { isPhi, type DecisionRequest, type Effect, type Understanding, type Understood } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import { allows, denies, deniesConnecting, isSystemObject, type Touched, type Verdict, type Verdicts } from './applicable.ts'
import type { Candidate } from './candidate.ts'

/** One thing touched, and what the policies that cover it say. */
export interface Finding {
  readonly touched: Touched
  /** The statement's own effect; undefined for what it implies. */
  readonly effect: Effect | undefined
  /** What it means that no policy grants it: refused, or masked. */
  readonly without: 'refused' | 'masked'
  /** Allow policies whose every part holds, sorted by id. */
  readonly grants: Policy[]
  /** Allow policies that cover it, but for a purpose or condition that does not hold. */
  readonly near: { readonly policy: Policy; readonly missing: Verdict }[]
}

/** What all policies together say; nothing is concluded yet. */
export interface Survey {
  readonly findings: readonly Finding[]
  /** Deny policies that hold, with the first thing touched that each denies. */
  readonly denials: readonly { readonly candidate: Candidate; readonly touched: Touched }[]
  /** Policies that cover something touched and failed to evaluate. */
  readonly failures: readonly Candidate[]
  /** Whether any allow policy names this principal and resource: what the right to connect follows from. */
  readonly mayConnect: boolean
}

/** @param statement Undefined: only connecting is asked about. @param candidates As the snapshot gives them, sorted by id. */
export function survey(statement: Understanding | undefined, request: Pick<DecisionRequest, 'resource'>, candidates: readonly Candidate[], verdicts: Verdicts): Survey {
  const findings = statement === undefined ? [] : findingsOf(statement)
  const connecting: Touched = { action: 'connect', object: request.resource, kind: 'database', scope: 'user' }
  const denials: { candidate: Candidate; touched: Touched }[] = []
  const failures: Candidate[] = []
  let mayConnect = false
  for (const candidate of candidates) {
    const { policy } = candidate
    if (policy.effect === 'deny') {
      // To run a statement is to be connected: who is denied the one is stopped at the other, also when it touches nothing.
      const hit = findings.find((finding) => denies(policy, finding.touched))?.touched ?? (deniesConnecting(policy) ? connecting : undefined)
      const verdict = hit === undefined ? undefined : verdicts.of(policy)
      if (hit !== undefined && verdict === 'holds') denials.push({ candidate, touched: hit })
      if (verdict === 'error') failures.push(candidate)
      continue
    }
    mayConnect = true
    let failed = false
    for (const finding of findings) {
      if (!allows(policy, finding.touched)) continue
      const verdict = verdicts.of(policy)
      if (verdict === 'holds') finding.grants.push(policy)
      else finding.near.push({ policy, missing: verdict })
      failed ||= verdict === 'error'
    }
    if (failed) failures.push(candidate)
  }
  return { findings, denials, failures, mayConnect }
}

function findingsOf(statement: Understanding): Finding[] {
  if (statement.kind === 'opaque') {
    return statement.objects.map((object) => finding({ action: 'execute', object, kind: 'function', scope: 'user' }, undefined, 'refused'))
  }
  return [...statement.effects.map((effect) => finding(effect, effect, effect.scope === 'open' ? 'masked' : 'refused')), ...impliedReads(statement)]
}

/**
 * A value that reaches an output or decides something was read, whether or not an effect says so. Columns of the system catalogs
 * that hold data come this way: their relation is open, the column is not, and without a policy that names it, it is masked.
 * INVARIANT: every relation whose PHI flows is asked about; release relies on finding its grants.
 */
function impliedReads(statement: Understood): Finding[] {
  const open = new Set<string>()
  const covered = new Set<string>()
  for (const effect of statement.effects) {
    if (effect.scope === 'open') open.add(effect.object)
    else if (isReading(effect)) covered.add(effect.object)
  }
  const implied: Finding[] = []
  const add = (relation: string): void => {
    if (covered.has(relation)) return
    covered.add(relation)
    const closed = open.has(relation) || isSystemObject(relation)
    const touched: Touched = { action: 'read', object: relation, kind: 'relation', scope: closed ? 'closed' : 'user' }
    implied.push(finding(touched, undefined, closed ? 'masked' : 'refused'))
  }
  for (const { column } of statement.uses) if (isPhi(column.class)) add(column.relation)
  for (const { sources } of statement.outputs) for (const { column } of sources) if (isPhi(column.class)) add(column.relation)
  return implied
}

/** Whether what is touched shows values: reading a relation, or the result of a function. */
export function isReading(touched: Touched): boolean {
  return touched.action === 'read' || (touched.action === 'execute' && touched.kind === 'function')
}

function finding(touched: Touched, effect: Effect | undefined, without: Finding['without']): Finding {
  return { touched, effect, without, grants: [], near: [] }
}
