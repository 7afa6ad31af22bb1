// Statements that the JavaScript drivers run directly and as an unmasked principal: the answers must be equal.
/** Columns of clinic.samples whose binary form the drivers may ask for. */
export const SAMPLES = 'select * from clinic.samples order by id'

/** [text, parameters]: extended protocol where there are parameters. */
export const SAME_ANSWERS = [
  ['select 1 as one', []],
  ['select', []],
  ['select $1::text as t, $2::int as i, $3::bigint as b, $4::numeric as n, $5::boolean as z, $6::timestamptz as at, $7::date as d, $8::jsonb as j, $9::uuid as u, $10::bytea as y, $11::int[] as a, $12::text[] as s, $13::float8 as f',
    ['text "with" \'quotes\' and ünïcödé 🎈', 42, '9007199254740993', '123.4500', true, '2024-02-29T12:00:00Z', '2024-02-29', '{"a": [1, {"b": null}]}', '12345678-1234-4234-8234-123456789abc', Buffer.from([0, 1, 255]), [1, 2, 3], ['a', 'b,c', '"d"', null], 1.5]],
  ['select $1::text as t, $2::int as i, $3::timestamptz as at, $4::int[] as a', [null, null, null, null]],
  ['select id, name from clinic.rooms where id = $1', [2]],
  ['select id, name from clinic.rooms where id = any($1) order by id', [[1, 3]]],
  ['select name from clinic.rooms where name like $1 or floor > $2 order by id', ['L%', 1]],
  ['select p.id, p.name, r.name as room from clinic.patients p join clinic.rooms r on r.id = p.room_id where p.dob between $1 and $2 order by p.id limit $3', ['1950-01-01', '1960-01-01', 3]],
  ['select count(*), avg(value), min(label), max(id) from clinic.readings where sensor = $1', [3]],
  ['select sensor, array_agg(id order by id) from clinic.readings where id < $1 group by sensor order by sensor', [40]],
  ['select * from clinic.patient_names order by id limit 2', []],
  ['select clinic.add_one($1)', [41]],
  ['select row(1, \'x\') as composite, array[row(1, 2)] as composites, \'calm\'::clinic.mood as mood', []],
  ['select generate_series(1, $1)', [5]],
  ['with recursive n(v) as (select 1 union all select v + 1 from n where v < $1) select * from n', [4]],
  ['select 1 as a, 2 as a, 3 as "A b"', []],
  ['values (1, null), (2, \'x\')', []],
  ['show server_version', []],
  ['select current_database(), current_user', []],
  ['explain (costs off) select * from clinic.rooms', []],
]

/** [text, parameters]: the error's fields must be equal. */
export const SAME_ERRORS = [
  ['select 1 +', []],
  ['select nothing from clinic.rooms', []],
  ['select * from clinic.missing', []],
  ['select missing_function(1)', []],
  ['select 1/0', []],
  ['select 1/$1::int', [0]],
  ['select $1::int', ['not a number']],
  ['select \'not a number\'::int', []],
  ['select $1::uuid', ['not-a-uuid']],
  ['insert into clinic.rooms (id, name, floor) values (1, \'again\', 1)', []],
  ['insert into clinic.rooms (id, name, floor) values ($1, $2, $3)', [77, 'Lobby', 1]],
  ['insert into clinic.rooms (id, name) values (77, \'no floor\')', []],
  ['insert into clinic.rooms (id, name, floor, code) values (77, \'bad code\', 1, \'nonsense\')', []],
  ['insert into clinic.visits values (999, 1, 1, \'nobody\')', []],
  ['select \'mad\'::clinic.mood', []],
  ['select * from clinic.rooms where id = \'x\'', []],
  ['select pg_sleep(\'x\')', []],
  ['select array[1,2][\'x\']', []],
]
