/**
 * What a built-in function does beyond computing a value from its arguments: the words of the reviewed tables
 * (`functions/*.table.ts`). Sources: PostgreSQL's own catalog (pg_proc) and source text, versions 15 to 18.
 *
 * Where the tables stop: an error that only the size of a value brings about (a text or an array of 1 GB, memory running out) is not
 * an error here, so that `||` may be called harmless; {@link FunctionBehaviour.sizeArguments} names the arguments with which a
 * statement could bring sizes about. Time taken is not described at all.
 */

/** A test of one constant argument, see {@link FunctionBehaviour.harmlessWhen}. A NULL constant passes none. */
export type ConstantTest =
  /** The boolean true. */
  | 'true'
  /** An integer other than 0 and -1: no division by it fails. */
  | 'divisor'
  /** An integer of at least 0. */
  | 'not-negative'
  /** The name UTF8 (or utf-8, unicode): a conversion from the database's own encoding that always succeeds. */
  | 'utf8'

export interface FunctionBehaviour {
  /**
   * Whether its success, or a notice, can depend on argument values: a cast that may fail, division, a bad pattern. `never`: no
   * argument's value makes it fail ({@link errorArguments} is empty).
   */
  readonly errors: 'never' | 'by-value'
  /**
   * Positions, from 0, of the arguments whose values decide whether it fails or sends a notice. A masked column in any other position is
   * fine. The last position of a VARIADIC function stands for all arguments from there on. For an aggregate, direct arguments come
   * first, as in pg_proc.proargtypes.
   */
  readonly errorArguments: readonly number[]
  /** When the argument at this position is a constant that passes the test, nothing about the other arguments can make it fail. */
  readonly harmlessWhen: { readonly argument: number; readonly is: ConstantTest } | undefined
  /**
   * Positions of arguments whose values decide the size of the result without a limit of their own (repeat's count). Together with a
   * masked value such a constant can bring the 1 GB limit about: keep them to constants of a modest size.
   */
  readonly sizeArguments: readonly number[]
  /** Set-returning with a row count that depends on argument values. */
  readonly rowsByValue: boolean
  /**
   * `derived`: computed from the arguments. `chosen`: one of the values of argument 0, unchanged, of some row (max, lag, mode); an aggregate
   * or window function chooses by order, so the choice itself depends on values. `counted`: only how many rows or non-null values there are.
   * `typed`: decided by the types of the arguments alone, never by a value (pg_typeof).
   */
  readonly result: 'derived' | 'chosen' | 'counted' | 'typed'
  /**
   * It calls functions that belong to the actual types of its arguments or its result: output, input, comparison, hashing, a cast,
   * a domain's checks. What is said here holds where those types (elements and attributes included) are built-in, enums or composites and
   * domains of such; otherwise those functions decide.
   */
  readonly typeFunctions: boolean
  /**
   * `arguments`: only its arguments (and immutable or session settings, clock, randomness) reach the result. `catalog`: reads open parts of
   * the system catalogs too. `closed`: reads data, statistics of data, other people's statements, files, large objects.
   */
  readonly reads: 'arguments' | 'catalog' | 'closed'
  /**
   * The result is text that people wrote into the catalog, where a value may have been left: `definition`, SQL text with literals;
   * `comment`, free text. Open to browse, but not word for word for a masked caller.
   */
  readonly holds: 'definition' | 'comment' | undefined
  /**
   * What it does to the world. `session`: settings and state of this session; `cancel`: signals other sessions; `query`: runs SQL
   * of its own on tables (foreign key triggers); `server`: anything that outlives the session and is no table.
   */
  readonly effect: 'none' | 'sequence' | 'session' | 'schemas' | 'lock' | 'notify' | 'large-object' | 'file' | 'server' | 'cancel' | 'query' | 'settings'
  /** One reason, for every row that is not plain: what a reviewer should know. */
  readonly note?: string
}

/** `undefined`: not in the table, so opaque. */
export type BehaviourOf = (functionOid: number) => FunctionBehaviour | undefined
