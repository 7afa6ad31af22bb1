import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TranscriptEvent } from '@doorward/audit'
import { encodeBackend, encodeDataRow, encodeOwnError, encodeOwnNotice } from '../backend-encode.ts'
import type { Field } from '../backend-message.ts'
import { cellText } from './cell-text.ts'
import { WireTranscript, type ExpectedAnswer } from './wire-transcript.ts'

function field(name: string, typeOid = 25, format: 0 | 1 = 0): Field { return { name, tableOid: 0, attribute: 0, typeOid, typeSize: -1, typeModifier: -1, format } }

const description = (...fields: readonly Field[]): Buffer => encodeBackend({ kind: 'rowDescription', fields })
const row = (...cells: readonly (string | Buffer | null)[]): Buffer => encodeDataRow(cells.map((cell) => (typeof cell === 'string' ? Buffer.from(cell) : cell)))
const complete = (tag: string): Buffer => encodeBackend({ kind: 'commandComplete', tag })
const ready = encodeBackend({ kind: 'readyForQuery', status: 'I' })
const error = encodeOwnError({ severity: 'ERROR', sqlstate: '42501', message: 'refused: no', hint: 'ask' })
const int4 = (value: number): Buffer => { const cell = Buffer.alloc(4); cell.writeInt32BE(value); return cell }

const simple = (statement: string, batch = 0): ExpectedAnswer => ({ statement, batch, columns: undefined })
const extended = (statement: string, batch: number, ...columns: readonly (readonly [string, number, 0 | 1])[]): ExpectedAnswer => ({ statement, batch, columns: columns.map(([name, typeOid, format]) => ({ name, typeOid, format })) })

/** One word or line per event. */
function told(expected: readonly ExpectedAnswer[], bytes: readonly Buffer[], cut = Infinity, skipBytes = 0): readonly string[] {
  const events: TranscriptEvent[] = []
  const transcript = new WireTranscript({ write: (event) => { events.push(event) }, elapsedMs: () => 0, from: { batch: 0, skipBytes } })
  for (const one of expected) transcript.expect(one)
  const all = Buffer.concat(bytes)
  for (let at = 0; at < all.length; at += Math.min(cut, all.length)) transcript.output(Buffer.from(all.subarray(at, at + Math.min(cut, all.length))))
  return events.map((event) => {
    const of = 'of' in event && event.of !== undefined ? `${event.of} ` : ''
    switch (event.k) {
      case 'columns': return `${of}columns ${event.names.join(',')}`
      case 'rows': return event.rows.map((cells) => `row ${cells.map((cell) => (cell === null ? 'null' : typeof cell === 'string' ? cell : `0x${cell.hex}`)).join(',')}`).join('; ')
      case 'done': return `${of}done ${event.tag}`
      case 'error': case 'notice': return `${of}${event.k} ${event.severity} ${event.code} ${event.message}${event.hint === undefined ? '' : ` (${event.hint})`}`
      case 'copy-out': return `copy ${typeof event.data === 'string' ? event.data : JSON.stringify(event.data)}`
      default: return JSON.stringify(event)
    }
  })
}

describe('what a client sees', () => {
  const rows: readonly (readonly [what: string, expected: readonly ExpectedAnswer[], bytes: readonly Buffer[], told: readonly string[]])[] = [
    ['a simple query', [simple('s.1')], [description(field('id', 23), field('ssn')), row('1', '[redacted]'), row('2', null), complete('SELECT 2'), ready], ['s.1 columns id,ssn', 'row 1,[redacted]; row 2,null', 's.1 done SELECT 2']],
    ['a query without rows', [simple('s.1')], [description(field('id')), complete('SELECT 0'), ready], ['s.1 columns id', 's.1 done SELECT 0']],
    ['several statements in one text', [simple('s.1'), simple('s.2'), simple('s.3')], [description(field('a')), row('1'), complete('SELECT 1'), complete('INSERT 0 1'), description(field('b')), row('2'), complete('SELECT 1'), ready],
      ['s.1 columns a', 'row 1', 's.1 done SELECT 1', 's.2 done INSERT 0 1', 's.3 columns b', 'row 2', 's.3 done SELECT 1']],
    ['a prepared statement in binary, without a description', [extended('s.1', 0, ['id', 23, 1], ['name', 25, 1])], [row(int4(7), 'x'), complete('SELECT 1'), ready], ['s.1 columns id,name', 'row 7,x', 's.1 done SELECT 1']],
    ['a pipeline', [extended('s.1', 0, ['a', 23, 1]), extended('s.2', 0), extended('s.3', 0, ['b', 25, 0])], [row(int4(1)), complete('SELECT 1'), complete('UPDATE 1'), row('x'), complete('SELECT 1'), ready],
      ['s.1 columns a', 'row 1', 's.1 done SELECT 1', 's.2 done UPDATE 1', 's.3 columns b', 'row x', 's.3 done SELECT 1']],
    ['a portal in parts', [extended('s.1', 0, ['a', 25, 0]), extended('s.2', 0, ['a', 25, 0])], [row('1'), encodeBackend({ kind: 'portalSuspended' }), row('2'), complete('SELECT 1'), ready], ['s.1 columns a', 'row 1', 's.1 done suspended', 's.2 columns a', 'row 2', 's.2 done SELECT 1']],
    ['a description of something that is executed later', [extended('s.1', 0, ['a', 23, 1])], [description(field('other'), field('columns')), row(int4(9)), complete('SELECT 1'), ready], ['s.1 columns a', 'row 9', 's.1 done SELECT 1']],
    ['an error, which ends its batch and no other', [extended('s.1', 0, ['a', 25, 0]), extended('s.2', 0, ['b', 23, 1]), extended('s.3', 1, ['c', 25, 0])], [row('1'), error, ready, row('x'), complete('SELECT 1'), ready],
      ['s.1 columns a', 'row 1', 's.1 error ERROR 42501 refused: no (ask)', 's.3 columns c', 'row x', 's.3 done SELECT 1']],
    ['a refusal before the statements of the next batch', [extended('s.2', 1, ['c', 23, 1])], [error, ready, row(int4(5)), complete('SELECT 1'), ready], ['error ERROR 42501 refused: no (ask)', 's.2 columns c', 'row 5', 's.2 done SELECT 1']],
    ['an empty text', [simple('s.2', 1)], [encodeBackend({ kind: 'emptyQueryResponse' }), ready, description(field('a')), row('1'), complete('SELECT 1'), ready], ['s.2 columns a', 'row 1', 's.2 done SELECT 1']],
    ['a notice in between', [simple('s.1')], [encodeOwnNotice({ severity: 'NOTICE', sqlstate: '00000', message: 'it waits' }), complete('UPDATE 1'), ready], ['s.1 notice NOTICE 00000 it waits', 's.1 done UPDATE 1']],
    ['COPY', [simple('s.1')], [encodeBackend({ kind: 'copyOutResponse', format: 0, columnFormats: [0] }), encodeBackend({ kind: 'copyData', data: Buffer.from('1\tx\n') }), encodeBackend({ kind: 'copyData', data: Buffer.from('ff', 'hex') }), encodeBackend({ kind: 'copyDone' }), complete('COPY 1'), ready], ['copy 1\tx\n', 'copy {"hex":"ff"}', 's.1 done COPY 1']],
  ]
  for (const [what, expected, bytes, events] of rows) {
    it(`is told of ${what}`, () => { assert.deepEqual(told(expected, bytes), events) })
    it(`is told of ${what}, however the bytes are cut`, () => {
      const joined = (list: readonly string[]): string => list.join('; ')
      for (const cut of [1, 2, 3, 5, 7, 11, 64]) assert.equal(joined(told(expected, bytes, cut)), joined(events))
    })
  }

  it('is told from where the recording began', () => {
    const before = [row('not this'), complete('SELECT 1')]
    assert.deepEqual(told([simple('s.2')], [...before, description(field('a')), row('1'), complete('SELECT 1'), ready], Infinity, Buffer.concat(before).length), ['s.2 columns a', 'row 1', 's.2 done SELECT 1'])
  })

  it('throws for bytes that no server says', () => { assert.throws(() => told([], [Buffer.from('zzzzzzzzzz')]), { code: 'unknown-message' }) })
})

describe('a binary cell', () => {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex')
  const cells: readonly (readonly [type: string, oid: number, cell: Buffer, text: unknown])[] = [
    ['bool', 16, hex('01'), 't'], ['bool', 16, hex('00'), 'f'], ['int2', 21, hex('fffe'), '-2'], ['int4', 23, hex('00000007'), '7'], ['int8', 20, hex('7fffffffffffffff'), '9223372036854775807'], ['oid', 26, hex('ffffffff'), '4294967295'],
    ['float4', 700, hex('3dcccccd'), '0.1'], ['float8', 701, hex('3fb999999999999a'), '0.1'], ['text', 25, Buffer.from('ä'), 'ä'], ['text that is none', 25, hex('ff'), { hex: 'ff' }], ['bytea', 17, hex('00ff'), { hex: '00ff' }],
    ['date', 1082, hex('00002634'), '2026-10-11'], ['date, infinity', 1082, hex('7fffffff'), undefined], ['timestamp', 1114, hex('0000000000000001'), '2000-01-01 00:00:00.000001'], ['timestamp before', 1114, hex('ffffffffffffffff'), '1999-12-31 23:59:59.999999'],
    ['timestamptz', 1184, hex('00000000000f4240'), '2000-01-01 00:00:01+00'], ['timestamp, infinity', 1114, hex('7fffffffffffffff'), undefined], ['uuid', 2950, hex('000102030405060708090a0b0c0d0e0f'), '00010203-0405-0607-0809-0a0b0c0d0e0f'],
    ['jsonb', 3802, Buffer.from('\u0001{"a":1}'), '{"a":1}'], ['jsonb of another version', 3802, Buffer.from('\u0002x'), { hex: '0278' }], ['int4 of the wrong length', 23, hex('00'), { hex: '00' }], ['numeric', 1700, hex('0001'), { hex: '0001' }],
  ]
  for (const [type, oid, cell, text] of cells) it(`of type ${type} reads ${JSON.stringify(text)}`, () => { assert.deepEqual(cellText(oid, 1, cell), text ?? { hex: cell.toString('hex') }) })
  it('of text is text, and bytes where it is not', () => { assert.deepEqual([cellText(23, 0, Buffer.from('\ufffd')), cellText(23, 0, Buffer.from('c3', 'hex'))], ['\ufffd', { hex: 'c3' }]) })
})
