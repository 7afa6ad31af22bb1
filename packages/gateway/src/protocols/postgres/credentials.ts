/**
 * Proves who a client is, after start-up and before admission: SCRAM-SHA-256(-PLUS) from a stored verifier, or a token, in the
 * password field or by OAUTHBEARER, inside TLS. Whoever the user is, known or not, the same questions are asked and the same words refuse.
 * Sources: PostgreSQL, Message Flow: Start-up, SASL Authentication.
 */
import { isUtf8 } from 'node:buffer'
import { Sensitive, unreachable } from '@doorward/core'
import { encodeBackend, encodeOwnError } from './backend-encode.ts'
import { FrameCursor } from './frame-cursor.ts'
import { nextFrame } from './frame-source.ts'
import { clientFrameLimit } from './limits.ts'
import { bearerFailure, OAUTH_BEARER, OAUTH_FAILURE_ANSWER, readBearerMessage } from './oauth-bearer.ts'
import { challengeScram, offeredMechanisms, proveScram, type ScramRefusalReason } from './scram-server.ts'
import { mockVerifier, type ScramVerifier } from './scram-verifier.ts'
import { closeWith, type ClientStartup } from './startup-client.ts'
import { WireFault } from './wire-fault.ts'

/** How a user proves to be that user. */
export type ClientCredential =
  /** `locked`: the exchange runs as ever, with the user's own salt, and fails. */
  | { readonly kind: 'scram'; readonly verifier: ScramVerifier; readonly standing: 'open' | 'locked' }
  /** The token is its issuer's to check: signature, audience, expiry. `issuer`: where clients that ask are sent for one. */
  | { readonly kind: 'token'; readonly issuer: string; readonly check: (token: Sensitive<string>, method: TokenMethod) => Promise<'accepted' | 'rejected'> }

/** How a token came: in the password field, or in PostgreSQL 18's own mechanism for it. */
export type TokenMethod = 'oidc' | 'oauthbearer'

export interface AuthenticationOptions {
  /** @returns undefined for a user who does not exist; what it takes should not depend on that. */
  readonly find: (user: string) => Promise<ClientCredential | undefined>
  /** Secret of this installation: makes the verifiers of users who do not exist. See {@link mockVerifier}. */
  readonly mockKey: Buffer
  readonly mockIterations?: number
  readonly randomBytes: (size: number) => Buffer
  readonly signal: AbortSignal
  /** From authentication on: the limit of Query, Parse, Bind, CopyData and FunctionCall. */
  readonly maxFrameBytes?: number
  /** Where tokens are taken. `unsafely-anywhere`: a loopback listener whose operator said so. */
  readonly tokens: 'tls-only' | 'unsafely-anywhere'
  /** How a token is asked for. */
  readonly tokenMethod: TokenMethod
}

/** `token-asked`: the client only wanted to know where tokens come from. */
export type AuthenticationRefusal = ScramRefusalReason | 'token' | 'token-asked' | 'token-without-tls'
export type AuthenticationResult =
  | { readonly kind: 'authenticated'; readonly mechanism: 'scram-sha-256' | 'scram-sha-256-plus' | TokenMethod }
  /** `why` is for the log. The client was told that authentication failed, and the stream is closing. */
  | { readonly kind: 'refused'; readonly why: AuthenticationRefusal }

/**
 * Runs the exchange. AuthenticationOk is the caller's to send, once the principal is admitted.
 *
 * @throws {WireFault} `closed` (psql does so to ask its user for a password), `aborted`, and whatever a broken message is; the client
 *   has then been told and the stream is closing. What `find` and `check` throw comes through after the same.
 */
export async function authenticateClient(hello: ClientStartup, options: AuthenticationOptions): Promise<AuthenticationResult> {
  let result: AuthenticationResult
  try {
    result = await exchange(hello, await options.find(hello.user), options)
  } catch (error) {
    const isPeers = error instanceof WireFault
    closeWith(hello.stream, isPeers && (error.code === 'closed' || error.code === 'aborted')
      ? undefined
      : encodeOwnError({ severity: 'FATAL', sqlstate: isPeers ? '08P01' : '58000', message: isPeers ? `doorward: ${error.message}` : 'doorward: authentication is not available' }))
    throw error
  }
  if (result.kind === 'refused') closeWith(hello.stream, refusal(hello.user))
  else hello.reader.limitTo(clientFrameLimit(options.maxFrameBytes))
  return result
}

/** PostgreSQL's own words, which tools know. Its log has the reason; the client never does. */
function refusal(user: string): Buffer {
  return encodeOwnError({ severity: 'FATAL', sqlstate: '28P01', message: `password authentication failed for user "${user}"` })
}

async function exchange(hello: ClientStartup, credential: ClientCredential | undefined, options: AuthenticationOptions): Promise<AuthenticationResult> {
  switch (credential?.kind) {
    case 'token':
      if (hello.tls === undefined && options.tokens === 'tls-only') return refuseToken(hello, options)
      return options.tokenMethod === 'oauthbearer' ? runOauthBearer(hello, credential, options.signal) : askForToken(hello, credential, options.signal)
    case 'scram': return runScram(hello, credential.verifier, credential.standing === 'open' ? 'known' : 'nobody', options)
    case undefined: return runScram(hello, mockOf(hello, options), 'nobody', options)
    default: return unreachable(credential)
  }
}

function mockOf(hello: ClientStartup, options: AuthenticationOptions): ScramVerifier {
  return mockVerifier(options.mockKey, hello.user, options.mockIterations)
}

/** Outside TLS the token is not asked for: the client meets what a user who does not exist meets, and sends nothing of it in clear. */
async function refuseToken(hello: ClientStartup, options: AuthenticationOptions): Promise<AuthenticationResult> {
  await runScram(hello, mockOf(hello, options), 'nobody', options)
  return { kind: 'refused', why: 'token-without-tls' }
}

type TokenCredential = Extract<ClientCredential, { kind: 'token' }>

async function askForToken(hello: ClientStartup, credential: TokenCredential, signal: AbortSignal): Promise<AuthenticationResult> {
  hello.stream.write(encodeBackend({ kind: 'authenticationCleartext' }))
  const frame = await nextFrame(hello.stream, hello.reader, signal)
  const read = new FrameCursor(frame.tag, frame.body)
  const token = new Sensitive(read.string())
  read.expectEnd()
  const answer = await credential.check(token, 'oidc')
  return answer === 'accepted' ? { kind: 'authenticated', mechanism: 'oidc' } : { kind: 'refused', why: 'token' }
}

/** A client without a token, or with a wrong one, is told where tokens come from; it answers, and is refused. */
async function runOauthBearer(hello: ClientStartup, credential: TokenCredential, signal: AbortSignal): Promise<AuthenticationResult> {
  const { stream, reader } = hello
  stream.write(encodeBackend({ kind: 'authenticationSasl', mechanisms: [OAUTH_BEARER] }))
  const { mechanism, initial } = await readInitialResponse(hello, signal)
  if (mechanism !== OAUTH_BEARER) return { kind: 'refused', why: 'mechanism' }
  const message = readBearerMessage(initial)
  if (message.kind === 'malformed') return { kind: 'refused', why: 'malformed' }
  if (message.kind === 'token' && await credential.check(message.token, 'oauthbearer') === 'accepted') return { kind: 'authenticated', mechanism: 'oauthbearer' }
  stream.write(encodeBackend({ kind: 'authenticationSaslContinue', data: bearerFailure(credential.issuer) }))
  const { body } = await nextFrame(stream, reader, signal)
  return { kind: 'refused', why: message.kind === 'where' ? 'token-asked' : body.equals(OAUTH_FAILURE_ANSWER) ? 'token' : 'malformed' }
}

async function runScram(hello: ClientStartup, verifier: ScramVerifier, user: 'known' | 'nobody', options: AuthenticationOptions): Promise<AuthenticationResult> {
  const { stream, reader, endPointBinding } = hello
  const nonce = options.randomBytes(18).toString('base64') // PostgreSQL, SCRAM_RAW_NONCE_LEN
  stream.write(encodeBackend({ kind: 'authenticationSasl', mechanisms: offeredMechanisms(endPointBinding) }))
  const { mechanism, initial } = await readInitialResponse(hello, options.signal)
  const challenge = challengeScram({ verifier, user, nonce, endPointBinding }, mechanism, initial)
  if (challenge.kind === 'refused') return challenge
  stream.write(encodeBackend({ kind: 'authenticationSaslContinue', data: challenge.data }))
  const response = await nextFrame(stream, reader, options.signal)
  const proven = proveScram(challenge.pending, response.body)
  if (proven.kind === 'refused') return proven
  stream.write(encodeBackend({ kind: 'authenticationSaslFinal', data: proven.data }))
  return { kind: 'authenticated', mechanism: proven.mechanism === 'SCRAM-SHA-256-PLUS' ? 'scram-sha-256-plus' : 'scram-sha-256' }
}

/** SASLInitialResponse: a mechanism and, unless its length is -1, the first message; else it comes after an empty challenge. */
async function readInitialResponse(hello: ClientStartup, signal: AbortSignal): Promise<{ readonly mechanism: string; readonly initial: Buffer }> {
  const frame = await nextFrame(hello.stream, hello.reader, signal)
  const read = new FrameCursor(frame.tag, frame.body)
  const name = read.stringBytes()
  const mechanism = isUtf8(name) ? name.toString('utf8') : ''
  const initial = read.cell()
  read.expectEnd()
  if (initial !== null) return { mechanism, initial }
  hello.stream.write(encodeBackend({ kind: 'authenticationSaslContinue', data: Buffer.alloc(0) }))
  return { mechanism, initial: (await nextFrame(hello.stream, hello.reader, signal)).body }
}
