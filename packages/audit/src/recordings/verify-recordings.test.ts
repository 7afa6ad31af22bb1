import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idOf, line, OLGA, RecordingScene, tenantKey } from './recording-scene.test.ts'
import { verifyRecordings, type RecordingsReport } from './verify-recordings.ts'

async function recorded(): Promise<RecordingScene> {
  const scene = new RecordingScene()
  for (const number of [1, 2]) {
    const writer = await scene.begin(number)
    for (let n = 0; n < 20; n += 1) writer.write(line(n))
    await writer.close('done')
  }
  return scene
}

function verify(scene: RecordingScene, keys: 'with keys' | 'without keys' = 'with keys'): Promise<RecordingsReport> {
  return verifyRecordings({ store: scene.store, entries: scene.entries, tenants: keys === 'with keys' ? scene.tenants : undefined })
}

async function change(scene: RecordingScene, name: string, make: (bytes: Buffer) => Buffer | undefined): Promise<void> {
  const [path, bytes] = [...scene.disk.files()].find(([one]) => one.endsWith(name)) ?? assert.fail(name)
  await scene.disk.remove(path)
  const made = make(Buffer.from(bytes))
  if (made !== undefined) await (await scene.disk.create(path)).write(made, 0)
}

const findings = ({ findings: all }: RecordingsReport): string => all.map(({ severity, recording, message }) => `${severity} ${recording === undefined ? '-' : Number(recording)}: ${message}`).join('\n')

describe('recordings held against the log', () => {
  it('are as recorded', async () => {
    const scene = await recorded()
    const report = await verify(scene)
    assert.deepEqual(report.findings, [])
    assert.equal(report.recordings, 2)
    assert.equal(report.opened, report.segments)
    assert.equal((await verify(scene, 'without keys')).opened, 0)
  })

  const rows: readonly (readonly [what: string, name: string, make: (bytes: Buffer) => Buffer | undefined, finding: RegExp])[] = [
    ['a segment changed', '/00000000000000000000000000000001/000001.seg', (bytes) => { bytes[70] = (bytes[70] ?? 0) ^ 1; return bytes }, /^differs 1: segment 1, chunk 0: it does not open/],
    ['a segment cut', '/00000000000000000000000000000001/000001.seg', (bytes) => bytes.subarray(0, bytes.length - 3), /^differs 1: segment 1, chunk 0: it ends without its last chunk/],
    ['a segment taken away', '/00000000000000000000000000000002/000000.seg', () => undefined, /^missing 2: segment 0 is not there/],
    ['a recording taken away', '/00000000000000000000000000000002/recording.json', () => undefined, /^missing 2: it is not on disk; the log has \d+ segments of it/],
    ['a key taken away', '/keys/00000000000000000000000000000002.key', () => undefined, /^differs 2: it cannot be opened: its key file is not there/],
  ]
  for (const [what, name, make, finding] of rows) {
    it(`tell of ${what}`, async () => {
      const scene = await recorded()
      await change(scene, name, make)
      assert.match(findings(await verify(scene)), finding)
    })
  }

  it('tell of a change without keys too', async () => {
    const scene = await recorded()
    await change(scene, '/000001.seg', (bytes) => { bytes[70] = (bytes[70] ?? 0) ^ 1; return bytes })
    assert.match(findings(await verify(scene, 'without keys')), /segment 1: its digest is not the one in the log/)
  })

  it('tell of a segment put in place of another, sealed with the right key', async () => {
    const scene = await recorded()
    const other = new RecordingScene(scene.disk)
    other.tenants = { current: tenantKey(1), older: [] }
    const held = scene.entries.splice(0)
    const forged = held.map((entry) => (entry.kind === 'recording.segment' && entry['segment'] === 0 ? { ...entry, digest: '0'.repeat(64) } : entry))
    scene.entries.push(...forged)
    assert.match(findings(await verify(scene)), /segment 0: its digest is not the one in the log/)
  })

  it('tell of what the log does not know', async () => {
    const scene = await recorded()
    scene.entries.splice(0, scene.entries.length, ...scene.entries.filter((entry) => entry['recording'] !== idOf(2)))
    assert.match(findings(await verify(scene)), /^differs 2: it is on disk, and the log does not say that it began/)
  })

  it('know what was shredded, and what should have been', async () => {
    const scene = await recorded()
    await scene.archive.shred(idOf(1), 'early-shred', 'r', OLGA)
    const report = await verify(scene)
    assert.deepEqual([report.findings, report.shredded], [[], 1])
    await (await scene.disk.create(`/rec/keys/${idOf(1)}.key`)).write(Buffer.from('{}'), 0)
    assert.match(findings(await verify(scene)), /the log says that it was shredded, and its key is there/)
  })

  it('tell of a hold that somebody took off without releasing it', async () => {
    const scene = await recorded()
    await scene.archive.placeHold({ kind: 'all' }, 'case', OLGA)
    const released = await scene.archive.placeHold({ kind: 'all' }, 'case', OLGA)
    await scene.archive.releaseHold(released.id, OLGA)
    assert.deepEqual((await verify(scene)).findings, [])
    const [path] = [...scene.disk.files()].find(([name]) => name.includes('/holds/')) ?? assert.fail()
    await scene.disk.remove(path)
    assert.match(findings(await verify(scene)), /^missing -: the legal hold [0-9a-f]{16} was placed and not released/)
  })

  it('say what is being written', async () => {
    const scene = await recorded()
    const writer = await scene.begin(3)
    writer.write(line(1))
    scene.clock.move(2_000)
    for (let turn = 0; turn < 50; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve) })
    assert.match(findings(await verify(scene)), /^notice 3: segment 0 is being written/)
    await writer.close('done')
  })
})
