import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turns, until } from './fake-clock.ts'
import { socketPair } from './scripted-socket.ts'

function collect(stream: NodeJS.ReadableStream): Buffer[] {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  return chunks
}

test('delivers each byte alone, and both ends close', async () => {
  const [a, b] = socketPair({ cut: { kind: 'every-byte' } })
  const got = collect(b)
  a.resume()
  a.end('abc')
  await until('the end', () => b.destroyed && a.destroyed)
  assert.deepEqual(got.map(String), ['a', 'b', 'c'])
})

test('cuts once, wherever the writes began', async () => {
  const [a, b] = socketPair({ cut: { kind: 'once', at: 4 } })
  const got = collect(b)
  a.write('abc')
  a.write('def')
  a.write('ghi')
  await turns()
  assert.deepEqual(got.map(String), ['abc', 'd', 'ef', 'ghi'])
})

test('a peer that does not read makes the writer wait, and nothing is lost', async () => {
  const [a, b] = socketPair({ highWaterMark: 8 })
  b.stall()
  assert.equal(a.write('12345678'), false)
  let drained = 'no'
  a.on('drain', () => { drained = 'yes' })
  const got = collect(b)
  await turns()
  assert.deepEqual([drained, got.length], ['no', 0])
  b.unstall()
  await until('drain', () => drained === 'yes')
  assert.equal(Buffer.concat(got).toString(), '12345678')
})

test('a paused reader makes the writer wait too', async () => {
  const [a, b] = socketPair({ highWaterMark: 8 })
  b.pause()
  const got = collect(b)
  b.pause()
  for (let at = 0; at < 10; at += 1) a.write('12345678')
  await turns()
  assert.ok(a.writableLength > 40, String(a.writableLength))
  b.resume()
  await until('all', () => Buffer.concat(got).length === 80)
  assert.equal(a.writableLength, 0)
})

test('a vanished peer is a closed stream without an end', async () => {
  const [a, b] = socketPair()
  let ended = 'no'
  b.on('end', () => { ended = 'yes' })
  b.resume()
  a.write('on its way')
  a.vanish()
  await until('closed', () => b.closed)
  assert.equal(ended, 'no')
})
