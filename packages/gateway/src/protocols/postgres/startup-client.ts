/**
 * Carries out start-up on a client's socket: from accept to a client that said which user and database it wants, or to a cancel
 * request. Authentication comes after (credentials.ts). The caller limits the time and the number of connections.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { unreachable } from '@doorward/core'
import { encodeBackend, encodeOwnError } from './backend-encode.ts'
import { expectErrors, nextChunk } from './frame-source.ts'
import { FrameReader } from './frame.ts'
import { authenticationFrameLimit } from './limits.ts'
import type { CancelRequest, StartupMessage } from './startup-packet.ts'
import { parseOptions, type Setting } from './startup-options.ts'
import { asksForReplication, NEWEST_MINOR, STARTUP, stepStartup, type StartupPolicy } from './startup.ts'
import { acceptTls, ownEndPointBinding, tlsFactsOf, type ServerTls, type TlsFacts } from './tls.ts'
import { WireFault } from './wire-fault.ts'

export interface AcceptOptions {
  /** Undefined: no TLS on this listener. */
  readonly tls: ServerTls | undefined
  readonly encryption: StartupPolicy['encryption']
  /** Aborted when start-up takes too long, or the gateway stops. */
  readonly signal: AbortSignal
}

export interface ClientStartup {
  readonly kind: 'startup'
  /** Never empty. Anybody may say anything: proven only by authentication. */
  readonly user: string
  /** The client's `database`, or its user name, as the protocol has it. */
  readonly database: string
  /** All that the client sent, `user`, `database` and `options` among them. */
  readonly parameters: ReadonlyMap<string, string>
  /** The settings in `options`, in order. The server applies these first, then those among `parameters`. */
  readonly settings: readonly Setting[]
  readonly replication: 'asked' | 'no'
  /** What both sides speak from here on: 0 to 2. */
  readonly protocolMinor: number
  readonly requestedMinor: number
  /** Protocol options that the client was told we do not know. */
  readonly unrecognised: readonly string[]
  /** The socket, or TLS over it. Nobody reads it, and errors on it are expected. */
  readonly stream: Socket | TLSSocket
  /** Accepts the password family only, until authentication is over. */
  readonly reader: FrameReader
  readonly tls: TlsFacts | undefined
  readonly endPointBinding: Buffer | undefined
}

/** A cancel request, and the socket or TLS it came through. */
export type ClientCancel = CancelRequest & { readonly stream: Socket | TLSSocket }

export type ClientHello = ClientStartup | ClientCancel

/**
 * Runs start-up. On a fault the client has been told, where the protocol has words for it, and the socket is closing; a cancel
 * request's stream is left to the caller, who ends it without a word: TLS too, or libpq 17 and later report a failure.
 *
 * @throws {WireFault}
 */
export async function acceptClient(socket: Socket, options: AcceptOptions): Promise<ClientHello> {
  expectErrors(socket)
  const conversation: { stream: Socket | TLSSocket } = { stream: socket }
  try {
    return await converse(conversation, options)
  } catch (error) {
    if (error instanceof WireFault) closeWith(conversation.stream, startupError(error))
    else conversation.stream.destroy()
    throw error
  }
}

/** Writes a last message, if there is one, and closes as soon as it is out. */
export function closeWith(stream: Socket | TLSSocket, message: Buffer | undefined): void {
  if (message !== undefined && stream.writable) stream.write(message)
  stream.destroySoon()
}

async function converse(conversation: { stream: Socket | TLSSocket }, options: AcceptOptions): Promise<ClientHello> {
  const { tls, signal } = options
  const policy: StartupPolicy = { tls: tls === undefined ? 'none' : 'offered', encryption: options.encryption }
  let state = STARTUP
  let secure: TLSSocket | undefined
  for (;;) {
    const chunk = await nextChunk(conversation.stream, signal)
    if (chunk === undefined) throw new WireFault('closed', `closed with ${state.received.length} bytes of a start-up packet received`)
    const step = stepStartup(state, policy, chunk)
    state = step.state
    switch (step.effect.kind) {
      case 'wait': break
      case 'answer':
        conversation.stream.write(step.effect.bytes)
        break
      case 'startTls': {
        if (tls === undefined) throw new WireFault('bad-startup', 'TLS where none is offered')
        if (step.effect.answer.length > 0) conversation.stream.write(step.effect.answer)
        secure = await acceptTls(conversation.stream, tls, step.effect.how, step.effect.handshake, signal)
        conversation.stream = secure
        break
      }
      case 'cancel': return { ...step.effect, stream: conversation.stream }
      case 'done': return greet(conversation.stream, secure, step.effect.message, step.effect.pending)
      default: return unreachable(step.effect)
    }
  }
}

/** Checks what the client said and negotiates the version, which comes before any word of authentication. */
function greet(stream: Socket | TLSSocket, secure: TLSSocket | undefined, message: StartupMessage, pending: Buffer): ClientStartup {
  const { parameters, requestedMinor, unrecognised } = message
  const user = parameters.get('user') ?? ''
  if (user === '') throw new WireFault('bad-startup', 'start-up packet: no user')
  const settings = parseOptions(parameters.get('options') ?? '')
  const protocolMinor = Math.min(requestedMinor, NEWEST_MINOR)
  if (requestedMinor > NEWEST_MINOR || unrecognised.length > 0) {
    stream.write(encodeBackend({ kind: 'negotiateProtocolVersion', minor: protocolMinor, unrecognised }))
  }
  const reader = new FrameReader(authenticationFrameLimit)
  if (pending.length > 0) reader.push(pending)
  return {
    kind: 'startup', user, database: parameters.get('database') || user, parameters, settings,
    replication: asksForReplication(parameters) ? 'asked' : 'no', protocolMinor, requestedMinor, unrecognised, stream, reader,
    tls: secure === undefined ? undefined : tlsFactsOf(secure),
    endPointBinding: secure === undefined ? undefined : ownEndPointBinding(secure),
  }
}

/** What a client is told; undefined where it would not read it as a message. */
function startupError(fault: WireFault): Buffer | undefined {
  switch (fault.code) {
    case 'closed': case 'aborted': case 'tls-failed': case 'injected-bytes': return undefined
    case 'unsupported-version':
      return encodeOwnError({ severity: 'FATAL', sqlstate: '0A000', message: `doorward: ${fault.message}` })
    case 'tls-required':
      return encodeOwnError({ severity: 'FATAL', sqlstate: '28000', message: 'doorward: this gateway accepts encrypted connections only', hint: 'connect with sslmode=verify-full' })
    default:
      return encodeOwnError({ severity: 'FATAL', sqlstate: '08P01', message: `doorward: ${fault.message}` })
  }
}
