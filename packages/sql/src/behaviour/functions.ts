/** The reviewed tables of built-in functions, by OID. One lookup; what is not in a table is opaque. */
import type { FunctionBehaviour } from './behaviour.ts'
import { toRows, type FunctionGroup, type FunctionRow } from './functions/function-group.ts'
import { LEAKPROOF } from './functions/leakproof.table.ts'

export const FUNCTION_GROUPS: readonly FunctionGroup[] = [...LEAKPROOF]

const ROWS: ReadonlyMap<number, FunctionRow> = new Map(FUNCTION_GROUPS.flatMap(toRows).map(row => [row.oid, row]))

/** @returns what the built-in function with this OID does; undefined: opaque (not built-in, not reviewed, or not to be understood). */
export function functionBehaviour(functionOid: number): FunctionBehaviour | undefined {
  return ROWS.get(functionOid)?.behaviour
}
