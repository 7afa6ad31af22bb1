/** Messages to frames, in the server's direction: what Doorward itself says to a client. The mirror of backend.ts. */
import { unreachable } from '@doorward/core'
import { toNoticeFields, type BackendMessage, type OwnNotice } from './backend-message.ts'
import { FrameWriter } from './frame-writer.ts'
import type { FormatCode } from './frontend.ts'
import { MAX_COUNT } from './limits.ts'
import { WireFault } from './wire-fault.ts'

/** The major protocol version, in the upper half of a version number. */
const MAJOR_3 = 3 << 16

/**
 * The whole frame, freshly allocated.
 *
 * @throws {WireFault} `bad-string` for a NUL inside a string, `bad-value` for more than 65,535 columns
 */
export function encodeBackend(message: BackendMessage): Buffer {
  switch (message.kind) {
    case 'authenticationOk': return authentication(0).finish()
    case 'authenticationCleartext': return authentication(3).finish()
    case 'authenticationMd5': return authentication(5).bytes(message.salt).finish()
    case 'authenticationSasl': {
      const write = authentication(10)
      for (const mechanism of message.mechanisms) write.string(mechanism)
      return write.uint8(0).finish()
    }
    case 'authenticationSaslContinue': return authentication(11).bytes(message.data).finish()
    case 'authenticationSaslFinal': return authentication(12).bytes(message.data).finish()
    case 'authenticationOther': return authentication(message.method).bytes(message.data).finish()
    case 'backendKeyData': return new FrameWriter(0x4b).int32(message.pid).bytes(message.key).finish()
    case 'parameterStatus': return new FrameWriter(0x53).string(message.name).string(message.value).finish()
    case 'readyForQuery': return new FrameWriter(0x5a, 1).uint8(message.status.charCodeAt(0)).finish()
    case 'rowDescription': {
      const write = new FrameWriter(0x54, 40 * message.fields.length).int16(requireCount(message.fields.length))
      for (const field of message.fields) {
        write.string(field.name).int32(field.tableOid).int16(field.attribute).int32(field.typeOid)
        write.int16(field.typeSize).int32(field.typeModifier).int16(field.format)
      }
      return write.finish()
    }
    case 'dataRow': return encodeDataRow(message.cells)
    case 'parameterDescription': {
      const write = new FrameWriter(0x74, 2 + 4 * message.types.length).int16(requireCount(message.types.length))
      for (const oid of message.types) write.int32(oid)
      return write.finish()
    }
    case 'commandComplete': return new FrameWriter(0x43).string(message.tag).finish()
    case 'errorResponse': return encodeNotice(0x45, message.fields)
    case 'noticeResponse': return encodeNotice(0x4e, message.fields)
    case 'notificationResponse': return new FrameWriter(0x41).int32(message.pid).string(message.channel).string(message.payload).finish()
    case 'copyInResponse': return encodeCopyResponse(0x47, message.format, message.columnFormats)
    case 'copyOutResponse': return encodeCopyResponse(0x48, message.format, message.columnFormats)
    case 'copyBothResponse': return encodeCopyResponse(0x57, message.format, message.columnFormats)
    case 'copyData': return new FrameWriter(0x64, message.data.length).bytes(message.data).finish()
    case 'functionCallResponse': return new FrameWriter(0x56).cell(message.value).finish()
    case 'negotiateProtocolVersion': {
      const write = new FrameWriter(0x76).int32(MAJOR_3 | message.minor).int32(message.unrecognised.length)
      for (const option of message.unrecognised) write.string(option)
      return write.finish()
    }
    case 'parseComplete': return new FrameWriter(0x31, 0).finish()
    case 'bindComplete': return new FrameWriter(0x32, 0).finish()
    case 'closeComplete': return new FrameWriter(0x33, 0).finish()
    case 'noData': return new FrameWriter(0x6e, 0).finish()
    case 'portalSuspended': return new FrameWriter(0x73, 0).finish()
    case 'emptyQueryResponse': return new FrameWriter(0x49, 0).finish()
    case 'copyDone': return new FrameWriter(0x63, 0).finish()
    default: return unreachable(message)
  }
}

/** A DataRow with exactly one allocation: the only message that is written once per row. */
export function encodeDataRow(cells: readonly (Buffer | null)[]): Buffer {
  let bytes = 2
  for (const cell of cells) bytes += 4 + (cell?.length ?? 0)
  const write = new FrameWriter(0x44, bytes).int16(requireCount(cells.length))
  for (const cell of cells) write.cell(cell)
  return write.finish()
}

/** An ErrorResponse of Doorward's own. NULs in its texts, which would end them early, become U+FFFD. */
export function encodeOwnError(notice: OwnNotice): Buffer {
  return encodeNotice(0x45, toNoticeFields(notice))
}

/** A NoticeResponse of Doorward's own. */
export function encodeOwnNotice(notice: OwnNotice): Buffer {
  return encodeNotice(0x4e, toNoticeFields(notice))
}

/** @param fields their codes are single ASCII characters; an error must be deliverable, so a NUL in a text is replaced, not refused. */
function encodeNotice(tag: number, fields: ReadonlyMap<string, string>): Buffer {
  const write = new FrameWriter(tag, 200)
  for (const [code, text] of fields) {
    const letter = code.charCodeAt(0)
    if (code.length !== 1 || letter === 0 || letter > 0x7f) throw new WireFault('bad-value', 'field code: expected one ASCII character')
    write.uint8(letter).string(text.replaceAll('\0', '\ufffd'))
  }
  return write.uint8(0).finish()
}

function encodeCopyResponse(tag: number, format: FormatCode, columnFormats: readonly FormatCode[]): Buffer {
  const write = new FrameWriter(tag).uint8(format).int16(requireCount(columnFormats.length))
  for (const column of columnFormats) write.int16(column)
  return write.finish()
}

function authentication(method: number): FrameWriter {
  return new FrameWriter(0x52).int32(method)
}

function requireCount(count: number): number {
  if (count > MAX_COUNT) throw new WireFault('bad-value', `${count} columns, expected at most ${MAX_COUNT}`)
  return count
}
