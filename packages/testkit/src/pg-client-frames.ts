/**
 * Frames of the PostgreSQL wire protocol as the test client needs them: bytes to backend messages, and the few frontend
 * messages it sends. Not the gateway's codec, on purpose: a test that uses one reader to judge another must not share it.
 * Source: PostgreSQL, Message Formats.
 */
import { TestkitFault } from './testkit-fault.ts'

export interface BackendFrame {
  /** The message's type byte as a character. */
  readonly tag: string
  readonly body: Buffer
}

/** Tests read answers of their own small statements: 256 MB is past any of them. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024

/** Gathers chunks and hands out whole frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): BackendFrame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    const frames: BackendFrame[] = []
    let at = 0
    while (this.#pending.length - at >= 5) {
      const length = this.#pending.readInt32BE(at + 1)
      if (length < 4 || length > MAX_FRAME_BYTES) throw new TestkitFault('pg-protocol', `frame length ${length} out of range`)
      if (this.#pending.length - at < length + 1) break
      frames.push({ tag: String.fromCharCode(this.#pending.readUInt8(at)), body: this.#pending.subarray(at + 5, at + 1 + length) })
      at += length + 1
    }
    this.#pending = this.#pending.subarray(at)
    return frames
  }
}

/** Reads the fields of one frame in order. */
export class FieldReader {
  readonly #body: Buffer
  #at = 0
  constructor(body: Buffer) { this.#body = body }

  get left(): number { return this.#body.length - this.#at }

  int16(): number { return this.#body.readInt16BE(this.#move(2)) }
  int32(): number { return this.#body.readInt32BE(this.#move(4)) }
  uint32(): number { return this.#body.readUInt32BE(this.#move(4)) }
  byte(): number { return this.#body.readUInt8(this.#move(1)) }
  bytes(length: number): Buffer { const at = this.#move(length); return this.#body.subarray(at, at + length) }

  text(): string {
    const end = this.#body.indexOf(0, this.#at)
    if (end < 0) throw new TestkitFault('pg-protocol', 'unterminated string')
    const text = this.#body.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  #move(length: number): number {
    if (length < 0 || this.left < length) throw new TestkitFault('pg-protocol', `read of ${length} bytes past a frame`)
    const at = this.#at
    this.#at += length
    return at
  }
}

/** Fields of ErrorResponse and NoticeResponse by their letter. */
export function decodeFields(body: Buffer): ReadonlyMap<string, string> {
  const read = new FieldReader(body)
  const fields = new Map<string, string>()
  while (read.left > 0) {
    const letter = read.byte()
    if (letter === 0) break
    fields.set(String.fromCharCode(letter), read.text())
  }
  return fields
}

/** A frontend message: tag, length, body. */
export function encodeFrame(tag: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(tag, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

export function encodeStartup(parameters: ReadonlyMap<string, string>): Buffer {
  const text = [...parameters].flatMap(([name, value]) => [name, value]).map((part) => `${part}\0`).join('')
  const body = Buffer.from(`${text}\0`, 'utf8')
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8, 0)
  head.writeInt32BE(196_608, 4) // protocol 3.0
  return Buffer.concat([head, body])
}

/** SSLRequest: length 8, code 80877103. */
export function encodeSslRequest(): Buffer {
  const request = Buffer.alloc(8)
  request.writeInt32BE(8, 0)
  request.writeInt32BE(80_877_103, 4)
  return request
}

export function toCString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8')
}
