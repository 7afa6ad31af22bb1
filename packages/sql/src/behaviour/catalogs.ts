/** Lookups in the tables of catalog columns. */
import { CATALOG_COLUMNS, type ColumnRule } from './catalogs.table.ts'
import { FUNCTION_COLUMNS } from './function-columns.table.ts'

const COLUMNS: ReadonlyMap<string, ColumnRule> = new Map(CATALOG_COLUMNS.flatMap(rule => rule.columns.map(column => [`${rule.relation}.${column}`, rule] as const)))
const RESULTS: ReadonlyMap<string, ColumnRule> = new Map(FUNCTION_COLUMNS.flatMap(rule => rule.columns.map(([position]) => [`${rule.function}.${position}`, rule] as const)))

/** Functions of which some column has a rule. */
const RULED: ReadonlySet<number> = new Set(FUNCTION_COLUMNS.map(rule => rule.function))

/** Relations of extensions, whose schema the operator chose. */
const ANY_SCHEMA: ReadonlySet<string> = new Set(['pg_stat_statements'])

/** @returns what holds for a column of a system catalog; undefined: open, or not of a system catalog. */
export function columnRule(schema: string, relation: string, column: string): ColumnRule | undefined {
  return schema === 'pg_catalog' || ANY_SCHEMA.has(relation) ? COLUMNS.get(`${relation}.${column}`) : undefined
}

/** @returns why the column is closed, a phrase; undefined: not closed. */
export function closedColumn(schema: string, relation: string, column: string): string | undefined {
  const rule = columnRule(schema, relation, column)
  return rule?.kind === 'closed' ? rule.why : undefined
}

/** @param position Of the column in the function's result, from 1: what a function RTE's attribute number or a FieldSelect names. */
export function functionColumnRule(functionOid: number, position: number): ColumnRule | undefined {
  return RESULTS.get(`${functionOid}.${position}`)
}

/** @returns whether {@link functionColumnRule} knows of any column of the function's. */
export function hasColumnRules(functionOid: number): boolean { return RULED.has(functionOid) }

/** @returns why the column of the function's result is closed, a phrase; undefined: not closed. For a whole row, ask for every position. */
export function closedFunctionColumn(functionOid: number, position: number): string | undefined {
  const rule = functionColumnRule(functionOid, position)
  return rule?.kind === 'closed' ? rule.why : undefined
}

/** Schemas that need no policy: whoever may connect may browse them, but for the columns of these tables. */
export function isOpenSchema(schema: string): boolean {
  return schema === 'pg_catalog' || schema === 'information_schema'
}
