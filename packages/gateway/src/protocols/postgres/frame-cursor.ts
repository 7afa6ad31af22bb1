/** Reads the fields of one frame's body. Every read is bounded by the frame, not by the buffer it lies in. */
import { isUtf8 } from 'node:buffer'
import { describeTag, WireFault } from './wire-fault.ts'

/** A position in a body. Multi-byte integers are big-endian. PostgreSQL, Message Data Types. */
export class FrameCursor {
  readonly #body: Buffer
  readonly #tag: number
  #at = 0

  /** @param tag names the message in faults. */
  constructor(tag: number, body: Buffer) {
    this.#tag = tag
    this.#body = body
  }

  get remainingBytes(): number {
    return this.#body.length - this.#at
  }

  uint8(): number {
    return this.#body.readUInt8(this.#advance(1))
  }

  uint16(): number {
    return this.#body.readUInt16BE(this.#advance(2))
  }

  int16(): number {
    return this.#body.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#body.readInt32BE(this.#advance(4))
  }

  uint32(): number {
    return this.#body.readUInt32BE(this.#advance(4))
  }

  /** The next `count` bytes, a view. */
  bytes(count: number): Buffer {
    const from = this.#advance(count)
    return this.#body.subarray(from, from + count)
  }

  /** All that is left, a view. */
  rest(): Buffer {
    return this.bytes(this.remainingBytes)
  }

  /** A value with its Int32 length in front; null where the length is -1, as the wire says. @throws {WireFault} `bad-length` below -1 */
  cell(): Buffer | null {
    const length = this.int32()
    if (length === -1) return null
    if (length < 0) throw this.fault('bad-length', `value length is ${length}, expected -1 or more`)
    return this.bytes(length)
  }

  /** The bytes of a NUL-terminated string, without the NUL, unchecked otherwise. @throws {WireFault} `bad-string` without terminator */
  stringBytes(): Buffer {
    const end = this.#body.indexOf(0, this.#at)
    if (end < 0) throw this.fault('bad-string', `string at byte ${this.#at} has no terminator`)
    const bytes = this.#body.subarray(this.#at, end)
    this.#at = end + 1
    return bytes
  }

  /** A NUL-terminated string. @throws {WireFault} `bad-string` without terminator or when it is not UTF-8 */
  string(): string {
    const bytes = this.stringBytes()
    this.expectUtf8(bytes)
    return bytes.toString('utf8')
  }

  /** @throws {WireFault} `bad-string` */
  expectUtf8(bytes: Buffer): void {
    if (!isUtf8(bytes)) throw this.fault('bad-string', `a string of ${bytes.length} bytes before byte ${this.#at} is not UTF-8`)
  }

  /** A NUL-terminated text for people, where a byte that is not UTF-8 becomes U+FFFD. Never for names, settings or statements. */
  looseString(): string {
    return this.stringBytes().toString('utf8')
  }

  /** @throws {WireFault} `trailing-bytes` */
  expectEnd(): void {
    if (this.remainingBytes > 0) throw this.fault('trailing-bytes', `${this.remainingBytes} bytes after the last field`)
  }

  /** A fault that names this message; for the caller to throw. */
  fault(code: 'bad-length' | 'bad-string' | 'bad-value' | 'trailing-bytes' | 'read-past-frame' | 'name-too-long' | 'unknown-message', message: string): WireFault {
    return new WireFault(code, `message ${describeTag(this.#tag)}: ${message}`)
  }

  /** @returns the position before the step. */
  #advance(count: number): number {
    const from = this.#at
    if (count > this.#body.length - from) {
      throw this.fault('read-past-frame', `a field of ${count} bytes at byte ${from}, expected at most ${this.#body.length - from}`)
    }
    this.#at = from + count
    return from
  }
}
