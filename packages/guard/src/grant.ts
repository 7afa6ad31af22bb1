/**
 * An approval that was used, for going on with what it was used for: a portal that was opened under an approval is read to its end
 * without asking again. It is bound to that one statement as decided then; anything else is held anew.
 */
import type { Hold } from '@doorward/core'

/** Made by the guard alone; a caller keeps it with the portal and hands it back. */
export class Grant {
  readonly #reference: string
  readonly #by: readonly string[]
  readonly #bound: string

  /** @param bound see {@link boundTo}. */
  constructor(reference: string, by: readonly string[], bound: string) {
    this.#reference = reference
    this.#by = by
    this.#bound = bound
  }

  get reference(): string { return this.#reference }
  get by(): readonly string[] { return this.#by }

  /** @returns whether it was given for exactly this. */
  covers(bound: string): boolean { return this.#bound === bound }
}

/** What a decision to hold asks for, as one text: an approval that was given under other terms does not count. */
export function termsOf(hold: Hold): string {
  return JSON.stringify([hold.version, hold.by, hold.quorum, hold.expiresMs, hold.obligations])
}

/** What a grant stays bound to: the text, its parameters, its purpose, and the terms of the decision. */
export function boundTo(digest: string, parameters: string | undefined, purpose: string | undefined, hold: Hold): string {
  return JSON.stringify([digest, parameters ?? '', purpose ?? '', termsOf(hold)])
}
