/**
 * Canonical bytes of values that can no longer change, so that what many entries share (a statement's effects, a decision, a principal) is
 * encoded once. Only plain objects and arrays that are frozen to the bottom qualify: then the text kept is the text there would be.
 * Each is kept as a string with a character for a byte, which the runtime holds in that many bytes: a short Buffer would be a slice of a block
 * that many share, and the session whose principal it describes would keep the block.
 */

/** Entries need 6 levels. Above this a text is made anew, so that the limit on nesting is found whatever is kept. */
const MAX_KEPT_DEPTH = 16

export class KeptBytes {
  readonly #bytes = new WeakMap<object, string>()

  /** @param depth at which the value stands. @returns its bytes, one a character (`latin1`). */
  find(value: object, depth: number): string | undefined {
    return depth <= MAX_KEPT_DEPTH && Object.isFrozen(value) ? this.#bytes.get(value) : undefined
  }

  keep(value: object, depth: number, make: () => string): void {
    if (depth <= MAX_KEPT_DEPTH && Object.isFrozen(value) && isSettled(value, 0)) this.#bytes.set(value, make())
  }
}

/** Frozen to the bottom, with nothing computed when it is asked for. */
function isSettled(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth > MAX_KEPT_DEPTH || !Object.isFrozen(value)) return false
  return Object.values(Object.getOwnPropertyDescriptors(value)).every((property) => 'value' in property && isSettled(property.value, depth + 1))
}
