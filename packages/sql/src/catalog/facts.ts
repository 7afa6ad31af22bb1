/** What `sql` knows of the target's catalog, by OID. A snapshot: synchronous, loaded by the gateway with the queries of this folder. */

export interface AttributeFacts {
  readonly number: number
  readonly name: string
  readonly typeOid: number
  /** Stored generated column: its value is computed from other columns. */
  readonly generated: boolean
  readonly dropped: boolean
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
  /** Triggers fire functions on writes. OIDs of their functions. */
  readonly triggers: readonly number[]
  /** A materialized view or view: its stored rule tree (`pg_rewrite.ev_action` text); undefined for others. */
  readonly definition: string | undefined
  readonly rowSecurity: boolean
  /** Trees of column defaults, generated expressions and check constraints that run on writes (`adbin`, `conbin` texts). */
  readonly writeExpressions: readonly string[]
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
}
