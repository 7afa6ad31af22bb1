/**
 * The body of a function in PL/pgSQL, as the flow follows it: pieces of SQL, analysed, and where what they yield goes. Without order: each
 * step may happen any number of times, at any moment. Made by ../plpgsql, followed by routine-flow.ts.
 */
import type { TreeNode } from '../tree/tree-value.ts'
import type { UseContext } from './findings.ts'

/** A variable, or a field of a record. */
export interface Place {
  readonly variable: number
  readonly field: string | undefined
}

/** A piece of SQL whose $1, $2, ... are variables. */
export interface BodySql {
  readonly trees: readonly TreeNode[]
  readonly parameters: readonly Place[]
}

/** How a value of one type becomes one of another. */
export interface Conversion {
  /** A query that casts $1. */
  readonly trees: readonly TreeNode[]
  /** It can fail by value. */
  readonly fails: 'never' | 'by-value'
}

/** One value of a row goes to one place. */
export interface Store {
  /** Position in the row, from 0. */
  readonly index: number
  readonly place: Place
  /** The attribute of a composite variable, from 0 by its number, and how many numbers there are. */
  readonly attribute: { readonly index: number; readonly width: number } | undefined
  readonly conversion: Conversion | undefined
  /** A null is an error. */
  readonly nulls: 'fit' | 'fail'
}

export type BodyEffect =
  /** What it yields decides something. */
  | { readonly kind: 'use'; readonly context: UseContext; readonly via: string; readonly conversion: Conversion | undefined }
  /** The columns of its row, or of the composite value that its only column is (`from`: its attributes, from 0), go to places. */
  | { readonly kind: 'store'; readonly from: 'columns' | readonly number[]; readonly stores: readonly Store[] }
  /** Its only column goes to a variable as it is. */
  | { readonly kind: 'move'; readonly variable: number }
  /** Something computed from all it yields, and from what is there, goes to a place. */
  | { readonly kind: 'mix'; readonly place: Place; readonly conversion: Conversion | undefined }
  /** Columns of the function's result, in order; `from` as above. */
  | { readonly kind: 'result'; readonly from: 'columns' | readonly number[]; readonly conversion: Conversion | undefined }

export interface BodyStep {
  /** Undefined: the parameters that are results, as they are. */
  readonly sql: BodySql | undefined
  readonly effects: readonly BodyEffect[]
}

export interface RoutineBody {
  readonly steps: readonly BodyStep[]
  /** The variables of the arguments, in order. */
  readonly inputs: readonly number[]
  /** The variables that are results, in order. */
  readonly outputs: readonly number[]
  /** Fields of each record in order, where all rows that it takes have the same. */
  readonly recordFields: ReadonlyMap<number, readonly string[]>
  /**
   * `row`: where column i of the result lies (by attribute number, from 0), and how many there are; undefined: as they come.
   */
  readonly result: { readonly kind: 'nothing' } | { readonly kind: 'value' } | { readonly kind: 'row'; readonly positions: readonly number[] | undefined; readonly width: number }
}

/** All of its SQL, conversions left out: they read no table. */
export function treesOf(body: RoutineBody): readonly TreeNode[] {
  return body.steps.flatMap(({ sql }) => sql?.trees ?? [])
}

/** All trees, for what they name. */
export function allTreesOf(body: RoutineBody): readonly TreeNode[] {
  const conversions = body.steps.flatMap(({ effects }) => effects.flatMap(effect => {
    if (effect.kind === 'store') return effect.stores.map(({ conversion }) => conversion)
    return effect.kind === 'move' ? [] : [effect.conversion]
  }))
  return [...treesOf(body), ...conversions.flatMap(conversion => conversion?.trees ?? [])]
}
