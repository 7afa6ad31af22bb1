/** How often a delivered byte is copied on its way, by a gateway that counts. */
import { numberOf } from '../sides/child.ts'
import type { Job, JobResult } from '../load/job.ts'
import type { PartResult } from '../report/results.ts'
import { COLUMNS } from '../rows/row.ts'
import type { BenchDatabase } from '../sides/database.ts'
import { startGateway } from '../sides/start-sides.ts'

export async function measureCopies(database: BenchDatabase, dir: string, rows: number, load: (job: Job) => Promise<JobResult>): Promise<PartResult> {
  const figures: PartResult['figures'][number][] = []
  const { child, target } = await startGateway('nothing', database, dir, ['count-copies'])
  try {
    const work: readonly (readonly [string, string, 'simple' | 'binary'])[] = [
      ['rows in text, 5 of 10 columns masked', `select ${COLUMNS} from clinic.patients where id <= ${rows}`, 'simple'],
      ['rows in binary, 5 of 10 columns masked', `select ${COLUMNS} from clinic.patients where id <= ${rows}`, 'binary'],
      ['rows in text, nothing masked', `select id, ward, room, status, admitted_at from clinic.patients where id <= ${rows}`, 'simple'],
      ['COPY out, 5 of 10 columns masked', `copy (select ${COLUMNS} from clinic.patients where id <= ${rows}) to stdout`, 'simple'],
    ]
    for (const [what, sql, protocol] of work) {
      const before = numberOf(await child.ask('copied', 'copied', 10_000), 'bytes')
      const done = await load({ kind: 'queries', target, sql, protocol, clients: 1, seconds: 600, times: 1 })
      const after = numberOf(await child.ask('copied', 'copied', 10_000), 'bytes')
      figures.push({ what, value: (after - before) / done.bytes, unit: 'bytes copied per byte delivered' })
    }
  } finally {
    await child.stop()
  }
  return { name: 'copies', title: 'Bytes copied in JavaScript', figures }
}
