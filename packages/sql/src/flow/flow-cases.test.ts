/**
 * Every construct of the tables, against the recorded answers of a real 15 and 18, and against a live server where
 * DOORWARD_TEST_PG=postgres://owner:password@host:port/scratch names one (its schema `ward` is dropped).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar } from '../grammar/index.ts'
import { casesFor } from './testing/cases.ts'
import { openBench, replay, type Bench } from './testing/dialogue.ts'
import { openLiveWard } from './testing/live-ward.ts'
import { readRecording, RECORDED_MAJORS } from './testing/recordings.ts'
import { summaryOf } from './testing/summary.ts'

async function checkCases(bench: Bench, major: number): Promise<void> {
  const wrong: string[] = []
  for (const { sql, is } of casesFor(major)) {
    const found = summaryOf(await bench.understand(sql))
    if (JSON.stringify(found) !== JSON.stringify(is)) wrong.push(`${sql}\n  expected ${is.join(' | ')}\n  found    ${found.join(' | ')}`)
  }
  assert.equal(wrong.length, 0, wrong.join('\n'))
}

for (const major of RECORDED_MAJORS) {
  test(`every case comes to what its table says, as PostgreSQL ${major} answers`, async () => {
    await checkCases(await openBench(replay(readRecording(major)), await loadGrammar()), major)
  })
}

test('every case comes to what its table says on a live server', async (context) => {
  const url = process.env['DOORWARD_TEST_PG']
  if (url === undefined) { context.skip('skipped: DOORWARD_TEST_PG missing'); return }
  const ward = await openLiveWard(url)
  try {
    await checkCases(await openBench(ward.answering, await loadGrammar()), Math.trunc(ward.answering.serverVersion / 10_000))
  } finally {
    ward.close()
  }
})
