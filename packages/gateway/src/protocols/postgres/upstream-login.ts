/**
 * Proves to an upstream who we are, and has it prove who it is where the method can. The credential is opened here and goes into a
 * derivation, or into a message inside verified TLS. Source: PostgreSQL, Message Flow: Start-up, SASL Authentication.
 */
import { Sensitive } from '@doorward/core'
import { decodeBackend } from './backend.ts'
import type { BackendMessage, ErrorOrNotice } from './backend-message.ts'
import { FrameWriter } from './frame-writer.ts'
import { nextFrame } from './frame-source.ts'
import { FrameReader } from './frame.ts'
import { encodeFrontend } from './frontend-encode.ts'
import { answerMd5, answerScram, confirmScram, openScram, type ScramFailure } from './scram-client.ts'
import type { KeptScramKeys } from './scram-keys.ts'
import { UpstreamFault } from './upstream-fault.ts'
import type { UpstreamSocket } from './upstream-socket.ts'

export interface LoginOptions {
  readonly user: string
  readonly password: Sensitive<string>
  /** What we asked for; the server may name an older one. */
  readonly requestedMinor: number
  readonly randomBytes: (size: number) => Buffer
  /** Of this account; undefined: derived anew. */
  readonly scramKeys: KeptScramKeys | undefined
  readonly signal: AbortSignal
}

/** How we were let in: `trust` is a server that asked for nothing. */
export type LoginMethod = 'trust' | 'cleartext' | 'md5' | 'scram-sha-256' | 'scram-sha-256-plus'

/** The server refused before it asked for anything: an old one may do so over the version. */
export class RefusedAtOnce extends UpstreamFault {}

/**
 * From the start-up message, already sent, to AuthenticationOk.
 *
 * @throws {UpstreamFault} `authentication`, `refused`, {@link RefusedAtOnce}; {WireFault} for a broken conversation
 */
export async function logIn(socket: UpstreamSocket, reader: FrameReader, options: LoginOptions): Promise<{ readonly method: LoginMethod; readonly protocolMinor: number }> {
  let protocolMinor = options.requestedMinor
  let method: LoginMethod = 'trust'
  for (let isFirst = true; ; ) {
    const message = await nextMessage(socket, reader, options.signal)
    switch (message.kind) {
      case 'noticeResponse': continue
      case 'errorResponse': throw refusedBy(message, isFirst ? 'at-once' : 'later')
      case 'negotiateProtocolVersion':
        if (!isFirst || message.minor > options.requestedMinor) throw new UpstreamFault('protocol', `upstream negotiates protocol 3.${message.minor} out of turn`)
        protocolMinor = message.minor
        break
      case 'authenticationOk': return { method, protocolMinor }
      case 'authenticationCleartext':
        requireFirstMethod(method)
        if (socket.tls === undefined) throw new UpstreamFault('authentication', 'upstream asks for the password in clear outside TLS')
        sendPassword(socket, options.password)
        method = 'cleartext'
        break
      case 'authenticationMd5':
        requireFirstMethod(method)
        sendPassword(socket, new Sensitive(answerMd5(options.user, options.password, message.salt)))
        method = 'md5'
        break
      case 'authenticationSasl':
        requireFirstMethod(method)
        method = await runSasl(socket, reader, message.mechanisms, options)
        break
      case 'authenticationOther': throw new UpstreamFault('authentication', `upstream asks for authentication method ${message.method}, expected SCRAM, md5 or a password`)
      default: throw new UpstreamFault('protocol', `upstream sent ${message.kind} during authentication`)
    }
    isFirst = false
  }
}

/** The next message of a server, which is not yet a session's. */
export async function nextMessage(socket: UpstreamSocket, reader: FrameReader, signal: AbortSignal): Promise<BackendMessage> {
  return decodeBackend(await nextFrame(socket.stream, reader, signal))
}

/** A server's error as a fault: its SQLSTATE says enough, and its text may quote anything. */
export function refusedBy(message: ErrorOrNotice, when: 'at-once' | 'later'): UpstreamFault {
  const stated = message.fields.get('C') ?? ''
  const sqlstate = /^[0-9A-Z]{5}$/.test(stated) ? stated : 'XX000'
  const Kind = when === 'at-once' ? RefusedAtOnce : UpstreamFault
  return new Kind('refused', `upstream refused the connection: SQLSTATE ${sqlstate}`, { sqlstate })
}

async function runSasl(socket: UpstreamSocket, reader: FrameReader, mechanisms: readonly string[], options: LoginOptions): Promise<LoginMethod> {
  const opening = openScram(mechanisms, socket.endPointBinding, options.randomBytes(18).toString('base64'))
  if (opening.kind === 'failed') throw saslFault(opening)
  send(socket, new FrameWriter(0x70).string(opening.mechanism).cell(opening.data).finish())
  const challenge = await expectSasl(socket, reader, 'authenticationSaslContinue', options.signal)
  const answer = await answerScram(opening, options.password, challenge, options.scramKeys)
  if (answer.kind === 'failed') throw saslFault(answer)
  send(socket, encodeFrontend({ kind: 'authenticationResponse', payload: new Sensitive(answer.data) }))
  const confirmed = confirmScram(answer, await expectSasl(socket, reader, 'authenticationSaslFinal', options.signal))
  if (confirmed.kind === 'failed') throw saslFault(confirmed)
  return opening.mechanism === 'SCRAM-SHA-256-PLUS' ? 'scram-sha-256-plus' : 'scram-sha-256'
}

/** INVARIANT: an AuthenticationOk in the place of the server's own proof is a fault, so that nobody is let in by saying yes. */
async function expectSasl(socket: UpstreamSocket, reader: FrameReader, kind: 'authenticationSaslContinue' | 'authenticationSaslFinal', signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const message = await nextMessage(socket, reader, signal)
    if (message.kind === kind) return message.data
    if (message.kind === 'errorResponse') throw refusedBy(message, 'later')
    if (message.kind !== 'noticeResponse') throw new UpstreamFault('authentication', `upstream sent ${message.kind} in the middle of SASL`)
  }
}

/** One method per login: a second question after a first answer is somebody collecting answers. */
function requireFirstMethod(method: LoginMethod): void {
  if (method !== 'trust') throw new UpstreamFault('authentication', `upstream asks again after ${method}`)
}

function sendPassword(socket: UpstreamSocket, password: Sensitive<string>): void {
  const text = password.reveal() // into the message, which is a hash or goes through TLS
  if (text.includes('\0')) throw new UpstreamFault('authentication', 'the password for the upstream holds a NUL, which the protocol cannot send')
  send(socket, encodeFrontend({ kind: 'authenticationResponse', payload: new Sensitive(Buffer.from(`${text}\0`, 'utf8')) }))
}

function send(socket: UpstreamSocket, frame: Buffer): void {
  socket.stream.write(frame)
}

function saslFault(failure: ScramFailure): UpstreamFault {
  return new UpstreamFault('authentication', `upstream's SASL exchange failed: ${failure.why}`)
}
