/**
 * What a value can depend on: the PHI columns behind it, and how each got there. The algebra of the flow analysis; columns whose class
 * is `none` never enter, so most taints are {@link CLEAN}. Where it stops: it knows nothing of rows. What decides which rows come
 * back is a use (findings.ts), reported where it happens and not carried along.
 */
import type { ColumnRef, Flow } from '@doorward/core'

/** One PHI column behind a value. */
export interface TaintSource {
  readonly column: ColumnRef
  readonly flow: Flow
}

/** What people wrote into the catalog and where a value may have been left: SQL text with literals, free text, a tree in internal form. */
export type CatalogText = 'definition' | 'comment' | 'datum'

/**
 * `verbatim`: the text as the catalog gives it. `mixed`: such texts put together with other whole texts, so that the literals in them can
 * still be found. `collected`: an array of such. `derived`: anything else.
 */
export type TextFlow = 'verbatim' | 'mixed' | 'collected' | 'derived'

export interface Taint {
  /** Keyed by {@link sourceKey}. */
  readonly sources: ReadonlyMap<string, TaintSource>
  /** The catalog texts behind the value. */
  readonly texts: ReadonlyMap<CatalogText, TextFlow>
  /** A composite value's attributes in order of their numbers, when known one by one; `sources` then holds their union. */
  readonly fields: readonly Taint[] | undefined
  /** It went through a function that multiplies lengths (repeat): a second one could bring the size limit about. */
  readonly grown: boolean
}

/** Depends on no PHI. */
export const CLEAN: Taint = { sources: new Map(), texts: new Map(), fields: undefined, grown: false }

/** A constant NULL: clean, and beside a text it is no text to compare with. Told apart by identity. */
export const NULL_VALUE: Taint = { ...CLEAN }

export function sourceKey(column: ColumnRef): string {
  return `${column.relation}\u0000${column.column}\u0000${column.class}`
}

/** A value that is the column itself. */
export function copyOf(column: ColumnRef): Taint {
  return { ...CLEAN, sources: new Map([[sourceKey(column), { column, flow: 'copied' }]]) }
}

/** A value out of a catalog text. */
export function textOf(text: CatalogText): Taint {
  return { ...CLEAN, texts: new Map([[text, 'verbatim']]) }
}

/** @returns whether a value depends on any PHI or any catalog text. */
export function isTainted(taint: Taint): boolean {
  return taint.sources.size > 0 || taint.texts.size > 0
}

/** @returns whether these depend on catalog texts and on no PHI. */
export function textsOnly(...taints: readonly Taint[]): boolean {
  return taints.some(taint => taint.texts.size > 0) && taints.every(taint => taint.sources.size === 0)
}

/** A value computed from all of these. */
export function derive(...taints: readonly Taint[]): Taint {
  return combine(taints, toDerived)
}

/** One value computed from the values of many rows. */
export function aggregate(...taints: readonly Taint[]): Taint {
  return combine(taints, flow => (flow === 'counted' ? 'counted' : 'aggregated'))
}

/** Only how many values there are. */
export function count(...taints: readonly Taint[]): Taint {
  return combine(taints, () => 'counted')
}

/**
 * One of these values, unchanged: an arm of a set operation, a row of VALUES, a slot filled in rounds. Copies of columns of one class stay
 * copies; of several classes they do not, since no one mask would fit.
 */
export function choose(...taints: readonly Taint[]): Taint {
  const dirty = taints.filter(isTainted)
  const [first] = dirty
  if (first === undefined) return CLEAN
  const classes = new Set(dirty.flatMap(taint => [...taint.sources.values()].map(source => source.column.class)))
  // Among texts of the catalog a value of the caller's own is a guess to compare with.
  const guess = taints.some(taint => taint.texts.size === 0 && taint !== NULL_VALUE)
  const all = combine(taints, flow => (classes.size === 1 ? flow : toDerived(flow)), flow => (guess && flow === 'verbatim' ? 'mixed' : flow))
  const width = first.fields?.length
  if (width === undefined || dirty.some(taint => taint.fields?.length !== width)) return all
  return { ...all, fields: first.fields?.map((_, index) => choose(...dirty.map(taint => taint.fields?.[index] ?? CLEAN))) }
}

/** A composite value of these attributes. */
export function compose(fields: readonly Taint[]): Taint {
  return { ...derive(...fields), fields }
}

/** Attribute `index` (from 0) of a composite value. */
export function fieldOf(taint: Taint, index: number): Taint {
  return taint.fields === undefined ? derive(taint) : taint.fields[index] ?? CLEAN
}

/** @returns whether both say the same; fields are compared too. */
export function sameTaint(left: Taint, right: Taint): boolean {
  if (left === right) return true
  if (left.sources.size !== right.sources.size || left.texts.size !== right.texts.size || left.grown !== right.grown) return false
  for (const [text, flow] of left.texts) if (right.texts.get(text) !== flow) return false
  for (const [key, source] of left.sources) if (right.sources.get(key)?.flow !== source.flow) return false
  if (left.fields?.length !== right.fields?.length) return false
  return left.fields?.every((field, index) => sameTaint(field, right.fields?.[index] ?? CLEAN)) ?? true
}

function toDerived(flow: Flow): Flow {
  if (flow === 'copied') return 'derived'
  return flow === 'counted' ? 'aggregated' : flow
}

function combine(taints: readonly Taint[], change: (flow: Flow) => Flow, changeText: (flow: TextFlow) => TextFlow = () => 'derived'): Taint {
  const dirty = taints.filter(isTainted)
  if (dirty.length === 0) return CLEAN
  const sources = new Map<string, TaintSource>()
  const texts = new Map<CatalogText, TextFlow>()
  for (const taint of dirty) {
    for (const [key, source] of taint.sources) {
      const flow = change(source.flow)
      const known = sources.get(key)
      sources.set(key, { column: source.column, flow: known === undefined ? flow : meet(known.flow, flow) })
    }
    for (const [text, before] of taint.texts) {
      const flow = changeText(before)
      const known = texts.get(text)
      texts.set(text, known === undefined || known === flow ? flow : meetText(known, flow))
    }
  }
  return { sources, texts, fields: undefined, grown: dirty.some(taint => taint.grown) }
}

function meetText(left: TextFlow, right: TextFlow): TextFlow {
  const whole = (left === 'verbatim' || left === 'mixed') && (right === 'verbatim' || right === 'mixed')
  return whole ? 'mixed' : 'derived'
}

/** The same value, its texts having become this. */
export function withTexts(taint: Taint, change: (flow: TextFlow) => TextFlow): Taint {
  return taint.texts.size === 0 ? taint : { ...taint, texts: new Map([...taint.texts].map(([text, flow]) => [text, change(flow)])) }
}

/** Two ways to one value: what holds of both. Anything a value itself went into is `derived`, the flow that no exception releases. */
function meet(left: Flow, right: Flow): Flow {
  if (left === right) return left
  return left === 'copied' || left === 'derived' || right === 'copied' || right === 'derived' ? 'derived' : 'aggregated'
}
