/** The synthetic schema that the flow's tests run on, and what of it is PHI. No data: nothing is ever executed. */
import type { Classification, PhiClass, TableClassification } from '@doorward/core'

/** Runs as the owner of an empty database. @param major Virtual columns and BEGIN ATOMIC need versions. */
export function wardSchema(major: number): string {
  return `
drop schema if exists ward cascade;
create schema ward;
create domain ward.mrn_t as text check (value ~ '^M[0-9]+$');
create type ward.severity as enum ('mild', 'severe');
create type ward.address as (line text, town text);
create table ward.rooms (id int primary key, name text, floor int, settings json);
create table ward.staff (id int primary key, name text, email text);
create table ward.patients (
  id bigint primary key, mrn text unique, name text, dob date, ssn text, zip text, weight int, tags text[], extra jsonb, home ward.address,
  sex text, severity ward.severity, created_at timestamptz default now(),
  check (weight < 500000));
create table ward.archived () inherits (ward.patients);
create table ward.visits (
  id bigint primary key, patient_id bigint references ward.patients (id) on delete cascade, kind text, reason text, room_id int references ward.rooms (id), cost numeric, at timestamptz);
create table ward.notes (id bigint primary key, patient_id bigint, body text, words tsvector generated always as (to_tsvector('simple', body)) stored, at timestamptz);
create table ward.scratch (id bigint, a text, b text, n numeric);
create table ward.copies (id bigint primary key, ssn text not null, name text);
create table ward.unlisted (id int, x text);
create table ward.claims (id bigint, year int, icd text, amount numeric) partition by list (year);
create table ward.claims_2024 partition of ward.claims for values in (2024);
create table ward.by_code (id bigint, code text) partition by list (code);
create table ward.by_code_a partition of ward.by_code for values in ('A');
create table ward.guarded (id int, owner text, secret text);
alter table ward.guarded enable row level security;
create policy own on ward.guarded using (owner = current_user);
create policy others on ward.guarded for select to pg_monitor using (secret <> 'x' and id in (select id from ward.rooms));
create policy written on ward.guarded for insert with check (secret = 'y');
create table ward.watched (id int, a text);
create function ward.watch() returns trigger language plpgsql as 'begin insert into ward.scratch (id) values (1); return new; end';
create trigger watch before insert on ward.watched for each row execute function ward.watch();
create table ward.ruled (id int, a text);
create rule also as on insert to ward.ruled do also insert into ward.scratch (id, a) values (new.id, 'ruled');
create table ward.serials (id int generated always as identity, a text default 'x');
create table ward.tickets (id serial, a text);
create sequence ward.numbers;
create view ward.directory as select id as pid, name || '!' as label, zip from ward.patients;
create view ward.recent as select n.id, n.body, p.mrn from ward.notes n join ward.patients p on p.id = n.patient_id where n.at > timestamptz '2020-01-01 00:00+00';
create view ward.room_list as select id, name, floor from ward.rooms;
create materialized view ward.zip_counts as select zip, count(*) as n from ward.patients group by zip with no data;
create materialized view ward.room_counts as select floor, count(*) as n from ward.rooms group by floor with no data;
create function ward.label_of(bigint) returns text language sql stable as 'select name || mrn from ward.patients where id = $1';
create function ward.named(wanted bigint) returns text language sql stable as 'select ssn from ward.patients where id = wanted';
create function ward.years(date) returns int language sql immutable as 'select (date ''2025-01-01'' - $1) / 365';
create function ward.first_of(anyarray) returns anyelement language sql immutable as 'select $1[1]';
create function ward.all_names() returns table (n text) language sql stable as 'select name from ward.patients';
create function ward.rows_of(bigint) returns setof ward.patients language sql stable as 'select * from ward.patients where id = $1';
create function ward.two_steps(int) returns int language sql as 'insert into ward.scratch (id) values ($1); select floor from ward.rooms where id = $1;';
create function ward.bump(int) returns void language sql as 'update ward.rooms set floor = floor + 1 where id = $1';
create function ward.simple_plpgsql(text) returns setof ward.patients language plpgsql stable as 'begin return query select * from ward.patients p where p.ssn = $1; end';
create function ward.value_plpgsql(x int) returns int language plpgsql as 'begin return x + 1; end';
create function ward.looping(int) returns int language plpgsql as 'declare r int := 0; begin for i in 1..$1 loop r := r + i; end loop; return r; end';
create function ward.dynamic(int) returns int language plpgsql as 'begin execute ''select 1''; return 1; end';
create function ward.other_path() returns bigint language sql stable set search_path = pg_temp as 'select count(*) from ward.rooms';
create function ward.itself(int) returns int language sql as 'select 1';
create or replace function ward.itself(int) returns int language sql as 'select ward.itself($1)';
create function ward.keep_step(text, text) returns text language sql immutable as 'select $2';
create aggregate ward.keep (text) (sfunc = ward.keep_step, stype = text);
create function ward.atomic(bigint) returns text language sql stable begin atomic select mrn from ward.patients where id = $1; end;
create function ward.near(text, text) returns boolean language sql immutable as 'select left($1, 2) = left($2, 2)';
create operator ward.=~= (leftarg = text, rightarg = text, function = ward.near);
create function ward.with_default(a int, b int default 3, c text default ward.label_of(7)) returns text language sql stable as 'select c || a || b';
create procedure ward.tidy() language sql as 'delete from ward.scratch';
${major >= 18 ? "create table ward.computed (id int, name text, loud text generated always as (upper(name)) virtual, size int generated always as (cast(name as int)) virtual);" : ''}
`
}

const TABLES: readonly (readonly [string, Readonly<Record<string, PhiClass>>])[] = [
  ['ward.rooms', { '*': 'none' }], ['ward.staff', { '*': 'none' }], ['ward.scratch', { '*': 'none' }], ['ward.watched', { '*': 'none' }], ['ward.ruled', { '*': 'none' }],
  ['ward.serials', { '*': 'none' }], ['ward.tickets', { '*': 'none' }],
  ['ward.patients', {
    id: 'none', mrn: 'mrn', name: 'name', dob: 'date', ssn: 'ssn', zip: 'zip', weight: 'clinical', tags: 'free-text', extra: 'free-text', home: 'address', sex: 'none',
    severity: 'clinical', created_at: 'none',
  }],
  ['ward.archived', {
    id: 'none', mrn: 'mrn', name: 'name', dob: 'date', ssn: 'ssn', zip: 'hiv', weight: 'clinical', tags: 'free-text', extra: 'free-text', home: 'address', sex: 'none',
    severity: 'clinical', created_at: 'none',
  }],
  ['ward.visits', { id: 'none', patient_id: 'none', kind: 'none', reason: 'free-text', room_id: 'none', cost: 'none', at: 'date' }],
  ['ward.notes', { id: 'none', patient_id: 'none', body: 'free-text', words: 'free-text', at: 'date' }],
  ['ward.copies', { id: 'none', ssn: 'ssn', name: 'name' }],
  ['ward.claims', { id: 'none', year: 'none', icd: 'clinical', amount: 'clinical' }],
  ['ward.claims_2024', { id: 'none', year: 'none', icd: 'clinical', amount: 'clinical' }],
  ['ward.by_code', { id: 'none', code: 'clinical' }], ['ward.by_code_a', { id: 'none', code: 'clinical' }],
  ['ward.guarded', { id: 'none', owner: 'none', secret: 'clinical' }],
  ['ward.computed', { id: 'none', name: 'name', loud: 'none', size: 'clinical' }],
]

/** What of the ward is PHI; `ward.unlisted` is left out. */
export const WARD_CLASSIFICATION: Classification = {
  unclassified: 'phi',
  version: 'ward',
  tables: new Map(TABLES.map(([table, columns]): [string, TableClassification] => [table, {
    patient: undefined, rest: columns['*'], columns: new Map(Object.entries(columns).filter(([column]) => column !== '*')),
  }])),
}
