import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { AT, BLOCK_BYTES, fourLanesModule, INITIAL_STATE, LANES, ROUND_CONSTANTS } from './four-lanes-code.ts'
import { HmacLanes } from './hmac-lanes.ts'

function open(key: Uint8Array): HmacLanes {
  return HmacLanes.open(key) ?? assert.fail('this runtime has no WebAssembly vectors')
}

/** Hashes up to four messages that begin alike. */
function hashAll(lanes: HmacLanes, head: Uint8Array, rests: readonly Uint8Array[]): void {
  const blocks = Buffer.alloc(LANES * BLOCK_BYTES)
  for (let lane = 0; lane < LANES; lane += 1) blocks.set(head, lane * BLOCK_BYTES)
  lanes.start(blocks)
  for (const [lane, rest] of rests.entries()) lanes.end(lane, head.length, rest, 0, rest.length)
  lanes.hash()
}

const hmacOf = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => createHmac('sha256', key).update(Buffer.concat(parts)).digest()
const bytesOf = (length: number, first: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (first + 7 * at) & 0xff)

test('equals the HMAC of node:crypto for keys of every length around a block and messages of every length that fits', () => {
  for (const keyBytes of [0, 1, 31, 32, 33, 55, 56, 63, 64, 65, 128, 129]) {
    const key = bytesOf(keyBytes, 3)
    const lanes = open(key)
    for (let length = 0; length <= HmacLanes.maxMessageBytes; length += 1) {
      const messages = [0, 1, 2, 3].map((lane) => bytesOf(lane === 2 ? HmacLanes.maxMessageBytes - length : length, lane))
      hashAll(lanes, new Uint8Array(0), messages)
      for (const [lane, message] of messages.entries()) assert.deepEqual(lanes.digest(lane), hmacOf(key, message), `${keyBytes} ${length} ${lane}`)
    }
  }
})

test('property: four messages never mix, whatever was hashed before and however few they are', () => {
  const message = fc.uint8Array({ maxLength: 40 })
  fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 64 }), fc.uint8Array({ maxLength: 15 }), fc.array(fc.array(message, { minLength: 1, maxLength: LANES }), { maxLength: 6 }), (key, head, rounds) => {
    const lanes = open(key)
    for (const rests of rounds) {
      hashAll(lanes, head, rests)
      for (const [lane, rest] of rests.entries()) assert.deepEqual(lanes.digest(lane), hmacOf(key, head, rest))
    }
  }), { numRuns: 300 })
})

test('two keys have nothing to do with each other', () => {
  const [first, second] = [bytesOf(32, 1), bytesOf(32, 2)]
  const [lanes, others] = [open(first), open(second)]
  const message = Buffer.from('MRN-1')
  for (const [by, key] of [[lanes, first], [others, second], [lanes, first]] as const) {
    hashAll(by, new Uint8Array(0), [message])
    assert.deepEqual(by.digest(0), hmacOf(key, message))
  }
})

test('RFC 4231, test cases 1, 2 and 4', () => {
  const cases = [
    ['0b'.repeat(20), '4869205468657265', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    ['4a656665', '7768617420646f2079612077616e7420666f72206e6f7468696e673f', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['0102030405060708090a0b0c0d0e0f10111213141516171819', 'cd'.repeat(50), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
  ] as const
  for (const [key, message, digest] of cases) {
    const lanes = open(Buffer.from(key, 'hex'))
    hashAll(lanes, new Uint8Array(0), [0, 1, 2, 3].map(() => Buffer.from(message, 'hex')))
    for (let lane = 0; lane < LANES; lane += 1) assert.equal(lanes.digest(lane).toString('hex'), digest)
  }
})

test('digits are the digest in base32, and nothing beside them is written', () => {
  const lanes = open(bytesOf(32, 9))
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const seen = new Set<string>()
  for (let round = 0; round < 50; round += 1) {
    const messages = [0, 1, 2, 3].map((lane) => Buffer.from(`${round} ${lane}`))
    hashAll(lanes, new Uint8Array(0), messages)
    for (let lane = 0; lane < LANES; lane += 1) {
      const target = Buffer.alloc(HmacLanes.digits + 2, 0x21)
      lanes.writeDigits(lane, new DataView(target.buffer, target.byteOffset, target.length), 1)
      const bits = [...lanes.digest(lane)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
      const digits = Array.from({ length: HmacLanes.digits }, (_, at) => alphabet[Number.parseInt(bits.slice(5 * at, 5 * at + 5), 2)]).join('')
      assert.equal(target.toString('latin1'), `!${digits}!`)
      for (const digit of digits) seen.add(digit)
    }
  }
  assert.equal(seen.size, alphabet.length, 'every digit came')
})

/** The module's parts, as its own code knows them. */
interface Parts { readonly memory: { readonly buffer: ArrayBuffer }; gather(): void; compress(from: number, to: number): void }
interface Wasm { readonly Module: new (bytes: Uint8Array) => object; readonly Instance: new (module: object) => { readonly exports: Parts } }

function openParts(): Parts {
  const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: Wasm } // the language's own library has it under DOM only
  return new wasm.Instance(new wasm.Module(fourLanesModule())).exports
}

/** Without HMAC, in the last lane. */
function sha256(exports: Parts, message: Uint8Array): string {
  const view = new DataView(exports.memory.buffer)
  const spread = (at: number, words: readonly number[]): void => { words.forEach((word, index) => { for (let lane = 0; lane < LANES; lane += 1) view.setUint32(at + 16 * index + 4 * lane, word, true) }) }
  spread(AT.roundConstants, ROUND_CONSTANTS)
  spread(AT.initial, INITIAL_STATE)
  const padded = Buffer.alloc(BLOCK_BYTES * Math.ceil((message.length + 9) / BLOCK_BYTES))
  padded.set(message)
  padded[message.length] = 0x80
  padded.writeUInt32BE(8 * message.length, padded.length - 4)
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) {
    new Uint8Array(exports.memory.buffer).set(padded.subarray(at, at + BLOCK_BYTES), AT.blocks + 3 * BLOCK_BYTES)
    exports.gather()
    exports.compress(at === 0 ? AT.initial : AT.inner, AT.inner)
  }
  return Array.from({ length: 8 }, (_, word) => view.getUint32(AT.inner + 16 * word + 12, true).toString(16).padStart(8, '0')).join('')
}

test('the compression is that of FIPS 180-4: its examples of one block and of two', () => {
  const parts = openParts()
  assert.equal(sha256(parts, Buffer.from('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.equal(sha256(parts, Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')), '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1')
  for (let length = 0; length <= 200; length += 1) assert.equal(sha256(parts, bytesOf(length, length)), createHash('sha256').update(bytesOf(length, length)).digest('hex'), String(length))
})

test('messages are wiped by the call that hashes them', () => {
  // The same bytes begin a second message of which only the padding is written: were anything left of the first, its digest would differ.
  const lanes = open(bytesOf(32, 1))
  hashAll(lanes, new Uint8Array(0), [0, 1, 2, 3].map(() => new Uint8Array(HmacLanes.maxMessageBytes).fill(0x41)))
  for (let lane = 0; lane < LANES; lane += 1) lanes.end(lane, 5, new Uint8Array(0), 0, 0)
  lanes.hash()
  for (let lane = 0; lane < LANES; lane += 1) assert.deepEqual(lanes.digest(lane), hmacOf(bytesOf(32, 1), new Uint8Array(5)))
})
