/**
 * Rows per second through the masks: 10 columns, 5 of them masked, as DataRow and as COPY.
 * Run: node --conditions=doorward-source packages/gateway/bench/transform.bench.ts
 */
import { Sensitive, type MaskOperator, type OutputMask } from '@doorward/core'
import { TokenLanes, type MaskContext } from '@doorward/phi'
import { planCopyOut } from '../src/protocols/postgres/transform/plan-copy-out.ts'
import { planRow } from '../src/protocols/postgres/transform/plan-row.ts'

const ROWS = 200_000
/** What a read of the socket brings of rows of this size. */
const FRAMES = 400
const CELLS = ['4711', 'MRN-0004711', 'Ann', 'Example', '1984-03-14', '900-12-3456', '85004', 'female', 'hypertension, essential', '2024-02-29 12:34:56+00']
const TYPES = [20, 25, 25, 25, 1082, 25, 25, 25, 25, 1184]
const KEY = new Sensitive(Buffer.alloc(32, 1))
const CONTEXT: MaskContext = { tokenKey: KEY, tokenLanes: TokenLanes.open(KEY), purpose: undefined, asOfYear: 2026 }
const NO_TYPES = { type: () => undefined }

const REDACTED = masks({ 1: 'redact', 2: 'redact', 3: 'redact', 5: 'redact', 8: 'redact' })
const REVEALED = masks({ 1: 'token', 2: 'redact', 3: 'redact', 4: 'year', 6: 'zip3' })

function masks(operators: Readonly<Record<number, MaskOperator>>): readonly OutputMask[] {
  return Object.entries(operators).map(([output, operator]) => ({ output: Number(output), operator, class: 'mrn', copied: true }))
}

function dataRow(): Buffer {
  const parts = [Buffer.of(0, CELLS.length)]
  for (const cell of CELLS) {
    const length = Buffer.alloc(4)
    length.writeInt32BE(cell.length)
    parts.push(length, Buffer.from(cell))
  }
  return Buffer.concat(parts)
}

function measure(name: string, rowBytes: number, step: () => void, rowsAtOnce = 1): void {
  for (let row = 0; row < ROWS / 10; row += rowsAtOnce) step()
  const startedNs = process.hrtime.bigint()
  for (let row = 0; row < ROWS; row += rowsAtOnce) step()
  const seconds = Number(process.hrtime.bigint() - startedNs) / 1e9
  console.log(`${name.padEnd(46)} ${Math.round(ROWS / seconds).toLocaleString('en').padStart(10)} rows/s ${Math.round((ROWS * rowBytes) / seconds / 1e6)} MB/s`)
}

function measureRows(name: string, outputs: readonly OutputMask[]): void {
  const plan = planRow({ fields: TYPES.map((typeOid) => ({ typeOid, typeModifier: -1, format: 0 })), masks: outputs, types: NO_TYPES, context: CONTEXT })
  if (plan.kind !== 'plan') throw new Error(plan.reason)
  const body = dataRow()
  measure(`DataRow, ${name}`, body.length, () => { plan.transformDataRow(body) })
  const frame = Buffer.concat([Buffer.of(0x44, 0, 0, 0, 0), body])
  frame.writeUInt32BE(body.length + 4, 1)
  const frames = Buffer.concat(Array.from({ length: FRAMES }, () => frame))
  measure(`${FRAMES} DataRow frames, ${name}`, body.length, () => { plan.transformFrames(frames, Infinity) }, FRAMES)
}

function measureCopy(format: 'text' | 'csv' | 'binary', name: string, outputs: readonly OutputMask[]): void {
  const options = { delimiter: format === 'csv' ? ',' : '\t', null: format === 'csv' ? '' : '\\N', quote: '"', escape: '"', header: false }
  const plan = planCopyOut({ format, options, columns: TYPES.map((typeOid) => ({ typeOid, typeModifier: -1 })), masks: outputs, types: NO_TYPES, context: CONTEXT })
  if (plan.kind !== 'plan') throw new Error(plan.reason)
  if (format === 'binary') plan.push(Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1'))
  const quoted = CELLS.map((cell) => (format === 'csv' && cell.includes(',') ? `"${cell}"` : cell))
  const row = format === 'binary' ? dataRow() : Buffer.from(`${quoted.join(options.delimiter)}\n`)
  measure(`COPY ${format}, ${name}`, row.length, () => { plan.push(row) })
  const frame = Buffer.concat([Buffer.of(0x64, 0, 0, 0, 0), row])
  frame.writeUInt32BE(row.length + 4, 1)
  const frames = Buffer.concat(Array.from({ length: FRAMES }, () => frame))
  measure(`${FRAMES} frames of COPY ${format}, ${name}`, row.length, () => { plan.pushFrames(frames, Infinity, () => false) }, FRAMES)
}

measureRows('untouched', [])
measureRows('redact', REDACTED)
measureRows('token, year, zip3', REVEALED)
for (const format of ['text', 'csv', 'binary'] as const) {
  measureCopy(format, 'redact', REDACTED)
  measureCopy(format, 'token, year, zip3', REVEALED)
}
