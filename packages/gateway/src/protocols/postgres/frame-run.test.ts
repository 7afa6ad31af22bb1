import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FrameReader } from './frame.ts'
import { upstreamFrameLimit } from './limits.ts'
import { WireFault } from './wire-fault.ts'

const ROW = 0x44
const MAX_BODY = 300

function frame(tag: number, body: Uint8Array): Buffer {
  const whole = Buffer.concat([Buffer.of(tag, 0, 0, 0, 0), body])
  whole.writeUInt32BE(body.length + 4, 1)
  return whole
}

/** What a reader gives of these chunks, as one text per frame, and the fault it ends in. */
function read(chunks: readonly Buffer[], how: 'one by one' | 'in runs'): { readonly frames: readonly string[]; readonly fault: string | undefined; readonly pending: number } {
  const reader = new FrameReader(upstreamFrameLimit(MAX_BODY))
  const frames: string[] = []
  try {
    for (const chunk of chunks) {
      reader.push(chunk)
      for (;;) {
        const run = how === 'in runs' ? reader.nextRun(ROW) : undefined
        if (run !== undefined) {
          for (let at = 0; at < run.length; at += 1 + run.readUInt32BE(at + 1)) frames.push(run.toString('hex', at, at + 1 + run.readUInt32BE(at + 1)))
          continue
        }
        const next = reader.next()
        if (next === undefined) break
        frames.push(next.whole.toString('hex'))
      }
    }
  } catch (thrown) {
    assert.ok(thrown instanceof WireFault)
    return { frames, fault: thrown.code, pending: 0 }
  }
  return { frames, fault: undefined, pending: reader.pendingBytes }
}

const anyFrame = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }).map((body) => frame(ROW, body)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 40 }).map((body) => frame(0x43, body)) },
  { weight: 1, arbitrary: fc.constantFrom(frame(ROW, Buffer.alloc(MAX_BODY)), frame(ROW, Buffer.alloc(MAX_BODY + 1)), Buffer.of(ROW, 0, 0, 0, 3), Buffer.of(ROW, 0xff, 0xff, 0xff, 0xff), Buffer.of(0x7a, 0, 0, 0, 4), Buffer.of(ROW, 0, 0)) },
)

test('frames cut out in runs are those cut out one by one, whatever the chunks, and so is the fault', () => {
  fc.assert(fc.property(fc.array(anyFrame, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }), (frames, sizes) => {
    const stream = Buffer.concat(frames)
    const chunks: Buffer[] = []
    for (let at = 0, turn = 0; at < stream.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1
      chunks.push(Buffer.from(stream.subarray(at, at + size)))
      at += size
    }
    assert.deepEqual(read(chunks, 'in runs'), read(chunks, 'one by one'))
  }), { numRuns: 2000 })
})

test('long chunks that end inside a frame are read on where they are, and give the same frames', () => {
  const rows = Array.from({ length: 2_000 }, (_, n) => frame(n % 97 === 0 ? 0x43 : ROW, Buffer.alloc(n % 61, n & 0xff)))
  const stream = Buffer.concat(rows)
  const expected = { frames: rows.map((row) => row.toString('hex')), fault: undefined, pending: 0 }
  for (const size of [4_096, 4_099, 5_000, 8_191, 20_000, stream.length - 1]) {
    const chunks: Buffer[] = []
    for (let at = 0; at < stream.length; at += size) chunks.push(Buffer.from(stream.subarray(at, at + size)))
    for (const how of ['one by one', 'in runs'] as const) assert.deepEqual(read(chunks, how), expected, `${size} ${how}`)
  }
})

test('chunks that are pushed before the last was read to its end are read in order', () => {
  const rows = Array.from({ length: 300 }, (_, n) => frame(ROW, Buffer.alloc(40, n & 0xff)))
  const stream = Buffer.concat(rows)
  const reader = new FrameReader(upstreamFrameLimit(MAX_BODY))
  const got: string[] = []
  const cuts = [0, 20, 5_000, 10_001, stream.length]
  for (const [turn, cut] of cuts.entries()) {
    reader.push(Buffer.from(stream.subarray(cut, cuts[turn + 1] ?? stream.length)))
    assert.equal(reader.pendingBytes, (cuts[turn + 1] ?? stream.length) - got.length * 45)
    const first = turn === 1 ? reader.next() : undefined
    if (first !== undefined) got.push(first.whole.toString('hex'))
  }
  for (let one = reader.next(); one !== undefined; one = reader.next()) got.push(one.whole.toString('hex'))
  assert.deepEqual(got, rows.map((row) => row.toString('hex')))
})

test('a run cut at every byte loses nothing', () => {
  const stream = Buffer.concat([frame(ROW, Buffer.from('one')), frame(ROW, Buffer.alloc(0)), frame(0x43, Buffer.from('x\0')), frame(ROW, Buffer.from('two'))])
  const whole = read([stream], 'one by one')
  for (let cut = 0; cut <= stream.length; cut += 1) assert.deepEqual(read([Buffer.from(stream.subarray(0, cut)), Buffer.from(stream.subarray(cut))], 'in runs'), whole, `cut at ${cut}`)
})

test('a run holds nothing but whole frames of the type asked for, without a copy', () => {
  const reader = new FrameReader(upstreamFrameLimit(MAX_BODY))
  const chunk = Buffer.concat([frame(ROW, Buffer.from('one')), frame(ROW, Buffer.from('two')), frame(0x43, Buffer.from('x\0')), frame(ROW, Buffer.from('three')).subarray(0, 7)])
  reader.push(chunk)
  const run = reader.nextRun(ROW)
  assert.equal(run?.length, 16)
  assert.equal(run.buffer, chunk.buffer)
  assert.equal(reader.nextRun(ROW), undefined)
  assert.equal(reader.next()?.tag, 0x43)
  assert.equal(reader.nextRun(ROW), undefined)
  assert.equal(reader.next(), undefined)
  assert.equal(reader.pendingBytes, 7)
  assert.equal(reader.nextRun(0x7a), undefined)
})
