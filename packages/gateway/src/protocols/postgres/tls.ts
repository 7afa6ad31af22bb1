/** TLS on both legs: accepting it from clients, asking it of upstreams, and what SCRAM-PLUS binds to. */
import { createHash, X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import type { Sensitive } from '@doorward/core'
import { expectErrors } from './frame-source.ts'
import { WireFault } from './wire-fault.ts'

/** IANA, TLS ALPN Protocol IDs: PostgreSQL. Required for direct TLS, allowed after SSLRequest. */
export const POSTGRES_ALPN = 'postgresql'

/** The certificate in use; asked for each connection, so that a new one needs no restart. */
export interface ServerTls { readonly secureContext: () => SecureContext }

/** What the log says of a connection's encryption. */
export interface TlsFacts {
  readonly protocol: string
  readonly cipher: string
  /** SNI, as the client sent it. */
  readonly servername: string | undefined
}

/** @param cert PEM, leaf first. @throws {Error} from OpenSSL when certificate and key do not fit */
export function makeServerContext(cert: string, key: Sensitive<string>): SecureContext {
  return createSecureContext({ cert, key: key.reveal(), minVersion: 'TLSv1.2' }) // into OpenSSL only
}

/**
 * The server's side of a handshake on a socket that nobody else reads.
 *
 * @param how a direct handshake must name the protocol by ALPN (RFC 7301), or a client of another protocol could be led here
 * @param handshake bytes of the handshake already read
 * @throws {WireFault} `tls-failed`, `aborted`, `closed`
 */
export async function acceptTls(socket: Socket, tls: ServerTls, how: 'requested' | 'direct', handshake: Buffer, signal: AbortSignal): Promise<TLSSocket> {
  // Put back, not passed on: the wrapper takes what the socket holds before it reads (and a resume() here would lose it).
  if (handshake.length > 0) socket.unshift(handshake)
  const secure = new TLSSocket(socket, { isServer: true, secureContext: tls.secureContext(), ALPNProtocols: [POSTGRES_ALPN] })
  secure.disableRenegotiation()
  await handshakeOf(secure, 'secure', signal)
  if (how === 'direct' && secure.alpnProtocol !== POSTGRES_ALPN) {
    secure.destroy()
    throw new WireFault('tls-failed', `direct TLS without the application protocol "${POSTGRES_ALPN}"`)
  }
  return secure
}

/**
 * The client's side, with the server's certificate and name verified; there is no way to ask for less.
 *
 * @param servername the name or address that the certificate must be for
 * @param ca PEM of the authorities; undefined: those that Node.js trusts
 * @throws {WireFault} `tls-failed`, `aborted`, `closed`
 */
export async function connectTls(socket: Duplex, servername: string, ca: string | undefined, signal: AbortSignal): Promise<TLSSocket> {
  const secure = connect({
    socket, host: servername, ...(isIP(servername) === 0 ? { servername } : {}), ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2', ALPNProtocols: [POSTGRES_ALPN], rejectUnauthorized: true,
  })
  await handshakeOf(secure, 'secureConnect', signal)
  return secure
}

async function handshakeOf(secure: TLSSocket, done: 'secure' | 'secureConnect', signal: AbortSignal): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      const settle = (error: WireFault | undefined): void => {
        secure.off(done, onDone).off('error', onError).off('close', onClose)
        signal.removeEventListener('abort', onAbort)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onDone = (): void => settle(undefined)
      const onError = (cause: Error): void => settle(new WireFault('tls-failed', `TLS handshake failed: ${reasonOf(cause)}`, { cause }))
      const onClose = (): void => settle(new WireFault('closed', 'closed during the TLS handshake'))
      const onAbort = (): void => settle(new WireFault('aborted', 'gave up waiting for the TLS handshake', { cause: signal.reason }))
      secure.on(done, onDone).on('error', onError).on('close', onClose)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
    })
  } catch (error) {
    expectErrors(secure)
    secure.destroy()
    throw error
  }
  expectErrors(secure)
}

/** OpenSSL's or Node's code: the message may quote names from a certificate. */
function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

export function tlsFactsOf(secure: TLSSocket): TlsFacts {
  const servername: unknown = secure.servername // false when the client sent none, which the types do not say
  return {
    protocol: secure.getProtocol() ?? 'unknown', cipher: secure.getCipher().name,
    servername: typeof servername === 'string' && servername !== '' ? servername : undefined,
  }
}

/** tls-server-end-point of the certificate this connection was accepted with, also after a newer one was put in place. */
export function ownEndPointBinding(secure: TLSSocket): Buffer | undefined {
  const own = secure.getCertificate()
  return own !== null && 'raw' in own && Buffer.isBuffer(own.raw) ? endPointBinding(own.raw) : undefined
}

/** tls-server-end-point of the server that this connection was made to. */
export function peerEndPointBinding(secure: TLSSocket): Buffer | undefined {
  const peer = secure.getPeerCertificate()
  return Buffer.isBuffer(peer.raw) ? endPointBinding(peer.raw) : undefined
}

/**
 * RFC 5929 §4.1: the certificate hashed with the digest of its own signature, SHA-256 where that is MD5 or SHA-1.
 *
 * @param certificate DER
 * @returns undefined where the signature names no single digest here (Ed25519, RSA-PSS, SHA-3): then there is no PLUS
 */
export function endPointBinding(certificate: Buffer): Buffer | undefined {
  const algorithm = new X509Certificate(certificate).signatureAlgorithm ?? ''
  const digest = /^(?:ecdsa-with-|dsa_with_|RSA-)?(MD5|SHA1|SHA224|SHA256|SHA384|SHA512)(?:WithRSAEncryption)?$/i.exec(algorithm)?.[1]?.toLowerCase()
  if (digest === undefined) return undefined
  return createHash(digest === 'md5' || digest === 'sha1' ? 'sha256' : digest).update(certificate).digest()
}
