/** Live sessions under a clock that a test turns: idle, absolute, expired, revoked, full, and all ended at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireGroupId, requireSessionId, type Principal } from '@doorward/core'
import { FakeClock, turns } from '@doorward/testkit'
import type { SessionRow, SessionStore } from '../state/state.ts'
import { expiryOf, SessionRegistry, type LiveSession, type RegistryParts, type SessionTicket } from './session-registry.ts'

const IDLE_MS = 15 * 60_000
const ABSOLUTE_MS = 8 * 3_600_000

function principal(name: string, expiresAtMs?: number, actingFor?: Principal): Principal {
  return { name, kind: 'human', issuer: 'local', subject: name, groups: [requireGroupId('g')], actingFor, authentication: { method: 'm', amr: [], acr: undefined, atMs: 0, expiresAtMs } }
}

interface Opened { readonly ticket: SessionTicket; readonly ends: string[]; busy: 'yes' | 'no' }

function stage(over: Partial<RegistryParts> = {}) {
  const clock = new FakeClock()
  const rows = new Map<string, SessionRow>()
  const revoked = new Set<string>()
  const lines: string[] = []
  const store: SessionStore = {
    opened: (row) => { rows.set(row.id, row); return Promise.resolve() }, ended: (id) => { rows.delete(id); return Promise.resolve() },
    forgetOthers: () => Promise.resolve(0), list: () => Promise.resolve([...rows.values()]),
  }
  const registry = new SessionRegistry({
    times: { idleMs: IDLE_MS, absoluteMs: ABSOLUTE_MS }, maxSessions: 4, maxPerPrincipal: 2, now: clock.now, after: clock.after, isRevoked: (one) => revoked.has(one.subject),
    store, process: 'p1', log: (line) => { lines.push(line) }, ...over,
  })
  let ids = 0
  const open = async (who: Principal = principal('nadia')): Promise<Opened> => {
    ids += 1
    const opened: { ends: string[]; busy: 'yes' | 'no' } = { ends: [], busy: 'no' }
    const session: LiveSession = {
      id: requireSessionId(String(ids).padStart(32, '0')), principal: who, resource: 'clinic', protocol: 'postgres', client: '192.0.2.1:5', openedMs: clock.now(),
      isBusy: () => opened.busy === 'yes', end: (why) => { opened.ends.push(why) },
    }
    return Object.assign(opened, { ticket: await registry.open(session) })
  }
  return { clock, rows, revoked, lines, registry, open }
}

test('an idle session ends, one that says something does not', async () => {
  const { clock, open } = stage()
  const [idle, active] = [await open(), await open()]
  clock.advance(IDLE_MS - 1)
  active.ticket.touch()
  assert.deepEqual([idle.ends, idle.ticket.standing().kind], [[], 'good'])
  clock.advance(1)
  assert.deepEqual([idle.ends, active.ends], [['the session was idle too long'], []])
  assert.deepEqual(idle.ticket.standing(), { kind: 'ended', why: 'the session was idle too long', next: 'connect again' })
  clock.advance(IDLE_MS - 2)
  assert.deepEqual(active.ends, [])
  clock.advance(1)
  assert.equal(active.ends.length, 1)
})

test('a session whose statement runs, or waits for a person, is not idle', async () => {
  const { clock, open } = stage()
  const session = await open()
  session.busy = 'yes'
  clock.advance(3 * IDLE_MS)
  assert.deepEqual(session.ends, [])
  session.busy = 'no'
  clock.advance(IDLE_MS - 1)
  assert.deepEqual(session.ends, [])
  clock.advance(1)
  assert.equal(session.ends.length, 1)
})

test('nothing outlives the absolute time, however busy', async () => {
  const { clock, open } = stage()
  const session = await open()
  session.busy = 'yes'
  for (let hour = 0; hour < 8; hour += 1) { session.ticket.touch(); clock.advance(3_600_000) }
  assert.deepEqual(session.ends, ['the session has reached its absolute time'])
})

test('standing is over at its time, also where the timer has not fired', async () => {
  const { clock, open } = stage()
  const session = await open(principal('nadia', clock.now() + 1_000))
  clock.set(clock.now() + 1_000)
  assert.equal(session.ticket.standing().kind, 'ended')
  const absolute = await open()
  clock.set(clock.now() + ABSOLUTE_MS)
  assert.match(JSON.stringify(absolute.ticket.standing()), /absolute time/)
})

test('a session ends with the first proof that expires, its own or of whom it acts for', async () => {
  const { clock, open } = stage()
  const at = clock.now()
  const agent = principal('scribe', at + 60_000, principal('ines', at + 20_000, principal('omar', at + 40_000)))
  assert.equal(expiryOf(agent), at + 20_000)
  assert.equal(expiryOf(principal('nadia')), undefined)
  const session = await open(agent)
  clock.advance(19_999)
  assert.deepEqual(session.ends, [])
  clock.advance(1)
  assert.deepEqual(session.ends, ['the token that proved who you are has expired'])
  // Longer than any timer can wait: the absolute time comes first.
  assert.equal((await open(principal('nadia', at + 2 ** 40))).ends.length, 0)
})

test('whoever is revoked is refused at the next statement', async () => {
  const { revoked, open } = stage()
  const session = await open()
  revoked.add('nadia')
  assert.deepEqual(session.ticket.standing(), { kind: 'ended', why: 'access was revoked', next: 'talk to whoever administers Doorward' })
})

test('ends those that are meant, once', async () => {
  const { registry, open } = stage()
  const [nadia, ines] = [await open(), await open(principal('ines'))]
  assert.equal(registry.endWhere((session) => session.principal.name === 'nadia', 'access was revoked', 'ask'), 1)
  registry.endWhere(() => true, 'the gateway stops', 'later')
  assert.deepEqual([nadia.ends, ines.ends], [['access was revoked'], ['the gateway stops']])
  assert.equal(nadia.ticket.standing().kind, 'ended')
})

test('there is an end to sessions, of all and of one principal', async () => {
  const { registry, open } = stage()
  const first = await open()
  await open()
  assert.equal(registry.whyFull(principal('nadia')), 'more than 2 sessions of one principal')
  assert.equal(registry.whyFull({ ...principal('nadia'), issuer: 'https://id.example.org' }), undefined)
  await open(principal('ines'))
  await open(principal('omar'))
  assert.equal(registry.whyFull(principal('zoe')), 'more than 4 sessions')
  first.ticket.release()
  first.ticket.release()
  assert.deepEqual([registry.size, registry.whyFull(principal('zoe'))], [3, undefined])
})

test('sessions that open at once do not get past the limit together', async () => {
  const gate = Promise.withResolvers<void>()
  const { registry, open } = stage({ store: { opened: () => gate.promise, ended: () => Promise.resolve(), forgetOthers: () => Promise.resolve(0), list: () => Promise.resolve([]) } })
  const opening: Promise<Opened>[] = []
  while (registry.whyFull(principal('nadia')) === undefined && opening.length < 9) opening.push(open())
  assert.equal(opening.length, 2)
  gate.resolve()
  await Promise.all(opening)
})

test('a session whose place cannot be kept is not opened', async () => {
  const { registry, clock, open } = stage({ store: { opened: () => Promise.reject(new Error('disk')), ended: () => Promise.resolve(), forgetOthers: () => Promise.resolve(0), list: () => Promise.resolve([]) } })
  await assert.rejects(open(), /disk/)
  assert.deepEqual([registry.size, clock.waiting], [0, 0])
})

test('a released session leaves no timer and no row', async () => {
  const { clock, rows, registry, open } = stage()
  const session = await open()
  assert.deepEqual([rows.size, registry.list().length], [1, 1])
  session.ticket.release()
  await turns(1)
  assert.deepEqual([clock.waiting, rows.size, registry.size], [0, 0, 0])
  clock.advance(2 * ABSOLUTE_MS)
  assert.deepEqual(session.ends, [])
})

test('the end of all waits until all have let go', async () => {
  const { registry, open } = stage()
  const [one, two] = [await open(), await open(principal('ines'))]
  let over = 'no'
  const ending = registry.endAll('the gateway stops').then(() => { over = 'yes' })
  assert.deepEqual([one.ends, two.ends], [['the gateway stops'], ['the gateway stops']])
  one.ticket.release()
  await turns(2)
  assert.equal(over, 'no')
  two.ticket.release()
  await ending
  await registry.endAll('again')
})

test('what a store cannot forget is said, and stops nobody', async () => {
  const { lines, open } = stage({ store: { opened: () => Promise.resolve(), ended: () => Promise.reject(new TypeError('disk')), forgetOthers: () => Promise.resolve(0), list: () => Promise.resolve([]) } })
  const session = await open()
  session.ticket.release()
  await turns(2)
  assert.deepEqual(lines, ['sessions: an end could not be kept: TypeError'])
})
