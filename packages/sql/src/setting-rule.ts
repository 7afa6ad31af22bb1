/**
 * Settings a session may change, and what changing them means. Everything that is not listed needs a policy for `privilege`: an
 * unknown setting may reach the server's log, its files, or how statements are read. Source: PostgreSQL, Server Configuration; guc_tables.c.
 */

export type SettingRule =
  /** Changes how the session's own results look or how long it waits. */
  | { readonly kind: 'harmless' }
  /** Decides which plan runs, so in which order rows come without ORDER BY: closed to masked principals. */
  | { readonly kind: 'planner' }
  /** Name resolution changes. */
  | { readonly kind: 'schemas' }
  /** Doorward's own: the session's purpose. */
  | { readonly kind: 'purpose' }
  /** One value only: anything else would make the server read statements, or write answers, otherwise than Doorward does. */
  | { readonly kind: 'pinned'; readonly values: readonly string[]; readonly why: string }
  | { readonly kind: 'privilege'; readonly why: string }

const HARMLESS: ReadonlySet<string> = new Set([
  'application_name', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout', 'deadlock_timeout',
  'datestyle', 'intervalstyle', 'timezone', 'extra_float_digits', 'bytea_output', 'lc_monetary', 'lc_numeric', 'lc_time',
  'default_text_search_config', 'xmlbinary', 'seed', 'row_security', 'check_function_bodies', 'quote_all_identifiers', 'escape_string_warning',
  'default_transaction_isolation', 'default_transaction_read_only', 'default_transaction_deferrable', 'transaction_isolation', 'transaction_read_only', 'transaction_deferrable',
  'synchronous_commit', 'work_mem', 'maintenance_work_mem', 'temp_buffers', 'hash_mem_multiplier', 'logical_decoding_work_mem', 'effective_io_concurrency',
  'maintenance_io_concurrency', 'vacuum_cost_delay', 'vacuum_cost_limit', 'vacuum_cost_page_hit', 'vacuum_cost_page_miss', 'vacuum_cost_page_dirty', 'client_connection_check_interval',
  'tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout', 'gin_fuzzy_search_limit', 'commit_siblings', 'stats_fetch_consistency',
  'icu_validation_level', 'synchronize_seqscans', 'restrict_nonsystem_relation_kind', 'xmloption', 'array_nulls', 'default_toast_compression', 'password_encryption',
])

const PLANNER: ReadonlySet<string> = new Set([
  'seq_page_cost', 'random_page_cost', 'cpu_tuple_cost', 'cpu_index_tuple_cost', 'cpu_operator_cost', 'parallel_setup_cost', 'parallel_tuple_cost', 'effective_cache_size',
  'default_statistics_target', 'constraint_exclusion', 'cursor_tuple_fraction', 'from_collapse_limit', 'join_collapse_limit', 'plan_cache_mode', 'recursive_worktable_factor',
  'min_parallel_table_scan_size', 'min_parallel_index_scan_size', 'max_parallel_workers', 'max_parallel_workers_per_gather', 'max_parallel_maintenance_workers',
  'parallel_leader_participation', 'debug_parallel_query', 'force_parallel_mode',
])
const PLANNER_PREFIXES = ['enable_', 'geqo', 'jit']

const PINNED: ReadonlyMap<string, { readonly values: readonly string[]; readonly why: string }> = new Map([
  ['client_encoding', { values: ['utf8', 'utf-8', 'unicode'], why: 'in another encoding the same bytes are other characters to the server than to Doorward' }],
  ['standard_conforming_strings', { values: ['on', 'true', 'yes', '1'], why: 'without it a backslash ends strings elsewhere than Doorward reads' }],
  ['backslash_quote', { values: ['safe_encoding'], why: 'it changes where strings end' }],
  ['transform_null_equals', { values: ['off', 'false', 'no', '0'], why: 'it changes what a condition means after Doorward has read it' }],
  // Below notice the server sends what it prints for debugging, values included.
  ['client_min_messages', { values: ['notice', 'warning', 'error', 'info', 'fatal', 'panic'], why: 'messages below notice may show what other rules hide' }],
])

const PRIVILEGED: ReadonlyMap<string, string> = new Map([
  ['role', 'it acts with the rights of another role'],
  ['session_authorization', 'it acts with the rights of another role'],
  ['session_replication_role', 'it turns triggers and foreign keys off'],
])

/** Prefixes of settings that extensions define; other names with a dot are the session's own notes. */
const EXTENSION_PREFIXES: ReadonlySet<string> = new Set([
  'auto_explain', 'pg_stat_statements', 'plpgsql', 'plperl', 'plperlu', 'pltcl', 'pltclu', 'plpython', 'pg_trgm', 'postgres_fdw', 'dblink', 'pgaudit', 'pg_hint_plan', 'passwordcheck',
  'sepgsql', 'basic_archive', 'pg_prewarm', 'timescaledb', 'citus', 'supautils', 'pgsodium', 'anon', 'rds', 'cron', 'pg_partman_bgw', 'pljava', 'plv8', 'orafce', 'postgis',
])

/** @param name As the server compares it: lower case. */
export function settingRule(name: string): SettingRule {
  if (name === 'doorward.purpose') return { kind: 'purpose' }
  if (name === 'search_path') return { kind: 'schemas' }
  if (HARMLESS.has(name)) return { kind: 'harmless' }
  if (PLANNER.has(name) || PLANNER_PREFIXES.some(prefix => name.startsWith(prefix))) return { kind: 'planner' }
  const pinned = PINNED.get(name)
  if (pinned !== undefined) return { kind: 'pinned', ...pinned }
  const [prefix = '', ...rest] = name.split('.')
  if (rest.length > 0 && prefix !== 'doorward' && !EXTENSION_PREFIXES.has(prefix)) return { kind: 'harmless' }
  return { kind: 'privilege', why: PRIVILEGED.get(name) ?? 'a setting that is not known to be harmless' }
}
