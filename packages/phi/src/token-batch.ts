/**
 * Text tokens of one column, four at a time, written where they belong: the caller writes {@link TokenBatch.blank} first, tells where it stands and
 * where its value is, and has the digits filled in later. The tokens are those of `tokenOf`; whatever this does not take, `tokenOf` does.
 */
import { isUtf8 } from 'node:buffer'
import type { Sensitive } from '@doorward/core'
import { HmacLanes } from './sha256/hmac-lanes.ts'
import { MIN_TOKEN_KEY_BYTES, TOKEN_DIGITS, tokenHead, tokenPrefix, type TokenScope } from './token.ts'

/** No digit of a token: a blank is no token. */
const OPEN_DIGIT = '?'

/** Makes tokens under one key, for as many columns as there are. */
export class TokenLanes {
  readonly key: Sensitive<Buffer>
  readonly #lanes: HmacLanes

  /** @returns undefined where the runtime cannot, and for keys shorter than {@link MIN_TOKEN_KEY_BYTES}. */
  static open(key: Sensitive<Buffer>): TokenLanes | undefined {
    const bytes = key.reveal() // into the hash's pads, and nowhere else
    const lanes = bytes.length < MIN_TOKEN_KEY_BYTES ? undefined : HmacLanes.open(bytes)
    return lanes === undefined ? undefined : new TokenLanes(key, lanes)
  }

  private constructor(key: Sensitive<Buffer>, lanes: HmacLanes) {
    this.key = key
    this.#lanes = lanes
  }

  /** @returns undefined for a scope of another key. */
  batch(scope: TokenScope): TokenBatch | undefined {
    const head = Buffer.from(tokenHead(scope), 'utf8')
    return scope.key === this.key && head.length <= HmacLanes.maxMessageBytes ? new TokenBatch(this.#lanes, head, tokenPrefix(scope.phiClass)) : undefined
  }
}

/** One column's values that wait for their tokens: where they stand, not what they are. */
export class TokenBatch {
  /** A token with its digits left open: they are its last {@link digits} bytes. */
  readonly blank: Buffer
  readonly digits = TOKEN_DIGITS
  readonly #lanes: HmacLanes
  readonly #head: number
  /** Four blocks that begin as each message does. */
  readonly #blocks: Buffer
  readonly #maxValueBytes: number
  /** Of each that waits: where its value begins and ends, and where its digits belong. */
  readonly #from = new Int32Array(HmacLanes.count)
  readonly #until = new Int32Array(HmacLanes.count)
  readonly #at = new Int32Array(HmacLanes.count)
  #waiting = 0

  /** Made by {@link TokenLanes.batch}. */
  constructor(lanes: HmacLanes, head: Buffer, prefix: string) {
    this.#lanes = lanes
    this.#head = head.length
    this.#maxValueBytes = HmacLanes.maxMessageBytes - head.length
    this.#blocks = Buffer.alloc(HmacLanes.count * HmacLanes.blockBytes)
    for (let lane = 0; lane < HmacLanes.count; lane += 1) this.#blocks.set(head, lane * HmacLanes.blockBytes)
    this.blank = Buffer.from(prefix + OPEN_DIGIT.repeat(TOKEN_DIGITS), 'latin1')
  }

  /** How many wait: as many blanks are open. */
  get waiting(): number { return this.#waiting }
  /** Whether the next can be added only after {@link fill}. */
  get isFull(): boolean { return this.#waiting === HmacLanes.count }

  /** @returns whether the value there can be added: short, and UTF-8. */
  takes(source: Buffer, from: number, until: number): boolean {
    if (until - from > this.#maxValueBytes) return false
    let bits = 0
    for (let at = from; at < until; at += 1) bits |= source[at] ?? 0
    return bits < 0x80 || isUtf8(source.subarray(from, until))
  }

  /** Notes a value that {@link takes} took. @param at where the open digits of its blank begin. */
  add(from: number, until: number, at: number): void {
    if (this.#waiting >= HmacLanes.count) throw new RangeError(`${this.#waiting} values wait, expected fewer than ${HmacLanes.count}`)
    this.#from[this.#waiting] = from
    this.#until[this.#waiting] = until
    this.#at[this.#waiting] = at
    this.#waiting += 1
  }

  /** Writes the digits of all that wait. @param source where the values were found. @param target where the blanks stand. @returns how many they were. */
  fill(source: Buffer, target: DataView): number {
    const filled = this.#waiting
    if (filled === 0) return 0
    this.#lanes.start(this.#blocks)
    for (let lane = 0; lane < filled; lane += 1) this.#lanes.end(lane, this.#head, source, this.#from[lane] ?? 0, this.#until[lane] ?? 0)
    this.#lanes.hash()
    for (let lane = 0; lane < filled; lane += 1) this.#lanes.writeDigits(lane, target, this.#at[lane] ?? 0)
    this.#waiting = 0
    return filled
  }

  /** Nobody waits any more: what they were for is not delivered. */
  forget(): void { this.#waiting = 0 }
}
