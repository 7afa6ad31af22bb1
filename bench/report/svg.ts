/** The picture of docs/performance.md: throughput of point selects against direct, and memory over time of a large result. Plain SVG. */
import { SIDE_TITLES, WHOLE_SIDES, type SideName } from '../sides/side.ts'
import { of, ratio, type Results, type RowResult } from './results.ts'

const WIDTH = 1000
const BAR = { left: 330, height: 13, gap: 3, group: 26, width: 480 }
const COLOURS: Readonly<Partial<Record<SideName, string>>> = { direct: '#9aa3ad', relay: '#6b7c93', pgbouncer: '#c08a3e', doorward: '#1f6f5c', 'doorward-ram': '#55b09a' }

export function toSvg(results: Results): string {
  const bars = results.rows.filter((row) => /^(point|hundred|insert|pipeline|rows|copy)/.test(row.name))
  const parts: string[] = []
  let y = 54
  for (const row of bars) {
    const sides = WHOLE_SIDES.filter((side) => side !== 'direct' && ratio(row, side, 'direct') !== undefined)
    if (sides.length === 0) continue
    parts.push(text(10, y + 11, row.title.replace(/, 5 .*masked/, ''), 'start'))
    for (const side of sides) {
      const found = ratio(row, side, 'direct')
      if (found === undefined) continue
      const long = (value: number): number => Math.min(1.15, value) * BAR.width
      parts.push(`<rect x="${BAR.left}" y="${y}" width="${long(found.median).toFixed(1)}" height="${BAR.height}" fill="${COLOURS[side] ?? '#333'}"/>`)
      parts.push(`<line x1="${(BAR.left + long(found.least)).toFixed(1)}" x2="${(BAR.left + long(found.most)).toFixed(1)}" y1="${y + BAR.height / 2}" y2="${y + BAR.height / 2}" stroke="#222"/>`)
      parts.push(text(BAR.left + long(Math.max(found.median, found.most)) + 6, y + 10, found.median.toFixed(2), 'start'))
      y += BAR.height + BAR.gap
    }
    y += BAR.group - BAR.gap
  }
  parts.push(`<line x1="${BAR.left + BAR.width}" x2="${BAR.left + BAR.width}" y1="44" y2="${y - 16}" stroke="#9aa3ad" stroke-dasharray="4 3"/>`)
  const memory = results.rows.filter((row) => row.measurements.some((one) => one.side === 'doorward' && one.memory !== undefined))
  const chart = memory.length === 0 ? '' : memoryChart(memory, y + 24)
  const height = y + (memory.length === 0 ? 20 : 250)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${text(10, 18, 'Throughput as a part of direct to PostgreSQL (dashed: direct); thin lines: spread over repetitions', 'start', 13)}
${legend()}
${parts.join('\n')}
${chart}
</svg>
`
}

function legend(): string {
  return WHOLE_SIDES.filter((side) => side !== 'direct').map((side, index) => `<rect x="${BAR.left + index * 165}" y="28" width="10" height="10" fill="${COLOURS[side] ?? '#333'}"/>${text(BAR.left + index * 165 + 15, 37, SIDE_TITLES[side], 'start')}`).join('\n')
}

/** Resident memory of Doorward while large results pass. */
function memoryChart(rows: readonly RowResult[], top: number): string {
  const series = rows.flatMap((row) => of(row, 'doorward').slice(0, 1).map((one) => ({ title: row.title.replace(/, 5 .*masked/, ''), samples: one.memory?.samples ?? [] })))
  const seconds = Math.max(1, ...series.flatMap(({ samples }) => samples.map(([second]) => second)))
  const most = Math.max(1, ...series.flatMap(({ samples }) => samples.map(([, mib]) => mib))) * 1.1
  const x = (second: number): number => BAR.left + (second / seconds) * BAR.width
  const y = (mib: number): number => top + 180 - (mib / most) * 160
  const lines = series.map(({ title, samples }, index) => {
    const colour = `hsl(${(index * 67) % 360} 45% 40%)`
    return `<polyline fill="none" stroke="${colour}" points="${samples.map(([second, mib]) => `${x(second).toFixed(1)},${y(mib).toFixed(1)}`).join(' ')}"/>${text(10, top + 30 + index * 15, title, 'start', 11, colour)}`
  })
  return `${text(10, top + 8, 'Resident memory of Doorward, MiB over seconds', 'start', 13)}
<line x1="${BAR.left}" x2="${BAR.left + BAR.width}" y1="${y(0)}" y2="${y(0)}" stroke="#222"/>
<line x1="${BAR.left}" x2="${BAR.left}" y1="${top + 14}" y2="${y(0)}" stroke="#222"/>
${[0, most / 2, most].map((mib) => text(BAR.left - 6, y(mib) + 4, mib.toFixed(0), 'end')).join('')}
${[0, seconds / 2, seconds].map((second) => text(x(second), y(0) + 14, second.toFixed(1), 'middle')).join('')}
${lines.join('\n')}`
}

function text(x: number, y: number, content: string, anchor: 'start' | 'end' | 'middle', size = 11, fill = '#222'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" fill="${fill}">${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`
}
