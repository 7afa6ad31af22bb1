/** Quantities with a unit, as operators write them: `15m`, `8h`, `16MiB`. */
import type { Problems } from './problem.ts'
import { found } from './read-fields.ts'
import { shown, type YamlNode } from './yaml-tree.ts'

const MILLISECONDS: ReadonlyMap<string, number> = new Map([['ms', 1], ['s', 1_000], ['m', 60_000], ['h', 3_600_000], ['d', 86_400_000]])
const BYTES: ReadonlyMap<string, number> = new Map([
  ['B', 1], ['kB', 1_000], ['MB', 1_000_000], ['GB', 1_000_000_000], ['KiB', 1_024], ['MiB', 1_048_576], ['GiB', 1_073_741_824],
])

/** @returns milliseconds, from `leastMs` to `mostMs`. */
export function readDuration(node: YamlNode, what: string, leastMs: number, mostMs: number, problems: Problems): number | undefined {
  return readQuantity(node, what, MILLISECONDS, 'a time such as 15m or 8h', leastMs, mostMs, formatDuration, problems)
}

/** @returns bytes, from `least` to `most`. A bare number is bytes. */
export function readSize(node: YamlNode, what: string, least: number, most: number, problems: Problems): number | undefined {
  if (node.kind === 'number' && Number.isSafeInteger(node.value) && node.value >= least && node.value <= most) return node.value
  return readQuantity(node, what, BYTES, 'a size such as 64KiB or 16MiB', least, most, formatSize, problems)
}

/** The shortest writing of a time that loses nothing: `90s`, `15m`. */
export function formatDuration(ms: number): string {
  return format(ms, MILLISECONDS)
}

function formatSize(bytes: number): string {
  return format(bytes, BYTES)
}

function readQuantity(
  node: YamlNode, what: string, units: ReadonlyMap<string, number>, example: string, least: number, most: number,
  write: (quantity: number) => string, problems: Problems,
): number | undefined {
  const parts = node.kind === 'text' ? /^([0-9]{1,12})\s?([A-Za-z]{1,3})$/.exec(node.text) : null
  const unit = units.get(parts?.[2] ?? '')
  if (parts === null || unit === undefined) {
    problems.error(node.at, `${what}: expected ${example}, found ${node.kind === 'text' ? `"${shown(node.text)}"` : found(node)}`)
    return undefined
  }
  const quantity = Number(parts[1]) * unit
  if (quantity >= least && quantity <= most) return quantity
  problems.error(node.at, `${what}: expected ${write(least)} to ${write(most)}, found ${shown(parts[0])}`)
  return undefined
}

function format(quantity: number, units: ReadonlyMap<string, number>): string {
  let best = `${quantity}`
  for (const [name, size] of units) {
    const text = `${quantity / size}${name}`
    if (quantity % size === 0 && (size === 1 || text.length < best.length)) best = text
  }
  return best
}
