/** Waiting for something that another process does: the only clock these tests have is the real one. */
import { setTimeout as delay } from 'node:timers/promises'

export async function eventually<T>(what: string, look: () => Promise<T | undefined>, withinMs = 60_000): Promise<T> {
  for (const untilMs = Date.now() + withinMs; Date.now() < untilMs; await delay(20)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`did not happen within ${withinMs} ms: ${what}`)
}
