/**
 * HMAC-SHA-256 of short messages under one key, four at a time: for columns of tokens, where a call into the runtime's own hash costs several
 * times the hash. The key's two pads are compressed once, so that a message of one block costs two compressions. Held against createHmac by a
 * property. What it does not know it does not try: longer messages, and runtimes without WebAssembly vectors, go by hmac-sha256.ts.
 *
 * Where secrets lie: the states behind the pads, as good as the key, in the WebAssembly memory of this object for as long as it lives, as they do in
 * KeyedHash's buffers; no other code shares that memory. Messages are wiped by the same call that reads them, and what is computed of
 * them is overwritten by the outer hash; digests stay until the next four.
 */
import { hash } from 'node:crypto'
import { AT, BLOCK_BYTES, DIGIT_VECTORS, DIGITS, fourLanesModule, INITIAL_STATE, LANES, ROUND_CONSTANTS, STATE_WORDS, WORD_BYTES } from './four-lanes-code.ts'

/** A bit that is set, and the length in 64 bits. FIPS 180-4 §5.1.1. */
const PADDING_BYTES = 9

/** The part of the WebAssembly JavaScript Interface that is used; the language's own library has it under DOM only. */
interface WasmInterface {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Exports }
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
}

/** What four-lanes-code.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  gather(): void
  compress(from: number, to: number): void
  hmac(): void
  digits(): void
}

/** For one key. Synchronous: nobody comes between {@link start} and what is read. */
export class HmacLanes {
  static readonly count = LANES
  static readonly blockBytes = BLOCK_BYTES
  /** The longest message. */
  static readonly maxMessageBytes = BLOCK_BYTES - PADDING_BYTES
  /** Of a digest's text. */
  static readonly digits = DIGITS
  readonly #exports: Exports
  readonly #bytes: Uint8Array
  readonly #view: DataView

  /** @param key of any length. @returns undefined where the runtime has no WebAssembly, or none with vectors. */
  static open(key: Uint8Array): HmacLanes | undefined {
    // As unknown: the runtime may have been started without it.
    const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly?: WasmInterface }
    const bytes = fourLanesModule()
    return wasm?.validate(bytes) === true ? new HmacLanes(new wasm.Instance(new wasm.Module(bytes), {}).exports, key) : undefined
  }

  private constructor(exports: Exports, key: Uint8Array) {
    this.#exports = exports
    this.#bytes = new Uint8Array(exports.memory.buffer)
    this.#view = new DataView(exports.memory.buffer)
    this.#spread(AT.roundConstants, ROUND_CONSTANTS)
    this.#spread(AT.initial, INITIAL_STATE)
    const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key
    this.#pad(short, 0x36, AT.inner)
    this.#pad(short, 0x5c, AT.outer)
  }

  /** Begins four messages. @param blocks four times 64 bytes: what each message begins with, then zeros. */
  start(blocks: Uint8Array): void { this.#bytes.set(blocks, AT.blocks) }

  /**
   * Ends the message of one lane. Lanes that are not ended give a digest of nothing in particular.
   * @param begun bytes it begins with, and `until - from` more: at most {@link maxMessageBytes} together.
   */
  end(lane: number, begun: number, source: Uint8Array, from: number, until: number): void {
    const block = AT.blocks + lane * BLOCK_BYTES
    let at = block + begun
    for (let index = from; index < until; index += 1) this.#bytes[at++] = source[index] ?? 0
    this.#bytes[at] = 0x80
    this.#view.setUint16(block + BLOCK_BYTES - 2, 8 * (BLOCK_BYTES + begun + until - from))
  }

  /** Hashes the four messages, and forgets them. */
  hash(): void {
    this.#exports.hmac()
    this.#exports.digits()
  }

  /** Writes the first {@link digits} base32 digits of a lane's digest, in ASCII. */
  writeDigits(lane: number, target: DataView, at: number): void {
    let from = AT.digits + lane * WORD_BYTES
    for (let word = 0; word < DIGIT_VECTORS - 1; word += 1) {
      target.setUint32(at + word * WORD_BYTES, this.#view.getUint32(from, true), true)
      from += LANES * WORD_BYTES
    }
    target.setUint16(at + DIGITS - 2, this.#view.getUint16(from, true), true)
  }

  /** The whole digest of a lane. */
  digest(lane: number): Buffer {
    const digest = Buffer.alloc(STATE_WORDS * WORD_BYTES)
    for (let word = 0; word < STATE_WORDS; word += 1) digest.writeUInt32BE(this.#view.getUint32(AT.digests + (word * LANES + lane) * WORD_BYTES, true), word * WORD_BYTES)
    return digest
  }

  #spread(at: number, words: readonly number[]): void {
    for (const [index, word] of words.entries()) {
      for (let lane = 0; lane < LANES; lane += 1) this.#view.setUint32(at + (index * LANES + lane) * WORD_BYTES, word, true)
    }
  }

  /** The state behind a block of the key under `pad`, in all lanes. RFC 2104 §2. */
  #pad(key: Uint8Array, pad: number, to: number): void {
    for (let at = 0; at < LANES * BLOCK_BYTES; at += 1) this.#bytes[AT.blocks + at] = (key[at % BLOCK_BYTES] ?? 0) ^ pad
    this.#exports.gather()
    this.#exports.compress(AT.initial, to)
  }
}
