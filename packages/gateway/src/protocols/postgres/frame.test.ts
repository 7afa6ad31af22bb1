import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameReader, type Frame } from './frame.ts'
import { authenticationFrameLimit, clientFrameLimit, DEFAULT_CLIENT_FRAME_BYTES, upstreamFrameLimit } from './limits.ts'
import { WireFault } from './wire-fault.ts'

const QUERY = Buffer.from([
  0x51, // 'Q'
  0, 0, 0, 13, // length: itself, 8 bytes of text, the terminator
  ...Buffer.from('select 1'), 0,
])
const SYNC = Buffer.from([0x53, 0, 0, 0, 4]) // 'S', length of nothing but itself

function readAll(reader: FrameReader, chunks: readonly Buffer[]): string[] {
  const frames: string[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame.whole.toString('hex'))
  }
  return frames
}

function faultCode(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    assert.ok(error instanceof WireFault, String(error))
    return error.code
  }
}

test('reads a frame with its type, body and whole', () => {
  const reader = new FrameReader(clientFrameLimit())
  reader.push(Buffer.concat([QUERY, SYNC]))
  const frame = reader.next()
  assert.equal(frame?.tag, 0x51)
  assert.deepEqual(frame?.body, QUERY.subarray(5))
  assert.deepEqual(frame?.whole, QUERY)
  assert.equal(reader.next()?.tag, 0x53)
  assert.equal(reader.next(), undefined)
  assert.equal(reader.pendingBytes, 0)
})

test('gives the same frames wherever the stream is cut', () => {
  const stream = Buffer.concat([QUERY, SYNC, QUERY, QUERY, SYNC])
  const whole = readAll(new FrameReader(clientFrameLimit()), [stream])
  assert.equal(whole.length, 5)
  for (let at = 0; at <= stream.length; at++) {
    assert.deepEqual(readAll(new FrameReader(clientFrameLimit()), [stream.subarray(0, at), stream.subarray(at)]), whole)
  }
  assert.deepEqual(readAll(new FrameReader(clientFrameLimit()), Array.from(stream, (byte) => Buffer.from([byte]))), whole)
})

test('any chunking of any frames gives the frames back', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 12 })
  fc.assert(fc.property(bodies, fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 40 }), (list, cuts) => {
    const frames = list.map((body) => {
      const frame = Buffer.concat([Buffer.from([0x64, 0, 0, 0, 0]), body])
      frame.writeUInt32BE(body.length + 4, 1)
      return frame
    })
    const stream = Buffer.concat(frames)
    const chunks: Buffer[] = []
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const size = cuts[turn % cuts.length] ?? 1
      chunks.push(Buffer.from(stream.subarray(at, at + size)))
      at += size
    }
    assert.deepEqual(readAll(new FrameReader(clientFrameLimit()), chunks), frames.map((frame) => frame.toString('hex')))
  }), { numRuns: 60 })
})

test('never rewrites the bytes of a frame it handed out', () => {
  const reader = new FrameReader(clientFrameLimit())
  const kept: Frame[] = []
  for (let turn = 0; turn < 50; turn++) {
    const stream = Buffer.concat([QUERY, QUERY])
    const cut = 3 + (turn % 20)
    reader.push(Buffer.from(stream.subarray(0, cut)))
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) kept.push(frame)
    reader.push(Buffer.from(stream.subarray(cut)))
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) kept.push(frame)
  }
  assert.equal(kept.length, 100)
  for (const frame of kept) assert.deepEqual(frame.whole, QUERY)
})

const REFUSED: readonly (readonly [name: string, bytes: readonly number[], code: string])[] = [
  ['an unknown type, before its length arrives', [0x7a], 'unknown-message'],
  ['a server message from a client', [0x5a, 0, 0, 0, 5], 'unknown-message'],
  ['a length below its own size', [0x51, 0, 0, 0, 3], 'bad-length'],
  ['a length of zero', [0x53, 0, 0, 0, 0], 'bad-length'],
  ['a negative length', [0x51, 0xff, 0xff, 0xff, 0xff], 'bad-length'],
  ['a length past the limit, before its body arrives', [0x51, 0x01, 0x00, 0x00, 0x05], 'frame-too-long'],
  ['a Sync with a body', [0x53, 0, 0, 0, 5], 'frame-too-long'],
  ['a Describe of a megabyte', [0x44, 0, 0x10, 0, 0], 'frame-too-long'],
]
for (const [name, bytes, code] of REFUSED) {
  test(`refuses ${name}`, () => {
    const reader = new FrameReader(clientFrameLimit())
    reader.push(Buffer.from(bytes))
    assert.equal(faultCode(() => reader.next()), code)
    assert.equal(faultCode(() => reader.next()), code, 'and keeps refusing')
  })
}

test('takes a frame of exactly the limit', () => {
  const header = Buffer.from([0x51, 0, 0, 0, 0])
  header.writeUInt32BE(DEFAULT_CLIENT_FRAME_BYTES + 4, 1)
  const reader = new FrameReader(clientFrameLimit())
  reader.push(header)
  assert.equal(reader.next(), undefined)
})

test('before authentication only the password family may come, and not much of it', () => {
  const reader = new FrameReader(authenticationFrameLimit)
  reader.push(QUERY)
  assert.equal(faultCode(() => reader.next()), 'unknown-message')
  const long = new FrameReader(authenticationFrameLimit)
  long.push(Buffer.from([0x70, 0, 1, 0, 4]))
  assert.equal(faultCode(() => long.next()), 'frame-too-long')
})

test('an upstream may not send what only a client sends', () => {
  const limit = upstreamFrameLimit(1000)
  for (const tag of 'QPBXFpf') assert.equal(limit(tag.charCodeAt(0)), undefined, tag)
  assert.equal(limit(0x44), 1000)
})

test('a frame fed byte by byte costs time in proportion to its length', () => {
  const bytes = 400_000
  const reader = new FrameReader(clientFrameLimit())
  const header = Buffer.from([0x64, 0, 0, 0, 0])
  header.writeUInt32BE(bytes + 4, 1)
  reader.push(header)
  const one = Buffer.from([7])
  const started = process.cpuUsage()
  let frame: Frame | undefined
  for (let sent = 0; sent < bytes; sent++) {
    reader.push(one)
    frame = reader.next()
  }
  assert.equal(frame?.body.length, bytes)
  // Copying the whole each time would move 80 GB.
  assert.ok(process.cpuUsage(started).user < 2_000_000)
})
