import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CrashDisk } from '../log/crash-disk.test.ts'
import { idOf, line, OLGA, RecordingScene } from './recording-scene.test.ts'
import { decodeEvents } from './transcript.ts'

async function recorded(lines = 20): Promise<RecordingScene> {
  const scene = new RecordingScene()
  const writer = await scene.begin(1)
  for (let n = 0; n < lines; n += 1) writer.write(line(n))
  await writer.close('done')
  return scene
}

const VIEW = { recording: idOf(1), segment: 0, by: OLGA, use: 'play', client: '127.0.0.1:9' } as const

describe('looking at a recording', () => {
  it('is in the log before a byte is seen, segment by segment', async () => {
    const scene = await recorded()
    const { archive } = scene
    const texts: string[] = []
    for (let segment: number | undefined = 0; segment !== undefined;) {
      const answer = await archive.view({ ...VIEW, segment })
      assert.ok(answer.kind === 'shown')
      assert.equal(answer.receipt.index, scene.entries.length - 1)
      texts.push(answer.plaintext.toString())
      segment = answer.next
    }
    assert.deepEqual(decodeEvents(texts.join('')).filter(({ k }) => k === 'in').length, 20)
    const views = scene.ofKind('recording.view')
    assert.deepEqual(views.map((entry) => entry['segment']), texts.map((_, n) => n))
    assert.deepEqual(views[0]?.['by'], OLGA)
  })

  it('shows nothing when it cannot be recorded', async () => {
    const scene = await recorded()
    scene.recorder = 'fails'
    await assert.rejects(scene.archive.view(VIEW))
  })

  it('says what is not there, and what is damaged, and shows nothing of it', async () => {
    const scene = await recorded()
    const { archive } = scene
    assert.deepEqual(await archive.view({ ...VIEW, recording: idOf(2) }), { kind: 'unknown' })
    assert.deepEqual(await archive.view({ ...VIEW, recording: '../keys' }), { kind: 'unknown' })
    assert.match(JSON.stringify(await archive.view({ ...VIEW, segment: 99 })), /segment 99 is not there/)
    const [path] = [...scene.disk.files()].find(([name]) => name.endsWith('000001.seg')) ?? assert.fail()
    const bytes = await scene.disk.read(path) ?? assert.fail()
    bytes[60] = (bytes[60] ?? 0) ^ 1
    await scene.disk.remove(path)
    await (await scene.disk.create(path)).write(bytes, 0)
    assert.deepEqual(await archive.view({ ...VIEW, segment: 1 }), { kind: 'unreadable', why: 'segment 1, chunk 0: it does not open: it was changed, is out of its place, or is of another key' })
  })

  it('shows what is sealed of a recording that goes on', async () => {
    const scene = new RecordingScene()
    const writer = await scene.begin(1)
    assert.match(JSON.stringify(await scene.archive.view(VIEW)), /nothing of it is sealed yet/)
    for (let n = 0; n < 12; n += 1) writer.write(line(n))
    await writer.room()
    for (let turn = 0; turn < 300; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve) })
    assert.equal((await scene.archive.view(VIEW)).kind, 'shown')
    await writer.close('done')
  })
})

describe('shredding', () => {
  it('destroys the key, said in the log before and after, and nothing opens any more', async () => {
    const scene = await recorded()
    const stored = await scene.store.find(idOf(1)) ?? assert.fail()
    const [segment] = await scene.store.segments(stored.record)
    const kept = await scene.store.readSegment(stored.record, segment ?? assert.fail())
    const answer = await scene.archive.shred(idOf(1), 'early-shred', 'recorded by mistake', OLGA)
    assert.equal(answer.kind, 'shredded')
    assert.deepEqual(scene.ofKind('recording.shred').map(({ step, request, reason }) => [step, request, reason]), [['begun', 'early-shred', 'recorded by mistake'], ['done', 'early-shred', 'recorded by mistake']])
    assert.equal(await scene.store.readKey(idOf(1)), undefined)
    assert.deepEqual([...scene.disk.files()].filter(([path]) => /\.(key|seg)$/.test(path)), [])
    assert.ok(kept !== undefined && !kept.includes('canary'), 'a copy of the segment is noise without the key')
    assert.match(JSON.stringify(await scene.archive.view(VIEW)), /it was shredded: its key is gone/)
    assert.deepEqual(await scene.archive.shred(idOf(1), 'early-shred', 'again', OLGA), { kind: 'already' })
    assert.deepEqual(scene.findings(), [])
    assert.equal((await scene.archive.list(() => true, 9)).length, 1, 'that it was there is still known')
  })

  it('is refused while a legal hold is on it, and while its retention runs; that is recorded', async () => {
    const scene = await recorded()
    const { archive } = scene
    assert.match(JSON.stringify(await archive.shred(idOf(1), 'shred', 'r', OLGA)), /retained/)
    const hold = await archive.placeHold({ kind: 'principal', principal: 'local|evan' }, 'case 7', OLGA)
    scene.clock.skip(10_000_000)
    for (const request of ['shred', 'early-shred'] as const) assert.match(JSON.stringify(await archive.shred(idOf(1), request, 'r', OLGA)), new RegExp(`held.*${hold.id}`))
    assert.deepEqual((await archive.expire('destroy', undefined, 9)).expired, [])
    assert.equal((await archive.expire('show', undefined, 9)).held.length, 1)
    assert.deepEqual(scene.ofKind('recording.refused').map(({ reason }) => reason), ['retained', 'held', 'held'])
    assert.ok((await archive.view(VIEW)).kind === 'shown')
    assert.equal((await archive.releaseHold(hold.id, OLGA))?.matter, 'case 7')
    assert.equal(await archive.releaseHold(hold.id, OLGA), undefined)
    assert.equal((await archive.expire('show', undefined, 9)).expired.length, 1)
    assert.equal((await archive.view(VIEW)).kind, 'shown', 'showing destroys nothing')
    assert.equal((await archive.expire('destroy', undefined, 9)).expired.length, 1)
    assert.match(JSON.stringify(await archive.view(VIEW)), /shredded/)
    assert.deepEqual(scene.entries.filter(({ kind }) => kind === 'recording.hold' || kind === 'recording.release').map(({ scope }) => scope), ['principal:local|evan', 'principal:local|evan'])
  })

  it('destroys nothing while a hold cannot be read', async () => {
    const scene = await recorded()
    await scene.archive.placeHold({ kind: 'all' }, 'case 7', OLGA)
    const [path] = [...scene.disk.files()].find(([name]) => name.includes('/holds/')) ?? assert.fail()
    await scene.disk.remove(path)
    await (await scene.disk.create(path)).write(Buffer.from('{"v":1'), 0)
    await assert.rejects(scene.archive.shred(idOf(1), 'early-shred', 'r', OLGA), { code: 'recording-invalid' })
    assert.equal((await scene.archive.view(VIEW)).kind, 'shown')
  })

  it('destroys nothing that cannot be recorded', async () => {
    const scene = await recorded()
    scene.recorder = 'fails'
    await assert.rejects(scene.archive.shred(idOf(1), 'early-shred', 'r', OLGA))
    scene.recorder = 'works'
    assert.equal((await scene.archive.view(VIEW)).kind, 'shown')
  })

  it('a hold and a shredding that come together end as if one came first', async () => {
    const scene = await recorded()
    const { archive } = scene
    const [, shredded] = await Promise.all([archive.placeHold({ kind: 'all' }, 'case', OLGA), archive.shred(idOf(1), 'early-shred', 'r', OLGA)])
    assert.equal(shredded.kind, 'keep')
  })

  it('that was begun is finished, wherever the gateway was killed', async () => {
    for (let at = 0; at < 40; at += 1) {
      for (const loss of [{ kind: 'none' }, { kind: 'all' }, { kind: 'some', seed: at }] as const) {
        const scene = new RecordingScene(new CrashDisk())
        const writer = await scene.begin(1)
        writer.write(line(1))
        await writer.close('done')
        scene.disk.arm({ kind: 'kill', at })
        const ended = await scene.archive.shred(idOf(1), 'early-shred', 'r', OLGA).then(() => 'done', () => 'killed')
        scene.disk.restart(loss)
        scene.entries.push({ kind: 'audit.start' })
        await scene.archive.finishShreds()
        const isNoted = (await scene.store.find(idOf(1)))?.shred !== undefined
        const key = await scene.store.readKey(idOf(1))
        assert.ok(isNoted ? key === undefined : key !== undefined, `at ${at}: all or nothing`)
        if (ended === 'done') assert.ok(isNoted)
        if (isNoted) assert.deepEqual(scene.ofKind('recording.shred').map(({ step }) => step).slice(0, 2), ['begun', 'done'])
        // Once more where the crash came after the entry and before the note.
        assert.deepEqual(scene.findings().filter((one) => !one.startsWith('recording-open')), [])
      }
    }
  })
})
