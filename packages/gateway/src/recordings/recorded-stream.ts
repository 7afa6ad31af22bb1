/**
 * A client's stream with somebody beside it who gets every byte before the client does, and may take their time: what is written waits until they
 * have it. Whoever writes sees a stream like any other, whose buffer fills when the disk is slow. Reading passes through untouched.
 */
import { Duplex } from 'node:stream'

/** `drop`: they are not delivered. */
export type Tapped = 'pass' | 'drop'

/** Takes bytes that are about to be delivered, and may take its time. Must neither throw nor reject. */
export type Tap = (bytes: Buffer) => Tapped | Promise<Tapped>

export class RecordedStream extends Duplex {
  readonly #inner: Duplex
  readonly #tap: Tap
  #accepted = 0
  #tapped = 0

  constructor(inner: Duplex, tap: Tap) {
    super({ allowHalfOpen: false, decodeStrings: true })
    this.#inner = inner
    this.#tap = tap
    inner.on('data', (chunk: Buffer) => { if (!this.push(chunk)) inner.pause() })
    inner.on('end', () => { this.push(null) })
    // As on a client's own stream before its session: errors are expected, their text is of no use, and `close` follows.
    inner.on('error', () => undefined)
    this.on('error', () => undefined)
    inner.on('close', () => { this.destroy() })
    // A stream that was closed while the session was being made says so no more.
    if (inner.destroyed) this.destroy()
    else if (inner.readableEnded) this.push(null)
  }

  /** Bytes that were written here and that nobody beside has got yet. */
  get untappedBytes(): number { return this.#accepted - this.#tapped }

  override write(chunk: unknown, ...rest: readonly unknown[]): boolean {
    if (Buffer.isBuffer(chunk) && this.writable) this.#accepted += chunk.length
    return super.write(chunk, ...(rest as [])) // its own overloads, passed on as they came
  }

  override _read(): void { this.#inner.resume() }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#tapped += chunk.length
    const answer = this.#tap(chunk)
    if (typeof answer === 'string') this.#pass(answer, chunk, done)
    else answer.then((later) => { this.#pass(later, chunk, done) }, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#inner.destroyed || this.#inner.writableEnded) done()
    else this.#inner.end(() => { done() })
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy(error ?? undefined)
    done(error)
  }

  #pass(answer: Tapped, chunk: Buffer, done: () => void): void {
    if (answer === 'drop') { done(); return }
    // Its end is on the way, and with it ours: what waits is not delivered.
    if (this.#inner.destroyed) return
    if (this.#inner.write(chunk)) done()
    else this.#inner.once('drain', done)
  }
}
