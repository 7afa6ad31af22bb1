/** The embedded store behind the port, on a thread of its own: calls are written out one by one, so that the types hold on both sides. */
import { Worker } from 'node:worker_threads'
import { StateFault } from './state-fault.ts'
import type { FailureRow, RequestRow, RevocationRow, SessionRow, State, VoteRow } from './state.ts'

/** What the thread is asked. */
export interface StateCall {
  readonly id: number
  readonly store: 'requests' | 'sessions' | 'revocations' | 'failures' | 'state'
  readonly method: string
  readonly values: readonly unknown[]
}

/** `id` 0: it is ready, or could not start. */
export type StateAnswer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failed: { readonly code: string; readonly message: string } }

interface Waiting { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }

/** @param dir The state folder. @throws {StateFault} `newer`, `storage` */
export async function openStateOnThread(dir: string): Promise<State> {
  const thread = new StateThread(dir)
  await thread.ready
  return toState(thread)
}

class StateThread {
  readonly ready: Promise<unknown>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #ended: StateFault | undefined

  constructor(dir: string) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./state-worker.${extension}`, import.meta.url), { workerData: dir })
    this.ready = new Promise((resolve, reject) => { this.#waiting.set(0, { resolve, reject }) })
    this.#worker.on('message', (answer: StateAnswer) => { this.#take(answer) })
    this.#worker.on('error', (cause) => { this.#end(new StateFault('storage', 'the state\'s thread failed', { cause })) })
    this.#worker.on('exit', () => { this.#end(new StateFault('closed', 'the state is closed')) })
  }

  /** @returns what the store answers: `T` is what the same method of {@link State} promises. */
  call<T>(store: StateCall['store'], method: string, ...values: readonly unknown[]): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    this.#calls += 1
    const id = this.#calls
    const call: StateCall = { id, store, method, values }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => { resolve(value as T) }, reject }) // both ends are ours
      // The process lives for whoever waits, and not for an idle store.
      this.#worker.ref()
      this.#worker.postMessage(call)
    })
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return
    await this.call('state', 'close')
    await this.#worker.terminate()
  }

  #take(answer: StateAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (waiting === undefined) return
    if ('failed' in answer) waiting.reject(toFault(answer.failed))
    else waiting.resolve(answer.value)
  }

  #end(fault: StateFault): void {
    this.#ended ??= fault
    for (const [id, waiting] of [...this.#waiting]) { this.#waiting.delete(id); waiting.reject(fault) }
  }
}

function toFault({ code, message }: { readonly code: string; readonly message: string }): StateFault {
  return new StateFault(code === 'newer' || code === 'unreadable' || code === 'closed' ? code : 'storage', message)
}

function toState(thread: StateThread): State {
  return {
    requests: {
      insert: (row: RequestRow) => thread.call('requests', 'insert', row),
      get: (id) => thread.call('requests', 'get', id),
      list: (filter) => thread.call('requests', 'list', filter),
      countOpen: (issuer, subject) => thread.call('requests', 'countOpen', issuer, subject),
      votes: (id) => thread.call('requests', 'votes', id),
      vote: (id, inState, vote: VoteRow) => thread.call('requests', 'vote', id, inState, vote),
      move: (id, from, to) => thread.call('requests', 'move', id, from, to),
      seen: (id, person, atMs) => thread.call('requests', 'seen', id, person, atMs),
      prune: (endedBeforeMs) => thread.call('requests', 'prune', endedBeforeMs),
    },
    sessions: {
      opened: (row: SessionRow) => thread.call('sessions', 'opened', row),
      ended: (id) => thread.call('sessions', 'ended', id),
      forgetOthers: (process) => thread.call('sessions', 'forgetOthers', process),
      list: () => thread.call('sessions', 'list'),
    },
    revocations: {
      add: (row: RevocationRow) => thread.call('revocations', 'add', row),
      lift: (issuer, subject) => thread.call('revocations', 'lift', issuer, subject),
      list: () => thread.call('revocations', 'list'),
    },
    failures: {
      get: (key) => thread.call('failures', 'get', key),
      put: (row: FailureRow) => thread.call('failures', 'put', row),
      clear: (key) => thread.call('failures', 'clear', key),
      prune: (keep) => thread.call('failures', 'prune', keep),
    },
    close: () => thread.close(),
  }
}
