/**
 * sqlsmith (a Debian package) as a source: it reads the catalog of world a's database and prints statements, running none of them. Where it
 * is missing, root may have it installed by apt-get; anybody else is told.
 * Source: sqlsmith(1); https://github.com/anse1/sqlsmith
 */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { StatementCase } from './statement-case.ts'

/** @returns why it cannot be used; undefined: it can. */
export function sqlsmithMissing(): string | undefined {
  if (runs('sqlsmith', ['--version'])) return undefined
  if (process.getuid?.() === 0 && runs('apt-get', ['install', '-y', '--no-install-recommends', 'sqlsmith']) && runs('sqlsmith', ['--version'])) return undefined
  return 'skipped: sqlsmith missing'
}

function runs(command: string, args: readonly string[]): boolean {
  try { execFileSync(command, args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }); return true } catch { return false }
}

/**
 * What cannot be compared between two runs of one database, by name: clocks, random numbers, counters, what other sessions do.
 * Source: the volatile and activity functions of pg_proc that sqlsmith calls.
 */
const MOVING = /\b(random|clock_timestamp|now|statement_timestamp|transaction_timestamp|timeofday|localtimestamp|current_timestamp|localtime|current_time|pg_backend_pid|txid_\w+|pg_current_\w+|pg_snapshot_\w+|pg_xact_\w+|pg_last_\w+|pg_stat_\w+|pg_postmaster_start_time|pg_conf_load_time|gen_random_uuid|uuidv\w+|inet_\w+_port|pg_blocking_pids|pg_notification_queue_usage|pg_wal_\w+|pg_ls_\w+|pg_sleep\w*|current_database|pg_database_size|pg_tablespace_size|age|mxid_age|pg_get_multixact_members|pg_nextoid|pg_my_temp_schema|pg_control_\w+|pg_timezone_\w+|setseed|pg_get_wait_events|pg_get_backend_\w+|pg_get_aios|pg_shmem\w*|pg_terminate_backend|pg_cancel_backend|pg_reload_conf|pg_rotate_logfile\w*|pg_stop_\w+|pg_start_\w+|pg_backup_\w+|pg_switch_wal|pg_promote|pg_log_\w+|pg_sync_\w+|pg_export_snapshot|lastval|nextval|currval|setval)\s*\(/i
const MOVING_TABLES = /\b(pg_catalog\.)?pg_(stat\w*|locks|cursors|prepared\w*|database|settings|replication\w*|backend\w*|shmem\w*|hba\w*|ident\w*|file_settings|config|timezone\w*|aios|wait\w*)\b/i

export interface SqlsmithTarget { readonly host: string; readonly port: number; readonly user: string; readonly password: string; readonly database: string }

export async function readSqlsmith(target: SqlsmithTarget, seed: number, count: number): Promise<readonly StatementCase[]> {
  const connection = `host=${target.host} port=${target.port} dbname=${target.database} user=${target.user} password=${target.password}`
  const { stdout } = await promisify(execFile)('sqlsmith', [`--target=${connection}`, `--seed=${seed}`, `--max-queries=${count}`, '--dry-run', '--exclude-catalog'], { maxBuffer: 2 ** 30 })
  return stdout.split(/;\s*\n/).map((text) => text.trim()).filter((text) => text !== '' && !MOVING.test(text) && !MOVING_TABLES.test(text)).map((text, at): StatementCase => ({
    id: `sqlsmith ${at}`, source: 'sqlsmith', phi: 'anywhere', parameters: [],
    // A sample without a seed of its own is another one each time.
    statement: text.replace(/\btablesample\s+(system|bernoulli)\s*\(([^)]*)\)/gi, 'tablesample $1 ($2) repeatable (5)'),
    way: /^\s*(insert|update|delete|merge)\b/i.test(text) ? { kind: 'undone' } : { kind: 'simple' },
  }))
}
