import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CrashDisk, type Loss } from '../log/crash-disk.test.ts'
import { idOf, line, RecordingScene, tenantKey } from './recording-scene.test.ts'
import { MAX_CHUNK_BYTES } from './segment-format.ts'

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve) })
}

describe('a recording', () => {
  it('is written in segments of whole lines, each in the log with its digest, and closed', async () => {
    const scene = new RecordingScene()
    const writer = await scene.begin(1)
    for (let n = 0; n < 40; n += 1) writer.write(line(n))
    await writer.close('client gone')
    const events = await scene.read(1)
    assert.deepEqual(events.filter(({ k }) => k === 'in'), Array.from({ length: 40 }, (_, n) => line(n)))
    assert.equal(events.at(-1)?.k, 'end')
    const segments = scene.ofKind('recording.segment', 1)
    assert.ok(segments.length > 3)
    assert.deepEqual(segments.map((entry) => entry['segment']), segments.map((_, n) => n))
    assert.deepEqual(scene.ofKind('recording.close').map(({ how, segments: count }) => [how, count]), [['closed', segments.length]])
    assert.deepEqual(scene.findings(), [])
    assert.deepEqual(scene.disk.violations, [])
  })

  it('leaves nothing readable on the disk or in the log', async () => {
    const scene = new RecordingScene()
    const writer = await scene.begin(1)
    for (let n = 0; n < 10; n += 1) writer.write(line(n))
    await writer.close('done')
    assert.ok(!scene.bytes().includes('canary'))
    assert.ok(!JSON.stringify(scene.entries).includes('canary'))
    assert.ok(!scene.bytes().includes(Buffer.alloc(32, 1).toString('hex')))
  })

  it('holds lines longer than a chunk and than a segment', async () => {
    const scene = new RecordingScene()
    const writer = await scene.begin(1)
    const text = 'ä'.repeat(MAX_CHUNK_BYTES)
    writer.write({ t: 1, k: 'in', text })
    writer.write(line(2))
    await writer.close('done')
    assert.deepEqual((await scene.read(1)).filter(({ k }) => k === 'in'), [{ t: 1, k: 'in', text }, line(2)])
  })

  it('is durable soon after the last line, and sealed when it is old', async () => {
    const scene = new RecordingScene()
    const writer = await scene.begin(1, { segmentMs: 10_000 })
    writer.write(line(1))
    scene.clock.move(2_000)
    await turns()
    assert.equal(scene.ofKind('recording.segment').length, 0)
    assert.ok([...scene.disk.files()].some(([path, bytes]) => path.endsWith('000000.part') && bytes.length > 100))
    scene.clock.move(9_000)
    writer.write(line(2))
    scene.clock.move(2_000)
    await turns()
    assert.equal(scene.ofKind('recording.segment').length, 1)
    scene.clock.move(60_000)
    await turns()
    assert.equal(scene.ofKind('recording.segment').length, 1, 'nothing new, nothing sealed')
    await writer.close('done')
    assert.equal(scene.clock.timers, 0)
  })

  it('makes those wait who write faster than the disk', async () => {
    const scene = new RecordingScene()
    const writer = await scene.begin(1)
    assert.equal(writer.room(), undefined)
    for (let n = 0; n < 200; n += 1) writer.write(line(n))
    const room = writer.room()
    assert.ok(room !== undefined)
    await room
    assert.equal(writer.room(), undefined)
    await writer.close('done')
    assert.equal((await scene.read(1)).filter(({ k }) => k === 'in').length, 200)
  })

  it('is not begun when it cannot be recorded, or its key cannot be kept', async () => {
    const scene = new RecordingScene()
    await scene.store.prepare()
    scene.recorder = 'fails'
    await assert.rejects(scene.begin(1), { code: 'recording-failed' })
    scene.recorder = 'works'
    scene.disk.arm({ kind: 'fail', at: 1, code: 'ENOSPC' })
    await assert.rejects(scene.begin(2), { code: 'recording-failed' })
    assert.deepEqual(scene.findings(), [])
  })

  it('fails for good when its disk or the log does, lets nobody wait, and is found at the next start', async () => {
    for (const failing of ['disk', 'log'] as const) {
      const scene = new RecordingScene()
      const writer = await scene.begin(1)
      for (let n = 0; n < 12; n += 1) writer.write(line(n))
      await writer.room()
      await turns(200)
      if (failing === 'disk') scene.disk.arm({ kind: 'fail', at: 2, code: 'ENOSPC' })
      else scene.recorder = 'fails'
      for (let n = 12; n < 100; n += 1) writer.write(line(n))
      await writer.room()
      assert.equal((await writer.failed).code, 'recording-failed')
      await assert.rejects(writer.close('x'), { code: 'recording-failed' })
      scene.recorder = 'works'
      scene.disk.arm({ kind: 'none' })
      assert.equal(await scene.recover(), 1)
      assert.deepEqual(scene.findings(), [])
      const events = (await scene.read(1)).filter(({ k }) => k === 'in')
      assert.ok(events.length >= 5)
      assert.deepEqual(events, events.map((_, n) => line(n)))
      assert.deepEqual(scene.disk.violations, [])
    }
  })
})

describe('a gateway that is killed while it records', () => {
  const losses: readonly Loss[] = [{ kind: 'none' }, { kind: 'all' }, { kind: 'some', seed: 1 }, { kind: 'some', seed: 2 }]

  /** Two recordings, one closed; the process ends before the `at`-th operation on the disk. @returns whether it got to the end. */
  async function live(scene: RecordingScene, at: number): Promise<'killed' | 'finished'> {
    scene.disk.arm({ kind: 'kill', at })
    try {
      const first = await scene.begin(1)
      for (let n = 0; n < 9; n += 1) first.write(line(n))
      await first.close('done')
      const second = await scene.begin(2)
      for (let n = 0; n < 9; n += 1) { second.write(line(n)); if (n === 6) { scene.clock.move(2_000); await turns(30) } }
      await turns(60)
    } catch (error) {
      assert.ok(error instanceof Error)
      return 'killed'
    }
    return scene.disk.operations > at ? 'killed' : 'finished'
  }

  it('leaves what it had sealed readable, and a log that says what there is, wherever that was', async () => {
    let at = 0
    for (let state: 'killed' | 'finished' = 'killed'; state === 'killed'; at += 1) {
      for (const loss of losses) {
        if (loss.kind === 'some' && at % 3 !== loss.seed) continue
        const scene = new RecordingScene(new CrashDisk())
        state = await live(scene, at)
        const promised = scene.ofKind('recording.segment').map((entry) => [String(entry['recording']), Number(entry['segment']), String(entry['digest'])] as const)
        // Nothing of before runs on: what was in memory is gone.
        scene.disk.restart(loss)
        await scene.recover()
        assert.deepEqual(scene.warnings, [], `at ${at}`)
        assert.deepEqual(scene.findings().filter((finding) => !finding.startsWith('recording-open')), [], `at ${at}, ${loss.kind}`)
        assert.equal(await scene.recover(), 0, 'recovered once')
        for (const number of [1, 2]) {
          const stored = await scene.store.find(idOf(number))
          if (stored === undefined) continue
          assert.ok(stored.end !== undefined)
          const events = (await scene.read(number)).filter(({ k }) => k === 'in')
          assert.deepEqual(events, events.map((_, n) => line(n)), `at ${at}, ${loss.kind}: a beginning of what was shown, in order`)
        }
        for (const [recording, segment, digest] of promised) {
          const entry = scene.ofKind('recording.segment').findLast((one) => one['recording'] === recording && one['segment'] === segment)
          assert.equal(entry?.['digest'], digest, `at ${at}, ${loss.kind}: what the log promised is there`)
          const stored = await scene.store.find(recording)
          assert.ok(stored !== undefined && (await scene.store.segments(stored.record)).some((one) => one.segment === segment))
        }
        assert.ok(!scene.bytes().includes('canary'))
        assert.deepEqual(scene.disk.violations, [])
      }
    }
    assert.ok(at > 40, `${at} operations`)
  })

  it('leaves a recording alone whose tenant key is not there, and finishes it when it is', async () => {
    const scene = new RecordingScene()
    const writer = await scene.begin(1, { segmentBytes: 1_000_000 })
    writer.write(line(1))
    scene.clock.move(2_000)
    await turns(50)
    scene.disk.restart({ kind: 'none' })
    scene.tenants = { current: tenantKey(2), older: [] }
    await scene.recover()
    assert.match(scene.warnings.join(), /which is not configured/)
    assert.equal((await scene.store.find(idOf(1)))?.end, undefined)
    scene.tenants = { current: tenantKey(2), older: [tenantKey(1)] }
    await scene.recover()
    assert.deepEqual((await scene.read(1)).filter(({ k }) => k === 'in'), [line(1)])
    assert.equal(scene.ofKind('recording.segment')[0]?.['end'], 'torn')
    assert.deepEqual(scene.ofKind('recording.close').map(({ how }) => how), ['interrupted'])
  })
})
