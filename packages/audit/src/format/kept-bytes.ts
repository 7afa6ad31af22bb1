/**
 * Canonical bytes of values that can no longer change, so that what many entries share (a statement's effects, a decision, a principal) is
 * encoded once. Only plain objects and arrays that are frozen to the bottom qualify: then the text kept is the text there would be.
 */

/** Entries need 6 levels. Above this a text is made anew, so that the limit on nesting is found whatever is kept. */
const MAX_KEPT_DEPTH = 16

export class KeptBytes {
  readonly #bytes = new WeakMap<object, Buffer>()

  /** @param depth at which the value stands. */
  find(value: object, depth: number): Buffer | undefined {
    return depth <= MAX_KEPT_DEPTH && Object.isFrozen(value) ? this.#bytes.get(value) : undefined
  }

  keep(value: object, depth: number, make: () => Buffer): void {
    if (depth <= MAX_KEPT_DEPTH && Object.isFrozen(value) && isSettled(value, 0)) this.#bytes.set(value, make())
  }
}

/** Frozen to the bottom, with nothing computed when it is asked for. */
function isSettled(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth > MAX_KEPT_DEPTH || !Object.isFrozen(value)) return false
  return Object.values(Object.getOwnPropertyDescriptors(value)).every((property) => 'value' in property && isSettled(property.value, depth + 1))
}
