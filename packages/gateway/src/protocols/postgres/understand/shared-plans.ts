/**
 * Plans shared by texts that differ in nothing but mere values (text-shape.ts, sql's plainValues): `... where id = 7` and `... where id = 8`. The
 * shared plan is that of the text with those literals as parameters, asked of the server like any other; it counts only where, with a text's own
 * literals put back, it is the very plan that this text got by itself. What a statement names (its patients, its digest, what it writes) is
 * always its own. Where it stops: it asks nobody; understander.ts does.
 */
import { isDeepStrictEqual } from 'node:util'
import { hash } from 'node:crypto'
import type { GivenSubject, Piece, StatementPlan, SubjectFlow } from '@doorward/sql'
import { shapeOf, withParameters, type Literal, type TextShape } from './text-shape.ts'

/** A text with the places of its mere values. */
export interface Shaped {
  readonly shape: TextShape
  /** Places in its literals, ascending. */
  readonly free: readonly number[]
  /** Equal for texts that share: their shape, and the literals that are no mere values. */
  readonly variant: string
}

/** A piece that was not read, since one that differs in mere values only was. */
export interface ShapedPiece extends Piece { readonly shaped: Shaped }

/** A text as it is asked with parameters. */
export interface SharedText { readonly shaped: Shaped; readonly text: string; readonly parameterTypes: readonly number[] }

const MAX_SHAPES = 1_000
const INT4 = 23
const TEXT = 25

export class SharedPlans {
  /** By shape: which of its literals are mere values. `own`: its texts share nothing. */
  readonly #shapes = new Map<string, readonly number[] | 'own'>()
  /** Variants of which one text was understood: most never come again, and are not asked about twice. */
  readonly #once = new Map<string, 'once'>()
  /** What the grammar said of one text of a variant. */
  readonly #read = new Map<string, Piece>()

  /** Definitions changed. */
  clear(): void {
    this.#shapes.clear()
    this.#once.clear()
    this.#read.clear()
  }

  /** @returns the text as one piece, if another of its variant was read. */
  pieceOf(text: string): ShapedPiece | undefined {
    if (this.#read.size === 0) return undefined
    const shape = shapeOf(text)
    const free = shape === undefined ? undefined : this.#shapes.get(shape.key)
    if (shape === undefined || free === undefined || free === 'own') return undefined
    const shaped = { shape, free, variant: variantOf(shape, free) }
    const read = this.#read.get(shaped.variant)
    if (read === undefined) return undefined
    const { fingerprint, redactedText } = read.identity
    return { start: 0, length: text.length, text, statement: read.statement, identity: { digest: hash('sha256', text, 'hex'), fingerprint, redactedText }, shaped }
  }

  /**
   * Notes a text that was understood by itself.
   * @returns how to ask for the plan of all its kin; undefined: nobody is known to share it, or it has none.
   */
  consider(piece: Piece, plan: StatementPlan): SharedText | undefined {
    const shape = piece.statement?.kind === 'query' && piece.start === 0 && plan.plainValues !== undefined && plan.plainValues.length > 0 && plan.changes.length === 0 ? shapeOf(piece.text) : undefined
    if (shape === undefined) return undefined
    const known = this.#shapes.get(shape.key)
    if (known === 'own') return undefined
    const places = new Set(plan.plainValues)
    const free = known ?? shape.literals.flatMap(({ start }, place) => (places.has(start) ? [place] : []))
    if (free.length === 0 || free.some((place) => !places.has(shape.literals[place]?.start ?? -1))) { this.disown(shape); return undefined }
    const shaped = { shape, free, variant: variantOf(shape, free) }
    this.#set(this.#shapes, shape.key, free)
    if (!this.#once.has(shaped.variant)) { this.#set(this.#once, shaped.variant, 'once'); return undefined }
    return { shaped, text: withParameters(piece.text, shape, free), parameterTypes: free.map((place) => (shape.literals[place]?.kind === 'integer' ? INT4 : TEXT)) }
  }

  /** The plan of the text with parameters is that of its kin. @param piece that the grammar has read. */
  share({ variant }: Shaped, piece: Piece): void { this.#set(this.#read, variant, piece) }

  /** Texts of this shape are understood one by one. */
  disown(shape: TextShape): void { this.#set(this.#shapes, shape.key, 'own') }

  #set<T>(map: Map<string, T>, key: string, value: T): void {
    map.set(key, value)
    if (map.size <= MAX_SHAPES) return
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }
}

export function isShaped(piece: Piece): piece is ShapedPiece { return 'shaped' in piece }

/** @param shared of the text with parameters. @returns what the text itself would have got. */
export function planOf(shared: StatementPlan, text: string, { shape, free }: Shaped): StatementPlan {
  const literals = free.flatMap((place) => shape.literals[place] ?? [])
  return {
    ...shared, parameterTypes: [], plainValues: literals.map(({ start }) => start), subjects: withLiterals(shared.subjects, literals),
    source: shared.source === undefined ? undefined : { ...shared.source, text, parameterTypes: [] },
  }
}

export function isSamePlan(one: StatementPlan, other: StatementPlan): boolean { return isDeepStrictEqual(one, other) }

function variantOf({ key, literals }: TextShape, free: readonly number[]): string {
  let variant = key
  for (const [place, { value }] of literals.entries()) if (!free.includes(place)) variant += `\0${value}`
  return variant
}

function withLiterals(subjects: SubjectFlow | undefined, literals: readonly Literal[]): SubjectFlow | undefined {
  if (subjects === undefined || subjects.given.every(({ value }) => value.kind === 'constant')) return subjects
  const given = new Map<string, SubjectFlow['given'][number]>()
  for (const { relation, value } of subjects.given) {
    const own: GivenSubject = value.kind === 'constant' ? value : { kind: 'constant', text: literals[value.number - 1]?.value ?? '' }
    given.set(`${relation} ${JSON.stringify(own)}`, { relation, value: own })
  }
  return { ...subjects, given: [...given.values()] }
}
