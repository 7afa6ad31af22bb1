/**
 * Takes back what a batch did after the point at which it failed: the server drops everything between an error and Sync, while Doorward may
 * have answered some of it already. Positions are the exchange's.
 */

export class SessionJournal {
  readonly #entries: { readonly position: number; readonly undo: () => void }[] = []
  #bytes = 0

  /** Whether so much is noted that it should be waited for rather than kept. */
  get isLong(): boolean { return this.#entries.length >= MAX_ENTRIES || this.#bytes >= MAX_BYTES }

  /** @param position the place of the message that did it. @param bytes that are kept for the undoing. */
  note(position: number, undo: () => void, bytes = 0): void {
    this.#entries.push({ position, undo })
    this.#bytes += bytes
  }

  /** Undoes what was done after `position`, latest first. */
  undoAfter(position: number): void {
    for (let entry = this.#entries.at(-1); entry !== undefined && entry.position > position; entry = this.#entries.at(-1)) {
      this.#entries.pop()
      entry.undo()
    }
  }

  /** The batch is over: what it did stays. */
  clear(): void {
    this.#entries.length = 0
    this.#bytes = 0
  }
}

/** Of one batch, ahead of the answers. */
const MAX_ENTRIES = 1_000
const MAX_BYTES = 16 * 1024 * 1024
