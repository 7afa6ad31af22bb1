/** The reviewed tables of built-in functions, by OID. What is not in a table is opaque. */
import type { FunctionBehaviour } from './behaviour.ts'
import { AGGREGATE } from './functions/aggregate.table.ts'
import { ARRAY } from './functions/array.table.ts'
import { CATALOG } from './functions/catalog.table.ts'
import { COMPARISON } from './functions/comparison.table.ts'
import { DATE } from './functions/date.table.ts'
import { toRows, type FunctionGroup, type FunctionRow } from './functions/function-group.ts'
import { INPUT_OUTPUT } from './functions/input-output.table.ts'
import { JSON_AND_XML } from './functions/json.table.ts'
import { NETWORK } from './functions/network.table.ts'
import { NUMBER } from './functions/number.table.ts'
import { OPAQUE } from './functions/opaque.table.ts'
import { SESSION } from './functions/session.table.ts'
import { TEXT_SEARCH } from './functions/text-search.table.ts'
import { TEXT } from './functions/text.table.ts'

/** Every function that is understood. */
export const FUNCTION_GROUPS: readonly FunctionGroup[] = [
  ...COMPARISON, ...NUMBER, ...TEXT, ...DATE, ...ARRAY, ...NETWORK, ...JSON_AND_XML, ...TEXT_SEARCH, ...AGGREGATE, ...INPUT_OUTPUT, ...CATALOG,
  ...SESSION,
]

/** Every built-in function that is opaque on purpose. */
export const OPAQUE_GROUPS: readonly FunctionGroup[] = OPAQUE

const UNDERSTOOD: ReadonlyMap<number, FunctionRow> = new Map(FUNCTION_GROUPS.flatMap(toRows).map(row => [row.oid, row]))
const REASONS: ReadonlyMap<number, string> = new Map(OPAQUE.flatMap(group => toRows(group).map(row => [row.oid, group.why] as const)))

/** @returns what the built-in function with this OID does; undefined: opaque (not built-in, not reviewed, or opaque on purpose). */
export function functionBehaviour(functionOid: number): FunctionBehaviour | undefined {
  return UNDERSTOOD.get(functionOid)?.behaviour
}

/** @returns why a built-in function is opaque on purpose, a sentence; undefined: it is not among those. */
export function opaqueFunction(functionOid: number): string | undefined {
  return REASONS.get(functionOid)
}
