/**
 * Where nodes lie in an RFC 6962 tree. Sizes and indexes are JavaScript numbers up to 2^53 - 1, so halves come from division:
 * the bitwise operators would cut them to 32 bits.
 */

/** A perfect subtree: `level` 0 is a leaf; it covers the leaves `index * 2^level` to `(index + 1) * 2^level - 1`. */
export interface NodeId {
  readonly level: number
  readonly index: number
}

/** Leaves `begin` up to, not including, `end`. */
export interface LeafRange {
  readonly begin: number
  readonly end: number
}

/** @returns whether `value` may be a tree size or an index. */
export function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** The largest power of two below `size`, which is at least 2: where RFC 6962 §2.1 splits a tree. */
export function splitPoint(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}

/**
 * The perfect subtrees that make up a range, from left to right. The range must be one that occurs in a proof or a root: it
 * begins at a multiple of the largest power of two that is not above its length.
 */
export function toNodes(range: LeafRange): readonly NodeId[] {
  const nodes: NodeId[] = []
  let begin = range.begin
  while (begin < range.end) {
    let level = 0
    let width = 1
    while (width * 2 <= range.end - begin && begin % (width * 2) === 0) {
      width *= 2
      level++
    }
    nodes.push({ level, index: begin / width })
    begin += width
  }
  return nodes
}
