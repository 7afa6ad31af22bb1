/** A function of the catalog as a body to read, with the types that a call gives its polymorphic parameters. */
import type { FunctionFacts } from '../catalog/facts.ts'
import { notRead, type Parameter, type RoutineSource } from './routine.ts'

/** anyelement, anyarray, anynonarray, anyenum, anyrange, anymultirange and the anycompatible family. */
const POLYMORPHIC: ReadonlySet<number> = new Set([2283, 2277, 2776, 3500, 3831, 4537, 5077, 5078, 5079, 5080, 4538])

/**
 * @param callTypes Of the arguments, where the call says them; by position.
 * @throws {SqlFault} `unsupported`: a polymorphic type that no argument settles.
 */
export function routineSource(facts: FunctionFacts, callTypes: readonly (number | undefined)[]): RoutineSource {
  const settled = new Map<number, number>()
  facts.argumentTypes.forEach((type, index) => {
    const given = callTypes[index]
    if (!POLYMORPHIC.has(type) || given === undefined) return
    // Two arguments of one polymorphic type have one type.
    if ((settled.get(type) ?? given) !== given) throw notRead('polymorphic arguments of several types')
    settled.set(type, given)
  })
  const actual = (type: number): number => {
    const found = POLYMORPHIC.has(type) ? settled.get(type) : type
    if (found === undefined) throw notRead('a polymorphic type that no argument settles')
    return found
  }
  return {
    name: facts.name, body: facts.source, returnsSet: facts.returnsSet, resultType: actual(facts.returnTypeOid),
    parameters: facts.parameters.map(({ name, mode, type }): Parameter => ({ name, mode, type: actual(type) })),
  }
}
