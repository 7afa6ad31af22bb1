/** The tables, as Markdown. */
import { SIDE_TITLES, SIDES, type SideName } from '../sides/side.ts'
import { judge } from './goals.ts'
import { added, of, rate, ratio, spreadOf, type Results, type RowResult, type Spread } from './results.ts'

export function toMarkdown(results: Results): string {
  return [
    `Measured ${results.startedAt.slice(0, 10)}, ${results.scale} run of ${results.minutes.toFixed(0)} minutes, system load ${results.loadBefore} before and ${results.loadAfter} after.`,
    '', ...table(['machine', ''], Object.entries(results.machine)),
    ...(results.skipped.length === 0 ? [] : ['', ...results.skipped]),
    '', '### Goals', '', ...table(['work', 'goal', 'found', ''], judge(results).map((one) => [one.goal, one.wanted, one.found, one.verdict])),
    ...results.rows.flatMap((row) => ['', ...rowTable(row)]),
    ...results.parts.flatMap((part) => ['', `### ${part.title}`, '', ...table(['', '', ''], part.figures.map((one) => [one.what, `${show(one.value)} ${one.unit}`, one.note ?? '']))]),
    '',
  ].join('\n')
}

function rowTable(row: RowResult): string[] {
  const withLatency = row.latencyOf !== undefined
  const withMemory = row.measurements.some((one) => one.memory !== undefined)
  const columns = [
    '', `${row.unit}/s`, 'of direct', 'of relay', 'of PgBouncer',
    ...(withLatency ? [`p50 / p90 / p99 of a ${row.latencyOf}, ms`, 'added p50', 'added p90', 'added p99'] : ['MB/s']),
    `CPU us per ${row.unit.replace(/s$/, '')}`, 'fdatasync p50 / p99, ms', ...(withMemory ? ['memory MiB, before → most'] : []),
  ]
  const lines = SIDES.filter((side) => of(row, side).length > 0).map((side) => lineOf(row, side, withLatency, withMemory))
  return [`### ${row.title}`, '', `\`${row.name}\``, '', ...table(columns, lines)]
}

function lineOf(row: RowResult, side: SideName, withLatency: boolean, withMemory: boolean): string[] {
  const all = of(row, side)
  const median = (pick: (one: (typeof all)[number]) => number | undefined): number | undefined => spreadOf(all.map((one) => pick(one) ?? Number.NaN))?.median
  const late = added(row, side)
  const isDirect = side === 'direct'
  return [
    SIDE_TITLES[side], show(median(rate)), isDirect ? '1' : spread(ratio(row, side, 'direct')), side === 'relay' ? '1' : spread(ratio(row, side, 'relay')), side === 'pgbouncer' ? '1' : spread(ratio(row, side, 'pgbouncer')),
    ...(withLatency
      ? [`${[median((one) => one.latencyMs?.p50), median((one) => one.latencyMs?.p90), median((one) => one.latencyMs?.p99)].map(show).join(' / ')}`, ...(isDirect ? ['', '', ''] : [spread(late.p50), spread(late.p90), spread(late.p99)])]
      : [show(median((one) => one.bytes / one.seconds / 1e6))]),
    show(median((one) => one.cpuUsPerUnit)), fdatasync(median((one) => one.fdatasyncMs?.p50), median((one) => one.fdatasyncMs?.p99)),
    ...(withMemory ? [memory(median((one) => one.memory?.beforeMiB), median((one) => one.memory?.peakMiB))] : []),
  ]
}

function fdatasync(p50: number | undefined, p99: number | undefined): string { return p50 === undefined ? '' : `${show(p50)} / ${show(p99)}` }
function memory(before: number | undefined, peak: number | undefined): string { return before === undefined ? '' : `${show(before)} → ${show(peak)}` }

/** `0.62 (0.58 to 0.66)`. */
function spread(of_: Spread | undefined): string {
  if (of_ === undefined) return ''
  const flat = show(of_.least) === show(of_.most)
  return flat ? show(of_.median) : `${show(of_.median)} (${show(of_.least)} to ${show(of_.most)})`
}

/** Three digits that matter. */
export function show(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ''
  const size = Math.abs(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en')
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  return value.toFixed(size >= 0.1 ? 2 : 3)
}

function table(columns: readonly string[], lines: readonly (readonly string[])[]): string[] {
  return [`| ${columns.join(' | ')} |`, `|${columns.map(() => '---').join('|')}|`, ...lines.map((line) => `| ${line.join(' | ')} |`)]
}
