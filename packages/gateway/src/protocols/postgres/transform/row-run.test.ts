import assert from 'node:assert/strict'
import test from 'node:test'
import { parsePurpose, Sensitive, type MaskOperator, type OutputMask } from '@doorward/core'
import { TEXT, TokenLanes, tokenOf, type MaskContext } from '@doorward/phi'
import fc from 'fast-check'
import { planRow, type CellObserver, type RowField, type RowPlan } from './plan-row.ts'
import { TransformFault } from './transform-fault.ts'

const KEY = new Sensitive(Buffer.alloc(32, 5))
const CONTEXT: MaskContext = { tokenKey: KEY, tokenLanes: TokenLanes.open(KEY) ?? assert.fail('this runtime has no WebAssembly vectors'), purpose: parsePurpose('HOPERAT'), asOfYear: 2026 }
/** Tokens one by one, as values that lanes do not take are made. */
const WITHOUT_LANES: MaskContext = { ...CONTEXT, tokenLanes: undefined }
const NO_TYPES = { type: () => undefined }

const field = (typeOid: number, format: 0 | 1 = 0): RowField => ({ typeOid, typeModifier: -1, format })
const mask = (output: number, operator: MaskOperator): OutputMask => ({ output, operator, class: 'mrn', copied: true })

function requirePlan(fields: readonly RowField[], masks: readonly OutputMask[], observer?: CellObserver, context = CONTEXT): RowPlan {
  const plan = planRow({ fields, masks, types: NO_TYPES, context, ...(observer === undefined ? {} : { observer }) })
  assert.equal(plan.kind, 'plan')
  return plan as RowPlan // asserted above
}

function bodyOf(cells: readonly (Buffer | string | null)[]): Buffer {
  const parts = [Buffer.of(cells.length >> 8, cells.length & 0xff)]
  for (const cell of cells) {
    const length = Buffer.alloc(4)
    length.writeInt32BE(cell === null ? -1 : Buffer.byteLength(cell))
    parts.push(length, cell === null ? Buffer.alloc(0) : Buffer.from(cell))
  }
  return Buffer.concat(parts)
}

function frameOf(body: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.of(0x44, 0, 0, 0, 0), body])
  frame.writeUInt32BE(body.length + 4, 1)
  return frame
}

const anyCell = fc.option(fc.oneof(fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes)), fc.string({ maxLength: 40 }).map((text) => Buffer.from(text)), fc.constantFrom('1984-03-14', 'MRN-1', '900-12-3456', '85004').map((text) => Buffer.from(text))), { nil: null })
const anyColumn = fc.tuple(fc.constantFrom<MaskOperator>('clear', 'redact', 'null', 'token', 'year', 'zip3', 'last4'), fc.constantFrom(25, 23, 20, 1082, 17, 2950), fc.constantFrom<0 | 1>(0, 1))

test('rows masked together are the rows masked one by one, and tokens are those made without lanes', () => {
  fc.assert(fc.property(fc.array(anyColumn, { maxLength: 9 }).chain((columns) => fc.record({
    columns: fc.constant(columns), rows: fc.array(fc.array(anyCell, { minLength: columns.length, maxLength: columns.length }), { maxLength: 12 }), most: fc.oneof(fc.constant(Infinity), fc.nat({ max: 13 })),
  })), ({ columns, rows, most }) => {
    const plan = (context: MaskContext): RowPlan => requirePlan(columns.map(([, oid, format]) => field(oid, format)), columns.flatMap(([operator], output) => (operator === 'clear' ? [] : [mask(output, operator)])), undefined, context)
    const bodies = rows.map(bodyOf)
    const one = plan(WITHOUT_LANES)
    const expected = bodies.slice(0, most).map((body) => frameOf(one.transformDataRow(body)))
    const frames = Buffer.concat(bodies.map(frameOf))
    const by = plan(CONTEXT)
    const got = by.transformFrames(frames, most)
    assert.deepEqual(got.bytes, Buffer.concat(expected))
    assert.equal(got.rows, expected.length)
    assert.equal(got.left, Buffer.concat(bodies.slice(expected.length).map(frameOf)).length)
    assert.deepEqual(bodies.slice(0, most).map((body) => frameOf(by.transformDataRow(body))), expected)
  }), { numRuns: 1000 })
})

test('where nothing changes the frames come back as they are, without a copy', () => {
  const frames = Buffer.concat([frameOf(bodyOf(['a', null])), frameOf(bodyOf(['', 'b']))])
  const { bytes, rows } = requirePlan([field(25), field(25)], []).transformFrames(frames, Infinity)
  assert.equal(rows, 2)
  assert.equal(bytes.buffer, frames.buffer)
  assert.equal(bytes.byteOffset, frames.byteOffset)
})

test('an observer sees each row before it is masked, and nothing is delivered from where it says stop', () => {
  const seen: (string | null)[][] = []
  const observer = (stopAt: number): CellObserver => ({
    columns: [2, 0], row: () => assert.fail('cells are made for nobody'),
    rowAt(source, bounds) {
      seen.push([0, 1].map((place) => ((bounds[2 * place] ?? -1) < 0 ? null : source.toString('utf8', bounds[2 * place], bounds[2 * place + 1]))))
      return seen.length === stopAt ? 'stop' : 'go-on'
    },
  })
  const fields = [field(25), field(25), field(25)]
  const frames = Buffer.concat([frameOf(bodyOf(['7', 'b', null])), frameOf(bodyOf(['8', 'b', 'c'])), frameOf(bodyOf(['9', 'b', '']))])
  const masked = requirePlan(fields, [mask(0, 'redact')], observer(2)).transformFrames(frames, Infinity)
  assert.deepEqual(seen, [[null, '7'], ['c', '8']])
  assert.deepEqual(masked, { bytes: frameOf(bodyOf(['[redacted]', 'b', null])), rows: 1, left: frames.length - frameOf(bodyOf(['7', 'b', null])).length })
  seen.length = 0
  const shown = requirePlan(fields, [], observer(3)).transformFrames(frames, Infinity)
  assert.deepEqual(seen, [[null, '7'], ['c', '8'], ['', '9']])
  assert.deepEqual([shown.rows, shown.bytes], [2, frames.subarray(0, shown.bytes.length)])
})

test('an observer that wants cells gets them', () => {
  const seen: (string | null)[][] = []
  const plan = requirePlan([field(25), field(25)], [mask(0, 'redact')], { columns: [1, 0], row: (cells) => { seen.push(cells.map((cell) => cell?.toString('utf8') ?? null)) } })
  assert.equal(plan.transformFrames(Buffer.concat([frameOf(bodyOf(['7', null])), frameOf(bodyOf(['8', 'b']))]), Infinity).rows, 2)
  assert.deepEqual(seen, [[null, '7'], ['b', '8']])
})

test('a malformed row among good ones is the fault it is alone', () => {
  const plan = requirePlan([field(25), field(23)], [mask(0, 'token')])
  const good = bodyOf(['abc', '1'])
  const bad: readonly Buffer[] = [
    Buffer.alloc(0), Buffer.alloc(1), bodyOf(['abc']), bodyOf(['abc', '1', 'x']), Buffer.concat([good, Buffer.of(0)]), Buffer.from('0002fffffffeffffffff', 'hex'), Buffer.from('00027fffffffffffffff', 'hex'),
    Buffer.from('000280000000ffffffff', 'hex'), ...Array.from({ length: good.length }, (_, length) => good.subarray(0, length)),
  ]
  for (const body of bad) {
    const alone = (() => { try { plan.transformDataRow(body); return undefined } catch (thrown) { return thrown } })()
    assert.ok(alone instanceof TransformFault)
    for (const frames of [frameOf(body), Buffer.concat([frameOf(good), frameOf(body), frameOf(good)])]) {
      assert.throws(() => plan.transformFrames(frames, Infinity), (thrown) => thrown instanceof TransformFault && thrown.code === alone.code, body.toString('hex'))
    }
  }
  assert.equal(plan.transformFrames(frameOf(good), Infinity).rows, 1, 'and the plan is as good as before')
})

test('a made cell that outgrows everything has room', () => {
  const plan = requirePlan([field(25), field(25), field(25)], [mask(0, 'token'), mask(2, 'redact')])
  const rows = Array.from({ length: 300 }, () => bodyOf(['', 'x', '']))
  const { bytes } = plan.transformFrames(Buffer.concat(rows.map(frameOf)), Infinity)
  assert.deepEqual(bytes, Buffer.concat(rows.map((row) => frameOf(plan.transformDataRow(row)))))
})

/** Every token in `bytes` is whole, and as many as there should be. */
function assertTokens(bytes: Buffer, values: readonly string[]): void {
  const text = bytes.toString('latin1')
  assert.deepEqual(text.match(/tok_mrn_[a-z2-7]{26}/g) ?? [], values.map((value) => tokenOf(value, TEXT, { key: KEY, purpose: CONTEXT.purpose, phiClass: 'mrn' })))
  assert.equal(text.split('tok_mrn_').length - 1, values.length)
}

test('no number of rows leaves a token open, and none of a run that failed or was stopped comes into the next', () => {
  const plan = requirePlan([field(25), field(1043)], [mask(0, 'token'), mask(1, 'token')])
  for (let count = 0; count <= 9; count += 1) {
    const values = Array.from({ length: count }, (_, row) => [`a${row}`, `b${row}`])
    const frames = Buffer.concat(values.map((cells) => frameOf(bodyOf(cells))))
    assertTokens(plan.transformFrames(frames, Infinity).bytes, values.flat())
    assert.throws(() => plan.transformFrames(Buffer.concat([frames, frameOf(bodyOf(['c']))]), Infinity), TransformFault)
    assertTokens(plan.transformDataRow(bodyOf(['d', null])), ['d'])
  }
  let rows = 0
  const stopping = requirePlan([field(25), field(25)], [mask(0, 'token')], { columns: [1], row: () => assert.fail('cells are made for nobody'), rowAt: () => { rows += 1; return rows === 3 ? 'stop' : 'go-on' } })
  const frames = Buffer.concat(['a', 'b', 'c', 'd'].map((value) => frameOf(bodyOf([value, '1']))))
  assertTokens(stopping.transformFrames(frames, Infinity).bytes, ['a', 'b'])
  assertTokens(stopping.transformFrames(frames, 1).bytes, ['a'])
})
