/** Upstreams that misbehave, scripted; real ones are in upstream.real.test.ts. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import { Sensitive } from '@doorward/core'
import { encodeBackend } from './backend-encode.ts'
import type { BackendMessage } from './backend-message.ts'
import { expectErrors, nextChunk } from './frame-source.ts'
import { decodeStartupPacket, type StartupMessage } from './startup-packet.ts'
import { UpstreamFault } from './upstream-fault.ts'
import { connectUpstream, type UpstreamConnection, type UpstreamTarget } from './upstream.ts'

const SECRET = 'not-to-be-seen'
const cleanups: (() => void)[] = []
after(() => { for (const cleanup of cleanups) cleanup() })

type Peer = (socket: Socket, startup: StartupMessage) => void | Promise<void>

/** A server that reads a start-up message, then does as `peer` says; each connection by its own. */
async function upstream(...peers: readonly Peer[]): Promise<{ readonly port: number; readonly seen: StartupMessage[] }> {
  const seen: StartupMessage[] = []
  const left = [...peers]
  const server = createServer((socket) => {
    expectErrors(socket)
    cleanups.push(() => socket.destroy())
    void nextChunk(socket, AbortSignal.timeout(5000)).then(async (chunk) => {
      const packet = decodeStartupPacket(chunk ?? Buffer.alloc(0))
      assert.ok(packet.kind === 'startup')
      seen.push(packet)
      await left.shift()?.(socket, packet)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { port: address.port, seen }
}

function says(...messages: readonly BackendMessage[]): Peer {
  return (socket) => { socket.write(Buffer.concat(messages.map((message) => encodeBackend(message)))) }
}

function saysBytes(bytes: Buffer): Peer {
  return (socket) => { socket.end(bytes) }
}

const OK: BackendMessage = { kind: 'authenticationOk' }
const READY: BackendMessage = { kind: 'readyForQuery', status: 'I' }
const error = (sqlstate: string): BackendMessage => ({ kind: 'errorResponse', fields: new Map([['C', sqlstate], ['M', 'text of the server']]) })

async function connect(port: number, over: Partial<UpstreamTarget> = {}, signal = AbortSignal.timeout(5000)): Promise<UpstreamConnection> {
  const target = {
    host: '127.0.0.1', port, database: 'clinic', user: 'doorward', password: new Sensitive(SECRET), tls: 'unsafely-plaintext',
    parameters: new Map(), randomBytes, ...over,
  } as const
  const connection = await connectUpstream(target, signal)
  cleanups.push(() => connection.stream.destroy())
  return connection
}

test('gives parameters, key and status, and the stream with nothing lost', async () => {
  const { port, seen } = await upstream(says(
    { kind: 'negotiateProtocolVersion', minor: 0, unrecognised: [] }, OK,
    { kind: 'parameterStatus', name: 'server_version', value: '15.0' }, { kind: 'backendKeyData', pid: 5, key: Buffer.from([1, 2, 3, 4]) },
    { kind: 'parameterStatus', name: 'server_version', value: '15.1' }, { kind: 'noticeResponse', fields: new Map([['M', 'hello']]) }, READY,
    { kind: 'notificationResponse', pid: 1, channel: 'a', payload: 'b' },
  ))
  const connection = await connect(port, { parameters: new Map([['application_name', 'x'], ['CLIENT_ENCODING', 'LATIN1']]) })
  assert.equal(connection.protocolMinor, 0)
  assert.deepEqual([...connection.parameters], [['server_version', '15.1']])
  assert.deepEqual(connection.backendKey, { pid: 5, key: Buffer.from([1, 2, 3, 4]) })
  assert.equal(connection.method, 'trust')
  assert.equal(connection.reader.next()?.tag, 'A'.charCodeAt(0))
  assert.equal(seen[0]?.requestedMinor, 2)
  assert.deepEqual([...(seen[0]?.parameters ?? [])], [['user', 'doorward'], ['database', 'clinic'], ['application_name', 'x'], ['client_encoding', 'UTF8']])
})

test('asks again for 3.0 where 3.2 is refused at once, and only then', async () => {
  for (const sqlstate of ['0A000', '08P01']) {
    const { port, seen } = await upstream(says(error(sqlstate)), says(OK, READY))
    assert.equal((await connect(port)).protocolMinor, 0)
    assert.deepEqual(seen.map((startup) => startup.requestedMinor), [2, 0])
  }
  const { port, seen } = await upstream(says(error('3D000')), says(OK, READY))
  await assert.rejects(connect(port), { code: 'refused', sqlstate: '3D000' })
  assert.equal(seen.length, 1)
  const twice = await upstream(says(error('0A000')), says(error('0A000')))
  await assert.rejects(connect(twice.port), { code: 'refused', sqlstate: '0A000' })
  assert.equal(twice.seen.length, 2)
})

const REFUSED: readonly (readonly [name: string, peer: Peer, code: string])[] = [
  ['asks for the password in clear', says({ kind: 'authenticationCleartext' }), 'authentication'],
  ['asks for Kerberos', says({ kind: 'authenticationOther', method: 7, data: Buffer.alloc(0) }), 'authentication'],
  ['offers no mechanism we know', says({ kind: 'authenticationSasl', mechanisms: ['OAUTHBEARER'] }), 'authentication'],
  ['says yes in the middle of SASL', says({ kind: 'authenticationSasl', mechanisms: ['SCRAM-SHA-256'] }, OK, READY), 'authentication'],
  ['asks for md5 twice', says({ kind: 'authenticationMd5', salt: Buffer.alloc(4) }, { kind: 'authenticationMd5', salt: Buffer.alloc(4, 1) }), 'authentication'],
  ['sends rows before it is ready', says(OK, { kind: 'dataRow', cells: [] }), 'protocol'],
  ['negotiates a version newer than we asked for', says({ kind: 'negotiateProtocolVersion', minor: 3, unrecognised: [] }, OK, READY), 'protocol'],
  ['negotiates after authentication has begun', says({ kind: 'noticeResponse', fields: new Map() }, { kind: 'authenticationMd5', salt: Buffer.alloc(4) }, { kind: 'negotiateProtocolVersion', minor: 0, unrecognised: [] }), 'protocol'],
  ['refuses after authentication', says(OK, error('53300')), 'refused'],
  ['sends an unknown message', saysBytes(Buffer.from('q\0\0\0\x04', 'latin1')), 'protocol'],
  ['sends a message longer than a stranger may', saysBytes(Buffer.from([0x45, 0x10, 0, 0, 0])), 'protocol'],
  ['closes at once', saysBytes(Buffer.alloc(0)), 'unreachable'],
  ['closes in the middle of a message', saysBytes(Buffer.from('R\0\0\0\x08\0', 'latin1')), 'unreachable'],
  ['speaks HTTP', saysBytes(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')), 'protocol'],
]
for (const [name, peer, code] of REFUSED) {
  test(`refuses an upstream that ${name}`, async () => {
    const { port } = await upstream(peer)
    await assert.rejects(connect(port), (fault) => {
      assert.ok(fault instanceof UpstreamFault)
      assert.equal(fault.code, code)
      assert.doesNotMatch(`${fault.stack} ${String(fault.cause)}`, new RegExp(`${SECRET}|text of the server`))
      return true
    })
  })
}

test('refuses a server that cannot prove it knows the verifier', async () => {
  const { port } = await upstream(async (socket) => {
    socket.write(encodeBackend({ kind: 'authenticationSasl', mechanisms: ['SCRAM-SHA-256'] }))
    const first = (await nextChunk(socket, AbortSignal.timeout(5000)))?.toString('latin1') ?? ''
    const nonce = /r=(.+)$/.exec(first)?.[1] ?? ''
    socket.write(encodeBackend({ kind: 'authenticationSaslContinue', data: Buffer.from(`r=${nonce}xyz,s=AAAA,i=1`) }))
    await nextChunk(socket, AbortSignal.timeout(5000))
    const forged = Buffer.alloc(32).toString('base64')
    socket.write(Buffer.concat([encodeBackend({ kind: 'authenticationSaslFinal', data: Buffer.from(`v=${forged}`) }), encodeBackend(OK), encodeBackend(READY)]))
  })
  await assert.rejects(connect(port), { code: 'authentication', message: /server-signature/ })
})

/** A listener that answers the request for TLS with these bytes. */
async function tlsAnswer(answer: Buffer): Promise<number> {
  const server = createServer((socket) => {
    expectErrors(socket)
    socket.once('data', () => socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}

test('refuses an upstream without TLS, with a plaintext error, or with bytes ahead of the handshake', async () => {
  for (const answer of ['N', 'E\0\0\0\x08oops', 'SR\0\0\0\x08\0\0\0\0', '']) {
    const port = await tlsAnswer(Buffer.from(answer, 'latin1'))
    await assert.rejects(connect(port, { tls: { mode: 'verify-full' } }), { code: 'tls' }, JSON.stringify(answer))
  }
})

test('nobody there, nobody answering, and nobody waiting any more are told apart', async () => {
  const port = await tlsAnswer(Buffer.alloc(0))
  cleanups.pop()?.() // closes that server: the port is free again
  await assert.rejects(connect(port), { code: 'unreachable', message: /ECONNREFUSED/ })
  const { port: silent } = await upstream(() => undefined)
  const abort = new AbortController()
  const connecting = connect(silent, {}, abort.signal)
  abort.abort()
  await assert.rejects(connecting, { code: 'aborted' })
  await assert.rejects(connect(silent, {}, AbortSignal.abort()), { code: 'aborted' })
  await assert.rejects(connect(1, { host: '/nonexistent' }), { code: 'unreachable', message: /ENOENT/ })
})

test('uses the stream that it is given, and closes it when it fails', async () => {
  const { port } = await upstream(says(error('3D000')))
  let made: Duplex | undefined
  const over = { connect: async (address: { readonly port: number }): Promise<Duplex> => (made = connectSocket({ host: '127.0.0.1', port: address.port })) }
  await assert.rejects(connect(port, over), { code: 'refused' })
  assert.equal(made?.destroyed, true)
})

test('does not let a caller set who it is by a parameter', async () => {
  for (const name of ['user', 'database', 'replication', '_pq_.x']) {
    await assert.rejects(connect(1, { parameters: new Map([[name, 'x']]) }), RangeError)
  }
})
