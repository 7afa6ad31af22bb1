/** What a stored expression calls, read off its text: enough to say that it calls nothing of some kind. */
import { FIRST_USER_OID } from './queries.ts'

export { FIRST_USER_OID }

export interface Calls {
  readonly functions: readonly number[]
  readonly operators: readonly number[]
  /** Made after initdb, that it makes values of. */
  readonly types: readonly number[]
}

/** @param expression a tree as the catalog keeps it (`conbin`, `adbin`, ...). */
export function callsOf(expression: string): Calls {
  const of = (fields: string): readonly number[] => [...expression.matchAll(new RegExp(`:(?:${fields}) (\\d+)`, 'g'))].map(([, oid]) => Number(oid))
  const compared = [...expression.matchAll(/:opnos \(o ([\d ]+)\)/g)].flatMap(([, oids = '']) => oids.split(' ').map(Number))
  return { functions: of('funcid|aggfnoid|winfnoid'), operators: [...of('opno'), ...compared], types: of('resulttype|minmaxtype').filter(oid => oid >= FIRST_USER_OID) }
}
