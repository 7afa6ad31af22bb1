/**
 * Frames to messages, in the server's direction. A server is trusted to run statements, not to be well-formed: an answer that cannot
 * be read cannot be masked, so it is a fault (P3). Source: PostgreSQL, Message Formats, the messages marked (B).
 */
import type { BackendMessage, CopyResponse, Field, NegotiateProtocolVersion, NoticeFields, TransactionStatus } from './backend-message.ts'
import { FrameCursor } from './frame-cursor.ts'
import type { FormatCode } from './frontend.ts'
import { MAX_CANCEL_KEY_BYTES, MIN_CANCEL_KEY_BYTES } from './limits.ts'
import { describeTag, WireFault } from './wire-fault.ts'

/** @throws {WireFault} `unknown-message`, `read-past-frame`, `trailing-bytes`, `bad-string`, `bad-length`, `bad-value` */
export function decodeBackend(frame: { readonly tag: number; readonly body: Buffer }): BackendMessage {
  const read = new FrameCursor(frame.tag, frame.body)
  const message = decodeBody(frame.tag, read)
  read.expectEnd()
  return message
}

function decodeBody(tag: number, read: FrameCursor): BackendMessage {
  switch (tag) {
    case 0x44: return { kind: 'dataRow', cells: readCells(read) } // D
    case 0x64: return { kind: 'copyData', data: read.rest() } // d
    case 0x43: return { kind: 'commandComplete', tag: read.string() } // C
    case 0x5a: return { kind: 'readyForQuery', status: readStatus(read) } // Z
    case 0x54: return { kind: 'rowDescription', fields: readFields(read) } // T
    case 0x74: return { kind: 'parameterDescription', types: readOids(read) } // t
    case 0x45: return { kind: 'errorResponse', fields: readNotice(read) } // E
    case 0x4e: return { kind: 'noticeResponse', fields: readNotice(read) } // N
    case 0x41: return { kind: 'notificationResponse', pid: read.int32(), channel: read.string(), payload: read.string() } // A
    case 0x53: return { kind: 'parameterStatus', name: read.string(), value: read.string() } // S
    case 0x4b: return readKeyData(read) // K
    case 0x52: return readAuthentication(read) // R
    case 0x47: return readCopyResponse('copyInResponse', read) // G
    case 0x48: return readCopyResponse('copyOutResponse', read) // H
    case 0x57: return readCopyResponse('copyBothResponse', read) // W
    case 0x56: return { kind: 'functionCallResponse', value: read.cell() } // V
    case 0x76: return readNegotiation(read) // v
    case 0x31: return { kind: 'parseComplete' } // 1
    case 0x32: return { kind: 'bindComplete' } // 2
    case 0x33: return { kind: 'closeComplete' } // 3
    case 0x6e: return { kind: 'noData' } // n
    case 0x73: return { kind: 'portalSuspended' } // s
    case 0x49: return { kind: 'emptyQueryResponse' } // I
    case 0x63: return { kind: 'copyDone' } // c
    default: throw new WireFault('unknown-message', `message type ${describeTag(tag)} is not a server's`)
  }
}

function readAuthentication(read: FrameCursor): BackendMessage {
  const method = read.int32()
  switch (method) {
    case 0: return { kind: 'authenticationOk' }
    case 3: return { kind: 'authenticationCleartext' }
    case 5: return { kind: 'authenticationMd5', salt: read.bytes(4) }
    case 10: return { kind: 'authenticationSasl', mechanisms: readStringList(read) }
    case 11: return { kind: 'authenticationSaslContinue', data: read.rest() }
    case 12: return { kind: 'authenticationSaslFinal', data: read.rest() }
    default: return { kind: 'authenticationOther', method, data: read.rest() }
  }
}

/** Strings up to an empty one, which ends the list. */
function readStringList(read: FrameCursor): string[] {
  const list: string[] = []
  for (let text = read.string(); text !== ''; text = read.string()) list.push(text)
  return list
}

function readKeyData(read: FrameCursor): BackendMessage {
  const pid = read.int32()
  const key = read.rest()
  if (key.length < MIN_CANCEL_KEY_BYTES || key.length > MAX_CANCEL_KEY_BYTES) {
    throw read.fault('bad-length', `cancel key of ${key.length} bytes, expected ${MIN_CANCEL_KEY_BYTES} to ${MAX_CANCEL_KEY_BYTES}`)
  }
  return { kind: 'backendKeyData', pid, key }
}

function readStatus(read: FrameCursor): TransactionStatus {
  const letter = read.uint8()
  switch (letter) {
    case 0x49: return 'I'
    case 0x54: return 'T'
    case 0x45: return 'E'
    default: throw read.fault('bad-value', `transaction status ${letter}, expected "I", "T" or "E"`)
  }
}

function readFields(read: FrameCursor): Field[] {
  const fields: Field[] = []
  for (let left = read.uint16(); left > 0; left--) {
    fields.push({
      name: read.string(), tableOid: read.uint32(), attribute: read.int16(), typeOid: read.uint32(),
      typeSize: read.int16(), typeModifier: read.int32(), format: toFormat(read, read.int16()),
    })
  }
  return fields
}

/**
 * The texts are for people: a server speaks its own encoding until start-up is over, and a SQL_ASCII one always, so bytes that are
 * not UTF-8 become U+FFFD. What is forwarded is encoded from these fields, so both sides read the same text.
 */
function readNotice(read: FrameCursor): NoticeFields {
  const fields = new Map<string, string>()
  for (let code = read.uint8(); code !== 0; code = read.uint8()) {
    const name = String.fromCharCode(code)
    if (fields.has(name)) throw read.fault('bad-value', `field code ${code} twice`)
    fields.set(name, read.looseString())
  }
  return fields
}

function readCopyResponse(kind: CopyResponse['kind'], read: FrameCursor): CopyResponse {
  const format = toFormat(read, read.uint8())
  const columnFormats: FormatCode[] = []
  for (let left = read.uint16(); left > 0; left--) columnFormats.push(toFormat(read, read.int16()))
  return { kind, format, columnFormats }
}

function readNegotiation(read: FrameCursor): NegotiateProtocolVersion {
  const version = read.uint32()
  const major = version >>> 16
  if (major !== 0 && major !== 3) throw read.fault('bad-value', `major version ${major}, expected 3`)
  const unrecognised: string[] = []
  const count = read.uint32() // not trusted for allocation: every string below must be in the frame
  for (let left = count; left > 0; left--) unrecognised.push(read.string())
  return { kind: 'negotiateProtocolVersion', minor: version & 0xffff, unrecognised }
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

function toFormat(read: FrameCursor, code: number): FormatCode {
  if (code !== 0 && code !== 1) throw read.fault('bad-value', `format code ${code}, expected 0 or 1`)
  return code
}
