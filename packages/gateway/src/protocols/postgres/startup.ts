/**
 * What a client may do before its session, as a pure step: bytes in, effects out. startup-client.ts carries
 * them out. Source: PostgreSQL, Message Flow: Start-up, SSL Session Encryption, GSSAPI Session Encryption.
 */
import { decodeStartupPacket, startupPacketBytes, type CancelRequest, type StartupMessage } from './startup-packet.ts'
import { WireFault } from './wire-fault.ts'

/** The newest minor version of protocol 3 that we speak. */
export const NEWEST_MINOR = 2
/** The first byte of a TLS record that holds a handshake: RFC 8446 §5.1. */
const TLS_HANDSHAKE = 0x16

export interface StartupPolicy {
  readonly tls: 'offered' | 'none'
  /** `required`: a StartupMessage outside TLS is a fault. */
  readonly encryption: 'required' | 'optional'
}

export interface StartupState {
  readonly transport: 'plaintext' | 'tls'
  /** Each may be asked for once. */
  readonly asked: { readonly tls: 'yes' | 'no'; readonly gss: 'yes' | 'no' }
  /** Bytes that are no whole packet yet; at most one packet's length, since every packet is answered before more may come. */
  readonly received: Buffer
}

export type StartupEffect =
  /** Not a whole packet yet. */
  | { readonly kind: 'wait' }
  /** Write these bytes, go on reading. */
  | { readonly kind: 'answer'; readonly bytes: Buffer }
  /** Write `answer`, wrap the socket; `handshake` was already received and belongs to the handshake. */
  | { readonly kind: 'startTls'; readonly how: 'requested' | 'direct'; readonly answer: Buffer; readonly handshake: Buffer }
  /** The client said who it is; `pending` came behind the packet. */
  | { readonly kind: 'done'; readonly message: StartupMessage; readonly pending: Buffer }
  | CancelRequest

export const STARTUP: StartupState = { transport: 'plaintext', asked: { tls: 'no', gss: 'no' }, received: Buffer.alloc(0) }

/**
 * Takes the next bytes.
 *
 * A cancel request may come in plaintext also where TLS is required: libpq's PQcancel can send no other, and its key gives no access
 * to data. Everything else about a person or a statement waits for TLS.
 *
 * @throws {WireFault} `bad-startup`, `unsupported-version`, `tls-required`, `injected-bytes`, `out-of-order` and what decodeStartupPacket throws
 */
export function stepStartup(state: StartupState, policy: StartupPolicy, chunk: Buffer): { readonly state: StartupState; readonly effect: StartupEffect } {
  const received = state.received.length === 0 ? chunk : Buffer.concat([state.received, chunk])
  if (state.transport === 'plaintext' && received[0] === TLS_HANDSHAKE) return startDirectTls(state, policy, received)
  const length = startupPacketBytes(received)
  if (length === undefined || received.length < length) return { state: { ...state, received }, effect: { kind: 'wait' } }
  const packet = decodeStartupPacket(received.subarray(0, length))
  const pending = received.subarray(length)
  switch (packet.kind) {
    case 'cancel': return { state: { ...state, received: pending }, effect: packet }
    case 'gssEncRequest':
      if (state.asked.gss === 'yes') throw new WireFault('out-of-order', 'GSS encryption asked for twice')
      refuseInjected(pending)
      return { state: { ...state, asked: { ...state.asked, gss: 'yes' }, received: pending }, effect: { kind: 'answer', bytes: Buffer.from('N') } }
    case 'sslRequest': return answerSslRequest(state, policy, pending)
    case 'startup':
      if (state.transport === 'plaintext' && policy.encryption === 'required') throw new WireFault('tls-required', 'a start-up message in plaintext, expected TLS')
      return { state: { ...state, received: Buffer.alloc(0) }, effect: { kind: 'done', message: packet, pending } }
  }
}

function startDirectTls(state: StartupState, policy: StartupPolicy, received: Buffer): { readonly state: StartupState; readonly effect: StartupEffect } {
  if (policy.tls === 'none') throw new WireFault('bad-startup', 'a TLS handshake where no TLS is offered')
  return {
    state: { transport: 'tls', asked: { ...state.asked, tls: 'yes' }, received: Buffer.alloc(0) },
    effect: { kind: 'startTls', how: 'direct', answer: Buffer.alloc(0), handshake: received },
  }
}

function answerSslRequest(state: StartupState, policy: StartupPolicy, pending: Buffer): { readonly state: StartupState; readonly effect: StartupEffect } {
  if (state.asked.tls === 'yes') throw new WireFault('out-of-order', 'TLS asked for twice')
  refuseInjected(pending)
  const asked = { ...state.asked, tls: 'yes' } as const
  if (policy.tls === 'none') return { state: { ...state, asked, received: pending }, effect: { kind: 'answer', bytes: Buffer.from('N') } }
  return {
    state: { transport: 'tls', asked, received: Buffer.alloc(0) },
    effect: { kind: 'startTls', how: 'requested', answer: Buffer.from('S'), handshake: Buffer.alloc(0) },
  }
}

/**
 * A client waits for our byte. Whatever comes with its request was put there by somebody on the way, to be read as if it had come
 * through TLS (CVE-2021-23214, CVE-2021-23222).
 */
function refuseInjected(pending: Buffer): void {
  if (pending.length > 0) throw new WireFault('injected-bytes', `${pending.length} bytes behind a request for encryption, expected none`)
}

/** How a client asks for replication: anything but a false value, and refused as a whole. */
export function asksForReplication(parameters: ReadonlyMap<string, string>): boolean {
  const value = parameters.get('replication')
  return value !== undefined && !/^(?:false|off|no|0)$/i.test(value)
}
