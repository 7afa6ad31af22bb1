/**
 * What a built-in function does beyond computing a value from its arguments: the words of the reviewed tables
 * (`functions/*.table.ts`). Sources: PostgreSQL's own catalog (pg_proc) and source text, versions 15 to 18.
 *
 * Where the tables stop: an error that only the size of a value brings about (a text or an array of 1 GB, memory running out) is not
 * an error here, or `||` could not be called harmless; {@link FunctionBehaviour.sizeArguments} names the arguments with which a
 * statement could bring such sizes about. Time taken is not described, but for pg_sleep. Collations are taken to be deterministic, as all
 * built-in ones are (OIDs below 16384): under another, before PostgreSQL 18, a search within a text fails or not by the text's length.
 */

/** How large a constant may be that decides a size: far below the 1 GB where PostgreSQL refuses a value, for a cell of up to 100 kB. */
export const MODEST_SIZE = 10_000

/** A test of one argument of a call; what it accepts exactly is in argument-test.ts. */
export type ArgumentTest =
  /** The boolean true. */
  | 'true'
  /** An integer: other than 0; other than 0 and -1; at least 0; at least 1; -1 (no type modifier). */
  | 'nonzero' | 'divisor' | 'not-negative' | 'positive' | 'none'
  /** An integer of at most {@link MODEST_SIZE}, or a text of at most as many characters. */
  | 'modest'
  /** An integer of 1, or of 0, to {@link MODEST_SIZE}: a place in a text, and a length. */
  | 'position' | 'length'
  /** The encoding UTF8: every text of the database has a form in it. */
  | 'utf8'
  /** A LIKE pattern that does not end in its escape character. */
  | 'like-pattern'
  /** A regular expression of the plain kind (plain-regex.ts); flags that fail with none, without and with `g`. */
  | 'regex' | 'regex-flags' | 'regex-flags-global'
  /** Names that encode, normalize, extract, date_trunc and AT TIME ZONE know. */
  | 'encode-format' | 'normal-form' | 'date-field' | 'time-field' | 'timestamp-field' | 'interval-field' | 'trunc-field' | 'interval-trunc-field' | 'time-zone'
  /** A number format of digits, group and decimal marks only; a format() text with %s, %L and %% only. */
  | 'number-format' | 'format'
  /** Every second argument from this one on is a constant and not null. */
  | 'keys'
  /** A stored column, whose values are not at the very ends of their type. */
  | 'stored'

/** Which arguments can still decide whether a function fails, once all of its tests have passed. */
export interface TestedArguments {
  readonly tests: readonly { readonly argument: number; readonly test: ArgumentTest }[]
  /** Usually none. */
  readonly errorArguments: readonly number[]
}

export interface FunctionBehaviour {
  /**
   * Whether its success, or a notice, can depend on argument values: a cast that may fail, division, a bad pattern. `never`: no
   * argument's value makes it fail ({@link errorArguments} is empty).
   */
  readonly errors: 'never' | 'by-value'
  /**
   * Positions, from 0, of the arguments whose values decide whether it fails or sends a notice, whatever the other arguments are. A
   * masked column in any other position is fine. Aggregates: direct arguments come first, as in pg_proc.proargtypes. `decidingArguments`
   * (argument-test.ts) applies them to a call.
   *
   * Only non-null values are meant: see {@link onNull}.
   */
  readonly errorArguments: readonly number[]
  /** When every test passes, fewer arguments decide, and nulls decide nothing. Undefined: there is no such case. */
  readonly unless: TestedArguments | undefined
  /**
   * `skipped`: a null argument gives null without a call, so a constant that always fails (`1 / 0`) still tells whether the other
   * argument is null, unless {@link unless} holds. `called`: it does not. Meaningful only where it can fail at all.
   */
  readonly onNull: 'skipped' | 'called'
  /** The last position of {@link errorArguments} may stand for all arguments from there on: declared VARIADIC. */
  readonly variadic: boolean
  /**
   * Positions of arguments whose values decide the size of the result without a limit of their own (repeat's count). They count as
   * error arguments, and nested they multiply: allow a masked value to pass through at most one such call.
   */
  readonly sizeArguments: readonly number[]
  /** Set-returning with a row count that depends on argument values. */
  readonly rowsByValue: boolean
  /**
   * `derived`: computed from the arguments. `chosen`: one of the argument values, unchanged, of this or another row (max, lag, mode); an
   * aggregate or window function chooses by order, so the choice itself depends on values. `counted`: only how many rows or non-null
   * values there are. `typed`: decided by the types of the arguments alone, never by a value (pg_typeof).
   */
  readonly result: 'derived' | 'chosen' | 'counted' | 'typed'
  /**
   * It calls functions that belong to the actual types of its arguments or its result: output, input, comparison, hashing, a cast,
   * a domain's checks. What is said here holds where those types (elements and attributes included) are built-in, enums, or composites and
   * domains of such; otherwise those functions decide. Where the result is jsonb, `json` (OID 114) counts as such a type: it is read again.
   */
  readonly typeFunctions: boolean
  /**
   * `arguments`: only its arguments (and immutable or session settings, clock, randomness) reach the result. `catalog`: reads open parts of
   * the system catalogs or of the server's state too. `closed`: reads data, statistics of data, other people's statements, files, large
   * objects. Single closed columns of a result: `closedFunctionColumn`.
   */
  readonly reads: 'arguments' | 'catalog' | 'closed'
  /**
   * The result is text that people wrote into the catalog, where a value may have been left: `definition`, SQL text with literals;
   * `comment`, free text. Open to browse, but not word for word for a masked caller: see `redactDefinition`.
   */
  readonly holds: 'definition' | 'comment' | undefined
  /**
   * What it does to the world. `session`: state of this session; `schemas`: how its names resolve (no built-in but set_config does that); `settings`: see settings.table.ts; `cancel`: signals other sessions;
   * `query`: runs SQL of its own on tables (foreign key triggers); `server`: anything that outlives the session and is no table.
   */
  readonly effect: 'none' | 'sequence' | 'session' | 'schemas' | 'lock' | 'notify' | 'large-object' | 'file' | 'server' | 'cancel' | 'query' | 'settings'
  /** What a reviewer should know: why it is judged so. */
  readonly note: string
}

/** `undefined`: not in the table, so opaque. */
export type BehaviourOf = (functionOid: number) => FunctionBehaviour | undefined
