/**
 * The packets before a session, which have no type byte: length, a code, fields. Bytes to a union and back; which may come when is
 * startup.ts's. Source: PostgreSQL, Message Formats: StartupMessage, SSLRequest, GSSENCRequest, CancelRequest (F).
 */
import { FrameCursor } from './frame-cursor.ts'
import { MAX_CANCEL_KEY_BYTES, MAX_STARTUP_BYTES, MIN_CANCEL_KEY_BYTES } from './limits.ts'
import { WireFault } from './wire-fault.ts'

const CANCEL_CODE = 80_877_102
const SSL_CODE = 80_877_103
const GSSENC_CODE = 80_877_104
/** Names of protocol options; the server of our own version knows none. PostgreSQL, StartupMessage (F). */
const PROTOCOL_OPTION = '_pq_.'

export interface StartupMessage {
  readonly kind: 'startup'
  /** As the client asks; 2 is the newest that exists. 9999 is a client that tests whether we negotiate. */
  readonly requestedMinor: number
  /** All parameters but protocol options: `user`, `database`, `options`, `replication`, and settings. */
  readonly parameters: ReadonlyMap<string, string>
  /** Protocol options, `_pq_.…`: none is known. */
  readonly unrecognised: readonly string[]
}
export interface CancelRequest { readonly kind: 'cancel'; readonly pid: number; readonly key: Buffer }
export type StartupPacket = StartupMessage | CancelRequest | { readonly kind: 'sslRequest' } | { readonly kind: 'gssEncRequest' }

/**
 * How long the packet in front is, as soon as its length is there.
 *
 * @throws {WireFault} `bad-startup` for a length that no start-up packet has
 */
export function startupPacketBytes(received: Buffer): number | undefined {
  if (received.length < 4) return undefined
  const length = received.readInt32BE(0)
  if (length < 8 || length > MAX_STARTUP_BYTES) {
    throw new WireFault('bad-startup', `start-up packet: length ${length}, expected 8 to ${MAX_STARTUP_BYTES}`)
  }
  return length
}

/** @param packet one whole packet. @throws {WireFault} `bad-startup`, `unsupported-version`, `bad-string`, `read-past-frame`, `trailing-bytes` */
export function decodeStartupPacket(packet: Buffer): StartupPacket {
  const read = new FrameCursor(0, packet)
  read.int32() // the length, checked by startupPacketBytes
  const code = read.uint32()
  switch (code) {
    case SSL_CODE: return requireBare(read, { kind: 'sslRequest' })
    case GSSENC_CODE: return requireBare(read, { kind: 'gssEncRequest' })
    case CANCEL_CODE: return readCancel(read)
    default:
  }
  const major = code >>> 16
  if (major !== 3) throw new WireFault('unsupported-version', `protocol version ${major}.${code & 0xffff}, expected 3.0 to 3.2`)
  return readStartup(read, code & 0xffff)
}

function requireBare(read: FrameCursor, packet: StartupPacket): StartupPacket {
  read.expectEnd()
  return packet
}

function readCancel(read: FrameCursor): CancelRequest {
  const pid = read.int32()
  const key = read.rest()
  if (key.length < MIN_CANCEL_KEY_BYTES || key.length > MAX_CANCEL_KEY_BYTES) {
    throw new WireFault('bad-startup', `cancel request: key of ${key.length} bytes, expected ${MIN_CANCEL_KEY_BYTES} to ${MAX_CANCEL_KEY_BYTES}`)
  }
  return { kind: 'cancel', pid, key: Buffer.from(key) }
}

function readStartup(read: FrameCursor, requestedMinor: number): StartupMessage {
  const parameters = new Map<string, string>()
  const unrecognised: string[] = []
  for (let name = read.string(); name !== ''; name = read.string()) {
    const value = read.string()
    // A server takes the last of two; so might a reader of a log take the first. Nobody sends two.
    if (parameters.has(name) || unrecognised.includes(name)) throw new WireFault('bad-startup', 'start-up packet: a parameter given twice')
    if (name.startsWith(PROTOCOL_OPTION)) unrecognised.push(name)
    else parameters.set(name, value)
  }
  read.expectEnd()
  return { kind: 'startup', requestedMinor, parameters, unrecognised }
}

export function encodeSslRequest(): Buffer {
  const packet = Buffer.alloc(8)
  packet.writeInt32BE(8, 0)
  packet.writeInt32BE(SSL_CODE, 4)
  return packet
}

/** @param key 4 to 256 bytes, as BackendKeyData gave it. */
export function encodeCancelRequest(pid: number, key: Buffer): Buffer {
  const packet = Buffer.alloc(12 + key.length)
  packet.writeInt32BE(packet.length, 0)
  packet.writeInt32BE(CANCEL_CODE, 4)
  packet.writeInt32BE(pid, 8)
  key.copy(packet, 12)
  return packet
}

/** @throws {WireFault} `bad-string` for a NUL inside or an empty name, `bad-startup` when the packet is over 10,000 bytes */
export function encodeStartupMessage(minor: number, parameters: ReadonlyMap<string, string>): Buffer {
  const parts: Buffer[] = [Buffer.alloc(8)]
  for (const [name, value] of parameters) {
    if (name === '' || name.includes('\0') || value.includes('\0')) throw new WireFault('bad-string', 'start-up parameter: empty name or NUL inside')
    parts.push(Buffer.from(`${name}\0${value}\0`, 'utf8'))
  }
  parts.push(Buffer.alloc(1))
  const packet = Buffer.concat(parts)
  if (packet.length > MAX_STARTUP_BYTES) throw new WireFault('bad-startup', `start-up packet: ${packet.length} bytes, expected at most ${MAX_STARTUP_BYTES}`)
  packet.writeInt32BE(packet.length, 0)
  packet.writeUInt32BE((3 << 16) | minor, 4)
  return packet
}
