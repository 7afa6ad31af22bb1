/** What an idle session costs each process between: resident memory after garbage is collected, by session. */
import type { Job, JobResult } from '../load/job.ts'
import type { PartResult } from '../report/results.ts'
import type { Side } from '../sides/side.ts'
import { residentMiBOf } from '../watch.ts'

/** @param sides freshly started: a process that has worked before holds memory that hides what a session takes. */
export async function measureIdle(sides: Iterable<Side>, sessions: number, load: (job: Job) => Promise<JobResult>): Promise<PartResult> {
  const figures: PartResult['figures'][number][] = []
  for (const side of sides) {
    if (side.pid === undefined) continue
    const before = await resident(side)
    const opened = await load({ kind: 'idle', target: side.target, sessions })
    const after = await resident(side)
    figures.push({ what: `${side.name}, resident per session`, value: (after.kib - before.kib) / opened.count, unit: 'kB', note: `${opened.count.toLocaleString('en')} sessions, opened in ${opened.seconds.toFixed(1)} s${after.heapKib === undefined || before.heapKib === undefined ? '' : `; JavaScript heap ${((after.heapKib - before.heapKib) / opened.count).toFixed(1)} kB of it`}` })
    await load({ kind: 'release' })
    await new Promise((resolve) => { setTimeout(resolve, 1_000) }) // the server lets go of its processes
  }
  return { name: 'idle', title: 'Idle sessions', figures }
}

async function resident(side: Side): Promise<{ readonly kib: number; readonly heapKib: number | undefined }> {
  const told = await side.memory()
  const kib = (residentMiBOf(side.pid) ?? Number.NaN) * 1024
  return { kib, heapKib: told === undefined ? undefined : told.heapUsed / 1024 }
}
