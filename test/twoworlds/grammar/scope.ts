/** What an expression may name where it stands, and what is known of an expression once it is written. */
import type { SeededRandom } from '@doorward/testkit'
import type { ServerCatalog } from '../server-catalog.ts'
import type { PhiPlace } from '../statement-case.ts'
import type { TypeName } from '../types.table.ts'

export interface Written { readonly sql: string; readonly phi: boolean }

export interface ScopeColumn { readonly sql: string; readonly type: TypeName; readonly phi: boolean }

export interface ScopeRelation { readonly alias: string; readonly phi: boolean; readonly columns: readonly ScopeColumn[]; /** The alias stands for a row: whole-row expressions work. */ readonly row: boolean }

export interface Scope { readonly relations: readonly ScopeRelation[]; readonly outer: Scope | undefined }

export const NO_SCOPE: Scope = { relations: [], outer: undefined }

export interface Cte { readonly name: string; readonly columns: readonly { readonly name: string; readonly type: TypeName; readonly phi: boolean }[] }

/** Shared by all that writes one statement. */
export interface Writing {
  readonly random: SeededRandom
  readonly catalog: ServerCatalog
  readonly phi: PhiPlace
  /** Collects values for $1, $2, ...; undefined: literals only. */
  readonly parameters: (string | null)[] | undefined
  readonly ctes: Cte[]
  /** For aliases that no other part of the statement has. */
  next(prefix: string): string
  expression(type: TypeName, phi: 'never' | 'maybe', depth: number, scope: Scope): Written
  query(wanted: QueryWish, scope: Scope): WrittenQuery
}

export interface QueryWish {
  readonly depth: number
  /** Types of its columns; undefined: as it likes. */
  readonly types?: readonly TypeName[]
  readonly phi: 'never' | 'maybe'
  /** At the top, clauses are allowed that make no sense further in. */
  readonly top?: boolean
  /** At most one row. */
  readonly single?: boolean
}

export interface WrittenQuery { readonly sql: string; readonly columns: readonly { readonly name: string; readonly type: TypeName; readonly phi: boolean }[] }

/** The columns that can be named, with those of the queries around. */
export function visible(scope: Scope, phi: 'never' | 'maybe'): readonly ScopeColumn[] {
  const columns: ScopeColumn[] = []
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) for (const relation of at.relations) for (const column of relation.columns) if (phi === 'maybe' || !column.phi) columns.push(column)
  return columns
}

/** Whether PHI may stand in a clause that decides something. */
export function inClauses(phi: PhiPlace, random: SeededRandom): 'never' | 'maybe' {
  return phi === 'anywhere' && random.chance(0.6) ? 'maybe' : 'never'
}
