import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBackend } from './backend.ts'
import { encodeBackend, encodeOwnError } from './backend-encode.ts'
import type { BackendMessage } from './backend-message.ts'
import { FrameReader } from './frame.ts'
import { upstreamFrameLimit } from './limits.ts'
import { WireFault } from './wire-fault.ts'

const text = (value: string): number[] => [...Buffer.from(value), 0]

const GOLDEN: readonly (readonly [name: string, tag: string, body: readonly number[], message: BackendMessage])[] = [
  ['AuthenticationOk', 'R', [0, 0, 0, 0], { kind: 'authenticationOk' }],
  ['AuthenticationCleartextPassword', 'R', [0, 0, 0, 3], { kind: 'authenticationCleartext' }],
  ['AuthenticationMD5Password', 'R', [0, 0, 0, 5, 1, 2, 3, 4], { kind: 'authenticationMd5', salt: Buffer.from([1, 2, 3, 4]) }],
  ['AuthenticationSASL', 'R', [0, 0, 0, 10, ...text('SCRAM-SHA-256'), 0], { kind: 'authenticationSasl', mechanisms: ['SCRAM-SHA-256'] }],
  ['AuthenticationSASLContinue', 'R', [0, 0, 0, 11, 0x72, 0x3d], { kind: 'authenticationSaslContinue', data: Buffer.from('r=') }],
  ['AuthenticationSASLFinal', 'R', [0, 0, 0, 12, 0x76, 0x3d], { kind: 'authenticationSaslFinal', data: Buffer.from('v=') }],
  ['AuthenticationGSS', 'R', [0, 0, 0, 7], { kind: 'authenticationOther', method: 7, data: Buffer.alloc(0) }],
  ['BackendKeyData of 3.0', 'K', [0, 0, 0x10, 1, 9, 8, 7, 6], { kind: 'backendKeyData', pid: 4097, key: Buffer.from([9, 8, 7, 6]) }],
  ['BackendKeyData of 3.2', 'K', [0, 0, 0, 1, ...Array<number>(32).fill(5)], { kind: 'backendKeyData', pid: 1, key: Buffer.alloc(32, 5) }],
  ['ParameterStatus', 'S', [...text('TimeZone'), ...text('UTC')], { kind: 'parameterStatus', name: 'TimeZone', value: 'UTC' }],
  ['ReadyForQuery', 'Z', [0x54], { kind: 'readyForQuery', status: 'T' }],
  ['RowDescription', 'T', [
    0, 1, // one field
    ...text('mrn'), // name
    0, 0, 0x40, 1, // table OID 16385
    0, 3, // attribute number
    0, 0, 0, 25, // type OID: text
    0xff, 0xff, // type size -1: variable
    0xff, 0xff, 0xff, 0xff, // type modifier -1: none
    0, 1, // binary
  ], { kind: 'rowDescription', fields: [{ name: 'mrn', tableOid: 16385, attribute: 3, typeOid: 25, typeSize: -1, typeModifier: -1, format: 1 }] }],
  ['DataRow', 'D', [
    0, 2, // two values
    0, 0, 0, 2, 0x61, 0x62, // 'ab'
    0xff, 0xff, 0xff, 0xff, // null
  ], { kind: 'dataRow', cells: [Buffer.from('ab'), null] }],
  ['ParameterDescription', 't', [0, 2, 0, 0, 0, 23, 0xff, 0xff, 0xff, 0xff], { kind: 'parameterDescription', types: [23, 0xffff_ffff] }],
  ['CommandComplete', 'C', text('SELECT 3'), { kind: 'commandComplete', tag: 'SELECT 3' }],
  ['ErrorResponse', 'E', [
    0x53, ...text('ERROR'), // S: severity, translated
    0x43, ...text('42501'), // C: SQLSTATE
    0x4d, ...text('no'), // M: message
    0, // end
  ], { kind: 'errorResponse', fields: new Map([['S', 'ERROR'], ['C', '42501'], ['M', 'no']]) }],
  ['NoticeResponse', 'N', [0x4d, ...text('hm'), 0], { kind: 'noticeResponse', fields: new Map([['M', 'hm']]) }],
  ['NotificationResponse', 'A', [0, 0, 0, 7, ...text('ward'), ...text('bed')], { kind: 'notificationResponse', pid: 7, channel: 'ward', payload: 'bed' }],
  ['CopyInResponse', 'G', [0, 0, 2, 0, 0, 0, 0], { kind: 'copyInResponse', format: 0, columnFormats: [0, 0] }],
  ['CopyOutResponse', 'H', [1, 0, 1, 0, 1], { kind: 'copyOutResponse', format: 1, columnFormats: [1] }],
  ['CopyBothResponse', 'W', [0, 0, 0], { kind: 'copyBothResponse', format: 0, columnFormats: [] }],
  ['FunctionCallResponse', 'V', [0, 0, 0, 1, 0x31], { kind: 'functionCallResponse', value: Buffer.from('1') }],
  ['NegotiateProtocolVersion', 'v', [
    0, 3, 0, 0, // the whole version number: 3.0
    0, 0, 0, 1, // one option not recognised
    ...text('_pq_.x'),
  ], { kind: 'negotiateProtocolVersion', minor: 0, unrecognised: ['_pq_.x'] }],
  ['ParseComplete', '1', [], { kind: 'parseComplete' }],
  ['BindComplete', '2', [], { kind: 'bindComplete' }],
  ['CloseComplete', '3', [], { kind: 'closeComplete' }],
  ['NoData', 'n', [], { kind: 'noData' }],
  ['PortalSuspended', 's', [], { kind: 'portalSuspended' }],
  ['EmptyQueryResponse', 'I', [], { kind: 'emptyQueryResponse' }],
  ['CopyDone', 'c', [], { kind: 'copyDone' }],
]

/** Bodies whose last field takes whatever the frame holds. */
const OPEN_ENDED = new Set(['AuthenticationSASLContinue', 'AuthenticationSASLFinal', 'AuthenticationGSS', 'BackendKeyData of 3.2', 'BackendKeyData of 3.0'])

function faultCode(tag: string, body: readonly number[]): string | undefined {
  try {
    decodeBackend({ tag: tag.charCodeAt(0), body: Buffer.from(body) })
    return undefined
  } catch (error) {
    assert.ok(error instanceof WireFault, String(error))
    return error.code
  }
}

for (const [name, tag, body, message] of GOLDEN) {
  test(`decodes and encodes ${name}, byte for byte`, () => {
    assert.deepEqual(decodeBackend({ tag: tag.charCodeAt(0), body: Buffer.from(body) }), message)
    assert.deepEqual(encodeBackend(message), Buffer.from([tag.charCodeAt(0), 0, 0, 0, 4 + body.length, ...body]))
  })
  test(`${name} cut short or with bytes behind it is a fault`, () => {
    if (OPEN_ENDED.has(name)) return
    for (let length = 0; length < body.length; length++) {
      assert.match(faultCode(tag, body.slice(0, length)) ?? 'none', /read-past-frame|bad-string/, `cut at ${length}`)
    }
    assert.equal(faultCode(tag, [...body, 0]), 'trailing-bytes')
  })
}

const REFUSED: readonly (readonly [name: string, tag: string, body: readonly number[], code: string])[] = [
  ['a cancel key of 3 bytes', 'K', [0, 0, 0, 1, 1, 2, 3], 'bad-length'],
  ['a cancel key of 257 bytes', 'K', [0, 0, 0, 1, ...Array<number>(257).fill(1)], 'bad-length'],
  ['a transaction status it does not know', 'Z', [0x58], 'bad-value'],
  ['a column name that is not UTF-8', 'T', [0, 1, 0xff, 0, ...Array<number>(18).fill(0)], 'bad-string'],
  ['a column format it does not know', 'T', [0, 1, 0x61, 0, ...Array<number>(17).fill(0), 2], 'bad-value'],
  ['a value length of -2', 'D', [0, 1, 255, 255, 255, 254], 'bad-length'],
  ['a setting that is not UTF-8', 'S', [...text('x'), 0xff, 0], 'bad-string'],
  ['a command tag that is not UTF-8', 'C', [0xff, 0], 'bad-string'],
  ['a field of an error given twice', 'E', [0x4d, ...text('a'), 0x4d, ...text('b'), 0], 'bad-value'],
  ['four billion unrecognised options', 'v', [0, 3, 0, 0, 255, 255, 255, 255], 'bad-string'],
  ['a negotiated major version of 4', 'v', [0, 4, 0, 0, 0, 0, 0, 0], 'bad-value'],
  ['a type that no server sends', 'Q', [0], 'unknown-message'],
]
for (const [name, tag, body, code] of REFUSED) {
  test(`refuses ${name}`, () => assert.equal(faultCode(tag, body), code))
}

test('reads an error in an encoding that is not UTF-8, for people', () => {
  const message = decodeBackend({ tag: 0x45, body: Buffer.from([0x4d, 0xe9, 0x74, 0, 0]) })
  assert.ok(message.kind === 'errorResponse')
  assert.equal(message.fields.get('M'), '\ufffdt')
})

test('reads the minor version also where a server sends it alone', () => {
  const message = decodeBackend({ tag: 0x76, body: Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]) })
  assert.ok(message.kind === 'negotiateProtocolVersion')
  assert.equal(message.minor, 2)
})

test('an error of our own is delivered whatever its text holds', () => {
  const frame = encodeOwnError({ severity: 'ERROR', sqlstate: '42501', message: 'a\0b', hint: 'ask' })
  const message = decodeBackend({ tag: frame.readUInt8(0), body: frame.subarray(5) })
  assert.ok(message.kind === 'errorResponse')
  assert.deepEqual([...message.fields], [['S', 'ERROR'], ['V', 'ERROR'], ['C', '42501'], ['M', 'a\ufffdb'], ['H', 'ask']])
})

/** With the prototype of what the decoder makes, for deepEqual. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true })
const name = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !value.includes('\0'))
const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value))
const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })
const int16 = fc.integer({ min: -0x8000, max: 0x7fff })
const oid = fc.integer({ min: 0, max: 0xffff_ffff })
const format = fc.constantFrom<0 | 1>(0, 1)
const field = record({ name, tableOid: oid, attribute: int16, typeOid: oid, typeSize: int16, typeModifier: int32, format })
const anyBackend: fc.Arbitrary<BackendMessage> = fc.oneof(
  record({ kind: fc.constant('rowDescription' as const), fields: fc.array(field, { maxLength: 5 }) }),
  record({ kind: fc.constant('dataRow' as const), cells: fc.array(fc.option(bytes), { maxLength: 8 }) }),
  record({ kind: fc.constant('parameterDescription' as const), types: fc.array(oid, { maxLength: 8 }) }),
  record({ kind: fc.constant('parameterStatus' as const), name, value: name }),
  record({ kind: fc.constant('commandComplete' as const), tag: name }),
  record({ kind: fc.constantFrom<'errorResponse' | 'noticeResponse'>('errorResponse', 'noticeResponse'), fields: fc.array(fc.tuple(fc.constantFrom('S', 'V', 'C', 'M', 'D', 'H', 'P'), name)).map((list) => new Map(list)) }),
  record({ kind: fc.constant('notificationResponse' as const), pid: int32, channel: name, payload: name }),
  record({ kind: fc.constant('copyOutResponse' as const), format, columnFormats: fc.array(format, { maxLength: 5 }) }),
  record({ kind: fc.constant('copyData' as const), data: bytes }),
  record({ kind: fc.constant('backendKeyData' as const), pid: int32, key: fc.uint8Array({ minLength: 4, maxLength: 256 }).map((value) => Buffer.from(value)) }),
  record({ kind: fc.constant('negotiateProtocolVersion' as const), minor: fc.nat(9999), unrecognised: fc.array(name, { maxLength: 4 }) }),
  record({ kind: fc.constant('authenticationSasl' as const), mechanisms: fc.array(name.filter((value) => value !== ''), { maxLength: 3 }) }),
  record({ kind: fc.constant('readyForQuery' as const), status: fc.constantFrom<'I' | 'T' | 'E'>('I', 'T', 'E') }),
  record({ kind: fc.constantFrom<'parseComplete' | 'noData' | 'copyDone'>('parseComplete', 'noData', 'copyDone') }),
)

test('decode(encode(x)) = x', () => {
  fc.assert(fc.property(anyBackend, (message) => {
    const encoded = encodeBackend(message)
    assert.deepEqual(decodeBackend({ tag: encoded.readUInt8(0), body: encoded.subarray(5) }), message)
  }))
})

test('mutated streams give messages or a WireFault, and nothing else', () => {
  const mutation = fc.tuple(fc.nat(), fc.nat(255))
  fc.assert(fc.property(fc.array(anyBackend, { maxLength: 6 }), fc.array(mutation, { maxLength: 8 }), (messages, mutations) => {
    const stream = Buffer.concat(messages.map((message) => encodeBackend(message)))
    for (const [at, byte] of mutations) if (stream.length > 0) stream[at % stream.length] = byte
    const reader = new FrameReader(upstreamFrameLimit(100_000))
    reader.push(stream)
    try {
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) decodeBackend(frame)
    } catch (error) {
      assert.ok(error instanceof WireFault, String(error))
    }
  }), { numRuns: 1000 })
})
