/** pgbench as load generator: throughput from its summary, latencies from its log of every transaction. Source: PostgreSQL, pgbench. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { Target } from '../sides/side.ts'
import { toPercentiles, type JobResult } from './job.ts'

export interface PgbenchRun {
  readonly target: Target
  readonly mode: 'simple' | 'prepared'
  readonly clients: number
  readonly seconds: number
  /** pgbench's own script language. */
  readonly script: string
}

/**
 * pgbench's clock starts before its clients connect, so it is given the time that connecting takes as well; a run that measured too short
 * a time is repeated. @throws when pgbench fails or reports nothing
 */
export async function runPgbench(program: string, run: PgbenchRun): Promise<JobResult> {
  for (let connectSeconds = run.clients * EXPECTED_CONNECT_S; ; connectSeconds *= 2) {
    const result = await runOnce(program, run, Math.max(1, Math.round(run.seconds + connectSeconds)))
    if (result !== undefined && result.seconds >= run.seconds / 2) return result
    if (connectSeconds > MAX_CONNECT_S) throw new Error(`pgbench needs more than ${MAX_CONNECT_S} s to connect ${run.clients} clients`)
  }
}

/** Seen on a busy machine, SCRAM included. */
const EXPECTED_CONNECT_S = 0.012
const MAX_CONNECT_S = 60

async function runOnce(program: string, run: PgbenchRun, seconds: number): Promise<JobResult | undefined> {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-pgbench-'))
  try {
    writeFileSync(join(dir, 'script.sql'), run.script)
    const { target } = run
    const output = await capture(program, [
      '-n', '-h', target.host, '-p', String(target.port), '-U', target.user, '-M', run.mode, '-c', String(run.clients), '-j', '1', '-T', String(seconds),
      '-f', 'script.sql', '--log', '--log-prefix', 'latency', target.database,
    ], { PGPASSWORD: target.password, PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' }, dir)
    const tps = Number(/^tps = ([\d.]+)/m.exec(output)?.[1] ?? Number.NaN)
    const count = Number(/^number of transactions actually processed: (\d+)/m.exec(output)?.[1] ?? Number.NaN)
    if (Number.isNaN(count)) throw new Error(`pgbench reported nothing: ${output.slice(-600)}`)
    if (!(tps > 0) || count === 0) return undefined
    return { count, seconds: count / tps, latencyMs: toPercentiles(readLatencies(dir)), bytes: 0 }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Lines of `client transaction latency script seconds microseconds`; the latency is in microseconds. */
function readLatencies(dir: string): readonly number[] {
  const valuesMs: number[] = []
  for (const name of readdirSync(dir)) {
    if (!name.startsWith('latency')) continue
    for (const line of readFileSync(join(dir, name), 'latin1').split('\n')) {
      const [, , latency] = line.split(' ')
      if (latency !== undefined) valuesMs.push(Number(latency) / 1000)
    }
  }
  return valuesMs
}

function capture(program: string, args: readonly string[], env: Record<string, string>, cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString('utf8') })
    child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString('utf8') })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`pgbench ended with ${code ?? 'a signal'}: ${output.slice(-600)}`))
    })
  })
}
