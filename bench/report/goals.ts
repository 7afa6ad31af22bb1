/** The goals of docs/performance.md, held against what was measured. */
import { added, of, rate, ratio, spreadOf, type Results, type RowResult } from './results.ts'

export interface GoalResult { readonly goal: string; readonly wanted: string; readonly found: string; readonly verdict: 'met' | 'missed' | 'not measured' }

export function judge(results: Results): readonly GoalResult[] {
  const row = (name: string): RowResult | undefined => results.rows.find((one) => one.name === name)
  const figure = (part: string, what: string): number | undefined => results.parts.find((one) => one.name === part)?.figures.find((one) => one.what === what)?.value
  const goals: GoalResult[] = []
  const add = (goal: string, wanted: string, value: number | undefined, isMet: (value: number) => boolean, show: (value: number) => string): void => {
    goals.push({ goal, wanted, found: value === undefined ? '' : show(value), verdict: value === undefined ? 'not measured' : isMet(value) ? 'met' : 'missed' })
  }
  const times = (value: number): string => `${value.toFixed(2)}`
  for (const mode of ['simple', 'prepared'] as const) {
    const at32 = row(`point-${mode}-32`)
    const pooled = at32 === undefined ? undefined : ratio(at32, 'doorward-ram', 'pgbouncer')?.median
    add(`point select, ${mode}, 32 clients, log in memory`, 'at least PgBouncer (first step: 0.5 of it)', pooled, (value) => value >= 1, (value) => `${times(value)} of PgBouncer${value >= 0.5 ? '' : ', below the first step'}`)
    for (const clients of [32, 128]) {
      const measured = row(`point-${mode}-${clients}`)
      const bound = measured === undefined ? undefined : diskBound(measured, row(`point-${mode}-1`), clients)
      add(`point select, ${mode}, ${clients} clients, log on disk`, '0.8 of min(relay, clients / (1.5 fdatasync + direct latency))', bound, (value) => value >= 0.8, (value) => `${times(value)} of it`)
    }
    const alone = row(`point-${mode}-1`)
    const beyond = alone === undefined ? undefined : beyondDisk(alone)
    add(`point select, ${mode}, 1 client`, 'added p50 under 0.3 ms above one fdatasync', beyond?.p50, (value) => value < 0.3, (value) => `${value.toFixed(2)} ms`)
    add(`point select, ${mode}, 1 client`, 'added p99 under 2 ms above one fdatasync', beyond?.p99, (value) => value < 2, (value) => `${value.toFixed(2)} ms`)
  }
  for (const bulk of results.rows.filter((one) => /^rows-|^copy-out/.test(one.name))) {
    add(bulk.title, '0.7 of direct', ratio(bulk, 'doorward', 'direct')?.median, (value) => value >= 0.7, (value) => `${times(value)} of direct`)
    const growth = Math.max(...of(bulk, 'doorward').map((one) => (one.memory === undefined ? Number.NaN : one.memory.peakMiB - one.memory.beforeMiB)))
    add(bulk.title, 'memory under 64 MiB above idle', Number.isFinite(growth) ? growth : undefined, (value) => value < 64, (value) => `${value.toFixed(0)} MiB`)
  }
  add('cached analysis and decision', 'under 30 us, p99', figure('analysis', 'cached 2 kB and decision, p99'), (value) => value < 30, (value) => `${value.toFixed(0)} us`)
  add('cold analysis of 2 kB', 'under 2 ms, p50', figure('analysis', 'cold 2 kB, p50'), (value) => value < 2000, (value) => `${value.toFixed(0)} us`)
  add('idle sessions', 'under 40 kB each', figure('idle', 'doorward, resident per session'), (value) => value < 40, (value) => `${value.toFixed(0)} kB`)
  add('point selects, 8 clients, beside 200 held statements', 'as many as beside none: 0.95', figure('held', 'statements beside 200 held, of beside none'), (value) => value >= 0.95, (value) => `${times(value)} of it`)
  add('point selects, 8 clients, beside 200 held statements', 'no more processor time than beside none: 1.05', figure('held', 'processor time beside 200 held, of beside none'), (value) => value <= 1.05, (value) => `${times(value)} of it`)
  add('log, 16 concurrent', '10,000 durable entries per second', figure('log', '16 callers'), (value) => value >= 10_000, (value) => `${Math.round(value)} per second`)
  add('log, 64 concurrent', '30,000 durable entries per second', figure('log', '64 callers'), (value) => value >= 30_000, (value) => `${Math.round(value)} per second`)
  add('verify', '200,000 entries per second', figure('log', 'verify'), (value) => value >= 200_000, (value) => `${Math.round(value)} per second`)
  return goals
}

/** What was reached of what disk and runtime allow: see the goal. Each repetition with its own disk. */
function diskBound(row: RowResult, alone: RowResult | undefined, clients: number): number | undefined {
  const directMs = alone === undefined ? undefined : spreadOf(of(alone, 'direct').flatMap((one) => (one.latencyMs === undefined ? [] : [one.latencyMs.p50])))?.median
  const relays = new Map(of(row, 'relay').map((one) => [one.repetition, rate(one)]))
  if (directMs === undefined) return undefined
  return spreadOf(of(row, 'doorward').flatMap((one) => {
    const relay = relays.get(one.repetition)
    if (one.fdatasyncMs === undefined || relay === undefined) return []
    return [rate(one) / Math.min(relay, clients / ((1.5 * one.fdatasyncMs.p50 + directMs) / 1000))]
  }))?.median
}

/** Added latency, less the disk's own time at the same percentile. Milliseconds. */
function beyondDisk(row: RowResult): { readonly p50: number | undefined; readonly p99: number | undefined } {
  const own = (part: 'p50' | 'p99'): number | undefined => spreadOf(of(row, 'doorward').flatMap((one) => (one.fdatasyncMs === undefined ? [] : [one.fdatasyncMs[part]])))?.median
  const { p50, p99 } = added(row, 'doorward')
  const less = (all: number | undefined, disk: number | undefined): number | undefined => (all === undefined || disk === undefined ? undefined : all - disk)
  return { p50: less(p50?.median, own('p50')), p99: less(p99?.median, own('p50')) }
}
