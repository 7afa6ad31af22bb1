/**
 * A small seeded generator for synthetic data: the same seed gives the same people on every machine and in every version of Node.
 * mulberry32: 32 bits of state, good enough for looks. Never for secrets.
 */
export interface SeededRandom {
  /** At least 0, below 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number
  /** @throws {RangeError} when the list is empty. */
  pick<T>(list: readonly T[]): T
  /** One of the list, in proportion to its weight. @throws {RangeError} when the list is empty. */
  pickWeighted<T extends { readonly weight: number }>(list: readonly T[]): T
  /** True with this probability. */
  chance(probability: number): boolean
  /** Decimal digits. */
  digits(count: number): string
}

/** @param seed Any whole number; its low 32 bits count. */
export function makeSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    next, integer,
    pick: (list) => requireItem(list[Math.floor(next() * list.length)]),
    pickWeighted: (list) => {
      let left = next() * list.reduce((sum, item) => sum + item.weight, 0)
      return requireItem(list.find((item) => (left -= item.weight) < 0) ?? list.at(-1))
    },
    chance: (probability) => next() < probability,
    digits: (count) => Array.from({ length: count }, () => String(integer(0, 9))).join(''),
  }
}

function requireItem<T>(item: T | undefined): T {
  if (item === undefined) throw new RangeError('pick: expected a list that is not empty')
  return item
}
