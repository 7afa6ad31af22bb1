/**
 * The flow through a body in PL/pgSQL. Its steps are taken in any order and any number of times, until nothing flows any further: what a
 * variable ever holds, it may hold anywhere. Every condition and every count of repetitions that depends on PHI is a use, so that what
 * happens or does not happen tells nothing that is not reported.
 */
import { SqlFault } from '../sql-fault.ts'
import { flagOf, type TreeNode } from '../tree/tree-value.ts'
import type { BodyEffect, BodySql, Conversion, Place, RoutineBody, Store } from './routine-body.ts'
import { choose, CLEAN, compose, derive, fieldOf, isTainted, sameTaint, type Taint } from './taint.ts'
import type { Walk } from './walk.ts'

/** Rounds after which the flow must stand still: it only grows, and there are few flows. */
const MAX_ROUNDS = 64

/**
 * @param walk Inside the function.
 * @param guard What decides whether it is called at all.
 * @returns the columns of what it returns; one for a plain value, none for nothing.
 * @throws {SqlFault} `unsupported`
 */
export function routineFlow(walk: Walk, body: RoutineBody, given: readonly Taint[], guard: Taint): readonly Taint[] {
  const run = new RoutineRun(walk, body, guard)
  body.inputs.forEach((variable, index) => { run.put({ variable, field: undefined }, given[index] ?? CLEAN) })
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    run.round()
    if (!run.changed) return run.columns()
  }
  throw new SqlFault('unsupported', 'PL/pgSQL: its flow does not settle')
}

class RoutineRun {
  changed = false
  readonly #walk: Walk
  readonly #body: RoutineBody
  readonly #guard: Taint
  readonly #cells = new Map<string, Taint>()
  #result: readonly Taint[] = []
  /** What may be in any column of the result. */
  #everywhere: Taint = CLEAN

  constructor(walk: Walk, body: RoutineBody, guard: Taint) {
    this.#walk = walk
    this.#body = body
    this.#guard = guard
  }

  round(): void {
    this.changed = false
    for (const { sql, effects } of this.#body.steps) {
      const columns = sql === undefined ? this.#body.outputs.map(variable => this.#get({ variable, field: undefined })) : this.#columnsOf(sql)
      for (const effect of effects) this.#follow(effect, columns)
    }
  }

  columns(): readonly Taint[] {
    const { result } = this.#body
    if (result.kind === 'nothing') return []
    // Of a row of unknown width each column may be any of it.
    if (result.kind === 'row' && result.width === 0 && this.#result.length === 0) return isTainted(this.#everywhere) ? [this.#everywhere] : []
    const width = result.kind === 'value' ? 1 : Math.max(result.width, this.#result.length)
    return Array.from({ length: width }, (_, index) => {
      const column = this.#result[index] ?? CLEAN
      return isTainted(this.#everywhere) ? derive(column, this.#everywhere) : column
    })
  }

  #columnsOf(sql: BodySql): readonly Taint[] {
    const parameters = sql.parameters.map(place => this.#get(place))
    return this.#query(sql.trees, parameters)
  }

  /** @returns the columns of the query whose rows are seen. */
  #query(trees: readonly TreeNode[], parameters: readonly Taint[]): readonly Taint[] {
    let seen: readonly Taint[] = []
    for (const tree of trees) {
      const { columns } = this.#walk.query(tree, undefined, this.#guard, parameters)
      if (flagOf(tree, 'canSetTag')) seen = columns
    }
    return seen
  }

  #follow(effect: BodyEffect, columns: readonly Taint[]): void {
    switch (effect.kind) {
      case 'use':
        for (const column of columns) this.#use(this.#converted(column, effect.conversion), effect)
        return
      case 'store': {
        const row = rowOf(columns, effect.from)
        for (const store of effect.stores) this.#store(store, row[store.index] ?? CLEAN)
        return
      }
      case 'move': this.put({ variable: effect.variable, field: undefined }, columns[0] ?? CLEAN); return
      case 'mix': {
        const value = derive(...columns.map(column => this.#converted(column, effect.conversion)))
        this.put(effect.place, value)
        return
      }
      case 'result': this.#return(effect.from, effect.conversion, columns)
    }
  }

  #use(taint: Taint, { context, via }: Extract<BodyEffect, { kind: 'use' }>): void {
    this.#walk.findings.use(taint, { context, via })
    if (context === 'error') this.#walk.findings.use(this.#guard, { context, via })
  }

  #converted(value: Taint, conversion: Conversion | undefined): Taint {
    if (conversion === undefined) return value
    if (conversion.fails === 'by-value') {
      this.#walk.findings.use(value, { context: 'error', via: 'assignment' })
      this.#walk.findings.use(this.#guard, { context: 'error', via: 'assignment' })
    }
    return conversion.trees.length === 0 ? value : this.#query(conversion.trees, [value])[0] ?? derive(value)
  }

  #store({ place, attribute, conversion, nulls }: Store, value: Taint): void {
    const stored = this.#converted(value, conversion)
    if (nulls === 'fail') this.#walk.findings.use(stored, { context: 'error', via: 'NOT NULL' })
    if (attribute === undefined) { this.put(place, stored); return }
    this.put(place, compose(Array.from({ length: attribute.width }, (_, index) => (index === attribute.index ? stored : CLEAN))))
  }

  #return(from: 'columns' | readonly number[], conversion: Conversion | undefined, columns: readonly Taint[]): void {
    const { result } = this.#body
    if (result.kind === 'nothing') return
    const row = from === 'columns' ? columns.map(column => this.#converted(column, conversion)) : rowOf(columns, from)
    if (from !== 'columns' && from.length === 0) this.#everywhere = this.#grown(this.#everywhere, derive(...columns))
    for (const [index, column] of row.entries()) {
      const at = result.kind === 'row' ? (result.positions === undefined ? index : result.positions[index]) : index
      if (at === undefined) continue
      const known = Array.from({ length: Math.max(this.#result.length, at + 1) }, (_, position) => this.#result[position] ?? CLEAN)
      known[at] = this.#grown(known[at] ?? CLEAN, column)
      this.#result = known
    }
  }

  /** What a place may hold grows. Where a whole row is put of which no fields are known, each may be any of it. */
  put(place: Place, value: Taint): void {
    const key = keyOf(place)
    this.#cells.set(key, this.#grown(this.#cells.get(key) ?? CLEAN, value))
  }

  #get({ variable, field }: Place): Taint {
    const whole = this.#cells.get(keyOf({ variable, field: undefined })) ?? CLEAN
    if (field !== undefined) {
      const own = this.#cells.get(keyOf({ variable, field })) ?? CLEAN
      return isTainted(whole) ? derive(own, whole) : own
    }
    const fields = this.#body.recordFields.get(variable)
    if (fields !== undefined && !isTainted(whole)) return compose(fields.map(name => this.#cells.get(keyOf({ variable, field: name })) ?? CLEAN))
    const parts = [...this.#cells].filter(([key]) => key.startsWith(`${variable}.`) && key !== `${variable}.`).map(([, taint]) => taint)
    return parts.length === 0 ? whole : derive(whole, ...parts)
  }

  #grown(known: Taint, more: Taint): Taint {
    const both = choose(known, more)
    // Rows of several makings: what is not known attribute by attribute may be in each.
    const grown = both.fields === undefined && (known.fields ?? more.fields) !== undefined && isTainted(known) && isTainted(more) ? derive(both) : both
    if (!sameTaint(known, grown)) this.changed = true
    return grown
  }
}

/** Its columns, or the attributes (from 0) of the one composite value that it is. */
function rowOf(columns: readonly Taint[], from: 'columns' | readonly number[]): readonly Taint[] {
  return from === 'columns' ? columns : from.map(index => fieldOf(columns[0] ?? CLEAN, index))
}

const keyOf = ({ variable, field }: Place): string => `${variable}.${field ?? ''}`
