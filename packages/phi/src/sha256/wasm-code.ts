/**
 * Just enough of an assembler to write the bytes of one small WebAssembly module by hand: functions without control flow, one memory, vectors of
 * 16 bytes. What it is used for can be read in TypeScript, and the tree holds no binary. It checks nothing: the runtime does, when it compiles.
 * Source: WebAssembly Core Specification 2.0, Binary Format.
 */

/** Instructions in order; nested as they were put together. */
export type Code = number | readonly Code[]

/** A function of the module: what it takes are 32-bit integers, what it returns nothing. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  /** Variables of 16 bytes; they are numbered behind the parameters. */
  readonly vectors: number
  readonly body: Code
}

const [I32, V128] = [0x7f, 0x7b]

/** @returns the module; its functions are exported, and its memory of one page of 64 KiB as `memory`. */
export function encodeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, vector(Array.from({ length: parameters }, () => I32)), vector([])])
  const exports = functions.map(({ name }, index) => [nameOf(name), 0x00, unsigned(index)])
  return Uint8Array.from(flatten([
    [0x00, 0x61, 0x73, 0x6d], [0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
    section(1, vector(types)),
    section(3, vector(functions.map((_, index) => unsigned(index)))),
    section(5, vector([[0x01, 1, 1]])), // one page, and never more
    section(7, vector([[nameOf('memory'), 0x02, 0], ...exports])),
    section(10, vector(functions.map(({ vectors, body }) => sized([vector([[unsigned(vectors), V128]]), body, 0x0b])))),
  ]))
}

/** The value of a variable or parameter. */
export function get(variable: number): Code { return [0x20, unsigned(variable)] }
/** Puts a value into a variable. */
export function set(variable: number, value: Code): Code { return [value, 0x21, unsigned(variable)] }
/** A 32-bit integer. */
export function integer(value: number): Code { return [0x41, signed(value)] }
/** Calls a function by its place in the module. */
export function call(index: number, ...given: readonly Code[]): Code { return [given, 0x10, unsigned(index)] }

/** 16 bytes of memory from `address` plus `offset`. */
export function load(address: Code, offset: number): Code { return [address, simd(0x00), 4, unsigned(offset)] }
/** Writes 16 bytes there. */
export function store(address: Code, offset: number, value: Code): Code { return [address, value, simd(0x0b), 4, unsigned(offset)] }
/** The same 32 bits four times over. */
export function splat32(word: number): Code { return [integer(word), simd(0x11)] }
/** The same byte sixteen times over. */
export function splat8(byte: number): Code { return [integer(byte), simd(0x0f)] }
/** Sixteen bytes out of two vectors: 0 to 15 are the first one's, 16 to 31 the second one's. */
export function shuffle(first: Code, second: Code, bytes: readonly number[]): Code { return [first, second, simd(0x0d), bytes] }

/** Bit by bit. */
export function and(first: Code, second: Code): Code { return [first, second, simd(0x4e)] }
export function or(first: Code, second: Code): Code { return [first, second, simd(0x50)] }
export function xor(first: Code, second: Code): Code { return [first, second, simd(0x51)] }
/** Four sums modulo 2^32. */
export function add32(first: Code, second: Code): Code { return [first, second, simd(0xae)] }
/** Four words, shifted. */
export function shiftLeft32(value: Code, bits: number): Code { return [value, integer(bits), simd(0xab)] }
export function shiftRight32(value: Code, bits: number): Code { return [value, integer(bits), simd(0xad)] }
/** Sixteen sums and differences modulo 2^8. */
export function add8(first: Code, second: Code): Code { return [first, second, simd(0x6e)] }
export function subtract8(first: Code, second: Code): Code { return [first, second, simd(0x71)] }
/** All ones in each byte that is greater, as signed numbers. */
export function isGreater8(first: Code, second: Code): Code { return [first, second, simd(0x27)] }

function simd(opcode: number): Code { return [0xfd, unsigned(opcode)] }

function section(id: number, content: Code): Code { return [id, sized(content)] }
function vector(items: readonly Code[]): Code { return [unsigned(items.length), items] }
function sized(content: Code): Code {
  const bytes = flatten(content)
  return [unsigned(bytes.length), bytes]
}
function nameOf(text: string): Code { return vector([...Buffer.from(text, 'utf8')]) }

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)]
}

function signed(value: number): Code {
  return value >= -64 && value < 64 ? value & 0x7f : [(value & 0x7f) | 0x80, signed(value >> 7)]
}

function flatten(code: Code): number[] {
  const bytes: number[] = []
  const walk = (part: Code): void => {
    if (typeof part === 'number') bytes.push(part)
    else for (const one of part) walk(one)
  }
  walk(code)
  return bytes
}
