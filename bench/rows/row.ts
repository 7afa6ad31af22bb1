/** One line of work that the sides are compared by. */
import type { BenchDatabase } from '../sides/database.ts'
import type { Job, JobResult } from '../load/job.ts'
import type { Side, SideName } from '../sides/side.ts'

/** How much a run takes on. */
export interface Scale {
  readonly name: 'full' | 'quick'
  /** Of one timed measurement. */
  readonly seconds: number
  readonly repetitions: number
  /** Rows of clinic.patients, and of COPY in. */
  readonly patients: number
  readonly clientCounts: readonly number[]
  readonly idleSessions: number
}

export const FULL: Scale = { name: 'full', seconds: 3, repetitions: 3, patients: 1_000_000, clientCounts: [1, 8, 32, 128], idleSessions: 2_000 }
export const QUICK: Scale = { name: 'quick', seconds: 1, repetitions: 2, patients: 100_000, clientCounts: [1, 32], idleSessions: 200 }

export interface Tools {
  readonly scale: Scale
  readonly database: BenchDatabase
  /** Runs pgbench. @throws when it is missing: rows that need it are skipped before. */
  pgbench(side: Side, mode: 'simple' | 'prepared', clients: number, script: string): Promise<JobResult>
  load(job: Job): Promise<JobResult>
}

export interface Row {
  /** For `--only`; kebab-case. */
  readonly name: string
  readonly title: string
  readonly unit: 'statements' | 'rows' | 'connections' | 'cancels' | 'transactions'
  readonly needs: 'pgbench' | 'nothing'
  readonly sides: readonly SideName[]
  /** What `latencyMs` is of; undefined: not shown. */
  readonly latencyOf: string | undefined
  /** Memory of the process between is watched. */
  readonly watch: 'memory' | 'nothing'
  run(side: Side, tools: Tools): Promise<JobResult>
}

export const COLUMNS = 'id, mrn, first_name, last_name, dob, ssn, ward, room, status, admitted_at'
