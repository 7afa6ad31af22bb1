import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { decodeEvents, DEFAULT_WRITER_LIMITS, type TranscriptEvent, type WriterLimits } from '@doorward/audit'
import { requirePolicyId, requireSessionId, toStatementId, type Fault } from '@doorward/core'
import { socketPair, turns, until } from '@doorward/testkit'
import type { RecordingDesk } from '../../../recordings/recording-desk.ts'
import { DeskScene, person, recorded } from '../../../recordings/desk-scene.test.ts'
import { encodeBackend, encodeDataRow } from '../backend-encode.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import { encodeFatal } from '../session/refuse.ts'
import { SessionFault } from '../session/session-fault.ts'
import { PostgresRecording } from './postgres-recording.ts'

const SMALL: WriterLimits = { segmentBytes: 2_000, segmentMs: 60_000, flushMs: 5, waitingBytes: 2_000 }
const ready = encodeBackend({ kind: 'readyForQuery', status: 'I' })
const row = (text: string): Buffer => encodeDataRow([Buffer.from(text)])
const complete = encodeBackend({ kind: 'commandComplete', tag: 'SELECT 1' })
/** Turns of the event loop: what is waited for is a real disk. */
const A_DISK = 10_000_000
const settled = (): Promise<void> => Promise.resolve()

interface Open { readonly recording: PostgresRecording; readonly got: string[]; readonly faults: Fault[]; readonly session: ReturnType<typeof requireSessionId>; readonly client: Duplex }

describe('a recorded session', () => {
  let scene: DeskScene
  let desk: RecordingDesk
  let sessions = 0
  before(async () => { scene = new DeskScene(); desk = await scene.open(SMALL) })
  after(() => { scene.remove() })

  function open(): Open {
    const session = requireSessionId(String(++sessions).padStart(32, '0'))
    const [client, inner] = socketPair({})
    const got: string[] = []
    client.on('data', (chunk: Buffer) => { got.push(chunk.toString('latin1')) })
    const faults: Fault[] = []
    const recording = new PostgresRecording(inner, {
      begin: async (why) => { const writer = await desk.begin({ ...recorded(sessions), session, why }); return { writer, end: (reason) => desk.end(writer, reason) } }, failed: (fault) => { faults.push(fault) },
      after: (_delayMs, run) => { const timer = setImmediate(run); return () => { clearImmediate(timer) } },
    })
    recording.stream.on('error', () => undefined)
    recording.stream.resume()
    return { recording, got, faults, session, client }
  }

  const permitted = ({ session }: Open, number: number, bind?: Buffer) => ({ statement: toStatementId(session, number), text: `select ${number}`, bind, parameterTypes: [23], fields: [{ name: 'a', tableOid: 0, attribute: 0, typeOid: 23, typeSize: 4, typeModifier: -1 }] })

  async function read(session: string): Promise<readonly TranscriptEvent[]> {
    const events: TranscriptEvent[] = []
    for (let segment: number | undefined = 0; segment !== undefined;) {
      const answer = await desk.archive.view({ recording: session, segment, use: 'play', client: 'c', by: person('vera') })
      assert.ok(answer.kind === 'shown', JSON.stringify(answer))
      events.push(...decodeEvents(answer.plaintext))
      segment = answer.next
    }
    return events
  }

  it('has what was asked and what was shown, with parameters and binary cells as text', async () => {
    const one = open()
    await one.recording.start('resource')
    one.recording.input(Buffer.from('select 1'))
    await one.recording.permitted(permitted(one, 1, encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats: [1], parameters: [Buffer.from([0, 0, 0, 7])], resultFormats: [1] })), settled)
    one.recording.stream.write(Buffer.concat([encodeDataRow([Buffer.from([0, 0, 0, 9])]), complete, ready]))
    await turns()
    await one.recording.copied(Buffer.from('1\tx\n'))
    one.recording.stream.end()
    await one.recording.finish('done')
    assert.deepEqual((await read(one.session)).map((event) => ({ ...event, t: 0 })).slice(2), [
      { t: 0, k: 'in', text: 'select 1' }, { t: 0, k: 'statement', of: `${one.session}.1`, parameters: ['7'] },
      { t: 0, k: 'columns', of: `${one.session}.1`, names: ['a'] }, { t: 0, k: 'rows', rows: [['9']] }, { t: 0, k: 'done', of: `${one.session}.1`, tag: 'SELECT 1' }, { t: 0, k: 'copy-in', data: '1\tx\n' }, { t: 0, k: 'end', why: 'done' },
    ])
  })

  it('begins where a policy asks for it: what came before is not in it, and what was on its way then neither', async () => {
    const one = open()
    one.recording.input(Buffer.from('before'))
    assert.equal(one.recording.permitted(permitted(one, 1), settled), undefined)
    one.recording.stream.write(Buffer.concat([row('before'), complete, ready]))
    one.recording.nextBatch()
    one.recording.demand([requirePolicyId('watch')])
    assert.equal(await one.recording.permitted(permitted(one, 2), () => { one.recording.stream.write(Buffer.concat([row('on its way'), ready])); return Promise.resolve() }), undefined)
    one.recording.stream.write(Buffer.concat([row('after'), complete, ready]))
    await turns()
    one.recording.stream.end()
    await one.recording.finish('done')
    const events = await read(one.session)
    assert.deepEqual(events.flatMap((event) => (event.k === 'rows' ? event.rows : [])), [['after']])
    assert.deepEqual(events.flatMap((event) => (event.k === 'begin' ? [event.why] : event.k === 'statement' ? [event.text] : [])), ['policy watch', 'select 2'])
    assert.match(one.got.join(''), /before.*on its way.*after/s, 'the client got all of it')
  })

  it('refuses what must be recorded and cannot be, and goes on', async () => {
    const one = open()
    scene.recorder.mood = { kind: 'fails' }
    one.recording.demand([requirePolicyId('watch')])
    assert.match((await one.recording.permitted(permitted(one, 1), settled))?.why ?? '', /it could not be begun/)
    scene.recorder.mood = { kind: 'works' }
    assert.equal(one.recording.permitted(permitted(one, 2), settled), undefined)
    one.recording.demand([requirePolicyId('watch')])
    assert.equal(await one.recording.permitted(permitted(one, 3), settled), undefined)
    one.recording.stream.end()
    await one.recording.finish('done')
    assert.equal((await read(one.session)).length > 0, true)
  })

  it('is as slow as its disk and its log, and holds no more than it may', async () => {
    const one = open()
    await one.recording.start('resource')
    scene.recorder.mood = { kind: 'slow' }
    for (let n = 0; n < 400; n += 1) one.recording.stream.write(row('x'.repeat(100)))
    await turns(100)
    const delivered = one.got.join('').length
    assert.ok(delivered < 30_000, `${delivered} bytes went on`)
    assert.ok(one.recording.stream.writableLength > 10_000, 'the session sees that its client is slow')
    scene.recorder.release()
    await until('all is delivered', () => { scene.recorder.release(); return one.got.join('').length >= 400 * 111 }, A_DISK)
    one.recording.stream.end()
    await one.recording.finish('done')
    assert.equal((await read(one.session)).flatMap((event) => (event.k === 'rows' ? event.rows : [])).length, 400)
  })

  it('shows nothing that it cannot record, but why it ends', async () => {
    const one = open()
    await one.recording.start('resource')
    scene.recorder.mood = { kind: 'fails' }
    for (let n = 0; n < 40; n += 1) one.recording.stream.write(row('y'.repeat(100)))
    await until('it has failed', () => one.faults.length > 0, A_DISK)
    const before = one.got.join('').length
    one.recording.stream.write(row('unrecorded'))
    one.recording.stream.write(encodeFatal(new SessionFault('limit', 'not recorded')))
    await turns(20)
    assert.match(one.got.join('').slice(before), /^E.*FATAL.*doorward: not recorded/s)
    assert.ok(!one.got.join('').includes('unrecorded'))
    assert.deepEqual(one.faults.map(({ code }) => code), ['recording-failed'])
    one.recording.stream.end()
    await one.recording.finish('done')
    scene.recorder.mood = { kind: 'works' }
    assert.match(scene.said.join('\n'), /ALERT recording/)
  })

  it('ends for bytes that nobody could read', async () => {
    const one = open()
    await one.recording.start('resource')
    one.recording.stream.write(Buffer.from('zzzzzzzzzz'))
    await turns()
    assert.deepEqual([one.faults.map(({ code }) => code), one.got], [['unknown-message'], []])
    one.recording.stream.end()
    await one.recording.finish('done')
  })

  it('ends though its client does not take the last bytes, and when its client is gone', async () => {
    const one = open()
    await one.recording.start('resource')
    one.client.pause()
    one.recording.stream.write(row('z'.repeat(500_000)))
    await one.recording.finish('done')
    assert.ok(one.recording.stream.destroyed)
    const other = open()
    await other.recording.start('resource')
    other.client.destroy()
    await turns()
    await other.recording.finish('gone')
    assert.equal((await read(other.session)).at(-1)?.k, 'end')
  })

  it('has limits by default that a view can hold', () => { assert.ok(DEFAULT_WRITER_LIMITS.segmentBytes <= 4 * 1024 * 1024) })
})
