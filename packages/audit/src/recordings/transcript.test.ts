import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readVector, vectorTest } from '../vectors.test.ts'
import { AsciicastWriter } from './asciicast.ts'
import { decodeEvents, encodeEvent, toSafeLine, toSafeText, type TranscriptEvent } from './transcript.ts'

const EVENTS: readonly TranscriptEvent[] = [
  { t: 0, k: 'segment', v: 1, recording: 'ab'.repeat(16), segment: 0, at: '2026-11-21T09:00:00.000Z' },
  { t: 0, k: 'begin', principal: 'local|evan', resource: 'clinic', protocol: 'postgres', client: '127.0.0.1:5', why: 'resource' },
  { t: 1_200, k: 'in', text: 'select id, ssn\nfrom clinic.patients' },
  { t: 1_210, k: 'statement', of: 's.1', parameters: ['7', null, { hex: '00ff' }] },
  { t: 1_215, k: 'columns', of: 's.1', names: ['id', 'ssn'] },
  { t: 1_215, k: 'rows', rows: [['1', '[redacted]'], ['2', null]] },
  { t: 1_216, k: 'done', of: 's.1', tag: 'SELECT 2' },
  { t: 3_000, k: 'statement', of: 's.2', text: 'copy t to stdout' },
  { t: 3_001, k: 'copy-out', data: '1\tx\n' }, { t: 3_001, k: 'copy-in', data: '2' },
  { t: 3_002, k: 'error', severity: 'ERROR', code: '42501', message: 'refused: no (receipt 3)', hint: 'ask' },
  { t: 3_003, k: 'notification', channel: 'news' },
  { t: 9_000, k: 'end', why: 'terminated by client' },
]

function cast(events: readonly TranscriptEvent[]): readonly unknown[] {
  const writer = new AsciicastWriter()
  const text = writer.header({ title: 'evan on clinic', startedMs: Date.UTC(2026, 10, 21, 9) }) + events.map((event) => writer.lines(event)).join('')
  return text.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
}

describe('a transcript', () => {
  it('reads back as it was written', () => {
    assert.deepEqual(decodeEvents(Buffer.from(EVENTS.map(encodeEvent).join(''))), EVENTS)
  })

  it('leaves out half a line that a crash left', () => {
    assert.deepEqual(decodeEvents(`${encodeEvent(EVENTS[1] ?? assert.fail())}{"t":5,"k":"in","te`), [EVENTS[1]])
  })

  it('as asciicast has a header, relative times, markers and an end', () => {
    const [header, ...lines] = cast(EVENTS)
    assert.deepEqual(header, { version: 3, term: { cols: 160, rows: 45 }, timestamp: 1_795_251_600, title: 'evan on clinic' })
    assert.deepEqual(lines, [
      [0, 'o', 'local|evan on clinic (resource)\r\n'],
      [1.2, 'o', 'clinic=> select id, ssn\r\nfrom clinic.patients\r\n'],
      [0.01, 'm', 'statement 1'],
      [0, 'o', '$1 = 7, $2 = , $3 = \\x00ff\r\n'],
      [0.005, 'o', 'id | ssn\r\n---+----\r\n'],
      [0, 'o', '1 | [redacted]\r\n2 | \r\n'],
      [0.001, 'o', 'SELECT 2\r\n'],
      [1.784, 'm', 'statement 2'],
      [0, 'o', 'clinic=> copy t to stdout\r\n'],
      [0.001, 'o', '1\tx\r\n'], [0, 'o', '2\r\n'],
      [0.001, 'o', 'ERROR:  refused: no (receipt 3) (42501)\r\nHINT:  ask\r\n'],
      [0.001, 'o', 'notification on news\r\n'],
      [5.997, 'o', '(terminated by client)\r\n'], [0, 'x', '0'],
    ])
  })

  it('steers no terminal, whatever stands in a database', () => {
    const nasty = '\u001b]0;owned\u0007\u009b31m\u202egnp.exe\r\u0008x\u007f'
    const events: readonly TranscriptEvent[] = [{ t: 0, k: 'begin', principal: nasty, resource: nasty, protocol: 'p', client: 'c', why: nasty }, { t: 0, k: 'in', text: nasty }, { t: 0, k: 'columns', names: [nasty] }, { t: 0, k: 'rows', rows: [[nasty]] }, { t: 0, k: 'done', tag: nasty }, { t: 0, k: 'notice', severity: 'S', code: 'C', message: nasty, detail: nasty }, { t: 0, k: 'copy-out', data: nasty }, { t: 0, k: 'end', why: nasty }]
    for (const line of cast(events).slice(1)) {
      const [, , data] = line as [number, string, string]
      assert.doesNotMatch(data.replaceAll('\r\n', ''), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
    }
    assert.equal(toSafeText('a\u001b[2J\tb\n'), 'a\\x1b[2J\tb\n')
    const line = toSafeLine(JSON.stringify({ x: nasty }))
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/)
    assert.deepEqual(JSON.parse(line), { x: nasty })
  })

  vectorTest('as asciicast has lines of the same shape as the format\'s own example', () => {
    const example = readVector('asciicast/min.v3.cast').toString('utf8').trimEnd().split('\n').filter((line) => !line.startsWith('#')).map((line) => JSON.parse(line) as unknown)
    const [header, ...lines] = cast(EVENTS)
    assert.deepEqual([(header as { version: number }).version, Object.keys((header as { term: object }).term)], [3, ['cols', 'rows']])
    const codes = new Set(example.slice(1).map((line) => (line as [number, string, string])[1]))
    for (const line of lines) {
      assert.ok(Array.isArray(line) && line.length === 3 && typeof line[0] === 'number' && line[0] >= 0 && codes.has(String(line[1])) && typeof line[2] === 'string')
    }
  })
})
