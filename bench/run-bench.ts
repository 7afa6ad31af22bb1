/** Starts everything, measures row by row with the sides in turn, stops everything. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Child, type Message } from './sides/child.ts'
import type { Job, JobResult } from './load/job.ts'
import { runPgbench } from './load/pgbench.ts'
import { measureAnalysis } from './parts/analysis-part.ts'
import { measureCopies } from './parts/copies-part.ts'
import { measureHeld } from './parts/held-part.ts'
import { measureIdle } from './parts/idle-part.ts'
import { measureLog } from './parts/log-part.ts'
import type { Measurement, PartResult, RowResult } from './report/results.ts'
import { show } from './report/markdown.ts'
import { bulkRows } from './rows/bulk-rows.ts'
import { COLUMNS, type Row, type Scale, type Tools } from './rows/row.ts'
import { statementRows } from './rows/statement-rows.ts'
import { startDatabase, type BenchDatabase } from './sides/database.ts'
import { ensurePgbouncer, findPgbench } from './sides/programs.ts'
import { SIDES, type Side, type SideName } from './sides/side.ts'
import { makeDiskDir, makeRamDir, startSides } from './sides/start-sides.ts'
import { cpuUsOf, probeFdatasync, watchMemory } from './watch.ts'

export interface BenchOptions {
  readonly scale: Scale
  /** Beginnings of names; empty: everything. */
  readonly only: readonly string[]
  readonly list: 'names' | 'run'
  /** On a disk: logs lie there. */
  readonly dataDir: string
  readonly say: (line: string) => void
}

export interface BenchRun {
  readonly postgres: string
  /** What was not measured, and why. */
  readonly skipped: readonly string[]
  /** How many of these were to be measured and could not. */
  readonly failed: number
  readonly rows: readonly RowResult[]
  readonly parts: readonly PartResult[]
}

const PARTS = ['analysis', 'log', 'idle', 'held', 'copies'] as const
const JOB_MS = 15 * 60_000
const PROBES = 100

export async function runBench(options: BenchOptions): Promise<BenchRun | undefined> {
  const { scale, only } = options
  const startedMs = Date.now()
  const say = (line: string): void => { options.say(`${((Date.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${line}`) }
  const isWanted = (name: string): boolean => only.length === 0 || only.some((start) => name.startsWith(start))
  const rows = [...statementRows(scale), ...bulkRows(scale)].filter((row) => isWanted(row.name))
  const parts = PARTS.filter(isWanted)
  if (options.list === 'names') { for (const { name } of [...rows, ...parts.map((name) => ({ name }))]) say(name); return undefined }
  if (rows.length + parts.length === 0) throw new Error(`nothing is called ${only.join(', ')}; see -- --list`)
  ensurePgbouncer()
  const stack = new AsyncDisposableStack()
  await using _ = stack
  const dir = makeDiskDir(options.dataDir)
  stack.defer(() => { rmSync(dir, { recursive: true, force: true }) })
  const ramDir = makeRamDir()
  if (ramDir !== undefined) stack.defer(() => { rmSync(ramDir, { recursive: true, force: true }) })
  say(`starting PostgreSQL with ${scale.patients.toLocaleString('en')} patients ...`)
  const database = await startDatabase(scale.patients)
  stack.defer(() => database.server.stop())
  const { child: loader } = await Child.start('../load/load-process.ts', [])
  stack.defer(() => loader.stop())
  const load = async (job: Job): Promise<JobResult> => toResult(await loader.ask(job, 'done', JOB_MS))

  const needed = SIDES.filter((name) => rows.some((row) => row.sides.includes(name)))
  const started = await startSides(database, needed, dir, ramDir)
  stack.defer(() => started.stop())
  const skipped = [...started.skipped]
  const pgbenchProgram = findPgbench()
  const tools: Tools = {
    scale, database, load,
    pgbench: (side, mode, clients, script) => {
      if (pgbenchProgram === undefined) throw new Error('pgbench is missing')
      return runPgbench(pgbenchProgram, { target: side.target, mode, clients, seconds: scale.seconds, script })
    },
  }
  if (rows.length > 0) for (const side of started.sides.values()) await warmUp(side, tools)
  const measuredBefore = new Set<SideName>()
  const measured: RowResult[] = []
  for (const row of rows) {
    if (row.needs === 'pgbench' && pgbenchProgram === undefined) { skipped.push(`skipped: ${row.name}: pgbench missing`); continue }
    measured.push(await measureRow(row, started.sides, tools, say, measuredBefore))
  }
  const found: PartResult[] = []
  const failed: string[] = []
  for (const part of parts) {
    say(part)
    try {
      found.push(await measurePart(part, { database, dir, ramDir, scale, load }))
    } catch (error) {
      // What was measured before is worth keeping; the run as a whole fails.
      const why = `failed: ${part}: ${(error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''}`
      say(why)
      failed.push(why)
    }
  }
  return { postgres: database.version, skipped: [...skipped, ...failed], failed: failed.length, rows: measured, parts: found }
}

const IDLE_SIDES: readonly SideName[] = ['relay', 'pgbouncer', 'doorward']

/** Caches and compilers begin cold on every side; not measured here. */
async function warmUp(side: Side, tools: Tools): Promise<void> {
  for (const protocol of ['simple', 'binary'] as const) {
    await tools.load({ kind: 'queries', target: side.target, sql: `select ${COLUMNS} from clinic.patients where id <= 50`, protocol, clients: 8, seconds: tools.scale.seconds / 4, times: Infinity })
  }
}

/** Each repetition goes through all sides, so that a noisy minute hurts them alike. */
async function measureRow(row: Row, sides: ReadonlyMap<SideName, Side>, tools: Tools, say: (line: string) => void, measuredBefore: Set<SideName>): Promise<RowResult> {
  const measurements: Measurement[] = []
  const those = row.sides.flatMap((name) => sides.get(name) ?? [])
  // Sides that take part in few rows have had less time to be compiled than those beside them.
  for (const side of those) if (!measuredBefore.has(side.name)) await row.run(side, tools)
  for (const { name } of those) measuredBefore.add(name)
  for (let repetition = 1; repetition <= tools.scale.repetitions; repetition += 1) {
    for (const side of those) {
      const fdatasyncMs = side.logDir === undefined ? undefined : probeFdatasync(side.logDir, PROBES)
      const memory = row.watch === 'memory' ? watchMemory(side.pid) : undefined
      const cpuBefore = cpuUsOf(side.pid)
      const result = await row.run(side, tools)
      const cpuAfter = cpuUsOf(side.pid)
      measurements.push({
        side: side.name, repetition, count: result.count, seconds: result.seconds, latencyMs: result.latencyMs, bytes: result.bytes, fdatasyncMs, memory: memory?.stop(),
        cpuUsPerUnit: cpuBefore === undefined || cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / result.count,
      })
    }
  }
  const told = those.map(({ name }) => `${name} ${show(measurements.filter((one) => one.side === name).map((one) => one.count / one.seconds).sort((a, b) => a - b)[tools.scale.repetitions >> 1])}`)
  say(`${row.name}: ${told.join(', ')} ${row.unit}/s`)
  const { name, title, unit, latencyOf } = row
  return { name, title, unit, latencyOf, measurements }
}

interface PartTools { readonly database: BenchDatabase; readonly dir: string; readonly ramDir: string | undefined; readonly scale: Scale; readonly load: (job: Job) => Promise<JobResult> }

function measurePart(part: (typeof PARTS)[number], { database, dir, ramDir, scale, load }: PartTools): Promise<PartResult> {
  const full = scale.name === 'full'
  switch (part) {
    case 'analysis': return measureAnalysis(database, join(dir, 'analysis'), full ? 2_000 : 400)
    case 'log': return measureLog(dir, ramDir, full ? 3 : 1)
    case 'idle': return measureFreshIdle(database, join(dir, 'idle'), scale, load)
    case 'held': return measureHeld(database, join(ramDir ?? dir, 'held'), full ? { seconds: 2, times: 12 } : { seconds: 1, times: 6 }, load)
    case 'copies': return measureCopies(database, join(dir, 'copies'), Math.min(100_000, scale.patients), load)
  }
}

async function measureFreshIdle(database: BenchDatabase, dir: string, scale: Scale, load: (job: Job) => Promise<JobResult>): Promise<PartResult> {
  const fresh = await startSides(database, IDLE_SIDES, dir, undefined)
  try {
    return await measureIdle(fresh.sides.values(), scale.idleSessions, load)
  } finally {
    await fresh.stop()
  }
}

function toResult(message: Message): JobResult { return message['result'] as JobResult } // our own process's
