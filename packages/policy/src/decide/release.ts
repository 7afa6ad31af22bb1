/**
 * What may be released of a statement whose reads are granted: which outputs are masked and how, and which uses of masked values
 * make it impossible to answer at all. Pure over core's types. It relies on `sql` naming every source and every use.
 */
import { PHI_CLASSES, type ColumnRef, type ColumnUse, type MaskOperator, type OutputColumn, type OutputMask, type OutputSource, type PhiClass } from '@doorward/core'
import { revealingRank, type ReadMasks } from './read-masks.ts'

/** Masked values that would decide something no mask can hide. */
export interface MaskedFlow {
  readonly column: ColumnRef
  /** `counted`: how many there are would show in an output. */
  readonly context: ColumnUse['context'] | 'counted'
  readonly via: string
}

/** Released with these masks, or not at all. */
export type Release =
  | { readonly kind: 'release'; readonly outputs: readonly OutputMask[] }
  | { readonly kind: 'masked-flow'; readonly flow: MaskedFlow }

/** @returns the masks of the outputs that need one, or the first flow (uses before outputs, in the statement's order) that forbids release. */
export function release(outputs: readonly OutputColumn[], uses: readonly ColumnUse[], masks: ReadMasks): Release {
  for (const use of uses) {
    if (masks.operatorFor(use.column) === 'clear' || isExcepted(use, masks)) continue
    return { kind: 'masked-flow', flow: { column: use.column, context: use.context, via: use.via } }
  }
  const masked: OutputMask[] = []
  for (const [output, { sources }] of outputs.entries()) {
    const counted = sources.find((source) => source.flow === 'counted' && masks.operatorFor(source.column) !== 'clear')
    if (counted !== undefined) return { kind: 'masked-flow', flow: { column: counted.column, context: 'counted', via: '' } }
    const mask = maskOf(sources, masks)
    if (mask !== undefined) masked.push({ output, ...mask })
  }
  return { kind: 'release', outputs: masked }
}

/** Only what was named: plain equality with a parameter or literal that decides which rows come back. */
function isExcepted(use: ColumnUse, masks: ReadMasks): boolean {
  return use.equality && use.context === 'predicate' && masks.exceptsEquality(use.column)
}

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
