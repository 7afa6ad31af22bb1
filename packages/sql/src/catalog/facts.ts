/** What `sql` knows of the target's catalog, by OID. A snapshot: synchronous, loaded by the gateway with the queries of this folder. */

export interface AttributeFacts {
  readonly number: number
  readonly name: string
  readonly typeOid: number
  /** Generated: its value is computed from other columns, when written or when read. */
  readonly generated: 'no' | 'stored' | 'virtual'
  /** The tree that a virtual column is computed by (`adbin`); undefined for others. */
  readonly expression: string | undefined
  readonly notNull: boolean
  readonly dropped: boolean
}

/** A trigger somebody made: it runs a function when rows are written. Triggers behind constraints are not among them. */
export interface TriggerFacts {
  readonly function: number
  readonly events: readonly ('insert' | 'update' | 'delete' | 'truncate')[]
}

/** A unique index, or an exclusion constraint: two rows may not agree in these columns. */
export interface UniqueKeyFacts {
  /** Attribute numbers; 0 stands for an expression, which may use any column. */
  readonly columns: readonly number[]
  readonly primary: boolean
}

/** A foreign key, seen from the table that refers to another. */
export interface ForeignKeyFacts {
  readonly columns: readonly number[]
  readonly relation: number
  readonly referenced: readonly number[]
}

/** A foreign key, seen from the table that is referred to: what happens over there when a row here goes or changes. */
export interface ReferringKeyFacts {
  readonly relation: number
  readonly columns: readonly number[]
  readonly referenced: readonly number[]
  readonly onDelete: 'refuse' | 'delete' | 'update'
  readonly onUpdate: 'refuse' | 'update'
}

export interface RelationFacts {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** pg_class.relkind. */
  readonly kind: 'r' | 'v' | 'm' | 'p' | 'f' | 'S' | 'c' | 't' | 'i' | 'I'
  /** pg_class.relpersistence = 't'. */
  readonly temporary: boolean
  readonly attributes: ReadonlyMap<number, AttributeFacts>
  /** Inheritance and partition parents, direct. */
  readonly parents: readonly number[]
  readonly children: readonly number[]
  readonly triggers: readonly TriggerFacts[]
  readonly uniqueKeys: readonly UniqueKeyFacts[]
  readonly foreignKeys: readonly ForeignKeyFacts[]
  readonly referringKeys: readonly ReferringKeyFacts[]
  /** Sequences: the table whose column it numbers (serial, identity); undefined: nobody's. */
  readonly ownedBy: number | undefined
  /** Partitioned tables: attribute numbers of the key, 0 for an expression. Undefined for others. */
  readonly partitionKey: readonly number[] | undefined
  /** A materialized view: its stored rule tree (`pg_rewrite.ev_action` text); undefined for others, since views arrive expanded. */
  readonly definition: string | undefined
  readonly rowSecurity: boolean
  /**
   * Row security policies of all roles and commands, as trees: which rows are there (USING), which may be written (WITH CHECK). The analysed
   * tree holds those of the analysing role only, and the statement runs as another.
   */
  readonly policies: { readonly using: readonly string[]; readonly check: readonly string[] }
  /** Trees that run on writes: check constraints, stored generated columns, index expressions and predicates (`conbin`, `adbin`, ...). */
  readonly writeExpressions: readonly string[]
}

export interface ParameterFacts {
  /** Empty when it has none. */
  readonly name: string
  /** VARIADIC is `in`, a column of RETURNS TABLE `out`. */
  readonly mode: 'in' | 'out' | 'inout'
  readonly type: number
}

export interface FunctionFacts {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'f' | 'p' | 'a' | 'w'
  readonly language: string
  readonly volatility: 'i' | 's' | 'v'
  readonly strict: boolean
  readonly returnsSet: boolean
  readonly returnTypeOid: number
  readonly argumentTypes: readonly number[]
  readonly securityDefiner: boolean
  /** pg_proc.proconfig is set: the body runs under other settings. */
  readonly hasConfiguration: boolean
  /** Names of the arguments by position, where given; empty strings for those without. */
  readonly argumentNames: readonly string[]
  /** Arguments and results declared as parameters, in order: what $1, $2, ... are in PL/pgSQL. */
  readonly parameters: readonly ParameterFacts[]
  /** The tree of the last arguments' defaults (`proargdefaults`); undefined: none has one. */
  readonly argumentDefaults: string | undefined
  /** Source text of a string body. */
  readonly source: string
  /** pg_proc.prosqlbody text of a BEGIN ATOMIC body. */
  readonly body: string | undefined
  /** Aggregates: transition, final, combine, ... function OIDs. */
  readonly supportFunctions: readonly number[]
}

export interface TypeFacts {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** pg_type.typtype. */
  readonly kind: 'b' | 'c' | 'd' | 'e' | 'p' | 'r' | 'm'
  readonly elementOid: number
  readonly baseOid: number
  /** Composite: the relation that holds its attributes. */
  readonly relationOid: number
  readonly inputFunction: number
  readonly outputFunction: number
  /** Domain check constraint trees (`conbin`). */
  readonly checks: readonly string[]
}

/** OIDs a tree names that the snapshot lacks. */
export interface CatalogNeeds {
  readonly relations: readonly number[]
  readonly functions: readonly number[]
  readonly types: readonly number[]
  readonly operators: readonly number[]
}

export interface OperatorFacts { readonly oid: number; readonly schema: string; readonly name: string; readonly function: number }

export interface Catalog {
  /** `server_version_num` / 10000: 15 to 18. */
  readonly serverMajor: number
  relation(oid: number): RelationFacts | undefined
  relationNamed(schema: string, name: string): RelationFacts | undefined
  function(oid: number): FunctionFacts | undefined
  operator(oid: number): OperatorFacts | undefined
  type(oid: number): TypeFacts | undefined
  /** Domains that have a check. */
  checkedDomains(): readonly TypeFacts[]
  /** Types made after initdb of this name, in whatever schema. */
  typesNamed(name: string): readonly TypeFacts[]
  /** Whether somebody made a function of this name. */
  hasOwnFunction(name: string): boolean
  /** Whether somebody made an operator of this name. */
  hasOwnOperator(name: string): boolean
  /** What understand-inputs.ts has found out; undefined: nobody has asked since the definitions were loaded. */
  inputs: 'harmless' | 'suspect' | undefined
  /** `schema.name` of any function, known without its facts; undefined: not loaded. For messages. */
  functionName(oid: number): string | undefined
}
