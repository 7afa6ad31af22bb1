/**
 * How long a frame of each type may be, per direction. A type without a limit is unknown, and a fault: one table says both.
 * All limits are of the body: the bytes after the type byte and the length field.
 */

/** Type byte and length field. PostgreSQL, Message Formats. */
export const HEADER_BYTES = 5
/** PostgreSQL, libpq/pqcomm.h, MAX_STARTUP_PACKET_LENGTH: the whole packet, length field included. */
export const MAX_STARTUP_BYTES = 10_000
/** PostgreSQL, libpq/libpq.h, PQ_SMALL_MESSAGE_LIMIT: what the server accepts for messages that hold only names. */
export const SMALL_MESSAGE_BYTES = 10_000
/** PostgreSQL, libpq/auth.h, PG_MAX_AUTH_TOKEN_LENGTH: the longest password, SASL or token message. */
export const MAX_AUTHENTICATION_BYTES = 65_535
/** PostgreSQL, NAMEDATALEN - 1. decodeFrontend says why longer names are a fault and not cut. */
export const MAX_NAME_BYTES = 63
/** Counts of parameters, formats and columns are Int16, which the server reads unsigned. PostgreSQL, Message Formats, Bind (F). */
export const MAX_COUNT = 65_535
/** PostgreSQL 3.2, Message Formats, BackendKeyData (B): "the minimum and maximum key length are 4 and 256 bytes". */
export const MIN_CANCEL_KEY_BYTES = 4
export const MAX_CANCEL_KEY_BYTES = 256
/** Default for Query, Parse, Bind, CopyData and FunctionCall. The server's own limit is 1 GiB; a statement that long is no statement. */
export const DEFAULT_CLIENT_FRAME_BYTES = 16 * 1024 * 1024
/**
 * Default for DataRow, CopyData, RowDescription, ErrorResponse and other long answers: MaxAllocSize of the server, which it cannot
 * exceed itself. A frame is held whole before it is transformed, so one row of this size costs this much memory: a deployment with
 * little memory sets less, and a longer row then ends its session.
 */
export const DEFAULT_UPSTREAM_FRAME_BYTES = 0x3fff_ffff
/** libpq, fe-protocol3.c: no answer but the long ones may exceed this, so that lost synchronisation shows early. */
export const SHORT_ANSWER_BYTES = 30_000

/** @returns the longest body of a frame of this type, or undefined when the type does not exist in this direction. */
export type FrameLimit = (tag: number) => number | undefined

/** After authentication. @param maxFrameBytes for the types that carry statements, parameters and data. */
export function clientFrameLimit(maxFrameBytes: number = DEFAULT_CLIENT_FRAME_BYTES): FrameLimit {
  return (tag) => {
    switch (tag) {
      case 0x51: case 0x50: case 0x42: case 0x64: case 0x46: return maxFrameBytes // Query, Parse, Bind, CopyData, FunctionCall
      case 0x43: case 0x44: case 0x45: case 0x66: return SMALL_MESSAGE_BYTES // Close, Describe, Execute, CopyFail
      case 0x53: case 0x48: case 0x58: case 0x63: return 0 // Sync, Flush, Terminate, CopyDone
      default: return undefined
    }
  }
}

/** Before authentication: the password family and nothing else, so that nobody unknown makes us hold 16 MiB. */
export const authenticationFrameLimit: FrameLimit = (tag) => (tag === 0x70 ? MAX_AUTHENTICATION_BYTES : undefined)

/** What an upstream may send. @param maxFrameBytes for rows, COPY data, descriptions and texts. */
export function upstreamFrameLimit(maxFrameBytes: number = DEFAULT_UPSTREAM_FRAME_BYTES): FrameLimit {
  return (tag) => {
    switch (tag) {
      case 0x44: case 0x64: case 0x54: case 0x45: case 0x4e: case 0x41: case 0x56: // DataRow, CopyData, RowDescription, Error, Notice, Notification, FunctionCallResponse
        return maxFrameBytes
      case 0x74: return 2 + 4 * MAX_COUNT // ParameterDescription
      case 0x52: return MAX_AUTHENTICATION_BYTES // Authentication*
      case 0x4b: return 4 + MAX_CANCEL_KEY_BYTES // BackendKeyData
      case 0x53: case 0x43: case 0x47: case 0x48: case 0x57: case 0x76: // ParameterStatus, CommandComplete, Copy*Response, NegotiateProtocolVersion
        return SHORT_ANSWER_BYTES
      case 0x5a: return 1 // ReadyForQuery
      case 0x31: case 0x32: case 0x33: case 0x6e: case 0x73: case 0x49: case 0x63: return 0 // ParseComplete ... CopyDone
      default: return undefined
    }
  }
}
