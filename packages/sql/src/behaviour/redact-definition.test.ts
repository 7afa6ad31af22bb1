import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { redactDefinition } from './redact-definition.ts'

/** What a catalog gives for a small clinic, and what stays word for word. */
const KEPT: readonly string[] = [
  " SELECT id AS pid,\n    ((first_name || ' '::text) || last_name) AS label,\n    email AS contact\n   FROM clinic.patients;",
  "   WHERE (n.written_at > '2020-01-01 00:00:00+00'::timestamp with time zone);",
  "CREATE OR REPLACE FUNCTION clinic.patient_label(bigint)\n RETURNS text\n LANGUAGE sql\n STABLE\nAS $function$ SELECT first_name || ' ' || last_name || ' (' || mrn || ')' FROM clinic.patients WHERE id = $1 $function$\n",
  " SELECT (date '2025-01-01' - $1) / 365 ",
  "CHECK ((VALUE ~ '^MRN-[0-9A-Z]{8}$'::text))",
  "to_tsvector('simple'::regconfig, body)",
  'FOR VALUES IN (2024)',
  "nextval('clinic.patients_id_seq'::regclass)",
  'nextval(\'clinic."Odd Name_id_seq"\'::regclass)',
  'CREATE INDEX patients_dob ON clinic.patients USING btree (dob)',
  'FOREIGN KEY (patient_id) REFERENCES clinic.patients(id) ON DELETE CASCADE',
  'CREATE CONSTRAINT TRIGGER "RI_ConstraintTrigger_a_16433" AFTER DELETE ON clinic.patients FOR EACH ROW EXECUTE FUNCTION "RI_FKey_cascade_del"()',
  "'active'::text", "ARRAY['r'::\"char\", 'p'::\"char\"]", "'{}'::jsonb", 'now()', "(now() AT TIME ZONE 'utc'::text)", '(1.5 * $1) + 365', '',
]

/** What an insider may have left, and what the caller sees instead. */
const REDACTED: readonly (readonly [string, string])[] = [
  ["WHERE (ssn = '907-99-5141'::text);", "WHERE (ssn = '[redacted]'::text);"],
  [" SELECT $1 = 'MRN-MYVYZF77' ", " SELECT $1 = '[redacted]' "],
  ["CHECK ((a <> '907-99-5141'::text))", "CHECK ((a <> '[redacted]'::text))"],
  ["FOR VALUES IN ('MRN-MYVYZF77')", "FOR VALUES IN ('[redacted]')"],
  ["EXECUTE FUNCTION vt('907-99-5141')", "EXECUTE FUNCTION vt('[redacted]')"],
  ["(e.email = 'zoe@x.org'::text)", "(e.email = '[redacted]'::text)"],
  ["(last_name = 'Zephiluuxignash'::text)", "(last_name = '[redacted]'::text)"],
  ["(dob = '1971-02-17'::date)", "(dob = '[redacted]'::date)"],
  ['(member = 907995141)', '(member = 0)'],
  ["AS $function$ begin x := 'it''s Zoe'; y := E'a\\'b Zoe'; end $function$", "AS $function$ begin x := '[redacted]'; y := '[redacted]'; end $function$"],
  ['x := $q$907-99-5141$q$;', 'x := $q$[redacted]$q$;'],
  ['x := $$907-99-5141$$;', 'x := $$[redacted]$$;'],
  ['begin -- about 907-99-5141\n end', 'begin --\n end'],
  ['begin /* about 907-99-5141 */ end', 'begin /* */ end'],
  ['U&\'d\\0061ta 907\'', "U&'[redacted]'"],
  ['"907-99-5141"', '"[redacted]"'],
  ["VALUE ~ '^907-99-[0-9]{4}$'", "VALUE ~ '[redacted]'"],
  ["'907-99-5141'::regclass_of_mine", "'[redacted]'::regclass_of_mine"],
  ["x = 'Zephiluux", 'x = [redacted]'],
  ['x = $a$Zephiluux', 'x = [redacted]'],
  ['x = "Zephiluux 907995141', 'x = [redacted]'],
]

for (const text of KEPT) test(`keeps ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(redactDefinition(text), text))
for (const [text, wanted] of REDACTED) test(`redacts ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(redactDefinition(text), wanted))

test('no literal of a value survives, whatever stands around it', () => {
  const value = fc.constantFrom('907-99-5141', 'MRN-MYVYZF77', 'Zephiluuxignash', 'zoe@example.org', '+41 79 555 12 34')
  const around = fc.array(fc.constantFrom("'x'", ' || ', '"Name"', '$1', '(', ')', "''", '/* ok */', '--a\n', 'E\'\\\\\'', '$f$a$f$', '12', 'lower(x)', '\n'), { maxLength: 6 }).map(parts => parts.join(' '))
  fc.assert(fc.property(around, value, around, (before, secret, after) => {
    assert.ok(!redactDefinition(`${before} '${secret}' ${after}`).includes(secret))
  }))
})

test('says the same about its own answer', () => {
  for (const [, wanted] of REDACTED) if (!wanted.endsWith('= [redacted]')) assert.equal(redactDefinition(wanted), wanted.replaceAll("E'", "'"))
})

test('a text too long to look through is redacted whole', () => assert.equal(redactDefinition("'".repeat(1_000_001)), '[redacted]'))
