/** What a command may touch of the process it runs in: handed in, so that a test can hold it. */
import type { Readable, Writable } from 'node:stream'

export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly now: () => number
  readonly randomBytes: (size: number) => Buffer
  /** Resolves when the process is asked to end: Ctrl-C, a signal, or the end of the process that started it. */
  readonly stopped: () => Promise<string>
}

/**
 * Ends a command with this exit status and, unless empty, this text on standard error. Thrown by commands, caught once, in cli.ts.
 */
export class CommandEnd extends Error {
  readonly status: number
  constructor(status: number, message = '') {
    super(message)
    this.name = 'CommandEnd'
    this.status = status
  }
}

export function writeLine(stream: Writable, line: string): void {
  stream.write(`${line}\n`)
}
