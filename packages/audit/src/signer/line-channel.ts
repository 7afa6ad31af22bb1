/** Lines over a pair of streams: one question at a time, one line each way. */
import type { Readable, Writable } from 'node:stream'
import { MAX_LINE_BYTES } from './signer-protocol.ts'

/** Cuts a stream of bytes into lines. */
export class LineSplitter {
  #rest = ''

  /** @returns whole lines, without their ends. @throws {RangeError} when a line is longer than {@link MAX_LINE_BYTES}. */
  push(bytes: Buffer): readonly string[] {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > MAX_LINE_BYTES || lines.some((line) => line.length > MAX_LINE_BYTES)) throw new RangeError(`line: longer than ${MAX_LINE_BYTES} bytes`)
    return lines
  }
}

/** Streams to and from the other process: a socket is both. */
export interface Streams {
  readonly input: Readable
  readonly output: Writable
  /** Lets the other side go. */
  close(): void
}

export class LineChannel {
  readonly #streams: Streams
  readonly #splitter = new LineSplitter()
  #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void } | undefined
  #ended: Error | undefined

  constructor(streams: Streams) {
    this.#streams = streams
    streams.input.on('data', (bytes: Buffer) => { this.#take(bytes) })
    for (const event of ['end', 'close'] as const) streams.input.on(event, () => { this.#end(new Error('the signer is gone')) })
    for (const stream of [streams.input, streams.output]) stream.on('error', (error) => { this.#end(error) })
  }

  /** Asks and waits for the answer. One at a time. @throws when the other side goes, or sends what was not asked for. */
  ask(line: string): Promise<string> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#streams.output.write(`${line}\n`)
    })
  }

  close(): void {
    this.#end(new Error('closed'))
  }

  #take(bytes: Buffer): void {
    try {
      for (const line of this.#splitter.push(bytes)) {
        const waiting = this.#waiting
        if (waiting === undefined) throw new Error('the signer answers what was not asked')
        this.#waiting = undefined
        waiting.resolve(line)
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error('unexpected'))
    }
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    this.#waiting?.reject(error)
    this.#waiting = undefined
    this.#streams.close()
  }
}

/** Serves lines on a pair of streams until they end. Lines are answered in order. */
export async function serveLines(input: Readable, output: Writable, answer: (line: string) => Promise<string>): Promise<void> {
  const splitter = new LineSplitter()
  for await (const bytes of input) {
    for (const line of splitter.push(bytes as Buffer)) output.write(`${await answer(line)}\n`) // a stream without encoding gives buffers
  }
}
