/** What a run found, as it is kept in JSON; and how repetitions become a figure with a spread. */
import type { Percentiles } from '../load/job.ts'
import type { SideName } from '../sides/side.ts'

/** One measurement: one row, one side, one repetition. */
export interface Measurement {
  readonly side: SideName
  readonly repetition: number
  readonly count: number
  readonly seconds: number
  readonly latencyMs: Percentiles | undefined
  readonly bytes: number
  /** User and system time of the process between, per unit of work. Microseconds. */
  readonly cpuUsPerUnit: number | undefined
  /** The disk's own fdatasync of 4 kB just before, where the side's log is on a disk. */
  readonly fdatasyncMs: Percentiles | undefined
  /** Resident memory of the process between: before, highest, and every sample. MiB; seconds. */
  readonly memory: { readonly beforeMiB: number; readonly peakMiB: number; readonly samples: readonly (readonly [second: number, mib: number])[] } | undefined
}

export interface RowResult {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly latencyOf: string | undefined
  readonly measurements: readonly Measurement[]
}

/** Figures that are not of a side: of one part alone. */
export interface PartResult {
  readonly name: string
  readonly title: string
  readonly figures: readonly { readonly what: string; readonly value: number; readonly unit: string; readonly note?: string }[]
}

export interface Results {
  readonly startedAt: string
  readonly minutes: number
  readonly scale: string
  readonly machine: Readonly<Record<string, string>>
  readonly loadBefore: string
  readonly loadAfter: string
  readonly skipped: readonly string[]
  readonly rows: readonly RowResult[]
  readonly parts: readonly PartResult[]
}

/** Median, least and most. */
export interface Spread { readonly median: number; readonly least: number; readonly most: number }

export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b)
  const [least] = sorted
  const most = sorted.at(-1)
  if (least === undefined || most === undefined) return undefined
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] ?? least : ((sorted[middle - 1] ?? least) + (sorted[middle] ?? most)) / 2
  return { median, least, most }
}

export function of(row: RowResult, side: SideName): readonly Measurement[] { return row.measurements.filter((one) => one.side === side) }

export function rate(one: Measurement): number { return one.count / one.seconds }

/** Each repetition against the other side's of the same repetition, since a noisy moment hurts both. */
export function ratio(row: RowResult, side: SideName, other: SideName): Spread | undefined {
  const others = new Map(of(row, other).map((one) => [one.repetition, one]))
  return spreadOf(of(row, side).flatMap((one) => {
    const against = others.get(one.repetition)
    return against === undefined ? [] : [rate(one) / rate(against)]
  }))
}

/** How much later than directly, at each percentile. Milliseconds. */
export function added(row: RowResult, side: SideName): { readonly p50: Spread | undefined; readonly p90: Spread | undefined; readonly p99: Spread | undefined } {
  const direct = new Map(of(row, 'direct').map((one) => [one.repetition, one]))
  const at = (part: keyof Percentiles): Spread | undefined => spreadOf(of(row, side).flatMap((one) => {
    const against = direct.get(one.repetition)
    return one.latencyMs === undefined || against?.latencyMs === undefined ? [] : [one.latencyMs[part] - against.latencyMs[part]]
  }))
  return { p50: at('p50'), p90: at('p90'), p99: at('p99') }
}
