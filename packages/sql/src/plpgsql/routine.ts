/**
 * A PL/pgSQL body as read: its variables, and everything in it that computes, in one flat list of steps. Order and nesting are left out,
 * since the flow takes every step to happen any number of times in any order. Text positions are bytes of the body.
 */
import { SqlFault } from '../sql-fault.ts'
import type { Namespace } from './namespace.ts'

/** A function to be read, or a DO block, which has no parameters and returns nothing. */
export interface RoutineSource {
  /** A session keeps what the types of a function's variables meant when it first called it; a block is compiled each time. */
  readonly compiled: 'once' | 'each-time'
  /** The function's own name, which is a label inside it. */
  readonly name: string
  readonly body: string
  /** All of them, in order: $1, $2, ... */
  readonly parameters: readonly Parameter[]
  readonly returnsSet: boolean
  /** OID of the declared result, with polymorphic types replaced; VOID for a DO block. */
  readonly resultType: number
}

export interface Parameter {
  /** Empty when it has none. */
  readonly name: string
  readonly mode: 'in' | 'out' | 'inout'
  /** OID, with polymorphic types replaced. */
  readonly type: number
}

export interface Variable {
  /** Lower case unless quoted. */
  readonly name: string
  readonly type: DeclaredType
  readonly notNull: boolean
  /** What a bound cursor runs, and the variables that are its arguments. */
  readonly cursor: { readonly query: SqlText; readonly parameters: readonly number[] } | undefined
}

export type DeclaredType =
  | { readonly kind: 'oid'; readonly oid: number }
  /** As written: `int`, `numeric(10,2)`, `clinic.patients`, `record`. */
  | { readonly kind: 'text'; readonly text: string }
  /** `name%TYPE`, `table.column%TYPE`, `table%ROWTYPE`. */
  | { readonly kind: 'like'; readonly names: readonly string[]; readonly of: 'type' | 'rowtype'; readonly namespace: Namespace }
  /** A record that takes the shape of what it is given: of a loop over a cursor. */
  | { readonly kind: 'record' }
  /** The value that CASE compares: of the type of its expression. */
  | { readonly kind: 'tested' }
  /** SQLERRM: holds values out of messages. */
  | { readonly kind: 'message' }

/** A piece of SQL in the body. */
export interface SqlText {
  readonly text: string
  /** `expression`: to be read after SELECT. */
  readonly form: 'expression' | 'statement'
  readonly namespace: Namespace
}

/** Where a value goes: a name as written, of one to three parts. */
export interface Target {
  readonly names: readonly string[]
  readonly namespace: Namespace
}

export type Step =
  /** A statement, or a query whose rows go to the targets. */
  | { readonly kind: 'run'; readonly sql: SqlText; readonly into: readonly Target[] }
  /** `target := expression`. */
  | { readonly kind: 'assign'; readonly target: Target; readonly sql: SqlText }
  /** `target[subscript] := expression`; `place` is the left side, as an expression. */
  | { readonly kind: 'assign-part'; readonly target: Target; readonly place: SqlText; readonly sql: SqlText }
  /** A declaration's default, a CASE expression: into this variable. */
  | { readonly kind: 'set'; readonly variable: number; readonly sql: SqlText }
  /** Columns of one row into these variables: a cursor's arguments. */
  | { readonly kind: 'set-each'; readonly variables: readonly number[]; readonly sql: SqlText }
  /** The rows of a cursor, into a record. */
  | { readonly kind: 'cursor-rows'; readonly cursor: number; readonly variable: number }
  /** The elements or slices of an array. */
  | { readonly kind: 'elements'; readonly targets: readonly Target[]; readonly sliced: boolean; readonly sql: SqlText }
  /** The bounds of a counting loop. */
  | { readonly kind: 'range'; readonly variable: number; readonly bounds: readonly SqlText[] }
  /** GET DIAGNOSTICS: a count, an OID or a text about the call itself. */
  | { readonly kind: 'count'; readonly target: Target }
  /** A condition. */
  | { readonly kind: 'decide'; readonly by: 'IF' | 'WHILE' | 'EXIT' | 'CASE' | 'ASSERT'; readonly sql: SqlText }
  /** Goes into a message. */
  | { readonly kind: 'show'; readonly by: 'RAISE' | 'ASSERT'; readonly sql: SqlText }
  | { readonly kind: 'return'; readonly sql: SqlText }
  | { readonly kind: 'return-rows'; readonly sql: SqlText }
  /** The parameters that are results, as they are now. */
  | { readonly kind: 'return-parameters' }

export interface Routine {
  readonly source: RoutineSource
  readonly variables: readonly Variable[]
  readonly steps: readonly Step[]
  /** What a name means that is both a column and a variable, as far as the body itself says. */
  readonly conflict: 'column' | 'unsaid'
  /** What the second reading (second-reading.ts) is held against, and what it needs to know of declarations. */
  readonly outline: Outline
}

export interface Outline {
  /** Names of the statements, with the library's words, in any order. */
  readonly statements: readonly string[]
  /** Embedded texts, in any order; of declarations apart, since of some of them the library says nothing. */
  readonly texts: readonly string[]
  /** Variables returned by their names alone. */
  readonly names: readonly string[]
  readonly defaults: readonly { readonly variable: number; readonly text: string }[]
  /** Where the type of a variable stands in the body. */
  readonly types: readonly { readonly variable: number; readonly start: number; readonly end: number }[]
}

/** @param what Literal-free: a statement's name, a word of the grammar. */
export function notRead(what: string): SqlFault {
  return new SqlFault('unsupported', `PL/pgSQL: ${what}`)
}
