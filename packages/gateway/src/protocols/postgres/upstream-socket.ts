/** A socket to an upstream with its TLS verified, before a word of the protocol. Both a session and a cancel request begin here. */
import { connect as connectSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { expectErrors, nextChunk } from './frame-source.ts'
import { encodeSslRequest } from './startup-packet.ts'
import { connectTls, peerEndPointBinding, tlsFactsOf, type TlsFacts } from './tls.ts'
import { UpstreamFault } from './upstream-fault.ts'
import { WireFault } from './wire-fault.ts'

/** A held statement leaves the connection silent for as long as a person takes: what lies between must not forget it. */
const KEEP_ALIVE_MS = 30_000

export type UpstreamTls =
  | {
    readonly mode: 'verify-full'
    /** PEM of the authorities; undefined: those that Node.js trusts. */
    readonly ca?: string | undefined
    /** The name or address that the certificate must be for; undefined: the host. */
    readonly servername?: string | undefined
    /** `direct` saves a round trip, from PostgreSQL 17 on. */
    readonly negotiation?: 'request' | 'direct' | undefined
  }
  /** Named so that one search finds it: credentials and PHI cross the network in clear. */
  | 'unsafely-plaintext'

export interface UpstreamAddress {
  /** A name, an address, or the directory of a Unix socket, which starts with `/`. */
  readonly host: string
  readonly port: number
  readonly tls: UpstreamTls
  /** Makes the stream; for tests and tunnels. Default: TCP, or the Unix socket. */
  readonly connect?: ((address: { readonly host: string; readonly port: number }, signal: AbortSignal) => Promise<Duplex>) | undefined
}

export interface UpstreamSocket {
  readonly stream: Duplex
  readonly tls: TlsFacts | undefined
  readonly endPointBinding: Buffer | undefined
}

/**
 * Connects, and verifies the server where TLS is asked for.
 *
 * @param signal aborted when it takes too long
 * @throws {UpstreamFault} `unreachable`, `tls`, `aborted`
 */
export async function openUpstreamSocket(address: UpstreamAddress, signal: AbortSignal): Promise<UpstreamSocket> {
  const stream = await (address.connect ?? connectPlain)(address, signal)
  expectErrors(stream)
  if (address.tls === 'unsafely-plaintext') return { stream, tls: undefined, endPointBinding: undefined }
  try {
    if (address.tls.negotiation !== 'direct') await requestTls(stream, signal)
    const secure: TLSSocket = await connectTls(stream, address.tls.servername ?? address.host, address.tls.ca, signal)
    if (address.tls.negotiation === 'direct' && secure.alpnProtocol !== 'postgresql') throw new UpstreamFault('tls', 'upstream does not speak direct TLS')
    return { stream: secure, tls: tlsFactsOf(secure), endPointBinding: peerEndPointBinding(secure) }
  } catch (error) {
    stream.destroy()
    throw toUpstreamFault(error)
  }
}

/** A fault of the conversation in the words of an upstream's; anything else as it is. */
export function toUpstreamFault(error: unknown): unknown {
  if (!(error instanceof WireFault)) return error
  switch (error.code) {
    case 'aborted': return new UpstreamFault('aborted', 'gave up waiting for the upstream', { cause: error })
    case 'closed': return new UpstreamFault('unreachable', `upstream ${error.message}`, { cause: error })
    case 'tls-failed': return new UpstreamFault('tls', `upstream: ${error.message}`, { cause: error })
    default: return new UpstreamFault('protocol', `upstream: ${error.message}`, { cause: error })
  }
}

async function requestTls(stream: Duplex, signal: AbortSignal): Promise<void> {
  stream.write(encodeSslRequest())
  const answer = await nextChunk(stream, signal)
  if (answer === undefined) throw new UpstreamFault('tls', 'upstream closed instead of answering the request for TLS')
  if (answer.length !== 1) {
    // CVE-2021-23222: what comes ahead of the handshake would be read as if it had come through it.
    throw new UpstreamFault('tls', `upstream answered the request for TLS with ${answer.length} bytes, expected 1`)
  }
  // An error here comes from anybody on the way: its text is not read (CVE-2024-10977).
  if (answer[0] !== 0x53) throw new UpstreamFault('tls', 'upstream does not offer TLS')
}

async function connectPlain(address: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Duplex> {
  const socket = address.host.startsWith('/')
    ? connectSocket({ path: `${address.host}/.s.PGSQL.${address.port}` })
    : connectSocket({ host: address.host, port: address.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  try {
    await new Promise<void>((resolve, reject) => {
      const settle = (error: Error | undefined): void => {
        socket.off('connect', onConnect).off('error', settle)
        signal.removeEventListener('abort', onAbort)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onConnect = (): void => settle(undefined)
      const onAbort = (): void => settle(new UpstreamFault('aborted', 'gave up connecting to the upstream', { cause: signal.reason }))
      socket.on('connect', onConnect).on('error', settle)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
    })
  } catch (error) {
    expectErrors(socket)
    socket.destroy()
    if (error instanceof UpstreamFault) throw error
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
    throw new UpstreamFault('unreachable', `upstream cannot be reached: ${code}`, { cause: error })
  }
  return socket
}
