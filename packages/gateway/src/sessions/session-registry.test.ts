import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { requireSessionId, type Principal, type SessionId } from '@doorward/core'
import { FakeClock, turns } from '@doorward/testkit'
import { openState } from '../state/sqlite-state.ts'
import { expiryOf, SessionRegistry, type LiveSession, type SessionTicket } from './session-registry.ts'

const MINUTE = 60_000

function person(name: string, expiresAtMs?: number, actingFor?: Principal): Principal {
  return { name, kind: 'human', issuer: 'local', subject: name, groups: [], actingFor, authentication: { method: 'oidc', amr: [], acr: undefined, atMs: 0, expiresAtMs } }
}

class Scene {
  readonly clock = new FakeClock()
  readonly revoked = new Set<string>()
  readonly state = openState(':memory:')
  readonly registry = new SessionRegistry({
    times: { idleMs: 15 * MINUTE, absoluteMs: 8 * 60 * MINUTE }, maxSessions: 4, maxPerPrincipal: 2, now: this.clock.now, after: this.clock.after,
    isRevoked: (principal) => this.revoked.has(principal.name), store: this.state.sessions, process: 'p', log: () => undefined,
  })
  #sessions = 0

  async open(principal: Principal, isBusy = (): boolean => false): Promise<{ readonly id: SessionId; readonly ticket: SessionTicket; readonly ended: string[] }> {
    this.#sessions += 1
    const id = requireSessionId(this.#sessions.toString(16).padStart(32, '0'))
    const ended: string[] = []
    const session: LiveSession = { id, principal, resource: 'clinic', protocol: 'postgres', client: 'c', openedMs: this.clock.now(), isBusy, end: (why) => { ended.push(why) } }
    return { id, ticket: await this.registry.open(session), ended }
  }
}

const standingOf = (ticket: SessionTicket): string => { const standing = ticket.standing(); return standing.kind === 'good' ? 'good' : standing.why }

describe('the standing of a session', () => {
  it('is good while nothing is against it', async () => {
    const scene = new Scene()
    const { ticket, ended } = await scene.open(person('nadia'))
    scene.clock.advance(MINUTE)
    assert.equal(standingOf(ticket), 'good')
    assert.deepEqual(ended, [])
  })

  it('ends with the token, in the middle of a result too', async () => {
    const scene = new Scene()
    const { ticket, ended } = await scene.open(person('nadia', scene.clock.now() + MINUTE), () => true)
    scene.clock.advance(MINUTE - 1)
    assert.equal(standingOf(ticket), 'good')
    scene.clock.advance(1)
    assert.match(ended.join(), /token .* has expired/)
    assert.match(standingOf(ticket), /expired/)
  })

  it('ends with the first token of a chain', () => {
    assert.equal(expiryOf(person('scout', 50, person('ann', 20))), 20)
    assert.equal(expiryOf(person('scout', undefined, person('ann', 20))), 20)
    assert.equal(expiryOf(person('scout')), undefined)
  })

  it('is over for a statement even where no timer has fired', async () => {
    const scene = new Scene()
    const { ticket } = await scene.open(person('nadia', scene.clock.now() + MINUTE))
    scene.clock.set(scene.clock.now() + MINUTE)
    assert.match(standingOf(ticket), /expired/)
  })

  it('ends with revocation, at the next statement at the latest', async () => {
    const scene = new Scene()
    const { ticket } = await scene.open(person('nadia'))
    scene.revoked.add('nadia')
    assert.match(standingOf(ticket), /revoked/)
  })

  it('ends after idling, but not while a statement runs or waits for a person', async () => {
    const scene = new Scene()
    let busy = true
    const { ended, ticket } = await scene.open(person('nadia'), () => busy)
    scene.clock.advance(60 * MINUTE)
    assert.deepEqual(ended, [])
    busy = false
    ticket.touch()
    scene.clock.advance(31 * MINUTE)
    assert.match(ended.join(), /idle/)
  })

  it('ends at its absolute time, busy or not', async () => {
    const scene = new Scene()
    const { ended } = await scene.open(person('nadia'), () => true)
    scene.clock.advance(8 * 60 * MINUTE)
    assert.match(ended.join(), /absolute time/)
  })

  it('ends once: the first reason counts', async () => {
    const scene = new Scene()
    const { ended } = await scene.open(person('nadia', scene.clock.now() + MINUTE))
    assert.equal(scene.registry.endWhere(({ principal }) => principal.name === 'nadia', 'killed', ''), 1)
    scene.clock.advance(9 * 60 * MINUTE)
    assert.deepEqual(ended, ['killed'])
  })

  it('does not end at once for a token that outlives every timer', async () => {
    const scene = new Scene()
    const { ended } = await scene.open(person('nadia', scene.clock.now() + 400 * 86_400_000))
    scene.clock.advance(1)
    assert.deepEqual(ended, [])
  })
})

describe('the list of sessions', () => {
  it('is kept with the state, while they live', async () => {
    const scene = new Scene()
    const { id, ticket } = await scene.open(person('nadia'))
    assert.deepEqual((await scene.state.sessions.list()).map((row) => [row.id, row.process, row.name]), [[id, 'p', 'nadia']])
    ticket.release()
    await turns()
    assert.deepEqual(await scene.state.sessions.list(), [])
    assert.equal(scene.clock.waiting, 0)
  })

  it('has an end, for all and for each: people are told apart by issuer and subject', async () => {
    const scene = new Scene()
    await scene.open(person('nadia'))
    await scene.open(person('nadia'))
    assert.match(scene.registry.whyFull(person('nadia')) ?? '', /more than 2 sessions of one principal/)
    assert.equal(scene.registry.whyFull({ ...person('nadia'), issuer: 'https://id.example.org' }), undefined)
    await scene.open(person('olga'))
    await scene.open(person('otto'))
    assert.match(scene.registry.whyFull(person('oma')) ?? '', /more than 4 sessions/)
  })

  it('resolves when all have let go', async () => {
    const scene = new Scene()
    const one = await scene.open(person('nadia'))
    let over = false
    const all = scene.registry.endAll('the gateway stops').then(() => { over = true })
    await turns()
    assert.deepEqual([one.ended, over], [['the gateway stops'], false])
    one.ticket.release()
    await all
    await scene.registry.endAll('again')
  })
})
