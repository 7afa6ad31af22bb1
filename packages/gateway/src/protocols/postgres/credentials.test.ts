/** Start-up and authentication over real sockets: our own upstream side is the client, and raw bytes where a client would not. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, connect as connectSocket, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { TLSSocket } from 'node:tls'
import { Sensitive } from '@doorward/core'
import { decodeBackend } from './backend.ts'
import { encodeBackend } from './backend-encode.ts'
import type { BackendMessage } from './backend-message.ts'
import { authenticateClient, type AuthenticationResult, type ClientCredential } from './credentials.ts'
import { nextFrame } from './frame-source.ts'
import { FrameReader } from './frame.ts'
import { upstreamFrameLimit } from './limits.ts'
import { makeVerifier } from './scram-verifier.ts'
import { acceptClient, type AcceptOptions, type ClientCancel, type ClientHello, type ClientStartup } from './startup-client.ts'
import { encodeCancelRequest, encodeSslRequest, encodeStartupMessage } from './startup-packet.ts'
import { makeSelfSigned } from './tls-self-signed.ts'
import { makeServerContext } from './tls.ts'
import { cancelUpstream, connectUpstream, type UpstreamConnection, type UpstreamTarget } from './upstream.ts'
import type { UpstreamTls } from './upstream-socket.ts'

const OWN = makeSelfSigned({ names: ['127.0.0.1'], nowMs: Date.now(), days: 2 })
const CONTEXT = makeServerContext(OWN.certPem, new Sensitive(OWN.keyPem))
const TLS = { secureContext: () => CONTEXT }
const REQUIRED = { tls: TLS, encryption: 'required' } as const
const OPTIONAL = { tls: TLS, encryption: 'optional' } as const
const NO_TLS = { tls: undefined, encryption: 'optional' } as const
const VERIFIED: UpstreamTls = { mode: 'verify-full', ca: OWN.certPem }
const DIRECT: UpstreamTls = { mode: 'verify-full', ca: OWN.certPem, negotiation: 'direct' }

let verifier: ClientCredential
before(async () => {
  verifier = { kind: 'scram', standing: 'open', verifier: await makeVerifier(new Sensitive('right'), randomBytes(16), 100) }
})

const TOKEN: ClientCredential = { kind: 'token', issuer: 'https://id.example.org', check: async (token) => (token.reveal() === 'right' ? 'accepted' : 'rejected') }
const signal = (): AbortSignal => AbortSignal.timeout(5000)

const cleanups: (() => void)[] = []
after(() => { for (const cleanup of cleanups) cleanup() })

/** A listener that runs `serve` for each connection and reports how it ended. */
async function listen<T>(serve: (socket: Socket) => Promise<T>): Promise<{ readonly port: number; readonly ended: () => Promise<T> }> {
  const results: Promise<T>[] = []
  let announce = (): void => undefined
  const server = createServer((socket) => {
    const result = serve(socket)
    result.catch(() => undefined) // looked at by `ended`, which may come later
    results.push(result)
    announce()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const ended = async (): Promise<T> => {
    if (results.length === 0) await new Promise<void>((resolve) => { announce = resolve })
    const last = results.at(-1)
    assert.ok(last)
    return last
  }
  return { port: address.port, ended }
}

interface Served { readonly hello: ClientStartup; readonly result: AuthenticationResult }

/** Accepts, authenticates and, when that went well, says that it is ready, as a session would. */
function gateway(options: Omit<AcceptOptions, 'signal'>): (socket: Socket) => Promise<Served> {
  return async (socket) => {
    const hello = await acceptClient(socket, { ...options, signal: signal() })
    assert.ok(hello.kind === 'startup')
    const find = async (user: string): Promise<ClientCredential | undefined> => (user === 'alice' ? verifier : user === 'bot' ? TOKEN : undefined)
    const result = await authenticateClient(hello, { find, mockKey: Buffer.alloc(32, 1), mockIterations: 100, randomBytes, signal: signal(), tokens: 'tls-only', tokenMethod: 'oidc' })
    if (result.kind === 'authenticated') {
      hello.stream.write(encodeBackend({ kind: 'authenticationOk' }))
      hello.stream.write(encodeBackend({ kind: 'backendKeyData', pid: 1, key: Buffer.alloc(hello.protocolMinor >= 2 ? 32 : 4) }))
      hello.stream.write(encodeBackend({ kind: 'readyForQuery', status: 'I' }))
    }
    return { hello, result }
  }
}

async function connect(port: number, user: string, password: string, tls: UpstreamTls, over: Partial<UpstreamTarget> = {}): Promise<UpstreamConnection> {
  const target = { host: '127.0.0.1', port, database: 'clinic', user, password: new Sensitive(password), tls, parameters: new Map(), randomBytes, ...over }
  const connection = await connectUpstream(target, signal())
  cleanups.push(() => connection.stream.destroy())
  return connection
}

const AUTHENTICATED: readonly (readonly [name: string, options: Omit<AcceptOptions, 'signal'>, user: string, tls: UpstreamTls, mechanism: string, method: string])[] = [
  ['SCRAM in plaintext', NO_TLS, 'alice', 'unsafely-plaintext', 'scram-sha-256', 'scram-sha-256'],
  ['SCRAM-PLUS in TLS', REQUIRED, 'alice', VERIFIED, 'scram-sha-256-plus', 'scram-sha-256-plus'],
  ['SCRAM-PLUS in direct TLS', REQUIRED, 'alice', DIRECT, 'scram-sha-256-plus', 'scram-sha-256-plus'],
  ['SCRAM in plaintext where TLS is optional', OPTIONAL, 'alice', 'unsafely-plaintext', 'scram-sha-256', 'scram-sha-256'],
  ['a token in TLS', REQUIRED, 'bot', VERIFIED, 'oidc', 'cleartext'],
]
for (const [name, options, user, tls, mechanism, method] of AUTHENTICATED) {
  test(`authenticates by ${name}, in 3.2`, async () => {
    const { port, ended } = await listen(gateway(options))
    const connection = await connect(port, user, 'right', tls)
    assert.equal(connection.method, method)
    assert.equal(connection.protocolMinor, 2)
    assert.equal(connection.backendKey?.key.length, 32)
    const { hello, result } = await ended()
    assert.deepEqual(result, { kind: 'authenticated', mechanism })
    assert.equal(hello.user, user)
    assert.equal(hello.database, 'clinic')
    assert.equal(hello.tls === undefined, tls === 'unsafely-plaintext')
  })
}

const REFUSED: readonly (readonly [name: string, user: string, password: string, tls: UpstreamTls, why: string])[] = [
  ['a wrong password', 'alice', 'wrong', VERIFIED, 'proof'],
  ['a user who does not exist', 'nobody', 'right', VERIFIED, 'unknown-user'],
  ['a wrong token', 'bot', 'wrong', VERIFIED, 'token'],
  ['an empty token', 'bot', '', VERIFIED, 'token'],
  ['a token outside TLS, without asking for it', 'bot', 'right', 'unsafely-plaintext', 'token-without-tls'],
]
for (const [name, user, password, tls, why] of REFUSED) {
  test(`refuses ${name}`, async () => {
    const { port, ended } = await listen(gateway(OPTIONAL))
    await assert.rejects(connect(port, user, password, tls), { code: 'refused', sqlstate: '28P01' })
    assert.deepEqual((await ended()).result, { kind: 'refused', why })
  })
}

/** Sends bytes as they are and gives the messages that come back, until the other side closes. */
async function converse(port: number, ...steps: readonly Buffer[]): Promise<readonly BackendMessage[]> {
  const socket = connectSocket({ host: '127.0.0.1', port })
  socket.on('error', () => socket.destroy())
  const reader = new FrameReader(upstreamFrameLimit())
  for (const step of steps) socket.write(step)
  const messages: BackendMessage[] = []
  for (;;) {
    try {
      const { tag, body } = await nextFrame(socket, reader, signal())
      messages.push(decodeBackend({ tag, body }))
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, 'closed')
      return messages
    }
  }
}

function sqlstateOf(message: BackendMessage | undefined): string | undefined {
  return message?.kind === 'errorResponse' ? message.fields.get('C') : undefined
}

const USER = new Map([['user', 'alice'], ['database', 'clinic']])
const passwordFrame = (body: Buffer): Buffer => {
  const frame = Buffer.concat([Buffer.from([0x70, 0, 0, 0, 0]), body])
  frame.writeUInt32BE(body.length + 4, 1)
  return frame
}

test('negotiates the version down, and says which options it does not know, before anything else', async () => {
  const { port, ended } = await listen(gateway(NO_TLS))
  const startup = encodeStartupMessage(9999, new Map([...USER, ['_pq_.grease', '1']]))
  const [first, second] = await converse(port, startup, passwordFrame(Buffer.from('X\0\xff\xff\xff\xff', 'latin1')), passwordFrame(Buffer.alloc(0)))
  assert.deepEqual(first, { kind: 'negotiateProtocolVersion', minor: 2, unrecognised: ['_pq_.grease'] })
  assert.deepEqual(second, { kind: 'authenticationSasl', mechanisms: ['SCRAM-SHA-256'] })
  const { hello, result } = await ended()
  assert.equal(hello.requestedMinor, 9999)
  assert.equal(hello.protocolMinor, 2)
  assert.deepEqual(hello.unrecognised, ['_pq_.grease'])
  assert.deepEqual(result, { kind: 'refused', why: 'mechanism' })
})

const FAULTS: readonly (readonly [name: string, options: Omit<AcceptOptions, 'signal'>, steps: readonly Buffer[], code: string, sqlstate: string | undefined])[] = [
  ['plaintext where TLS is required', REQUIRED, [encodeStartupMessage(0, USER)], 'tls-required', '28000'],
  ['no user', NO_TLS, [encodeStartupMessage(0, new Map([['database', 'clinic']]))], 'bad-startup', '08P01'],
  ['options that are no settings', NO_TLS, [encodeStartupMessage(0, new Map([...USER, ['options', '-d 5']]))], 'bad-startup', '08P01'],
  ['protocol 2', NO_TLS, [Buffer.from([0, 0, 0, 9, 0, 2, 0, 0, 0])], 'unsupported-version', '0A000'],
  ['bytes behind the request for TLS', REQUIRED, [Buffer.concat([encodeSslRequest(), encodeStartupMessage(0, USER)])], 'injected-bytes', undefined],
  ['a Query before authentication', NO_TLS, [encodeStartupMessage(0, USER), Buffer.from('Q\0\0\0\x0dselect 1\0', 'latin1')], 'unknown-message', '08P01'],
  ['a password message of 1 MB', NO_TLS, [encodeStartupMessage(0, USER), Buffer.from([0x70, 0, 16, 0, 0])], 'frame-too-long', '08P01'],
  ['a SASL response with bytes behind it', NO_TLS, [encodeStartupMessage(0, USER), passwordFrame(Buffer.from('SCRAM-SHA-256\0\0\0\0\x01nX', 'latin1'))], 'trailing-bytes', '08P01'],
]
for (const [name, options, steps, code, sqlstate] of FAULTS) {
  test(`closes on ${name}, and says so`, async () => {
    const { port, ended } = await listen(gateway(options))
    const messages = await converse(port, ...steps)
    assert.equal(sqlstateOf(messages.at(-1)), sqlstate)
    await assert.rejects(ended(), { code })
  })
}

test('a client that leaves at any byte of its start-up is a fault, and nothing hangs', async () => {
  const { port, ended } = await listen(gateway(NO_TLS))
  const startup = encodeStartupMessage(2, USER)
  for (let at = 0; at <= startup.length; at += 5) {
    const socket = connectSocket({ host: '127.0.0.1', port })
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    socket.end(startup.subarray(0, at))
    socket.resume()
    await new Promise<void>((resolve) => socket.once('close', resolve))
    await assert.rejects(ended(), { code: 'closed' }, `left after ${at} bytes`)
  }
})

test('a client that says nothing is given up when the signal fires', async () => {
  const abort = new AbortController()
  const { port, ended } = await listen(async (socket): Promise<ClientHello> => acceptClient(socket, { ...NO_TLS, signal: abort.signal }))
  const socket = connectSocket({ host: '127.0.0.1', port })
  socket.on('error', () => socket.destroy())
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.resume()
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const rejected = assert.rejects(ended(), { code: 'aborted' })
  abort.abort()
  await rejected
  await closed
})

test('hands a cancel request on, in plaintext and in TLS', async () => {
  const { port, ended } = await listen(async (socket): Promise<ClientHello> => {
    const hello = await acceptClient(socket, { ...REQUIRED, signal: signal() })
    socket.destroy()
    return hello
  })
  const key = Buffer.alloc(32, 5)
  for (const tls of ['unsafely-plaintext', VERIFIED, DIRECT] as const) {
    await cancelUpstream({ host: '127.0.0.1', port, tls }, { pid: 9, key }, signal())
    const { stream, ...asked } = requireCancel(await ended())
    assert.deepEqual(asked, { kind: 'cancel', pid: 9, key })
    // What ends the connection must end its TLS.
    assert.equal(stream instanceof TLSSocket, tls !== 'unsafely-plaintext')
  }
  await converse(port, encodeCancelRequest(9, key.subarray(0, 4)))
  assert.deepEqual(requireCancel(await ended()).key, key.subarray(0, 4))
})

function requireCancel(hello: unknown): ClientCancel {
  assert.ok(typeof hello === 'object' && hello !== null && 'kind' in hello && hello.kind === 'cancel')
  return hello as ClientCancel // its kind says so
}

test('a lookup that fails lets nobody in and says nothing of why', async () => {
  const { port, ended } = await listen(async (socket) => {
    const hello = await acceptClient(socket, { ...NO_TLS, signal: signal() })
    assert.ok(hello.kind === 'startup')
    const find = (): Promise<never> => Promise.reject(new Error('directory at ldap.example.org is down'))
    return authenticateClient(hello, { find, mockKey: Buffer.alloc(32), randomBytes, signal: signal(), tokens: 'tls-only', tokenMethod: 'oidc' })
  })
  const [error] = await converse(port, encodeStartupMessage(0, USER))
  assert.ok(error?.kind === 'errorResponse')
  assert.equal(error.fields.get('C'), '58000')
  assert.doesNotMatch([...error.fields.values()].join(), /ldap/)
  await assert.rejects(ended(), /ldap/)
})

test('unknown users get the same challenge each time, of the form that known ones get', async () => {
  const saltOf = async (user: string): Promise<string> => {
    const { port } = await listen(gateway(NO_TLS))
    const first = passwordFrame(Buffer.from(`SCRAM-SHA-256\0\0\0\0\x0dn,,n=,r=abcde`, 'latin1'))
    const messages = await converse(port, encodeStartupMessage(0, new Map([['user', user]])), first, passwordFrame(Buffer.from('x')))
    const challenge = messages[1]
    assert.ok(challenge?.kind === 'authenticationSaslContinue')
    assert.equal(sqlstateOf(messages[2]), '28P01')
    const [, salt, iterations] = /,s=([^,]+),i=(\d+)$/.exec(challenge.data.toString()) ?? []
    assert.equal(iterations, '100')
    return createHash('sha256').update(salt ?? '').digest('hex') + Buffer.from(salt ?? '', 'base64').length
  }
  assert.equal(await saltOf('nobody'), await saltOf('nobody'))
  assert.notEqual(await saltOf('nobody'), await saltOf('noone'))
  assert.match(await saltOf('nobody'), /16$/)
  assert.match(await saltOf('alice'), /16$/)
})
