/**
 * Whose rows a statement touches, held against the rows: where the flow says that it tells all patients, the answer must not change when the rows
 * of a patient go whom it tells neither before nor after; and whom it tells must be a patient. Queries by chance, from a fixed seed.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPostgres } from '@doorward/testkit'
import { openBench } from '../../packages/sql/src/flow/testing/dialogue.ts'
import { AnalysisClient } from '../../packages/sql/src/flow/testing/analysis-client.ts'
import { openLiveWard } from '../../packages/sql/src/flow/testing/live-ward.ts'
import { loadGrammar } from '../../packages/sql/src/grammar/index.ts'
import type { SubjectFlow } from '../../packages/sql/src/subject/subject-flow.ts'
import { SUBJECT_CLASSIFICATION } from '../../packages/sql/src/subject/testing/subject-ward.ts'
import { PATIENT_COUNT, QueryGrammar } from './query-grammar.ts'

const SEED = 20_261_121
const QUERIES = 1_000
/** Else the grammar makes too little of what is told, and the test proves nothing. */
const MIN_TOLD = 100
const MIN_CHANGED = 25

const ROWS = `insert into ward.rooms select i, 'r' || i, i % 3 from generate_series(1, 8) i;
insert into ward.patients (id, mrn, name, zip, weight) select i, 'M' || i, 'N' || (i % 3), 'z' || (i % 2), i % 4 from generate_series(1, ${PATIENT_COUNT}) i;
insert into ward.visits (id, patient_id, kind, room_id) select i, 1 + (i * 7) % ${PATIENT_COUNT}, 'k' || (i % 2), 1 + i % 8 from generate_series(1, 9) i where 1 + (i * 7) % ${PATIENT_COUNT} <> 4;
insert into ward.notes (id, patient_id, body) select i, 1 + (i * 5) % ${PATIENT_COUNT}, 'b' || (i % 3) from generate_series(1, 11) i where 1 + (i * 5) % ${PATIENT_COUNT} <> 2`

type Rows = readonly (readonly (string | null)[])[]

function told(flow: SubjectFlow, rows: Rows): ReadonlySet<string> {
  const shown = rows.flatMap((row) => flow.outputs.flatMap(({ output }) => row[output] ?? []))
  return new Set([...shown, ...(rows.length === 0 ? [] : named(flow))])
}

function named(flow: SubjectFlow): readonly string[] {
  return flow.given.flatMap(({ value }) => (value.kind === 'constant' ? [value.text] : []))
}

/** Rows in no order. */
function contentOf(rows: Rows): string { return JSON.stringify(rows.map((row) => JSON.stringify(row)).toSorted()) }

test('whoever is not told has not touched the answer', { timeout: 240_000 }, async (context) => {
  const server = await startPostgres()
  context.after(() => server.stop())
  const url = `postgres://postgres:${server.password.reveal()}@127.0.0.1:${server.port}/postgres`
  const ward = await openLiveWard(url)
  const database = await AnalysisClient.connect(url)
  const bench = await openBench(ward.answering, await loadGrammar(), SUBJECT_CLASSIFICATION)
  await database.query(ROWS)
  const grammar = new QueryGrammar(SEED)
  let followed = 0
  let changed = 0
  const wrong: string[] = []
  for (let count = 0; count < QUERIES; count += 1) {
    const { sql } = grammar.next()
    const gone = grammar.id()
    const understood = await bench.understand(sql)
    assert.ok(understood.kind === 'plan', sql)
    const { subjects } = understood.plan
    if (subjects === undefined || subjects.untold.length > 0) continue
    followed += 1
    const before = await database.query(sql)
    const strangers = [...told(subjects, before)].filter((id) => !(Number(id) >= 1 && Number(id) <= PATIENT_COUNT) && !named(subjects).includes(id))
    if (strangers.length > 0) wrong.push(`tells ${strangers.join(', ')}, who are no patients: ${sql}`)
    await database.query('begin')
    await database.query(`delete from ward.notes where patient_id = ${gone}; delete from ward.visits where patient_id = ${gone}; delete from ward.patients where id = ${gone}`)
    const after = await database.query(sql)
    await database.query('rollback')
    if (contentOf(before) === contentOf(after)) continue
    changed += 1
    if (!told(subjects, before).has(String(gone)) && !told(subjects, after).has(String(gone))) wrong.push(`does not tell ${gone}: ${sql}`)
  }
  database.close()
  ward.close()
  context.diagnostic(`${QUERIES} queries, ${followed} of which tell all, ${changed} with an answer that changed`)
  assert.deepEqual(wrong, [])
  assert.ok(followed >= MIN_TOLD && changed >= MIN_CHANGED, `${followed} told, ${changed} changed`)
})
