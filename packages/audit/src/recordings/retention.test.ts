import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DEFAULT_RETENTION_MS, formatHoldScope, mayRemove, parseHoldScope, type HoldScope, type LegalHold, type RecordingFacts, type RemovalRequest } from './retention.ts'

const ID = 'ab'.repeat(16)
const YEAR_MS = 365 * 86_400_000
const ENDED_MS = Date.UTC(2026, 10, 21)
const FACTS: RecordingFacts = { recording: ID, principals: ['local|scout', 'https://id.example.org|u-1842'], resource: 'clinic', endedMs: ENDED_MS }

function hold(scope: HoldScope): LegalHold { return { id: '0123456789abcdef', scope, matter: 'case 7', by: 'local|root', atMs: 0 } }

const OTHERS: readonly HoldScope[] = [{ kind: 'recording', recording: 'cd'.repeat(16) }, { kind: 'principal', principal: 'local|other' }, { kind: 'resource', resource: 'lab' }]
const MINE: readonly HoldScope[] = [{ kind: 'recording', recording: ID }, { kind: 'principal', principal: 'local|scout' }, { kind: 'principal', principal: 'https://id.example.org|u-1842' }, { kind: 'resource', resource: 'clinic' }, { kind: 'all' }]

describe('the decision to destroy a recording', () => {
  const rows: readonly (readonly [what: string, request: RemovalRequest, afterMs: number, holds: readonly LegalHold[], endedMs: number | undefined, answer: string])[] = [
    ['five years old, expiry', 'expiry', 5 * YEAR_MS, [], ENDED_MS, 'retained'],
    ['a day short of six years, expiry', 'expiry', DEFAULT_RETENTION_MS - 1, [], ENDED_MS, 'retained'],
    ['six years old, expiry', 'expiry', DEFAULT_RETENTION_MS, [], ENDED_MS, 'remove'],
    ['new, shred', 'shred', 0, [], ENDED_MS, 'retained'],
    ['new, shred before its time', 'early-shred', 0, [], ENDED_MS, 'remove'],
    ['old, shred', 'shred', DEFAULT_RETENTION_MS, [], ENDED_MS, 'remove'],
    ['being written, shred before its time', 'early-shred', 0, [], undefined, 'being-written'],
    ['being written, expiry', 'expiry', 9 * YEAR_MS, [], undefined, 'being-written'],
    ['old, held for others', 'expiry', 9 * YEAR_MS, OTHERS.map(hold), ENDED_MS, 'remove'],
    ...MINE.flatMap((scope) => (['expiry', 'shred', 'early-shred'] as const).map((request) => [`held by ${formatHoldScope(scope)}, ${request}`, request, 9 * YEAR_MS, [...OTHERS.map(hold), hold(scope)], ENDED_MS, 'held'] as const)),
  ]
  for (const [what, request, afterMs, holds, endedMs, answer] of rows) {
    it(`${what}: ${answer}`, () => {
      const found = mayRemove({ ...FACTS, endedMs }, holds, request, ENDED_MS + afterMs, DEFAULT_RETENTION_MS)
      assert.equal(found.kind === 'keep' ? found.reason : 'remove', answer)
    })
  }

  it('is never yes while a hold is on it, whatever else is so', () => {
    fc.assert(fc.property(fc.constantFrom(...MINE), fc.subarray([...OTHERS]), fc.constantFrom<RemovalRequest>('expiry', 'shred', 'early-shred'), fc.integer({ min: 0, max: 1e13 }), fc.option(fc.integer({ min: 0, max: 1e13 }), { nil: undefined }), (scope, others, request, nowMs, endedMs) => {
      assert.equal(mayRemove({ ...FACTS, endedMs }, [...others.map(hold), hold(scope)], request, nowMs, 0).kind, 'keep')
    }))
  })

  it('keeps six years and not a day less, over leap years', () => {
    assert.ok(Date.UTC(2026, 0, 1) + DEFAULT_RETENTION_MS >= Date.UTC(2032, 0, 1))
    assert.ok(Date.UTC(2024, 0, 1) + DEFAULT_RETENTION_MS >= Date.UTC(2030, 0, 1))
  })
})

describe('what a hold names', () => {
  it('reads as it is written', () => {
    for (const scope of [...MINE, ...OTHERS]) assert.deepEqual(parseHoldScope(formatHoldScope(scope)), scope)
  })

  for (const text of ['', 'recording:', 'recording:7', `recording:${ID}0`, 'principal:scout', 'principal:|', 'principal:a|', 'everything', 'resource:', `resource:${'x'.repeat(601)}`]) {
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () => { assert.equal(typeof parseHoldScope(text), 'string') })
  }
})
