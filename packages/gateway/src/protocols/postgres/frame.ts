/**
 * Bytes to frames: a type byte, a length that counts itself, a body. Knows lengths and which types exist, nothing of their
 * meaning; start-up packets, which have no type byte, are startup.ts's. Source: PostgreSQL, Message Formats.
 */
import { HEADER_BYTES, type FrameLimit } from './limits.ts'
import { describeTag, WireFault } from './wire-fault.ts'

/** One frame. `body` and `whole` are views: the reader never rewrites their bytes, but a kept view pins the chunk it lies in. */
export interface Frame {
  readonly tag: number
  /** What follows the length field. */
  readonly body: Buffer
  /** The frame as it came, for forwarding unchanged. */
  readonly whole: Buffer
}

const EMPTY = Buffer.alloc(0)
/** The first buffer that a drip-fed frame is gathered in; it doubles from there. */
const MIN_GATHER_BYTES = 512
/** Shorter chunks are gathered whole: a copy costs less than it saves. */
const MIN_LEFT_BYTES = 4_096

/**
 * Cuts a stream of chunks into frames. Reading can stop between two frames for as long as the caller likes.
 *
 * A frame's type and length are checked as soon as they are there, before anything waits or is allocated for its body; memory
 * held is at most twice the bytes received. INVARIANT: bytes of a frame handed out are never rewritten, so that a view may sit in
 * a socket's write queue; the caller must leave the chunks it pushes alone for the same reason.
 */
export class FrameReader {
  #limit: FrameLimit
  #held: Buffer = EMPTY
  /** The unread bytes are `#held[#start, #end)`; behind `#end` there is room only in a buffer of our own: a pushed chunk ends there. */
  #start = 0
  #end = 0
  /** Where a frame had to be put together: what came behind it, in the chunk it came in. Then the frame in front is whole, and the only one held. */
  #behind: Buffer | undefined

  constructor(limit: FrameLimit) {
    this.#limit = limit
  }

  /** Bytes received and not yet handed out as frames. */
  get pendingBytes(): number {
    return this.#end - this.#start + (this.#behind?.length ?? 0)
  }

  /** Other limits from the next frame on: a client may send more once it is authenticated. */
  limitTo(limit: FrameLimit): void {
    this.#limit = limit
  }

  push(chunk: Buffer): void {
    const pending = this.#end - this.#start
    if (pending === 0) {
      this.#held = chunk
      this.#start = 0
      this.#end = chunk.length
      return
    }
    const missing = (this.#frameBytes() ?? 0) - pending
    if (this.#behind !== undefined) this.#append(this.#takeBehind())
    // The rest of a long chunk stays where it is: in a large result every chunk ends inside a frame.
    else if (missing > 0 && missing < chunk.length && chunk.length >= MIN_LEFT_BYTES) {
      this.#append(chunk.subarray(0, missing))
      this.#behind = chunk.subarray(missing)
      return
    }
    this.#append(chunk)
  }

  #append(chunk: Buffer): void {
    const pending = this.#end - this.#start
    if (this.#held.length - this.#end < chunk.length) this.#regather(pending, pending + chunk.length)
    chunk.copy(this.#held, this.#end)
    this.#end += chunk.length
  }

  #takeBehind(): Buffer {
    const behind = this.#behind ?? EMPTY
    this.#behind = undefined
    return behind
  }

  /** Moves the unread bytes into a buffer with room, never in place: views of the old one may still be in use. */
  #regather(pending: number, needed: number): void {
    const gathered = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * needed, this.#frameBytes() ?? MIN_GATHER_BYTES), MIN_GATHER_BYTES))
    this.#held.copy(gathered, 0, this.#start, this.#end)
    this.#held = gathered
    this.#start = 0
    this.#end = pending
  }

  /** The whole length of the frame in front, once its header is there; already checked by `next` if it was asked. */
  #frameBytes(): number | undefined {
    return this.#end - this.#start < HEADER_BYTES ? undefined : 1 + this.#held.readUInt32BE(this.#start + 1)
  }

  /**
   * The next frame, or undefined until more bytes are pushed.
   *
   * @throws {WireFault} `unknown-message`, `bad-length`, `frame-too-long`; the reader then throws the same for ever.
   */
  next(): Frame | undefined {
    const pending = this.#end - this.#start
    if (pending === 0) return undefined
    const tag = this.#held.readUInt8(this.#start)
    const maxBody = this.#limit(tag)
    if (maxBody === undefined) throw new WireFault('unknown-message', `message type ${describeTag(tag)} is not one that may come here`)
    if (pending < HEADER_BYTES) return undefined
    const length = this.#held.readUInt32BE(this.#start + 1)
    if (length < 4 || length > 0x7fff_ffff) throw new WireFault('bad-length', `message ${describeTag(tag)}: length field is ${length}, expected 4 or more`)
    const bodyBytes = length - 4
    if (bodyBytes > maxBody) throw new WireFault('frame-too-long', `message ${describeTag(tag)}: ${bodyBytes} bytes, expected at most ${maxBody}`)
    if (pending < HEADER_BYTES + bodyBytes) return undefined
    const whole = this.#held.subarray(this.#start, this.#start + HEADER_BYTES + bodyBytes)
    this.#start += whole.length
    if (this.#start === this.#end) this.#release()
    return { tag, body: whole.subarray(HEADER_BYTES), whole }
  }

  /**
   * The whole frames of one type that are in front, one behind the other, as one view: for results, where an object per row costs more than the
   * row. Frames are checked as {@link FrameReader.next} checks them.
   *
   * @returns undefined: the frame in front is of another type, not whole, or faulty, and `next` says which.
   */
  nextRun(tag: number): Buffer | undefined {
    const maxBody = this.#limit(tag)
    if (maxBody === undefined) return undefined
    const held = this.#held
    let at = this.#start
    while (this.#end - at >= HEADER_BYTES && held[at] === tag) {
      const length = held.readUInt32BE(at + 1)
      if (length < 4 || length - 4 > maxBody || length >= this.#end - at) break
      at += 1 + length
    }
    if (at === this.#start) return undefined
    const run = held.subarray(this.#start, at)
    this.#start = at
    if (this.#start === this.#end) this.#release()
    return run
  }

  /** Lets go of a buffer that is read to its end, so that an idle session holds none. */
  #release(): void {
    this.#held = this.#takeBehind()
    this.#start = 0
    this.#end = this.#held.length
  }
}
