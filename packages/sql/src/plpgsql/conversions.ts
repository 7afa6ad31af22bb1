/**
 * How PL/pgSQL makes a value of one type into one of another: by the cast that an assignment finds, or through text. The server is asked
 * for an explicit cast, which finds the same functions and some more; where there is none, the way through text is taken.
 * Source: PostgreSQL, src/pl/plpgsql/src/pl_exec.c (get_cast_hashentry).
 */
import type { Catalog } from '../catalog/facts.ts'
import type { Conversion } from '../flow/routine-body.ts'
import type { Answer, Question } from '../plan.ts'
import { readTree } from '../tree/read-tree.ts'
import { ask, type SqlContext } from './body-sql.ts'
import { notRead } from './routine.ts'

const TEXT = 25, VARCHAR = 1043, UNKNOWN = 705
const INT2 = 21, INT4 = 23, INT8 = 20, NUMERIC = 1700

/** Casts that no value makes fail. */
const WIDENING: ReadonlySet<string> = new Set([`${INT2} ${INT4}`, `${INT2} ${INT8}`, `${INT4} ${INT8}`, `${INT2} ${NUMERIC}`, `${INT4} ${NUMERIC}`, `${INT8} ${NUMERIC}`])

export class Conversions {
  readonly #context: SqlContext
  readonly #catalog: Catalog
  readonly #known = new Map<string, Conversion>()

  constructor(context: SqlContext, catalog: Catalog) {
    this.#context = context
    this.#catalog = catalog
  }

  /** @returns undefined: nothing is done to the value. @throws {SqlFault} `unsupported` */
  *between(from: number, to: { readonly type: number; readonly limited: boolean }): Generator<Question, Conversion | undefined, Answer> {
    const source = from === UNKNOWN ? TEXT : from
    if (source === to.type && !to.limited) return undefined
    const key = `${source} ${to.type} ${to.limited ? 'limited' : ''}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const never = !to.limited && (to.type === TEXT || to.type === VARCHAR || WIDENING.has(`${source} ${to.type}`))
    const conversion: Conversion = { trees: yield* this.#castTrees(source, to.type), fails: never ? 'never' : 'by-value' }
    this.#known.set(key, conversion)
    return conversion
  }

  *#castTrees(from: number, to: number): Generator<Question, Conversion['trees'], Answer> {
    if (from === to) return []
    const name = yield* this.#typeName(to)
    const casts = [`SELECT CAST($1 AS ${name})`, `SELECT CAST(CAST($1 AS pg_catalog.text) AS ${name})`]
    for (const cast of casts) {
      const answer = yield* ask(this.#context, cast, [from])
      if (answer.kind === 'analysed') return answer.trees.flatMap(tree => readTree(tree, { serverMajor: this.#context.serverMajor, folded: true }))
    }
    throw notRead('a value of a type that cannot become another')
  }

  *#typeName(oid: number): Generator<Question, string, Answer> {
    if (this.#catalog.type(oid) === undefined) yield { kind: 'catalog', needs: { relations: [], functions: [], types: [oid], operators: [] } }
    const facts = this.#catalog.type(oid)
    if (facts === undefined) throw notRead('a type that is not in the catalog')
    return [facts.schema, facts.name].map(name => `"${name.replaceAll('"', '""')}"`).join('.')
  }
}
