/** A process of ours beside the bench: started, asked, stopped. Its messages are `{ kind, ... }`. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const FLAGS = ['--conditions=doorward-source', '--disable-warning=ExperimentalWarning', '--expose-gc']
const START_MS = 60_000

export class Child {
  readonly #process: ChildProcess
  readonly #name: string

  private constructor(name: string, process: ChildProcess) {
    this.#name = name
    this.#process = process
  }

  get pid(): number { return this.#process.pid ?? 0 }

  /** @param flags more flags for Node. @param first what it says when it is ready. @returns the child and that message. */
  static async start(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, flags: readonly string[] = [], first = 'ready'): Promise<{ readonly child: Child; readonly ready: Message }> {
    const process_ = fork(fileURLToPath(new URL(script, import.meta.url)), args, { execArgv: [...FLAGS, ...flags], env: { ...process.env, ...env }, serialization: 'advanced' })
    const child = new Child(script, process_)
    return { child, ready: await child.next(first, START_MS) }
  }

  async ask(message: unknown, kind: string, withinMs: number): Promise<Message> {
    const answer = this.next(kind, withinMs)
    this.#process.send(message as object) // structured clone takes anything
    return answer
  }

  next(kind: string, withinMs: number): Promise<Message> {
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer)
        this.#process.off('message', onMessage).off('exit', onExit)
        act()
      }
      const onMessage = (message: unknown): void => {
        const read = toMessage(message)
        if (read.kind === 'failed') done(() => { reject(new Error(`${this.#name}: ${String(read['why'])}`)) })
        else if (read.kind === kind) done(() => { resolve(read) })
      }
      const onExit = (code: number | null): void => { done(() => { reject(new Error(`${this.#name} ended with ${code ?? 'a signal'} before it said "${kind}"`)) }) }
      const timer = setTimeout(() => { done(() => { reject(new Error(`${this.#name} did not say "${kind}" within ${withinMs} ms`)) }) }, withinMs)
      this.#process.on('message', onMessage).on('exit', onExit)
    })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => { this.#process.on('exit', resolve) })
    if (this.#process.connected) this.#process.disconnect()
    const timer = setTimeout(() => { this.#process.kill('SIGKILL') }, 15_000)
    await ended
    clearTimeout(timer)
  }
}

export interface Message { readonly kind: string; readonly [field: string]: unknown }

function toMessage(message: unknown): Message {
  if (typeof message !== 'object' || message === null || !('kind' in message) || typeof message.kind !== 'string') throw new Error('a message without a kind')
  return message as Message // checked above; fields are read as unknown
}

export function numberOf(message: Message, field: string): number {
  const value = message[field]
  if (typeof value !== 'number') throw new Error(`${message.kind}: ${field} is no number`)
  return value
}
