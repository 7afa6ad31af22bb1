/**
 * Every statement of the corpus's vectors as a source of its own: as it stands there, and sent in other ways. The vectors themselves, with
 * their set-up, sessions and raw messages, are run in both worlds by corpus-vectors.ts.
 */
import { loadVectors, type Vector } from '../../corpus/lib/vectors.mjs'
import type { StatementCase, Way } from './statement-case.ts'

const FOLDER = new URL('../../corpus/vectors', import.meta.url).pathname

export function corpusVectors(): readonly Vector[] { return loadVectors(FOLDER) }

/** Ways that a query can be sent. */
const WAYS: readonly Way[] = [
  { kind: 'extended', resultFormats: [1], describe: 'portal' }, { kind: 'extended', resultFormats: [], describe: 'statement' }, { kind: 'portal', rows: 2, resultFormats: [] },
  { kind: 'cursor', fetches: ['FETCH 3 FROM c', 'FETCH ALL FROM c'], binary: false, scroll: false }, { kind: 'copy', options: '(format csv)' }, { kind: 'copy', options: '(format binary)' },
  { kind: 'explain', options: '' }, { kind: 'explain', options: '(verbose, format json)' }, { kind: 'sql-prepared' }, { kind: 'several', others: ['select 1'] },
]

/** @param expand Fills a vector's placeholders; undefined for what only a vector's own run can fill. */
export function corpusCases(expand: (text: string) => string | undefined): readonly StatementCase[] {
  const cases: StatementCase[] = []
  const seen = new Set<string>()
  for (const vector of corpusVectors()) {
    vector.steps.forEach((step, at) => {
      const via = step['via']
      const written = step['sql']
      if (typeof written !== 'string' || !['simple', 'extended', 'copy-out'].includes(String(via))) return
      const sql = expand(written)
      if (sql === undefined || sql.length > 60_000 || MOVING.test(sql) || seen.has(sql)) return
      seen.add(sql)
      const parameters = Array.isArray(step['params']) ? step['params'] : []
      if (!parameters.every((value): value is string | null => value === null || typeof value === 'string')) return
      const base = { source: 'corpus' as const, phi: 'anywhere' as const, statement: sql, parameters }
      const isQuery = /^\s*(select|with|values|table)\b/i.test(sql) && !/;\s*\S/.test(sql)
      const ways: readonly Way[] = parameters.length > 0 ? WAYS.filter(({ kind }) => kind === 'extended' || kind === 'portal') : isQuery ? WAYS : []
      const first: Way = parameters.length > 0 ? { kind: 'extended', resultFormats: [], describe: 'portal' } : { kind: 'undone' }
      for (const way of [first, ...ways]) cases.push({ ...base, id: `${vector.id} step ${at} ${way.kind}`, way })
    })
  }
  return cases
}

/** As for the grammar: clocks, ids of processes and transactions, activity; transactions of the vector's own, which would end ours. */
const MOVING = /\b(random|clock_timestamp|now|pg_backend_pid|txid_\w+|pg_current_\w+|statement_timestamp|timeofday|pg_stat_(?!ments)\w+|pg_locks|pg_sleep|current_timestamp|localtimestamp|xmin|cmin|pg_database|pg_stat_statements|current_database|lo_\w+|pg_my_temp_schema|gen_random_uuid|inet_\w+|pg_postmaster_\w+|age|pg_snapshot\w*|pg_settings|show\s+all|pg_largeobject\w*|begin|commit|rollback|start\s+transaction|pg_export_snapshot|pg_ls_\w+|pg_replication\w*|pg_control_\w+)\b|\blocaltime\b|\bcurrent_time\b/i
