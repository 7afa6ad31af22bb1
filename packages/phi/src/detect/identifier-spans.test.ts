import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { findIdentifiers } from './identifier-spans.ts'

const NOTES = new URL('../../../../../shared/phi/notes_labelled.jsonl', import.meta.url)

const found = (text: string): readonly string[] => findIdentifiers(text).map(({ start, end, phiClass }) => `${phiClass} ${text.slice(start, end)}`)

test('finds identifiers by their form or their label', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['SSN 900-12-3456, last 4: 3456', ['ssn 900-12-3456', 'ssn 3456']],
    ['write to ann.example+x@example.org or https://example.org/p?id=1', ['email ann.example+x@example.org', 'url https://example.org/p?id=1']],
    ['call (212) 555-0142 x9 or +44 20 7946 0958; fax 212-555-0143', ['phone (212) 555-0142 x9', 'phone +44 20 7946 0958', 'fax 212-555-0143']],
    ['MRN: 0004711, {"mrn":"4711001"}, PID|1||83359251^', ['mrn 0004711', 'mrn 4711001', 'mrn 83359251']],
    ['born 1984-03-14, seen 3/14/2024 and March 5th, 2024', ['date 1984-03-14', 'date 3/14/2024', 'date March 5th, 2024']],
    ['a 92-year-old and a 45-year-old', ['date 92-year-old']],
    ['from 192.0.2.17', ['ip 192.0.2.17']],
    ['card 4111 1111 1111 1111', ['account 4111 1111 1111 1111']],
    ['VIN 1M8GDM9AXKP042788', ['vehicle 1M8GDM9AXKP042788']],
    ['Boston, MA 02139', ['zip 02139']],
    ['member ID 3TU4NQ7NV43', ['health-plan 3TU4NQ7NV43']],
  ]
  for (const [text, expected] of rows) assert.deepEqual(found(text), expected, text)
})

test('leaves numbers alone that only look like identifiers', () => {
  for (const text of ['BP 120/80, glucose 5.4 mmol/L', 'version 1.2.3.4567', '000-12-3456', '4111 1111 1111 1112', '999.1.2.3', 'HbA1c 9.1%', 'dose 500 mg twice daily']) {
    assert.deepEqual(found(text), [], text)
  }
})

test('misses what it says it misses', () => {
  for (const text of ['Ann Example', '12 Acacia Avenue, Smalltown', 'the fourteenth of March', 'am 14. März 1984', 'a man of 67 years', 'record 4711001', '9 0 0 1 2 3 4 5 6']) {
    assert.deepEqual(found(text), [], text)
  }
})

test('spans are ordered, apart from each other and within the text, for any text', () => {
  const piece = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('SSN ', '900-12-3456', '@', 'a@b.c', '1984-03-14', '\ud800', 'MRN: 4711001', ' '))
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')), (text) => {
    let last = 0
    for (const { start, end } of findIdentifiers(text)) {
      assert.ok(start >= last && end > start && end <= text.length)
      last = end
    }
  }), { numRuns: 500 })
})

test('takes time in proportion to the text', () => {
  const run = (unit: string, chars: number): number => {
    const text = unit.repeat(Math.ceil(chars / unit.length))
    const startedNs = process.hrtime.bigint()
    findIdentifiers(text)
    return Number(process.hrtime.bigint() - startedNs) / 1e6
  }
  for (const unit of ['1', '1-', 'a.', 'a@', '(1', 'mrn ', 'mrn number is ', '1.1.', '*', '|', 'PID|', '"', ' ', '9 ', 'http://', 'a:', '\ud83d']) {
    run(unit, 2000)
    assert.ok(run(unit, 40_000) < 1500, `40 kB of ${JSON.stringify(unit)} took too long`)
  }
})

interface Note { readonly text: string; readonly spans: readonly { readonly start: number; readonly end: number; readonly type: string; readonly optional?: boolean }[] }

test('keeps its score on the labelled notes', { skip: existsSync(NOTES) ? false : 'skipped: labelled notes missing' }, () => {
  const notes = readFileSync(NOTES, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Note) // a labelled file of the project's own shape
  const wanted = new Map<string, { all: number; covered: number }>()
  let predicted = 0
  let right = 0
  for (const { text, spans } of notes) {
    const got = findIdentifiers(text)
    predicted += got.length
    right += got.filter((span) => spans.some((gold) => gold.start < span.end && gold.end > span.start)).length
    for (const { start, end, type, optional } of spans) {
      if (optional === true) continue
      const count = wanted.get(type) ?? { all: 0, covered: 0 }
      wanted.set(type, count)
      count.all += 1
      if (got.some((span) => span.start <= start && span.end >= end)) count.covered += 1
    }
  }
  const floors = { SSN: 0.98, EMAIL: 0.98, URL: 0.98, IP: 0.98, FAX: 0.95, ACCOUNT: 0.9, DATE: 0.9, HEALTH_PLAN: 0.9, PHONE: 0.8, MRN: 0.7 }
  for (const [type, floor] of Object.entries(floors)) {
    const { all, covered } = wanted.get(type) ?? { all: 0, covered: 0 }
    assert.ok(covered / all >= floor, `${type}: ${covered} of ${all}`)
  }
  assert.ok(right / predicted >= 0.98, `${right} of ${predicted} spans are right`)
})
