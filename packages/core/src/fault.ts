/**
 * The peer broke the protocol, or a dependency failed. Each package has one subclass with its own codes; a fault ends the session
 * or refuses the statement, and is recorded. Messages hold sizes, types, positions and ids, never values.
 */
export class Fault<Code extends string = string> extends Error {
  readonly code: Code
  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}
