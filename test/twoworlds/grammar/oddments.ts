/**
 * What is neither a query nor a write: settings, transactions, cursors, DO, LISTEN, object statements that are refused, side doors, and
 * mistakes on purpose. Several statements of one session are parted by {@link SCRIPT_SEPARATOR}.
 */
import { SCRIPT_SEPARATOR } from '../statement-case.ts'
import { SIDE_DOORS } from './side-doors.table.ts'
import { inClauses, type Writing } from './scope.ts'

export interface Oddment { readonly statements: readonly string[]; readonly undo: string }

export function oddmentOf(writing: Writing): Oddment {
  const { random } = writing
  const once = (...statements: readonly string[]): Oddment => ({ statements, undo: 'DISCARD ALL' })
  const { kind } = random.pickWeighted([
    { kind: 'setting', weight: 14 }, { kind: 'transaction', weight: 10 }, { kind: 'cursor', weight: 8 }, { kind: 'mistake', weight: 22 }, { kind: 'door', weight: 30 }, { kind: 'object', weight: 10 }, { kind: 'temporary', weight: 6 },
  ] as const)
  switch (kind) {
    case 'setting': return once(...random.pick(SETTINGS))
    case 'transaction': return { statements: random.pick(TRANSACTIONS), undo: 'ROLLBACK' }
    case 'cursor': {
      const query = writing.query({ depth: 1, phi: writing.phi === 'nowhere' ? 'never' : 'maybe', top: true }, { relations: [], outer: undefined }).sql
      return { statements: ['BEGIN', `DECLARE k SCROLL CURSOR FOR ${query}`, 'FETCH 2 FROM k', 'FETCH PRIOR FROM k', 'MOVE ABSOLUTE 3 IN k', 'FETCH RELATIVE -1 FROM k', 'FETCH LAST FROM k', 'CLOSE k'], undo: 'ROLLBACK' }
    }
    case 'mistake': return once(mistake(writing))
    case 'door': return { statements: random.pick(SIDE_DOORS), undo: 'ROLLBACK; DISCARD ALL' }
    case 'object': return { statements: [random.pick(OBJECTS)], undo: 'ROLLBACK' }
    case 'temporary': return once(...random.pick(TEMPORARY))
  }
}

/** Errors on purpose: division by data, bad casts, names that are not there, too many rows. */
function mistake(writing: Writing): string {
  const { random } = writing
  const phi = inClauses(writing.phi, random)
  const scope = { relations: [{ alias: 'p', phi: true, row: true, columns: PATIENT }], outer: undefined }
  const value = (type: 'int4' | 'text' | 'int8' | 'date'): string => writing.expression(type, phi, 1, scope).sql
  return random.pick([
    () => `select 1 / (${value('int4')} - ${value('int4')}) from clinic.patients as p`,
    () => `select (${value('text')})::int from clinic.patients as p`,
    () => `select (${value('text')})::date from clinic.patients as p where p.id = ${random.integer(1, 30)}`,
    () => `select (select ${value('text')} from clinic.rooms) from clinic.patients as p`,
    () => `select ${value('text')} from clinic.patients as p order by 1 / (${value('int4')})`,
    () => 'select nothing from clinic.patients', () => 'select * from clinic.nowhere', () => 'selec 1', () => `select 'open`, () => 'select count(id, 1) from clinic.patients',
    () => 'select ssn + 1 from clinic.patients', () => 'select id from clinic.patients group by sex', () => `select chr(${value('int4')}) from clinic.patients as p`,
    () => `select lpad(${value('text')}, 999999999) from clinic.patients as p`, () => `select to_date(${value('text')}, 'YYYY-MM-DD') from clinic.patients as p`, () => `select ${value('int8')} * 9223372036854775807 from clinic.patients as p`,
    () => `select substring(${value('text')}, 1, -${random.integer(1, 3)}) from clinic.patients as p`, () => `select case when ${writing.expression('bool', phi, 1, scope).sql} then 1 / 0 else 0 end from clinic.patients as p`,
    () => `select extra -> 'a' -> 0 ->> 'b' from clinic.patients where id = 'x'`, () => 'select id from clinic.patients limit -1', () => `insert into clinic.rooms values (1, 'again', 1)`, () => `select regexp_match(${value('text')}, '(')`,
  ])()
}

const PATIENT = [
  ...(['mrn', 'ssn', 'last_name', 'zip', 'diagnosis', 'hiv_status'] as const).map((name) => ({ sql: `p.${name}`, type: 'text' as const, phi: true })),
  { sql: 'p.sex', type: 'text' as const, phi: false }, { sql: 'p.id', type: 'int8' as const, phi: false }, { sql: 'p.weight_g', type: 'int4' as const, phi: true }, { sql: 'p.id::int4', type: 'int4' as const, phi: false }, { sql: 'p.dob', type: 'date' as const, phi: true },
]

const SETTINGS: readonly (readonly string[])[] = [
  ['SHOW timezone'], ["SET timezone = 'Europe/Berlin'", "select created_at from clinic.patients order by id limit 2", 'select dob, created_at from clinic.patients where id = 2'], ["SET DateStyle = 'German'", "select date '2024-02-29', dob from clinic.patients limit 1"],
  ["select set_config('my.note', name, false) from clinic.rooms where id = 1", "select current_setting('my.note', true)"], ["select set_config('my.note', ssn, false) from clinic.patients where id = 1", "select current_setting('my.note', true)"],
  ['SET search_path = clinic, pg_catalog', 'select last_name from patients limit 2', 'select id, name from rooms order by id limit 3'], ["SET bytea_output = 'escape'", "select photo, 'x'::bytea from clinic.patients where id = 3"], ["SET extra_float_digits = 0", 'select 1.1::float8, cost::float8 from clinic.encounters limit 2'],
  ["SET IntervalStyle = 'iso_8601'", "select interval '1 day', created_at - dob from clinic.patients where id = 4"], ['SET enable_hashjoin = off', 'select p.id, e.kind from clinic.patients p join clinic.encounters e on e.patient_id = p.id limit 5'], ['SET client_min_messages = debug1', 'select ssn from clinic.patients limit 1'],
  ["SET statement_timeout = '3s'", 'select count(*) from clinic.patients'], ['SET row_security = off', 'select mrn from clinic.patients limit 1'], ['SET ROLE none', 'select current_user'], ['SET work_mem = 64', 'select id from clinic.encounters order by kind, id limit 3'], ['SHOW ALL'], ['SET plan_cache_mode = force_generic_plan', 'select id from clinic.rooms where id = 2'],
  ['SET enable_seqscan = off', 'select id from clinic.patients limit 9', 'select id from clinic.encounters where id > 5 limit 5'], ['SET enable_seqscan = off', 'SET enable_bitmapscan = off', 'select id, sex from clinic.patients', 'select count(*) from clinic.patients where id > 3'],
  ['SET enable_sort = off', 'SET enable_hashagg = off', 'select sex, count(*) from clinic.patients group by sex', 'select distinct kind from clinic.encounters'], ['SET random_page_cost = 0.1', 'select id from clinic.notes limit 5', 'select n.id, p.id from clinic.notes n join clinic.patients p on p.id = n.patient_id limit 7'], ['SET seq_page_cost = 1000', 'SET cpu_tuple_cost = 0', 'select id from clinic.patients where sex = \'male\' limit 5'],
  ['SET enable_hashjoin = off', 'SET enable_mergejoin = off', 'select l.id from clinic.labs l join clinic.patients p on p.id = l.patient_id limit 9'], ['SET join_collapse_limit = 1', 'SET geqo_threshold = 2', 'select e.id from clinic.encounters e, clinic.patients p, clinic.rooms r where p.id = e.patient_id and r.id = e.room_id limit 6'], ["SET constraint_exclusion = on", 'select id from billing.claims where year = 2024 limit 3'], ["SET xmlbinary = hex", 'select photo from clinic.patients where id = 5'], ['SET debug_print_plan = on', 'select hiv_status from clinic.patients where id = 5'], ['SET default_transaction_read_only = on', "insert into clinic.scratch (id) values (1)"],
]

const TRANSACTIONS: readonly (readonly string[])[] = [
  ['BEGIN', 'select id from clinic.rooms limit 1', 'SAVEPOINT s', 'select 1/0', 'ROLLBACK TO s', 'select name from clinic.rooms limit 1', 'COMMIT'], ['BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY', 'select mrn from clinic.patients limit 2', 'COMMIT'], ['BEGIN', 'select ssn::int from clinic.patients', 'select 1', 'ROLLBACK'],
  ['BEGIN', "select last_name from clinic.patients where ssn = '900-00-0000'", 'select 2', 'ROLLBACK'], ['START TRANSACTION', "update clinic.scratch set a = 'z' where id = 1", 'select a from clinic.scratch where id = 1', 'ROLLBACK'], ['COMMIT'], ['ROLLBACK'], ['SAVEPOINT x'], ['BEGIN', 'BEGIN', 'ROLLBACK', 'ROLLBACK'], ["PREPARE TRANSACTION 'x'"], ['BEGIN', 'LOCK TABLE clinic.rooms IN SHARE MODE', 'ROLLBACK'], ['BEGIN', 'RELEASE SAVEPOINT nothing', 'ROLLBACK'],
]

const OBJECTS: readonly string[] = [
  'create table clinic.copy as select * from clinic.patients', 'create view clinic.all_names as select last_name from clinic.patients', 'create index on clinic.patients (ssn)', "comment on table clinic.rooms is 'x'", 'alter table clinic.rooms add column x int', 'grant select on clinic.patients to public', 'drop table clinic.scratch', 'truncate clinic.rooms', 'create function clinic.f() returns int language sql as $$ select 1 $$',
  'analyze clinic.patients', 'vacuum clinic.rooms', 'reindex table clinic.rooms', 'cluster clinic.rooms using rooms_pkey', 'refresh materialized view clinic.diagnosis_counts', 'create role x', 'alter system set work_mem = 64', 'checkpoint', 'load \'plpgsql\'', 'security label on table clinic.rooms is null', 'create extension pg_trgm', 'import foreign schema x from server y into clinic', 'create publication p for all tables', 'reassign owned by doorward to doorward', 'create policy p on clinic.rooms', 'create statistics clinic.s on sex, zip from clinic.patients', 'create trigger t after insert on clinic.rooms for each row execute function suppress_redundant_updates_trigger()', 'create rule r as on insert to clinic.rooms do also select 1',
]

const TEMPORARY: readonly (readonly string[])[] = [
  ['create temp table mine (x int)', 'insert into mine values (1)', 'select * from mine'], ['create temp table rooms as select * from clinic.rooms', 'select * from rooms limit 2'], ['create temp table patients as select ssn from clinic.patients', 'select * from patients limit 2'], ['select last_name into temp kept from clinic.patients', 'select * from kept'], ['create temp view v as select mrn from clinic.patients', 'select * from v'],
]

/** As one text, for a case. */
export function scriptOf({ statements }: Oddment): string { return statements.join(SCRIPT_SEPARATOR) }
