/** A function of the catalog as a body to read, with the types that a call gives its polymorphic parameters. */
import type { Catalog, FunctionFacts } from '../catalog/facts.ts'
import type { Answer, Question } from '../plan.ts'
import { notRead, type Parameter, type RoutineSource } from './routine.ts'

const ANYELEMENT = 2283, ANYARRAY = 2277, ANYNONARRAY = 2776, ANYENUM = 3500, ANYRANGE = 3831, ANYMULTIRANGE = 4537
const COMPATIBLE = 5077, COMPATIBLE_ARRAY = 5078, COMPATIBLE_NONARRAY = 5079, COMPATIBLE_RANGE = 5080, COMPATIBLE_MULTIRANGE = 4538

const POLYMORPHIC: ReadonlySet<number> = new Set([
  ANYELEMENT, ANYARRAY, ANYNONARRAY, ANYENUM, ANYRANGE, ANYMULTIRANGE, COMPATIBLE, COMPATIBLE_ARRAY, COMPATIBLE_NONARRAY, COMPATIBLE_RANGE, COMPATIBLE_MULTIRANGE,
])
/** Types that stand for the elements of another. */
const ELEMENTS_OF: ReadonlyMap<number, number> = new Map([[ANYELEMENT, ANYARRAY], [ANYNONARRAY, ANYARRAY], [ANYENUM, ANYARRAY], [COMPATIBLE, COMPATIBLE_ARRAY], [COMPATIBLE_NONARRAY, COMPATIBLE_ARRAY]])
/** Types that stand for the same as another. */
const ALIKE: ReadonlyMap<number, number> = new Map([[ANYNONARRAY, ANYELEMENT], [ANYENUM, ANYELEMENT], [COMPATIBLE_NONARRAY, COMPATIBLE]])

/**
 * @param callTypes Of the arguments, where the call says them; by position.
 * @throws {SqlFault} `unsupported`: a polymorphic type that no argument settles.
 */
export function* routineSource(catalog: Catalog, facts: FunctionFacts, callTypes: readonly (number | undefined)[]): Generator<Question, RoutineSource, Answer> {
  const settled = new Map<number, number>()
  for (const [index, type] of facts.argumentTypes.entries()) {
    const given = callTypes[index]
    if (!POLYMORPHIC.has(type) || given === undefined) continue
    const family = ALIKE.get(type) ?? type
    // Two arguments of one polymorphic type have one type.
    if ((settled.get(family) ?? given) !== given) throw notRead('polymorphic arguments of several types')
    settled.set(family, given)
  }
  const resultType = yield* actualType(catalog, facts.returnTypeOid, settled)
  const parameters: Parameter[] = []
  for (const { name, mode, type } of facts.parameters) parameters.push({ name, mode, type: yield* actualType(catalog, type, settled) })
  return { compiled: 'once', name: facts.name, body: facts.source, returnsSet: facts.returnsSet, resultType, parameters }
}

function* actualType(catalog: Catalog, type: number, settled: ReadonlyMap<number, number>): Generator<Question, number, Answer> {
  if (!POLYMORPHIC.has(type)) return type
  const direct = settled.get(ALIKE.get(type) ?? type)
  if (direct !== undefined) return direct
  const array = settled.get(ELEMENTS_OF.get(type) ?? 0)
  if (array === undefined) throw notRead('a polymorphic type that no argument settles')
  if (catalog.type(array) === undefined) yield { kind: 'catalog', needs: { relations: [], functions: [], types: [array], operators: [] } }
  const element = catalog.type(array)?.elementOid ?? 0
  if (element === 0) throw notRead('a polymorphic type that no argument settles')
  return element
}
