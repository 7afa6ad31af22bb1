/** Kinds of range table entries: PostgreSQL, src/include/nodes/parsenodes.h (RTEKind). */
export const RTE = { relation: 0, subquery: 1, join: 2, function: 3, tableFunction: 4, values: 5, cte: 6, namedTupleStore: 7, result: 8, group: 9 } as const
