/**
 * Every statement family by example. The texts ran on PostgreSQL 18.4 once, where CommandComplete said what `tags` predicts; here they
 * run offline. Further tables hold what each family's reader must find.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { loadGrammar } from './grammar.ts'
import type { RawStatement } from './raw-statement.ts'
import { splitText } from './split.ts'
import { COVERED_STATEMENTS, readStatement } from './utility.ts'

const grammar = await loadGrammar()

/** Kind, command, texts. */
const STATEMENTS: readonly (readonly [RawStatement['kind'], string, ...string[]])[] = [
  ['ddl', 'CREATE SCHEMA', 'create schema s', 'create schema authorization postgres',
    'create schema s2 create table a (b int) create index on a (b) grant select on a to public'],
  ['drop', 'DROP SCHEMA', 'drop schema s2 cascade', 'drop schema s cascade'],
  ['ddl', 'CREATE TABLE', 'create table t (a int primary key, b text, c int default 1)', 'create table u (like t)', 'create temp table tt (a int)',
    'create table p (a int) partition by list (a)', 'create table p1 partition of p for values in (1)'],
  ['query', 'INSERT', `insert into t values (1,'x')`, 'insert into u select * from t returning *'],
  ['query', 'UPDATE', `update t set b='y'`],
  ['query', 'DELETE', 'delete from u where false'],
  ['query', 'SELECT', 'select 1', 'values (1)', 'table t', 'with x as (delete from u returning *) select * from x', 'select 1/0',
    'select lo_create(4242)', 'select lo_unlink(4242)'],
  ['query', 'MERGE', 'merge into u using t on t.a=u.a when not matched then insert values (t.a,t.b) when matched then delete',
    'merge into u using t on t.a=u.a when not matched then insert values (t.a,t.b) when matched then delete returning u.a'],
  ['create-table-as', 'SELECT INTO', 'select 1 as a into sel', 'select 1 as a into temp table sel2'],
  ['create-table-as', 'CREATE TABLE AS', 'create table ctas as select 1 as a', 'create table if not exists ctas as select 1',
    'create table nod as select 1 as a with no data', `create table ct2 as execute q(1,'x')`],
  ['create-table-as', 'CREATE MATERIALIZED VIEW', 'create materialized view mv as select 1 as a',
    'create materialized view mv2 as select 1 as a with no data', 'create materialized view if not exists mv as select 2'],
  ['refresh', 'REFRESH MATERIALIZED VIEW', 'refresh materialized view mv', 'refresh materialized view mv2 with no data',
    'refresh materialized view concurrently mv'],
  ['ddl', 'CREATE INDEX', 'create unique index on mv (a)', 'create index ix on t (b)'],
  ['prepare', 'PREPARE', 'prepare q(int, text) as select $1, $2', `prepare qi as insert into u values (7,'z')`,
    'prepare qd as delete from u where a = 7', 'prepare qr as delete from u where a = 7 returning *'],
  ['execute', 'EXECUTE', `execute q(1,'x')`, 'execute qi', 'execute qd', 'execute qr'],
  ['explain', 'EXPLAIN', `explain execute q(1,'2')`, `explain analyze execute q(1,'2')`, 'explain select 1',
    'explain (analyze, format json) select 1', 'explain (verbose) insert into u values (3)', 'explain create table zz as select 1',
    'explain create materialized view zz as select 1', 'explain declare zc cursor for select 1', 'explain refresh materialized view mv'],
  ['deallocate', 'DEALLOCATE', 'deallocate q'],
  ['deallocate', 'DEALLOCATE ALL', 'deallocate all', 'deallocate prepare all'],
  ['transaction', 'BEGIN', 'begin', 'begin isolation level serializable read only'],
  ['declare', 'DECLARE CURSOR', 'declare c scroll cursor for select * from generate_series(1,10)', 'declare d cursor for select 1'],
  ['fetch', 'FETCH', 'fetch 3 from c', 'fetch all c', 'fetch absolute 4 c', 'fetch relative -1 c'],
  ['move', 'MOVE', 'move backward 2 in c'],
  ['close', 'CLOSE CURSOR', 'close c'],
  ['close', 'CLOSE CURSOR ALL', 'close all'],
  ['transaction', 'SAVEPOINT', 'savepoint a'],
  ['transaction', 'ROLLBACK', 'rollback to a', 'rollback', 'abort', 'rollback and chain'],
  ['transaction', 'RELEASE', 'release a'],
  ['transaction', 'COMMIT', 'commit', 'end', 'commit and chain'],
  ['transaction', 'START TRANSACTION', 'start transaction'],
  ['set-transaction', 'SET', 'set transaction isolation level repeatable read', 'set local transaction read only',
    'set session characteristics as transaction read write'],
  ['set-constraints', 'SET CONSTRAINTS', 'set constraints all deferred'],
  ['set', 'SET', 'set search_path to public', `set local work_mem = '1MB'`, `set time zone 'UTC'`, 'set time zone local', `set names 'utf8'`,
    'set role none', 'set session authorization default', `set schema 'public'`, 'set xml option document', `set a.b = 'c'`],
  ['reset', 'RESET', 'reset all', 'reset time zone', 'reset session authorization', 'reset a.b'],
  ['show', 'SHOW', 'show all', 'show time zone', 'show search_path', 'show transaction isolation level', 'show a.b'],
  ['copy', 'COPY', 'copy t to stdout', 'copy (select 1) to stdout with (format csv, header)', `copy t to '/dev/null'`, `copy t from '/dev/null'`,
    `copy t to program 'cat > /dev/null'`],
  ['create-view', 'CREATE VIEW', 'create view v as select 1 as a', 'create or replace view v as select 1 as a',
    'create recursive view rv (a) as select 1 union all select a from rv where a < 3', 'create temp view tv as select 1'],
  ['do', 'DO', `do 'begin end'`],
  ['create-function', 'CREATE FUNCTION', `create function f(int) returns int language sql as 'select 1'`,
    'create or replace function f2() returns int return 1', 'create function f3() returns int begin atomic select 1; select 2; end',
    `create function trg() returns trigger language plpgsql as 'begin return new; end'`,
    `create function etf() returns event_trigger language plpgsql as 'begin end'`],
  ['create-function', 'CREATE PROCEDURE', 'create procedure pr() begin atomic insert into t values (99); end',
    `create procedure pr2(inout a int) language plpgsql as 'begin a = 2; end'`],
  ['call', 'CALL', 'call pr()', 'call pr2(1)'],
  ['ddl', 'ALTER FUNCTION', 'alter function f(int) strict'],
  ['ddl', 'ALTER PROCEDURE', 'alter procedure pr() security definer'],
  ['ddl', 'ALTER ROUTINE', 'alter routine f(int) immutable'],
  ['privilege', 'CREATE ROLE', 'create role gr', 'create user gu', 'create group gg'],
  ['privilege', 'GRANT ROLE', 'grant gr to gu'],
  ['privilege', 'REVOKE ROLE', 'revoke gr from gu'],
  ['privilege', 'GRANT', 'grant select on t to gr', 'grant select (a), update on t to gr with grant option', 'grant usage on schema s to gr',
    'grant execute on function f(int) to gr', 'grant all on all tables in schema s to gr', 'grant set on parameter work_mem to gr',
    'grant select on large object 4242 to gr'],
  ['privilege', 'REVOKE', 'revoke all on t from gr', 'revoke set on parameter work_mem from gr'],
  ['privilege', 'ALTER DEFAULT PRIVILEGES', 'alter default privileges for role gr in schema s grant select on tables to gu',
    'alter default privileges for role gr in schema s revoke select on tables from gu'],
  ['privilege', 'ALTER ROLE', 'alter role gr login', 'alter user gu nologin', 'alter group gg add user gu', 'alter group gg drop user gu',
    'alter role gr set work_mem = 100', 'alter role gr reset all', `alter role all in database grammar_tags set a.b = 'x'`,
    'alter role all in database grammar_tags reset a.b'],
  ['privilege', 'ALTER DATABASE', `alter database grammar_tags set a.b = 'x'`, 'alter database grammar_tags reset a.b',
    'alter database grammar_tags3 owner to postgres'],
  ['server', 'ALTER DATABASE', 'alter database grammar_tags connection limit 50', 'alter database grammar_tags refresh collation version',
    'alter database grammar_tags2 rename to grammar_tags3'],
  ['ddl', 'ALTER TABLE', 'alter table u owner to gr', 'alter table t enable row level security', 'alter table t disable row level security',
    'alter table t add column d int', 'alter table t alter d set default 3, alter d type bigint', 'alter table t rename d to e',
    'alter table t rename constraint t_pkey to t_pk', 'alter table u rename to u2', 'alter table u2 set schema s',
    'alter table s.u2 set schema public', 'alter table all in tablespace pg_default set tablespace pg_default',
    'alter table t add constraint ck check (a > 0) not valid, add unique (e)', 'alter table t validate constraint ck',
    'alter table t drop constraint ck cascade', 'alter table t disable trigger tr2', 'alter table u2 disable rule ru2'],
  ['privilege', 'ALTER SCHEMA', 'alter schema s owner to gr'],
  ['privilege', 'ALTER FUNCTION', 'alter function f2() owner to gr'],
  ['ddl', 'ALTER VIEW', 'alter view v owner to gr', 'alter view v rename a to b', 'alter view v rename to v3', 'alter view v3 alter b set default 1',
    'alter view v3 rename to v'],
  ['ddl', 'ALTER SEQUENCE', 'alter sequence if exists nope owner to gr', 'alter sequence sq restart', 'alter sequence sq rename to sq2',
    'alter sequence sq2 set schema s'],
  ['ddl', 'CREATE TYPE', 'create type ty as (a int)', `create type en as enum ('a')`, 'create type ra as range (subtype = int)', 'create type shl'],
  ['privilege', 'ALTER TYPE', 'alter type ty owner to gr'],
  ['ddl', 'CREATE DOMAIN', 'create domain dm as int'],
  ['privilege', 'ALTER DOMAIN', 'alter domain dm owner to gr'],
  ['privilege', 'REASSIGN OWNED', 'reassign owned by gr to postgres'],
  ['privilege', 'DROP OWNED', 'drop owned by gr', 'drop owned by gr, gu'],
  ['privilege', 'CREATE POLICY', 'create policy po on t using (true)'],
  ['privilege', 'ALTER POLICY', 'alter policy po on t using (false)'],
  ['drop', 'DROP POLICY', 'drop policy po on t'],
  ['ddl', 'ALTER MATERIALIZED VIEW', 'alter materialized view mv rename to mv3', 'alter materialized view mv3 rename a to bb',
    'alter materialized view mv3 set (autovacuum_enabled = true)', 'alter materialized view mv3 rename to mv'],
  ['ddl', 'ALTER INDEX', 'alter index t_pk rename to t_pkey', 'alter index t_pkey set (fillfactor = 50)',
    'alter index ix depends on extension plpgsql'],
  ['drop', 'DROP INDEX', 'drop index ix', 'drop index if exists nope'],
  ['ddl', 'CREATE SEQUENCE', 'create sequence sq', 'create temp sequence tsq'],
  ['ddl', 'CREATE STATISTICS', 'create statistics st on a, b from t'],
  ['ddl', 'ALTER STATISTICS', 'alter statistics st set statistics 100', 'alter statistics st rename to st2'],
  ['privilege', 'ALTER STATISTICS', 'alter statistics st2 owner to postgres'],
  ['comment', 'COMMENT', `comment on statistics st2 is 'x'`, `comment on trigger tr2 on t is 'x'`, `comment on rule ru2 on u2 is 'x'`,
    `comment on event trigger et2 is 'x'`, `comment on constraint dc2 on domain dm2 is 'x'`, `comment on domain s.dm2 is 'x'`,
    `comment on type ty is 'x'`, `comment on cast (text as ty) is 'x'`, `comment on foreign table ft is 'x'`, `comment on publication pu2 is 'x'`,
    `comment on extension pg_trgm is 'x'`, `comment on language plx2 is 'x'`, `comment on table t is 'x'`, 'comment on table t is null',
    `comment on column t.a is 'x'`, `comment on database grammar_tags is 'x'`, `comment on role gr is 'x'`, `comment on schema s is 'x'`,
    `comment on function f(int) is 'x'`, `comment on view v is 'x'`, `comment on index t_pkey is 'x'`, `comment on constraint t_pkey on t is 'x'`,
    `comment on sequence s.sq2 is 'x'`, `comment on materialized view mv is 'x'`, `comment on collation co3 is 'x'`,
    `comment on tablespace pg_default is 'x'`, `comment on procedure pr() is 'x'`, `comment on routine f(int) is 'x'`,
    `comment on large object 4242 is 'x'`],
  ['drop', 'DROP STATISTICS', 'drop statistics st2'],
  ['ddl', 'CREATE TRIGGER', 'create trigger tr before insert on t for each row execute function trg()'],
  ['ddl', 'ALTER TRIGGER', 'alter trigger tr on t rename to tr2', 'alter trigger tr2 on t depends on extension plpgsql'],
  ['drop', 'DROP TRIGGER', 'drop trigger tr2 on t'],
  ['ddl', 'CREATE RULE', 'create rule ru as on update to u2 do also notify xx'],
  ['ddl', 'ALTER RULE', 'alter rule ru on u2 rename to ru2'],
  ['drop', 'DROP RULE', 'drop rule ru2 on u2'],
  ['server', 'CREATE EVENT TRIGGER', 'create event trigger et on ddl_command_end execute function nofunc()',
    `create event trigger et on ddl_command_end when tag in ('CREATE CAST') execute function etf()`],
  ['server', 'ALTER EVENT TRIGGER', 'alter event trigger et disable', 'alter event trigger et rename to et2'],
  ['privilege', 'ALTER EVENT TRIGGER', 'alter event trigger et2 owner to postgres'],
  ['drop', 'DROP EVENT TRIGGER', 'drop event trigger et2', 'drop event trigger if exists et'],
  ['ddl', 'ALTER TYPE', 'alter type shl set (storage = plain)', `alter type en add value 'b'`, `alter type en rename value 'a' to 'c'`, 'alter type en rename to en2',
    'alter type en2 set schema s', 'alter type ty rename attribute a to b', 'alter type ty add attribute c int'],
  ['ddl', 'ALTER DOMAIN', 'alter domain dm add check (value > 0)', 'alter domain dm set default 1', 'alter domain dm drop default',
    'alter domain dm rename to dm2', 'alter domain dm2 add constraint dc check (value > 1)', 'alter domain dm2 rename constraint dc to dc2',
    'alter domain dm2 validate constraint dc2', 'alter domain dm2 set schema s'],
  ['ddl', 'CREATE AGGREGATE', 'create aggregate ag (int) (sfunc = int4pl, stype = int)'],
  ['ddl', 'ALTER AGGREGATE', 'alter aggregate ag(int) rename to ag2'],
  ['privilege', 'ALTER AGGREGATE', 'alter aggregate ag2(int) owner to postgres'],
  ['ddl', 'CREATE OPERATOR', 'create operator === (function = int4eq, leftarg = int, rightarg = int)'],
  ['ddl', 'ALTER OPERATOR', 'alter operator ===(int,int) set (restrict = eqsel)', 'alter operator ===(int,int) set schema s'],
  ['privilege', 'ALTER OPERATOR', 'alter operator ===(int,int) owner to postgres'],
  ['ddl', 'CREATE OPERATOR CLASS', 'create operator class oc for type int using hash as operator 1 =, function 1 hashint4(int)'],
  ['ddl', 'ALTER OPERATOR CLASS', 'alter operator class oc using hash rename to oc2'],
  ['ddl', 'CREATE OPERATOR FAMILY', 'create operator family ofm using hash'],
  ['ddl', 'ALTER OPERATOR FAMILY', 'alter operator family ofm using hash add operator 1 = (int,int)',
    'alter operator family ofm using hash rename to of2'],
  ['drop', 'DROP OPERATOR CLASS', 'drop operator class oc2 using hash'],
  ['drop', 'DROP OPERATOR FAMILY', 'drop operator family of2 using hash'],
  ['drop', 'DROP OPERATOR', 'drop operator s.===(int,int)'],
  ['drop', 'DROP AGGREGATE', 'drop aggregate ag2(int)'],
  ['ddl', 'CREATE COLLATION', 'create collation co from "C"', `create collation co3 (locale = 'C', provider = libc)`],
  ['ddl', 'ALTER COLLATION', 'alter collation co rename to co2', 'alter collation "C" refresh version', 'alter collation co3 refresh version'],
  ['drop', 'DROP COLLATION', 'drop collation co2', 'drop collation co3'],
  ['ddl', 'CREATE CONVERSION', `create conversion cv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8`],
  ['ddl', 'ALTER CONVERSION', 'alter conversion cv rename to cv2'],
  ['drop', 'DROP CONVERSION', 'drop conversion cv2'],
  ['ddl', 'CREATE CAST', 'create cast (ty as en2) with inout', 'create cast (text as ty) with inout'],
  ['drop', 'DROP CAST', 'drop cast (text as ty)'],
  ['ddl', 'CREATE TEXT SEARCH CONFIGURATION', 'create text search configuration tsc (copy = english)'],
  ['ddl', 'ALTER TEXT SEARCH CONFIGURATION', 'alter text search configuration tsc add mapping for word with simple',
    'alter text search configuration tsc rename to tsc2', 'alter text search configuration tsc2 alter mapping for word with tsd'],
  ['ddl', 'CREATE TEXT SEARCH DICTIONARY', 'create text search dictionary tsd (template = simple)'],
  ['ddl', 'ALTER TEXT SEARCH DICTIONARY', 'alter text search dictionary tsd (stopwords)', 'alter text search dictionary tsd rename to tsd2'],
  ['drop', 'DROP TEXT SEARCH CONFIGURATION', 'drop text search configuration tsc2'],
  ['drop', 'DROP TEXT SEARCH DICTIONARY', 'drop text search dictionary tsd2'],
  ['ddl', 'CREATE TRANSFORM', 'create transform for int language plpgsql (from sql with function nope(internal))'],
  ['server', 'CREATE ACCESS METHOD', 'create access method am type table handler heap_tableam_handler'],
  ['drop', 'DROP ACCESS METHOD', 'drop access method am'],
  ['server', 'CREATE FOREIGN DATA WRAPPER', 'create foreign data wrapper w'],
  ['server', 'ALTER FOREIGN DATA WRAPPER', `alter foreign data wrapper w options (add a 'b')`],
  ['server', 'CREATE SERVER', 'create server sv foreign data wrapper w'],
  ['server', 'ALTER SERVER', `alter server sv options (a 'b')`],
  ['privilege', 'ALTER SERVER', 'alter server sv owner to postgres'],
  ['server', 'CREATE USER MAPPING', 'create user mapping for postgres server sv'],
  ['server', 'ALTER USER MAPPING', `alter user mapping for postgres server sv options (a 'b')`],
  ['server', 'CREATE FOREIGN TABLE', 'create foreign table ft (a int) server sv'],
  ['ddl', 'ALTER FOREIGN TABLE', 'alter foreign table ft add column b int', 'alter foreign table ft rename b to c'],
  ['drop', 'DROP FOREIGN TABLE', 'drop foreign table ft'],
  ['drop', 'DROP USER MAPPING', 'drop user mapping for postgres server sv'],
  ['drop', 'DROP SERVER', 'drop server sv'],
  ['drop', 'DROP FOREIGN DATA WRAPPER', 'drop foreign data wrapper w'],
  ['server', 'IMPORT FOREIGN SCHEMA', 'import foreign schema a from server nope into s'],
  ['server', 'CREATE PUBLICATION', 'create publication pu for table t, tables in schema s'],
  ['server', 'ALTER PUBLICATION', 'alter publication pu add table p', `alter publication pu set (publish = 'insert')`,
    'alter publication pu rename to pu2'],
  ['drop', 'DROP PUBLICATION', 'drop publication pu2'],
  ['server', 'CREATE SUBSCRIPTION', `create subscription su connection 'host=nope' publication x with (connect = false)`],
  ['server', 'ALTER SUBSCRIPTION', 'alter subscription su disable', 'alter subscription su set (slot_name = none)',
    'alter subscription su rename to su2'],
  ['drop', 'DROP SUBSCRIPTION', 'drop subscription su2'],
  ['server', 'CREATE EXTENSION', 'create extension pg_trgm', 'create language plpgsql'],
  ['server', 'ALTER EXTENSION', 'alter extension pg_trgm update', 'alter extension pg_trgm set schema s',
    'alter extension pg_trgm drop function s.similarity(text,text)', 'alter extension pg_trgm add function s.similarity(text,text)'],
  ['drop', 'DROP EXTENSION', 'drop extension pg_trgm'],
  ['server', 'CREATE LANGUAGE', 'create trusted language plx handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator'],
  ['server', 'ALTER LANGUAGE', 'alter language plx rename to plx2'],
  ['drop', 'DROP LANGUAGE', 'drop language plx2'],
  ['privilege', 'ALTER LARGE OBJECT', 'alter large object 4242 owner to postgres'],
  ['privilege', 'SECURITY LABEL', `security label on table t is 'x'`],
  ['lock', 'LOCK TABLE', 'lock table t in share mode', 'lock t', 'lock only t in access share mode nowait'],
  ['listen', 'LISTEN', 'listen xx'],
  ['unlisten', 'UNLISTEN', 'unlisten xx', 'unlisten *'],
  ['notify', 'NOTIFY', 'notify xx', `notify xx, 'yy'`],
  ['maintenance', 'VACUUM', 'vacuum t', 'vacuum (verbose, analyze) t (a)', 'vacuum full t'],
  ['maintenance', 'ANALYZE', 'analyze', 'analyze verbose t(a)'],
  ['maintenance', 'REINDEX', 'reindex table t', 'reindex (verbose) index t_pkey', 'reindex schema s', 'reindex system',
    'reindex database grammar_tags', 'reindex table concurrently t'],
  ['maintenance', 'CLUSTER', 'cluster t using t_pkey', 'cluster'],
  ['server', 'CHECKPOINT', 'checkpoint'],
  ['discard', 'DISCARD PLANS', 'discard plans'],
  ['discard', 'DISCARD SEQUENCES', 'discard sequences'],
  ['discard', 'DISCARD TEMP', 'discard temp'],
  ['discard', 'DISCARD ALL', 'discard all'],
  ['server', 'LOAD', `load 'plpgsql'`],
  ['server', 'ALTER SYSTEM', `alter system set work_mem = '4MB'`, 'alter system reset work_mem', 'alter system reset all'],
  ['server', 'CREATE DATABASE', 'create database grammar_tags2'],
  ['drop', 'DROP DATABASE', 'drop database grammar_tags3', 'drop database if exists grammar_tags3'],
  ['server', 'CREATE TABLESPACE', `create tablespace tsx location '/nope'`],
  ['server', 'ALTER TABLESPACE', 'alter tablespace pg_default set (seq_page_cost = 1)', 'alter tablespace pg_default reset (seq_page_cost)'],
  ['drop', 'DROP TABLESPACE', 'drop tablespace if exists nope'],
  ['truncate', 'TRUNCATE TABLE', 'truncate t', 'truncate table t, u2 restart identity cascade'],
  ['drop', 'DROP TABLE', 'drop table if exists nope, t cascade'],
  ['drop', 'DROP VIEW', 'drop view if exists v cascade'],
  ['drop', 'DROP FUNCTION', 'drop function f(int)'],
  ['drop', 'DROP PROCEDURE', 'drop procedure pr()'],
  ['drop', 'DROP ROUTINE', 'drop routine f2()'],
  ['drop', 'DROP TYPE', 'drop type ra'],
  ['drop', 'DROP DOMAIN', 'drop domain s.dm2'],
  ['drop', 'DROP SEQUENCE', 'drop sequence s.sq2'],
  ['drop', 'DROP MATERIALIZED VIEW', 'drop materialized view mv, mv2'],
  ['privilege', 'DROP ROLE', 'drop role gr', 'drop user gu', 'drop group gg'],
  ['transaction', 'PREPARE TRANSACTION', `prepare transaction 'x'`],
]

test('names every statement of a session that touched all of PostgreSQL', () => {
  for (const [kind, command, ...texts] of STATEMENTS) {
    for (const text of texts) {
      const split = splitText(grammar, text, 10)
      const node = split.kind === 'split' ? split.pieces[0]?.node : undefined
      const statement = node && readStatement(grammar, node, text)
      assert.deepEqual([text, statement?.kind, statement?.command], [text, kind, command])
    }
  }
})

/** Members of the grammar's Node union that end in Stmt but never stand as a statement of a text. */
const NOT_STATEMENTS: ReadonlyMap<string, string> = new Map([
  ['RawStmt', 'wraps a statement'],
  ['SetOperationStmt', 'made by analysis, not by the grammar'],
  ['ReturnStmt', 'the body of CREATE FUNCTION ... RETURN'],
  ['PLAssignStmt', 'an assignment inside PL/pgSQL'],
  ['ReplicaIdentityStmt', 'a part of ALTER TABLE'],
])

test('covers every statement node of the grammar, and each by an example', () => {
  const inLibrary = createRequire(createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.js'))
  const types = readFileSync(inLibrary.resolve('@pgsql/types').replace(/index\.js$/, 'types.d.ts'), 'utf8')
  const union = types.slice(types.indexOf('export type Node ='), types.indexOf('export interface'))
  const nodes = [...union.matchAll(/^ {4}(\w+Stmt):/gm)].map((match) => match[1] ?? '').filter((name) => !NOT_STATEMENTS.has(name))
  assert.ok(nodes.length > 110, 'the list of nodes was found')
  assert.deepEqual([...COVERED_STATEMENTS].sort(), nodes.sort())
  const seen = new Set<string>()
  for (const [, , ...texts] of STATEMENTS) {
    for (const text of texts) {
      const parsed = grammar.parse(text)
      if (parsed.kind === 'parsed') for (const statement of parsed.statements) seen.add(statement.node.type)
    }
  }
  assert.deepEqual(COVERED_STATEMENTS.filter((name) => !seen.has(name)), [])
})

test('does not guess at a node it does not know', () => {
  assert.deepEqual(readStatement(grammar, { type: 'GrantTimeTravelStmt', fields: {} }, 'x'), {
    kind: 'unknown', command: 'UNKNOWN', tags: [], reason: 'statement GrantTimeTravelStmt',
  })
})

test('a known node without its fields is unknown, or names nothing', () => {
  for (const type of COVERED_STATEMENTS) {
    const statement = readStatement(grammar, { type, fields: {} }, 'select 1')
    assert.ok(statement.command.length > 0, type)
  }
})
