/**
 * How a peer can break PostgreSQL's wire protocol, by kind. Every fault of the frame, message and start-up layers is one of these;
 * a fault ends the session, and nothing of the frame that caused it goes anywhere.
 */
import { Fault } from '@doorward/core'

/**
 * `bad-length` a length field that cannot be (below its own size, negative) · `frame-too-long` over the limit for its type ·
 * `unknown-message` a type byte the protocol does not have in this direction · `read-past-frame` a field that ends behind its frame ·
 * `trailing-bytes` a frame that goes on after its last field · `bad-string` no terminator, a NUL inside, or invalid UTF-8 ·
 * `bad-value` a count or code outside its domain · `name-too-long` a statement or portal name over 63 bytes ·
 * `out-of-order` a message at a time when the protocol does not allow it · `injected-bytes` plaintext sent ahead of a TLS handshake ·
 * `bad-startup` a start-up packet that cannot be read · `unsupported-version` a protocol major version other than 3 ·
 * `tls-required` a plaintext client where TLS is required · `tls-failed` the handshake failed · `closed` the peer closed too early ·
 * `aborted` the caller gave up waiting
 */
export type WireFaultCode =
  | 'bad-length' | 'frame-too-long' | 'unknown-message' | 'read-past-frame' | 'trailing-bytes' | 'bad-string' | 'bad-value'
  | 'name-too-long' | 'out-of-order' | 'injected-bytes' | 'bad-startup' | 'unsupported-version' | 'tls-required' | 'tls-failed'
  | 'closed' | 'aborted'

/** The peer broke the wire protocol. Messages hold types, sizes and positions, never bytes of the frame. */
export class WireFault extends Fault<WireFaultCode> {}

/** How a message type byte is named in a fault: its ASCII letter where it is one, else its number. */
export function describeTag(tag: number): string {
  return tag > 0x20 && tag < 0x7f ? `"${String.fromCharCode(tag)}"` : `0x${tag.toString(16).padStart(2, '0')}`
}
