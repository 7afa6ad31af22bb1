/** What must happen to the answer of a statement that may run: masks, and the strictest of the limits. */
import { isPhi, type Obligation, type OutputMask } from '@doorward/core'
import type { Policy } from '../file/policy.ts'
import { allows, type Touched, type Verdicts } from './applicable.ts'
import type { ReadMasks } from './read-masks.ts'
import type { Candidate } from './snapshot.ts'
import { isReading, type Finding } from './survey.ts'

/** @param used The policies that allow it. @param outputs The masks that release asked for. @param texts What the server's errors and notices may hold. */
export function obligationsOf(used: readonly Policy[], outputs: readonly OutputMask[], texts: 'masked' | 'clear'): readonly Obligation[] {
  const obligations: Obligation[] = []
  if (outputs.length > 0 || texts === 'masked') obligations.push({ kind: 'mask', outputs, texts: 'rewrite' })
  const rowsPerStatement = strictest(used.map((policy) => policy.limits?.rowsPerStatement))
  const patientsPerHour = strictest(used.map((policy) => policy.limits?.patientsPerHour))
  if (rowsPerStatement !== undefined || patientsPerHour !== undefined) obligations.push({ kind: 'limit', rowsPerStatement, patientsPerHour })
  return obligations
}

/**
 * Whether the server's errors and notices could hold what is masked for this principal. A read can show the columns it names; a
 * change can show whole rows ("failing row contains"), of columns it does not name, so there only a principal who may read all of
 * the relation in clear gets the server's own texts.
 */
export function textsMayShowMasked(findings: readonly Finding[], masks: ReadMasks, candidates: readonly Candidate[], verdicts: Verdicts): boolean {
  return findings.some(({ touched, effect }) => {
    if (touched.scope === 'open') return false
    if (isReading(touched)) {
      if (effect === undefined || effect.columns.length === 0) return !masks.isClear(touched.object)
      return effect.classes.some((phiClass) => isPhi(phiClass) && masks.operatorFor({ relation: touched.object, column: '', class: phiClass }) !== 'clear')
    }
    return touched.kind === 'relation' && !readsClear({ ...touched, action: 'read' }, candidates, verdicts)
  })
}

function readsClear(reading: Touched, candidates: readonly Candidate[], verdicts: Verdicts): boolean {
  return candidates.some(({ policy }) => policy.effect === 'allow' && policy.mask === undefined && allows(policy, reading) && verdicts.of(policy) === 'holds')
}

function strictest(limits: readonly (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined)
  return set.length === 0 ? undefined : Math.min(...set)
}
