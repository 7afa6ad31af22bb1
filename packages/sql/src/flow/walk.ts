/**
 * The pieces of the flow analysis call each other through this: one object per statement, put together in flow.ts, so that no two files
 * import each other. Everything here is synchronous; facts that were not loaded beforehand are a fault.
 */
import type { PhiClass } from '@doorward/core'
import type { BehaviourOf, ColumnRule } from '../behaviour/index.ts'
import type { Catalog, FunctionFacts } from '../catalog/facts.ts'
import type { TreeNode } from '../tree/tree-value.ts'
import type { Findings } from './findings.ts'
import type { Level } from './level.ts'
import type { RoutineBody } from './routine-body.ts'
import type { Taint } from './taint.ts'

/** A function's body: each statement's trees, and what becomes of what it yields. */
export type FunctionBody = readonly { readonly trees: readonly TreeNode[]; readonly role: 'rows' | 'effect' }[]

/** All that is known before the walk begins. */
export interface Knowledge {
  readonly catalog: Catalog
  readonly behaviour: BehaviourOf
  /** The class of a column of a stored relation, by OID and attribute number. */
  classOf(relationOid: number, attribute: number): PhiClass
  /** What holds for a column of a system catalog; undefined: open. */
  catalogColumn(schema: string, relation: string, column: string): ColumnRule | undefined
  /** The body of a function, called with arguments of these types; undefined: not analysed, so opaque. */
  bodyOf(facts: FunctionFacts, argumentTypes: readonly (number | undefined)[]): FunctionBody | undefined
  /** The body of a function in PL/pgSQL likewise; a text says what of it is not understood. */
  routineOf(facts: FunctionFacts, argumentTypes: readonly (number | undefined)[]): RoutineBody | string | undefined
  /** A stored tree (view, default, check), read. @throws {SqlFault} */
  readStored(text: string): readonly TreeNode[]
}

/** Where an expression stands. */
export interface Scope {
  readonly level: Level
  /** What decides whether this expression is evaluated at all: the conditions of the CASE around it. */
  readonly guard: Taint
  /** The value that CASETESTEXPR stands for. */
  readonly caseTest: Taint | undefined
  /** The value that COERCETODOMAINVALUE stands for. */
  readonly domainValue: Taint | undefined
  /** The columns of the sublink whose test expression this is. */
  readonly sublink: readonly Taint[] | undefined
}

export interface QueryFlow {
  /** One per column that comes back, in order. */
  readonly columns: readonly Taint[]
  /** Which of them are counts that stand alone, see count-cells.ts. */
  readonly cells?: ReadonlySet<number>
}

export interface Walk {
  readonly knowledge: Knowledge
  readonly findings: Findings
  /** @throws {SqlFault} `unknown-node`, `unsupported` */
  expression(node: TreeNode, scope: Scope): Taint
  /** A query one level below `parent`. */
  query(node: TreeNode, parent: Level | undefined, guard: Taint, parameters: readonly Taint[]): QueryFlow
  /** This walk, inside the body of a function. */
  within(functionOid: number): Walk
  /** Another walk, whose findings are its own. */
  apart(): Walk
  /** A function called on these arguments; `nodes` are the argument expressions where there are any. */
  call(functionOid: number, call: CallSite, scope: Scope): Taint
}

export interface CallSite {
  readonly arguments: readonly Taint[]
  readonly nodes: readonly (TreeNode | undefined)[]
  /** Positions that the call leaves to the function's defaults. */
  readonly omitted?: ReadonlySet<number>
  readonly use: 'function' | 'aggregate' | 'window' | 'operator' | 'cast'
  /** It returns a set here. */
  readonly set: boolean
  /** OID of the result's type, for functions that return `anyelement` and the like; 0: as declared. */
  readonly resultType: number
}
