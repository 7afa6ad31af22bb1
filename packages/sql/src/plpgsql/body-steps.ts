/**
 * From the steps of a body as read to steps that the flow follows: each piece of SQL analysed, and for each value where it goes and what is
 * done to it on the way. Source: PostgreSQL, src/pl/plpgsql/src/pl_exec.c (exec_assign_value, exec_move_row).
 */
import { unreachable } from '@doorward/core'
import type { Catalog } from '../catalog/facts.ts'
import { FIRST_USER_OID } from '../flow/coercion-flow.ts'
import type { BodyEffect, BodyStep, Conversion, Place, Store } from '../flow/routine-body.ts'
import type { Answer, Question } from '../plan.ts'
import { analyseSql, type AnalysedSql, type SqlContext } from './body-sql.ts'
import type { Conversions } from './conversions.ts'
import type { Column, RoutinePlaces, VariableType } from './routine-place.ts'
import { notRead, type SqlText, type Step, type Target } from './routine.ts'
import { rowColumns } from './row-value.ts'
import { classified } from './variable-types.ts'

export interface StepContext extends SqlContext {
  readonly catalog: Catalog
  readonly places: RoutinePlaces
  readonly conversions: Conversions
  /** Of the function's result. */
  readonly result: VariableType
}

type Steps = Generator<Question, readonly BodyStep[], Answer>

const BOOLEAN = 16, TEXT = 25, INT4 = 23, RECORD = 2249, VOID = 2278

/** @throws {SqlFault} `unsupported` */
export function* bodyStep(context: StepContext, step: Step): Steps {
  const { places } = context
  switch (step.kind) {
    case 'run': return yield* run(context, step.sql, step.into)
    case 'assign': return yield* assign(context, places.targetOf(step.target), step.sql)
    case 'assign-part': return yield* assignPart(context, places.targetOf(step.target), step.place, step.sql)
    case 'set': return yield* set(context, step.variable, step.sql)
    case 'set-each': {
      const sql = yield* analyse(context, step.sql)
      if (sql.columns.length !== step.variables.length) throw notRead('a cursor with other arguments')
      const targets = step.variables.map(variable => ({ variable, field: undefined }))
      return [{ sql, effects: [{ kind: 'store', from: 'columns', stores: yield* storesFor(context, targets, sql.columns) }] }]
    }
    case 'cursor-rows': {
      const query = context.routine.variables[step.cursor]?.cursor?.query
      if (query === undefined) throw notRead('a cursor that is not bound')
      return [yield* rowsInto(context, yield* analyse(context, query), [{ variable: step.variable, field: undefined }])]
    }
    case 'elements': return yield* elements(context, step.targets, step.sliced, step.sql)
    case 'range': return yield* range(context, step.variable, step.bounds)
    case 'count': {
      const target = places.targetOf(step.target)
      const type = target.field === undefined ? places.typeOf(target.variable) : undefined
      if (type?.kind !== 'scalar' || type.type >= FIRST_USER_OID) throw notRead('GET DIAGNOSTICS into something else')
      return []
    }
    case 'decide': return yield* use(context, step.sql, step.by === 'ASSERT' ? 'error' : 'case', step.by, BOOLEAN)
    case 'show': return yield* use(context, step.sql, 'error', step.by, TEXT)
    case 'return': return yield* returned(context, step.sql)
    case 'return-rows': return [{ sql: yield* analyse(context, step.sql), effects: [{ kind: 'result', from: 'columns', conversion: undefined }] }]
    case 'return-parameters': return [{ sql: undefined, effects: [{ kind: 'result', from: 'columns', conversion: undefined }] }]
    default: return unreachable(step)
  }
}

function analyse(context: StepContext, sql: SqlText): Generator<Question, AnalysedSql, Answer> {
  return analyseSql(context, context.places, sql)
}

/** An expression: one value. */
function* value(context: StepContext, sql: SqlText): Generator<Question, { readonly sql: AnalysedSql; readonly type: number }, Answer> {
  const analysed = yield* analyse(context, sql)
  const [column, ...more] = analysed.columns
  if (column === undefined || more.length > 0) throw notRead(`an expression of ${analysed.columns.length} columns`)
  return { sql: analysed, type: column.type }
}

function* run(context: StepContext, text: SqlText, into: readonly Target[]): Steps {
  const sql = yield* analyse(context, text)
  if (into.length === 0) return [{ sql, effects: [] }]
  return [yield* rowsInto(context, sql, into.map(target => context.places.targetOf(target)))]
}

/** The rows of a query, one by one: into a record or composite whole, or column by column. */
function* rowsInto(context: StepContext, sql: AnalysedSql, targets: readonly Place[]): Generator<Question, BodyStep, Answer> {
  const { places } = context
  const [first] = targets
  const type = first === undefined || first.field !== undefined ? undefined : places.typeOf(first.variable)
  if (first !== undefined && (type?.kind === 'record' || type?.kind === 'composite')) {
    if (targets.length > 1) throw notRead('a record among several targets')
    return { sql, effects: [{ kind: 'store', from: 'columns', stores: yield* rowStores(context, first.variable, type, sql.columns) }] }
  }
  return { sql, effects: [{ kind: 'store', from: 'columns', stores: yield* storesFor(context, targets, sql.columns.slice(0, targets.length)) }] }
}

/** A row into a variable that takes rows. */
function* rowStores(context: StepContext, variable: number, type: Extract<VariableType, { kind: 'record' | 'composite' }>, columns: readonly Column[]): Generator<Question, readonly Store[], Answer> {
  const { places, conversions } = context
  const nulls = places.isNotNull(variable) ? 'fail' : 'fit'
  if (type.kind === 'record') {
    places.addShape(variable, columns)
    return columns.map(({ name }, index) => ({ index, place: { variable, field: name }, attribute: undefined, conversion: undefined, nulls }))
  }
  const stores: Store[] = []
  for (const [index, column] of columns.entries()) {
    const attribute = type.attributes[index]
    if (attribute === undefined) break
    const conversion = yield* conversions.between(column.type, { type: attribute.type, limited: false })
    stores.push({ index, place: { variable, field: undefined }, attribute: { index: attribute.number - 1, width: type.width }, conversion, nulls })
  }
  return stores
}

function* storesFor(context: StepContext, targets: readonly Place[], columns: readonly Column[]): Generator<Question, readonly Store[], Answer> {
  const stores: Store[] = []
  for (const [index, place] of targets.entries()) {
    const column = columns[index]
    if (column !== undefined) stores.push(yield* store(context, place, column.type, index))
  }
  return stores
}

/** One value into a scalar or a field. */
function* store(context: StepContext, place: Place, from: number, index: number): Generator<Question, Store, Answer> {
  const { places, conversions } = context
  const type = places.typeOf(place.variable)
  const nulls = places.isNotNull(place.variable) ? 'fail' : 'fit'
  if (type.kind === 'scalar' && place.field === undefined) {
    return { index, place, attribute: undefined, conversion: yield* conversions.between(from, type), nulls }
  }
  if (type.kind === 'composite' && place.field !== undefined) {
    const attribute = type.attributes.find(({ name }) => name === place.field)
    if (attribute === undefined) throw notRead('a field that the type does not have')
    const conversion = yield* conversions.between(from, { type: attribute.type, limited: false })
    return { index, place: { variable: place.variable, field: undefined }, attribute: { index: attribute.number - 1, width: type.width }, conversion, nulls }
  }
  // The field has the type that it was given with its row.
  if (type.kind === 'record' && place.field !== undefined) {
    const known = places.fieldType(place.variable, place.field)
    return { index, place, attribute: undefined, conversion: yield* conversions.between(from, { type: known, limited: false }), nulls }
  }
  throw notRead('a whole row among several values')
}

function* assign(context: StepContext, place: Place, text: SqlText): Steps {
  if (place.field === undefined) return yield* set(context, place.variable, text)
  const { sql, type } = yield* value(context, text)
  return [{ sql, effects: [{ kind: 'store', from: 'columns', stores: [yield* store(context, place, type, 0)] }] }]
}

/** One value into a whole variable. */
function* set(context: StepContext, variable: number, text: SqlText): Steps {
  const { places } = context
  const { sql, type } = yield* value(context, text)
  const into = places.declaredOf(variable)
  switch (into.kind) {
    case 'tested': places.setTested(variable, type); return [{ sql, effects: [{ kind: 'move', variable }] }]
    case 'message': throw notRead('an assignment to SQLERRM')
    case 'scalar': return [{ sql, effects: [{ kind: 'store', from: 'columns', stores: [yield* store(context, { variable, field: undefined }, type, 0)] }] }]
    case 'composite': {
      if (type === into.type) return [{ sql, effects: [{ kind: 'move', variable }] }]
      // NULL, or a row written as text.
      if (type === TEXT) return [{ sql, effects: [{ kind: 'mix', place: { variable, field: undefined }, conversion: yield* context.conversions.between(type, { type: into.type, limited: false }) }] }]
      return [{ sql, effects: [yield* spread(context, variable, into, sql, type)] }]
    }
    case 'record': return [{ sql, effects: [yield* spread(context, variable, into, sql, type)] }]
    default: return unreachable(into)
  }
}

/** A composite value into a variable that takes rows, attribute by attribute where they are known. */
function* spread(context: StepContext, variable: number, into: Extract<VariableType, { kind: 'record' | 'composite' }>, sql: AnalysedSql, type: number): Generator<Question, BodyEffect, Answer> {
  const shape = yield* shapeOfValue(context, sql, type)
  if (shape !== undefined) return { kind: 'store', from: shape.from, stores: yield* rowStores(context, variable, into, shape.columns) }
  if (into.kind === 'composite') throw notRead('a row of unknown shape for a composite type')
  // NULL has none; of another row nothing is known until a field of it is asked for.
  if (type !== TEXT) context.places.addShape(variable, undefined)
  return { kind: 'move', variable }
}

interface Shape {
  readonly columns: readonly Column[]
  /** Where each column lies in the value, from 0. */
  readonly from: readonly number[]
}

/** The attributes of a composite value, by its type or by the record that it is. Undefined: not known. */
function* shapeOfValue(context: StepContext, sql: AnalysedSql, type: number): Generator<Question, Shape | undefined, Answer> {
  const known = type === RECORD ? undefined : yield* classified(context.catalog, { oid: type, limited: false })
  if (known?.kind === 'composite') return { columns: known.attributes, from: known.attributes.map(({ number }) => number - 1) }
  const columns = known === undefined ? rowColumns(sql, place => (place.field === undefined ? context.places.shapeOf(place.variable) : undefined)) : undefined
  return columns === undefined ? undefined : { columns, from: columns.map((_, index) => index) }
}

/** `a[i] := x`: the whole is made anew of what it was, of the subscripts and of the value; a subscript that does not fit is an error. */
function* assignPart(context: StepContext, target: Place, place: SqlText, text: SqlText): Steps {
  const before = yield* value(context, place)
  const given = yield* value(context, text)
  const whole = context.places.typeOf(target.variable).kind === 'record' ? target : { variable: target.variable, field: undefined }
  const mix = (conversion: Conversion | undefined): readonly BodyEffect[] => [{ kind: 'use', context: 'error', via: 'subscript', conversion: undefined }, { kind: 'mix', place: whole, conversion }]
  return [{ sql: before.sql, effects: mix(undefined) }, { sql: given.sql, effects: mix(yield* context.conversions.between(given.type, { type: before.type, limited: false })) }]
}

/** FOREACH: how often depends on the array. */
function* elements(context: StepContext, targets: readonly Target[], sliced: boolean, text: SqlText): Steps {
  const { sql, type } = yield* value(context, text)
  const [target, ...more] = targets
  if (target === undefined || more.length > 0) throw notRead('FOREACH into several variables')
  const place = context.places.targetOf(target)
  yield* classified(context.catalog, { oid: type, limited: false })
  const element = sliced ? type : context.catalog.type(type)?.elementOid ?? 0
  if (element === 0) throw notRead('FOREACH over something that is no array')
  const into = place.field === undefined ? context.places.typeOf(place.variable) : undefined
  if (into?.kind === 'record' || into?.kind === 'composite') throw notRead('FOREACH into a row')
  const { conversion } = yield* store(context, place, element, 0)
  return [{ sql, effects: [{ kind: 'use', context: 'rows', via: 'FOREACH', conversion: undefined }, { kind: 'mix', place, conversion }] }]
}

/** The bounds of a counting loop say how often it runs. */
function* range(context: StepContext, variable: number, bounds: readonly SqlText[]): Steps {
  const steps: BodyStep[] = []
  for (const bound of bounds) {
    const { sql, type } = yield* value(context, bound)
    const conversion = yield* context.conversions.between(type, { type: INT4, limited: false })
    steps.push({ sql, effects: [{ kind: 'use', context: 'rows', via: 'FOR', conversion }, { kind: 'mix', place: { variable, field: undefined }, conversion }] })
  }
  return steps
}

function* use(context: StepContext, text: SqlText, where: 'error' | 'case', via: string, as: number): Steps {
  const { sql, type } = yield* value(context, text)
  return [{ sql, effects: [{ kind: 'use', context: where, via, conversion: yield* context.conversions.between(type, { type: as, limited: false }) }] }]
}

function* returned(context: StepContext, text: SqlText): Steps {
  const { result } = context
  const { sql, type } = yield* value(context, text)
  if (result.kind === 'scalar') {
    const conversion = result.type === VOID ? undefined : yield* context.conversions.between(type, result)
    return [{ sql, effects: [{ kind: 'result', from: 'columns', conversion }] }]
  }
  const shape = yield* shapeOfValue(context, sql, type)
  // Attributes are matched one by one, types and all; of an unknown row each may be anything of it.
  const isFitting = shape === undefined || result.kind !== 'composite' || shape.columns.length === result.attributes.length
  if (!isFitting) throw notRead('RETURN of a row of another shape')
  return [{ sql, effects: [{ kind: 'result', from: shape?.from ?? [], conversion: undefined }] }]
}
