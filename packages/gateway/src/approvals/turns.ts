/** One thing at a time for each key, in the order asked: what is checked is still so when it is acted on. */

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs `work` when everything before it under this key has ended, however it ended. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const mine = before === undefined ? work() : before.then(work, work)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
