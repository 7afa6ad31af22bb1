/**
 * Understands a body in PL/pgSQL: reads it, holds the reading against the server's grammar, has its types and every piece of its SQL analysed,
 * and puts together what the flow follows. What stays opaque: dynamic SQL, cursors opened by name, transaction control, CALL, texts of
 * errors, utility statements, names that are both a column and a variable, and what the files of this folder refuse by name.
 */
import type { Catalog } from '../catalog/facts.ts'
import type { BodyStep, RoutineBody } from '../flow/routine-body.ts'
import type { Grammar } from '../grammar/index.ts'
import type { Answer, Question } from '../plan.ts'
import type { QuestionBudget, SqlContext } from './body-sql.ts'
import { bodyStep } from './body-steps.ts'
import { Conversions } from './conversions.ts'
import { readRoutine } from './read-routine.ts'
import { RoutinePlaces, type VariableType } from './routine-place.ts'
import { notRead, type RoutineSource } from './routine.ts'
import { requireSecondReading } from './second-reading.ts'
import { classified, variableTypes } from './variable-types.ts'

export interface RoutineContext {
  readonly grammar: Pick<Grammar, 'parse' | 'scan' | 'plpgsql'>
  readonly catalog: Catalog
  /** Shared by all bodies of one statement. */
  readonly budget: QuestionBudget
}

const VOID = 2278

/** @throws {SqlFault} `unsupported`, with the name of what is not understood; `tree-...` for a tree that is not read. */
export function* understandRoutine({ grammar, catalog, budget }: RoutineContext, source: RoutineSource): Generator<Question, RoutineBody, Answer> {
  const routine = readRoutine(grammar, source)
  const context: SqlContext = { grammar, serverMajor: catalog.serverMajor, routine, budget }
  const types = yield* variableTypes(context, catalog, routine)
  const result = yield* classified(catalog, { oid: source.resultType, limited: false })
  requireSecondReading(grammar, routine, variable => kindOf(types[variable]), kindOf(result))
  const places = new RoutinePlaces(routine, types)
  const inside = { ...context, catalog, places, conversions: new Conversions(context, catalog), result }
  const steps: BodyStep[] = []
  for (const step of routine.steps) steps.push(...yield* bodyStep(inside, step))
  places.requireAgreement()
  const outputs = source.parameters.flatMap(({ mode }, variable) => (mode === 'in' ? [] : [variable]))
  // Outside of sets, what the parameters hold at the end is the result.
  if (outputs.length > 0 && !source.returnsSet) steps.push({ sql: undefined, effects: [{ kind: 'result', from: 'columns', conversion: undefined }] })
  return {
    steps, outputs, inputs: source.parameters.flatMap(({ mode }, variable) => (mode === 'out' ? [] : [variable])),
    recordFields: places.recordFields(), result: resultOf(result, source, outputs.length),
  }
}

function kindOf(type: VariableType | undefined): 'scalar' | 'record' {
  return type?.kind === 'record' || type?.kind === 'composite' ? 'record' : 'scalar'
}

function resultOf(type: VariableType, source: RoutineSource, outputs: number): RoutineBody['result'] {
  switch (type.kind) {
    case 'scalar': return { kind: type.type === VOID ? 'nothing' : 'value' }
    case 'composite': return { kind: 'row', positions: type.attributes.map(({ number }) => number - 1), width: type.width }
    case 'record': return { kind: 'row', positions: undefined, width: outputs }
    case 'tested': case 'message': throw notRead(`a result of ${source.returnsSet ? 'rows of ' : ''}an unknown type`)
  }
}
