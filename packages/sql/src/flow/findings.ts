/**
 * What the walk over a statement's trees finds besides the flow into outputs: uses of PHI that no mask can hide, effects, what it
 * depends on. One collector per statement; the same finding twice is one finding.
 */
import type { ColumnUse, Effect } from '@doorward/core'
import { isTainted, sourceKey, type CatalogText, type Taint } from './taint.ts'

export type UseContext = ColumnUse['context']

/** Where and by what a tainted value is used. */
export interface UseSite {
  readonly context: UseContext
  /** Literal-free: an operator, a function, a clause. */
  readonly via: string
  /** Plain equality with a parameter or a literal. */
  readonly equality?: boolean
  /** With `equality`: how many values are compared with; undefined: nobody can say. */
  readonly values?: number
}

/** A call of set_config, or what else changes the session's state from within a query. Undefined: not a constant. */
export interface SettingCall {
  readonly name: string | undefined
  readonly value: string | undefined
  readonly local: boolean | undefined
}


const TEXT_COLUMNS: Readonly<Record<CatalogText, ColumnUse['column']>> = {
  definition: { relation: 'pg_catalog', column: 'definition', class: 'free-text' },
  comment: { relation: 'pg_catalog', column: 'comment', class: 'free-text' },
  datum: { relation: 'pg_catalog', column: 'definition', class: 'free-text' },
}

/**
 * Where definitions and comments may be used: they are about tables, not patients, and tools search them (`pg_get_expr(...) ~ 'nextval'`).
 * So they can be searched for a guess by a masked caller too; docs/phi/limits.md says so.
 */
const SEARCHABLE: ReadonlySet<UseContext> = new Set<UseContext>(['predicate', 'join', 'order', 'group', 'distinct', 'set-operation', 'window', 'rows', 'case', 'aggregate-filter'])

export class Findings {
  readonly #uses = new Map<string, ColumnUse>()
  readonly #effects = new Map<string, Effect>()
  readonly settings: SettingCall[] = []
  readonly #results = new Map<string, ColumnUse['column']>()
  /** A view, rule, function body, policy or domain took part. */
  dependsOnDefinitions = false
  /** A function's body, kept as text, took part: its names are looked up while the statement runs. */
  looksUpNames = false

  /** Reports that a value decides something. Clean values decide nothing that is masked. */
  use(taint: Taint, site: UseSite): void {
    if (!isTainted(taint)) return
    const texts = [...taint.texts].filter(([text]) => text === 'datum' || !SEARCHABLE.has(site.context))
    const columns = [...[...taint.sources.values()].map(source => source.column), ...texts.map(([text]) => TEXT_COLUMNS[text])]
    for (const [index, column] of columns.entries()) {
      const key = `${sourceKey(column)}\u0000${site.context}\u0000${site.via}`
      const known = this.#uses.get(key)
      const equality = site.equality === true && (known?.equality ?? true)
      // One comparison may have several columns behind it (a table and its children): the first one counts it.
      const values = sum(known === undefined ? 0 : known.values, site.values === undefined ? undefined : index === 0 ? site.values : 0)
      this.#uses.set(key, { column, context: site.context, via: site.via, equality, ...(equality && values !== undefined ? { values } : {}) })
    }
  }

  /** Effects on one object with one action are one effect; columns and classes are joined. */
  effect(effect: Effect): void {
    const key = `${effect.action}\u0000${effect.kind}\u0000${effect.object}\u0000${effect.scope}`
    const known = this.#effects.get(key)
    if (known === undefined) { this.#effects.set(key, effect); return }
    this.#effects.set(key, {
      ...known,
      columns: [...new Set([...known.columns, ...effect.columns])],
      classes: [...new Set([...known.classes, ...effect.classes])],
      note: known.note ?? effect.note,
    })
  }

  /** What a function's body yields: where it is immutable, the planner may compute it, and a plan then shows it. */
  yields(taint: Taint): void {
    for (const { column } of taint.sources.values()) this.#results.set(sourceKey(column), column)
  }

  get functionResults(): readonly ColumnUse['column'][] { return [...this.#results.values()] }
  get uses(): readonly ColumnUse[] { return [...this.#uses.values()] }
  get effects(): readonly Effect[] { return [...this.#effects.values()] }
}

function sum(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right
}
