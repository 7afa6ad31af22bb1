/** For judgements.test.ts only: values at the edges of each type, as SQL literals without their cast, and constants that pass each test. */
import type { ArgumentTest } from './behaviour.ts'

const TEXTS = ["''", "'a'", "'907-99-5141'", "E'a\\\\'", "'%'", "'_'", "E'\\\\'", "'é€😀'", "'('", "'['", "'1'", "'-1'", "'1e5'", "'2024-02-29'", "repeat('x', 3000)", "'{a,b}'", "'null'", "'  x '", 'chr(1)', "'infinity'", "'NaN'", "'UTF8'", "'day'", "'<a>'", "'!'"]
const TIMESTAMPS = ["'2000-02-29 12:00'", "'infinity'", "'-infinity'", "'0001-01-01'"]
const RANGES = { int4: ["'[1,5)'", "'empty'", "'(,)'", "'[,2147483647)'", "'[-2147483648,)'"], num: ["'[1,5)'", "'(,)'", "'empty'"], date: ["'[2000-01-01,2001-01-01)'", "'empty'", "'(,)'"] }
const many = (ranges: readonly string[]): readonly string[] => ["'{}'", ...ranges.map(range => `'{${range.slice(1, -1)}}'`)]

/** Keyed by pg_type.typname. */
export const EDGE_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ...['text', 'varchar', 'bpchar', 'name', 'cstring'].map(type => [type, TEXTS] as const),
  ['char', ["'a'", "''", "'1'"]], ['bool', ['true', 'false']],
  ['int2', ['0', '1', '-1', '32767', '-32768', '7']], ['int4', ['0', '1', '-1', '2147483647', '-2147483648', '7', '100']],
  ['int8', ['0', '1', '-1', '9223372036854775807', '-9223372036854775808', '7']],
  ['oid', ['0', '1', '16384', '4294967295', '23']], ['xid', ["'0'", "'3'", "'4294967295'"]], ['cid', ["'0'"]], ['tid', ["'(0,0)'", "'(4294967295,65535)'"]], ['xid8', ["'0'", "'18446744073709551615'"]],
  ['float4', ["'NaN'", "'Infinity'", "'-Infinity'", "'3.4e38'", "'-3.4e38'", "'1e-45'", '0', '-1.5']],
  ['float8', ["'NaN'", "'Infinity'", "'-Infinity'", "'1.7e308'", "'-1.7e308'", "'4.9e-324'", '0', '-1.5', '0.5']],
  ['numeric', ["'NaN'", "'Infinity'", "'-Infinity'", '0', '1', '-2.5', "'9.99999e131071'", "(repeat('9', 131072) || '.9')", "'1e-16383'", '1e20', '-1e30']],
  ['money', ["'0'", "'1'", "'92233720368547758.07'", "'-92233720368547758.08'"]],
  ['bytea', ["''", "'\\x00'", "'\\xff00'", "'\\x5c'", "decode(repeat('61', 3000), 'hex')"]], ['bit', ["B'1'", "B'0101'", "B'1111111100000000111111110000000011'"]], ['varbit', ["B'1'", "B''"]],
  ['date', ["'2000-02-29'", "'infinity'", "'-infinity'", "'5874897-12-31'", "'4713-01-01 BC'", "'294276-12-31'", "'294277-01-01'"]],
  ['timestamp', [...TIMESTAMPS, "'294276-12-31 23:59:59.999999'", "'4714-11-24 00:00:00 BC'"]], ['timestamptz', [...TIMESTAMPS, "'294276-12-31 23:59:59+00'", "'4714-11-24 00:00:00+00 BC'"]],
  ['time', ["'00:00'", "'24:00'", "'23:59:59.999999'"]], ['timetz', ["'00:00+00'", "'24:00-15:59'", "'12:00+15:59'"]],
  ['interval', ["'0'", "'1 day'", "'178000000 years'", "'-178000000 years'", "'2147483647 days'", "'1 mon -1 day'"]],
  ['inet', ["'10.0.0.1'", "'::1'", "'10.0.0.0/8'", "'0.0.0.0/0'"]], ['cidr', ["'10.0.0.0/8'", "'::/0'"]], ['macaddr', ["'08:00:2b:01:02:03'"]], ['macaddr8', ["'08:00:2b:ff:fe:01:02:03'", "'08:00:2b:01:02:03:04:05'"]],
  ['uuid', ["'00000000-0000-0000-0000-000000000000'", "'6f9619ff-8b86-d011-b42d-00c04fc964ff'"]],
  ['json', ["'{}'", "'[]'", "'1'", "'\"x\"'", "'{\"a\":{\"b\":[1,2,null]}}'", "'null'", "'{\"a\":\"\\u0000\"}'", "'1e999999'"]],
  ['jsonb', ["'{}'", "'[]'", "'1'", "'\"x\"'", "'{\"a\":{\"b\":[1,2,null]}}'", "'null'", "'[{\"a\":1},2]'"]], ['jsonpath', ["'$.a'", "'strict $.a.b'", "'$[*]'"]],
  ['xml', ["'<a>b</a>'", "'x'", "''"]], ['tsvector', ["''", "'a b:1A c'"]], ['tsquery', ["'a & b'", "'!a | (b <-> c)'"]],
  ['point', ["'(0,0)'", "'(1e308,-1e308)'", "'(NaN,Infinity)'"]], ['lseg', ["'[(0,0),(1,1)]'", "'[(1e308,1e308),(-1e308,-1e308)]'"]], ['box', ["'(1,1),(0,0)'", "'(1e308,1e308),(-1e308,-1e308)'"]],
  ['path', ["'((0,0),(1,1),(2,0))'", "'[(0,0),(1e308,1e308)]'"]], ['line', ["'{1,2,3}'"]], ['polygon', ["'((0,0),(1,1),(2,0))'", "'((1e308,1e308),(-1e308,0),(0,0))'"]], ['circle', ["'<(0,0),1>'", "'<(1e308,1e308),1e308>'"]],
  ['pg_lsn', ["'0/0'", "'FFFFFFFF/FFFFFFFF'"]], ['pg_snapshot', ["'10:20:11,15'"]], ['txid_snapshot', ["'10:20:11,15'"]], ['oidvector', ["''", "'1 2 3'"]], ['int2vector', ["''", "'1 2'"]], ['aclitem', ["'=r/postgres'"]],
  ['int4range', RANGES.int4], ['int8range', RANGES.int4], ['numrange', RANGES.num], ['daterange', RANGES.date], ['tsrange', RANGES.date], ['tstzrange', RANGES.date],
  ['int4multirange', many(RANGES.int4)], ['int8multirange', many(RANGES.int4)], ['nummultirange', many(RANGES.num)], ['datemultirange', many(RANGES.date)], ['tsmultirange', many(RANGES.date)], ['tstzmultirange', many(RANGES.date)],
])

/** What polymorphic arguments are tried with: element, array, range and multirange of one type each. */
export const POLYMORPHIC: readonly { readonly element: string; readonly arrays: readonly string[]; readonly range: string; readonly multirange: string }[] = [
  { element: 'int4', range: 'int4range', multirange: 'int4multirange', arrays: ["'{}'::int4[]", "'{1,NULL,3}'::int4[]", "'{{1,2},{3,4}}'::int4[]", "'[-2147483648:-2147483647]={1,2}'::int4[]"] },
  { element: 'numeric', range: 'numrange', multirange: 'nummultirange', arrays: ["'{1,NaN}'::numeric[]", "'{}'::numeric[]"] },
  { element: 'date', range: 'daterange', multirange: 'datemultirange', arrays: ["'{2000-01-01,infinity}'::date[]", "'{NULL}'::date[]"] },
  { element: 'text', range: 'int4range', multirange: 'int4multirange', arrays: ["'{a,NULL,b}'::text[]", "'{{a,b},{c,d}}'::text[]", "'[2147483646:2147483646]={x}'::text[]"] },
]

/** Constants that pass a test; `stored` stands for ordinary values of a column. */
export const PASSING: ReadonlyMap<ArgumentTest, readonly string[]> = new Map<ArgumentTest, readonly string[]>([
  ['true', ['true']], ['nonzero', ['1', '-1', '2147']], ['divisor', ['7', '1', '2']], ['not-negative', ['0', '1', '50']], ['positive', ['1', '2']], ['none', ['-1']], ['modest', ['100', '0', '-5']],
  ['position', ['1', '9999']], ['length', ['0', '9999']], ['utf8', ["'UTF8'"]], ['like-pattern', ["'%a_'", "'907%'", "''"]], ['regex', ["'a.*b'", "'^[A-Z]+(x|y)?$'", "'\\d{2,3}'"]],
  ['regex-flags', ["'i'", "''", "'nps'"]], ['regex-flags-global', ["'g'", "'gi'"]], ['encode-format', ["'hex'", "'base64'", "'escape'"]], ['normal-form', ["'NFC'", "'nfkd'"]],
  ['date-field', ["'year'", "'dow'", "'epoch'", "'week'", "'julian'", "'century'", "'isoyear'", "'doy'", "'isodow'", "'millennium'", "'decade'", "'day'", "'month'", "'quarter'"]],
  ['time-field', ["'hour'", "'epoch'", "'microseconds'", "'second'"]], ['timestamp-field', ["'year'", "'hour'", "'epoch'", "'julian'", "'doy'", "'milliseconds'"]],
  ['interval-field', ["'year'", "'epoch'", "'quarter'", "'microseconds'", "'millennium'", "'month'", "'day'"]], ['trunc-field', ["'year'", "'week'", "'millennium'", "'quarter'", "'microseconds'"]],
  ['interval-trunc-field', ["'year'", "'quarter'", "'millennium'", "'day'", "'microseconds'"]], ['time-zone', ["'UTC'", "'Europe/Zurich'"]], ['number-format', ["'999'", "'FM90,000.00'", "'0'"]], ['format', ["'%s'", "'%L'", "'x'"]],
])

export const STORED_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['date', ["'1971-02-17'"]], ['timestamp', TIMESTAMPS.slice(0, 3)], ['timestamptz', TIMESTAMPS.slice(0, 3)], ['numeric', ['1.5', '-3e10', "'NaN'"]], ['float8', ['1.5', '-1e10']], ['int2', ['5', '-5']], ['int4', ['5', '-5']],
  ['int8', ['5', '-5']], ['interval', ["'1 day'", "'-2 years'"]], ['timetz', ["'12:00+00'"]],
])
