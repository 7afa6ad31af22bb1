/**
 * PostgreSQL's object types: the grammar's name, ours, and the words of command tags (`DROP <words>`).
 * Source: nodes/parsenodes.h ObjectType and tcop/cmdtaglist.h of 18.
 */
import type { ObjectKind } from './object-name.ts'

export interface ObjectKindRow {
  readonly kind: ObjectKind
  /** As in `CREATE <words>`, `ALTER <words>` (AlterObjectTypeCommandTag, tcop/utility.c) and `DROP <words>`. */
  readonly words: string
  /**
   * How a name's parts are read. `qualified`: [schema.]name. `part`: [schema.]relation.part. `method`: access method, then [schema.]name.
   * `plain`: one word. `pair`: a type and something else.
   */
  readonly shape: 'qualified' | 'part' | 'method' | 'plain' | 'pair'
}

export const OBJECT_KINDS: ReadonlyMap<string, ObjectKindRow> = new Map<string, ObjectKindRow>([
  ['OBJECT_ACCESS_METHOD', { kind: 'access-method', words: 'ACCESS METHOD', shape: 'plain' }],
  ['OBJECT_AGGREGATE', { kind: 'aggregate', words: 'AGGREGATE', shape: 'qualified' }],
  ['OBJECT_ATTRIBUTE', { kind: 'attribute', words: 'TYPE', shape: 'part' }],
  ['OBJECT_CAST', { kind: 'cast', words: 'CAST', shape: 'pair' }],
  ['OBJECT_COLUMN', { kind: 'column', words: 'TABLE', shape: 'part' }],
  ['OBJECT_COLLATION', { kind: 'collation', words: 'COLLATION', shape: 'qualified' }],
  ['OBJECT_CONVERSION', { kind: 'conversion', words: 'CONVERSION', shape: 'qualified' }],
  ['OBJECT_DATABASE', { kind: 'database', words: 'DATABASE', shape: 'plain' }],
  ['OBJECT_DOMAIN', { kind: 'domain', words: 'DOMAIN', shape: 'qualified' }],
  ['OBJECT_DOMCONSTRAINT', { kind: 'domain-constraint', words: 'DOMAIN', shape: 'pair' }],
  ['OBJECT_EVENT_TRIGGER', { kind: 'event-trigger', words: 'EVENT TRIGGER', shape: 'plain' }],
  ['OBJECT_EXTENSION', { kind: 'extension', words: 'EXTENSION', shape: 'plain' }],
  ['OBJECT_FDW', { kind: 'foreign-data-wrapper', words: 'FOREIGN DATA WRAPPER', shape: 'plain' }],
  ['OBJECT_FOREIGN_SERVER', { kind: 'foreign-server', words: 'SERVER', shape: 'plain' }],
  ['OBJECT_FOREIGN_TABLE', { kind: 'foreign-table', words: 'FOREIGN TABLE', shape: 'qualified' }],
  ['OBJECT_FUNCTION', { kind: 'function', words: 'FUNCTION', shape: 'qualified' }],
  ['OBJECT_INDEX', { kind: 'index', words: 'INDEX', shape: 'qualified' }],
  ['OBJECT_LANGUAGE', { kind: 'language', words: 'LANGUAGE', shape: 'plain' }],
  ['OBJECT_LARGEOBJECT', { kind: 'large-object', words: 'LARGE OBJECT', shape: 'plain' }],
  ['OBJECT_MATVIEW', { kind: 'materialized-view', words: 'MATERIALIZED VIEW', shape: 'qualified' }],
  ['OBJECT_OPCLASS', { kind: 'operator-class', words: 'OPERATOR CLASS', shape: 'method' }],
  ['OBJECT_OPERATOR', { kind: 'operator', words: 'OPERATOR', shape: 'qualified' }],
  ['OBJECT_OPFAMILY', { kind: 'operator-family', words: 'OPERATOR FAMILY', shape: 'method' }],
  ['OBJECT_PARAMETER_ACL', { kind: 'parameter', words: 'PARAMETER', shape: 'plain' }],
  ['OBJECT_POLICY', { kind: 'policy', words: 'POLICY', shape: 'part' }],
  ['OBJECT_PROCEDURE', { kind: 'procedure', words: 'PROCEDURE', shape: 'qualified' }],
  ['OBJECT_PUBLICATION', { kind: 'publication', words: 'PUBLICATION', shape: 'plain' }],
  ['OBJECT_ROLE', { kind: 'role', words: 'ROLE', shape: 'plain' }],
  ['OBJECT_ROUTINE', { kind: 'routine', words: 'ROUTINE', shape: 'qualified' }],
  ['OBJECT_RULE', { kind: 'rule', words: 'RULE', shape: 'part' }],
  ['OBJECT_SCHEMA', { kind: 'schema', words: 'SCHEMA', shape: 'plain' }],
  ['OBJECT_SEQUENCE', { kind: 'sequence', words: 'SEQUENCE', shape: 'qualified' }],
  ['OBJECT_SUBSCRIPTION', { kind: 'subscription', words: 'SUBSCRIPTION', shape: 'plain' }],
  ['OBJECT_STATISTIC_EXT', { kind: 'statistics', words: 'STATISTICS', shape: 'qualified' }],
  ['OBJECT_TABCONSTRAINT', { kind: 'table-constraint', words: 'TABLE', shape: 'part' }],
  ['OBJECT_TABLE', { kind: 'table', words: 'TABLE', shape: 'qualified' }],
  ['OBJECT_TABLESPACE', { kind: 'tablespace', words: 'TABLESPACE', shape: 'plain' }],
  ['OBJECT_TRANSFORM', { kind: 'transform', words: 'TRANSFORM', shape: 'pair' }],
  ['OBJECT_TRIGGER', { kind: 'trigger', words: 'TRIGGER', shape: 'part' }],
  ['OBJECT_TSCONFIGURATION', { kind: 'text-search-configuration', words: 'TEXT SEARCH CONFIGURATION', shape: 'qualified' }],
  ['OBJECT_TSDICTIONARY', { kind: 'text-search-dictionary', words: 'TEXT SEARCH DICTIONARY', shape: 'qualified' }],
  ['OBJECT_TSPARSER', { kind: 'text-search-parser', words: 'TEXT SEARCH PARSER', shape: 'qualified' }],
  ['OBJECT_TSTEMPLATE', { kind: 'text-search-template', words: 'TEXT SEARCH TEMPLATE', shape: 'qualified' }],
  ['OBJECT_TYPE', { kind: 'type', words: 'TYPE', shape: 'qualified' }],
  ['OBJECT_USER_MAPPING', { kind: 'user-mapping', words: 'USER MAPPING', shape: 'plain' }],
  ['OBJECT_VIEW', { kind: 'view', words: 'VIEW', shape: 'qualified' }],
])
