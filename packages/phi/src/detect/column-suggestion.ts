/**
 * Suggests what a column holds from its name, type and table: for a person who writes a classification file, never for a decision. A column
 * without a suggestion stays unclassified, and is masked as such.
 *
 * Known to miss: names in other languages than English, names that are abbreviations of one site only (`x7`), columns that hold something
 * else than they say, identifiers under bare names such as `id`, `value` or `code`; whatever is about a patient in a table named after
 * staff, codes or organisations.
 */
import type { PhiClass } from '@doorward/core'
import { ABOUT_A_VALUE, DATE_OF_A_THING, NAME_RULES, NOT_ABOUT_PATIENTS, SENSITIVE_RULES, type TypeCondition } from './column-names.table.ts'

/** A column as its catalog shows it. */
export interface ColumnName {
  readonly table: string
  readonly column: string
  /** The type's name as the database writes it; empty when not known. */
  readonly type: string
}

export interface ColumnSuggestion {
  readonly phiClass: PhiClass
  /** What spoke for it: `name` a word of the column's name, `type` a type that holds dates. */
  readonly from: 'name' | 'type'
}

const TEMPORAL = /^(?:date|datetime|smalldatetime|timestamp|time)(?:\W|\d|tz|$)/i
const TEXTUAL = /char|text|clob|string|json|xml|blob|^$/i
const LONG_TEXT = /text$|clob|blob/i
/** Names that are dates whatever their type: many schemas keep them as text. */
const DATE_NAME = /(?:^|_)(?:date|datetime|date_?time)(?:_|$)|(?:_|^)(?:start|end|stop|begin|admit|disch|death|birth|store|chart|reg|out|in)(?:date|time)$|date$/
/** Names longer than this are nobody's columns. */
const MAX_NAME_CHARS = 256

/** @returns undefined when nothing speaks for any class. */
export function suggestColumnClass({ table, column, type }: ColumnName): ColumnSuggestion | undefined {
  if (column.length > MAX_NAME_CHARS || table.length > MAX_NAME_CHARS) return undefined
  const name = toWords(column)
  if (isDictionary(toWords(table))) return undefined
  const sensitive = SENSITIVE_RULES.find(({ pattern }) => pattern.test(name))
  if (sensitive !== undefined) return { phiClass: sensitive.phiClass, from: 'name' }
  if (TEMPORAL.test(type)) return DATE_OF_A_THING.test(name) ? undefined : { phiClass: 'date', from: 'type' }
  if (ABOUT_A_VALUE.some((pattern) => pattern.test(name))) return undefined
  const found = NAME_RULES.find(({ pattern, when }) => isOfType(when, type) && pattern.test(name))
  if (found !== undefined) return { phiClass: found.phiClass, from: 'name' }
  return DATE_NAME.test(name) && !DATE_OF_A_THING.test(name) ? { phiClass: 'date', from: 'name' } : undefined
}

/** MIMIC prefixes its dictionaries with `d_`. */
function isDictionary(table: string): boolean {
  return table.startsWith('d_') || NOT_ABOUT_PATIENTS.test(table)
}

function isOfType(when: TypeCondition, type: string): boolean {
  return when === 'any' || (when === 'text' ? TEXTUAL : LONG_TEXT).test(type)
}

/** `DateOfBirth`, `date-of-birth`, `DATE_OF_BIRTH`: `date_of_birth`. */
function toWords(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '').toLowerCase()
}
