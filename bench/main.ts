/**
 * `npm run bench`: what Doorward costs, against nothing, a bare relay and PgBouncer, all on one machine in one run. `-- --quick` takes less
 * than three minutes; `-- --only NAME` measures the rows and parts whose name begins so; `-- --docs` writes docs/performance.*.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeLoad, describeMachine } from './report/machine.ts'
import { toMarkdown } from './report/markdown.ts'
import { writeReport } from './report/write-report.ts'
import type { Results } from './report/results.ts'
import { FULL, QUICK } from './rows/row.ts'
import { runBench } from './run-bench.ts'

const ROOT = join(import.meta.dirname, '..')

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] }, docs: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } } })
  const scale = values.quick ? QUICK : FULL
  const started = Date.now()
  const loadBefore = describeLoad()
  const ran = await runBench({ scale, only: values.only, list: values.list ? 'names' : 'run', dataDir: join(ROOT, 'data', 'bench'), say: (line) => { process.stderr.write(`${line}\n`) } })
  if (ran === undefined) return 0
  const results: Results = {
    startedAt: new Date(started).toISOString(), minutes: (Date.now() - started) / 60_000, scale: scale.name, machine: describeMachine(ran.postgres),
    loadBefore, loadAfter: describeLoad(), skipped: ran.skipped, rows: ran.rows, parts: ran.parts,
  }
  process.stdout.write(toMarkdown(results))
  for (const path of writeReport(results, ROOT, values.docs ? 'update' : 'leave')) process.stderr.write(`wrote ${path}\n`)
  return ran.failed === 0 ? 0 : 1
}

process.exit(await main(process.argv.slice(2)))
