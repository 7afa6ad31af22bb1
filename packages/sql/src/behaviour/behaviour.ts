/** What a built-in function does beyond computing a value from its arguments; the table is `functions.table.ts`. */

export interface FunctionBehaviour {
  /**
   * Whether its success, or a notice, can depend on argument values: a cast that may fail, division, a bad pattern.
   * `never` only where the server's source shows it (or pg_proc.proleakproof says it) and no argument makes it fail.
   */
  readonly errors: 'never' | 'by-value'
  /** Set-returning with a row count that depends on argument values. */
  readonly rowsByValue: boolean
  /**
   * `arguments`: only its arguments (and immutable or session settings, clock, randomness) reach the result. `catalog`: reads open parts of
   * the system catalogs too. `closed`: reads data, statistics of data, other people's statements, files, large objects.
   */
  readonly reads: 'arguments' | 'catalog' | 'closed'
  /** What it does to the world. `session`: settings and state of this session; `cancel`: signals other sessions. */
  readonly effect: 'none' | 'sequence' | 'session' | 'schemas' | 'lock' | 'notify' | 'large-object' | 'file' | 'server' | 'cancel' | 'query' | 'settings'
  /** One reason, for every row that is not plain: what a reviewer should know. */
  readonly note?: string
}

/** `undefined`: not in the table, so opaque. */
export type BehaviourOf = (functionOid: number) => FunctionBehaviour | undefined
