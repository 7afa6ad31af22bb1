import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPinnedValue, isShownSetting, settingRule } from './settings.ts'
import { FORBIDDEN_SETTINGS, FREE_SETTINGS, PINNED_SETTINGS, PRIVILEGE_SETTINGS } from './settings.table.ts'
import { askServer, testServers } from './test-servers.ts'

const KINDS: readonly (readonly [string, string])[] = [
  ['application_name', 'free'], ['DateStyle', 'free'], ['TimeZone', 'free'], ['statement_timeout', 'free'], ['search_path', 'free'], ['extra_float_digits', 'free'],
  ['row_security', 'free'], ['synchronize_seqscans', 'free'], ['restrict_nonsystem_relation_kind', 'free'], ['app.request_id', 'free'], ['my.x', 'free'],
  ['client_encoding', 'pinned'], ['standard_conforming_strings', 'pinned'], ['client_min_messages', 'pinned'], ['transform_null_equals', 'pinned'],
  ['role', 'privilege'], ['session_authorization', 'privilege'],
  ['debug_print_rewritten', 'forbidden'], ['log_statement', 'forbidden'], ['log_parameter_max_length_on_error', 'forbidden'], ['session_replication_role', 'forbidden'],
  ['local_preload_libraries', 'forbidden'], ['auto_explain.log_level', 'forbidden'], ['plpgsql.extra_warnings', 'forbidden'], ['no_such_setting', 'forbidden'],
  ['odd name.x', 'forbidden'], ['.x', 'forbidden'], ['track_activities', 'forbidden'], ['doorward.purpose', 'local'],
]
for (const [name, kind] of KINDS) test(`${name}: ${kind}`, () => assert.equal(settingRule(name).kind, kind))

test('search_path changes what names mean, and only it', () => {
  const rule = settingRule('Search_Path')
  assert.ok(rule.kind === 'free' && rule.changes === 'schemas')
})

test('a custom setting keeps text to read back', () => {
  const rule = settingRule('app.request_id')
  assert.ok(rule.kind === 'free' && rule.stores)
})

test('pinned values are compared without regard to case', () => {
  const [encoding, strings, level] = ['client_encoding', 'standard_conforming_strings', 'client_min_messages'].map(settingRule)
  assert.ok(encoding?.kind === 'pinned' && strings?.kind === 'pinned' && level?.kind === 'pinned')
  assert.deepEqual(['UTF8', 'utf-8', 'LATIN1', 'SJIS', ''].map(value => isPinnedValue(encoding, value)), [true, true, false, false, false])
  assert.deepEqual(['on', 'TRUE', 'off'].map(value => isPinnedValue(strings, value)), [true, true, false])
  assert.deepEqual(['warning', 'ERROR', 'notice', 'log', 'debug5'].map(value => isPinnedValue(level, value)), [true, true, true, false, false])
})

test('settings that may hold a credential are not shown', () => {
  assert.equal(isShownSetting('primary_conninfo'), false)
  assert.equal(isShownSetting('max_connections'), true)
})

test('no setting has two rules', () => {
  const names = [...FREE_SETTINGS, ...PINNED_SETTINGS.keys(), ...FORBIDDEN_SETTINGS.keys(), ...PRIVILEGE_SETTINGS]
  assert.equal(new Set(names).size, names.length)
  assert.deepEqual(names, names.map(name => name.toLowerCase()))
})

const servers = testServers(process.env)

/** Settings that any user may change on a server and that fall under the rule for unknown ones on purpose. */
const LEFT_OUT: ReadonlySet<string> = new Set(['debug_logical_replication_streaming', 'logical_replication_mode', 'md5_password_warnings', 'vacuum_defer_cleanup_age', 'old_snapshot_threshold', 'trace_locks', 'trace_recovery_messages'])

test('every setting that a user of a live server may change has a rule of its own', { skip: typeof servers === 'string' ? servers : false }, () => {
  if (typeof servers === 'string') return
  const known = new Set([...FREE_SETTINGS, ...PINNED_SETTINGS.keys(), ...FORBIDDEN_SETTINGS.keys(), ...PRIVILEGE_SETTINGS, 'search_path', ...LEFT_OUT])
  for (const { uri } of servers) {
    const names = askServer(uri, "select lower(name) from pg_settings where context = 'user' and name not like '%.%'").split('\n').filter(name => name !== '')
    assert.deepEqual(names.filter(name => !known.has(name) && !name.startsWith('log_')), [])
  }
})
