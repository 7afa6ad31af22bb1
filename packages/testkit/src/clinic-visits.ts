/** What happens to one synthetic patient at the clinic: which conditions, which visits, what was ordered at each. */
import { CONDITIONS, type Condition } from './clinic-terms.table.ts'
import { DAY_MS, type Person } from './people.ts'
import type { SeededRandom } from './people-random.ts'

export interface Visit {
  readonly condition: Condition
  /** The first visit for this condition: where it is diagnosed and its medication starts. */
  readonly isFirst: boolean
  readonly startedAtMs: number
  readonly ageThen: number
  readonly minutes: number
}

const YEAR_MS = 365.25 * DAY_MS
/** How far back the clinic's records go. */
const HISTORY_MS = 3 * YEAR_MS
const CHRONIC_VISITS = { low: 1, high: 5 }
const MAX_CHRONIC = 6

/** @returns at least one visit, oldest first, none before birth and none after `asOfMs`. */
export function makeVisits(random: SeededRandom, person: Person, asOfMs: number): readonly Visit[] {
  const fitting = CONDITIONS.filter((condition) => person.age >= condition.fromAge && person.age <= condition.toAge && (condition.sex === 'any' || condition.sex === person.sex))
  const bornMs = Date.parse(person.dob)
  const fromMs = Math.max(bornMs + 10 * DAY_MS, asOfMs - HISTORY_MS)
  const episodes = [
    ...pickDistinct(random, fitting.filter((condition) => condition.course === 'chronic'), chronicCount(random, person.age))
      .map((condition) => ({ condition, visits: random.integer(CHRONIC_VISITS.low, CHRONIC_VISITS.high) })),
    ...pickDistinct(random, fitting.filter((condition) => condition.course === 'acute'), random.integer(1, 4)).map((condition) => ({ condition, visits: 1 })),
  ]
  return episodes
    .flatMap(({ condition, visits }) => {
      const times = Array.from({ length: visits }, () => toOfficeHours(random, fromMs + random.next() * Math.max(0, asOfMs - DAY_MS - fromMs))).sort((a, b) => a - b)
      return times.map((startedAtMs, index) => ({
        condition, isFirst: index === 0, startedAtMs,
        ageThen: Math.max(0, Math.floor((startedAtMs - bornMs) / YEAR_MS)),
        minutes: random.pick([15, 20, 20, 30, 30, 45]),
      }))
    })
    .sort((a, b) => a.startedAtMs - b.startedAtMs)
}

/** Moves an instant to a weekday between 8:00 and 16:45 UTC, at a quarter of an hour, never to a later day. */
export function toOfficeHours(random: SeededRandom, ms: number): number {
  const day = Math.floor(ms / DAY_MS) * DAY_MS
  const weekday = new Date(day).getUTCDay()
  const back = weekday === 0 ? 2 : weekday === 6 ? 1 : 0
  return day - back * DAY_MS + (8 * 60 + 15 * random.integer(0, 35)) * 60_000
}

function chronicCount(random: SeededRandom, age: number): number {
  const expected = age < 18 ? 0.35 : Math.min(MAX_CHRONIC, (age - 10) / 20)
  return Math.min(MAX_CHRONIC, Math.floor(expected * (0.4 + random.next() * 1.2)))
}

function pickDistinct(random: SeededRandom, from: readonly Condition[], count: number): readonly Condition[] {
  const left = [...from]
  const picked: Condition[] = []
  while (picked.length < count && left.length > 0) {
    const condition = random.pickWeighted(left)
    left.splice(left.indexOf(condition), 1)
    picked.push(condition)
  }
  return picked
}
