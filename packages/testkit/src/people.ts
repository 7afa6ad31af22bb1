/**
 * People who do not exist, with the identifiers a clinic would know them by. What could belong to somebody is kept out of reach:
 * social security numbers in 9xx-(01 to 49) are neither issued nor tax numbers, phones are 555-01xx, mail is at example domains.
 * A full name may still be somebody's by chance.
 */
import { makeSeededRandom, type SeededRandom } from './people-random.ts'
import { AREA_CODES, FAMILY_NAMES, FEMALE_NAMES, MAIL_DOMAINS, MALE_NAMES, STREETS, TOWNS } from './people.table.ts'

export interface Person {
  readonly firstName: string
  readonly lastName: string
  readonly sex: 'female' | 'male'
  /** ISO 8601 date. */
  readonly dob: string
  /** Whole years on the day the generator was asked about. */
  readonly age: number
  readonly ssn: string
  readonly phone: string
  readonly email: string
  readonly street: string
  readonly town: string
  readonly zip: string
}

export const DAY_MS = 86_400_000

/** How many of a clinic's patients are of which age; the last band is past the 89 years that Safe Harbor lumps together. */
const AGE_BANDS = [
  { weight: 10, low: 0, high: 9 }, { weight: 9, low: 10, high: 19 }, { weight: 11, low: 20, high: 29 }, { weight: 13, low: 30, high: 39 },
  { weight: 13, low: 40, high: 49 }, { weight: 15, low: 50, high: 59 }, { weight: 14, low: 60, high: 69 }, { weight: 10, low: 70, high: 79 },
  { weight: 4, low: 80, high: 89 }, { weight: 1, low: 90, high: 98 },
] as const

/**
 * @param count At most 100,000: social security numbers are drawn without repeats from 4.9 million.
 * @param asOf ISO 8601 date: the day on which ages hold.
 * @returns the same people for the same arguments, always.
 */
export function makePeople(count: number, seed: number, asOf: string): readonly Person[] {
  const random = makeSeededRandom(seed)
  const taken = new Set<string>()
  return Array.from({ length: count }, () => makePerson(random, asOf, taken))
}

/** @returns a date as `YYYY-MM-DD`. */
export function toIsoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function makePerson(random: SeededRandom, asOf: string, taken: Set<string>): Person {
  const sex = random.chance(0.53) ? 'female' : 'male'
  const firstName = random.pick(sex === 'female' ? FEMALE_NAMES : MALE_NAMES)
  const lastName = random.pick(FAMILY_NAMES)
  const band = random.pickWeighted(AGE_BANDS)
  const age = random.integer(band.low, band.high)
  const town = random.pickWeighted(TOWNS)
  return {
    firstName, lastName, sex, age,
    dob: toBirthDate(asOf, age, random.integer(0, 364)),
    ssn: once(taken, () => `9${random.digits(2)}-${String(random.integer(1, 49)).padStart(2, '0')}-${String(random.integer(1, 9_999)).padStart(4, '0')}`),
    phone: `(${random.pick(AREA_CODES)}) 555-01${random.digits(2)}`,
    email: once(taken, () => `${toMailName(firstName)}.${toMailName(lastName)}${random.chance(0.4) ? '' : random.integer(1, 999)}@${random.pick(MAIL_DOMAINS)}`),
    street: `${random.integer(1, 480)} ${random.pick(STREETS)}${random.chance(0.15) ? `, Apt ${random.integer(1, 24)}` : ''}`,
    town: town.name,
    zip: random.pick(town.zips),
  }
}

/** The day on which somebody was born who is `age` years old on `asOf` and had a birthday `daysSince` days before. */
function toBirthDate(asOf: string, age: number, daysSince: number): string {
  const birthday = new Date(Date.parse(asOf) - daysSince * DAY_MS)
  const day = birthday.getUTCMonth() === 1 && birthday.getUTCDate() === 29 ? 28 : birthday.getUTCDate()
  return toIsoDate(Date.UTC(birthday.getUTCFullYear() - age, birthday.getUTCMonth(), day))
}

function toMailName(name: string): string {
  return name.normalize('NFD').replace(/[^A-Za-z]/g, '').toLowerCase()
}

function once(taken: Set<string>, make: () => string): string {
  for (;;) {
    const value = make()
    if (taken.has(value)) continue
    taken.add(value)
    return value
  }
}
