/**
 * Worlds whose PHI differs in more than its letters: missing, empty, very long, of other shapes and at the ends of its type. Everything that is
 * not PHI stays as it is.
 */
import { makeSeededRandom, type SeededRandom } from '@doorward/testkit'
import type { World } from '../../corpus/world.mjs'

type Values = readonly ((random: SeededRandom) => unknown)[]

/** What a B-tree takes, at most a third of a page. */
const SHORT: Values = [
  () => null, () => null, () => '', () => ' ', (random) => 'longer than most '.repeat(random.integer(2, 40)),
  () => 'Zoë Größe 北京 \u{1f3e5}', () => '0', () => '-17', () => '2024-02-30', () => '{"a": 1}', () => '[redacted]', () => 'NULL', () => "O'Brien \\ \" ; --", () => '(1,2)', () => '%_', (random) => 'x'.repeat(random.integer(1, 30)),
]
const TEXTS: Values = [
  ...SHORT, (random) => 'longer than a page '.repeat(random.integer(200, 900)), (random) => Array.from({ length: random.integer(2_500, 6_000) }, () => String.fromCharCode(random.integer(33, 126))).join(''),
]
/** Unique or read as a key: never twice. */
const KEYS: Values = [() => null]
const DATES: Values = [() => null, () => 'infinity', () => '-infinity', () => '0044-03-15 BC', () => '5874897-12-31']
const INSTANTS: Values = [() => null, () => 'infinity', () => '-infinity', () => '0044-03-15 00:00:00+00 BC']
const NUMBERS: Values = [() => null, () => 'NaN', () => 'Infinity', () => '0', () => '-0.0000001', () => '1e40', () => '99999999999999999999.5']
const INTEGERS: Values = [() => null, () => 0, () => -1, () => 2_147_483_647, () => -2_147_483_648]
const DOCUMENTS: Values = [() => ({}), () => [], () => 5, () => 'scalar', () => [[{ deep: [{ deeper: null }] }]], () => ({ k: 'v'.repeat(5_000) }), () => ({ '': 1, a: null, b: [1, 'x', { c: true }] }), () => [1, 2, 3], () => true]
const LISTS: Values = [() => [], () => [null], () => ['', 'x', null], (random) => Array.from({ length: random.integer(3, 60) }, (_, at) => `tag ${at}`)]
const HOMES: Values = [() => ({ line: null, town: null }), () => ({ line: '', town: 'a,b' }), () => ({ line: '"quoted" (x)', town: null })]

const COLUMNS: Readonly<Record<string, Readonly<Record<string, Values>>>> = {
  patients: person(), archived_patients: person(), encounters: { reason: TEXTS, started_at: INSTANTS }, notes: { body: TEXTS, written_at: INSTANTS }, labs: { value: NUMBERS, taken_at: INSTANTS },
  medications: { drug: TEXTS, dose: TEXTS, started_on: DATES }, claims: { icd10: TEXTS, member_id: KEYS, amount: NUMBERS },
}

function person(): Readonly<Record<string, Values>> {
  return { mrn: KEYS, first_name: TEXTS, last_name: SHORT, dob: DATES, ssn: TEXTS, phone: TEXTS, email: TEXTS, street: TEXTS, city: TEXTS, zip: TEXTS, diagnosis: SHORT, hiv_status: TEXTS, weight_g: INTEGERS, extra: DOCUMENTS, tags: LISTS, home: HOMES }
}

/** One value in six is another one; which, and what it is, differs from world to world. */
const SHARE = 1 / 6

export function roughen(world: World): World {
  const random = makeSeededRandom(world.name === 'a' ? 0x0a0a : 0x0b0b)
  const rough: Record<string, unknown> = { ...world }
  for (const [table, columns] of Object.entries(COLUMNS)) {
    const rows = world[table]
    if (!Array.isArray(rows)) throw new Error(`the world has no table ${table}`)
    rough[table] = rows.map((row: Record<string, unknown>) => ({
      ...row, ...Object.fromEntries(Object.entries(columns).flatMap(([column, values]) => (random.chance(SHARE) ? [[column, random.pick(values)(random)]] : []))),
    }))
  }
  return rough as unknown as World
}
