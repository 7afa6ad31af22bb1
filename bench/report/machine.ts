/** What the figures were measured on. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type as systemType } from 'node:os'
import { findPgbouncer, findPgbench, versionOf } from '../sides/programs.ts'

export function describeMachine(postgres: string): Readonly<Record<string, string>> {
  const [first] = cpus()
  return {
    processor: `${first?.model.trim() ?? 'unknown'}, ${cpus().length} cores, shared by server, load and gateway`, memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${systemType()} ${release()}`, 'Node.js': process.version, PostgreSQL: postgres, pgbench: versionOf(findPgbench()), PgBouncer: versionOf(findPgbouncer()), commit: commitOf(),
  }
}

/** One, five and fifteen minutes. */
export function describeLoad(): string { return loadavg().map((value) => value.toFixed(1)).join(' / ') }

function commitOf(): string {
  try {
    const run = (args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const changed = run(['status', '--porcelain', '--untracked-files=no', '--', 'packages']) === '' ? '' : ', with changes'
    return `${run(['rev-parse', '--short', 'HEAD'])}${changed}`
  } catch {
    return 'unknown' // not a checkout
  }
}
