import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sensitive } from '@doorward/core'
import fc from 'fast-check'
import { decodeFrontend, type FrontendMessage } from './frontend.ts'
import { encodeFrontend } from './frontend-encode.ts'
import { FrameReader } from './frame.ts'
import { clientFrameLimit } from './limits.ts'
import { WireFault } from './wire-fault.ts'

const text = (value: string): number[] => [...Buffer.from(value), 0]

const GOLDEN: readonly (readonly [name: string, tag: string, body: readonly number[], message: FrontendMessage])[] = [
  ['Query', 'Q', text('select 1'), { kind: 'query', sql: Buffer.from('select 1') }],
  ['Parse', 'P', [
    ...text('s1'), // statement
    ...text('select $1'), // text
    0, 1, // one parameter type
    0, 0, 0, 23, // int4
  ], { kind: 'parse', statement: 's1', sql: Buffer.from('select $1'), parameterTypes: [23] }],
  ['Bind', 'B', [
    ...text(''), // the unnamed portal
    ...text('s1'), // statement
    0, 2, 0, 0, 0, 1, // two parameter formats: text, binary
    0, 2, // two parameters
    0, 0, 0, 1, 0x37, // one byte: '7'
    0xff, 0xff, 0xff, 0xff, // null
    0, 1, 0, 1, // one result format: binary
  ], { kind: 'bind', portal: '', statement: 's1', parameterFormats: [0, 1], parameters: [Buffer.from('7'), null], resultFormats: [1] }],
  ['Describe', 'D', [0x53, ...text('s1')], { kind: 'describe', target: 'statement', name: 's1' }],
  ['Close', 'C', [0x50, ...text('p1')], { kind: 'close', target: 'portal', name: 'p1' }],
  ['Execute', 'E', [...text('p1'), 0, 0, 0, 50], { kind: 'execute', portal: 'p1', maxRows: 50 }],
  ['Sync', 'S', [], { kind: 'sync' }],
  ['Flush', 'H', [], { kind: 'flush' }],
  ['Terminate', 'X', [], { kind: 'terminate' }],
  ['CopyData', 'd', [1, 2, 0, 3], { kind: 'copyData', data: Buffer.from([1, 2, 0, 3]) }],
  ['CopyDone', 'c', [], { kind: 'copyDone' }],
  ['CopyFail', 'f', text('gave up'), { kind: 'copyFail', message: 'gave up' }],
  ['FunctionCall', 'F', [
    0, 0, 0x03, 0xbb, // function OID 955
    0, 0, // formats: all text
    0, 1, 0, 0, 0, 1, 0x31, // one argument: '1'
    0, 0, // result as text
  ], { kind: 'functionCall', functionOid: 955, argumentFormats: [], arguments: [Buffer.from('1')], resultFormat: 0 }],
]

/** Two decoded messages are equal when they say the same; Sensitive hides its value from deepEqual. */
function comparable(message: FrontendMessage): unknown {
  return message.kind === 'authenticationResponse' ? message.payload.reveal().toString('hex') : message
}

function decodeBytes(bytes: Buffer): FrontendMessage {
  return decodeFrontend({ tag: bytes.readUInt8(0), body: bytes.subarray(5) })
}

function faultCode(tag: string, body: readonly number[]): string | undefined {
  try {
    decodeFrontend({ tag: tag.charCodeAt(0), body: Buffer.from(body) })
    return undefined
  } catch (error) {
    assert.ok(error instanceof WireFault, String(error))
    return error.code
  }
}

for (const [name, tag, body, message] of GOLDEN) {
  test(`decodes and encodes ${name}, byte for byte`, () => {
    assert.deepEqual(decodeFrontend({ tag: tag.charCodeAt(0), body: Buffer.from(body) }), message)
    const frame = Buffer.from([tag.charCodeAt(0), 0, 0, 0, 4 + body.length, ...body])
    assert.deepEqual(encodeFrontend(message), frame)
  })
  test(`${name} cut short or with bytes behind it is a fault`, () => {
    if (tag === 'd') return // its body is whatever the frame holds
    for (let length = 0; length < body.length; length++) {
      assert.match(faultCode(tag, body.slice(0, length)) ?? 'none', /read-past-frame|bad-string/, `cut at ${length}`)
    }
    assert.equal(faultCode(tag, [...body, 0]), 'trailing-bytes')
  })
}

test('keeps the password family as raw bytes that do not print', () => {
  const message = decodeFrontend({ tag: 0x70, body: Buffer.from('hunter2\0') })
  assert.ok(message.kind === 'authenticationResponse')
  assert.equal(message.payload.reveal().toString(), 'hunter2\0')
  assert.doesNotMatch(JSON.stringify(message), /hunter2/)
})

const REFUSED: readonly (readonly [name: string, tag: string, body: readonly number[], code: string])[] = [
  ['a statement without terminator', 'Q', [...Buffer.from('select 1')], 'bad-string'],
  ['a NUL inside a statement', 'Q', text('select\0 1'), 'trailing-bytes'],
  ['a statement that is not UTF-8', 'Q', [0x27, 0xff, 0x27, 0], 'bad-string'],
  ['an overlong UTF-8 form', 'Q', [0xc0, 0xa7, 0], 'bad-string'],
  ['a UTF-16 surrogate in UTF-8', 'Q', [0xed, 0xa0, 0x80, 0], 'bad-string'],
  ['a statement name that is not UTF-8', 'P', [0xff, 0, ...text('select 1'), 0, 0], 'bad-string'],
  ['a statement name of 64 bytes', 'P', [...text('n'.repeat(64)), ...text('select 1'), 0, 0], 'name-too-long'],
  ['a Close of a name of 64 bytes', 'C', [0x53, ...text('n'.repeat(64))], 'name-too-long'],
  ['a Describe of neither statement nor portal', 'D', [0x54, 0], 'bad-value'],
  ['a format that is neither text nor binary', 'B', [0, 0, 0, 1, 0, 2, 0, 0, 0, 0], 'bad-value'],
  ['two formats for three parameters', 'B', [0, 0, 0, 2, 0, 0, 0, 0, 0, 3, ...Array<number>(12).fill(255), 0, 0], 'bad-value'],
  ['a parameter length of -2', 'B', [0, 0, 0, 0, 0, 1, 255, 255, 255, 254, 0, 0], 'bad-length'],
  ['a parameter that ends behind its frame', 'B', [0, 0, 0, 0, 0, 1, 0x7f, 255, 255, 255, 1], 'read-past-frame'],
  ['more parameters announced than sent', 'B', [0, 0, 0, 0, 255, 255], 'read-past-frame'],
  ['a Sync with a body', 'S', [0], 'trailing-bytes'],
  ['a type that no client sends', 'Z', [0x49], 'unknown-message'],
]
for (const [name, tag, body, code] of REFUSED) {
  test(`refuses ${name}`, () => assert.equal(faultCode(tag, body), code))
}

test('reads 65,535 parameters, and takes 70,000, whose count does not fit, for the broken frame it is', () => {
  const bind = (count: number): number[] => {
    const cells = Array<number>(4 * count).fill(255)
    return [0, 0, 0, 0, (count >> 8) & 255, count & 255, ...cells, 0, 0]
  }
  assert.equal(faultCode('B', bind(65_535)), undefined)
  assert.match(faultCode('B', bind(70_000)) ?? 'none', /trailing-bytes|bad-value/)
})

test('refuses to write what it could not read', () => {
  assert.throws(() => encodeFrontend({ kind: 'query', sql: Buffer.from('a\0b') }), { code: 'bad-string' })
  assert.throws(() => encodeFrontend({ kind: 'close', target: 'portal', name: 'a\0b' }), { code: 'bad-string' })
  const parameters = Array<null>(70_000).fill(null)
  const bind = { kind: 'bind', portal: '', statement: '', parameterFormats: [], parameters, resultFormats: [] } as const
  assert.throws(() => encodeFrontend(bind), { code: 'bad-value' })
})

/** With the prototype of what the decoder makes, for deepEqual. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true })
const name = fc.string({ unit: 'binary', maxLength: 15 }).filter((value) => !value.includes('\0'))
const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value))
const sql = fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => !value.includes('\0')).map((value) => Buffer.from(value))
const oid = fc.integer({ min: 0, max: 0xffff_ffff })
const format = fc.constantFrom<0 | 1>(0, 1)
const cells = fc.array(fc.option(bytes), { maxLength: 8 })
const target = fc.constantFrom<'statement' | 'portal'>('statement', 'portal')
const anyFrontend: fc.Arbitrary<FrontendMessage> = fc.oneof(
  record({ kind: fc.constant('query' as const), sql }),
  record({ kind: fc.constant('parse' as const), statement: name, sql, parameterTypes: fc.array(oid, { maxLength: 8 }) }),
  fc.tuple(cells, format).map(([parameters, one]) => ({
    kind: 'bind' as const, portal: 'p', statement: 's', parameterFormats: parameters.map(() => one), parameters, resultFormats: [one],
  })),
  record({ kind: fc.constant('describe' as const), target, name }),
  record({ kind: fc.constant('close' as const), target, name }),
  record({ kind: fc.constant('execute' as const), portal: name, maxRows: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }) }),
  record({ kind: fc.constant('functionCall' as const), functionOid: oid, argumentFormats: fc.constant([]), arguments: cells, resultFormat: format }),
  record({ kind: fc.constant('copyData' as const), data: bytes }),
  record({ kind: fc.constant('copyFail' as const), message: name }),
  record({ kind: fc.constant('authenticationResponse' as const), payload: bytes.map((value) => new Sensitive(value)) }),
  record({ kind: fc.constantFrom<'sync' | 'flush' | 'terminate' | 'copyDone'>('sync', 'flush', 'terminate', 'copyDone') }),
)

test('decode(encode(x)) = x, and encode(decode(y)) = y', () => {
  fc.assert(fc.property(anyFrontend, (message) => {
    const encoded = encodeFrontend(message)
    const decoded = decodeBytes(encoded)
    assert.deepEqual(comparable(decoded), comparable(message))
    assert.deepEqual(encodeFrontend(decoded), encoded)
  }))
})

test('mutated streams give messages or a WireFault, and nothing else', () => {
  const mutation = fc.tuple(fc.nat(), fc.nat(255))
  fc.assert(fc.property(fc.array(anyFrontend, { maxLength: 6 }), fc.array(mutation, { maxLength: 8 }), (messages, mutations) => {
    const stream = Buffer.concat(messages.map((message) => encodeFrontend(message)))
    for (const [at, byte] of mutations) if (stream.length > 0) stream[at % stream.length] = byte
    const reader = new FrameReader(clientFrameLimit())
    reader.push(stream)
    try {
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) decodeFrontend(frame)
    } catch (error) {
      assert.ok(error instanceof WireFault, String(error))
    }
  }), { numRuns: 1000 })
})
