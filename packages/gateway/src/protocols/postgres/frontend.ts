/**
 * What a client may say after start-up: frames to messages. Bytes of statements and parameters stay views of the frame.
 * Which message may come when is the session's. Source: PostgreSQL, Message Formats, the messages marked (F).
 */
import { Sensitive } from '@doorward/core'
import { FrameCursor } from './frame-cursor.ts'
import { MAX_NAME_BYTES } from './limits.ts'
import { describeTag, WireFault } from './wire-fault.ts'

/** 0: text, 1: binary. */
export type FormatCode = 0 | 1

export interface Query { readonly kind: 'query'; /** Without the terminator. */ readonly sql: Buffer }
export interface Parse {
  readonly kind: 'parse'
  /** Empty: the unnamed statement. */
  readonly statement: string
  readonly sql: Buffer
  /** 0: not specified. May be fewer than the statement has parameters. */
  readonly parameterTypes: readonly number[]
}
export interface Bind {
  readonly kind: 'bind'
  /** Empty: the unnamed portal. */
  readonly portal: string
  readonly statement: string
  /** None: all text. One: for all. Else one for each parameter. */
  readonly parameterFormats: readonly FormatCode[]
  /** May hold PHI. */
  readonly parameters: readonly (Buffer | null)[]
  /** As `parameterFormats`, for the columns of the result. */
  readonly resultFormats: readonly FormatCode[]
}
/** What Describe and Close name: a prepared statement (`S`) or a portal (`P`). */
export type Target = 'statement' | 'portal'
export interface Describe { readonly kind: 'describe'; readonly target: Target; readonly name: string }
export interface Close { readonly kind: 'close'; readonly target: Target; readonly name: string }
export interface Execute { readonly kind: 'execute'; readonly portal: string; /** 0 or less: all. */ readonly maxRows: number }
export interface FunctionCall {
  readonly kind: 'functionCall'
  readonly functionOid: number
  readonly argumentFormats: readonly FormatCode[]
  readonly arguments: readonly (Buffer | null)[]
  readonly resultFormat: FormatCode
}
export interface CopyData { readonly kind: 'copyData'; readonly data: Buffer }
export interface CopyFail { readonly kind: 'copyFail'; readonly message: string }
/** PasswordMessage, SASLInitialResponse, SASLResponse or GSSResponse: which one, only the exchange in progress can tell. */
export interface AuthenticationResponse { readonly kind: 'authenticationResponse'; readonly payload: Sensitive<Buffer> }
export interface BareFrontend { readonly kind: 'sync' | 'flush' | 'terminate' | 'copyDone' }

export type FrontendMessage =
  | Query | Parse | Bind | Describe | Close | Execute | FunctionCall | CopyData | CopyFail | AuthenticationResponse | BareFrontend

/**
 * One frame's message.
 *
 * Names over 63 bytes are a fault: the server keeps statements and portals by the first 63 bytes of their names only, so that two
 * longer names may mean one statement there and two here, and a Close of one would exchange what the other runs.
 *
 * @throws {WireFault} `unknown-message`, `read-past-frame`, `trailing-bytes`, `bad-string`, `bad-length`, `bad-value`, `name-too-long`
 */
export function decodeFrontend(frame: { readonly tag: number; readonly body: Buffer }): FrontendMessage {
  const read = new FrameCursor(frame.tag, frame.body)
  const message = decodeBody(frame.tag, read)
  read.expectEnd()
  return message
}

function decodeBody(tag: number, read: FrameCursor): FrontendMessage {
  switch (tag) {
    case 0x51: return { kind: 'query', sql: readSql(read) } // Q
    case 0x50: return { kind: 'parse', statement: readName(read), sql: readSql(read), parameterTypes: readOids(read) } // P
    case 0x42: return readBind(read) // B
    case 0x44: return { kind: 'describe', target: readTarget(read), name: readName(read) } // D
    case 0x45: return { kind: 'execute', portal: readName(read), maxRows: read.int32() } // E
    case 0x43: return { kind: 'close', target: readTarget(read), name: readName(read) } // C
    case 0x53: return { kind: 'sync' } // S
    case 0x48: return { kind: 'flush' } // H
    case 0x58: return { kind: 'terminate' } // X
    case 0x64: return { kind: 'copyData', data: read.rest() } // d
    case 0x63: return { kind: 'copyDone' } // c
    case 0x66: return { kind: 'copyFail', message: read.string() } // f
    case 0x46: return readFunctionCall(read) // F
    case 0x70: return { kind: 'authenticationResponse', payload: new Sensitive(read.rest()) } // p
    default: throw new WireFault('unknown-message', `message type ${describeTag(tag)} is not a client's`)
  }
}

function readBind(read: FrameCursor): Bind {
  const portal = readName(read)
  const statement = readName(read)
  const parameterFormats = readFormats(read)
  const parameters = readCells(read)
  expectFormats(read, parameterFormats, parameters.length)
  // How many columns the result has is not known here; the server checks this count.
  return { kind: 'bind', portal, statement, parameterFormats, parameters, resultFormats: readFormats(read) }
}

function readFunctionCall(read: FrameCursor): FunctionCall {
  const functionOid = read.uint32()
  const argumentFormats = readFormats(read)
  const args = readCells(read)
  expectFormats(read, argumentFormats, args.length)
  return { kind: 'functionCall', functionOid, argumentFormats, arguments: args, resultFormat: readFormat(read) }
}

/** The bytes are UTF-8 and hold no NUL: what the lexer, the analysis and the server see is the same text. */
function readSql(read: FrameCursor): Buffer {
  const sql = read.stringBytes()
  read.expectUtf8(sql)
  return sql
}

function readName(read: FrameCursor): string {
  const bytes = read.stringBytes()
  if (bytes.length > MAX_NAME_BYTES) throw read.fault('name-too-long', `a name of ${bytes.length} bytes, expected at most ${MAX_NAME_BYTES}`)
  read.expectUtf8(bytes)
  return bytes.toString('utf8')
}

function readTarget(read: FrameCursor): Target {
  const letter = read.uint8()
  if (letter === 0x53) return 'statement' // S
  if (letter === 0x50) return 'portal' // P
  throw read.fault('bad-value', `object kind ${letter}, expected "S" or "P"`)
}

function readFormat(read: FrameCursor): FormatCode {
  const code = read.int16()
  if (code !== 0 && code !== 1) throw read.fault('bad-value', `format code ${code}, expected 0 or 1`)
  return code
}

/** The count is bounded by its own two bytes and by what the frame holds; no list is made before its elements are seen. */
function readFormats(read: FrameCursor): FormatCode[] {
  const formats: FormatCode[] = []
  for (let left = read.uint16(); left > 0; left--) formats.push(readFormat(read))
  return formats
}

function readCells(read: FrameCursor): (Buffer | null)[] {
  const cells: (Buffer | null)[] = []
  for (let left = read.uint16(); left > 0; left--) cells.push(read.cell())
  return cells
}

function readOids(read: FrameCursor): number[] {
  const oids: number[] = []
  for (let left = read.uint16(); left > 0; left--) oids.push(read.uint32())
  return oids
}

function expectFormats(read: FrameCursor, formats: readonly FormatCode[], values: number): void {
  if (formats.length > 1 && formats.length !== values) {
    throw read.fault('bad-value', `${formats.length} formats for ${values} values, expected none, one, or one for each`)
  }
}
