/**
 * What is known of a target's catalog, by OID: filled by the gateway with the answers to queries.ts, read by the analysis. It only
 * grows until it is started over; the version probe and DDL on the wire say when.
 */
import {
  FIRST_USER_OID, shownCommentsQuery, decodeFunctions, decodeNames, decodeOperators, decodeRelations, decodeTexts, decodeTypes, functionNamesQuery, functionsQuery, operatorsQuery, ownFunctionNamesQuery,
  relationsQuery, typesQuery, type TextRow,
} from './queries.ts'
import type { Catalog, CatalogNeeds, FunctionFacts, OperatorFacts, RelationFacts, TypeFacts } from './facts.ts'

/** A query to run, and what to do with its rows. */
export interface CatalogLoad {
  /** What it asks for, literal-free: `relations user`, `functions 16402,16403`. */
  readonly what: string
  readonly sql: string
  /** @throws {SqlFault} `catalog-row` */
  readonly take: (rows: readonly TextRow[]) => void
}

export class CatalogSnapshot implements Catalog {
  readonly serverMajor: number
  readonly #relations = new Map<number, RelationFacts>()
  readonly #names = new Map<string, RelationFacts>()
  readonly #functions = new Map<number, FunctionFacts>()
  readonly #operators = new Map<number, OperatorFacts>()
  readonly #types = new Map<number, TypeFacts>()
  readonly #ownFunctions = new Set<string>()
  #checkedDomains: readonly TypeFacts[] | undefined
  inputs: 'harmless' | 'suspect' | undefined
  readonly #functionNames: Map<number, string>
  readonly #comments: Set<string>
  readonly #builtIns: 'known' | 'unknown'

  /**
   * @param serverVersion `server_version_num`.
   * @param before an earlier snapshot of the same database: what initdb made is taken over from it, and not asked for again. Comments that were
   *   shown before stay shown.
   */
  constructor(serverVersion: number, before?: CatalogSnapshot) {
    this.serverMajor = Math.trunc(serverVersion / 10_000)
    this.#builtIns = before === undefined || before.#functionNames.size === 0 ? 'unknown' : 'known'
    this.#functionNames = before === undefined ? new Map() : before.#functionNames
    this.#comments = new Set(before === undefined ? [] : before.#comments)
    if (before === undefined) return
    for (const [oid, operator] of before.#operators) if (oid < FIRST_USER_OID) this.#operators.set(oid, operator)
  }

  relation(oid: number): RelationFacts | undefined { return this.#relations.get(oid) }
  relationNamed(schema: string, name: string): RelationFacts | undefined { return this.#names.get(`${schema}\u0000${name}`) }
  function(oid: number): FunctionFacts | undefined { return this.#functions.get(oid) }
  operator(oid: number): OperatorFacts | undefined { return this.#operators.get(oid) }
  type(oid: number): TypeFacts | undefined { return this.#types.get(oid) }
  typesNamed(name: string): readonly TypeFacts[] { return [...this.#types.values()].filter(facts => facts.name === name && facts.oid >= FIRST_USER_OID) }
  hasOwnFunction(name: string): boolean { return this.#ownFunctions.has(name) }
  hasOwnOperator(name: string): boolean { return [...this.#operators.values()].some(facts => facts.name === name && facts.oid >= FIRST_USER_OID) }
  checkedDomains(): readonly TypeFacts[] {
    this.#checkedDomains ??= [...this.#types.values()].filter(facts => facts.kind === 'd' && facts.checks.length > 0)
    return this.#checkedDomains
  }
  functionName(oid: number): string | undefined {
    const facts = this.#functions.get(oid)
    return facts === undefined ? this.#functionNames.get(oid) : `${facts.schema}.${facts.name}`
  }
  /** @returns whether a masked caller is shown a comment, see {@link shownCommentsQuery}. */
  isShownComment(text: string): boolean { return this.#comments.has(text) }
  relations(): IterableIterator<RelationFacts> { return this.#relations.values() }

  /** What to run first: all relations and types that people made; every operator and the names of built-in functions, where they are not known. */
  initialLoads(): readonly CatalogLoad[] {
    const user: readonly CatalogLoad[] = [
      { what: 'relations user', sql: relationsQuery('user'), take: rows => { this.addRelations(decodeRelations(rows)) } },
      { what: 'types user', sql: typesQuery('user'), take: rows => { this.addTypes(decodeTypes(rows)) } },
      { what: 'own function names', sql: ownFunctionNamesQuery(), take: rows => { for (const name of decodeTexts(rows)) this.#ownFunctions.add(name) } },
    ]
    if (this.#builtIns === 'known') {
      return [
        ...user,
        { what: 'operators user', sql: operatorsQuery('user'), take: rows => { this.addOperators(decodeOperators(rows)) } },
        { what: 'shown comments user', sql: shownCommentsQuery('user'), take: rows => { for (const text of decodeTexts(rows)) this.#comments.add(text) } },
      ]
    }
    return [
      ...user,
      { what: 'operators all', sql: operatorsQuery('all'), take: rows => { this.addOperators(decodeOperators(rows)) } },
      { what: 'function names', sql: functionNamesQuery(), take: rows => { for (const [oid, name] of decodeNames(rows)) this.#functionNames.set(oid, name) } },
      { what: 'shown comments', sql: shownCommentsQuery(), take: rows => { for (const text of decodeTexts(rows)) this.#comments.add(text) } },
    ]
  }

  /** What to run to answer a `catalog` question. */
  loadsFor(needs: CatalogNeeds): readonly CatalogLoad[] {
    const loads: CatalogLoad[] = []
    if (needs.relations.length > 0) loads.push({ what: `relations ${needs.relations.join(',')}`, sql: relationsQuery(needs.relations), take: rows => { this.addRelations(decodeRelations(rows)) } })
    if (needs.functions.length > 0) loads.push({ what: `functions ${needs.functions.join(',')}`, sql: functionsQuery(needs.functions), take: rows => { this.addFunctions(decodeFunctions(rows)) } })
    if (needs.types.length > 0) loads.push({ what: `types ${needs.types.join(',')}`, sql: typesQuery(needs.types), take: rows => { this.addTypes(decodeTypes(rows)) } })
    if (needs.operators.length > 0) loads.push({ what: `operators ${needs.operators.join(',')}`, sql: operatorsQuery(needs.operators), take: rows => { this.addOperators(decodeOperators(rows)) } })
    return loads
  }

  addRelations(facts: readonly RelationFacts[]): void {
    for (const relation of facts) {
      const before = this.#relations.get(relation.oid)
      const known = before === undefined ? undefined : this.#names.get(`${before.schema}\u0000${before.name}`)
      // Another relation may have taken the name meanwhile.
      if (before !== undefined && known?.oid === relation.oid) this.#names.delete(`${before.schema}\u0000${before.name}`)
      this.#relations.set(relation.oid, relation)
      this.#names.set(`${relation.schema}\u0000${relation.name}`, relation)
    }
  }

  addFunctions(facts: readonly FunctionFacts[]): void { for (const known of facts) this.#functions.set(known.oid, known) }
  addTypes(facts: readonly TypeFacts[]): void {
    for (const known of facts) this.#types.set(known.oid, known)
    this.#checkedDomains = undefined
    this.inputs = undefined
  }

  addOperators(facts: readonly OperatorFacts[]): void { for (const known of facts) this.#operators.set(known.oid, known) }
}
