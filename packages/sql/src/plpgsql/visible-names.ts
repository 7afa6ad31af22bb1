/**
 * Which names the FROM lists of an analysed text make visible, at any level: what is not among them is no column wherever it stands, so
 * a variable of that name is meant. Rewriting adds relations to a tree and takes none away, so the names are some too many at most.
 */
import { childOf, wordOf, wordsOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'

export interface VisibleNames {
  /** @returns whether a reference of these names may be a column, a row of a relation, or something of one. */
  mayBeColumn(names: readonly string[]): boolean
}

/** System columns have no entry in a range table's names. OLD, NEW and EXCLUDED rows may be named without one. */
const ALWAYS: ReadonlySet<string> = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid', 'old', 'new', 'excluded'])

/** Names that the tree's text shows as they are; of others (blanks, line ends, escapes) nothing is said. */
const PLAIN = /^[a-z_\u0080-\uffff][a-z_0-9$\u0080-\uffff]*$/

/** @param trees One tree, not made by a rule; of anything else nothing is said. */
export function visibleNames(trees: readonly TreeNode[]): VisibleNames {
  const [tree, ...more] = trees
  const source = tree?.fields.get('querySource')
  if (tree === undefined || more.length > 0 || source?.kind !== 'token' || source.value !== '0') return { mayBeColumn: () => true }
  const names = new Set<string>(ALWAYS)
  collect(tree, names)
  // Of a qualified name the last part but one is a relation's.
  return { mayBeColumn: (parts) => parts.some(name => !PLAIN.test(name) || names.has(name)) }
}

function collect(value: TreeValue, names: Set<string>): void {
  if (value?.kind === 'list') { value.items.forEach(item => { collect(item, names) }); return }
  if (value?.kind !== 'node') return
  if (value.name === 'RANGETBLENTRY') {
    const shown = childOf(value, 'eref')
    if (shown !== undefined) {
      names.add(wordOf(shown, 'aliasname') ?? '')
      wordsOf(shown, 'colnames').forEach(name => { names.add(name) })
    }
  }
  for (const field of ['returningOldAlias', 'returningNewAlias']) {
    const alias = value.fields.get(field)
    if (alias?.kind === 'token' || alias?.kind === 'text') names.add(alias.value)
  }
  value.within.forEach(child => { collect(child, names) })
}
