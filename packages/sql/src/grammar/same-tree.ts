/**
 * Whether two trees of the parser are equal but for where their parts stand in the text. It proves that a text cut out of a statement
 * means alone what it means inside. Iterative, because a tree's depth is the caller's choice.
 */

/** Fields that hold byte positions. All are numbers; a text of the same name (CREATE TABLESPACE ... LOCATION) is compared. */
const POSITIONS: ReadonlySet<string> = new Set([
  'location', 'stmt_location', 'stmt_len', 'list_start', 'list_end', 'rexpr_list_start', 'rexpr_list_end', 'name_location',
])

export function isSameTree(left: unknown, right: unknown): boolean {
  const pending: [unknown, unknown][] = [[left, right]]
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = pair
    if (a === b) continue
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
    if (Array.isArray(a) !== Array.isArray(b)) return false
    const keysA = comparedKeys(a)
    if (keysA.length !== comparedKeys(b).length) return false
    for (const [key, value] of keysA) {
      if (!Object.hasOwn(b, key)) return false
      pending.push([value, Reflect.get(b, key)])
    }
  }
  return true
}

function comparedKeys(value: object): [string, unknown][] {
  return Object.entries(value).filter(([key, field]) => !(typeof field === 'number' && POSITIONS.has(key)))
}
