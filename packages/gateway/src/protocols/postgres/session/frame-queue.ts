/**
 * Frames of one socket, one at a time, with back-pressure: while whoever reads is busy (a decision, a person), at most
 * {@link MAX_WAITING_BYTES} wait here and the socket is paused, and the end of the peer is still noticed.
 */
import type { Duplex } from 'node:stream'
import type { Frame, FrameReader } from '../frame.ts'

/** Bytes taken from the socket and not yet cut; above it the socket is paused. */
export const MAX_WAITING_BYTES = 256 * 1024

export class FrameQueue {
  readonly #stream: Duplex
  readonly #reader: FrameReader
  readonly #chunks: Buffer[] = []
  #waitingBytes = 0
  #ended: 'no' | 'yes' = 'no'
  #wakers: (() => void)[] = []
  #front: Frame | undefined
  #reading: 'yes' | 'no' = 'yes'
  readonly #gone: (() => void)[] = []

  constructor(stream: Duplex, reader: FrameReader) {
    this.#stream = stream
    this.#reader = reader
    stream.on('data', (chunk: Buffer) => {
      if (this.#reading === 'no') return
      this.#chunks.push(chunk)
      this.#waitingBytes += chunk.length
      if (this.#waitingBytes > MAX_WAITING_BYTES) stream.pause()
      this.#wake()
    })
    const end = (): void => {
      if (this.#ended === 'yes') return
      this.#ended = 'yes'
      this.#wake()
      for (const tell of this.#gone) tell()
    }
    stream.on('end', end)
    stream.on('close', end)
    // The error's own text is of no use to a session: the peer is gone either way, and `close` follows.
    stream.on('error', end)
    // A stream that was closed while the session was being made says so no more.
    if (stream.destroyed || stream.readableEnded) end()
    // A stream handed over after a handshake may be paused.
    else stream.resume()
  }

  get hasEnded(): boolean { return this.#ended === 'yes' }

  /** Calls back once, when the peer has hung up or the stream has failed. */
  onGone(tell: () => void): void {
    if (this.#ended === 'yes') tell()
    else this.#gone.push(tell)
  }

  /** @throws {WireFault} from the reader. @returns the next frame if its bytes are here. */
  tryNext(): Frame | undefined {
    if (this.#reading === 'no') return undefined
    const front = this.#front
    if (front !== undefined) { this.#front = undefined; return front }
    for (;;) {
      const frame = this.#reader.next()
      if (frame !== undefined) return frame
      const chunk = this.#chunks.shift()
      if (chunk === undefined) return undefined
      this.#waitingBytes -= chunk.length
      if (this.#waitingBytes <= MAX_WAITING_BYTES && this.#stream.isPaused() && this.#ended === 'no') this.#stream.resume()
      this.#reader.push(chunk)
    }
  }

  /** @returns whole frames of this type that were cut out of the socket's bytes together, if they are next; see {@link FrameReader.nextRun}. */
  tryRun(tag: number | undefined): Buffer | undefined {
    return tag === undefined || this.#reading === 'no' || this.#front !== undefined ? undefined : this.#reader.nextRun(tag)
  }

  /** @returns undefined when the peer has ended and everything it sent was read, or after {@link FrameQueue.stop}. @throws {WireFault} from the reader. */
  async next(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.tryNext()
      if (frame !== undefined) return frame
      if (this.#ended === 'yes') return undefined
      await new Promise<void>((resolve) => { this.#wakers.push(resolve) })
    }
  }

  /** Resolves when {@link FrameQueue.next} would answer at once. @throws {WireFault} from the reader. */
  async peek(): Promise<void> {
    while (this.#front === undefined && this.#ended === 'no') {
      this.#front = this.tryNext()
      if (this.#front === undefined) await new Promise<void>((resolve) => { this.#wakers.push(resolve) })
    }
  }

  /** The frame is the next one again. */
  putBack(frame: Frame): void { this.#front = frame }

  /** Nobody reads any more: whoever waits gets the end, and what still comes is dropped, so that the peer can close in good order. */
  stop(): void {
    this.#ended = 'yes'
    this.#reading = 'no'
    this.#front = undefined
    this.#chunks.length = 0
    this.#stream.resume()
    this.#wake()
  }

  #wake(): void { for (const wake of this.#wakers.splice(0)) wake() }
}
