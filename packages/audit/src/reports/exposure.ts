/**
 * What a statement's intent says about how PHI came back: which classes in clear, which in part, which masked. It follows the decision's obligations
 * as the log has them, and where it cannot tell it says clear: a report of a breach must not be kinder than the truth.
 *
 * Says too much: a class that was read to choose rows and not returned counts as returned; so does one that only an output beyond the first
 * 64 masked ones would have shown masked.
 */
import { listOf, numberOf, textOf, textsOf, type Entry } from '../search/entry-fields.ts'

export interface Exposure {
  /** `SELECT`, `BEGIN`, ... */
  readonly command: string
  readonly clear: readonly string[]
  /** Classes of which a part was left, and what left it: `date (year)`. */
  readonly partly: readonly string[]
  readonly masked: readonly string[]
  /** `schema.table: column, column`. */
  readonly columns: readonly string[]
  /** What was done to the data: `read`, `update`, ... */
  readonly actions: readonly string[]
}

/** Operators that leave a part of the value, or something that stands for it. */
const PARTIAL: ReadonlySet<string> = new Set(['year', 'zip3', 'last4', 'token', 'count'])
/** Actions that bring data back, see the glossary. */
const RETURNING: ReadonlySet<string> = new Set(['read', 'export', 'execute', 'opaque'])

/** @param intent an entry of kind `intent`. */
export function exposureOf(intent: Entry): Exposure {
  const effects = listOf(intent, 'what', 'effects')
  const returned = new Set(effects.filter((effect) => RETURNING.has(textOf(effect, 'action') ?? '')).flatMap((effect) => textsOf(effect, 'classes')))
  returned.delete('none')
  if (textOf(intent, 'what', 'opaque') !== undefined) returned.add('phi') // not understood: it may be anything
  const operators = new Map<string, Set<string>>()
  for (const obligation of listOf(intent, 'decision', 'obligations')) {
    for (const mask of listOf(obligation, 'outputs')) {
      const [phiClass, operator] = [textOf(mask, 'class'), textOf(mask, 'operator')]
      if (phiClass === undefined || operator === undefined) continue
      operators.set(phiClass, (operators.get(phiClass) ?? new Set()).add(operator))
    }
  }
  const clear: string[] = []
  const partly: string[] = []
  const masked: string[] = []
  for (const phiClass of [...returned].toSorted()) {
    const used = [...operators.get(phiClass) ?? []].toSorted()
    const partial = used.filter((operator) => PARTIAL.has(operator))
    if (used.length === 0 || used.includes('clear')) clear.push(phiClass)
    else if (partial.length > 0) partly.push(`${phiClass} (${partial.join(', ')})`)
    else masked.push(phiClass)
  }
  return {
    command: textOf(intent, 'what', 'command') ?? '', clear, partly, masked, actions: [...new Set(effects.map((effect) => textOf(effect, 'action') ?? ''))].toSorted(),
    columns: effects.map((effect) => {
      const columns = textsOf(effect, 'columns')
      const more = numberOf(effect, 'moreColumns')
      return `${textOf(effect, 'object') ?? ''}${columns.length === 0 ? '' : `: ${columns.join(', ')}`}${more === undefined ? '' : ` and ${more} more`}`
    }),
  }
}
