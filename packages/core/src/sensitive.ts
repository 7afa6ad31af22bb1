/**
 * A value that may hold PHI or a secret. It prints nothing: not in a template, not in JSON, not in `util.inspect`,
 * not in a stack trace. The only way in is `.reveal()`, so one search finds every place that opens one.
 */
export class Sensitive<T> {
  readonly #value: T
  constructor(value: T) { this.#value = value }
  /** The value itself. Whoever calls this answers for where it goes. */
  reveal(): T { return this.#value }
  toString(): string { return '[sensitive]' }
  toJSON(): string { return '[sensitive]' }
  [Symbol.toPrimitive](): string { return '[sensitive]' }
  [Symbol.for('nodejs.util.inspect.custom')](): string { return '[sensitive]' }
}
