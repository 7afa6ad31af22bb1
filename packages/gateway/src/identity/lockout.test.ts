import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Sensitive } from '@doorward/core'
import { FakeClock } from '@doorward/testkit'
import { openState } from '../state/sqlite-state.ts'
import { Lockout, MAX_FAILURES, MAX_FAILURES_ANYWHERE, networkOf, WINDOW_MS } from './lockout.ts'

function scene(): { readonly clock: FakeClock; readonly lockout: Lockout; readonly state: ReturnType<typeof openState> } {
  const clock = new FakeClock()
  const state = openState(':memory:')
  return { clock, state, lockout: new Lockout({ store: state.failures, key: new Sensitive(Buffer.alloc(32, 1)), now: clock.now }) }
}

const HERE = '192.0.2.1:5000'

describe('failed logins', () => {
  it('lock a name and its address out, and nobody else', async () => {
    const { lockout } = scene()
    for (let n = 1; n < MAX_FAILURES; n += 1) assert.equal(await lockout.failed('nadia', HERE), 'counted')
    assert.equal(await lockout.isLocked('nadia', HERE), false)
    assert.equal(await lockout.failed('nadia', '192.0.2.1:6000'), 'locked')
    assert.equal(await lockout.isLocked('nadia', '192.0.2.1:7000'), true)
    assert.equal(await lockout.isLocked('nadia', '192.0.2.2:7000'), false)
    assert.equal(await lockout.isLocked('olga', HERE), false)
  })

  it('are forgotten with time, and a lock ends', async () => {
    const { lockout, clock } = scene()
    for (let n = 1; n < MAX_FAILURES; n += 1) await lockout.failed('nadia', HERE)
    clock.advance(WINDOW_MS)
    for (let n = 1; n < MAX_FAILURES; n += 1) assert.equal(await lockout.failed('nadia', HERE), 'counted')
    await lockout.failed('nadia', HERE)
    clock.advance(WINDOW_MS - 1)
    assert.equal(await lockout.isLocked('nadia', HERE), true)
    clock.advance(1)
    assert.equal(await lockout.isLocked('nadia', HERE), false)
  })

  it('from many addresses lock the name everywhere', async () => {
    const { lockout } = scene()
    for (let n = 1; n < MAX_FAILURES_ANYWHERE; n += 1) assert.equal(await lockout.failed('nadia', `10.0.${n}.1:1`), 'counted')
    assert.equal(await lockout.failed('nadia', '10.1.0.1:1'), 'locked')
    assert.equal(await lockout.isLocked('nadia', '203.0.113.9:1'), true)
  })

  it('end with a success, for this address', async () => {
    const { lockout } = scene()
    for (let n = 1; n < MAX_FAILURES; n += 1) await lockout.failed('nadia', HERE)
    await lockout.succeeded('nadia', HERE)
    for (let n = 1; n < MAX_FAILURES; n += 1) assert.equal(await lockout.failed('nadia', HERE), 'counted')
  })

  it('outlive a restart', async () => {
    const { lockout, state, clock } = scene()
    for (let n = 1; n <= MAX_FAILURES; n += 1) await lockout.failed('nadia', HERE)
    assert.equal(await new Lockout({ store: state.failures, key: new Sensitive(Buffer.alloc(32, 1)), now: clock.now }).isLocked('nadia', HERE), true)
  })

  const networks: readonly (readonly [address: string, network: string])[] = [
    ['192.0.2.1:5000', '192.0.2.1'], ['::ffff:192.0.2.1:5000', '192.0.2.1'], ['2001:db8:1:2:3:4:5:6:5000', '2001:db8:1:2'], ['2001:db8::1:5000', '2001:db8:0:0'],
    ['2001:0db8:0001:0002::1:5000', '2001:db8:1:2'], ['::1:5000', '0:0:0:0'], ['unknown:0', 'unknown'],
  ]
  for (const [address, network] of networks) it(`count ${address} as ${network}`, () => { assert.equal(networkOf(address), network) })
})
