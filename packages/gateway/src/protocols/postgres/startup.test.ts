import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseOptions } from './startup-options.ts'
import { decodeStartupPacket, encodeCancelRequest, encodeSslRequest, encodeStartupMessage } from './startup-packet.ts'
import { asksForReplication, STARTUP, stepStartup, type StartupEffect, type StartupPolicy } from './startup.ts'
import { WireFault } from './wire-fault.ts'

const TLS: StartupPolicy = { tls: 'offered', encryption: 'required' }
const PLAIN: StartupPolicy = { tls: 'none', encryption: 'optional' }

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]) // length, 1234.5679
const GSSENC_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30]) // length, 1234.5680
const STARTUP_3_2 = Buffer.concat([
  Buffer.from([0, 0, 0, 36]), // length
  Buffer.from([0, 3, 0, 2]), // 3.2
  Buffer.from('user\0alice\0database\0clinic\0'),
  Buffer.from([0]), // end of the list
])

function run(policy: StartupPolicy, chunks: readonly Buffer[], inTls: 'inside TLS' | 'plaintext' = 'plaintext'): StartupEffect[] {
  let state = inTls === 'plaintext' ? STARTUP : { ...STARTUP, transport: 'tls' as const, asked: { tls: 'yes' as const, gss: 'no' as const } }
  const effects: StartupEffect[] = []
  for (const chunk of chunks) {
    const step = stepStartup(state, policy, chunk)
    state = step.state
    if (step.effect.kind !== 'wait') effects.push(step.effect)
  }
  return effects
}

function faultCode(act: () => unknown): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    assert.ok(error instanceof WireFault, String(error))
    return error.code
  }
}

/** A start-up packet with the right length and whatever version and body. */
function packet(major: number, minor: number, body: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(8), body])
  bytes.writeInt32BE(bytes.length, 0)
  bytes.writeUInt16BE(major, 4)
  bytes.writeUInt16BE(minor, 6)
  return bytes
}

test('reads a start-up message, wherever it is cut', () => {
  for (let at = 0; at <= STARTUP_3_2.length; at++) {
    const [effect, ...more] = run(PLAIN, [STARTUP_3_2.subarray(0, at), STARTUP_3_2.subarray(at)])
    assert.ok(effect?.kind === 'done' && more.length === 0)
    assert.equal(effect.message.requestedMinor, 2)
    assert.deepEqual([...effect.message.parameters], [['user', 'alice'], ['database', 'clinic']])
    assert.equal(effect.pending.length, 0)
  }
})

test('hands on what comes behind a start-up message', () => {
  const [effect] = run(PLAIN, [Buffer.concat([STARTUP_3_2, Buffer.from('p')])])
  assert.ok(effect?.kind === 'done')
  assert.equal(effect.pending.toString(), 'p')
})

test('answers a request for TLS and starts the handshake', () => {
  assert.deepEqual(run(TLS, [SSL_REQUEST]), [{ kind: 'startTls', how: 'requested', answer: Buffer.from('S'), handshake: Buffer.alloc(0) }])
  assert.deepEqual(run(PLAIN, [SSL_REQUEST]), [{ kind: 'answer', bytes: Buffer.from('N') }])
})

test('answers N to GSS encryption and goes on', () => {
  const effects = run(TLS, [GSSENC_REQUEST, SSL_REQUEST])
  assert.deepEqual(effects.map((effect) => effect.kind), ['answer', 'startTls'])
  assert.deepEqual(run(PLAIN, [GSSENC_REQUEST, STARTUP_3_2]).map((effect) => effect.kind), ['answer', 'done'])
})

test('starts direct TLS from the first byte of a handshake', () => {
  assert.deepEqual(run(TLS, [Buffer.from([0x16, 3, 1])]), [{ kind: 'startTls', how: 'direct', answer: Buffer.alloc(0), handshake: Buffer.from([0x16, 3, 1]) }])
})

const REFUSED: readonly (readonly [name: string, policy: StartupPolicy, chunks: readonly Buffer[], code: string])[] = [
  ['bytes behind a request for TLS', TLS, [Buffer.concat([SSL_REQUEST, STARTUP_3_2])], 'injected-bytes'],
  ['bytes behind a request for TLS that is not offered', PLAIN, [Buffer.concat([SSL_REQUEST, STARTUP_3_2])], 'injected-bytes'],
  ['bytes behind a request for GSS encryption', TLS, [Buffer.concat([GSSENC_REQUEST, SSL_REQUEST])], 'injected-bytes'],
  ['a second request for TLS', PLAIN, [SSL_REQUEST, SSL_REQUEST], 'out-of-order'],
  ['a second request for GSS encryption', PLAIN, [GSSENC_REQUEST, GSSENC_REQUEST], 'out-of-order'],
  ['a start-up message in plaintext where TLS is required', TLS, [STARTUP_3_2], 'tls-required'],
  ['direct TLS where none is offered', PLAIN, [Buffer.from([0x16, 3, 1])], 'bad-startup'],
  ['direct TLS after TLS was refused', PLAIN, [SSL_REQUEST, Buffer.from([0x16])], 'bad-startup'],
  ['a length of 7', PLAIN, [Buffer.from([0, 0, 0, 7])], 'bad-startup'],
  ['a length of 10,001, before the bytes are there', PLAIN, [Buffer.from([0, 0, 0x27, 0x11])], 'bad-startup'],
  ['a negative length', PLAIN, [Buffer.from([0xff, 0xff, 0xff, 0xff])], 'bad-startup'],
  ['an HTTP request', PLAIN, [Buffer.from('GET / HTTP/1.1\r\n\r\n')], 'bad-startup'],
  ['protocol 2', PLAIN, [packet(2, 0, Buffer.from('\0'))], 'unsupported-version'],
  ['protocol 4', PLAIN, [packet(4, 0, Buffer.from('\0'))], 'unsupported-version'],
  ['a parameter given twice', PLAIN, [packet(3, 0, Buffer.from('user\0a\0user\0b\0\0'))], 'bad-startup'],
  ['a parameter without value', PLAIN, [packet(3, 0, Buffer.from('user\0'))], 'bad-string'],
  ['a list without end', PLAIN, [packet(3, 0, Buffer.from('user\0a\0'))], 'bad-string'],
  ['bytes behind the list', PLAIN, [packet(3, 0, Buffer.from('user\0a\0\0x'))], 'trailing-bytes'],
  ['a name that is not UTF-8', PLAIN, [packet(3, 0, Buffer.from([0x75, 0xff, 0, 0x61, 0, 0]))], 'bad-string'],
  ['a value that is not UTF-8', PLAIN, [packet(3, 0, Buffer.from([0x75, 0, 0xff, 0, 0]))], 'bad-string'],
  ['a request for TLS with a body', PLAIN, [packet(1234, 5679, Buffer.from('x'))], 'trailing-bytes'],
  ['a cancel request with a key of 3 bytes', PLAIN, [packet(1234, 5678, Buffer.alloc(7))], 'bad-startup'],
  ['a cancel request with a key of 257 bytes', PLAIN, [packet(1234, 5678, Buffer.alloc(261))], 'bad-startup'],
]
for (const [name, policy, chunks, code] of REFUSED) {
  test(`refuses ${name}`, () => assert.equal(faultCode(() => run(policy, chunks)), code))
}

test('refuses a second TLS inside TLS', () => {
  assert.equal(faultCode(() => run(TLS, [SSL_REQUEST], 'inside TLS')), 'out-of-order')
})

test('reads cancel requests of both lengths, also in plaintext', () => {
  for (const size of [4, 32, 256]) {
    const key = Buffer.alloc(size, 9)
    assert.deepEqual(run(TLS, [encodeCancelRequest(77, key)]), [{ kind: 'cancel', pid: 77, key }])
  }
})

test('the golden cancel request of 3.0 has 16 bytes', () => {
  assert.deepEqual(encodeCancelRequest(0x01020304, Buffer.from([5, 6, 7, 8])), Buffer.from([
    0, 0, 0, 16, // length
    0x04, 0xd2, 0x16, 0x2e, // 1234.5678
    1, 2, 3, 4, // pid
    5, 6, 7, 8, // key
  ]))
  assert.deepEqual(encodeSslRequest(), SSL_REQUEST)
  assert.deepEqual(encodeStartupMessage(2, new Map([['user', 'alice'], ['database', 'clinic']])), STARTUP_3_2)
})

test('keeps protocol options apart from settings', () => {
  const [effect] = run(PLAIN, [packet(3, 9999, Buffer.from('user\0a\0_pq_.x\x001\0_pq_.y\x002\0\0'))])
  assert.ok(effect?.kind === 'done')
  assert.equal(effect.message.requestedMinor, 9999)
  assert.deepEqual(effect.message.unrecognised, ['_pq_.x', '_pq_.y'])
  assert.deepEqual([...effect.message.parameters.keys()], ['user'])
})

test('a start-up message reads back as it was written', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !value.includes('\0'))
  const name = text.filter((value) => value !== '' && !value.startsWith('_pq_.'))
  fc.assert(fc.property(fc.nat(9999), fc.uniqueArray(fc.tuple(name, text), { selector: ([key]) => key, maxLength: 10 }), (minor, list) => {
    const message = decodeStartupPacket(encodeStartupMessage(minor, new Map(list)))
    assert.ok(message.kind === 'startup')
    assert.equal(message.requestedMinor, minor)
    assert.deepEqual([...message.parameters], list)
  }))
  assert.equal(faultCode(() => encodeStartupMessage(0, new Map([['user', 'a\0b']]))), 'bad-string')
  assert.equal(faultCode(() => encodeStartupMessage(0, new Map([['user', 'a'.repeat(10_000)]]))), 'bad-startup')
})

test('random and mutated bytes give effects or a WireFault, and nothing else', () => {
  const start = fc.constantFrom(SSL_REQUEST, GSSENC_REQUEST, STARTUP_3_2, encodeCancelRequest(1, Buffer.alloc(32)), Buffer.alloc(0))
  fc.assert(fc.property(start, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.uint8Array({ maxLength: 20 }), (from, mutations, tail) => {
    const bytes = Buffer.concat([from, tail])
    for (const [at, byte] of mutations) if (bytes.length > 0) bytes[at % bytes.length] = byte
    faultCode(() => run(PLAIN, [bytes]))
  }), { numRuns: 1000 })
})

const OPTIONS: readonly (readonly [options: string, settings: readonly (readonly [string, string])[]])[] = [
  ['', []],
  ['   ', []],
  ['-c search_path=clinic', [['search_path', 'clinic']]],
  ['-csearch_path=clinic', [['search_path', 'clinic']]],
  ['--search-path=clinic', [['search_path', 'clinic']]],
  ['-c a=1 -c a=2', [['a', '1'], ['a', '2']]],
  ['\t-c  x=y\n--z=', [['x', 'y'], ['z', '']]],
  ['-c doorward.purpose=TREAT', [['doorward.purpose', 'TREAT']]],
  ['-c x=a\\ b\\\\c', [['x', 'a b\\c']]],
  ['-c x=a=b', [['x', 'a=b']]],
  ['-c x=\\', [['x', '']]],
]
for (const [options, settings] of OPTIONS) {
  test(`reads the options ${JSON.stringify(options)}`, () => assert.deepEqual(parseOptions(options).map(({ name, value }) => [name, value]), settings))
}

for (const options of ['-c', '-c x', '-c =1', '--', '--=1', '-d 5', '-e', 'x=1', '-B8', '-ec x=1']) {
  test(`refuses the options ${JSON.stringify(options)}`, () => assert.equal(faultCode(() => parseOptions(options)), 'bad-startup'))
}

test('sees every way to ask for replication', () => {
  for (const value of ['true', 'on', 'yes', '1', 'database', 'DATABASE', 'nonsense', '']) assert.equal(asksForReplication(new Map([['replication', value]])), true, value)
  for (const value of ['false', 'off', 'no', '0', 'FALSE']) assert.equal(asksForReplication(new Map([['replication', value]])), false, value)
  assert.equal(asksForReplication(new Map()), false)
})
