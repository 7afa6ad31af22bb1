/** Fields to one frame: the mirror of FrameCursor. Used for what Doorward says itself; what is forwarded unchanged is not rewritten. */
import { HEADER_BYTES } from './limits.ts'
import { describeTag, WireFault } from './wire-fault.ts'

/** Gathers one frame. Values are copied, so the frame stands on its own. */
export class FrameWriter {
  readonly #tag: number
  #buffer: Buffer
  #at = HEADER_BYTES

  /** @param sizeHint expected body bytes; the buffer grows past it. */
  constructor(tag: number, sizeHint = 120) {
    this.#tag = tag
    this.#buffer = Buffer.allocUnsafe(HEADER_BYTES + sizeHint)
  }

  uint8(value: number): this {
    const at = this.#room(1) // before the buffer is named: it may be exchanged
    this.#buffer.writeUInt8(value, at)
    return this
  }

  /** @param value 0 to 65,535, or a negative Int16. */
  int16(value: number): this {
    const at = this.#room(2)
    if (value < 0) this.#buffer.writeInt16BE(value, at)
    else this.#buffer.writeUInt16BE(value, at)
    return this
  }

  /** @param value an Int32, or an OID up to 2^32 - 1. */
  int32(value: number): this {
    const at = this.#room(4)
    if (value < 0) this.#buffer.writeInt32BE(value, at)
    else this.#buffer.writeUInt32BE(value, at)
    return this
  }

  bytes(value: Buffer): this {
    const at = this.#room(value.length)
    value.copy(this.#buffer, at)
    return this
  }

  /** Its Int32 length and the value; -1 for null. */
  cell(value: Buffer | null): this {
    return value === null ? this.int32(-1) : this.int32(value.length).bytes(value)
  }

  /** UTF-8 and a NUL. @throws {WireFault} `bad-string` for a NUL inside: it would end the string unseen and start the next field. */
  string(value: string): this {
    return this.stringBytes(Buffer.from(value, 'utf8'))
  }

  /** The bytes and a NUL. @throws {WireFault} `bad-string` for a NUL inside */
  stringBytes(value: Buffer): this {
    if (value.includes(0)) throw new WireFault('bad-string', `message ${describeTag(this.#tag)}: NUL inside a string of ${value.length} bytes`)
    return this.bytes(value).uint8(0)
  }

  /** The frame. The writer is used up. */
  finish(): Buffer {
    this.#buffer.writeUInt8(this.#tag, 0)
    this.#buffer.writeUInt32BE(this.#at - 1, 1)
    return this.#buffer.subarray(0, this.#at)
  }

  /** @returns where `count` bytes may be written. */
  #room(count: number): number {
    const at = this.#at
    if (at + count > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(at + count, 2 * this.#buffer.length))
      this.#buffer.copy(grown, 0, 0, at)
      this.#buffer = grown
    }
    this.#at = at + count
    return at
  }
}
