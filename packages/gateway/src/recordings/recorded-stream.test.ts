import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { socketPair, turns } from '@doorward/testkit'
import { RecordedStream, type Tapped } from './recorded-stream.ts'

interface Scene { readonly client: Duplex; readonly inner: Duplex; readonly stream: RecordedStream; readonly tapped: string[]; readonly got: string[]; answers: (Tapped | Promise<Tapped>)[] }

function open(): Scene {
  const [client, inner] = socketPair({})
  const scene: Scene = { client, inner, tapped: [], got: [], answers: [], stream: new RecordedStream(inner, (bytes) => { scene.tapped.push(bytes.toString()); return scene.answers.shift() ?? 'pass' }) }
  client.on('data', (chunk: Buffer) => { scene.got.push(chunk.toString()) })
  return scene
}

describe('a recorded stream', () => {
  it('gives every byte to the one beside first, and then to the client, in order', async () => {
    const scene = open()
    for (const text of ['one', 'two', 'three']) scene.stream.write(Buffer.from(text))
    await turns()
    assert.deepEqual([scene.tapped.join('|'), scene.got.join('')], ['one|two|three', 'onetwothree'])
    assert.equal(scene.stream.untappedBytes, 0)
  })

  it('holds back what waits, and says how much has not been seen', async () => {
    const scene = open()
    const slow = Promise.withResolvers<Tapped>()
    scene.answers = [slow.promise]
    for (const text of ['one', 'two']) scene.stream.write(Buffer.from(text))
    await turns()
    assert.deepEqual([scene.tapped, scene.got, scene.stream.untappedBytes], [['one'], [], 3])
    assert.ok(scene.stream.writableLength > 0)
    slow.resolve('pass')
    await turns()
    assert.deepEqual([scene.got.join(''), scene.stream.untappedBytes], ['onetwo', 0])
  })

  it('does not deliver what is dropped, and goes on', async () => {
    const scene = open()
    scene.answers = ['pass', 'drop', 'pass']
    for (const text of ['one', 'two', 'three']) scene.stream.write(Buffer.from(text))
    await turns()
    assert.equal(scene.got.join(''), 'onethree')
  })

  it('passes on what the client sends, and its end', async () => {
    const scene = open()
    const read: string[] = []
    let ended = 'no'
    scene.stream.on('data', (chunk: Buffer) => { read.push(chunk.toString()) })
    scene.stream.on('end', () => { ended = 'yes' })
    scene.client.write('hello')
    scene.client.end()
    await turns(20)
    assert.deepEqual([read.join(''), ended], ['hello', 'yes'])
  })

  it('pauses the client while nobody reads', async () => {
    const scene = open()
    scene.stream.on('data', () => undefined)
    scene.stream.pause()
    for (let n = 0; n < 30; n += 1) { scene.client.write(Buffer.alloc(10_000)); await turns(2) }
    assert.ok(scene.stream.readableLength < 200_000, `${scene.stream.readableLength} bytes`)
    scene.stream.resume()
    await turns(100)
    assert.equal(scene.stream.readableLength, 0)
  })

  it('takes the loss of its client for an end, before anybody listens too', async () => {
    const scene = open()
    scene.inner.destroy(new Error('reset'))
    await turns(20)
    assert.ok(scene.stream.destroyed)
  })

  it('ends after what was written, and is destroyed with the stream below', async () => {
    const scene = open()
    scene.stream.on('data', () => undefined)
    scene.stream.write(Buffer.from('last'))
    scene.stream.end()
    await turns(20)
    assert.equal(scene.got.join(''), 'last')
    assert.ok(scene.stream.writableFinished)
    const other = open()
    other.stream.on('error', () => undefined)
    other.inner.destroy()
    await turns(20)
    assert.ok(other.stream.destroyed)
    const third = open()
    third.stream.destroy()
    await turns(20)
    assert.ok(third.inner.destroyed)
  })
})
