/** Every case, in the order in which one session runs them. */
import type { FlowCase } from './flow-case.ts'
import { CELL_CASES } from './cell-cases.table.ts'
import { QUERY_CASES } from './query-cases.table.ts'
import { UTILITY_CASES } from './utility-cases.table.ts'

/** The cases that a server of this version takes. */
export function casesFor(major: number): readonly FlowCase[] {
  return [...QUERY_CASES, ...UTILITY_CASES, ...CELL_CASES].filter(({ from }) => from === undefined || major >= from)
}
