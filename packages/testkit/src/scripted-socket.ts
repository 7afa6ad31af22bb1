/**
 * Two ends of a connection in memory, with what real ones do to a protocol: bytes that arrive cut anywhere, a peer that does not read, a
 * peer that is gone from one moment to the next. No network, no time.
 */
import { Duplex } from 'node:stream'

/** How bytes written at one end arrive at the other. Positions count from the first byte of this direction. */
export type Cut =
  | { readonly kind: 'whole' }
  /** Each byte alone. */
  | { readonly kind: 'every-byte' }
  /** The bytes before `at` arrive, then the event loop turns, then the rest. */
  | { readonly kind: 'once'; readonly at: number }

export const WHOLE: Cut = { kind: 'whole' }

export interface SocketPairOptions {
  /** From the first end to the second. */
  readonly cut?: Cut
  /** From the second end to the first. */
  readonly cutBack?: Cut
  /** Bytes that an end holds unread before a write at the other end waits. Default: the runtime's own for streams. */
  readonly highWaterMark?: number
}

/** One end. A stream like any other, and a few things that only a test does. */
export class ScriptedSocket extends Duplex {
  #peer: ScriptedSocket | undefined
  readonly #cut: Cut
  #passed = 0
  #parked: (() => void) | undefined
  #stalled: 'no' | 'yes' = 'no'
  /** All that was written at this end and has been handed to the other. */
  readonly written: Buffer[] = []

  constructor(cut: Cut, highWaterMark: number | undefined) {
    super({ allowHalfOpen: false, ...(highWaterMark === undefined ? {} : { highWaterMark }) })
    this.#cut = cut
    // What a socket's owner must expect anyway; a test looks at `destroyed`.
    this.on('error', () => undefined)
  }

  /** For {@link socketPair}. */
  join(peer: ScriptedSocket): void { this.#peer = peer }

  get writtenBytes(): Buffer { return Buffer.concat(this.written) }

  /** From here on this end takes nothing: what is written at the other end waits there, as behind a full window. */
  stall(): void { this.#stalled = 'yes' }

  unstall(): void {
    this.#stalled = 'no'
    this.#resumePeer()
  }

  /** As a TCP socket has it: what is written goes out, then the end is closed. */
  destroySoon(): void {
    this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => { this.destroy() })
  }

  /** The process at this end was killed: the other end sees a reset, and nothing that was on the way arrives. */
  vanish(): void {
    const peer = this.#peer
    this.destroy()
    peer?.destroy(Object.assign(new Error('the peer vanished'), { code: 'ECONNRESET' }))
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const bytes = Buffer.from(chunk)
    this.written.push(bytes)
    this.#deliver(bytes).then(() => { done() }, (error: unknown) => { done(error instanceof Error ? error : new Error('not delivered')) })
  }

  override _read(): void { this.#resumePeer() }

  override _final(done: (error?: Error | null) => void): void {
    const peer = this.#peer
    if (peer !== undefined && !peer.destroyed && !peer.readableEnded) peer.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const peer = this.#peer
    this.#peer = undefined
    this.#wakeParked()
    // A destroyed end is a closed one: the other reads to the end of what has arrived.
    if (peer !== undefined && !peer.destroyed && !peer.readableEnded) {
      setImmediate(() => { if (!peer.destroyed && !peer.readableEnded) peer.push(null) })
      peer.#wakeParked()
    }
    done(error)
  }

  async #deliver(bytes: Buffer): Promise<void> {
    for (const piece of this.#pieces(bytes)) {
      while (this.#peerIsStalled()) await new Promise<void>((resolve) => { this.#parked = resolve })
      const peer = this.#peer
      if (peer === undefined || peer.destroyed || peer.readableEnded) return
      if (!peer.push(piece)) await new Promise<void>((resolve) => { this.#parked = resolve })
      if (this.#cut.kind !== 'whole') await new Promise<void>((resolve) => { setImmediate(resolve) })
    }
  }

  #pieces(bytes: Buffer): Buffer[] {
    const from = this.#passed
    this.#passed += bytes.length
    switch (this.#cut.kind) {
      case 'whole': return [bytes]
      case 'every-byte': return Array.from(bytes, (byte) => Buffer.from([byte]))
      case 'once': {
        const at = this.#cut.at - from
        return at <= 0 || at >= bytes.length ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)]
      }
    }
  }

  #peerIsStalled(): boolean { return this.#peer !== undefined && this.#peer.#stalled === 'yes' }

  #resumePeer(): void {
    const peer = this.#peer
    if (this.#stalled === 'no' && peer !== undefined) peer.#wakeParked()
  }

  #wakeParked(): void {
    const wake = this.#parked
    this.#parked = undefined
    wake?.()
  }
}

/** @returns the two ends. */
export function socketPair(options: SocketPairOptions = {}): readonly [ScriptedSocket, ScriptedSocket] {
  const first = new ScriptedSocket(options.cut ?? WHOLE, options.highWaterMark)
  const second = new ScriptedSocket(options.cutBack ?? WHOLE, options.highWaterMark)
  first.join(second)
  second.join(first)
  return [first, second]
}
