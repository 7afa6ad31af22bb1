import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeShard, encodeBatch, encodeShardHeader } from './wal.ts'

const ORIGIN = 'example.org/log'
const FIRST = 1000

function toShard(batches: readonly (readonly Uint8Array[])[]): { readonly bytes: Buffer; readonly ends: readonly number[] } {
  const parts = [encodeShardHeader(ORIGIN, 3, FIRST)]
  const ends: number[] = []
  let index = FIRST
  for (const batch of batches) {
    parts.push(encodeBatch(index, batch))
    index += batch.length
    ends.push(Buffer.concat(parts).length)
  }
  return { bytes: Buffer.concat(parts), ends }
}

const BATCHES = [['a', ''], ['bcd'], ['e', 'f', 'g'.repeat(40)]].map((batch) => batch.map((text) => Buffer.from(text)))

test('writes these bytes', () => {
  assert.equal(encodeShardHeader(ORIGIN, 3, FIRST).toString('hex'), [
    '00445757414c310a', // magic
    '0000000000000003', // shard number
    '00000000000003e8', // index of the first entry
    'd2ddd66899fd15bead08af77cf16e1fda92ebeaacf1c56f97d32388910e8f991', // sha256 of the origin
    '00000000', // zero
    'edb5efe7', // crc32 of the above
  ].join(''))
  assert.equal(encodeBatch(7, [Buffer.from('ab'), Buffer.from('c')]).toString('hex'), [
    '00ffd00d', // magic
    '00000007', // bytes of entries
    '00000002', // entries
    '28791ea3', // crc32 of the entries
    '0000000000000007', // index of the first entry
    '00000000', // zero
    '1851d4c4', // crc32 of the header
    '00026162', '000163', // entries with their lengths
  ].join(''))
})

test('gives back what was written', () => {
  const batch = fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 4 })
  fc.assert(fc.property(fc.array(batch, { maxLength: 4 }), (batches) => {
    const shard = decodeShard(toShard(batches).bytes, ORIGIN)
    assert.ok(shard.kind === 'shard')
    assert.deepEqual(shard.entries.map((entry) => new Uint8Array(entry)), batches.flat())
    assert.deepEqual([shard.number, shard.firstIndex, shard.tornBytes], [3, FIRST, 0])
  }))
})

test('cut at any byte it holds the whole batches before the cut', () => {
  const { bytes, ends } = toShard(BATCHES)
  for (let cut = 64; cut <= bytes.length; cut++) {
    const shard = decodeShard(bytes.subarray(0, cut), ORIGIN)
    assert.ok(shard.kind === 'shard')
    const whole = ends.filter((end) => end <= cut).length
    assert.deepEqual(shard.entries, BATCHES.slice(0, whole).flat(), `byte ${cut}`)
    assert.equal(shard.tornBytes, cut - (ends[whole - 1] ?? 64))
  }
  for (let cut = 0; cut < 64; cut++) assert.equal(decodeShard(bytes.subarray(0, cut), ORIGIN).kind, 'malformed')
})

test('takes a damaged last batch for torn and damage before a later batch for a loss', () => {
  const { bytes, ends } = toShard(BATCHES)
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 0x10
    const shard = decodeShard(damaged, ORIGIN)
    if (at < (ends[1] ?? 0)) assert.equal(shard.kind, 'malformed', `byte ${at}`)
    else assert.deepEqual(shard.kind === 'shard' ? shard.entries : undefined, BATCHES.slice(0, 2).flat(), `byte ${at}`)
  }
})

test('refuses the shard of another origin', () => {
  assert.equal(decodeShard(toShard(BATCHES).bytes, 'example.org/other').kind, 'malformed')
})

test('survives any bytes behind a header', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
    const shard = decodeShard(Buffer.concat([toShard([]).bytes, tail]), ORIGIN)
    assert.ok(shard.kind === 'shard' && shard.entries.length === 0)
  }))
})
