/**
 * Whether reading a literal can run code of the database: found out once for each state of the definitions, and only where some domain's check
 * calls more than the server's own functions. Where it stops: a function that is replaced between this answer and an analysis runs as
 * it then is (docs/phi/limits.md).
 */
import { mayReadParts, suspectDomains } from './flow/checked-input.ts'
import { areHarmless } from './flow/flow.ts'
import type { Answer, Question } from './plan.ts'
import { SqlFault } from './sql-fault.ts'
import { gatherKnowledge, type UnderstandContext } from './understand-knowledge.ts'

export function* inputsOf(context: UnderstandContext): Generator<Question, 'harmless' | 'suspect', Answer> {
  const known = context.catalog.inputs
  if (known !== undefined) return known
  const found = suspectDomains(context.catalog, context.behaviour).length === 0 ? 'harmless' : yield* lookInto(context)
  context.catalog.inputs = found
  return found
}

function* lookInto(context: UnderstandContext): Generator<Question, 'harmless' | 'suspect', Answer> {
  try {
    const steps = gatherKnowledge(context, [], [], suspectDomains(context.catalog, context.behaviour).map(domain => domain.oid))
    for (let next = steps.next(); ; next = steps.next(yield next.value)) {
      // Asked again afterwards: functions are known now that were not.
      if (next.done === true) return areHarmless(next.value, suspectDomains(context.catalog, context.behaviour)) ? 'harmless' : 'suspect'
      if (next.value.kind === 'analyse' && mayReadParts(next.value.text)) return 'suspect'
    }
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    return 'suspect'
  }
}
