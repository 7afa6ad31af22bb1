import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, FAKE_START_MS, until } from './fake-clock.ts'

test('fires timers in the order of their time, and those they start', () => {
  const clock = new FakeClock()
  const fired: string[] = []
  clock.after(20, () => { fired.push(`b at ${clock.now() - FAKE_START_MS}`) })
  clock.after(10, () => { fired.push('a'); clock.after(5, () => { fired.push('a again') }) })
  const stop = clock.after(12, () => { fired.push('never') })
  stop()
  clock.advance(19)
  assert.deepEqual(fired, ['a', 'a again'])
  clock.advance(1)
  assert.deepEqual(fired, ['a', 'a again', 'b at 20'])
  assert.equal(clock.waiting, 0)
})

test('waits for what only the event loop brings, and says what did not come', async () => {
  let seen = 0
  setImmediate(() => { seen = 1 })
  await until('an immediate', () => seen === 1)
  await assert.rejects(until('the impossible', () => false, 3), /within 3 turns.*the impossible/)
})
