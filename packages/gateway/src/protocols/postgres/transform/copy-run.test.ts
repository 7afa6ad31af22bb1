import assert from 'node:assert/strict'
import test from 'node:test'
import { parsePurpose, Sensitive, type MaskOperator, type OutputMask } from '@doorward/core'
import { TEXT, TokenLanes, tokenOf, type MaskContext } from '@doorward/phi'
import fc from 'fast-check'
import { planCopyOut, type CopyOutPlan, type CopyOutRequest } from './plan-copy-out.ts'
import type { CellObserver } from './plan-row.ts'
import { TransformFault } from './transform-fault.ts'

const KEY = new Sensitive(Buffer.alloc(32, 5))
const CONTEXT: MaskContext = { tokenKey: KEY, tokenLanes: TokenLanes.open(KEY) ?? assert.fail('this runtime has no WebAssembly vectors'), purpose: parsePurpose('HOPERAT'), asOfYear: 2026 }
const OPTIONS = { text: { delimiter: '\t', null: '\\N', quote: '"', escape: '"', header: false }, csv: { delimiter: ',', null: '', quote: '"', escape: '"', header: false } } as const

function frameOf(body: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.of(0x64, 0, 0, 0, 0), body])
  frame.writeUInt32BE(body.length + 4, 1)
  return frame
}

function plan(operators: readonly MaskOperator[], over: Partial<CopyOutRequest> = {}): CopyOutPlan {
  const masks = operators.flatMap((operator, output): OutputMask[] => (operator === 'clear' ? [] : [{ output, operator, class: 'mrn', copied: true }]))
  const planned = planCopyOut({ format: 'text', options: OPTIONS.text, columns: operators.map((_, index) => ({ typeOid: index === 1 ? 1082 : 25, typeModifier: -1 })), masks, types: { type: () => undefined }, context: CONTEXT, ...over })
  assert.ok(planned.kind === 'plan')
  return planned
}

/** Frame by frame, as pushFrames must come to; the fault's code where one ends it. */
function oneByOne(by: CopyOutPlan, bodies: readonly Buffer[], most: number): { bytes: string; rows: number; fault: string | undefined } {
  const out: Buffer[] = []
  try {
    for (const body of bodies) {
      const data = Buffer.from(by.push(body))
      if (by.rows > most) break
      if (data.length > 0) out.push(frameOf(data))
    }
  } catch (thrown) {
    assert.ok(thrown instanceof TransformFault)
    return { bytes: '', rows: 0, fault: thrown.code }
  }
  return { bytes: Buffer.concat(out).toString('latin1'), rows: by.rows, fault: undefined }
}

function atOnce(by: CopyOutPlan, bodies: readonly Buffer[], most: number): ReturnType<typeof oneByOne> {
  try {
    const { bytes } = by.pushFrames(Buffer.concat(bodies.map(frameOf)), most, () => false)
    return { bytes: bytes.toString('latin1'), rows: by.rows, fault: undefined }
  } catch (thrown) {
    assert.ok(thrown instanceof TransformFault)
    return { bytes: '', rows: 0, fault: thrown.code }
  }
}

const cell = fc.oneof({ weight: 5, arbitrary: fc.constantFrom('1984-03-14', 'MRN-0001', '\\N', '', 'a\\tb', 'x\\\\y', 'é', '900-12-3456') }, { weight: 1, arbitrary: fc.string({ maxLength: 6 }) }, { weight: 1, arbitrary: fc.constantFrom('\t', '\n', '\\', '\\\n', '"', '\xff') })
const body = (delimiter: string): fc.Arbitrary<Buffer> => fc.tuple(fc.array(cell, { minLength: 1, maxLength: 4 }), fc.constantFrom('\n', '\n', '\n', '\n', '\n', '', '\na'))
  .map(([cells, end]) => Buffer.from(cells.join(delimiter) + end, cells.some((one) => one === '\xff') ? 'latin1' : 'utf8'))
/** Some delimiters stand in tokens, some nulls look like cells. */
const anyOptions = fc.record({ delimiter: fc.constantFrom('\t', '\t', '_', '-', '|', '?'), null: fc.constantFrom('\\N', '\\N', '', 'MRN-0001', '~') }).filter((one) => !one.null.includes(one.delimiter))

test('rows of COPY text masked together are the rows masked one by one, faults included', () => {
  const operators = fc.array(fc.constantFrom<MaskOperator>('clear', 'redact', 'null', 'token', 'year'), { minLength: 1, maxLength: 3 })
  fc.assert(fc.property(operators, anyOptions.chain((options) => fc.tuple(fc.constant(options), fc.array(body(options.delimiter), { maxLength: 8 }))), fc.oneof(fc.constant(Infinity), fc.nat({ max: 9 })), (by, [options, bodies], most) => {
    const over = { options: { ...OPTIONS.text, ...options } }
    assert.deepEqual(atOnce(plan(by, over), bodies, most), oneByOne(plan(by, over), bodies, most))
  }), { numRuns: 4000 })
})

test('an observer is told where cells stand, and gets those that must be read first', () => {
  const told = (columns: readonly number[], bodies: readonly string[], toAll: 'where' | 'cells'): (string | null)[][] => {
    const seen: (string | null)[][] = []
    const row: CellObserver['row'] = (cells) => { seen.push(cells.map((one) => one?.toString('utf8') ?? null)) }
    const rowAt: CellObserver['rowAt'] = (source, bounds) => {
      row(columns.map((_, place) => ((bounds[2 * place] ?? -1) < 0 ? null : source.subarray(bounds[2 * place], bounds[2 * place + 1]))))
      return 'go-on'
    }
    plan(['redact', 'clear', 'token'], { observer: toAll === 'where' ? { columns, row, rowAt } : { columns, row } }).pushFrames(Buffer.concat(bodies.map((text) => frameOf(Buffer.from(text)))), Infinity, () => false)
    return seen
  }
  const bodies = ['7\tb\tc\n', '\\N\t\\N\tc\n', '\ta\\tb\t\\N\n', '8\t\u00e9\tc\\\\\n']
  for (const columns of [[0], [2, 0], [1], [0, 1, 2], []]) assert.deepEqual(told(columns, bodies, 'where'), told(columns, bodies, 'cells'))
  assert.deepEqual(told([2, 0, 1], bodies, 'where'), [['c', '7', 'b'], ['c', null, null], [null, '', 'a\tb'], ['c\\', '8', 'é']])
})

test('csv, binary, a header and rows cut by frames come to the same', () => {
  const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
  const tuple = Buffer.from('00020000000361626300000001 78'.replaceAll(' ', ''), 'hex')
  const cases: readonly (readonly [Partial<CopyOutRequest>, readonly Buffer[]])[] = [
    [{ format: 'csv', options: OPTIONS.csv }, ['a,b\n', '"a,\n', 'c",d\n'].map((text) => Buffer.from(text))],
    [{ options: { ...OPTIONS.text, header: true } }, ['one\ttwo\n', 'a\t1984-01-01\n', 'b\t1984-01-01\n'].map((text) => Buffer.from(text))],
    [{}, ['a\t19', '84-01-01\nb\t1984-', '01-01\n', 'c\t\\N\n'].map((text) => Buffer.from(text))],
    [{ format: 'binary' }, [header, tuple, Buffer.concat([tuple, tuple]), tuple.subarray(0, 5), tuple.subarray(5), Buffer.from([0xff, 0xff])]],
  ]
  for (const [over, bodies] of cases) {
    for (const operators of [['redact', 'clear'], ['clear', 'clear'], ['token', 'redact']] as const) assert.deepEqual(atOnce(plan(operators, over), bodies, Infinity), oneByOne(plan(operators, over), bodies, Infinity), JSON.stringify(over))
  }
})

test('no number of rows leaves a token open, and each is its own', () => {
  for (let count = 0; count <= 9; count += 1) {
    const values = Array.from({ length: count }, (_, row) => `MRN-${row}`)
    const { bytes } = plan(['token', 'clear']).pushFrames(Buffer.concat(values.map((value) => frameOf(Buffer.from(`${value}\t1984-01-01\n`)))), Infinity, () => false)
    assert.deepEqual(bytes.toString('latin1').match(/tok_mrn_[^\t]*/g) ?? [], values.map((value) => tokenOf(value, TEXT, { key: KEY, purpose: CONTEXT.purpose, phiClass: 'mrn' })))
  }
})

test('nothing is delivered from the row at which the observer has seen enough', () => {
  const seen: (string | null)[] = []
  const observer: CellObserver = { columns: [0], row: (cells) => { seen.push(...cells.map((one) => one?.toString('utf8') ?? null)) } }
  const by = plan(['clear', 'redact'], { observer })
  const bodies = ['7\t1984-01-01\n', 'a\\tb\t1984-01-01\n', '\\N\t1984-01-01\n', '9\t1984-01-01\n'].map((text) => Buffer.from(text))
  const frames = Buffer.concat(bodies.map(frameOf))
  const { bytes, rows, left } = by.pushFrames(frames, Infinity, () => seen.length === 3)
  assert.deepEqual(seen, ['7', 'a\tb', null])
  assert.equal(rows, 3)
  assert.equal(left, frames.length - Buffer.concat(bodies.slice(0, 2).map(frameOf)).length)
  assert.equal(bytes.toString().match(/d[^]{4}/g)?.length, 2)
  assert.deepEqual(by.pushFrames(frames.subarray(0, 0), Infinity, () => false).rows, 0)
})
