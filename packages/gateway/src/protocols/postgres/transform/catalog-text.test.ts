import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBackend } from '../backend.ts'
import { encodeDataRow } from '../backend-encode.ts'
import { parseArrayText, planCatalogTexts, type CatalogTextOutput } from './catalog-text.ts'

const TEXT = 25
const TEXT_ARRAY = 1009

function rewrite(typeOid: number, format: 0 | 1, text: Omit<CatalogTextOutput, 'output'>, cell: string | Buffer | null): string | null {
  const plan = planCatalogTexts([{ typeOid, format }], [{ output: 0, ...text }], (comment) => comment === 'built in')
  assert.ok(plan)
  const row = decodeBackend({ tag: 0x44, body: plan(encodeDataRow([typeof cell === 'string' ? Buffer.from(cell) : cell]).subarray(5)) })
  assert.equal(row.kind, 'dataRow')
  return row.kind === 'dataRow' ? row.cells[0]?.toString('utf8') ?? null : null
}

const ROWS: readonly (readonly [string, Omit<CatalogTextOutput, 'output'>, number, string | null, string | null])[] = [
  ['a definition loses its literals', { holds: 'definition', flow: 'whole' }, TEXT, "SELECT id FROM t WHERE ssn = '912-34-5678'", "SELECT id FROM t WHERE ssn = '[redacted]'"],
  ['NULL stays NULL', { holds: 'definition', flow: 'whole' }, TEXT, null, null],
  ['an empty text stays empty', { holds: 'comment', flow: 'whole' }, TEXT, '', ''],
  ['a comment that somebody wrote is withheld', { holds: 'comment', flow: 'whole' }, TEXT, 'bed of Smith', '[redacted]'],
  ['a comment that PostgreSQL comes with is shown', { holds: 'comment', flow: 'whole' }, TEXT, 'built in', 'built in'],
  ['a datum is withheld', { holds: 'datum', flow: 'whole' }, TEXT, '{CONST ...}', '[redacted]'],
  ['whatever is computed from a definition is withheld', { holds: 'definition', flow: 'derived' }, TEXT, '912', '[redacted]'],
  ['a number computed from one is null', { holds: 'definition', flow: 'derived' }, 23, '7', null],
  ['definitions in an array lose their literals each', { holds: 'definition', flow: 'collected' }, TEXT_ARRAY, `{"a = 'Smithson'",NULL,b}`, `{"a = '[redacted]'",NULL,"b"}`],
  ['an array of two dimensions is withheld', { holds: 'definition', flow: 'collected' }, TEXT_ARRAY, '{{a},{b}}', null],
]

for (const [name, text, typeOid, cell, expected] of ROWS) {
  test(name, () => { assert.equal(rewrite(typeOid, 0, text, cell), expected) })
}

test('a binary array keeps its shape', () => {
  const element = Buffer.from("x = 'Smithson'")
  const size = Buffer.alloc(4)
  size.writeInt32BE(element.length)
  const head = Buffer.alloc(20)
  head.writeInt32BE(1, 0)
  head.writeInt32BE(1, 4)
  head.writeInt32BE(TEXT, 8)
  head.writeInt32BE(2, 12)
  head.writeInt32BE(1, 16)
  const shown = rewrite(TEXT_ARRAY, 1, { holds: 'definition', flow: 'collected' }, Buffer.concat([head, size, element, Buffer.from([0xff, 0xff, 0xff, 0xff])]))
  assert.ok(shown?.includes("x = '[redacted]'"))
  assert.ok(shown !== null && !shown.includes('Smithson'))
})

test('an array whose lengths lie is withheld', () => {
  const head = Buffer.alloc(24)
  head.writeInt32BE(1, 0)
  head.writeInt32BE(5, 12)
  head.writeInt32BE(99, 20)
  assert.equal(rewrite(TEXT_ARRAY, 1, { holds: 'definition', flow: 'collected' }, head), null)
})

test('array text is read as the server writes it', () => {
  assert.deepEqual(parseArrayText('{}'), [])
  assert.deepEqual(parseArrayText('{a,"b,c","d\\"e",NULL,"NULL"}'), ['a', 'b,c', 'd"e', null, 'NULL'])
  for (const bad of ['', '{', '{a', '{a,}', '{"a}', '[0:1]={a,b}']) assert.equal(parseArrayText(bad), undefined, bad)
})
