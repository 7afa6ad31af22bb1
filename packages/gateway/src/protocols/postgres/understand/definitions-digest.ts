/**
 * What a statement rests on beside its text, as one hash: the trees the server makes of it and of all that it calls (views expanded, tables by
 * OID), the bodies of functions, the triggers and row security of tables. An approval is bound to it, so that what was approved is what runs.
 * Where it stops: rows. What an approved condition selects may be others by the time it runs.
 */
import { createHash } from 'node:crypto'
import type { Analysed, AnalysisError, Catalog, FunctionFacts, OperatorFacts, RelationFacts, TypeFacts } from '@doorward/sql'

type Analyse = (text: string, parameterTypes: readonly number[]) => Promise<Analysed | AnalysisError>

export class DefinitionsDigest {
  readonly #answers = new Map<string, unknown>()
  readonly #facts = new Map<string, unknown>()

  /** The same answers, noted. */
  noting(analyse: Analyse): Analyse {
    return async (text, parameterTypes) => {
      const answer = await analyse(text, parameterTypes)
      this.#answers.set(JSON.stringify([text, parameterTypes]), answer.kind === 'analysed' ? answer.trees : answer.sqlState)
      return answer
    }
  }

  /** The same catalog, and what was looked up in it is noted. */
  catalogOf(catalog: Catalog): Catalog { return new NotingCatalog(catalog, (key, facts) => { this.#facts.set(key, facts) }) }

  /** sha256, hex. The order in which it was asked says nothing: part of it may have been known before. */
  digest(): string {
    const sorted = (notes: ReadonlyMap<string, unknown>): unknown => [...notes].sort(([one], [other]) => (one < other ? -1 : 1))
    return createHash('sha256').update(JSON.stringify([sorted(this.#answers), sorted(this.#facts)])).digest('hex')
  }
}

class NotingCatalog implements Catalog {
  readonly #catalog: Catalog
  readonly #note: (key: string, facts: unknown) => void

  constructor(catalog: Catalog, note: (key: string, facts: unknown) => void) {
    this.#catalog = catalog
    this.#note = note
  }

  get serverMajor(): number { return this.#catalog.serverMajor }
  relation(oid: number): RelationFacts | undefined { return this.#relation(this.#catalog.relation(oid)) }
  relationNamed(schema: string, name: string): RelationFacts | undefined { return this.#relation(this.#catalog.relationNamed(schema, name)) }
  operator(oid: number): OperatorFacts | undefined { return this.#catalog.operator(oid) }
  type(oid: number): TypeFacts | undefined { return this.#catalog.type(oid) }
  functionName(oid: number): string | undefined { return this.#catalog.functionName(oid) }

  function(oid: number): FunctionFacts | undefined {
    const facts = this.#catalog.function(oid)
    if (facts !== undefined) this.#note(`function ${oid}`, facts)
    return facts
  }

  /** Not its columns, keys and indexes: what of those matters stands in the trees, and an index more changes no meaning. */
  #relation(facts: RelationFacts | undefined): RelationFacts | undefined {
    if (facts !== undefined) this.#note(`relation ${facts.oid}`, [facts.schema, facts.name, facts.triggers, facts.definition, facts.rowSecurity, facts.policies])
    return facts
  }
}
