/**
 * Settings that a session may change, and which values; everything else is forbidden. Judged by what a setting does to what a statement means
 * (Doorward's analysis must see the same statement), to what the server sends or logs, and to who the session is. PostgreSQL 15 to 18,
 * Server Configuration.
 */

/** Any value; planner, output style, limits of the session's own work, defaults of its transactions. */
export const FREE_SETTINGS: readonly string[] = [
  // who and how long
  'application_name', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout', 'seed',
  'tcp_keepalives_count', 'tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_user_timeout', 'client_connection_check_interval',
  // transactions
  'transaction_isolation', 'transaction_read_only', 'transaction_deferrable', 'default_transaction_isolation', 'default_transaction_read_only',
  'default_transaction_deferrable', 'synchronous_commit', 'commit_siblings', 'wal_skip_threshold', 'backend_flush_after', 'wal_sender_timeout',
  // values as text
  'datestyle', 'intervalstyle', 'timezone', 'timezone_abbreviations', 'extra_float_digits', 'bytea_output', 'xmlbinary', 'xmloption', 'lc_messages', 'lc_monetary',
  'lc_numeric', 'lc_time', 'array_nulls', 'default_text_search_config', 'backslash_quote', 'escape_string_warning', 'icu_validation_level',
  // what pg_dump and pg_restore set
  'row_security', 'synchronize_seqscans', 'restrict_nonsystem_relation_kind', 'quote_all_identifiers', 'check_function_bodies', 'default_tablespace',
  'temp_tablespaces', 'default_table_access_method', 'default_toast_compression',
  // memory, disk, maintenance
  'work_mem', 'hash_mem_multiplier', 'temp_buffers', 'maintenance_work_mem', 'logical_decoding_work_mem', 'gin_fuzzy_search_limit', 'gin_pending_list_limit',
  'effective_io_concurrency', 'maintenance_io_concurrency', 'io_combine_limit', 'file_copy_method', 'default_statistics_target', 'stats_fetch_consistency',
  'vacuum_buffer_usage_limit', 'vacuum_cost_delay', 'vacuum_cost_limit', 'vacuum_cost_page_dirty', 'vacuum_cost_page_hit', 'vacuum_cost_page_miss',
  'vacuum_failsafe_age', 'vacuum_freeze_min_age', 'vacuum_freeze_table_age', 'vacuum_max_eager_freeze_failure_rate', 'vacuum_multixact_failsafe_age',
  'vacuum_multixact_freeze_min_age', 'vacuum_multixact_freeze_table_age', 'vacuum_truncate',
  // planner and executor
  'plan_cache_mode', 'constraint_exclusion', 'cursor_tuple_fraction', 'from_collapse_limit', 'join_collapse_limit', 'recursive_worktable_factor', 'effective_cache_size',
  'cpu_index_tuple_cost', 'cpu_operator_cost', 'cpu_tuple_cost', 'random_page_cost', 'seq_page_cost', 'parallel_leader_participation', 'parallel_setup_cost',
  'parallel_tuple_cost', 'max_parallel_maintenance_workers', 'max_parallel_workers', 'max_parallel_workers_per_gather', 'min_parallel_index_scan_size',
  'min_parallel_table_scan_size', 'debug_parallel_query', 'force_parallel_mode', 'geqo', 'geqo_effort', 'geqo_generations', 'geqo_pool_size', 'geqo_seed',
  'geqo_selection_bias', 'geqo_threshold', 'jit', 'jit_above_cost', 'jit_expressions', 'jit_inline_above_cost', 'jit_optimize_above_cost', 'jit_tuple_deforming',
  'enable_async_append', 'enable_bitmapscan', 'enable_distinct_reordering', 'enable_gathermerge', 'enable_group_by_reordering', 'enable_hashagg',
  'enable_hashjoin', 'enable_incremental_sort', 'enable_indexonlyscan', 'enable_indexscan', 'enable_material', 'enable_memoize', 'enable_mergejoin',
  'enable_nestloop', 'enable_parallel_append', 'enable_parallel_hash', 'enable_partition_pruning', 'enable_partitionwise_aggregate',
  'enable_partitionwise_join', 'enable_presorted_aggregate', 'enable_self_join_elimination', 'enable_seqscan', 'enable_sort', 'enable_tidscan',
]

const YES = ['on', 'true', 'yes', '1', 't', 'y'] as const
const NO = ['off', 'false', 'no', '0', 'f', 'n'] as const

/** Only these values, compared without regard to case. */
export const PINNED_SETTINGS: ReadonlyMap<string, { readonly values: readonly string[]; readonly why: string }> = new Map([
  ['client_encoding', { values: ['utf8', 'utf-8', 'unicode'], why: 'in another encoding Doorward and the server could read different statements in the same bytes' }],
  ['standard_conforming_strings', { values: YES, why: 'otherwise a backslash ends a literal elsewhere than Doorward sees it end' }],
  ['transform_null_equals', { values: NO, why: 'it turns `= NULL` into another expression than the one that was analysed' }],
  ['client_min_messages', { values: ['notice', 'warning', 'error'], why: 'lower levels send what the server does inside' }],
])

/** Never, and why; the ones worth a reason of their own. */
export const FORBIDDEN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['debug_print_parse', 'it makes the server print statements with their literals'],
  ['debug_print_rewritten', 'it makes the server print statements with their literals'],
  ['debug_print_plan', 'it makes the server print statements with their literals'],
  ['debug_pretty_print', 'it belongs to printing of statements'],
  ['session_replication_role', 'it switches triggers and foreign keys off'],
  ['allow_system_table_mods', 'it opens the system catalogs to writes'],
  ['ignore_system_indexes', 'it is a start-up option for repairs'],
  ['ignore_checksum_failure', 'it lets damaged pages be read'],
  ['zero_damaged_pages', 'it destroys damaged pages'],
  ['event_triggers', 'it switches event triggers off'],
  ['lo_compat_privileges', 'it switches checks on large objects off'],
  ['local_preload_libraries', 'it loads code into the server'],
  ['session_preload_libraries', 'it loads code into the server'],
  ['dynamic_library_path', 'it decides which code the server loads'],
  ['extension_control_path', 'it decides which code the server loads'],
  ['exit_on_error', 'it ends the session at any error'],
  ['trace_notify', 'it sends what the server does inside'],
  ['trace_sort', 'it sends what the server does inside'],
])

/** Who the session is and what others may do: an effect of kind `privilege`, decided by policy. */
export const PRIVILEGE_SETTINGS: readonly string[] = ['role', 'session_authorization', 'createrole_self_grant', 'password_encryption', 'scram_iterations']

/** Prefixes of settings that belong to modules and change what is logged, sent or run; other `prefix.name` settings are the application's own. */
export const MODULE_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['auto_explain', 'it logs statements and plans with their literals'],
  ['pgaudit', 'it decides what the server\'s own audit log holds'],
  ['pg_stat_statements', 'it decides which statements the server keeps'],
  ['pg_hint_plan', 'it prints hints and takes them from a table'],
  ['plpgsql', 'it changes how functions resolve names and what their errors print'],
  ['plperl', 'it holds code that runs when the language starts'],
  ['plpython', 'it holds code that runs when the language starts'],
  ['pltcl', 'it holds code that runs when the language starts'],
  ['plv8', 'it holds code that runs when the language starts'],
])

/** Settings whose value may hold a credential or a command line: not shown to callers. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  'primary_conninfo', 'ssl_passphrase_command', 'archive_command', 'restore_command', 'archive_cleanup_command', 'recovery_end_command',
])
