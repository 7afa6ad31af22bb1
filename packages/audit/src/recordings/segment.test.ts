import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { deriveSegmentKey, encodeHeader, HEADER_BYTES, MAX_CHUNK_BYTES, PREFIX_BYTES, sealChunk, TAG_BYTES } from './segment-format.ts'
import { digestOf, measureWhole, openSegment, type OpenedSegment, type SegmentEnd } from './segment-reader.ts'

const RECORDING = '000102030405060708090a0b0c0d0e0f'
const KEY = createSecretKey(Buffer.alloc(32, 9))
const CHUNKS = ['first line\n', 'second, longer line\n', 'x'].map((text) => Buffer.from(text))

function seal(chunks: readonly Buffer[], end: SegmentEnd = 'sealed', segment = 2, key = KEY, recording = RECORDING): Buffer {
  const header = encodeHeader({ recording, segment, salt: Buffer.alloc(16, 5) })
  const segmentKey = deriveSegmentKey(key, header)
  return Buffer.concat([header, ...chunks.map((chunk, index) => sealChunk(segmentKey, index, end === 'sealed' && index === chunks.length - 1 ? 'last' : 'more', chunk))])
}

function open(file: Buffer, end: SegmentEnd = 'sealed', digest?: string): OpenedSegment {
  return openSegment(file, { recording: RECORDING, segment: 2, end, sessionKey: KEY, digest })
}

function whyDamaged(file: Buffer, end: SegmentEnd = 'sealed', digest?: string): string {
  const opened = open(file, end, digest)
  assert.ok(opened.kind === 'damaged', 'it was opened')
  assert.deepEqual(Object.keys(opened).toSorted(), ['chunk', 'kind', 'segment', 'why'], 'nothing else leaves')
  assert.equal(opened.segment, 2)
  return `${opened.chunk ?? 'whole'}: ${opened.why}`
}

/** Where each chunk of a segment ends. */
function boundaries(chunks: readonly Buffer[]): readonly number[] {
  let at = HEADER_BYTES
  return [at, ...chunks.map((chunk) => { at += PREFIX_BYTES + chunk.length + TAG_BYTES; return at })]
}

describe('a segment', () => {
  it('gives back what was sealed, whatever it was and however it was cut into chunks', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 }), fc.uint8Array({ maxLength: 300 }), (more, last) => {
      const chunks = [...more, last].map((bytes) => Buffer.from(bytes))
      const opened = open(seal(chunks))
      assert.ok(opened.kind === 'opened')
      assert.ok(opened.plaintext.equals(Buffer.concat(chunks)))
      assert.equal(opened.chunks, chunks.length)
    }), { numRuns: 100 })
    const large = Buffer.alloc(MAX_CHUNK_BYTES, 7)
    const opened = open(seal([large, large]))
    assert.ok(opened.kind === 'opened' && opened.plaintext.length === 2 * MAX_CHUNK_BYTES)
  })

  it('has the header that its description says', () => {
    const header = encodeHeader({ recording: RECORDING, segment: 2, salt: Buffer.alloc(16, 5) })
    assert.equal(header.toString('hex'), [
      Buffer.from('DWRECSG1').toString('hex'), // what it is
      '00000002', // segment
      '00010000', // longest chunk
      RECORDING, // recording
      '05'.repeat(16), // salt
    ].join(''))
  })

  it('holds no plaintext', () => {
    const text = Buffer.from('952-20-1166 Ann Example\n')
    assert.ok(!seal([text]).includes('952-20-1166'))
  })

  it('does not open when a byte of it is missing, wherever it is cut', () => {
    const file = seal(CHUNKS)
    const ends = boundaries(CHUNKS)
    for (let length = 0; length < file.length; length += 1) {
      const why = whyDamaged(file.subarray(0, length))
      if (length < HEADER_BYTES) assert.match(why, /^whole: \d+ bytes, a header has 48/)
      else assert.equal(why, `${ends.filter((end) => end <= length).length - 1}: it ends without its last chunk`)
    }
    assert.equal(open(file).kind, 'opened')
  })

  it('torn, opens where whole chunks end and nowhere else', () => {
    const file = seal(CHUNKS, 'torn')
    const ends = boundaries(CHUNKS)
    for (let length = HEADER_BYTES; length <= file.length; length += 1) {
      const opened = open(file.subarray(0, length), 'torn')
      assert.equal(opened.kind, ends.includes(length) ? 'opened' : 'damaged', `at ${length}`)
      assert.deepEqual(measureWhole(file.subarray(0, length), { recording: RECORDING, segment: 2, sessionKey: KEY }), { bytes: ends.findLast((end) => end <= length), chunks: ends.filter((end) => end <= length).length - 1, end: 'torn' })
    }
    assert.match(whyDamaged(file), /3: it ends without its last chunk/)
    assert.match(whyDamaged(seal(CHUNKS), 'torn'), /it has a last chunk, and was said to be torn/)
  })

  it('does not open when a bit of it is changed, wherever it is', () => {
    const file = seal(CHUNKS)
    const ends = boundaries(CHUNKS)
    for (let at = 0; at < file.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(file)
        changed[at] = (changed[at] ?? 0) ^ (1 << bit)
        const why = whyDamaged(changed)
        const chunk = ends.filter((end) => end <= at).length - 1
        if (at < HEADER_BYTES) assert.match(why, /^(whole|0): /)
        else assert.ok(why.startsWith(`${chunk}: `), `byte ${at} is of chunk ${chunk}, found: ${why}`)
      }
    }
  })

  it('does not open when chunks change places, come twice, or are left out', () => {
    const file = seal(CHUNKS)
    const ends = boundaries(CHUNKS)
    const part = (index: number): Buffer => file.subarray(ends[index], ends[index + 1])
    const header = file.subarray(0, HEADER_BYTES)
    const built = (...order: readonly number[]): Buffer => Buffer.concat([header, ...order.map(part)])
    assert.equal(open(built(0, 1, 2)).kind, 'opened')
    assert.match(whyDamaged(built(1, 0, 2)), /^0: it does not open/)
    assert.match(whyDamaged(built(0, 0, 1, 2)), /^1: it does not open/)
    assert.match(whyDamaged(built(0, 2)), /^1: it does not open/)
    assert.match(whyDamaged(built(0, 1, 2, 2)), /^3: \d+ bytes after the last chunk/)
    assert.match(whyDamaged(Buffer.concat([file, Buffer.from('x')])), /^3: 1 bytes after the last chunk/)
  })

  it('does not open in another place, or with another key', () => {
    assert.match(whyDamaged(seal(CHUNKS, 'sealed', 3)), /whole: it is segment 3/)
    assert.match(whyDamaged(seal(CHUNKS, 'sealed', 2, KEY, 'ff'.repeat(16))), /whole: it belongs to another recording/)
    assert.match(whyDamaged(seal(CHUNKS, 'sealed', 2, createSecretKey(randomBytes(32)))), /^0: it does not open/)
    assert.equal(measureWhole(seal(CHUNKS, 'torn', 3), { recording: RECORDING, segment: 2, sessionKey: KEY }), undefined)
  })

  it('is held against the digest in the log, and names the chunk where it can', () => {
    const file = seal(CHUNKS)
    assert.equal(open(file, 'sealed', digestOf(file)).kind, 'opened')
    const other = seal([Buffer.from('another\n')])
    assert.match(whyDamaged(other, 'sealed', digestOf(file)), /whole: its digest is not the one in the log/)
    const changed = Buffer.from(file)
    changed[file.length - 1] = (changed.at(-1) ?? 0) ^ 1
    assert.match(whyDamaged(changed, 'sealed', digestOf(file)), /^2: it does not open/)
  })

  it('opens nothing that somebody made up', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => { assert.equal(open(Buffer.from(bytes)).kind, 'damaged') }), { numRuns: 200 })
    const header = encodeHeader({ recording: RECORDING, segment: 2, salt: Buffer.alloc(16) })
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => { assert.equal(open(Buffer.concat([header, bytes])).kind, 'damaged') }), { numRuns: 200 })
  })
})
