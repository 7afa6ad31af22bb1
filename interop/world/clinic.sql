-- The database that every client's test finds: what is PHI and what is not, every common type, something large, something to write to.
-- Nobody in it exists.
create schema clinic;

create type clinic.mood as enum ('calm', 'worried', 'glad');
create domain clinic.room_code as text check (value ~ '^[A-Z]-[0-9]+$');
create type clinic.spot as (floor integer, code text);

create table clinic.rooms (
  id integer primary key,
  name text not null,
  floor integer not null,
  code clinic.room_code,
  unique (name)
);
comment on table clinic.rooms is 'where people wait';
comment on column clinic.rooms.floor is 'the ground floor is 0';

-- PHI in every type that a driver has a decoder of its own for.
create table clinic.patients (
  id integer primary key,
  mrn text not null,
  name text not null,
  dob date,
  ssn text not null,
  zip character(5),
  weight numeric(5,2),
  height double precision,
  visits integer,
  points bigint,
  smoker boolean,
  uid uuid,
  seen_at timestamptz,
  wakes_at time,
  recovery interval,
  address inet,
  tags text[],
  scores integer[],
  chart jsonb,
  photo bytea,
  mood clinic.mood,
  room_id integer references clinic.rooms
);
create index patients_room on clinic.patients (room_id);

create table clinic.visits (
  patient_id integer not null references clinic.patients,
  number integer not null,
  room_id integer not null references clinic.rooms,
  reason text not null,
  primary key (patient_id, number)
);

-- No PHI: what goes in must come out unchanged.
create table clinic.samples (
  id integer primary key,
  a_smallint smallint,
  a_integer integer,
  a_bigint bigint,
  a_numeric numeric(30,10),
  a_real real,
  a_double double precision,
  a_boolean boolean,
  a_text text,
  a_varchar character varying(20),
  a_char character(4),
  a_name name,
  a_bytea bytea,
  a_date date,
  a_time time,
  a_timetz timetz,
  a_timestamp timestamp,
  a_timestamptz timestamptz,
  a_interval interval,
  a_uuid uuid,
  a_json json,
  a_jsonb jsonb,
  a_inet inet,
  a_cidr cidr,
  a_macaddr macaddr,
  a_bit bit(4),
  a_varbit bit varying(8),
  a_point point,
  a_range int4range,
  a_tstzrange tstzrange,
  some_integers integer[],
  some_texts text[],
  some_dates date[],
  a_grid integer[][],
  a_mood clinic.mood,
  a_spot clinic.spot,
  an_oid oid,
  a_money money,
  a_xml xml
);

-- As many rows as need more than one buffer of anybody's.
create table clinic.readings (id integer primary key, sensor integer not null, value double precision not null, label text not null);

create table clinic.scratch (id serial primary key, owner text not null, n integer, note text, at timestamptz default now(), data bytea);
create unique index scratch_once on clinic.scratch (owner, n);

create view clinic.patient_names as select id, name from clinic.patients;
create view clinic.rooms_above as select id, name from clinic.rooms where floor > 0;

create function clinic.add_one(n integer) returns integer language sql immutable as 'select n + 1';
create function clinic.announce(what text) returns text language plpgsql as $$
begin
  raise notice 'announced: %', what using hint = 'nothing to do';
  return what;
end $$;
comment on function clinic.add_one(integer) is 'one more';

insert into clinic.rooms values (1, 'Lobby', 0, 'A-1'), (2, 'Lab', 1, 'B-12'), (3, 'Ward', 2, null);

insert into clinic.patients
select n, 'MRN' || lpad(n::text, 6, '0'), 'Invented Person ' || n, date '1950-01-01' + n * 200, lpad(n::text, 3, '9') || '-00-' || lpad(n::text, 4, '0'), lpad((10000 + n)::text, 5, '0'),
  50.5 + n, 1.5 + n / 100.0, n, n * 1000000000000, n % 2 = 0, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, timestamptz '2024-03-01 10:00+00' + n * interval '1 day',
  time '06:00' + n * interval '1 minute', n * interval '1 day', ('10.1.2.' || n)::inet, array['tag' || n, 'two'], array[n, n + 1], jsonb_build_object('note', 'chart ' || n), decode(lpad(n::text, 4, '0'), 'hex'),
  'calm', 1 + n % 3
from generate_series(1, 60) n;
update clinic.patients set dob = null, zip = null, weight = null, height = null, visits = null, points = null, smoker = null, uid = null, seen_at = null, wakes_at = null, recovery = null,
  address = null, tags = null, scores = null, chart = null, photo = null, mood = null where id = 60;
insert into clinic.visits select p, v, 1 + v % 3, 'reason ' || p || ' ' || v from generate_series(1, 20) p, generate_series(1, 3) v;

insert into clinic.samples values
 (1, 1, 2, 3, 4.5, 5.5, 6.25, true, 'seven', 'eight', 'nine', 'ten', '\x0b0c', '2024-02-29', '13:14:15.161718', '13:14:15+02', '2024-02-29 13:14:15.161718', '2024-02-29 13:14:15.161718+00', '1 year 2 mons 3 days 04:05:06.789',
  '12345678-1234-4234-8234-123456789abc', '{"a": [1, 2, null]}', '{"b": {"c": "d"}}', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '1010', '10101', '(1.5,-2.5)', '[1,10)', '[2024-01-01 00:00+00,2024-02-01 00:00+00)',
  '{1,2,3}', '{one,"two, with comma","three \"quoted\"",null}', '{2024-01-01,null}', '{{1,2},{3,4}}', 'glad', '(2,B-12)', 26, 12.34, '<a>b</a>'),
 (2, -32768, -2147483648, -9223372036854775808, -12345678901234567890.0123456789, -1e-30, -1.7976931348623157e308, false, E'line\nline\ttab "quote" ''single'' back\\slash', '', '', 'x', '\x', '0001-01-01', '00:00:00', '00:00:00-12:00',
  '0001-01-01 00:00:00', '1900-01-01 00:00:00+00', '-178000000 years', '00000000-0000-0000-0000-000000000000', 'null', 'null', '::1', '::/0', '00:00:00:00:00:00', '0000', '', '(0,0)', 'empty', 'empty',
  '{}', '{}', '{}', '{}', 'calm', '(,)', 0, -0.01, null),
 (3, 32767, 2147483647, 9223372036854775807, 99999999999999999999.9999999999, 3.4e38, 1.7976931348623157e308, null, 'Zoë 漢字 🎈 é', 'ünïcödé', 'äöü', 'name', '\x00ff00ff', '9999-12-31', '24:00:00', '23:59:59.999999+14:00',
  '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999+00', '00:00:00', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '[]', '{}', '255.255.255.255', '255.255.255.255/32', 'ff:ff:ff:ff:ff:ff', '1111', '11111111', '(1e10,-1e10)', '(,)', '(,)',
  '{-2147483648,2147483647,null}', '{"",NULL,"NULL"}', '{0001-01-01,9999-12-31}', '{{0}}', 'worried', null, 4294967295, 92233720368547758.07, '<x/>'),
 (4, null, null, null, 'NaN', 'NaN', 'Infinity', null, null, null, null, null, null, 'infinity', null, null, 'infinity', '-infinity', null,
  null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

insert into clinic.readings select n, n % 17, n * 0.5, 'reading ' || n from generate_series(1, 100000) n;
analyze;
