/**
 * What understanding a PostgreSQL statement ends in, and how it asks for what it needs. `sql` has no sockets: {@link UnderstandSteps}
 * is a generator that yields questions (analyse this text, load these catalog facts), and the gateway answers them from the target server.
 */
import type { ColumnUse, Understanding } from '@doorward/core'
import type { CatalogNeeds } from './catalog/facts.ts'
import type { SubjectFlow } from './subject/subject-flow.ts'
import type { CopyTextOptions, RawStatement } from './grammar/raw-statement.ts'

/** One column of a RowDescription: PostgreSQL, Message Formats, RowDescription (B). */
export interface FieldDescription {
  readonly name: string
  /** OID of the table, 0 when the column is not a plain table column. */
  readonly tableOid: number
  /** Attribute number in that table, 0 likewise. */
  readonly attribute: number
  readonly typeOid: number
  /** pg_type.typlen; negative for variable length. */
  readonly typeSize: number
  readonly typeModifier: number
}

/** What the server said about one statement: its rewritten trees, its parameters, its result. */
export interface Analysed {
  readonly kind: 'analysed'
  /** Each `rewritten parse tree:` text, in order. A rule can make several of one statement. */
  readonly trees: readonly string[]
  readonly parameterTypes: readonly number[]
  /** Undefined: NoData. */
  readonly fields: readonly FieldDescription[] | undefined
}

/** The server refused the text at parse analysis. */
export interface AnalysisError {
  readonly kind: 'error'
  readonly sqlState: string
  /** The server's own text: may quote the statement; goes back to the caller who wrote it, never to the log. */
  readonly message: string
  readonly fields: ReadonlyMap<string, string>
}

export type Question =
  | { readonly kind: 'analyse'; readonly text: string; readonly parameterTypes: readonly number[] }
  | { readonly kind: 'catalog'; readonly needs: CatalogNeeds }

export type Answer = Analysed | AnalysisError | { readonly kind: 'loaded' }

/** A setting of Doorward's own, which no server knows. */
export type OwnSetting = 'doorward.purpose' | 'doorward.hold'

/** What a statement does to its own session, for the session to follow once the server says it worked. */
export type SessionChange =
  | { readonly kind: 'prepare'; readonly name: string; readonly plan: StatementPlan }
  | { readonly kind: 'deallocate'; readonly name: string | undefined /* undefined: ALL */ }
  | { readonly kind: 'declare'; readonly cursor: string; readonly plan: StatementPlan; /** Of what FETCH returns. */ readonly format: 'text' | 'binary' }
  | { readonly kind: 'close-cursor'; readonly cursor: string | undefined /* undefined: ALL */ }
  | { readonly kind: 'transaction'; readonly verb: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' | 'prepare' }
  /** search_path, role or temporary objects may have changed: the session asks current_schemas(true) before its next analysis. */
  | { readonly kind: 'schemas' }
  /** The catalog changed, or will at commit: cached plans are dropped, and until the transaction ends this session analyses on its own connection. */
  | { readonly kind: 'catalog'; /** `session`: only its own temporary objects, which nobody else sees. */ readonly scope: 'shared' | 'session' }
  | { readonly kind: 'purpose'; readonly value: string | undefined }
  /** SET doorward.hold: what the session does while a statement is held; undefined: the default, to wait. */
  | { readonly kind: 'hold'; readonly value: 'wait' | 'ticket' | undefined }
  | { readonly kind: 'setting'; readonly name: string; readonly value: string | undefined }
  | { readonly kind: 'discard-all' }

/** A statement, understood: what is decided, and what is checked while its answer passes. */
export interface StatementPlan {
  readonly understanding: Understanding
  readonly changes: readonly SessionChange[]
  /** Command tags the server may answer with, without counts: `SELECT`, `INSERT 0`, `DELETE`, `COPY`, ... */
  readonly tags: readonly string[]
  /** Prediction of the RowDescription; undefined: no rows come back. */
  readonly fields: readonly FieldDescription[] | undefined
  readonly parameterTypes: readonly number[]
  /** Copy direction, if the statement starts one, and its format. Out: each column's pg_attribute.atttypmod, for masks that keep to a declared length. */
  readonly copy: { readonly direction: 'in' | 'out'; readonly format: 'text' | 'csv' | 'binary'; readonly options: CopyTextOptions; readonly typeModifiers: readonly number[] } | undefined
  /** Depends on more than tables: a view, a rule or a function body. Such plans are confirmed once the statement holds its locks. */
  readonly dependsOnDefinitions: boolean
  /** What Doorward answers itself, with nothing sent upstream: SET and SHOW of doorward.purpose and doorward.hold. */
  readonly local: { readonly tag: string; /** SHOW: the name of the one column, whose value the session knows. */ readonly show: OwnSetting | undefined } | undefined
  /** SQL EXECUTE: the name of the prepared statement that it runs; one prepared by message may not be upstream yet. */
  readonly needsPrepared: string | undefined
  /**
   * Outputs that are text out of the catalog, where a value may have been left. For masked callers a definition that is there as a `whole`
   * (a text) or `collected` (an array of texts) is rewritten literal by literal, and masked altogether where its quotes do not pair; a
   * comment, a `datum` (a tree in internal form) and whatever is `derived` is masked altogether, save for comments that may be shown
   * (CatalogSnapshot.isShownComment). An empty text and NULL stay what they are.
   */
  readonly catalogTexts: readonly { readonly output: number; readonly holds: 'definition' | 'comment' | 'datum'; readonly flow: 'whole' | 'collected' | 'derived' }[]
  /** PHI columns that functions with bodies yield in it: EXPLAIN shows what of them the planner computes. */
  readonly functionResults: readonly ColumnUse['column'][]
  /** Whose rows it touches, where that was followed; left out: not known. */
  readonly subjects?: SubjectFlow | undefined
  /** Where in the text literals begin (bytes) that are mere values, see plainValues; left out: not looked for. */
  readonly plainValues?: readonly number[] | undefined
  /** Planning it runs no code but the server's own, and none of that does anything: EXPLAIN may be asked. Left out: it may not. */
  readonly planning?: 'runs-no-code' | undefined
  /** What was understood, to be understood again when the session's schemas may have changed since: EXECUTE of what PREPARE named. */
  readonly source: PlanSource | undefined
  /** EXPLAIN: the answer's rows are a plan in this format, rewritten for masked callers; ANALYZE runs the statement. */
  readonly explain: { readonly format: 'text' | 'json' | 'xml' | 'yaml'; readonly analyze: boolean } | undefined
}

/** A statement's text as it was analysed. */
export interface PlanSource {
  readonly statement: RawStatement
  readonly text: string
  readonly parameterTypes: readonly number[]
}

export type { CopyTextOptions }

/** The session as its statements see it. */
export interface SessionView {
  /** Effective schemas in order, from current_schemas(true). */
  readonly schemas: readonly string[]
  prepared(name: string): StatementPlan | undefined
  cursor(name: string): StatementPlan | undefined
}

/** Not permitted to run, because the server itself refused the text: the caller gets the server's own error. */
export interface Rejected { readonly kind: 'rejected'; readonly error: AnalysisError }

export type UnderstandResult = { readonly kind: 'plan'; readonly plan: StatementPlan } | Rejected

/** Drive it: answer each question until it returns. */
export type UnderstandSteps = Generator<Question, UnderstandResult, Answer>
