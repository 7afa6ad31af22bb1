import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems } from './problem.ts'
import { formatDuration, readDuration, readSize } from './read-units.ts'
import { readYaml } from './yaml-tree.ts'

function read(text: string, reader: typeof readDuration): number | string {
  const problems = new Problems('f')
  const root = readYaml(`a: ${text}\n`, problems)
  const node = root?.kind === 'map' ? root.entries[0]?.value : undefined
  const value = node === undefined ? undefined : reader(node, 'a', 1_000, 90_000_000, problems)
  return value ?? problems.list()[0]?.message ?? 'nothing'
}

test('reads times', () => {
  for (const [text, ms] of [['15m', 900_000], ['8h', 28_800_000], ['1d', 86_400_000], ['1500ms', 1_500], ['90 s', 90_000]] as const) assert.equal(read(text, readDuration), ms, text)
})

test('reads sizes, bare numbers as bytes', () => {
  for (const [text, bytes] of [['64KiB', 65_536], ['1MB', 1_000_000], ['16MiB', 16_777_216], ['2000', 2_000], ['2000B', 2_000]] as const) assert.equal(read(text, readSize), bytes, text)
})

test('refuses what has no unit, another unit, a sign, a fraction, or lies outside', () => {
  for (const text of ['15', '15x', '-5m', '1.5h', '"15 m s"', '1000d', '1ms', '[15m]', '99999999999999m', '']) assert.match(String(read(text, readDuration)), /^a: expected /, text)
})

test('writes times the short way', () => {
  assert.deepEqual([900_000, 28_800_000, 1_500, 90_000, 86_400_000].map(formatDuration), ['15m', '8h', '1500ms', '90s', '1d'])
})
