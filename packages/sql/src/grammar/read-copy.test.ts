/** COPY's options with the server's defaults filled in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar } from './grammar.ts'
import type { CopyOptions, CopyStatement } from './raw-statement.ts'
import { readStatement } from './utility.ts'

const grammar = await loadGrammar()

function readCopyText(text: string): CopyStatement {
  const parsed = grammar.parse(text)
  const node = parsed.kind === 'parsed' ? parsed.statements[0]?.node : undefined
  const statement = node && readStatement(grammar, node, text)
  assert.ok(statement?.kind === 'copy', text)
  return statement
}

const TEXT: CopyOptions = {
  format: 'text', text: { delimiter: '\t', null: '\\N', quote: '"', escape: '"', header: false }, headerMatch: false, encoding: undefined, freeze: false,
  forceQuote: [], forceNull: [], forceNotNull: [], defaultMarker: undefined, onError: 'stop', verbosity: 'default', rejectLimit: undefined, unknown: [],
}
const CSV: CopyOptions = { ...TEXT, format: 'csv', text: { ...TEXT.text, delimiter: ',', null: '' } }

const OPTIONS: readonly (readonly [string, CopyOptions])[] = [
  ['', TEXT],
  ['(FORMAT csv)', CSV],
  ['CSV', CSV],
  ['(FORMAT binary)', { ...TEXT, format: 'binary' }],
  [`WITH DELIMITER '|' NULL AS 'x'`, { ...TEXT, text: { ...TEXT.text, delimiter: '|', null: 'x' } }],
  [`CSV HEADER QUOTE 'x' ESCAPE AS 'y' FORCE QUOTE *`, { ...CSV, text: { ...CSV.text, quote: 'x', escape: 'y', header: true }, forceQuote: ['*'] }],
  [`(FORMAT csv, QUOTE 'x')`, { ...CSV, text: { ...CSV.text, quote: 'x', escape: 'x' } }],
  [`(FORMAT csv, HEADER MATCH, FORCE_NULL (a, "B"), FORCE_NOT_NULL *)`, { ...CSV, text: { ...CSV.text, header: true }, headerMatch: true, forceNull: ['a', 'B'], forceNotNull: ['*'] }],
  ['(HEADER 0, FREEZE)', { ...TEXT, freeze: true }],
  ['(HEADER off, FREEZE false)', TEXT],
  [`(ENCODING 'LATIN1')`, { ...TEXT, encoding: 'LATIN1' }],
  [`(ON_ERROR ignore, REJECT_LIMIT 3, LOG_VERBOSITY verbose, DEFAULT 'd')`, { ...TEXT, onError: 'ignore', rejectLimit: 3, verbosity: 'verbose', defaultMarker: 'd' }],
  ['(FORMAT csv, FORMAT text)', { ...TEXT, unknown: ['format'] }],
  ['(FORMAT parquet)', { ...TEXT, unknown: ['format'] }],
  ['(convert_selectively (a))', { ...TEXT, unknown: ['convert_selectively'] }],
  ['(HEADER perhaps)', { ...TEXT, unknown: ['header'] }],
]

test('reads every option, and names those it does not know', () => {
  for (const [options, expected] of OPTIONS) {
    assert.deepEqual(readCopyText(`COPY t FROM STDIN ${options}`).options, expected, options)
    assert.deepEqual(readCopyText(`COPY s.t (a, "B") TO STDOUT ${options}`).options, expected, options)
  }
})

test('tells clients, files and programs apart, and directions', () => {
  const rows: readonly (readonly [string, CopyStatement['direction'], CopyStatement['endpoint']])[] = [
    ['COPY t FROM STDIN', 'in', 'client'], ['COPY t TO STDOUT', 'out', 'client'], ['COPY t TO STDIN', 'out', 'client'],
    [`COPY t FROM '/x'`, 'in', 'file'], [`COPY t TO '/x'`, 'out', 'file'], [`COPY t FROM PROGRAM 'x'`, 'in', 'program'], [`COPY (TABLE t) TO PROGRAM 'x'`, 'out', 'program'],
    ['COPY BINARY t FROM STDIN', 'in', 'client'],
  ]
  for (const [text, direction, endpoint] of rows) {
    const copy = readCopyText(text)
    assert.deepEqual([copy.direction, copy.endpoint], [direction, endpoint], text)
  }
  assert.equal(readCopyText('COPY t FROM STDIN WHERE a > 1').where, true)
  assert.deepEqual(readCopyText('COPY s.t (a, "B") TO STDOUT').columns, ['a', 'B'])
})
