/** What acts on the session or beyond it: settings, sequences, locks, notifications, signals, large objects, files, the server. See function-group.ts for the notation. */
import type { FunctionGroup } from './function-group.ts'

export const SESSION: readonly FunctionGroup[] = [
  {
    why: 'Who and where: the login of the gateway, the database, versions, the process.',
    rows: [
      '89 version()', '710 getpgusername()', '745 current_user()', '746 session_user()', '810 pg_client_encoding()', '817 current_query()',
      '861 current_database()', '1039 getdatabaseencoding()', '2026 pg_backend_pid()', '2319 pg_encoding_max_length(int4)', '6311 system_user()',
    ],
  },
  {
    why: 'Changes a setting: the name and the value decide whether it may; see settings.table.ts. The value is stored where it can be read again.',
    effect: 'settings',
    rows: [
      '2078 set_config(text!, text!, bool)',
    ],
  },
  {
    why: 'A snapshot of statistics, or an exported snapshot for other sessions of the same caller (pg_dump --jobs).',
    effect: 'session',
    rows: [
      '2137 pg_stat_force_next_flush()', '2230 pg_stat_clear_snapshot()', '3809 pg_export_snapshot()',
    ],
  },
  {
    why: 'Sequences: shows and changes a number that every session sees.',
    effect: 'sequence',
    rows: [
      '1574 nextval(regclass!)', '1576 setval(regclass!, int8!)', '1765 setval(regclass!, int8!, bool!)',
    ],
  },
  {
    why: 'Sequences, read only.',
    reads: 'catalog',
    rows: [
      '1575 currval(regclass!)', '2559 lastval()', '4032 pg_sequence_last_value(regclass!)', '6427 pg_get_sequence_data(regclass!)',
    ],
  },
  {
    why: 'Advisory locks: the number is seen by others (pg_locks), and the answer shows what others hold.',
    effect: 'lock',
    rows: [
      '2880 pg_advisory_lock(int8!)', '2881 pg_advisory_lock_shared(int8!)', '2882 pg_try_advisory_lock(int8!)',
      '2883 pg_try_advisory_lock_shared(int8!)', '2884 pg_advisory_unlock(int8!)', '2885 pg_advisory_unlock_shared(int8!)',
      '2886 pg_advisory_lock(int4!, int4!)', '2887 pg_advisory_lock_shared(int4!, int4!)', '2888 pg_try_advisory_lock(int4!, int4!)',
      '2889 pg_try_advisory_lock_shared(int4!, int4!)', '2890 pg_advisory_unlock(int4!, int4!)', '2891 pg_advisory_unlock_shared(int4!, int4!)',
      '2892 pg_advisory_unlock_all()', '3089 pg_advisory_xact_lock(int8!)', '3090 pg_advisory_xact_lock_shared(int8!)',
      '3091 pg_try_advisory_xact_lock(int8!)', '3092 pg_try_advisory_xact_lock_shared(int8!)', '3093 pg_advisory_xact_lock(int4!, int4!)',
      '3094 pg_advisory_xact_lock_shared(int4!, int4!)', '3095 pg_try_advisory_xact_lock(int4!, int4!)',
      '3096 pg_try_advisory_xact_lock_shared(int4!, int4!)',
    ],
  },
  {
    why: 'Notification: the payload goes to every listening session.',
    effect: 'notify',
    rows: [
      '3036 pg_notify(text!, text!)',
    ],
  },
  {
    why: 'Signals another session.',
    effect: 'cancel',
    rows: [
      '2096 pg_terminate_backend(int4!, int8!)', '2171 pg_cancel_backend(int4!)', '4543 pg_log_backend_memory_contexts(int4!)',
    ],
  },
  {
    why: 'Triggers: what they do is decided by the row they are given, and no SQL of their own runs.',
    rows: [
      '1250 unique_key_recheck()', '1291 suppress_redundant_updates_trigger()',
    ],
  },
  {
    why: 'Triggers that fill a tsvector column from others of the row.',
    reads: 'catalog',
    rows: [
      '3752 tsvector_update_trigger()', '3753 tsvector_update_trigger_column()',
    ],
  },
  {
    why: 'Foreign key triggers: read the other table, fail by what is there, and write it for CASCADE, SET NULL and SET DEFAULT.',
    effect: 'query',
    reads: 'closed',
    rows: [
      '1644 RI_FKey_check_ins()', '1645 RI_FKey_check_upd()', '1646 RI_FKey_cascade_del()', '1647 RI_FKey_cascade_upd()',
      '1648 RI_FKey_restrict_del()', '1649 RI_FKey_restrict_upd()', '1650 RI_FKey_setnull_del()', '1651 RI_FKey_setnull_upd()',
      '1652 RI_FKey_setdefault_del()', '1653 RI_FKey_setdefault_upd()', '1654 RI_FKey_noaction_del()', '1655 RI_FKey_noaction_upd()',
    ],
  },
  {
    why: 'Large objects: data outside of tables, without columns or classes.',
    effect: 'large-object',
    reads: 'closed',
    rows: [
      '715 lo_create(oid!)', '952 lo_open(oid!, int4!)', '953 lo_close(int4!)', '954 loread(int4!, int4!)', '955 lowrite(int4!, bytea!)',
      '956 lo_lseek(int4!, int4!, int4!)', '957 lo_creat(int4!)', '958 lo_tell(int4!)', '964 lo_unlink(oid!)', '1004 lo_truncate(int4!, int4!)',
      '3170 lo_lseek64(int4!, int8!, int4!)', '3171 lo_tell64(int4!)', '3172 lo_truncate64(int4!, int8!)', '3457 lo_from_bytea(oid!, bytea!)',
      '3458 lo_get(oid!)', '3459 lo_get(oid!, int8!, int4!)', '3460 lo_put(oid!, int8!, bytea!)',
    ],
  },
  {
    why: 'Files of the server, and large objects from and into them.',
    effect: 'file',
    reads: 'closed',
    rows: [
      '764 lo_import(text!)', '765 lo_export(oid!, text!)', '767 lo_import(text!, oid!)', '2623 pg_stat_file(text!)',
      '2624 pg_read_file(text!, int8!, int8!)', '2625 pg_ls_dir(text!)', '3293 pg_read_file(text!, int8!, int8!, bool!)',
      '3295 pg_read_binary_file(text!, int8!, int8!, bool!)', '3297 pg_ls_dir(text!, bool!, bool!)', '3307 pg_stat_file(text!, bool!)',
      '3329 pg_show_all_file_settings()', '3353 pg_ls_logdir()', '3354 pg_ls_waldir()', '3401 pg_hba_file_rules()', '3800 pg_current_logfile()',
      '3801 pg_current_logfile(text)', '3826 pg_read_file(text!)', '3827 pg_read_binary_file(text!, int8!, int8!)', '3828 pg_read_binary_file(text!)',
      '5029 pg_ls_tmpdir()', '5030 pg_ls_tmpdir(oid!)', '5031 pg_ls_archive_statusdir()', '6208 pg_read_file(text!, bool!)',
      '6209 pg_read_binary_file(text!, bool!)', '6250 pg_ident_file_mappings()', '6270 pg_ls_logicalsnapdir()', '6271 pg_ls_logicalmapdir()',
      '6272 pg_ls_replslotdir(text!)', '6400 pg_ls_summariesdir()',
    ],
  },
  {
    why: 'Text of another session\'s statement.',
    reads: 'closed',
    rows: [
      '1940 pg_stat_get_backend_activity(int4!)',
    ],
  },
  {
    why: 'Values from statistics of columns.',
    reads: 'closed',
    rows: [
      '3356 pg_ndistinct_out(pg_ndistinct)', '3358 pg_ndistinct_send(pg_ndistinct)', '3405 pg_dependencies_out(pg_dependencies)',
      '3407 pg_dependencies_send(pg_dependencies)', '3427 pg_mcv_list_items(pg_mcv_list!)', '4597 brin_bloom_summary_out(pg_brin_bloom_summary)',
      '4599 brin_bloom_summary_send(pg_brin_bloom_summary)', '4639 brin_minmax_multi_summary_out(pg_brin_minmax_multi_summary)',
      '4641 brin_minmax_multi_summary_send(pg_brin_minmax_multi_summary)', '5019 pg_mcv_list_out(pg_mcv_list)', '5021 pg_mcv_list_send(pg_mcv_list)',
    ],
  },
  {
    why: 'Changes of rows out of the log.',
    effect: 'server',
    reads: 'closed',
    rows: [
      '3782 pg_logical_slot_get_changes(name!, pg_lsn!, int4!, VARIADIC text[]!)',
      '3783 pg_logical_slot_get_binary_changes(name!, pg_lsn!, int4!, VARIADIC text[]!)',
      '3784 pg_logical_slot_peek_changes(name!, pg_lsn!, int4!, VARIADIC text[]!)',
      '3785 pg_logical_slot_peek_binary_changes(name!, pg_lsn!, int4!, VARIADIC text[]!)', '6322 pg_wal_summary_contents(int8!, pg_lsn!, pg_lsn!)',
    ],
  },
  {
    why: 'Administration: configuration, log, backup, recovery, replication, statistics.',
    effect: 'server',
    rows: [
      '2172 pg_backup_start(text!, bool!)', '2274 pg_stat_reset()', '2307 pg_stat_reset_slru(text!)', '2621 pg_reload_conf()',
      '2622 pg_rotate_logfile()', '2739 pg_backup_stop(bool!)', '2848 pg_switch_wal()', '3071 pg_wal_replay_pause()', '3072 pg_wal_replay_resume()',
      '3098 pg_create_restore_point(text!)', '3436 pg_promote(bool!, int4!)', '3577 pg_logical_emit_message(bool!, text!, text!, bool!)',
      '3578 pg_logical_emit_message(bool!, text!, bytea!, bool!)', '3775 pg_stat_reset_shared(text!)',
      '3776 pg_stat_reset_single_table_counters(oid!)', '3777 pg_stat_reset_single_function_counters(oid!)',
      '3779 pg_create_physical_replication_slot(name!, bool!, bool!)', '3780 pg_drop_replication_slot(name!)',
      '3786 pg_create_logical_replication_slot(name!, name!, bool!, bool!, bool!)', '3789 gin_clean_pending_list(regclass!)',
      '3878 pg_replication_slot_advance(name!, pg_lsn!)', '3952 brin_summarize_new_values(regclass!)', '3999 brin_summarize_range(regclass!, int8!)',
      '4014 brin_desummarize_range(regclass!, int8!)', '4220 pg_copy_physical_replication_slot(name!, name!, bool!)',
      '4221 pg_copy_physical_replication_slot(name!, name!)', '4222 pg_copy_logical_replication_slot(name!, name!, bool!, name!)',
      '4223 pg_copy_logical_replication_slot(name!, name!, bool!)', '4224 pg_copy_logical_replication_slot(name!, name!)',
      '6003 pg_replication_origin_create(text!)', '6004 pg_replication_origin_drop(text!)', '6006 pg_replication_origin_session_setup(text!)',
      '6007 pg_replication_origin_session_reset()', '6010 pg_replication_origin_xact_setup(pg_lsn!, timestamptz!)',
      '6011 pg_replication_origin_xact_reset()', '6012 pg_replication_origin_advance(text!, pg_lsn!)', '6170 pg_stat_reset_replication_slot(text!)',
      '6232 pg_stat_reset_subscription_stats(oid!)', '6305 pg_log_standby_snapshot()', '6344 pg_sync_replication_slots()',
      '6362 pg_restore_relation_stats(VARIADIC any!)', '6363 pg_restore_attribute_stats(VARIADIC any!)', '6387 pg_stat_reset_backend_stats(int4!)',
      '6397 pg_clear_relation_stats(text!, text!)', '6398 pg_clear_attribute_stats(text!, text!, text!, bool!)',
    ],
  },
  {
    why: 'Changes the catalog.',
    effect: 'server',
    rows: [
      '275 pg_nextoid(regclass!, name!, regclass!)', '3086 pg_extension_config_dump(regclass!, text!)',
      '3445 pg_import_system_collations(regnamespace!)',
    ],
  },
]
