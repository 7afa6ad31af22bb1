/** Expressions with a syntax of their own, or over types that the catalog calls `any`: by the type they yield. */
import type { TypeName } from '../types.table.ts'
import type { Scope, Writing, Written } from './scope.ts'

/** `{type}` is an expression of that type; `{row}` the alias of a row in scope; `{elem}` a scalar of any everyday type. */
const FORMS: Partial<Record<TypeName, readonly string[]>> = {
  text: [
    'substring({text} from {int4} for {int4})', 'substring({text}, 1, 3)', 'substring({text} from \'[a-z]+\')', 'overlay({text} placing {text} from 2)', 'trim(both \'x\' from {text})', '{text} || {elem}', 'concat({elem}, {text}, {elem})', "concat_ws('-', {text}, {elem})",
    "format('%s/%L', {elem}, {text})", 'upper({text})', 'lower({text})', 'initcap({text})', 'left({text}, 2)', 'right({text}, 3)', 'reverse({text})', 'md5({text})', "split_part({text}, ' ', 1)", "replace({text}, 'a', 'b')", "translate({text}, 'abc', 'xyz')",
    'lpad({text}, 12, \'*\')', 'repeat({text}, 2)', "regexp_replace({text}, '[0-9]', '#', 'g')", "to_char({date}, 'YYYY-MM')", "to_char({numeric}, '999.9')", "to_char({timestamptz}, 'Dy DD Mon')", '{jsonb} ->> {text}', '{jsonb} #>> {text[]}', '({text[]})[1]', "array_to_string({text[]}, ',')",
    'encode({bytea}, \'hex\')', 'encode({bytea}, \'base64\')', '{row}::text', 'row_to_json({row})::text', 'pg_typeof({elem})::text', 'quote_literal({elem})', 'quote_ident({text})', 'quote_nullable({elem})', 'cast({elem} as text)', '({elem})::text', '{text} collate "C"', 'chr(ascii({text}))', 'normalize({text})',
    'string_to_array({text}, \' \')::text', 'host({inet})', 'json_typeof({json})', 'jsonb_typeof({jsonb})', 'sha256({bytea})::text', 'btrim({text})', 'ltrim({text}, {text})', "coalesce({text}, '-') || '!'", 'pg_size_pretty({int8})', 'upper({int4range})::text', 'position({text} in {text})::text', 'unistr({text})', '({text})::clinic.mrn_t::text', '({text})::clinic.severity::text', '(row({text}, {text})::clinic.address).town', 'row({text}, {text})::clinic.address::text', 'clinic.patient_label({int8})', 'string_agg({text}, \',\') over ()', 'overlay({text} placing \'*\' from 2 for 3)', 'rpad({text}, 5)', 'to_hex({int4})', '({text} || {text})', 'json_build_object({text}, {elem})::text', 'xmlserialize(content {xml} as text)', 'sha512({bytea})::text', 'ts_headline({text}, {tsquery})', 'numnode({tsquery})::text', 'substr({text}, {int4})', 'left({text}, {int4})', 'regexp_substr({text}, \'[a-z]+\')', 'format({text}, {elem})', 'to_char({int4}, {text})', 'convert_from({bytea}, \'UTF8\')', 'encode({bytea}, {text})',
  ],
  varchar: ['{text}::varchar', '{text}::varchar(5)'],
  int4: [
    'length({text})', 'char_length({text})', 'position({text} in {text})', 'strpos({text}, {text})', 'ascii({text})', '({int4} + {int4})', '({int4} * 2)', '({int4} / {int4})', '({int4} % 3)', 'cardinality({text[]})', 'array_length({text[]}, 1)', 'extract(year from {date})::int4', 'jsonb_array_length({jsonb})',
    '({jsonb} ->> \'a\')::int4', '({int4[]})[2]', 'array_position({text[]}, {text})', '{date} - {date}', 'octet_length({bytea})', 'width_bucket({numeric}, 0, 100, 5)', 'num_nonnulls({elem}, {elem})', 'num_nulls({elem})', 'get_byte({bytea}, 0)', 'array_upper({int4[]}, 1)', 'round({numeric})::int4', 'bit_length({text})',
    'case when {bool} then 1 else 0 end', '({bool})::int4', 'sign({numeric})::int4', 'lower({int4range})', 'hashtext({text})', 'levenshtein({text}, {text})', 'regexp_count({text}, \'a\')', 'regexp_instr({text}, \'[a-z]\')', 'date_part(\'day\', {timestamptz})::int4', 'clinic.age_of({date})', '{int4} << {int4}', '{int4} # 5', '-{int4}', '{int4} * {int4}', 'ntile({int4}) over ()', '({text} collate "C" < {text})::int', 'json_array_length({json})', 'num_nulls({elem}, {elem}, {text})', 'array_ndims({text[]})', 'extract(day from {interval})::int4', 'range_merge({int4range}, {int4range})::text::int4', 'coalesce(array_length(regexp_matches({text}, \'a\'), 1), 0)', 'bit_count({bytea})::int4',
  ],
  int8: ['({int4})::int8', 'abs({int8})', '{int8} + {int4}', 'mod({int8}, 7::int8)', 'char_length({text})::int8', 'bit_count({bytea})', 'gcd({int8}, 12::int8)', 'hashtextextended({text}, 0)', 'pg_column_size({elem})::int8', 'pg_relation_size({regclass})', 'pg_total_relation_size({regclass})', 'pg_table_size({regclass})'],
  numeric: ['round({numeric}, 1)', 'extract(epoch from {timestamptz})', 'extract(month from {date})', '({numeric} + {int4})', '({numeric} / {numeric})', 'abs({numeric})', 'trunc({numeric})', '({text})::numeric', 'to_number({text}, \'99999\')', 'power({numeric}, 2)', 'sqrt({numeric})', 'scale({numeric})::numeric', '{numeric} % 3', 'factorial({int8})', 'ceil({numeric})', 'numeric(8,2) \'3.14159\'', '({numeric})::numeric(6,1)'],
  float8: ['({numeric})::float8', 'date_part(\'hour\', {timestamptz})', 'sin({float8})', 'ln({float8})', '({float8} / 3)', 'ts_rank({tsvector}, {tsquery})::float8'],
  date: ['({timestamptz})::date', '{date} + {int4}', '({text})::date', 'make_date(2024, 2, {int4})', 'to_date({text}, \'YYYY-MM-DD\')', 'date_trunc(\'month\', {timestamptz})::date', 'lower({daterange})'],
  timestamp: ['{timestamptz} at time zone \'UTC\'', '{date} + time \'12:00\'', 'date_trunc(\'hour\', {timestamp})', '{timestamp} + {interval}', '({date})::timestamp', 'date_bin({interval}, {timestamp}, timestamp \'2001-01-01\')'],
  timestamptz: ['{timestamp} at time zone \'Europe/Berlin\'', 'date_trunc(\'day\', {timestamptz})', '{timestamptz} - {interval}', 'to_timestamp({float8})', '({date})::timestamptz', 'make_timestamptz(2024, {int4}, 1, 0, 0, 0, \'UTC\')'],
  interval: ['{timestamptz} - {timestamptz}', 'age({timestamptz}, {timestamptz})', '{interval} * 2', 'justify_hours({interval})', 'make_interval(days => {int4})', '{int4} * interval \'1 day\''],
  jsonb: [
    'to_jsonb({row})', 'to_jsonb({elem})', 'jsonb_build_object(\'k\', {elem}, \'v\', {elem})', 'jsonb_build_array({elem}, {elem})', '{jsonb} -> {text}', '{jsonb} -> 0', '{jsonb} || {jsonb}', 'jsonb_set({jsonb}, \'{a}\', {jsonb})', '{jsonb} - \'a\'', 'jsonb_path_query_first({jsonb}, \'$.a\')', 'jsonb_path_query_array({jsonb}, \'$[*]\')',
    'jsonb_strip_nulls({jsonb})', '{jsonb} #> {text[]}', '({json})::jsonb', 'jsonb_object({text[]})', '({jsonb})[\'a\']', 'jsonb_insert({jsonb}, \'{z}\', \'1\')', 'row_to_json({row})::jsonb',
  ],
  json: ['row_to_json({row})', 'to_json({elem})', 'json_build_object(\'k\', {elem})', 'json_build_array({elem}, {elem})', '{json} -> \'a\'', 'array_to_json({text[]})', 'json_strip_nulls({json})', '({text})::json'],
  'text[]': ['array[{text}, {text}]', 'string_to_array({text}, \',\')', 'array_append({text[]}, {text})', '{text[]} || {text[]}', 'regexp_split_to_array({text}, \'\\s\')', 'array_remove({text[]}, {text})', '({text[]})[1:2]', 'array(select {text})', 'regexp_match({text}, \'(a)(.)\')', 'array_replace({text[]}, {text}, {text})', 'tsvector_to_array({tsvector})', 'trim_array({text[]}, 1)'],
  'int4[]': ['array[{int4}, {int4}]', 'array_append({int4[]}, {int4})', 'array_cat({int4[]}, {int4[]})', 'array_positions({text[]}, {text})', 'array(select generate_series(1, 3))', 'array_fill({int4}, array[2])', '({int4[]})[1:1]'],
  bytea: ['convert_to({text}, \'UTF8\')', 'decode({text}, \'base64\')', 'decode(md5({text}), \'hex\')', 'sha256({bytea})', 'substring({bytea} from 1 for 2)', '({text})::bytea', '{bytea} || {bytea}'],
  tsvector: ['to_tsvector({text})', 'to_tsvector(\'simple\', {text})', 'setweight({tsvector}, \'A\')', 'strip({tsvector})', '{tsvector} || {tsvector}'],
  tsquery: ['plainto_tsquery(\'simple\', {text})', 'websearch_to_tsquery({text})', 'to_tsquery(\'a & b\')', '{tsquery} && {tsquery}'],
  int4range: ['int4range({int4}, {int4})', '{int4range} * {int4range}', 'int4range(0, {int4}, \'[]\')'],
  daterange: ['daterange({date}, {date})', 'daterange({date}, null)', '{daterange} * {daterange}'],
  bool: ['{tsvector} @@ {tsquery}', '{jsonb} ? {text}', '{jsonb} @> {jsonb}', '{jsonb} @? \'$.a\'', '{int4range} @> {int4}', '{daterange} && {daterange}', '{text[]} && {text[]}', '{text[]} @> array[{text}]', 'starts_with({text}, {text})', '{text} is normalized', '{text} is json', 'isfinite({date})', '({date}, {date}) overlaps ({date}, {date})', 'isempty({int4range})', 'regexp_like({text}, \'a\')', '{row} is null', '{row} = {row}', '{row} is distinct from {row}'],
  oid: ['{regclass}::oid', 'to_regclass({text})::oid'],
  regclass: ['to_regclass({text})', '({text})::regclass'],
  xml: ['xmlelement(name a, {elem})', 'xmlforest({text} as b)', 'xmlparse(content {text})', 'query_to_xml({text}, true, false, \'\')'],
  name: ['({text})::name', 'current_user', 'current_schema'],
}

/** Not spoken by servers before these majors. */
const SINCE: readonly (readonly [RegExp, number])[] = [[/unistr|trim_array|date_bin|bit_count/, 14], [/regexp_(count|instr|like)/, 15], [/is json/, 16]]

const SCALARS: readonly TypeName[] = ['text', 'int4', 'numeric', 'date', 'bool', 'int8', 'timestamptz']

export function formOf({ random, catalog }: Writing, type: TypeName, inner: (type: TypeName) => Written, scope: Scope, allowed: 'never' | 'maybe'): Written | undefined {
  const forms = (FORMS[type] ?? []).filter((form) => SINCE.every(([pattern, since]) => catalog.serverMajor >= since || !pattern.test(form)))
  if (forms.length === 0) return undefined
  const form = random.pick(forms)
  const rows = scope.relations.filter(({ row, phi }) => row && (allowed === 'maybe' || !phi))
  if (form.includes('{row}') && rows.length === 0) return undefined
  let phi = false
  const sql = form.replace(/\{([a-z0-9[\]]+)\}/g, (whole, name: string) => {
    if (name === 'a' || name === 'z' || /^\d+$/.test(name)) return whole
    if (name === 'row') { const relation = random.pick(rows); phi ||= relation.phi; return relation.alias }
    const value = inner(name === 'elem' ? random.pick(SCALARS) : name as TypeName) // the table above names spoken types only
    phi ||= value.phi
    return value.sql
  })
  return { sql: `(${sql})`, phi }
}
