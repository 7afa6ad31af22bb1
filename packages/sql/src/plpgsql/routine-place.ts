/**
 * What the variables of a body are, once the server has said what their types mean, and which of them a name means. A record takes the
 * shapes of what it is given, so its fields become known as the steps are analysed.
 */
import { lookUp, type Namespace } from './namespace.ts'
import { notRead, type Routine, type Target } from './routine.ts'
import type { Place } from '../flow/routine-body.ts'

export interface Attribute {
  /** From 1, dropped ones counted. */
  readonly number: number
  readonly name: string
  readonly type: number
}

/** What is known of a variable. */
export type VariableType =
  | { readonly kind: 'scalar'; readonly type: number; /** It has a length, a precision: values may not fit. */ readonly limited: boolean }
  | { readonly kind: 'composite'; readonly type: number; /** Live ones, in order. */ readonly attributes: readonly Attribute[]; /** Highest number, dropped ones counted. */ readonly width: number }
  | { readonly kind: 'record' }
  /** Of the type of a CASE expression; known once that is analysed. */
  | { readonly kind: 'tested' }
  | { readonly kind: 'message' }

/** A column of a row. */
export interface Column { readonly name: string; readonly type: number }

const RECORD = 2249

/** What a reference means: a place, its type, and how many of its names were used up. */
export interface Meaning {
  readonly place: Place
  readonly type: number
  /** A field of a composite, which is written after the parameter. */
  readonly field: string | undefined
  readonly taken: number
}

export class RoutinePlaces {
  readonly #routine: Routine
  readonly #types: readonly VariableType[]
  readonly #tested = new Map<number, number>()
  /** Shapes that each record was given; undefined among them: not known. */
  readonly #shapes = new Map<number, (readonly Column[] | undefined)[]>()

  readonly #shapesAsked = new Set<number>()
  readonly #asked = new Map<string, { readonly variable: number; readonly field: string }>()

  constructor(routine: Routine, types: readonly VariableType[]) {
    this.#routine = routine
    this.#types = types
  }

  typeOf(variable: number): VariableType {
    const tested = this.#tested.get(variable)
    return tested === undefined ? this.declaredOf(variable) : { kind: 'scalar', type: tested, limited: false }
  }

  /** Without what a CASE expression's type was found to be. */
  declaredOf(variable: number): VariableType {
    const type = this.#types[variable]
    if (type === undefined) throw notRead('a variable that is not known')
    return type
  }

  isNotNull(variable: number): boolean { return this.#routine.variables[variable]?.notNull === true }

  isCursor(variable: number): boolean { return this.#routine.variables[variable]?.cursor !== undefined }

  setTested(variable: number, type: number): void { this.#tested.set(variable, type) }

  /** A record was given a row of this shape. */
  addShape(variable: number, shape: readonly Column[] | undefined): void {
    const shapes = this.#shapes.get(variable) ?? []
    this.#shapes.set(variable, shapes)
    if (!shapes.some(known => JSON.stringify(known) === JSON.stringify(shape))) shapes.push(shape)
  }

  /** The one shape that a record has, or that a composite's type gives it. Undefined: several, or none known. */
  shapeOf(variable: number): readonly Column[] | undefined {
    const type = this.typeOf(variable)
    if (type.kind === 'composite') return type.attributes
    const shape = this.#oneShape(variable)
    if (shape !== undefined) this.#shapesAsked.add(variable)
    return shape
  }

  #oneShape(variable: number): readonly Column[] | undefined {
    const [first, ...others] = this.#shapes.get(variable) ?? []
    return others.length === 0 ? first : undefined
  }

  /** Names of each record's fields in order, where it has one shape: what its whole value is made of. */
  recordFields(): ReadonlyMap<number, readonly string[]> {
    const fields = new Map<number, readonly string[]>()
    for (const variable of this.#shapes.keys()) {
      const names = this.#oneShape(variable)?.map(column => column.name)
      if (names !== undefined && new Set(names).size === names.length) fields.set(variable, names)
    }
    return fields
  }

  #holdsFields = (variable: number): boolean => {
    const { kind } = this.typeOf(variable)
    return kind === 'composite' || kind === 'record'
  }

  /**
   * What a column reference means where no column has its name. Undefined: nothing of the body's.
   * @throws {SqlFault} `unsupported`: a field that is not known, a text out of an error message.
   */
  meaningOf(namespace: Namespace, names: readonly string[], star: boolean): Meaning | undefined {
    const found = names.length > 3 ? undefined : lookUp(namespace, star ? [...names, ''] : names, this.#holdsFields)
    if (found === undefined) return undefined
    const { variable, taken } = found
    const rest = names.slice(taken)
    const type = this.typeOf(variable)
    if (type.kind === 'message') throw notRead('SQLERRM')
    if (type.kind === 'tested') throw notRead('a CASE expression of unknown type')
    if (rest.length > 1) return undefined
    const [field] = rest
    if (type.kind === 'scalar') return field === undefined ? { place: { variable, field: undefined }, type: type.type, field: undefined, taken } : undefined
    if (type.kind === 'composite') {
      const known = field === undefined || type.attributes.some(({ name }) => name === field)
      return known ? { place: { variable, field: undefined }, type: type.type, field, taken: names.length } : undefined
    }
    if (field === undefined) {
      if (star) throw notRead('all fields of a record')
      return { place: { variable, field: undefined }, type: RECORD, field: undefined, taken }
    }
    return { place: { variable, field }, type: this.fieldType(variable, field), field: undefined, taken: names.length }
  }

  /**
   * The type of a record's field. The server looks it up in the row that the record holds then, so all that it may hold must agree.
   * @throws {SqlFault} `unsupported`: they do not, or are not known.
   */
  fieldType(variable: number, field: string): number {
    this.#asked.set(`${variable}.${field}`, { variable, field })
    const shapes = this.#shapes.get(variable) ?? []
    const types = new Set(shapes.flatMap(shape => shape?.filter(({ name }) => name === field).map(({ type }) => type) ?? []))
    const [type] = types
    if (type === undefined || types.size > 1 || shapes.includes(undefined)) throw notRead('a field of a record that is not known')
    return type
  }

  /** Rows found later may not contradict what was said of a field before. @throws {SqlFault} `unsupported` */
  requireAgreement(): void {
    for (const { variable, field } of [...this.#asked.values()]) this.fieldType(variable, field)
    for (const variable of this.#shapesAsked) if (this.#oneShape(variable) === undefined) throw notRead('a record that takes rows of several shapes')
  }

  /** Where an assignment goes. @throws {SqlFault} `unsupported` */
  targetOf({ names, namespace }: Target): Place {
    const found = lookUp(namespace, names, this.#holdsFields)
    if (found === undefined) throw notRead('a target that is not known')
    if (this.isCursor(found.variable)) throw notRead('an assignment to a cursor')
    const rest = names.slice(found.taken)
    if (rest.length > 1) throw notRead('a field of a field')
    return { variable: found.variable, field: rest[0] }
  }
}
