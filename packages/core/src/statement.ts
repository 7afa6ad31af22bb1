/**
 * The unit of decision: what one statement does and where the data it touches can go. Every protocol's understanding
 * ends in this shape, so that policy, masking and evidence are the same everywhere (P10).
 */
import type { Action } from './action.ts'
import type { PhiClass } from './phi-class.ts'

/** One thing a statement does to one object. */
export interface Effect {
  readonly action: Action
  /** `schema.table`, `schema.function`, a setting's name, ...: what a policy's `objects:` patterns are matched with. */
  readonly object: string
  readonly kind: 'relation' | 'function' | 'schema' | 'database' | 'role' | 'setting' | 'session' | 'sequence' | 'type' | 'file' | 'other'
  /** Columns read or written, where known; empty for whole objects. */
  readonly columns: readonly string[]
  /** Classes of those columns, without duplicates. */
  readonly classes: readonly PhiClass[]
  /**
   * `user`: a policy decides. `open`: part of the system catalogs that whoever may connect may browse. `closed`: a part of
   * them that holds data, statistics of data, or other people's statements; refused to a masked principal.
   */
  readonly scope: 'user' | 'open' | 'closed'
  /** Why `closed`, or anything a reader of a refusal should know; literal-free. */
  readonly note: string | undefined
}

/**
 * A column of a stored relation, named, with its class. `relation` of an opaque function's result is the function; `pg_catalog`, without a
 * relation, stands for what people wrote into the catalog (definitions, comments).
 */
export interface ColumnRef {
  readonly relation: string
  readonly column: string
  readonly class: PhiClass
}

/**
 * How a column reaches an output. `copied`: the value itself, unchanged. `derived`: computed from the value (a cast, a
 * concatenation, a CASE arm). `aggregated`: from the values of many rows (max, avg, string_agg). `counted`: only how many rows
 * or distinct values there are.
 */
export type Flow = 'copied' | 'derived' | 'aggregated' | 'counted'

export interface OutputSource {
  readonly column: ColumnRef
  readonly flow: Flow
}

/** One column of what comes back, in order. */
export interface OutputColumn {
  readonly name: string
  /** The protocol's type, opaque here: a PostgreSQL type OID, a MySQL type number. */
  readonly typeId: number
  /** Every column that can influence this output's value. */
  readonly sources: readonly OutputSource[]
  /**
   * `count`: the values of one stored column, counted by the outermost query itself over one table whose rows fall into one group each, and used
   * nowhere else: what a policy's `counts` exception may release.
   */
  readonly cell?: 'count'
}

/**
 * A place where a column's values decide something that no mask of an output can hide: which rows come back, how many, in which
 * order, or whether an error is raised.
 */
export interface ColumnUse {
  readonly column: ColumnRef
  readonly context:
    | 'predicate' | 'join' | 'order' | 'group' | 'distinct' | 'window' | 'limit' | 'rows' | 'error' | 'case'
    | 'written' | 'function' | 'aggregate-filter' | 'set-operation' | 'estimate' | 'lock'
  /** What uses it, literal-free: an operator or function name, a clause. */
  readonly via: string
  /** The comparison is plain equality with a parameter or literal: what a policy's named exception may allow. */
  readonly equality: boolean
  /** With `equality`: how many values the column is compared with; undefined: nobody can say. */
  readonly values?: number
}

/** How much a statement may touch. */
export interface Bulk {
  /** False when no predicate restricts the rows of some PHI relation read, or of a relation written. */
  readonly restricted: boolean
  /** The planner's estimate of the rows that it touches, where asked. */
  readonly estimatedRows: number | undefined
  /** It was asked for, and nobody can say. */
  readonly estimate?: 'unknown'
}

/** A statement as understood. */
export interface Understood {
  readonly kind: 'understood'
  /** The command: `SELECT`, `INSERT`, `COPY`, `SET`, ...; what CommandComplete is held against. */
  readonly command: string
  readonly effects: readonly Effect[]
  readonly outputs: readonly OutputColumn[]
  readonly uses: readonly ColumnUse[]
  readonly bulk: Bulk
  /**
   * Refused whoever asks: a rule of Doorward's own, not of a policy (replication, a second encoding, ...). Literal-free sentence;
   * `next` says what to do instead.
   */
  readonly forbidden: { readonly rule: string; readonly why: string; readonly next: string } | undefined
}

/** A statement that Doorward does not understand. Refused, unless a policy allows it by name (P2). */
export interface Opaque {
  readonly kind: 'opaque'
  readonly command: string
  /** What was not understood, literal-free: `node GraphTable`, `function clinic.f: language c`. */
  readonly reason: string
  /** The objects that made it so, as far as known: `schema.function`. */
  readonly objects: readonly string[]
  /**
   * `calls`: the statement does nothing but call `objects`, which names all of them, with constants and parameters. Only then can a
   * policy that names them allow it. Left out: what else the statement does is not understood either.
   */
  readonly extent?: 'calls'
}

export type Understanding = Understood | Opaque

/** How a statement is told apart in log and approvals, without holding any of its values. */
export interface StatementIdentity {
  /** sha256 hex of the exact bytes. */
  readonly digest: string
  /** Equal for statements that differ only in literals. Not a key for approvals: see STACK.md. */
  readonly fingerprint: string
  /** The text with every literal and comment replaced, built from scanner tokens. At most 16 kB, cut with a mark. */
  readonly redactedText: string
}
