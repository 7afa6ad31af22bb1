/**
 * What may be released of a statement whose reads are granted: which outputs are masked and how, and which uses of masked values
 * make it impossible to answer at all. Pure over core's types. It relies on `sql` naming every source and every use.
 */
import { PHI_CLASSES, type ColumnRef, type ColumnUse, type ExceptionUse, type MaskOperator, type OutputColumn, type OutputMask, type OutputSource, type PhiClass } from '@doorward/core'
import type { FlowException } from '../file/policy.ts'
import { revealingRank, type GrantedException, type ReadMasks } from './read-masks.ts'

/** Masked values that would decide something no mask can hide. */
export interface MaskedFlow {
  readonly column: ColumnRef
  /**
   * `counted`: how many there are would show in an output. `counted-otherwise`: an exception would release them, counted in another form.
   * `guesses`: an exception has a budget, and nobody can say how many values the column is compared with.
   */
  readonly context: ColumnUse['context'] | 'counted' | 'counted-otherwise' | 'guesses'
  readonly via: string
}

/** Released with these masks, by these exceptions, or not at all. */
export type Release =
  | { readonly kind: 'release'; readonly outputs: readonly OutputMask[]; /** In order of policy, kind and classes. */ readonly exceptions: readonly ExceptionUse[] }
  | { readonly kind: 'masked-flow'; readonly flow: MaskedFlow }

/** @returns the masks of the outputs that need one, or the first flow (uses before outputs, in the statement's order) that forbids release. */
export function release(outputs: readonly OutputColumn[], uses: readonly ColumnUse[], masks: ReadMasks): Release {
  const used = new UsedExceptions()
  for (const use of uses) {
    if (masks.operatorFor(use.column) === 'clear') continue
    const { column, context, via } = use
    const granted = use.equality && context === 'predicate' ? masks.exceptionsFor(column, 'equality') : []
    if (granted.length === 0) return { kind: 'masked-flow', flow: { column, context, via } }
    if (use.values === undefined && granted.some(({ exception }) => exception.perHour !== undefined)) return { kind: 'masked-flow', flow: { column, context: 'guesses', via } }
    used.compare(granted, use.values ?? 0)
  }
  const masked: OutputMask[] = []
  for (const [output, column] of outputs.entries()) {
    const { sources } = column
    const counted = sources.filter((source) => source.flow === 'counted' && masks.operatorFor(source.column) !== 'clear')
    const [first] = counted
    if (first !== undefined) {
      const cell = cellOf(column, masks)
      if (cell === 'none' || cell === 'otherwise') return { kind: 'masked-flow', flow: { column: first.column, context: cell === 'none' ? 'counted' : 'counted-otherwise', via: '' } }
      used.count(cell.granted)
      masked.push({ output, operator: 'redact', class: cell.class, copied: false, atLeast: cell.atLeast })
      continue
    }
    const mask = maskOf(sources, masks)
    if (mask !== undefined) masked.push({ output, ...mask })
  }
  return { kind: 'release', outputs: masked, exceptions: used.list() }
}

interface Cell { readonly granted: readonly GrantedException[]; readonly atLeast: number; readonly class: PhiClass }

/** A cell is released only where everything masked behind it is excepted, and then under the strictest of the exceptions. */
function cellOf({ sources, cell }: OutputColumn, masks: ReadMasks): Cell | 'none' | 'otherwise' {
  const granted: GrantedException[] = []
  const shown: Shown[] = []
  for (const { column, flow } of sources) {
    const operator = masks.operatorFor(column)
    if (operator === 'clear') continue
    const exceptions = masks.exceptionsFor(column, 'counts')
    if (exceptions.length === 0) return 'none'
    if (flow !== 'counted') return 'otherwise'
    granted.push(...exceptions)
    shown.push({ class: column.class, operator })
  }
  if (cell !== 'count') return 'otherwise'
  return { granted, atLeast: Math.max(...granted.map(({ exception }) => (exception.allow === 'counts' ? exception.atLeast : Infinity))), class: shown.reduce(stricter).class }
}

/** The exceptions of one statement, each once. */
class UsedExceptions {
  readonly #equality = new Map<string, GrantedException>()
  readonly #counts = new Map<string, GrantedException>()
  #values = 0

  compare(granted: readonly GrantedException[], values: number): void {
    for (const one of granted) this.#equality.set(keyOf(one), one)
    this.#values += values
  }

  count(granted: readonly GrantedException[]): void {
    for (const one of granted) this.#counts.set(keyOf(one), one)
  }

  /** Which comparison is by which exception is not told apart: each pays for all of the statement's. */
  list(): readonly ExceptionUse[] {
    const compared = [...this.#equality].map(([key, one]) => ({ key, use: useOf(one, Math.max(1, this.#values)) }))
    const counted = [...this.#counts].map(([key, one]) => ({ key, use: useOf(one, 1) }))
    return [...compared, ...counted].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ use }) => use)
  }
}

function keyOf({ policy, exception }: GrantedException): string {
  return JSON.stringify([policy, exception.allow, sortedClasses(exception)])
}

function useOf({ policy, exception }: GrantedException, cost: number): ExceptionUse {
  return { policy, allow: exception.allow, classes: sortedClasses(exception), cost, perHour: exception.perHour }
}

function sortedClasses({ classes }: FlowException): readonly PhiClass[] { return [...classes].sort() }

/**
 * A copied value keeps its class, so its own operator fits it. A computed one has no class of its own and may hold any part of its
 * sources: it is redacted. Alternatives (the branches of a UNION) share an operator only where class and operator agree, or the
 * mask would show which branch a row came from.
 */
function maskOf(sources: readonly OutputSource[], masks: ReadMasks): Omit<OutputMask, 'output'> | undefined {
  const masked: Shown[] = []
  for (const { column } of sources) {
    const operator = masks.operatorFor(column)
    if (operator !== 'clear') masked.push({ class: column.class, operator })
  }
  if (masked.length === 0) return undefined
  const strictest = masked.reduce(stricter)
  const copied = masked.length === sources.length && sources.every((source) => source.flow === 'copied')
  return copied && masked.every((one) => one.class === strictest.class && one.operator === strictest.operator)
    ? { operator: strictest.operator, class: strictest.class, copied: true }
    : { operator: 'redact', class: strictest.class, copied: false }
}

interface Shown {
  readonly class: PhiClass
  readonly operator: MaskOperator
}

/** The one shown least; among equals the class listed last in core's table, where the specially protected ones are. */
function stricter(a: Shown, b: Shown): Shown {
  const byOperator = revealingRank(a.operator) - revealingRank(b.operator)
  if (byOperator !== 0) return byOperator < 0 ? a : b
  return PHI_CLASSES.indexOf(a.class) >= PHI_CLASSES.indexOf(b.class) ? a : b
}
