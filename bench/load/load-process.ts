/** The load generator, apart from what is measured and from who reports. Jobs come one at a time. */
import type { Job } from './job.ts'
import { runJob } from './run-job.ts'

process.on('message', (job: Job) => { // only the bench talks to this process
  runJob(job).then((result) => { process.send?.({ kind: 'done', result }) }, (error: unknown) => { process.send?.({ kind: 'failed', why: error instanceof Error ? error.message : 'unknown' }) })
})
process.on('disconnect', () => { process.exit(0) })
process.send?.({ kind: 'ready' })
