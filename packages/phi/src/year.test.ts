import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { answerYear, yearOfMoment, yearOfText } from './index.ts'

test('a year 90 or more back is withheld, 89 is not', () => {
  assert.deepEqual(answerYear(1936, 2026), { kind: 'withheld' })
  assert.deepEqual(answerYear(1937, 2026), { kind: 'year', year: 1937 })
  assert.deepEqual(answerYear(2030, 2026), { kind: 'year', year: 2030 })
})

test('reads the year of ISO moments in UTC', () => {
  fc.assert(fc.property(fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }), fc.integer({ min: -15 * 60, max: 15 * 60 }), (date, offset) => {
    const local = new Date(date.getTime() + offset * 60_000)
    const zone = `${offset < 0 ? '-' : '+'}${String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')}:${String(Math.abs(offset) % 60).padStart(2, '0')}`
    fc.pre(local.getUTCFullYear() >= 1 && local.getUTCFullYear() <= 9999)
    assert.equal(yearOfMoment(local.toISOString().replace('Z', zone)), date.getUTCFullYear())
    assert.equal(yearOfMoment(local.toISOString().replace('T', ' ').replace('Z', zone)), date.getUTCFullYear())
  }))
})

test('moments without a year that can be shown', () => {
  for (const text of ['', 'infinity', '-infinity', '0044-03-15 BC', '10000-01-01', '2024-05', '0000-01-01', '14.03.1984', '2024-05-01x']) {
    assert.equal(yearOfMoment(text), undefined, text)
  }
})

test('text dates, with the year first or last', () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['1984', 1984], ['1984-03', 1984], ['1984-03-14', 1984], ['1984-03-14T10:00:00Z', 1984], ['1984/3/14', 1984], ['19840314', 1984],
    ['19840314103000', 1984], ['198403', 1984], ['03/14/1984', 1984], ['14.03.1984', 1984], ['3-14-1984 10:30', 1984], [' 1984-03-14 ', 1984],
    ['84-03-14', undefined], ['03/14/84', undefined], ['1984-03-14 BC', undefined], ['', undefined], ['March 1984', undefined], ['19849999', undefined],
    ['0000', undefined], [`1984-03-14 ${'x'.repeat(80)}`, undefined],
  ]
  for (const [text, expected] of rows) assert.equal(yearOfText(text), expected, text)
})
