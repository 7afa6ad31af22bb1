import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { createServer, connect as connectSocket, type Socket } from 'node:net'
import { test } from 'node:test'
import { connect as connectTlsSocket } from 'node:tls'
import { Sensitive } from '@doorward/core'
import { makeSelfSigned, type SignatureName } from './tls-self-signed.ts'
import { acceptTls, connectTls, endPointBinding, makeServerContext, ownEndPointBinding, peerEndPointBinding, tlsFactsOf } from './tls.ts'

const NOW_MS = Date.now()
const OWN = makeSelfSigned({ names: ['localhost', '127.0.0.1'], nowMs: NOW_MS, days: 2 })
const CONTEXT = makeServerContext(OWN.certPem, new Sensitive(OWN.keyPem))
const SERVER = { secureContext: () => CONTEXT }

/** Two ends of one TCP connection over loopback. */
async function socketPair(): Promise<{ readonly near: Socket; readonly far: Socket; readonly close: () => void }> {
  const server = createServer({ pauseOnConnect: true })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const near = connectSocket({ host: '127.0.0.1', port: address.port })
  const far = await accepted
  for (const socket of [near, far]) socket.on('error', () => socket.destroy())
  return { near, far, close: () => { near.destroy(); far.destroy(); server.close() } }
}

const BINDINGS: readonly (readonly [signature: SignatureName, digest: string | undefined])[] = [
  ['ecdsa-sha256', 'sha256'], ['ecdsa-sha384', 'sha384'], ['rsa-sha256', 'sha256'], ['rsa-sha512', 'sha512'], ['ed25519', undefined],
]
for (const [signature, digest] of BINDINGS) {
  test(`binds to a certificate signed with ${signature} by ${digest ?? 'nothing'}`, () => {
    const certificate = new X509Certificate(makeSelfSigned({ names: ['localhost'], nowMs: NOW_MS, days: 2, signature }).certPem)
    assert.ok(certificate.verify(certificate.publicKey))
    assert.deepEqual(endPointBinding(certificate.raw), digest === undefined ? undefined : createHash(digest).update(certificate.raw).digest())
  })
}

test('both ends see the same binding, protocol and name', async () => {
  const { near, far, close } = await socketPair()
  const signal = AbortSignal.timeout(5000)
  const [accepted, connected] = await Promise.all([
    acceptTls(far, SERVER, 'requested', Buffer.alloc(0), signal),
    connectTls(near, 'localhost', OWN.certPem, signal),
  ])
  assert.ok(ownEndPointBinding(accepted))
  assert.deepEqual(ownEndPointBinding(accepted), peerEndPointBinding(connected))
  assert.equal(tlsFactsOf(accepted).servername, 'localhost')
  assert.equal(tlsFactsOf(accepted).protocol, 'TLSv1.3')
  accepted.write('hello')
  const [chunk] = await new Promise<[Buffer]>((resolve) => connected.once('data', (data) => resolve([data])))
  assert.equal(chunk.toString(), 'hello')
  close()
})

const UNVERIFIED: readonly (readonly [name: string, servername: string, ca: string | undefined])[] = [
  ['a certificate for another name', 'db.example.org', OWN.certPem],
  ['a certificate of an authority we do not know', 'localhost', undefined],
  ['a certificate of another authority', 'localhost', makeSelfSigned({ names: ['localhost'], nowMs: NOW_MS, days: 2 }).certPem],
]
for (const [name, servername, ca] of UNVERIFIED) {
  test(`does not connect to ${name}`, async () => {
    const { near, far, close } = await socketPair()
    const signal = AbortSignal.timeout(5000)
    const accepting = acceptTls(far, SERVER, 'requested', Buffer.alloc(0), signal).catch(() => undefined)
    await assert.rejects(connectTls(near, servername, ca, signal), { code: 'tls-failed' })
    await accepting
    close()
  })
}

test('does not connect to a certificate that is out of date', async () => {
  const old = makeSelfSigned({ names: ['localhost'], nowMs: NOW_MS - 10 * 86_400_000, days: 2 })
  const context = makeServerContext(old.certPem, new Sensitive(old.keyPem))
  const { near, far, close } = await socketPair()
  const signal = AbortSignal.timeout(5000)
  const accepting = acceptTls(far, { secureContext: () => context }, 'requested', Buffer.alloc(0), signal).catch(() => undefined)
  await assert.rejects(connectTls(near, 'localhost', old.certPem, signal), /CERT_HAS_EXPIRED/)
  await accepting
  close()
})

test('direct TLS without the application protocol is refused, and with it accepted', async () => {
  for (const [protocols, isAccepted] of [[[], false], [['postgresql'], true]] as const) {
    const { near, far, close } = await socketPair()
    const signal = AbortSignal.timeout(5000)
    const client = connectTlsSocket({ socket: near, servername: 'localhost', ca: OWN.certPem, ALPNProtocols: [...protocols] })
    client.on('error', () => client.destroy())
    const accepting = acceptTls(far, SERVER, 'direct', Buffer.alloc(0), signal)
    if (isAccepted) await accepting
    else await assert.rejects(accepting, { code: 'tls-failed' })
    client.destroy()
    close()
  }
})

test('a handshake that is no handshake fails, and one that never comes is given up', async () => {
  const broken = await socketPair()
  broken.near.write('not a handshake at all')
  await assert.rejects(acceptTls(broken.far, SERVER, 'requested', Buffer.alloc(0), AbortSignal.timeout(5000)), { code: 'tls-failed' })
  broken.close()
  const silent = await socketPair()
  const abort = new AbortController()
  const accepting = acceptTls(silent.far, SERVER, 'requested', Buffer.alloc(0), abort.signal)
  abort.abort()
  await assert.rejects(accepting, { code: 'aborted' })
  silent.close()
})
