import assert from 'node:assert/strict'
import test from 'node:test'
import { parsePurpose, Sensitive, type MaskOperator, type OutputMask } from '@doorward/core'
import { TokenLanes, type MaskContext } from '@doorward/phi'
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
const body = fc.tuple(fc.array(cell, { minLength: 1, maxLength: 4 }), fc.constantFrom('\n', '\n', '\n', '\n', '\n', '', '\na')).map(([cells, end]) => Buffer.from(cells.join('\t') + end, cells.some((one) => one === '\xff') ? 'latin1' : 'utf8'))

test('rows of COPY text masked together are the rows masked one by one, faults included', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom<MaskOperator>('clear', 'redact', 'null', 'token', 'year'), { minLength: 1, maxLength: 3 }), fc.array(body, { maxLength: 8 }), fc.oneof(fc.constant(Infinity), fc.nat({ max: 9 })), (operators, bodies, most) => {
    assert.deepEqual(atOnce(plan(operators), bodies, most), oneByOne(plan(operators), bodies, most))
  }), { numRuns: 3000 })
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
