/** What must happen to the answer of a statement that may run: masks, rewritten texts, and the strictest of the limits. */
import type { ExceptionUse, Obligation, OutputMask } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import type { Verdicts } from './applicable.ts'
import type { Candidate } from './candidate.ts'

/** @param used The policies that allow it. @param outputs The masks that release asked for. @param exceptions By which it was released. @param caller See {@link callerOf}. */
export function obligationsOf(used: readonly Policy[], outputs: readonly OutputMask[], exceptions: readonly ExceptionUse[], caller: 'masked' | 'clear'): readonly Obligation[] {
  const obligations: Obligation[] = []
  if (outputs.length > 0 || caller === 'masked') obligations.push({ kind: 'mask', outputs, texts: 'rewrite' })
  const rowsPerStatement = strictest(used.map((policy) => policy.limits?.rowsPerStatement))
  const patientsPerHour = strictest(used.map((policy) => policy.limits?.patientsPerHour))
  if (rowsPerStatement !== undefined || patientsPerHour !== undefined) obligations.push({ kind: 'limit', rowsPerStatement, patientsPerHour })
  for (const use of exceptions) obligations.push({ kind: 'exception', use })
  const recording = used.filter((policy) => policy.record === 'session')
  if (recording.length > 0) obligations.push({ kind: 'record', by: recording.map(({ id }) => id) })
  return obligations
}

/**
 * Whether this caller may see the server's own texts: errors, notices, plans, definitions. They can hold values of rows that the
 * statement does not name ("failing row contains"), of an earlier statement (a deferred constraint at COMMIT) or of whoever wrote a
 * view. So the question is not what this statement touches but what the caller may touch at all: only where every object that
 * any of its policies covers is also covered by one that shows it in clear, do texts pass unchanged.
 */
export function callerOf(candidates: readonly Candidate[], verdicts: Verdicts): 'masked' | 'clear' {
  const holding: Policy[] = []
  for (const { policy } of candidates) {
    if (policy.effect !== 'allow' || touchesNothing(policy)) continue
    const verdict = verdicts.of(policy)
    if (verdict === 'error') return 'masked'
    if (verdict === 'holds') holding.push(policy)
  }
  const showing = holding.filter(showsInClear)
  if (showing.length === 0) return 'masked'
  return holding.every((policy) => showsInClear(policy) || isCovered(policy, showing)) ? 'clear' : 'masked'
}

/** Allows connecting and no more. */
function touchesNothing(policy: Policy): boolean {
  return policy.actions !== undefined && [...policy.actions].every((action) => action === 'connect')
}

function showsInClear(policy: Policy): boolean {
  return policy.mask === undefined && (policy.actions === undefined || policy.actions.has('read') || policy.actions.has('execute'))
}

/**
 * Every pattern of the policy lies within one of a policy that reads in clear. A pattern's own text is matched, its stars as ordinary
 * characters: where the wider pattern's star takes in the narrower one's, it takes in all that one can stand for.
 */
function isCovered(policy: Policy, showing: readonly Policy[]): boolean {
  const readers = showing.filter((one) => one.actions === undefined || one.actions.has('read'))
  if (readers.some((one) => one.objects === undefined)) return true
  const wider = readers.flatMap((one) => one.objects ?? [])
  return policy.objects !== undefined && policy.objects.every((pattern) => wider.some((one) => one.allows(pattern.text)))
}

/** @returns the smallest of the limits that are set. */
export function strictest(limits: readonly (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined)
  return set.length === 0 ? undefined : Math.min(...set)
}
