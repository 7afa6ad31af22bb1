/**
 * Columns of the system catalogs that are not simply open, each with its reason; every other column of pg_catalog and
 * information_schema is open to whoever may connect. Base tables only: the system views (pg_stats, pg_roles, information_schema.*) arrive
 * expanded down to these and to functions, whose columns are in function-columns.table.ts. PostgreSQL 15 to 18, System Catalogs.
 *
 * What must stay possible, word for word: the introspection of psql, pg_dump --schema-only, JDBC, the ORMs. So a column that one
 * of them reads is never `closed`; where it may hold what a person wrote, it has one of the other kinds.
 */

export interface ColumnRule {
  /**
   * `closed`: data, statistics of data, other people's statements, credentials: refused to a masked caller in every use.
   * `definition`: SQL text with literals; `comment`: free text: a masked caller gets it through `redactDefinition`, or only the server's own
   * (shownCommentsQuery); in predicates it is free. `datum`: an expression tree or a value in internal form, with its literals as bytes: delivered redacted as a whole, else
   * only tested for null or given to a function of the catalog (pg_get_expr), whose result is a definition.
   */
  readonly kind: 'closed' | 'definition' | 'comment' | 'datum'
  readonly why: string
}

export interface CatalogColumns extends ColumnRule {
  readonly relation: string
  readonly columns: readonly string[]
}

export const CATALOG_COLUMNS: readonly CatalogColumns[] = [
  // Statistics: made of values.
  { relation: 'pg_statistic', kind: 'closed', why: 'statistics of column values: common values, bounds, frequencies, widths, how many are null or distinct',
    columns: ['stanullfrac', 'stawidth', 'stadistinct', 'stakind1', 'stakind2', 'stakind3', 'stakind4', 'stakind5', 'staop1', 'staop2', 'staop3', 'staop4', 'staop5',
      'stacoll1', 'stacoll2', 'stacoll3', 'stacoll4', 'stacoll5', 'stanumbers1', 'stanumbers2', 'stanumbers3', 'stanumbers4', 'stanumbers5',
      'stavalues1', 'stavalues2', 'stavalues3', 'stavalues4', 'stavalues5'] },
  { relation: 'pg_statistic_ext_data', kind: 'closed', why: 'statistics over several columns: their common values and dependencies',
    columns: ['stxdndistinct', 'stxddependencies', 'stxdmcv', 'stxdexpr'] },
  // Data and credentials.
  { relation: 'pg_largeobject', kind: 'closed', why: 'the bytes of large objects, which no classification covers', columns: ['pageno', 'data'] },
  { relation: 'pg_authid', kind: 'closed', why: 'password hashes', columns: ['rolpassword'] },
  { relation: 'pg_user_mapping', kind: 'closed', why: 'credentials of foreign servers', columns: ['umoptions'] },
  { relation: 'pg_subscription', kind: 'closed', why: 'the connection string of a publisher, with its password', columns: ['subconninfo'] },
  { relation: 'pg_stat_statements', kind: 'closed', why: 'texts of other people\'s statements (the relation of the extension, in any schema)', columns: ['query'] },
  // Definitions as text: read by pg_dump, psql, ORMs.
  { relation: 'pg_proc', kind: 'definition', why: 'the source text of a function may hold literals', columns: ['prosrc'] },
  { relation: 'pg_type', kind: 'definition', why: 'the default of a domain is a literal', columns: ['typdefault'] },
  { relation: 'pg_aggregate', kind: 'definition', why: 'initial values of an aggregate are literals', columns: ['agginitval', 'aggminitval'] },
  // Free text of whoever may define objects.
  { relation: 'pg_description', kind: 'comment', why: 'comments', columns: ['description'] },
  { relation: 'pg_shdescription', kind: 'comment', why: 'comments on databases, roles and tablespaces', columns: ['description'] },
  { relation: 'pg_seclabel', kind: 'comment', why: 'security labels', columns: ['label'] },
  { relation: 'pg_shseclabel', kind: 'comment', why: 'security labels', columns: ['label'] },
  { relation: 'pg_db_role_setting', kind: 'comment', why: 'settings of roles and databases, custom ones with any text (often secrets of an application)', columns: ['setconfig'] },
  // Definitions and values in internal form.
  { relation: 'pg_attrdef', kind: 'datum', why: 'the tree of a default, literals as bytes', columns: ['adbin'] },
  { relation: 'pg_attribute', kind: 'datum', why: 'the value that rows older than the column have', columns: ['attmissingval'] },
  { relation: 'pg_class', kind: 'datum', why: 'the tree of a partition bound, literals as bytes', columns: ['relpartbound'] },
  { relation: 'pg_constraint', kind: 'datum', why: 'the tree of a check, literals as bytes', columns: ['conbin'] },
  { relation: 'pg_index', kind: 'datum', why: 'trees of index expressions and predicates, literals as bytes', columns: ['indexprs', 'indpred'] },
  { relation: 'pg_partitioned_table', kind: 'datum', why: 'trees of partition keys, literals as bytes', columns: ['partexprs'] },
  { relation: 'pg_policy', kind: 'datum', why: 'trees of row security conditions, literals as bytes', columns: ['polqual', 'polwithcheck'] },
  { relation: 'pg_proc', kind: 'datum', why: 'trees of argument defaults and SQL bodies, literals as bytes; settings of a function, custom ones with any text',
    columns: ['proargdefaults', 'prosqlbody', 'proconfig'] },
  { relation: 'pg_publication_rel', kind: 'datum', why: 'the tree of a row filter, literals as bytes', columns: ['prqual'] },
  { relation: 'pg_rewrite', kind: 'datum', why: 'trees of views and rules, literals as bytes', columns: ['ev_qual', 'ev_action'] },
  { relation: 'pg_statistic_ext', kind: 'datum', why: 'trees of expressions, literals as bytes', columns: ['stxexprs'] },
  { relation: 'pg_trigger', kind: 'datum', why: 'arguments of a trigger as bytes, and the tree of its condition', columns: ['tgargs', 'tgqual'] },
  { relation: 'pg_type', kind: 'datum', why: 'the tree of a domain\'s default, literals as bytes', columns: ['typdefaultbin'] },
]
