import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { Sensitive, type MaskOperator, type OutputMask } from '@doorward/core'
import { TEXT, tokenOf, type MaskContext } from '@doorward/phi'
import fc from 'fast-check'
import type { CopyTextOptions } from './copy-syntax.ts'
import { planCopyOut, type CopyOutPlan, type CopyOutRequest } from './plan-copy-out.ts'
import { TransformFault } from './transform-fault.ts'

interface Golden {
  readonly columns: readonly number[]
  readonly copies: readonly { readonly format: CopyOutRequest['format']; readonly options: CopyTextOptions; readonly raw: string; readonly masked: string; readonly rows: number }[]
  readonly edges: readonly { readonly format: CopyOutRequest['format']; readonly columns: number; readonly raw: string; readonly rows: number }[]
}

const GOLDEN = JSON.parse(readFileSync(new URL('./testdata/copies.json', import.meta.url), 'utf8')) as Golden // made by a real server, see its `source`
const KEY = new Sensitive(Buffer.alloc(32, 5))
const CONTEXT: MaskContext = { tokenKey: KEY, purpose: undefined, asOfYear: 2026 }
const TYPES = { type: () => undefined }
const TEXT_OPTIONS: CopyTextOptions = { delimiter: '\t', null: '\\N', quote: '"', escape: '"', header: false }
const CSV_OPTIONS: CopyTextOptions = { delimiter: ',', null: '', quote: '"', escape: '"', header: false }

const mask = (output: number, operator: MaskOperator): OutputMask => ({ output, operator, class: 'mrn', copied: true })
const GOLDEN_MASKS = [mask(1, 'redact'), mask(2, 'year'), mask(4, 'redact'), mask(5, 'redact'), mask(6, 'redact')]

function requireCopy(request: Partial<CopyOutRequest> & Pick<CopyOutRequest, 'format'>): CopyOutPlan {
  const options = request.format === 'csv' ? CSV_OPTIONS : TEXT_OPTIONS
  const plan = planCopyOut({ options, columns: [{ typeOid: 25, typeModifier: -1 }], masks: [], types: TYPES, context: CONTEXT, ...request })
  assert.equal(plan.kind, 'plan')
  return plan as CopyOutPlan // asserted above
}

function run(plan: CopyOutPlan, chunks: Iterable<Buffer>): Buffer {
  const out: Buffer[] = []
  // Pushed chunks are views that the reader overwrites: what comes out must not change when they do.
  for (const chunk of chunks) {
    const view = Buffer.from(chunk)
    out.push(Buffer.from(plan.push(view)))
    view.fill(0x58)
  }
  out.push(plan.end())
  return Buffer.concat(out)
}

const columnsOf = (oids: readonly number[]): CopyOutRequest['columns'] => oids.map((typeOid) => ({ typeOid, typeModifier: -1 }))
const goldenCopy = ({ format, options }: Golden['copies'][number]): CopyOutPlan => requireCopy({ format, options, columns: columnsOf(GOLDEN.columns), masks: GOLDEN_MASKS })

test('masks what the server copies into what it would copy of the masked values', () => {
  for (const golden of GOLDEN.copies) {
    const plan = goldenCopy(golden)
    assert.equal(run(plan, [Buffer.from(golden.raw, 'hex')]).toString('latin1'), Buffer.from(golden.masked, 'hex').toString('latin1'), JSON.stringify(golden.options))
    assert.equal(plan.rows, golden.rows)
    assert.equal(plan.identity, false)
  }
})

test('a stream cut at any byte, or into single bytes, gives the same', () => {
  for (const golden of GOLDEN.copies) {
    const raw = Buffer.from(golden.raw, 'hex')
    const masked = Buffer.from(golden.masked, 'hex')
    const single = goldenCopy(golden)
    assert.ok(run(single, Array.from(raw, (byte) => Buffer.of(byte))).equals(masked))
    assert.equal(single.rows, golden.rows)
    for (let cut = 0; cut <= raw.length; cut += 1) {
      assert.ok(run(goldenCopy(golden), [raw.subarray(0, cut), raw.subarray(cut)]).equals(masked), `${golden.format} cut at ${cut}`)
    }
  }
})

test('only whole rows come out', () => {
  for (const golden of GOLDEN.copies.filter(({ format }) => format === 'text')) {
    const plan = goldenCopy(golden)
    for (const byte of Buffer.from(golden.raw, 'hex')) {
      const out = plan.push(Buffer.of(byte))
      assert.ok(out.length === 0 || out[out.length - 1] === 0x0a)
    }
  }
})

test('rows of no column, of an empty text, of null and of the old end mark', () => {
  for (const edge of GOLDEN.edges) {
    const raw = Buffer.from(edge.raw, 'hex')
    const columns = columnsOf(Array.from({ length: edge.columns }, () => 25))
    const untouched = requireCopy({ format: edge.format, columns })
    assert.ok(untouched.identity)
    assert.ok(run(untouched, [raw]).equals(raw))
    assert.equal(untouched.rows, edge.rows)
    if (edge.columns === 0) continue
    const masked = run(requireCopy({ format: edge.format, columns, masks: [mask(0, 'redact')] }), [raw])
    assert.ok(masked.includes('[redacted]'))
  }
})

test('revealing masks read and write the format', () => {
  const token = tokenOf('a\tb\\"', TEXT, { key: KEY, purpose: undefined, phiClass: 'mrn' }) ?? ''
  const rows: readonly (readonly [CopyOutRequest['format'], string, string])[] = [
    ['text', 'a\\tb\\\\"\n\\N\n', `${token}\n\\N\n`],
    ['csv', '"a\tb\\"""\n\n', `${token}\n\n`],
  ]
  for (const [format, raw, expected] of rows) assert.equal(String(run(requireCopy({ format, masks: [mask(0, 'token')] }), [Buffer.from(raw)])), expected)
})

test('a masked value that needs quotes or escapes gets them', () => {
  const run1 = (format: 'text' | 'csv', options: CopyTextOptions, value: string): string =>
    String(run(requireCopy({ format, options, masks: [mask(0, 'last4')] }), [Buffer.from(value)]))
  assert.equal(run1('csv', CSV_OPTIONS, '"abc a,""\n"\n'), '" a,"""\n') // last4 leaves blank ends out
  assert.equal(run1('text', TEXT_OPTIONS, 'abcde\\tf\\\\g\n'), '\\tf\\\\g\n')
  assert.equal(run1('text', { ...TEXT_OPTIONS, delimiter: '|' }, 'abcde\\|f\\\\g\n'), '\\|f\\\\g\n')
  assert.equal(run1('csv', { ...CSV_OPTIONS, null: '1234' }, '"00001234"\n'), '"1234"\n')
})

test('the observer gets cells without escapes', () => {
  for (const golden of GOLDEN.copies) {
    const names: (string | null)[] = []
    const observer = { columns: [1], row: (cells: readonly (Buffer | null)[]): void => { names.push(...cells.map((cell) => (cell === null ? null : String(cell)))) } }
    run(requireCopy({ format: golden.format, options: golden.options, columns: columnsOf(GOLDEN.columns), observer }), [Buffer.from(golden.raw, 'hex')])
    assert.equal(names.length, golden.rows)
    assert.equal(names[3], 'tab\there')
    assert.equal(names[5], 'cr\rhere')
    assert.equal(names[7], 'back\\slash')
    assert.equal(names.at(-1), null)
  }
})

const BINARY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const two = { columns: columnsOf([25, 25]), masks: [mask(0, 'redact'), mask(1, 'token')] }

test('data against its format is a fault, and nothing comes after it', () => {
  const rows: readonly (readonly [Partial<CopyOutRequest> & Pick<CopyOutRequest, 'format'>, Buffer, string])[] = [
    [{ format: 'text', ...two }, Buffer.from('a\n'), 'column-count'],
    [{ format: 'text', ...two }, Buffer.from('a\tb\tc\n'), 'column-count'],
    [{ format: 'text', ...two }, Buffer.from('a\tb\\\n'), 'bad-copy'],
    [{ format: 'text', ...two }, Buffer.from('a\tb\\q\n'), 'bad-copy'],
    [{ format: 'text', ...two }, Buffer.from('a\\\tb\n'), 'column-count'],
    [{ format: 'text', columns: [] }, Buffer.from('a\n'), 'column-count'],
    [{ format: 'text', ...two, options: { ...TEXT_OPTIONS, header: true } }, Buffer.from('a\n'), 'column-count'],
    [{ format: 'text', ...two, maxRowBytes: 9 }, Buffer.from('aaaaa\tbbbbb\n'), 'row-too-long'],
    [{ format: 'text', ...two, maxRowBytes: 9 }, Buffer.from('aaaaa\tbbbbb'), 'row-too-long'],
    [{ format: 'text', ...two }, Buffer.from('\x83\\\tx\x83\ty\n', 'latin1'), 'bad-copy'], // SJIS: a backslash and a lead byte that hide and show a tab
    [{ format: 'csv', ...two }, Buffer.from('\x83,y\n', 'latin1'), 'bad-copy'],
    [{ format: 'csv', ...two }, Buffer.from('a\n'), 'column-count'],
    [{ format: 'csv', ...two }, Buffer.from('a"b,c\n'), 'bad-copy'],
    [{ format: 'csv', ...two }, Buffer.from('"a"b,c\n'), 'bad-copy'],
    [{ format: 'csv', ...two, options: { ...CSV_OPTIONS, escape: '\\' } }, Buffer.from('"a\\b",c\n'), 'bad-copy'],
    [{ format: 'csv', ...two, options: { ...CSV_OPTIONS, escape: '\\' } }, Buffer.from('"a""b",c\n'), 'bad-copy'],
    [{ format: 'binary', ...two }, Buffer.from('PGCOPY\n\xff\n\0\0\0\0\0\0\0\0\0\0', 'latin1'), 'bad-copy'],
    [{ format: 'binary', ...two }, Buffer.from('PGCOPY\n\xff\r\n\0\0\x01\0\0\0\0\0\0', 'latin1'), 'bad-copy'],
    [{ format: 'binary', ...two }, Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\x04abcd', 'latin1'), 'bad-copy'],
    [{ format: 'binary', ...two }, Buffer.concat([BINARY_HEADER, Buffer.from('0001ffffffff', 'hex')]), 'column-count'],
    [{ format: 'binary', ...two }, Buffer.concat([BINARY_HEADER, Buffer.from('fffe', 'hex')]), 'column-count'],
    [{ format: 'binary', ...two }, Buffer.concat([BINARY_HEADER, Buffer.from('0002fffffffe', 'hex')]), 'bad-length'],
    [{ format: 'binary', ...two }, Buffer.concat([BINARY_HEADER, Buffer.from('00027fffffff', 'hex')]), 'row-too-long'],
    [{ format: 'binary', ...two }, Buffer.concat([BINARY_HEADER, Buffer.from('ffff00', 'hex')]), 'bad-copy'],
  ]
  for (const [request, raw, code] of rows) {
    const plan = requireCopy(request)
    const label = `${request.format} ${raw.toString('hex')} ${code}`
    assert.throws(() => plan.push(raw), (thrown) => thrown instanceof TransformFault && thrown.code === code, label)
    assert.throws(() => plan.push(Buffer.from('a\tb\n')), TransformFault, label)
    assert.throws(() => plan.end(), TransformFault, label)
  }
})

test('a stream that ends inside a row, without header or trailer, is a fault', () => {
  for (const [format, raw] of [['text', 'a\tb'], ['csv', '"a,b\n'], ['binary', ''], ['binary', BINARY_HEADER.toString('latin1')], ['binary', 'PGCOPY']] as const) {
    const plan = requireCopy({ format, ...two })
    plan.push(Buffer.from(raw, 'latin1'))
    assert.throws(() => plan.end(), (thrown) => thrown instanceof TransformFault && thrown.code === 'truncated', format)
  }
  assert.throws(() => requireCopy({ format: 'csv', ...two, options: { ...CSV_OPTIONS, header: true } }).end(), TransformFault)
})

test('options that cannot be followed are refused', () => {
  const rows: readonly (readonly ['text' | 'csv', Partial<CopyTextOptions>])[] = [
    ['text', { delimiter: '' }], ['text', { delimiter: 'ab' }], ['text', { delimiter: 'ä' }], ['text', { delimiter: 'n' }], ['text', { delimiter: '\\' }],
    ['text', { delimiter: '\n' }], ['text', { null: 'a\tb' }], ['text', { null: '\n' }],
    ['csv', { quote: '' }], ['csv', { quote: ',' }], ['csv', { escape: '\n' }], ['csv', { null: '"' }], ['csv', { null: 'a,b' }],
  ]
  for (const [format, over] of rows) {
    const options = { ...(format === 'csv' ? CSV_OPTIONS : TEXT_OPTIONS), ...over }
    assert.equal(planCopyOut({ format, options, columns: columnsOf([25]), masks: [], types: TYPES, context: CONTEXT }).kind, 'cannot-mask', JSON.stringify(over))
  }
  assert.equal(planCopyOut({ format: 'csv', options: CSV_OPTIONS, columns: [], masks: [mask(0, 'redact')], types: TYPES, context: CONTEXT }).kind, 'cannot-mask')
})

test('random bytes give whole rows of masked cells, or a fault', () => {
  const piece = fc.constantFrom('a', '"', '""', ',', '\t', '\n', '\\', '\\N', '\\t', 'SECRET', '\0', 'ä')
  fc.assert(fc.property(fc.constantFrom('text' as const, 'csv' as const), fc.array(piece, { maxLength: 30 }), (format, pieces) => {
    const plan = requireCopy({ format, columns: columnsOf([25]), masks: [mask(0, 'redact')] })
    try {
      const out = String(run(plan, pieces.map((text) => Buffer.from(text))))
      assert.equal(out, '[redacted]\n'.repeat(plan.rows))
    } catch (thrown) {
      assert.ok(thrown instanceof TransformFault)
    }
  }), { numRuns: 2000 })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    const plan = requireCopy({ format: 'binary', ...two })
    try {
      run(plan, [BINARY_HEADER, Buffer.from([0, 2]), Buffer.from(bytes)])
    } catch (thrown) {
      assert.ok(thrown instanceof TransformFault)
    }
  }), { numRuns: 2000 })
})
