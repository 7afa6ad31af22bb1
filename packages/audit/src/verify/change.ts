/**
 * What was done to a run of entries, told from their leaf hashes: those that were signed, and those found. It names the simplest
 * change that explains the difference; two changes in one run are called edited.
 */
import type { Change } from './finding.ts'

export interface Difference {
  /** The first entry that differs, from 0. */
  readonly position: number
  readonly change: Change
}

/** @returns undefined when nothing differs. @param found may be shorter or longer than `expected`. */
export function findDifference(expected: readonly Buffer[], found: readonly Buffer[]): Difference | undefined {
  const position = firstDifference(expected, found)
  if (position === expected.length && position === found.length) return undefined
  return { position, change: toChange(expected, found, position) }
}

function toChange(expected: readonly Buffer[], found: readonly Buffer[], position: number): Change {
  if (position === found.length) return 'truncated'
  if (position === expected.length) return 'inserted'
  // Later entries moved up by the number deleted, or down by the number inserted; what follows the run is not looked at.
  for (let shift = 1; shift < expected.length - position; shift++) if (isAligned(expected, position + shift, found, position)) return 'deleted'
  for (let shift = 1; shift < found.length - position; shift++) if (isAligned(expected, position, found, position + shift)) return 'inserted'
  if (isPermutation(expected, found)) return 'reordered'
  // The last one of a run has nothing after it that could have moved.
  if (found.length < expected.length) return 'deleted'
  if (found.length > expected.length) return 'inserted'
  return 'edited'
}

function firstDifference(expected: readonly Buffer[], found: readonly Buffer[]): number {
  let position = 0
  for (const hash of expected) {
    if (found[position]?.equals(hash) !== true) break
    position++
  }
  return position
}

/** Whether two runs are the same as far as both go, from these positions on; at least one entry. */
function isAligned(expected: readonly Buffer[], fromExpected: number, found: readonly Buffer[], fromFound: number): boolean {
  const length = Math.min(expected.length - fromExpected, found.length - fromFound)
  for (let at = 0; at < length; at++) {
    const hash = expected[fromExpected + at]
    if (hash === undefined || found[fromFound + at]?.equals(hash) !== true) return false
  }
  return length > 0
}

function isPermutation(expected: readonly Buffer[], found: readonly Buffer[]): boolean {
  if (expected.length !== found.length) return false
  const order = (hashes: readonly Buffer[]): readonly string[] => hashes.map((hash) => hash.toString('hex')).sort()
  const other = order(found)
  return order(expected).every((hash, at) => hash === other[at])
}
