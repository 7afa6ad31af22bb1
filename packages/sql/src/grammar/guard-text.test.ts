import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkText, DEFAULT_TEXT_LIMITS, measureOperatorRuns, type TextLimits } from './guard-text.ts'

const LIMITS: TextLimits = { maxBytes: 100, maxOperatorRun: 8, maxOperatorCost: 40 }

function ruleOf(bytes: Uint8Array, limits: TextLimits = LIMITS): string {
  const checked = checkText(bytes, limits)
  return checked.kind === 'ok' ? 'ok' : checked.rule
}

test('refuses what no parser may see, by rule', () => {
  const rows: readonly (readonly [string, Uint8Array | string, string])[] = [
    ['plain', 'select 1', 'ok'],
    ['empty', '', 'ok'],
    ['as long as allowed', 'x'.repeat(100), 'ok'],
    ['a byte longer', 'x'.repeat(101), 'length'],
    ['length counts bytes, not characters', 'é'.repeat(51), 'length'],
    ['NUL', 'select 1\0', 'nul'],
    ['NUL within a literal', `select '\0'`, 'nul'],
    ['a lone continuation byte', Buffer.from([0x27, 0x80, 0x27]), 'utf-8'],
    ['an overlong slash', Buffer.from([0xc0, 0xaf]), 'utf-8'],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), 'utf-8'],
    ['a character cut off', Buffer.from('é').subarray(0, 1), 'utf-8'],
    ['beyond U+10FFFF', Buffer.from([0xf4, 0x90, 0x80, 0x80]), 'utf-8'],
    ['a run at the limit', '+'.repeat(8), 'cost-or-run'],
    ['a run over the limit', '+'.repeat(9), 'operator-run'],
    ['runs that cost too much together', '---- ---- ----', 'operator-cost'],
    ['runs that cost as much as allowed', '---- ---- --', 'ok'],
  ]
  for (const [name, text, expected] of rows) {
    const limits = expected === 'cost-or-run' ? { ...LIMITS, maxOperatorCost: 64 } : LIMITS
    assert.equal(ruleOf(typeof text === 'string' ? Buffer.from(text) : text, limits), expected === 'cost-or-run' ? 'ok' : expected, name)
  }
})

test('a text that passes is byte for byte the one that came, a byte order mark included', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
    const bytes = Buffer.from(`\ufeff${text.replaceAll('\0', '')}`)
    const checked = checkText(bytes, DEFAULT_TEXT_LIMITS)
    return checked.kind === 'ok' && Buffer.from(checked.text).equals(bytes)
  }), { numRuns: 50 })
})

test('any bytes give an answer, and a NUL or invalid UTF-8 never passes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const checked = checkText(bytes, LIMITS)
    return checked.kind !== 'ok' || (!bytes.includes(0) && Buffer.from(checked.text).equals(Buffer.from(bytes)))
  }))
})

test('messages hold sizes, never the text', () => {
  for (const text of ['secret'.repeat(50), 'secret\0', '+'.repeat(20), '++++ '.repeat(5)]) {
    const checked = checkText(Buffer.from(text), LIMITS)
    assert.ok(checked.kind === 'refused' && !/secret|\+\+/.test(checked.message))
  }
})

test('every operator character of the scanner counts', () => {
  for (const character of '~!@#^&|`?+-*/%<>=') assert.deepEqual(measureOperatorRuns(character.repeat(3)), { longest: 3, cost: 9 }, character)
  for (const character of `'"$_;:,.()[]\\ a0\n`) assert.deepEqual(measureOperatorRuns(character.repeat(3)), { longest: 0, cost: 0 }, character)
})

test('measuring is linear: a text of 1 MB of operator characters takes well under a second', () => {
  const before = process.cpuUsage()
  for (const text of ['+'.repeat(1_000_000), '+ '.repeat(500_000), '/*'.repeat(500_000), 'a'.repeat(1_000_000)]) measureOperatorRuns(text)
  const spent = process.cpuUsage(before)
  assert.ok(spent.user + spent.system < 1_000_000, `${spent.user} us`)
})
