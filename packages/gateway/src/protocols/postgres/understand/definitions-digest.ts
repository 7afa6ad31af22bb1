/**
 * What a statement rests on beside its text, as one hash: the trees the server makes of it and of all that it calls (views expanded, tables by
 * OID), the bodies of functions, the triggers and row security of tables. An approval is bound to it, so that what was approved is what runs.
 * Where it stops: rows. What an approved condition selects may be others by the time it runs.
 */
import { createHash } from 'node:crypto'
import type { Analysed, AnalysisError, Catalog, FunctionFacts, RelationFacts } from '@doorward/sql'

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

  /** The same catalog, whatever it can be asked, and what was looked up in it is noted. */
  catalogOf(catalog: Catalog): Catalog {
    return new Proxy(catalog, {
      get: (known, name) => {
        const value: unknown = Reflect.get(known, name, known)
        if (typeof value !== 'function') return value
        return (...asked: readonly unknown[]): unknown => {
          const found: unknown = Reflect.apply(value, known, asked)
          // By its interface: these two answer with these facts.
          if (found !== undefined && name === 'function') this.#function(found as FunctionFacts)
          if (found !== undefined && (name === 'relation' || name === 'relationNamed')) this.#relation(found as RelationFacts)
          return found
        }
      },
    })
  }

  /** sha256, hex. The order in which it was asked says nothing: part of it may have been known before. */
  digest(): string {
    const sorted = (notes: ReadonlyMap<string, unknown>): unknown => [...notes].sort(([one], [other]) => (one < other ? -1 : 1))
    return createHash('sha256').update(JSON.stringify([sorted(this.#answers), sorted(this.#facts)])).digest('hex')
  }

  #function(facts: FunctionFacts): void { this.#facts.set(`function ${facts.oid}`, facts) }

  /** Not its columns, keys and indexes: what of those matters stands in the trees, and an index more changes no meaning. */
  #relation({ oid, schema, name, triggers, definition, rowSecurity, policies }: RelationFacts): void {
    this.#facts.set(`relation ${oid}`, [schema, name, triggers, definition, rowSecurity, policies])
  }
}
