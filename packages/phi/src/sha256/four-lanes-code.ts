/**
 * Four SHA-256 compressions at once, as a WebAssembly module: vector number i holds word i of four messages, one message in each of its four
 * lanes, so each instruction works on all four. Written by loops below, in the order of the standard's own formulas. The lanes never mix.
 * Source: FIPS 180-4 §4.1.2, §4.2.2, §6.2; RFC 2104; RFC 4648 §6.
 */
import { add32, add8, and, call, encodeModule, get, integer, isGreater8, load, or, set, shiftLeft32, shiftRight32, shuffle, splat32, splat8, store, subtract8, xor, type Code, type WasmFunction } from './wasm-code.ts'

export const LANES = 4
/** SHA-256's block, state and word. */
export const BLOCK_BYTES = 64
export const STATE_WORDS = 8
export const WORD_BYTES = 4
const VECTOR_BYTES = LANES * WORD_BYTES
const BLOCK_WORDS = 16
const ROUNDS = 64
/** Digits of 5 bits that are written of each digest. */
export const DIGITS = 26
/** A vector holds four digits of each lane. */
export const DIGIT_VECTORS = Math.ceil(DIGITS / 4)

/** Where things lie in the module's memory. Vectors are interleaved: word i of lane l at 16 i + 4 l, little-endian. */
const STATE_BYTES = STATE_WORDS * VECTOR_BYTES
const ROUND_CONSTANTS_AT = 0
const SCHEDULE_AT = ROUND_CONSTANTS_AT + ROUNDS * VECTOR_BYTES
export const AT = {
  /** The standard's round constants, each four times. */
  roundConstants: ROUND_CONSTANTS_AT,
  /** The state before the first block, each word four times. */
  initial: SCHEDULE_AT + BLOCK_WORDS * VECTOR_BYTES,
  /** The states behind the key's inner and outer pad. Whoever has them can make tokens as if they had the key. */
  inner: SCHEDULE_AT + BLOCK_WORDS * VECTOR_BYTES + STATE_BYTES,
  outer: SCHEDULE_AT + BLOCK_WORDS * VECTOR_BYTES + 2 * STATE_BYTES,
  /** What was hashed last. */
  digests: SCHEDULE_AT + BLOCK_WORDS * VECTOR_BYTES + 3 * STATE_BYTES,
  /** Their first {@link DIGITS} digits, as ASCII, in order of memory. */
  digits: SCHEDULE_AT + BLOCK_WORDS * VECTOR_BYTES + 4 * STATE_BYTES,
  /** Four blocks behind one another, as they stand in their messages. */
  blocks: SCHEDULE_AT + BLOCK_WORDS * VECTOR_BYTES + 4 * STATE_BYTES + DIGIT_VECTORS * VECTOR_BYTES,
} as const

/** @returns the module. `gather` takes the four blocks, `compress(from, to)` adds them to a state, `hmac` makes four HMACs of them, `digits` their text. */
export function fourLanesModule(): Uint8Array<ArrayBuffer> {
  return encodeModule([GATHER, COMPRESS, HMAC, TO_DIGITS].map((make) => make()))
}

const NOWHERE = integer(0)
const wordOf = (base: number, index: number): Code => load(NOWHERE, base + index * VECTOR_BYTES)
const storeWord = (base: number, index: number, value: Code): Code => store(NOWHERE, base + index * VECTOR_BYTES, value)
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

/** The four blocks become the schedule's first 16 words, most significant byte first, and are forgotten where they stood. */
const GATHER = (): WasmFunction => ({
  name: 'gather', parameters: 0, vectors: 4,
  body: range(BLOCK_WORDS / 4).map((group) => {
    const row = (lane: number): Code => load(NOWHERE, AT.blocks + lane * BLOCK_BYTES + group * VECTOR_BYTES)
    const words = (first: Code, second: Code, ...order: readonly number[]): Code => shuffle(first, second, order.flatMap((word) => range(4).map((byte) => 4 * word + byte)))
    const swapped = (first: Code, second: Code, ...order: readonly number[]): Code => shuffle(first, second, order.flatMap((word) => range(4).map((byte) => 4 * word + 3 - byte)))
    return [
      // A matrix of 4 by 4 words is turned over its diagonal: pairs of rows first, then pairs of pairs.
      set(0, swapped(row(0), row(1), 0, 4, 1, 5)), set(1, swapped(row(2), row(3), 0, 4, 1, 5)),
      set(2, swapped(row(0), row(1), 2, 6, 3, 7)), set(3, swapped(row(2), row(3), 2, 6, 3, 7)),
      storeWord(SCHEDULE_AT, 4 * group, words(get(0), get(1), 0, 1, 4, 5)), storeWord(SCHEDULE_AT, 4 * group + 1, words(get(0), get(1), 2, 3, 6, 7)),
      storeWord(SCHEDULE_AT, 4 * group + 2, words(get(2), get(3), 0, 1, 4, 5)), storeWord(SCHEDULE_AT, 4 * group + 3, words(get(2), get(3), 2, 3, 6, 7)),
      range(LANES).map((lane) => store(NOWHERE, AT.blocks + lane * BLOCK_BYTES + group * VECTOR_BYTES, splat32(0))),
    ]
  }),
})

const rotate = (value: Code, bits: number): Code => or(shiftRight32(value, bits), shiftLeft32(value, 32 - bits))
/** The two functions of three rotations, and the two of two rotations and a shift: FIPS 180-4 §4.1.2. */
const bigSigma = (value: Code, first: number, second: number, third: number): Code => xor(xor(rotate(value, first), rotate(value, second)), rotate(value, third))
const smallSigma = (value: Code, first: number, second: number, shift: number): Code => xor(xor(rotate(value, first), rotate(value, second)), shiftRight32(value, shift))
const choose = (x: Code, y: Code, z: Code): Code => xor(z, and(x, xor(y, z)))
const majority = (x: Code, y: Code, z: Code): Code => or(and(x, y), and(z, or(x, y)))

/** `compress(from, to)`: the state at `from` and the schedule's block give the state at `to`. FIPS 180-4 §6.2.2. */
const COMPRESS = (): WasmFunction => {
  const [from, to, firstState] = [get(0), get(1), 2]
  const firstWord = firstState + STATE_WORDS
  const sum = firstWord + BLOCK_WORDS
  return {
    name: 'compress', parameters: 2, vectors: STATE_WORDS + BLOCK_WORDS + 1,
    body: [
      range(STATE_WORDS).map((word) => set(firstState + word, load(from, word * VECTOR_BYTES))),
      range(BLOCK_WORDS).map((word) => set(firstWord + word, wordOf(SCHEDULE_AT, word))),
      range(ROUNDS).map((round) => {
        const word = (index: number): number => firstWord + (index % BLOCK_WORDS)
        // Instead of moving a to b, b to c and so on, each round takes the names one further.
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = range(STATE_WORDS).map((name) => firstState + ((name + ROUNDS - round) % STATE_WORDS))
        const next = add32(add32(get(word(round)), smallSigma(get(word(round + 1)), 7, 18, 3)), add32(get(word(round + 9)), smallSigma(get(word(round + 14)), 17, 19, 10)))
        return [
          round < BLOCK_WORDS ? [] : set(word(round), next),
          set(sum, add32(add32(add32(get(h), add32(get(word(round)), wordOf(AT.roundConstants, round))), choose(get(e), get(f), get(g))), bigSigma(get(e), 6, 11, 25))),
          set(d, add32(get(d), get(sum))),
          set(h, add32(get(sum), add32(bigSigma(get(a), 2, 13, 22), majority(get(a), get(b), get(c))))),
        ]
      }),
      range(STATE_WORDS).map((word) => store(to, word * VECTOR_BYTES, add32(get(firstState + word), load(from, word * VECTOR_BYTES)))),
    ],
  }
}

/** Functions by their place in the module. */
const [GATHER_PLACE, COMPRESS_PLACE] = [0, 1]

/** `hmac()`: each block is the end of a message behind the inner pad; the inner digest is the message behind the outer pad. RFC 2104 §2. */
const HMAC = (): WasmFunction => ({
  name: 'hmac', parameters: 0, vectors: 0,
  body: [
    call(GATHER_PLACE),
    call(COMPRESS_PLACE, integer(AT.inner), integer(SCHEDULE_AT)),
    // The digest, a bit that is set, zeros, and how many bits were hashed: FIPS 180-4 §5.1.1.
    storeWord(SCHEDULE_AT, STATE_WORDS, splat32(0x8000_0000)),
    range(BLOCK_WORDS - STATE_WORDS - 2).map((word) => storeWord(SCHEDULE_AT, STATE_WORDS + 1 + word, splat32(0))),
    storeWord(SCHEDULE_AT, BLOCK_WORDS - 1, splat32(8 * (BLOCK_BYTES + STATE_WORDS * WORD_BYTES))),
    call(COMPRESS_PLACE, integer(AT.outer), integer(AT.digests)),
  ],
})

/** `digits()`: groups of 5 bits, most significant first, as `a` to `z` and `2` to `7`. RFC 4648 §6, in lower case. */
const TO_DIGITS = (): WasmFunction => ({
  name: 'digits', parameters: 0, vectors: 1,
  body: range(DIGIT_VECTORS).map((vector) => [
    set(0, range(4).map((place) => 4 * vector + place).filter((digit) => digit < DIGITS).map((digit) => shiftLeft32(fiveBits(digit), 8 * (digit % 4))).reduce(or)),
    // 'a' plus the value; from 26 up, '2' plus what is above.
    storeWord(AT.digits, vector, subtract8(add8(get(0), splat8(0x61)), and(isGreater8(get(0), splat8(25)), splat8(0x61 + 26 - 0x32)))),
  ]),
})

function fiveBits(digit: number): Code {
  const [word, first] = [Math.floor((5 * digit) / 32), (5 * digit) % 32]
  const bits = first <= 27
    ? shiftRight32(wordOf(AT.digests, word), 27 - first)
    : or(shiftLeft32(wordOf(AT.digests, word), first - 27), shiftRight32(wordOf(AT.digests, word + 1), 59 - first))
  return and(bits, splat32(31))
}

/** FIPS 180-4 §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
export const ROUND_CONSTANTS: readonly number[] = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
  0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
  0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
  0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
  0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
  0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
  0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
  0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]

/** FIPS 180-4 §5.3.3: of the square roots of the first 8 primes. */
export const INITIAL_STATE: readonly number[] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19]
