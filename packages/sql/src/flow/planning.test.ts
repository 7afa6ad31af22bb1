/** Which statements may be planned before they are decided: those alone whose planning runs nobody's code. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar } from '../grammar/index.ts'
import { openBench, replay } from './testing/dialogue.ts'
import { casesFor } from './testing/cases.ts'
import { readRecording, RECORDED_MAJORS } from './testing/recordings.ts'

const PLANNED: readonly string[] = [
  'select count(*) from ward.patients', 'select greatest(id, 3), id + 1, now(), current_user, random() from ward.rooms', 'select id from ward.patients where ssn = \'9\'',
  'copy (select sex, count(mrn) from ward.patients group by sex) to stdout', 'explain analyze select count(mrn) from ward.patients', 'insert into ward.scratch (id) select count(mrn) from ward.patients',
]
/** A function, a cast, a check that somebody made, or one of the server's own that does something. */
const NOT_PLANNED: readonly string[] = [
  'select ward.label_of(7)', 'select * from ward.label_of(7) as t(x)', 'select ward.bump(3)', 'select ward.looping(3)', 'select id from ward.rooms where ward.label_of(id) = \'x\'',
  'select ssn::ward.mrn_t from ward.patients where id = 1', 'select \'x\'::ward.mrn_t, \'mild\'::ward.severity', 'select set_config(\'app.x\', \'y\', false)', 'select set_config(\'search_path\', \'ward\', false)',
]

for (const major of RECORDED_MAJORS) {
  test(`as PostgreSQL ${major} analyses them`, async () => {
    const bench = await openBench(replay(readRecording(major)), await loadGrammar())
    const known = new Set(casesFor(major).map(({ sql }) => sql))
    const planning = async (sql: string): Promise<string | undefined> => {
      assert.ok(known.has(sql), `not recorded: ${sql}`)
      const found = await bench.understand(sql)
      return found.kind === 'plan' ? found.plan.planning : assert.fail(sql)
    }
    for (const sql of PLANNED) assert.equal(await planning(sql), 'runs-no-code', sql)
    for (const sql of NOT_PLANNED) assert.equal(await planning(sql), undefined, sql)
  })
}
