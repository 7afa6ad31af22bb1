/** DO: code of the caller's own, understood as the body of a function that takes and returns nothing. */
import { blockFlow } from './flow/flow.ts'
import { allTreesOf } from './flow/routine-body.ts'
import type { DoStatement } from './grammar/raw-statement.ts'
import type { UnderstandSteps } from './plan.ts'
import { understandRoutine } from './plpgsql/understand-routine.ts'
import { SqlFault } from './sql-fault.ts'
import { gatherKnowledge, MAX_ROUTINE_QUESTIONS, type UnderstandContext } from './understand-knowledge.ts'
import { opaquePlan, plan, understood } from './understand-plan.ts'

const VOID = 2278

/** What a code block is to PL/pgSQL (pl_comp.c, plpgsql_compile_inline). */
const BLOCK_NAME = 'inline_code_block'

export function* understandDo(context: UnderstandContext, statement: DoStatement): UnderstandSteps {
  const { grammar, catalog } = context
  if (statement.language !== 'plpgsql' || grammar === undefined) return opaquePlan(statement.command, `DO block, language ${statement.language}`)
  try {
    const source = { compiled: 'each-time', name: BLOCK_NAME, body: statement.body, parameters: [], returnsSet: false, resultType: VOID } as const
    const body = yield* understandRoutine({ grammar, catalog, budget: { left: MAX_ROUTINE_QUESTIONS } }, source)
    const flow = blockFlow(yield* gatherKnowledge(context, allTreesOf(body)), body)
    const { effects, uses, restricted } = flow
    return plan({
      understanding: understood(statement.command, { effects, uses, bulk: { restricted, estimatedRows: undefined } }), tags: statement.tags, dependsOnDefinitions: true,
    })
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    return opaquePlan(statement.command, `DO block: ${fault.message}`, fault.objects)
  }
}
