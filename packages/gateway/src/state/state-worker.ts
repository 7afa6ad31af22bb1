/**
 * The thread that holds the embedded store: SQLite waits for the disk at every commit, and nobody but this thread waits with it. One call
 * at a time, in the order sent. Started by open-state.ts, with the state folder as its data.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '@doorward/core'
import type { StateAnswer, StateCall } from './open-state.ts'
import { openState } from './sqlite-state.ts'

const port = parentPort
if (port === null) throw new Error('state-worker: started outside a worker thread')
const post = (answer: StateAnswer): void => { port.postMessage(answer) }

try {
  const state = openState(String(workerData))
  port.on('message', ({ id, store, method, values }: StateCall) => {
    // Names of our own: the other end is open-state.ts, which writes each out.
    const target = store === 'state' ? state : state[store]
    const run = (target as unknown as Readonly<Record<string, (...values: readonly unknown[]) => Promise<unknown>>>)[method]
    if (run === undefined) return post({ id, failed: { code: 'unreadable', message: `state: no method ${store}.${method}` } })
    run.apply(target, [...values]).then((value) => { post({ id, value }) }, (error: unknown) => { post({ id, failed: describe(error) }) })
  })
  post({ id: 0, value: 'ready' })
} catch (error) {
  post({ id: 0, failed: describe(error) })
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof Fault) return { code: error.code, message: error.message }
  // SQLite's own messages name columns and files, never values.
  return { code: 'storage', message: error instanceof Error ? error.message : 'unknown' }
}
