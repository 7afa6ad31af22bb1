import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { zip3Of, zip3OfInteger } from './index.ts'
import { RESTRICTED_2000, RESTRICTED_2020 } from './zip3.table.ts'

const VECTORS = new URL('../../../../shared/vectors/safe-harbor/zip3.json', import.meta.url)

interface Vectors {
  readonly census2020_18: readonly string[]
  readonly hhs_2012_guidance_2000census_17: readonly string[]
  readonly union_safe_default: readonly string[]
  readonly cases: readonly (readonly [string, string])[]
}

test('agrees with the safe harbor vectors', { skip: existsSync(VECTORS) ? false : 'skipped: safe-harbor vectors missing' }, () => {
  const vectors = JSON.parse(readFileSync(VECTORS, 'utf8')) as Vectors // read from the project's own vectors
  assert.deepEqual([...RESTRICTED_2020], [...vectors.census2020_18])
  assert.deepEqual([...RESTRICTED_2000], [...vectors.hhs_2012_guidance_2000census_17])
  for (const prefix of vectors.union_safe_default) assert.equal(zip3Of(`${prefix}01`), '000', prefix)
  for (const [zip, wanted] of vectors.cases) {
    const expected = /redact/.test(wanted) ? undefined : (/(\d{3}) \(union mode\)/.exec(wanted)?.[1] ?? wanted)
    assert.equal(zip3Of(zip), expected, zip)
  }
})

test('shows three digits, or 000, or nothing', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['02139', '021'], [' 02139 ', '021'], ['021391234', '021'], ['03601', '000'], ['96201', '000'], ['00501', '000'],
    ['', undefined], ['021', undefined], ['0213', undefined], ['02139-', undefined], ['02139-12345', undefined], ['K1A 0B1', undefined],
    ['٠٢١٣٩', undefined], ['02139\n02140', undefined],
  ]
  for (const [zip, expected] of rows) assert.equal(zip3Of(zip), expected, JSON.stringify(zip))
})

test('a ZIP code stored as a number gives what its text gives', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 99_999 }), (zip) => {
    assert.equal(Number(zip3OfInteger(String(zip))), Number(zip3Of(String(zip).padStart(5, '0'))))
  }))
  assert.equal(zip3OfInteger('-1'), undefined)
  assert.equal(zip3OfInteger('1234567890'), undefined)
})
