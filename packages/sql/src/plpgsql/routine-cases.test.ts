/**
 * Every case of the table, against the recorded answers of a real 15 and 18, and against a live server where
 * DOORWARD_TEST_PG=postgres://owner:password@host:port/scratch names one (its schema `ward` is dropped).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBench, replay, type Answering } from '../flow/testing/dialogue.ts'
import { RECORDED_MAJORS } from '../flow/testing/recordings.ts'
import { summaryOf } from '../flow/testing/summary.ts'
import { loadGrammar } from '../grammar/index.ts'
import { ROUTINE_CASES } from './testing/routine-cases.table.ts'
import { openLiveRoutines, readRoutineRecording } from './testing/routine-ward.ts'

async function checkCases(answering: Answering): Promise<void> {
  const bench = await openBench(answering, await loadGrammar())
  const wrong: string[] = []
  for (const { create, sql, is } of ROUTINE_CASES) {
    const found = summaryOf(await bench.understand(sql))
    if (JSON.stringify(found) !== JSON.stringify(is)) wrong.push(`${create ?? ''} ${sql}\n  expected ${is.join(' | ')}\n  found    ${found.join(' | ')}`)
  }
  assert.equal(wrong.length, 0, wrong.join('\n'))
}

for (const major of RECORDED_MAJORS) {
  test(`every body comes to what its table says, as PostgreSQL ${major} answers`, async () => {
    await checkCases(replay(readRoutineRecording(major)))
  })
}

test('every body comes to what its table says on a live server', async (context) => {
  const url = process.env['DOORWARD_TEST_PG']
  if (url === undefined) { context.skip('skipped: DOORWARD_TEST_PG missing'); return }
  const ward = await openLiveRoutines(url)
  try {
    await checkCases(ward.answering)
  } finally {
    ward.close()
  }
})

test('whoever calls what is understood is told when its definition changes', async () => {
  const bench = await openBench(replay(readRoutineRecording(18)), await loadGrammar())
  for (const sql of ['select ward.plus_one(3), ward.plus_one(weight) from ward.patients where id = 1', 'do $$ begin perform ward.write_rooms(1); end $$']) {
    const result = await bench.understand(sql)
    assert.ok(result.kind === 'plan' && result.plan.dependsOnDefinitions, sql)
  }
})
