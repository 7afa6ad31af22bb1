/** The types the generator speaks, with literals of each: ordinary values, edges, and for texts a few that a function may take for SQL or a name. */

export const LITERALS = {
  bool: ['true', 'false'],
  int2: ["'1'::int2", "'7'::int2", "'-3'::int2", "'32767'::int2"],
  int4: ['0', '1', '2', '3', '5', '7', '10', '42', '100', '-1', '2147483647'],
  int8: ["'1'::int8", "'12'::int8", "'150'::int8", "'-9'::int8", "'9223372036854775807'::int8"],
  float4: ["'1.5'::float4", "'-0'::float4"],
  float8: ["'2.25'::float8", "'1e10'::float8", "'NaN'::float8", "'-0.5'::float8"],
  numeric: ['1.5', '0.25', '100.00', '7::numeric', "'-3.125'::numeric", "'NaN'::numeric"],
  text: ["'a'::text", "'Room 1'::text", "'visit'::text", "''::text", "'abc,def'::text", "'%a%'::text", "'clinic.patients'::text", "'select ssn from clinic.patients'::text", "'id'::text", "'UTF8'::text", "'month'::text", "'[a-c]+'::text", "'2024-02-29'::text", "'{\"k\": [1, 2, {\"b\": null}]}'::text", "'12'::text", "'Größe'::text"],
  varchar: ["'note 1'::varchar", "'x'::varchar(3)"],
  bpchar: ["'ab '::bpchar", "'q'::char(3)"],
  name: ["'clinic'::name", "'patients'::name"],
  char: ["'r'::\"char\""],
  bytea: ["'\\x00ff10'::bytea", "'abc'::bytea"],
  date: ["'2024-02-29'::date", "'2025-01-01'::date", "'1960-07-04'::date"],
  timestamp: ["'2024-03-10 02:30:00'::timestamp", "'2020-01-01'::timestamp"],
  timestamptz: ["'2024-03-10 02:30:00+00'::timestamptz", "'2021-06-01 12:00:00+02'::timestamptz"],
  time: ["'10:20:30'::time"],
  interval: ["'1 day'::interval", "'3 months 2 days'::interval", "'90 minutes'::interval"],
  json: ["'{\"a\": 1, \"b\": [true, null]}'::json", "'[1, 2, 3]'::json"],
  jsonb: ["'{\"a\": 1, \"b\": [true, null], \"c\": {\"d\": \"e\"}}'::jsonb", "'[1, \"two\", 3.5]'::jsonb", "'\"word\"'::jsonb", "'7'::jsonb"],
  jsonpath: ["'$.a'::jsonpath", "'$.**'::jsonpath", "'$[*] ? (@ > 1)'::jsonpath"],
  uuid: ["'00000000-0000-4000-8000-000000000001'::uuid"],
  inet: ["'10.1.2.3/8'::inet"],
  tsvector: ["'a:1 fat:2 cat:3'::tsvector", "to_tsvector('simple', 'room note visit')"],
  tsquery: ["'fat & cat'::tsquery", "to_tsquery('simple', 'room | visit')"],
  int4range: ["'[1,5)'::int4range", "'empty'::int4range", "'[3,)'::int4range"],
  numrange: ["'[1.5,2.5]'::numrange"],
  daterange: ["'[2024-01-01,2024-12-31]'::daterange"],
  tstzrange: ["'[2020-01-01 00:00+00,2021-01-01 00:00+00)'::tstzrange"],
  point: ["'(1,2)'::point"],
  bit: ["B'1'"],
  varbit: ["B'1010'::varbit"],
  oid: ["'0'::oid", "'1259'::oid", "'clinic.patients'::regclass::oid"],
  regclass: ["'clinic.patients'::regclass", "'pg_catalog.pg_class'::regclass", "'clinic.rooms'::regclass"],
  money: ["'3.50'::money"],
  'text[]': ["array['a', 'b']::text[]", "'{}'::text[]", "'{x,NULL,z}'::text[]"],
  'int4[]': ['array[1, 2, 3]', "'{}'::int4[]"],
  'int8[]': ["'{4,5}'::int8[]"],
  'numeric[]': ["'{1.5,2}'::numeric[]"],
  xml: ["'<a>1</a>'::xml"],
} as const satisfies Record<string, readonly string[]>

export type TypeName = keyof typeof LITERALS

const NAMES: ReadonlySet<string> = new Set(Object.keys(LITERALS))

export function isSpoken(type: string): type is TypeName { return NAMES.has(type) }

/** Types that a client meets every day come up more often than the rest. */
export const EVERYDAY: readonly TypeName[] = ['text', 'int4', 'int8', 'numeric', 'bool', 'date', 'timestamptz', 'jsonb', 'text[]', 'timestamp', 'interval', 'float8', 'json', 'tsvector', 'int4range', 'bytea', 'int4[]', 'daterange', 'varchar']

export const ALL_TYPES = [...NAMES] as readonly TypeName[]

/** As it is written in a cast. */
export function written(type: TypeName): string { return type === 'char' ? '"char"' : type }

/** Ordered, so that ORDER BY, GROUP BY, min and max take it. */
export const UNORDERED: ReadonlySet<TypeName> = new Set(['json', 'point', 'xml', 'jsonpath'])
