import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Json } from '@doorward/core'
import { Findings } from './finding.ts'
import { RecordingRules } from './recording-rules.ts'

type Entry = readonly [kind: string, fields: { readonly [key: string]: Json }]

const open: Entry = ['recording.open', { recording: 'r' }]
const segment = (n: number, digest = `d${n}`): Entry => ['recording.segment', { recording: 'r', segment: n, digest }]
const close = (segments: number): Entry => ['recording.close', { recording: 'r', segments }]
const shred = (step: string): Entry => ['recording.shred', { recording: 'r', step }]
const start: Entry = ['start', {}]

function findingsOf(entries: readonly Entry[]): string {
  const findings = new Findings()
  const rules = new RecordingRules(findings)
  entries.forEach(([kind, fields], index) => { if (kind === 'start') rules.started(); else rules.check(index, kind, fields) })
  rules.finish()
  return findings.sorted().map(({ severity, index }) => `${severity}${index === undefined ? '' : ` ${index}`}`).join(', ')
}

describe('entries about recordings', () => {
  const rows: readonly (readonly [what: string, entries: readonly Entry[], findings: string])[] = [
    ['are in order', [open, segment(0), segment(1), close(2), shred('begun'), shred('done')], ''],
    ['may come after the session, and views at any time', [open, segment(0), ['recording.view', { recording: 'r' }], close(1), ['recording.view', { recording: 'other' }], ['recording.hold', {}]], ''],
    ['may repeat the last segment and the end after an interruption', [open, segment(0), start, segment(0), close(1), start, close(1)], ''],
    ['may repeat the end of a shredding after an interruption', [open, segment(0), close(1), shred('begun'), shred('done'), start, shred('done')], ''],
    ['tell of a recording without an end', [open, segment(0)], 'notice'],
    ['tell of a shredding without an end', [open, segment(0), close(1), shred('begun')], 'notice 3'],
    ['lack a segment in the middle', [open, segment(0), segment(2), close(3)], 'integrity 2'],
    ['lack the first segment', [open, segment(1), close(2)], 'integrity 1'],
    ['lack the last segment', [open, segment(0), close(2)], 'integrity 2'],
    ['lack the beginning', [segment(0), close(1)], 'integrity 0, integrity 1'],
    ['have a segment twice, and not the same', [open, segment(0), segment(0, 'other'), close(1)], 'integrity 2'],
    ['have a segment after the end', [open, segment(0), close(1), segment(1)], 'integrity 3'],
    ['begin twice', [open, open, close(0)], 'integrity 1'],
    ['have a shredding that did not begin', [open, close(0), shred('done')], 'integrity 2'],
    ['have an end again long after', [open, close(0), start, start, start, close(0)], 'integrity 5'],
    ['name no recording', [['recording.segment', {}]], 'integrity 0'],
  ]
  for (const [what, entries, findings] of rows) it(`${what}: ${findings === '' ? 'nothing to say' : findings}`, () => { assert.equal(findingsOf(entries), findings) })
})
