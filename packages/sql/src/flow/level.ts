/**
 * One query level: its range table, its CTEs, its place among the levels around it. Resolves a Var to what its value depends on. Where
 * it stops: what each range table entry yields is worked out in range-flow.ts and handed in.
 */
import { SqlFault } from '../sql-fault.ts'
import type { TreeNode } from '../tree/tree-value.ts'
import { CLEAN, compose, derive, type Taint } from './taint.ts'

/** What a range table entry yields. */
export interface EntryColumns {
  /** By attribute number minus one; a dropped column is clean. */
  readonly columns: readonly Taint[]
  /** Virtual columns, by attribute number: computed when they are read, so their functions fail only then. */
  readonly computed?: ReadonlyMap<number, () => Taint>
  /** What a system column (negative attribute number) depends on. */
  systemColumn(attribute: number): Taint
}

export class Level {
  readonly query: TreeNode
  readonly parent: Level | undefined
  readonly entries: readonly TreeNode[]
  /** $1, $2, ... of an SQL function's body; a statement's own parameters are the caller's, so clean. */
  readonly parameters: readonly Taint[]
  /** What decides whether this query is evaluated at all. */
  readonly guard: Taint
  /** Columns of the CTEs defined here, by name. */
  readonly ctes = new Map<string, readonly Taint[]>()
  /** Results of `(a, b) = (SELECT ...)` in UPDATE, by sublink id. */
  readonly multiExpressions = new Map<number, readonly Taint[]>()
  readonly #known = new Map<number, EntryColumns>()
  readonly #inProgress = new Set<number>()
  readonly #work: (level: Level, index: number) => EntryColumns

  /** @param work Works out entry `index` (from 1) of this level. */
  constructor(query: TreeNode, entries: readonly TreeNode[], parent: Level | undefined, guard: Taint, parameters: readonly Taint[],
    work: (level: Level, index: number) => EntryColumns) {
    this.query = query
    this.entries = entries
    this.parent = parent
    this.guard = guard
    this.parameters = parameters
    this.#work = work
  }

  /** The node of entry `index`, from 1. @throws {SqlFault} `tree-field` */
  entry(index: number): TreeNode {
    const entry = this.entries[index - 1]
    if (entry === undefined) throw new SqlFault('tree-field', `range table: no entry ${index} of ${this.entries.length}`)
    return entry
  }

  /** What entry `index` yields; worked out once. @throws {SqlFault} `tree-field` when entries refer to each other in a circle. */
  columnsOf(index: number): EntryColumns {
    const known = this.#known.get(index)
    if (known !== undefined) return known
    if (this.#inProgress.has(index)) throw new SqlFault('tree-field', `range table: entry ${index} refers to itself`)
    this.#inProgress.add(index)
    const columns = this.#work(this, index)
    this.#inProgress.delete(index)
    this.#known.set(index, columns)
    return columns
  }

  /** Replaces what entry `index` yields: the result of a set operation, the row proposed for insertion. */
  override(index: number, columns: EntryColumns): void {
    this.#known.set(index, columns)
  }

  /** The level `up` levels above this one. @throws {SqlFault} `tree-field` */
  above(up: number): Level {
    if (up === 0) return this
    if (this.parent === undefined) throw new SqlFault('tree-field', `no query ${up} levels above`)
    return this.parent.above(up - 1)
  }

  /** What column `attribute` of entry `index` depends on: 0 is the whole row, negative a system column. */
  variable(index: number, attribute: number): Taint {
    const entry = this.columnsOf(index)
    if (attribute === 0) return compose(entry.columns.map((column, at) => entry.computed?.get(at + 1)?.() ?? column))
    const computed = entry.computed?.get(attribute)
    if (computed !== undefined) return computed()
    if (attribute < 0) return entry.systemColumn(attribute)
    const column = entry.columns[attribute - 1]
    if (column === undefined) throw new SqlFault('tree-field', `range table entry ${index}: no column ${attribute} of ${entry.columns.length}`)
    return column
  }
}

/** An entry with columns and no storage of its own. */
export function plainColumns(columns: readonly Taint[]): EntryColumns {
  return { columns, systemColumn: attribute => (attribute === 0 ? compose(columns) : derive(...columns) ?? CLEAN) }
}
