/** A recorder that a test can slow down, break or hang, and whose entries it can read. Stands in for the log at the guard's `record` port. */
import type { EntryBody, Json, Receipt } from '@doorward/core'

/** One field of an entry as text: itself, or JSON; empty where it is not there. */
export function fieldText(entry: EntryBody | undefined, field: string): string {
  const value: Json | undefined = entry?.[field]
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}

export type RecorderMood =
  | { readonly kind: 'works' }
  /** Entries wait until {@link ScriptedRecorder.release}: a slow disk. */
  | { readonly kind: 'slow' }
  /** Every entry fails, or those of one kind. */
  | { readonly kind: 'fails'; readonly only?: EntryBody['kind'] }
  /** It does not come to making a promise. */
  | { readonly kind: 'throws' }

interface Waiting { readonly body: EntryBody; readonly resolve: (receipt: Receipt) => void; readonly reject: (error: Error) => void }

export class ScriptedRecorder {
  /** Durable, in the order of their index. */
  readonly entries: EntryBody[] = []
  mood: RecorderMood = { kind: 'works' }
  readonly #waiting: Waiting[] = []

  /** The port, bound. */
  readonly record = (body: EntryBody): Promise<Receipt> => {
    switch (this.mood.kind) {
      case 'works': return Promise.resolve(this.#keep(body))
      case 'slow': return new Promise((resolve, reject) => { this.#waiting.push({ body, resolve, reject }) })
      case 'throws': throw new Error('the disk is gone')
      case 'fails': return this.mood.only === undefined || this.mood.only === body.kind ? Promise.reject(new Error('the disk is gone')) : Promise.resolve(this.#keep(body))
    }
  }

  /** Kinds of the entries that wait. */
  get waiting(): readonly EntryBody['kind'][] { return this.#waiting.map(({ body }) => body.kind) }

  get kinds(): readonly EntryBody['kind'][] { return this.entries.map((entry) => entry.kind) }

  ofKind(kind: EntryBody['kind']): readonly EntryBody[] { return this.entries.filter((entry) => entry.kind === kind) }

  /** What waits becomes durable, in order, and the recorder works again. */
  release(): void {
    this.mood = { kind: 'works' }
    for (const { body, resolve } of this.#waiting.splice(0)) resolve(this.#keep(body))
  }

  /** What waits fails, and so does everything after. */
  break(): void {
    this.mood = { kind: 'fails' }
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the disk is gone'))
  }

  /** Everything that was recorded, as text: to look for what must not be there. */
  get text(): string { return JSON.stringify(this.entries) }

  #keep(body: EntryBody): Receipt {
    this.entries.push(body)
    return { origin: 'doorward.test/log', index: this.entries.length - 1 }
  }
}
