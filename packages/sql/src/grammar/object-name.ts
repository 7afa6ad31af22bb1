/**
 * Names as the catalog holds them: the grammar has folded and unquoted them already, so `"Patients"` is `Patients` and `PATIENTS`
 * is `patients`. Where a name resolves to (search_path) is not known here.
 */

/** PostgreSQL's ObjectType (nodes/parsenodes.h), in words. */
export type ObjectKind =
  | 'access-method' | 'aggregate' | 'cast' | 'column' | 'collation' | 'conversion' | 'database' | 'default' | 'domain'
  | 'domain-constraint' | 'event-trigger' | 'extension' | 'foreign-data-wrapper' | 'foreign-server' | 'foreign-table' | 'function'
  | 'index' | 'language' | 'large-object' | 'materialized-view' | 'operator-class' | 'operator' | 'operator-family' | 'parameter'
  | 'policy' | 'procedure' | 'publication' | 'role' | 'routine' | 'rule' | 'schema' | 'sequence' | 'subscription' | 'statistics'
  | 'table-constraint' | 'table' | 'tablespace' | 'transform' | 'trigger' | 'text-search-configuration' | 'text-search-dictionary'
  | 'text-search-parser' | 'text-search-template' | 'type' | 'user-mapping' | 'view' | 'attribute' | 'operator-method' | 'relation'
  | 'all-in-schema' | 'system'

/** One object a statement names. */
export interface ObjectName {
  /** As the statement calls it: GRANT ... ON t and COMMENT ON TABLE v may name a view. `relation`: a table, view or any other. */
  readonly kind: ObjectKind
  /** Undefined: as the session's search_path finds it, or the kind has no schema. */
  readonly schema: string | undefined
  /** A relation's, function's, role's name. Of columns, constraints, triggers, rules and policies: the relation's name, see `part`. */
  readonly name: string
  /** The column, constraint, trigger, rule or policy within the relation. */
  readonly part: string | undefined
}

/** A relation as a statement names it. A catalog name, where given, must be the current database or the server refuses. */
export interface RelationName {
  readonly catalog: string | undefined
  readonly schema: string | undefined
  readonly name: string
  /** Without ONLY: its children too. */
  readonly children: boolean
}
