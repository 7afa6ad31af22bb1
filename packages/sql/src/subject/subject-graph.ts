/**
 * Which columns hold the same patient: a graph over the columns of all levels of a statement. An edge from `a` to `b` says that wherever a row
 * brings a value of `a`, the same row has that very value in `b`. Pure; knows no tree.
 */

/** A value that the statement itself gives: a patient named by a literal or a parameter. */
export type GivenSubject =
  | { readonly kind: 'constant'; readonly text: string }
  /** $n, whose value comes with Bind. */
  | { readonly kind: 'parameter'; readonly number: number; readonly typeOid: number }

/** What came of following a column. */
export interface Reached {
  /** Columns that have its value, itself among them. */
  readonly columns: ReadonlySet<string>
  /** Values that it must be one of; undefined: it may be any. */
  readonly given: readonly GivenSubject[] | undefined
}

export class SubjectGraph {
  readonly #edges = new Map<string, Set<string>>()
  readonly #given = new Map<string, readonly GivenSubject[]>()
  readonly #subjects = new Set<string>()
  /** Columns of set operations: the columns of their arms. */
  readonly #arms = new Map<string, readonly (string | undefined)[]>()

  /** `column` is a table's column of patients. */
  addSubject(column: string): void { this.#subjects.add(column) }

  /** Where `from` has a value, `to` has the same. */
  addEdge(from: string, to: string): void {
    const known = this.#edges.get(from)
    if (known === undefined) this.#edges.set(from, new Set([to]))
    else known.add(to)
  }

  addEqual(a: string, b: string): void {
    this.addEdge(a, b)
    this.addEdge(b, a)
  }

  /** Where `column` has a value, it is one of these. */
  addGiven(column: string, values: readonly GivenSubject[]): void { this.#given.set(column, values) }

  /** Each row of `column` comes from one of these; undefined: an arm's expression, of which nothing is known. */
  addArms(column: string, arms: readonly (string | undefined)[]): void {
    this.#arms.set(column, arms)
    for (const arm of arms) if (arm !== undefined) this.addEdge(arm, column)
  }

  follow(column: string): Reached {
    const columns = new Set([column])
    let given: readonly GivenSubject[] | undefined
    for (const at of columns) {
      given ??= this.#given.get(at)
      // A Set is walked in the order of insertion, what is added on the way included.
      for (const next of this.#edges.get(at) ?? []) columns.add(next)
    }
    return { columns, given }
  }

  /** Whether every value of this column is a patient's id: else ids of something else would be taken for patients. */
  isSubject(column: string): boolean { return this.#isSubject(column, new Set()) }

  #isSubject(column: string, underWay: Set<string>): boolean {
    if (this.#subjects.has(column)) return true
    if (underWay.has(column)) return false
    underWay.add(column)
    const arms = this.#arms.get(column)
    if (arms !== undefined && arms.every((arm) => arm !== undefined && this.#isSubject(arm, underWay))) return true
    for (const next of this.#edges.get(column) ?? []) if (this.#isSubject(next, underWay)) return true
    return false
  }
}
