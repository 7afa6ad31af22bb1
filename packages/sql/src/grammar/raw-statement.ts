/**
 * One statement as PostgreSQL's raw grammar reads it, before any name is looked up: what it is, and for utility statements what is
 * needed to decide them. Queries carry nothing, since the server's own analysis says more. Everything is plain data (a worker
 * hands it over by structured clone). Names are catalog-exact, see object-name.ts; positions are bytes of the statement's text.
 * Source: PostgreSQL, SQL Commands; nodes/parsenodes.h of 18.
 */
import type { EvaluatedCode } from './evaluated-code.ts'
import type { StatementIdentity } from '@doorward/core'
import type { ObjectName, RelationName } from './object-name.ts'

/**
 * A statement inside another (the query of COPY, EXPLAIN, CREATE TABLE AS, ...). Its text alone parses to the same tree as it has
 * inside: proved by comparison, or the whole statement is `unknown`.
 */
export interface InnerStatement {
  /** First byte, in the outer statement's text. */
  readonly start: number
  /** Bytes. */
  readonly length: number
  /**
   * What to have analysed. The very bytes, except: `SELECT ... INTO t` has its INTO clause replaced by as many spaces, and
   * CREATE RECURSIVE VIEW's query is wrapped into the WITH RECURSIVE that the server makes of it.
   */
  readonly text: string
  readonly statement: RawStatement
}

interface Common {
  /** The server's name for the command (CreateCommandTag): `SELECT`, `CREATE TABLE`, `ALTER MATERIALIZED VIEW`. */
  readonly command: string
  /**
   * What CommandComplete may say, without row counts, when the statement succeeds (INSERT's `0` dropped as well). Empty: whatever the
   * statement run by it says (EXECUTE).
   */
  readonly tags: readonly string[]
}

/** SELECT (without INTO), VALUES, TABLE, INSERT, UPDATE, DELETE, MERGE: the server's analysis describes it in full. */
export interface QueryStatement extends Common { readonly kind: 'query' }

/** PostgreSQL, BEGIN, Parameters. Undefined: not said. */
export interface TransactionModes {
  readonly isolation: string | undefined
  readonly access: 'read-only' | 'read-write' | undefined
  readonly deferrable: 'deferrable' | 'not-deferrable' | undefined
}

export interface TransactionStatement extends Common {
  readonly kind: 'transaction'
  readonly verb: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' | 'prepare' | 'commit-prepared' | 'rollback-prepared'
  readonly savepoint: string | undefined
  /** PREPARE TRANSACTION 'gid' and its kin. A caller's literal: never for the log. */
  readonly gid: string | undefined
  /** AND CHAIN: a new transaction begins at once. */
  readonly chain: boolean
  readonly modes: TransactionModes
}

/**
 * `values`: literals and bare words as strings, in order (`SET search_path TO a, "B"`: `a`, `B`); numbers as written, minus sign included.
 * `expression`: a form whose string value is not known here (`SET TIME ZONE INTERVAL '-8' HOUR TO MINUTE`).
 */
export type SettingValue =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'default' }
  | { readonly kind: 'current' }
  | { readonly kind: 'expression' }

/**
 * SET name. Special forms come under the setting they set: SET TIME ZONE `timezone`, SET NAMES `client_encoding`, SET ROLE `role`,
 * SET SESSION AUTHORIZATION `session_authorization`, SET SCHEMA `search_path`, SET XML OPTION `xmloption`.
 * SET name TO DEFAULT has the value `default`.
 */
export interface SetStatement extends Common {
  readonly kind: 'set'
  /** ASCII-lower-cased, as the server compares names; old spellings replaced by today's (`sort_mem`: `work_mem`). */
  readonly name: string
  readonly value: SettingValue
  /** SET LOCAL: until the transaction ends. */
  readonly local: boolean
}

/** RESET name, RESET ALL (name undefined), RESET SESSION AUTHORIZATION, RESET ROLE, RESET TIME ZONE. */
export interface ResetStatement extends Common { readonly kind: 'reset'; readonly name: string | undefined }

/** SHOW name (as `set` names it), SHOW ALL (undefined). SHOW TRANSACTION ISOLATION LEVEL is `transaction_isolation`. */
export interface ShowStatement extends Common { readonly kind: 'show'; readonly name: string | undefined }

/** SET [LOCAL] TRANSACTION, SET SESSION CHARACTERISTICS AS TRANSACTION, SET TRANSACTION SNAPSHOT. */
export interface SetTransactionStatement extends Common {
  readonly kind: 'set-transaction'
  readonly scope: 'transaction' | 'session'
  readonly modes: TransactionModes
  /** The exported snapshot's id is given: the rows seen are those of another session's transaction. */
  readonly snapshot: boolean
}

export interface SetConstraintsStatement extends Common {
  readonly kind: 'set-constraints'
  /** Empty: ALL. */
  readonly constraints: readonly ObjectName[]
  readonly mode: 'deferred' | 'immediate'
}

export interface PrepareStatement extends Common {
  readonly kind: 'prepare'
  readonly name: string
  /** Text of each declared type as written (`int`, `clinic.kind[]`, `varchar(10)`); fewer than the parameters used: the rest is inferred. */
  readonly parameterTypes: readonly string[]
  readonly inner: InnerStatement
}

export interface ExecuteStatement extends Common {
  readonly kind: 'execute'
  readonly name: string
  /** Each argument's text: `SELECT <text>` parses to the same expression (proved). */
  readonly arguments: readonly string[]
}

/** DEALLOCATE name; undefined: ALL. */
export interface DeallocateStatement extends Common { readonly kind: 'deallocate'; readonly name: string | undefined }

export interface DeclareStatement extends Common {
  readonly kind: 'declare'
  readonly cursor: string
  readonly binary: boolean
  readonly scroll: 'scroll' | 'no-scroll' | undefined
  readonly sensitivity: 'insensitive' | 'asensitive' | undefined
  /** WITH HOLD: outlives the transaction. */
  readonly hold: boolean
  readonly inner: InnerStatement
}

/** FETCH and MOVE. `fetch` returns rows of the cursor's query. */
export interface FetchStatement extends Common {
  readonly kind: 'fetch' | 'move'
  readonly cursor: string
  readonly direction: 'forward' | 'backward' | 'absolute' | 'relative'
  /** Rows, or the position for absolute and relative. May be negative. */
  readonly count: number | 'all'
}

/** CLOSE cursor; undefined: ALL. */
export interface CloseStatement extends Common { readonly kind: 'close'; readonly cursor: string | undefined }

/** The options of COPY that decide how text is cut into fields: PostgreSQL, COPY, Parameters. */
export interface CopyTextOptions {
  readonly delimiter: string
  readonly null: string
  readonly quote: string
  readonly escape: string
  readonly header: boolean
}

/** Options of COPY beyond those that cut text into fields. */
export interface CopyOptions {
  readonly format: 'text' | 'csv' | 'binary'
  /** Defaults of the format filled in. */
  readonly text: CopyTextOptions
  /** HEADER MATCH. */
  readonly headerMatch: boolean
  /** ENCODING, as written; undefined: the client's. */
  readonly encoding: string | undefined
  readonly freeze: boolean
  /** FORCE_QUOTE, FORCE_NULL, FORCE_NOT_NULL; `*` for all columns. */
  readonly forceQuote: readonly string[]
  readonly forceNull: readonly string[]
  readonly forceNotNull: readonly string[]
  /** DEFAULT 'marker' of COPY FROM. */
  readonly defaultMarker: string | undefined
  readonly onError: 'stop' | 'ignore'
  /** LOG_VERBOSITY: `verbose` puts input values into notices. */
  readonly verbosity: 'silent' | 'default' | 'verbose'
  readonly rejectLimit: number | undefined
  /** Names of options that this reader does not know. Not empty: refuse. */
  readonly unknown: readonly string[]
}

export interface CopyStatement extends Common {
  readonly kind: 'copy'
  readonly direction: 'in' | 'out'
  /** `client`: STDIN or STDOUT. `file`, `program`: on the server's machine. */
  readonly endpoint: 'client' | 'file' | 'program'
  /** Either `relation` or `inner`. COPY reads and writes the named table alone, whatever `children` says. */
  readonly relation: RelationName | undefined
  /** Empty: all. */
  readonly columns: readonly string[]
  readonly inner: InnerStatement | undefined
  readonly options: CopyOptions
  /** COPY FROM ... WHERE. */
  readonly where: boolean
}

export interface ExplainStatement extends Common {
  readonly kind: 'explain'
  /** ANALYZE: the statement runs. */
  readonly analyze: boolean
  readonly format: 'text' | 'json' | 'xml' | 'yaml'
  readonly verbose: boolean
  /** Lower-cased names of all options given, in order; the server refuses those it does not know. */
  readonly options: readonly string[]
  /** A query, or CREATE TABLE AS, DECLARE, EXECUTE, REFRESH. */
  readonly inner: InnerStatement
}

export type Persistence = 'permanent' | 'unlogged' | 'temporary'

/** CREATE TABLE AS, CREATE MATERIALIZED VIEW, SELECT INTO. */
export interface CreateTableAsStatement extends Common {
  readonly kind: 'create-table-as'
  readonly form: 'create-table-as' | 'select-into' | 'create-materialized-view'
  readonly target: RelationName
  readonly columns: readonly string[]
  /** `temporary` also for a target in `pg_temp`. An unqualified name may still become temporary when search_path starts with pg_temp. */
  readonly persistence: Persistence
  readonly ifNotExists: boolean
  /** WITH NO DATA: analysed, not run. */
  readonly data: 'with-data' | 'no-data'
  /** A query, or EXECUTE. */
  readonly inner: InnerStatement
}

export interface CreateViewStatement extends Common {
  readonly kind: 'create-view'
  readonly target: RelationName
  readonly columns: readonly string[]
  /** As for {@link CreateTableAsStatement}; a view over a temporary table becomes temporary too. */
  readonly persistence: Persistence
  readonly replace: boolean
  readonly recursive: boolean
  /** Lower-cased names of WITH (...) options: `security_barrier`, `security_invoker`, `check_option`. */
  readonly options: readonly string[]
  readonly inner: InnerStatement
}

export interface RefreshStatement extends Common {
  readonly kind: 'refresh'
  readonly relation: RelationName
  readonly concurrently: boolean
  readonly data: 'with-data' | 'no-data'
}

export interface DoStatement extends Common {
  readonly kind: 'do'
  /** `plpgsql` unless said. */
  readonly language: string
  readonly body: string
}

export interface CallStatement extends Common {
  readonly kind: 'call'
  readonly procedure: ObjectName
  /** `name(arguments)`: `SELECT <text>` parses to the same call (proved). */
  readonly text: string
  readonly start: number
  readonly length: number
}

/** CREATE FUNCTION and CREATE PROCEDURE. */
export interface CreateFunctionStatement extends Common {
  readonly kind: 'create-function'
  readonly function: ObjectName
  readonly replace: boolean
  /** Undefined: SQL with a BEGIN ATOMIC body or RETURN, or an error at the server. */
  readonly language: string | undefined
  readonly securityDefiner: boolean
  /** SET clauses: names as in {@link SetStatement}. */
  readonly settings: readonly string[]
  /** AS 'body'; undefined: BEGIN ATOMIC or RETURN. */
  readonly body: string | undefined
}

/** What changes who may do what. ALTER TABLE ... OWNER TO is a {@link DdlStatement}, since other parts may stand beside it. */
export interface PrivilegeStatement extends Common {
  readonly kind: 'privilege'
  readonly form:
    | 'grant' | 'revoke' | 'grant-role' | 'revoke-role' | 'create-role' | 'alter-role' | 'alter-role-set' | 'alter-database-set' | 'drop-role'
    | 'owner' | 'default-privileges' | 'reassign-owned' | 'drop-owned'
    | 'create-policy' | 'alter-policy' | 'security-label'
  /** Objects whose access changes; empty for roles as such. */
  readonly objects: readonly ObjectName[]
  /** Roles named; `public`, `current_user`, `session_user`, `current_role` as words. */
  readonly roles: readonly string[]
  /** Privilege names, lower case; empty: all, or not applicable. */
  readonly privileges: readonly string[]
  /** ALTER ROLE/DATABASE ... SET or RESET: what it sets for sessions to come. */
  readonly setting: SetStatement | ResetStatement | undefined
}

/** CREATE, ALTER, RENAME and the like, of objects inside the database. */
export interface DdlStatement extends Common {
  readonly kind: 'ddl'
  readonly verb: 'create' | 'alter' | 'rename' | 'move' | 'depends'
  /**
   * First the object created or altered, then every relation that the statement names: what an index, rule or statistics is on, parents
   * and partitions, the target of a foreign key, the source of LIKE, relations in queries and rule actions.
   */
  readonly objects: readonly ObjectName[]
  /** As for {@link CreateTableAsStatement}. */
  readonly persistence: Persistence
  /**
   * It looks at stored rows (checks a constraint, builds an index, converts a column), so whether it fails, and with which text, depends
   * on their values.
   */
  readonly readsRows: boolean
  /** What the expressions call that are evaluated now, over rows, or whenever a value of the domain is read; undefined: none is. */
  readonly evaluates: EvaluatedCode | undefined
  /** It holds expressions, queries or bodies that run now or later (defaults, checks, USING, rule actions, function bodies, triggers). */
  readonly holdsCode: boolean
  /** Some of `actions` change who may do what: an owner, row security, who may fire a trigger. */
  readonly changesAccess: boolean
  /** ALTER TABLE's parts by the grammar's own names (`AT_AddColumn`); other statements: empty. */
  readonly actions: readonly string[]
  /** Statements inside a CREATE SCHEMA, without positions: none of them is sent alone. */
  readonly elements: readonly RawStatement[]
}

/** Every DROP but DROP ROLE and DROP OWNED, which are `privilege`. */
export interface DropStatement extends Common {
  readonly kind: 'drop'
  readonly objects: readonly ObjectName[]
  readonly behavior: 'restrict' | 'cascade'
  readonly ifExists: boolean
}

export interface TruncateStatement extends Common {
  readonly kind: 'truncate'
  readonly relations: readonly RelationName[]
  readonly behavior: 'restrict' | 'cascade'
  readonly restartIdentity: boolean
}

/** COMMENT ON. The text itself is not kept. */
export interface CommentStatement extends Common {
  readonly kind: 'comment'
  readonly object: ObjectName
  /** IS NULL removes it. */
  readonly removes: boolean
}

export interface LockStatement extends Common {
  readonly kind: 'lock'
  readonly relations: readonly RelationName[]
  /** `access share`, ..., `access exclusive`. */
  readonly mode: string
  readonly nowait: boolean
}

export interface ListenStatement extends Common {
  readonly kind: 'listen' | 'unlisten'
  /** Undefined: UNLISTEN *. */
  readonly channel: string | undefined
}

export interface NotifyStatement extends Common { readonly kind: 'notify'; readonly channel: string; readonly payload: 'none' | 'given' }

/** VACUUM, ANALYZE, REINDEX, CLUSTER. */
export interface MaintenanceStatement extends Common {
  readonly kind: 'maintenance'
  readonly verb: 'vacuum' | 'analyze' | 'reindex' | 'cluster'
  /** Empty: all that the caller may. Columns are `part`s. */
  readonly objects: readonly ObjectName[]
  /** Lower-cased option names. VERBOSE puts sizes and counts into notices. */
  readonly options: readonly string[]
}

export interface DiscardStatement extends Common { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'sequences' | 'temp' }

/** What reaches beyond the database: other databases, the server's files, settings, processes, other servers. Its DROPs are `drop`. */
export interface ServerStatement extends Common {
  readonly kind: 'server'
  readonly verb: 'create' | 'alter' | 'import' | 'load' | 'checkpoint'
  readonly objects: readonly ObjectName[]
  /** ALTER SYSTEM SET or RESET. */
  readonly setting: SetStatement | ResetStatement | undefined
}

/** Not understood, so not allowed (P2). `reason` is literal-free: a node's name, or which proof failed. */
export interface UnknownStatement extends Common { readonly kind: 'unknown'; readonly reason: string }

export type RawStatement =
  | QueryStatement | TransactionStatement | SetStatement | ResetStatement | ShowStatement | SetTransactionStatement
  | SetConstraintsStatement | PrepareStatement | ExecuteStatement | DeallocateStatement | DeclareStatement | FetchStatement
  | CloseStatement | CopyStatement | ExplainStatement | CreateTableAsStatement | CreateViewStatement | RefreshStatement | DoStatement
  | CallStatement | CreateFunctionStatement | PrivilegeStatement | DdlStatement | DropStatement | TruncateStatement | CommentStatement
  | LockStatement | ListenStatement | NotifyStatement | MaintenanceStatement | DiscardStatement | ServerStatement | UnknownStatement

/** One statement of a text, ready to be understood: what the server would see if it were sent alone. */
export interface Piece {
  /** First byte in the whole text, and bytes. Pieces follow each other without gap and cover the text. */
  readonly start: number
  readonly length: number
  /** The piece's bytes, leading blanks, comments and the closing semicolon included. */
  readonly text: string
  /** Undefined: nothing but blanks, comments and semicolons; the server answers EmptyQueryResponse when it comes alone. */
  readonly statement: RawStatement | undefined
  readonly identity: StatementIdentity
}
