/**
 * The built-in types that a mask can say something about, by OID. Source: pg_type of PostgreSQL 15 and 18, where these are the same;
 * type OIDs below 10,000 never change. A built-in type that is not here (points, ranges, network addresses of hardware, money, bit
 * strings, text search, system identifiers, ...) has no honest marker and no revealing operator: it masks to null.
 */

/** How a scalar type looks to the masks; `text-limited` and `text-padded` read their declared length from the type modifier. */
export type BuiltinScalar =
  | 'text' | 'text-limited' | 'text-padded' | 'text-single' | 'int2' | 'int4' | 'int8' | 'decimal' | 'float' | 'boolean' | 'date' | 'timestamp'
  | 'timestamptz' | 'time' | 'interval' | 'bytes' | 'json' | 'jsonb' | 'uuid' | 'inet' | 'composite'

export const BUILTIN_SCALARS: ReadonlyMap<number, BuiltinScalar> = new Map<number, BuiltinScalar>([
  [16, 'boolean'], // bool
  [17, 'bytes'], // bytea
  [18, 'text-single'], // "char"
  [19, 'text'], // name
  [20, 'int8'],
  [21, 'int2'],
  [23, 'int4'],
  [25, 'text'],
  [114, 'json'],
  [142, 'text'], // xml: an XML content may be plain text
  [650, 'inet'], // cidr
  [700, 'float'], // float4
  [701, 'float'], // float8
  [705, 'text'], // unknown
  [869, 'inet'],
  [1042, 'text-padded'], // bpchar
  [1043, 'text-limited'], // varchar
  [1082, 'date'],
  [1083, 'time'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1186, 'interval'],
  [1266, 'time'], // timetz
  [1700, 'decimal'], // numeric
  [1790, 'text'], // refcursor
  [2249, 'composite'], // record
  [2275, 'text'], // cstring
  [2950, 'uuid'],
  [3802, 'jsonb'],
])

/** Array type to element type. Only true arrays, whose input function is array_in: int2vector, point and others have elements but not an array's form. */
export const BUILTIN_ARRAYS: ReadonlyMap<number, number> = new Map([
  [143, 142], [199, 114], [210, 71], [270, 75], [271, 5069], [272, 81], [273, 83], [629, 628], [651, 650], [719, 718], [775, 774],
  [791, 790], [1000, 16], [1001, 17], [1002, 18], [1003, 19], [1005, 21], [1006, 22], [1007, 23], [1008, 24], [1009, 25], [1010, 27],
  [1011, 28], [1012, 29], [1013, 30], [1014, 1042], [1015, 1043], [1016, 20], [1017, 600], [1018, 601], [1019, 602], [1020, 603],
  [1021, 700], [1022, 701], [1027, 604], [1028, 26], [1034, 1033], [1040, 829], [1041, 869], [1115, 1114], [1182, 1082], [1183, 1083],
  [1185, 1184], [1187, 1186], [1231, 1700], [1263, 2275], [1270, 1266], [1561, 1560], [1563, 1562], [2201, 1790], [2207, 2202],
  [2208, 2203], [2209, 2204], [2210, 2205], [2211, 2206], [2949, 2970], [2951, 2950], [3221, 3220], [3643, 3614], [3644, 3642],
  [3645, 3615], [3735, 3734], [3770, 3769], [3807, 3802], [3905, 3904], [3907, 3906], [3909, 3908], [3911, 3910], [3913, 3912],
  [3927, 3926], [4073, 4072], [4090, 4089], [4097, 4096], [4192, 4191], [5039, 5038], [6150, 4451], [6151, 4532], [6152, 4533],
  [6153, 4534], [6155, 4535], [6157, 4536], [2287, 2249],
])
