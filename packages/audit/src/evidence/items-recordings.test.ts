import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EntryReader } from '../search/read-bundles.ts'
import { SearchIndex } from '../search/search-index.ts'
import { Gateway, KEY, toSource } from '../verify/memory-log.test.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { idOf, line, OLGA, RecordingScene } from '../recordings/recording-scene.test.ts'
import { recordings } from './items-recordings.ts'
import type { EvidenceContext } from './section.ts'

test('recordings are told with who looked, what is held and what was destroyed', async () => {
  const scene = new RecordingScene()
  const writer = await scene.begin(1)
  writer.write(line(1))
  await writer.close('done')
  await scene.archive.view({ recording: idOf(1), segment: 0, by: OLGA, use: 'export', client: 'c' })
  const hold = await scene.archive.placeHold({ kind: 'all' }, 'case 7', OLGA)
  await scene.archive.shred(idOf(1), 'early-shred', 'r', OLGA)
  await scene.archive.releaseHold(hold.id, OLGA)
  await scene.archive.shred(idOf(1), 'early-shred', 'a mistake', OLGA)
  const gateway = new Gateway()
  const log = await gateway.open()
  for (const entry of scene.entries) await log.append(entry)
  await log.close()
  const source = toSource(gateway.files())
  const index = SearchIndex.open(':memory:')
  try {
    const head = await index.update(source)
    const context: EvidenceContext = { index, reader: new EntryReader(source, head.size), head, fromMs: 0, toMs: Infinity, verified: await verifyLog({ source, entries: 'doorward', verifierKey: KEY.verifierKey.text }), setup: undefined }
    const section = await recordings.make(context)
    assert.match(section.text[0] ?? '', /^1 sessions were recorded/)
    assert.deepEqual(section.rows.map(([, what, by, of, why]) => [what, by, String(of).replace(/^0+1 /, ''), why]), [
      ['exported part 0', 'olga (local|olga)', 'of evan (local|evan)', ''],
      ['held', 'olga (local|olga)', 'all', 'case 7'],
      ['REFUSED: to destroy', 'olga (local|olga)', idOf(1), 'held'],
      ['released', 'olga (local|olga)', 'all', 'case 7'],
      ['to be destroyed', 'olga (local|olga)', 'of evan (local|evan)', 'a mistake; BEFORE ITS RETENTION HAD ENDED'],
      ['destroyed', 'olga (local|olga)', 'of evan (local|evan)', 'a mistake; BEFORE ITS RETENTION HAD ENDED'],
    ])
    assert.equal(context.verified.exitCode, 0, JSON.stringify(context.verified))
  } finally {
    index.close()
  }
})
