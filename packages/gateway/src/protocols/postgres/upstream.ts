/**
 * A connection to a PostgreSQL server, from nothing to its first ReadyForQuery; and the cancelling of what runs on one. Nothing of a
 * client's goes through here: what is sent is ours. Source: PostgreSQL, Message Flow: Start-up, Canceling Requests in Progress.
 */
import type { Duplex } from 'node:stream'
import type { Sensitive } from '@doorward/core'
import type { TransactionStatus } from './backend-message.ts'
import { nextChunk } from './frame-source.ts'
import { FrameReader } from './frame.ts'
import { keepBytes } from './keep-bytes.ts'
import { MAX_AUTHENTICATION_BYTES, upstreamFrameLimit } from './limits.ts'
import type { KeptScramKeys } from './scram-keys.ts'
import { encodeCancelRequest, encodeStartupMessage } from './startup-packet.ts'
import { NEWEST_MINOR } from './startup.ts'
import type { TlsFacts } from './tls.ts'
import { UpstreamFault } from './upstream-fault.ts'
import { logIn, nextMessage, RefusedAtOnce, refusedBy, type LoginMethod } from './upstream-login.ts'
import { openUpstreamSocket, toUpstreamFault, type UpstreamAddress, type UpstreamSocket } from './upstream-socket.ts'

export interface UpstreamTarget extends UpstreamAddress {
  readonly database: string
  readonly user: string
  readonly password: Sensitive<string>
  /** Start-up settings, `options` among them. `client_encoding` is UTF8 whatever stands here; `user`, `database` and `replication` may not. */
  readonly parameters: ReadonlyMap<string, string>
  readonly randomBytes: (size: number) => Buffer
  /** Of `user`, by whoever connects as it again and again. */
  readonly scramKeys?: KeptScramKeys | undefined
  /** Limit of rows, COPY data, descriptions and texts; default: the server's own, 1 GiB. */
  readonly maxFrameBytes?: number | undefined
}

/** What cancels this connection's statement at the server. */
export interface BackendKey { readonly pid: number; readonly key: Buffer }

export interface UpstreamConnection {
  /** Nobody reads it, and errors on it are expected (they destroy it). */
  readonly stream: Duplex
  readonly reader: FrameReader
  /** As the server last reported them, by name as the server writes it. */
  readonly parameters: ReadonlyMap<string, string>
  /** Undefined: a server, or a pooler, that gives none. */
  readonly backendKey: BackendKey | undefined
  readonly protocolMinor: number
  readonly status: TransactionStatus
  readonly method: LoginMethod
  readonly tls: TlsFacts | undefined
}

/**
 * Connects and logs in.
 *
 * Asks for protocol 3.2; a server that knows 3.0 only says so, or, if it is older or something else than PostgreSQL, refuses, and is
 * asked again for 3.0.
 *
 * @param signal aborted when it takes too long, or nobody waits any more
 * @throws {UpstreamFault}
 */
export async function connectUpstream(target: UpstreamTarget, signal: AbortSignal): Promise<UpstreamConnection> {
  try {
    return await connectOnce(target, NEWEST_MINOR, signal)
  } catch (error) {
    if (!(error instanceof RefusedAtOnce) || !VERSION_REFUSED.has(error.sqlstate ?? '')) throw error
    return await connectOnce(target, 0, signal)
  }
}

/** `feature_not_supported` and `protocol_violation`: how servers refuse a version, and poolers a start-up packet. */
const VERSION_REFUSED: ReadonlySet<string> = new Set(['0A000', '08P01'])

/**
 * Asks the server to cancel what runs on a connection. Best effort, as the protocol has it: the server answers nothing, and may have
 * finished by itself.
 *
 * @param signal aborted when it takes too long
 * @throws {UpstreamFault} when the request could not be delivered
 */
export async function cancelUpstream(address: UpstreamAddress, backendKey: BackendKey, signal: AbortSignal): Promise<void> {
  const { stream } = await openUpstreamSocket(address, signal)
  try {
    stream.write(encodeCancelRequest(backendKey.pid, backendKey.key))
    // The server closes once it has sent the signal: after that the cancel comes before whatever is asked next.
    while ((await nextChunk(stream, signal)) !== undefined);
  } catch (error) {
    throw toUpstreamFault(error)
  } finally {
    stream.destroy()
  }
}

async function connectOnce(target: UpstreamTarget, requestedMinor: number, signal: AbortSignal): Promise<UpstreamConnection> {
  const startup = encodeStartupMessage(requestedMinor, startupParameters(target))
  const socket = await openUpstreamSocket(target, signal)
  try {
    // A stranger may be at the other end until it has proven itself: short messages only.
    const reader = new FrameReader(upstreamFrameLimit(MAX_AUTHENTICATION_BYTES))
    socket.stream.write(startup)
    const { user, password, randomBytes, scramKeys } = target
    const login = await logIn(socket, reader, { user, password, requestedMinor, randomBytes, scramKeys, signal })
    reader.limitTo(upstreamFrameLimit(target.maxFrameBytes))
    const ready = await awaitReady(socket, reader, signal)
    return { stream: socket.stream, reader, tls: socket.tls, ...login, ...ready }
  } catch (error) {
    socket.stream.destroy()
    throw toUpstreamFault(error)
  }
}

function startupParameters(target: UpstreamTarget): ReadonlyMap<string, string> {
  const parameters = new Map([['user', target.user], ['database', target.database]])
  for (const [name, value] of target.parameters) {
    if (name === 'user' || name === 'database' || name === 'replication' || name.startsWith('_pq_.')) {
      throw new RangeError(`upstream start-up parameter "${name}" is not a setting`)
    }
    // Names of settings have no case: a second spelling would be a second value.
    if (name.toLowerCase() !== 'client_encoding') parameters.set(name, value)
  }
  return parameters.set('client_encoding', 'UTF8')
}

interface Ready {
  readonly parameters: ReadonlyMap<string, string>
  readonly backendKey: BackendKey | undefined
  readonly status: TransactionStatus
}

/** From AuthenticationOk to the first ReadyForQuery. */
async function awaitReady(socket: UpstreamSocket, reader: FrameReader, signal: AbortSignal): Promise<Ready> {
  const parameters = new Map<string, string>()
  let backendKey: BackendKey | undefined
  for (;;) {
    const message = await nextMessage(socket, reader, signal)
    switch (message.kind) {
      case 'parameterStatus':
        parameters.set(message.name, message.value)
        break
      case 'backendKeyData':
        backendKey = { pid: message.pid, key: keepBytes(message.key) }
        break
      case 'noticeResponse': break
      case 'readyForQuery': return { parameters, backendKey, status: message.status }
      case 'errorResponse': throw refusedBy(message, 'later')
      default: throw new UpstreamFault('protocol', `upstream sent ${message.kind} before its first ReadyForQuery`)
    }
  }
}
