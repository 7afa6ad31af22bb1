/** What each family's reader finds, row by row: the text, and the fields that matter for a decision. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar } from './grammar.ts'
import type { RawStatement } from './raw-statement.ts'
import { splitText } from './split.ts'
import { readStatement } from './utility.ts'

const grammar = await loadGrammar()

function read(text: string): RawStatement | undefined {
  const split = splitText(grammar, text, 1)
  const node = split.kind === 'split' ? split.pieces[0]?.node : undefined
  return node && readStatement(grammar, node, text)
}

/** Holds if the statement has these fields with these values, whatever else it has. */
function expectFields(rows: readonly (readonly [string, Readonly<Record<string, unknown>>])[]): void {
  for (const [text, expected] of rows) {
    const statement = read(text)
    assert.ok(statement, text)
    const found = Object.fromEntries(Object.keys(expected).map((key) => [key, Reflect.get(statement, key)]))
    assert.deepEqual(found, expected, text)
  }
}

const values = (...texts: readonly string[]): unknown => ({ kind: 'values', values: texts })
const modes = (isolation?: string, access?: string, deferrable?: string): unknown => ({ isolation, access, deferrable })
const named = (kind: string, name: string, schema?: string, part?: string): unknown => ({ kind, schema, name, part })
const relation = (name: string, schema?: string, children = true): unknown => ({ catalog: undefined, schema, name, children })

test('transactions', () => {
  expectFields([
    ['BEGIN', { verb: 'begin', modes: modes(), chain: false, tags: ['BEGIN'] }],
    ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY, DEFERRABLE', { verb: 'begin', modes: modes('serializable', 'read-only', 'deferrable') }],
    ['COMMIT AND CHAIN', { verb: 'commit', chain: true, tags: ['COMMIT', 'ROLLBACK'] }],
    ['END', { verb: 'commit' }],
    ['ABORT', { verb: 'rollback', tags: ['ROLLBACK'] }],
    ['SAVEPOINT "Odd Name"', { verb: 'savepoint', savepoint: 'Odd Name' }],
    ['RELEASE SAVEPOINT A', { verb: 'release', savepoint: 'a' }],
    ['ROLLBACK TO a', { verb: 'rollback-to', savepoint: 'a', tags: ['ROLLBACK'] }],
    [`PREPARE TRANSACTION 'g'`, { verb: 'prepare', gid: 'g', tags: ['PREPARE TRANSACTION', 'ROLLBACK'] }],
    [`COMMIT PREPARED 'g'`, { verb: 'commit-prepared', gid: 'g' }],
    [`ROLLBACK PREPARED 'g'`, { verb: 'rollback-prepared', gid: 'g' }],
    ['SET TRANSACTION READ WRITE, NOT DEFERRABLE', { kind: 'set-transaction', scope: 'transaction', modes: modes(undefined, 'read-write', 'not-deferrable') }],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED', { kind: 'set-transaction', scope: 'session', modes: modes('read committed') }],
    [`SET TRANSACTION SNAPSHOT 's'`, { kind: 'set-transaction', snapshot: true }],
    ['SET CONSTRAINTS a.b, c IMMEDIATE', { constraints: [named('table-constraint', 'b', 'a'), named('table-constraint', 'c')], mode: 'immediate' }],
    ['SET CONSTRAINTS ALL DEFERRED', { constraints: [], mode: 'deferred' }],
  ])
})

test('settings, under the names and aliases the server knows them by', () => {
  expectFields([
    [`SET search_path TO a, "B", 'c', -1, 1.50, true, on`, { kind: 'set', name: 'search_path', value: values('a', 'B', 'c', '-1', '1.50', 'true', 'on'), local: false }],
    ['SET LOCAL "Search_Path" = x', { name: 'search_path', value: values('x'), local: true }],
    ['SET SESSION sort_mem = 5', { name: 'work_mem', value: values('5') }],
    ['SET Doorward.Purpose = TREAT', { name: 'doorward.purpose', value: values('treat') }],
    [`SET doorward.purpose TO 'TREAT'`, { name: 'doorward.purpose', value: values('TREAT') }],
    ['SET a.b.c FROM CURRENT', { name: 'a.b.c', value: { kind: 'current' } }],
    ['SET x TO DEFAULT', { name: 'x', value: { kind: 'default' } }],
    [`SET x = ''`, { name: 'x', value: values('') }],
    ['SET TIME ZONE LOCAL', { name: 'timezone', value: { kind: 'default' } }],
    ['SET TIME ZONE -7.5', { name: 'timezone', value: values('-7.5') }],
    [`SET TIME ZONE INTERVAL '-8' HOUR TO MINUTE`, { name: 'timezone', value: { kind: 'expression' } }],
    [`SET NAMES 'LATIN1'`, { name: 'client_encoding', value: values('LATIN1') }],
    ['SET NAMES', { name: 'client_encoding', value: { kind: 'default' } }],
    ['SET ROLE NONE', { name: 'role', value: values('none') }],
    [`SET SESSION AUTHORIZATION 'a'`, { name: 'session_authorization', value: values('a') }],
    ['SET SESSION AUTHORIZATION DEFAULT', { name: 'session_authorization', value: { kind: 'default' } }],
    [`SET SCHEMA 's'`, { name: 'search_path', value: values('s') }],
    ['SET XML OPTION DOCUMENT', { name: 'xmloption', value: values('DOCUMENT') }],
    ['SET standard_conforming_strings = off', { name: 'standard_conforming_strings', value: values('off') }],
    ['RESET ALL', { kind: 'reset', name: undefined }],
    ['RESET "A"."B"', { kind: 'reset', name: 'a.b' }],
    ['RESET SESSION AUTHORIZATION', { kind: 'reset', name: 'session_authorization' }],
    ['RESET TIME ZONE', { kind: 'reset', name: 'timezone' }],
    ['SHOW ALL', { kind: 'show', name: undefined }],
    ['SHOW TIME ZONE', { kind: 'show', name: 'timezone' }],
    ['SHOW TRANSACTION ISOLATION LEVEL', { kind: 'show', name: 'transaction_isolation' }],
  ])
})

test('cursors and prepared statements', () => {
  expectFields([
    ['EXECUTE p(ARRAY[1,2], (1,2), f(3, 4), \'(\', "a".b)', { name: 'p', arguments: ['ARRAY[1,2]', '(1,2)', 'f(3, 4)', "'('", '"a".b'], tags: [] }],
    ['EXECUTE "P"', { name: 'P', arguments: [] }],
    ['DEALLOCATE PREPARE ALL', { name: undefined, command: 'DEALLOCATE ALL' }],
    ['DEALLOCATE "all"', { name: 'all', command: 'DEALLOCATE' }],
    ['FETCH c', { kind: 'fetch', cursor: 'c', direction: 'forward', count: 1 }],
    ['FETCH ALL FROM c', { direction: 'forward', count: 'all' }],
    ['FETCH BACKWARD ALL IN c', { direction: 'backward', count: 'all' }],
    ['FETCH BACKWARD 0 c', { direction: 'backward', count: 0 }],
    ['FETCH FORWARD -5 c', { direction: 'forward', count: -5 }],
    ['FETCH LAST c', { direction: 'absolute', count: -1 }],
    ['FETCH PRIOR c', { direction: 'backward', count: 1 }],
    ['MOVE RELATIVE 3 IN c', { kind: 'move', direction: 'relative', count: 3 }],
    ['CLOSE ALL', { kind: 'close', cursor: undefined }],
    ['CLOSE "all"', { kind: 'close', cursor: 'all' }],
  ])
})

test('code, and who may do what', () => {
  expectFields([
    ['DO $$x$$', { kind: 'do', language: 'plpgsql', body: 'x' }],
    [`DO LANGUAGE plperl 'x'`, { language: 'plperl' }],
    [`DO 'a' 'b'`, { kind: 'unknown' }],
    [`CREATE OR REPLACE FUNCTION s.f(a int) RETURNS text LANGUAGE sql SECURITY DEFINER SET Role = x AS 'b'`,
      { function: named('function', 'f', 's'), replace: true, language: 'sql', securityDefiner: true, settings: ['role'], body: 'b' }],
    ['CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; DELETE FROM t; END', { function: named('procedure', 'p'), language: undefined, body: undefined }],
    ['CREATE FUNCTION f() RETURNS int RETURN 1', { language: undefined, body: undefined }],
    ['GRANT SELECT (a), UPDATE ON s.t TO x, PUBLIC, CURRENT_USER', { form: 'grant', objects: [named('table', 't', 's')], roles: ['x', 'public', 'current_user'], privileges: ['select', 'update'] }],
    ['REVOKE ALL ON ALL TABLES IN SCHEMA a FROM x', { form: 'revoke', objects: [named('all-in-schema', 'a')], privileges: [] }],
    ['GRANT a TO b', { form: 'grant-role', objects: [named('role', 'a')], roles: ['b'] }],
    ['ALTER ROLE ALL IN DATABASE d SET standard_conforming_strings = off', { form: 'alter-role-set', objects: [named('database', 'd')], roles: [],
      setting: { kind: 'set', command: 'SET', tags: ['SET'], name: 'standard_conforming_strings', value: values('off'), local: false } }],
    ['ALTER SCHEMA s OWNER TO x', { form: 'owner', objects: [named('schema', 's')], roles: ['x'] }],
    ['ALTER ROLE a RENAME TO b', { kind: 'privilege', form: 'alter-role', roles: ['a'] }],
    ['CREATE POLICY p ON s.t USING (true)', { form: 'create-policy', objects: [named('policy', 't', 's', 'p')], roles: ['public'] }],
    [`ALTER SYSTEM SET a = 'b'`, { kind: 'server', objects: [named('system', 'a')] }],
  ])
})

test('definitions: what they look at, what they hold, whom they let in', () => {
  expectFields([
    ['CREATE TABLE t (a int)', { objects: [named('table', 't')], persistence: 'permanent', readsRows: false, holdsCode: false }],
    ['CREATE TEMP TABLE t (a int DEFAULT f())', { persistence: 'temporary', holdsCode: true }],
    ['CREATE TABLE pg_temp.t (a int)', { persistence: 'temporary' }],
    ['CREATE TABLE pg_temp_3.t (a int)', { persistence: 'temporary' }],
    ['CREATE UNLOGGED TABLE t (a int)', { persistence: 'unlogged' }],
    ['CREATE TABLE t PARTITION OF clinic.p FOR VALUES IN (1)', { objects: [named('table', 't'), named('relation', 'p', 'clinic')], readsRows: true }],
    ['CREATE INDEX ON s.t (lower(a)) WHERE b', { objects: [named('index', '', 's'), named('relation', 't', 's')], readsRows: true, holdsCode: true }],
    ['ALTER TABLE t ADD COLUMN a int', { readsRows: false, holdsCode: false, changesAccess: false, actions: ['AT_AddColumn'] }],
    ['ALTER TABLE t ADD COLUMN a int DEFAULT f()', { readsRows: true, holdsCode: true }],
    ['ALTER TABLE t ALTER a TYPE int USING b::int', { readsRows: true, holdsCode: true }],
    ['ALTER TABLE t ADD CHECK (a > 1) NOT VALID', { readsRows: false, holdsCode: true }],
    ['ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES s.p', { objects: [named('table', 't'), named('relation', 'p', 's')], readsRows: true }],
    ['ALTER TABLE t VALIDATE CONSTRAINT c', { readsRows: true }],
    ['ALTER TABLE t OWNER TO x', { changesAccess: true, readsRows: false }],
    ['ALTER TABLE t DISABLE ROW LEVEL SECURITY, DROP COLUMN a', { changesAccess: true, actions: ['AT_DisableRowSecurity', 'AT_DropColumn'] }],
    ['ALTER TABLE t DISABLE TRIGGER ALL', { changesAccess: true }],
    ['ALTER VIEW v SET (security_invoker = off)', { changesAccess: true }],
    ['ALTER TABLE s.t RENAME a TO b', { verb: 'rename', objects: [named('column', 't', 's', 'a')], command: 'ALTER TABLE' }],
    ['ALTER DOMAIN s.d RENAME CONSTRAINT a TO b', { objects: [named('domain-constraint', 'd', 's', 'a')], command: 'ALTER DOMAIN' }],
    ['ALTER TRIGGER a ON s.t DEPENDS ON EXTENSION e', { verb: 'depends', objects: [named('trigger', 't', 's', 'a')] }],
    ['ALTER FUNCTION s.f(int) SET SCHEMA u', { verb: 'move', objects: [named('function', 'f', 's')] }],
    ['ALTER DATABASE a RENAME TO b', { kind: 'server', objects: [named('database', 'a')] }],
    ['ALTER DOMAIN d ADD CHECK (value > 0)', { readsRows: true, holdsCode: true }],
    ['CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO s.u VALUES (1)', { objects: [named('rule', 't', undefined, 'r'), named('relation', 'u', 's'), named('relation', 't')], holdsCode: true }],
    ['CREATE SCHEMA AUTHORIZATION r', { objects: [named('schema', 'r')] }],
    ['CREATE SCHEMA s CREATE VIEW v AS SELECT 1', { kind: 'unknown' }],
    ['DROP TABLE IF EXISTS a, s.b CASCADE', { objects: [named('table', 'a'), named('table', 'b', 's')], behavior: 'cascade', ifExists: true }],
    ['DROP TRIGGER a ON s.t', { objects: [named('trigger', 't', 's', 'a')] }],
    ['DROP CAST (int AS text)', { objects: [named('cast', 'int4', 'pg_catalog', 'text')] }],
    ['DROP OPERATOR CLASS s.c USING btree', { objects: [named('operator-class', 'c', 's')] }],
    ['TRUNCATE ONLY a, s.b RESTART IDENTITY', { relations: [relation('a', undefined, false), relation('b', 's')], behavior: 'restrict', restartIdentity: true }],
  ])
})

test('the rest', () => {
  expectFields([
    ['LOCK ONLY t, s.u IN ROW EXCLUSIVE MODE NOWAIT', { relations: [relation('t', undefined, false), relation('u', 's')], mode: 'row exclusive', nowait: true }],
    ['LOCK t', { mode: 'access exclusive', nowait: false }],
    ['LISTEN "A"', { kind: 'listen', channel: 'A' }],
    ['UNLISTEN *', { kind: 'unlisten', channel: undefined }],
    [`NOTIFY a, 'x'`, { channel: 'a', payload: 'given' }],
    [`NOTIFY a, ''`, { payload: 'none' }],
    ['VACUUM (VERBOSE) t (a), s.u', { verb: 'vacuum', objects: [named('column', 't', undefined, 'a'), named('relation', 'u', 's')], options: ['verbose'] }],
    ['ANALYZE', { verb: 'analyze', objects: [] }],
    ['REINDEX SYSTEM', { verb: 'reindex', objects: [named('system', '')] }],
    ['CLUSTER t USING i', { verb: 'cluster', objects: [named('relation', 't')] }],
    ['DISCARD TEMP', { what: 'temp' }],
    [`COMMENT ON COLUMN s.t.a IS 'x'`, { object: named('column', 't', 's', 'a'), removes: false }],
    ['COMMENT ON TABLE t IS NULL', { removes: true }],
    ['CREATE PUBLICATION p FOR TABLE t, TABLES IN SCHEMA s', { objects: [named('publication', 'p'), named('table', 't'), named('all-in-schema', 's')] }],
    ['IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b', { verb: 'import', objects: [named('schema', 'b'), named('foreign-server', 's')] }],
    [`LOAD 'x'`, { kind: 'server', verb: 'load', objects: [] }],
    ['CREATE FOREIGN TABLE s.t (a int) SERVER x', { kind: 'server', objects: [named('foreign-table', 't', 's'), named('foreign-server', 'x')] }],
  ])
})
