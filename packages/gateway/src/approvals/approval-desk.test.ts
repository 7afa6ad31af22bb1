import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { requireGroupId, requireResourceName, requireSessionId, type Decision, type Hold, type Principal, type Purpose, type Refusal, type Understood } from '@doorward/core'
import { createGuard, type Admission, type Asked, type HoldDetails, type HoldMode, type Permitted, type Standing } from '@doorward/guard'
import { FakeClock, ScriptedRecorder, turns } from '@doorward/testkit'
import { openState } from '../state/sqlite-state.ts'
import type { State } from '../state/state.ts'
import { ApprovalDesk, type Verdict } from './approval-desk.ts'

const YES: Verdict = { kind: 'approve' }
const NO: Verdict = { kind: 'deny', reason: 'too-broad' }
const MINUTE = 60_000

const STATEMENT: Understood = {
  kind: 'understood', command: 'SELECT', outputs: [], uses: [], bulk: { restricted: false, estimatedRows: undefined }, forbidden: undefined,
  effects: [{ action: 'read', object: 'clinic.patients', kind: 'relation', columns: ['ssn'], classes: ['ssn'], scope: 'user', note: undefined }],
}
const HOLD: Hold = { kind: 'hold', by: [requireGroupId('officers')], quorum: 1, expiresMs: 15 * MINUTE, obligations: [], policies: [], version: 'v1', why: 'held by bulk-reads' }

interface Sent {
  readonly statement?: Understood
  readonly digest?: string
  readonly parameters?: string
  readonly mode?: HoldMode
  readonly purpose?: Purpose
  readonly details?: HoldDetails
  readonly stillMeans?: 'the-same' | 'something-else'
}

/** A gateway's worth of desk and guard over one store; `restart` makes another over the same one. */
class House {
  readonly clock: FakeClock
  readonly recorder = new ScriptedRecorder()
  readonly state: State
  readonly desk: ApprovalDesk
  readonly revoked = new Set<string>()
  decision: Decision = HOLD
  version = 'v1'
  standing: Standing = { kind: 'good' }
  readonly #guard
  #sessions = 0

  constructor(before?: House) {
    this.clock = before?.clock ?? new FakeClock()
    this.state = before?.state ?? openState(':memory:')
    this.desk = new ApprovalDesk({
      store: this.state.requests, record: this.recorder.record, now: this.clock.now, after: this.clock.after, randomBytes, log: () => undefined,
      policyVersion: () => this.version, isRevoked: (issuer, subject) => this.revoked.has(`${issuer}|${subject}`),
    })
    this.#guard = createGuard({
      decide: () => this.decision, mayConnect: () => ({ kind: 'allow', obligations: [], policies: [], version: 'v1', why: '' }),
      awaitApproval: (held, signal) => this.desk.awaitApproval(held, signal), record: this.recorder.record, now: this.clock.now,
    })
  }

  async connect(principal: Principal): Promise<Caller> {
    this.#sessions += 1
    const id = requireSessionId(this.#sessions.toString(16).padStart(32, '0'))
    const admitted = await this.#guard.admit({ id, principal, resource: requireResourceName('clinic'), clientAddress: '127.0.0.1:5', protocol: 'postgres', details: {}, standing: () => this.standing }, undefined)
    assert.equal(admitted.kind, 'admitted')
    if (admitted.kind !== 'admitted') throw new Error('unreachable')
    return new Caller(admitted.admission)
  }
}

class Caller {
  readonly #admission: Admission
  asked: Asked | undefined
  cancel = new AbortController()

  constructor(admission: Admission) { this.#admission = admission }

  send(sent: Sent = {}): Promise<Permitted<string> | Refusal> {
    this.cancel = new AbortController()
    this.asked = undefined
    return this.#admission.submit({
      statement: sent.statement ?? STATEMENT, identity: { digest: sent.digest ?? 'd1', fingerprint: 'f1', redactedText: 'select ssn from clinic.patients' },
      purpose: sent.purpose, transform: { prepare: () => ({ kind: 'prepared', transform: 'ready' }) }, signal: this.cancel.signal,
      hold: {
        mode: sent.mode ?? 'wait', parameters: () => sent.parameters, grant: undefined, details: () => Promise.resolve(sent.details ?? { estimatedRows: 1_000, behind: [] }),
        onAsked: (_hold, asked) => { this.asked = asked }, stillMeans: () => Promise.resolve(sent.stillMeans ?? 'the-same'),
      },
    })
  }

  /** Sends, and waits until people have been asked. */
  async sendHeld(sent: Sent = {}): Promise<{ readonly id: string; readonly answer: Promise<Permitted<string> | Refusal> }> {
    const answer = this.send(sent)
    await turns()
    assert.ok(this.asked !== undefined, 'the statement was not held')
    return { id: this.asked?.reference ?? '', answer }
  }
}

function person(name: string, groups: readonly string[] = ['officers'], changes: Partial<Principal> = {}): Principal {
  return {
    name, kind: 'human', issuer: 'local', subject: name, groups: groups.map(requireGroupId), actingFor: undefined,
    authentication: { method: 'scram-sha-256', amr: ['pwd'], acr: undefined, atMs: 0, expiresAtMs: undefined }, ...changes,
  }
}

const NADIA = person('nadia', ['analysts'])
const OLGA = person('olga')
const OTTO = person('otto')

async function outcome(answer: Promise<Permitted<string> | Refusal>): Promise<string> {
  const got = await answer
  return got.kind === 'permitted' ? 'permitted' : got.reason
}

function ticketIn(refusal: Permitted<string> | Refusal): string {
  assert.equal(refusal.kind === 'refusal' ? refusal.reason : refusal.kind, 'held')
  return /ticket ([0-9a-z]{10})/.exec(refusal.kind === 'refusal' ? refusal.message : '')?.[1] ?? ''
}

describe('a held statement', () => {
  it('runs the moment quorum is reached, decided again, used and recorded in order', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    const voted = await house.desk.vote(id, OLGA, YES)
    assert.equal(voted.kind, 'counted')
    assert.equal(await outcome(answer), 'permitted')
    assert.deepEqual(house.recorder.kinds, ['session.open', 'approval.asked', 'approval.approved', 'approval.used', 'intent'])
    assert.deepEqual(house.recorder.ofKind('intent')[0]?.['approval'], { by: ['local|olga'], reference: id, goesOn: undefined })
    assert.equal((await house.state.requests.get(id))?.state, 'used')
  })

  it('tells the client where to turn, once the request can be seen', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const { id, answer } = await caller.sendHeld()
    assert.equal(caller.asked?.expiresAtMs, house.clock.now() + 15 * MINUTE)
    assert.equal((await house.desk.show(id, OLGA))?.id, id)
    caller.cancel.abort()
    await answer
  })

  it('is refused when somebody says no, whoever said yes', async () => {
    const house = new House()
    house.decision = { ...HOLD, quorum: 2 }
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    await house.desk.vote(id, OLGA, YES)
    await house.desk.vote(id, OTTO, NO)
    assert.equal(await outcome(answer), 'disapproved')
    assert.equal((await house.desk.vote(id, person('oma'), YES)).kind, 'ended')
  })

  it('is refused at expiry: silence never approves', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    house.clock.advance(15 * MINUTE)
    assert.equal(await outcome(answer), 'expired')
    assert.equal((await house.desk.vote(id, OLGA, YES)).kind, 'ended')
    assert.ok(house.recorder.kinds.includes('approval.expired'))
  })

  it('is withdrawn when the client cancels or vanishes', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const { id, answer } = await caller.sendHeld()
    caller.cancel.abort()
    assert.equal(await outcome(answer), 'withdrawn')
    assert.equal((await house.state.requests.get(id))?.state, 'withdrawn')
    assert.ok(house.recorder.kinds.includes('approval.withdrawn'))
  })

  it('is not even asked when the client cancelled before', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const answer = caller.send()
    caller.cancel.abort()
    assert.equal(await outcome(answer), 'withdrawn')
  })

  it('is decided again: a denial, other terms or another meaning refuse in spite of the approval', async () => {
    const cases: readonly { readonly then: Decision; readonly means?: 'something-else'; readonly expected: string }[] = [
      { then: { kind: 'deny', reason: 'policy', policies: [], version: 'v1', why: '', refusal: 'no', next: '' }, expected: 'policy' },
      { then: { ...HOLD, quorum: 2 }, expected: 'disapproved' },
      { then: { ...HOLD, by: [requireGroupId('lawyers')] }, expected: 'disapproved' },
      { then: { ...HOLD, obligations: [{ kind: 'limit', rowsPerStatement: 1, patientsPerHour: undefined }] }, expected: 'disapproved' },
      { then: HOLD, means: 'something-else', expected: 'disapproved' },
      { then: { kind: 'allow', obligations: [], policies: [], version: 'v1', why: '' }, expected: 'permitted' },
    ]
    for (const { then, means, expected } of cases) {
      const house = new House()
      const { id, answer } = await (await house.connect(NADIA)).sendHeld(means === undefined ? {} : { stillMeans: means })
      house.decision = then
      await house.desk.vote(id, OLGA, YES)
      assert.equal(await outcome(answer), expected)
    }
  })

  it('is refused when its session ended meanwhile, though it was approved', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    house.standing = { kind: 'ended', why: 'revoked', next: '' }
    await house.desk.vote(id, OLGA, YES)
    assert.equal(await outcome(answer), 'standing')
  })

  it('is refused when it cannot be recorded that it was asked', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    house.recorder.mood = { kind: 'fails', only: 'approval.asked' }
    assert.equal(await outcome(caller.send()), 'disapproved')
    assert.deepEqual(await house.state.requests.list({ limit: 9 }), [])
  })

  it('is refused, and its approval gone, when the use cannot be recorded', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    house.recorder.mood = { kind: 'fails', only: 'approval.used' }
    await house.desk.vote(id, OLGA, YES)
    assert.equal(await outcome(answer), 'disapproved')
    assert.equal((await house.state.requests.get(id))?.state, 'used')
    assert.equal(house.recorder.ofKind('intent').length, 0)
  })

  it('goes on waiting when a vote cannot be recorded', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    house.recorder.mood = { kind: 'fails', only: 'approval.approved' }
    await assert.rejects(house.desk.vote(id, OLGA, YES), /the disk is gone/)
    assert.deepEqual(await house.desk.votes(id), [])
    house.recorder.mood = { kind: 'works' }
    await house.desk.vote(id, OLGA, YES)
    assert.equal(await outcome(answer), 'permitted')
  })
})

describe('who may approve', () => {
  const OLGA_OF_OKTA = person('00u1', ['officers'], { issuer: 'https://id.example.org', name: 'olga@example.org' })
  const OLGA_HERE_TOO: Principal = { ...OLGA, person: { issuer: 'https://id.example.org', subject: '00u1' } }
  const agentFor = (whom: Principal): Principal => person('scout', ['ai-agents', 'officers'], { kind: 'agent', actingFor: whom })
  const refused: readonly { readonly title: string; readonly requester: Principal; readonly approver: Principal; readonly why: RegExp }[] = [
    { title: 'nobody approves their own', requester: OLGA, approver: OLGA, why: /themselves/ },
    { title: 'not from another login of the same person either', requester: OLGA, approver: person('olga', ['officers', 'admins'], { name: 'Olga B.', authentication: { ...OLGA.authentication, method: 'oidc' } }), why: /themselves/ },
    { title: 'not under a local name what was asked under the provider\'s', requester: OLGA_OF_OKTA, approver: OLGA_HERE_TOO, why: /themselves/ },
    { title: 'not under the provider\'s name what was asked under a local one', requester: OLGA_HERE_TOO, approver: OLGA_OF_OKTA, why: /themselves/ },
    { title: 'not under a local name for whom an agent asked with the provider\'s token', requester: agentFor(OLGA_OF_OKTA), approver: OLGA_HERE_TOO, why: /themselves/ },
    { title: 'not the person for whom an agent asks', requester: agentFor(OLGA), approver: OLGA, why: /themselves/ },
    { title: 'not an agent that acts for the requester', requester: OLGA, approver: agentFor(OLGA), why: /themselves/ },
    { title: 'not an agent that acts for the person for whom another asks', requester: agentFor(OLGA), approver: person('other', ['officers'], { kind: 'agent', actingFor: OLGA }), why: /themselves/ },
    { title: 'not an agent in the group', requester: NADIA, approver: person('bot', ['officers'], { kind: 'agent' }), why: /only a person/ },
    { title: 'not a service in the group', requester: NADIA, approver: person('job', ['officers'], { kind: 'service' }), why: /only a person/ },
    { title: 'not an agent for somebody who could', requester: NADIA, approver: agentFor(OTTO), why: /only a person/ },
    { title: 'not somebody of another group, an administrator neither', requester: NADIA, approver: person('root', ['admins']), why: /officers to approve/ },
  ]
  for (const { title, requester, approver, why } of refused) {
    it(title, async () => {
      const house = new House()
      const caller = await house.connect(requester)
      const { id, answer } = await caller.sendHeld()
      const voted = await house.desk.vote(id, approver, YES)
      assert.equal(voted.kind, 'ineligible')
      assert.match(voted.kind === 'ineligible' ? voted.why : '', why)
      assert.deepEqual(await house.desk.votes(id), [])
      caller.cancel.abort()
      assert.equal(await outcome(answer), 'withdrawn')
    })
  }

  it('an attempt at self-approval is in the log', async () => {
    const house = new House()
    const caller = await house.connect(OLGA)
    const { id, answer } = await caller.sendHeld()
    await house.desk.vote(id, OLGA, YES)
    assert.equal(house.recorder.ofKind('approval.refused')[0]?.['rule'], 'self')
    caller.cancel.abort()
    await answer
  })

  it('the same subject of another issuer is another person', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    assert.equal((await house.desk.vote(id, person('nadia', ['officers'], { issuer: 'https://id.example.org' }), YES)).kind, 'counted')
    assert.equal(await outcome(answer), 'permitted')
  })

  it('a quorum is of distinct people: one in two groups counts once', async () => {
    const house = new House()
    house.decision = { ...HOLD, quorum: 2, by: [requireGroupId('lawyers'), requireGroupId('officers')] }
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    const both = person('olga', ['officers', 'lawyers'])
    const first = await house.desk.vote(id, both, YES)
    assert.deepEqual(first.kind === 'counted' ? first.votes : first, 1)
    assert.equal((await house.desk.vote(id, both, YES)).kind, 'voted-already')
    assert.equal((await house.desk.vote(id, { ...both, groups: [requireGroupId('lawyers')] }, NO)).kind, 'voted-already')
    assert.equal((await house.state.requests.get(id))?.state, 'pending')
    await house.desk.vote(id, OTTO, YES)
    assert.equal(await outcome(answer), 'permitted')
    assert.equal(house.recorder.ofKind('approval.approved').length, 2)
  })

  it('a quorum is of distinct people: one with a local name and a provider\'s counts once, and is revoked under both', async () => {
    const house = new House()
    house.decision = { ...HOLD, quorum: 2 }
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    await house.desk.vote(id, OLGA_HERE_TOO, YES)
    assert.equal((await house.desk.vote(id, OLGA_OF_OKTA, YES)).kind, 'voted-already')
    assert.equal((await house.state.requests.get(id))?.state, 'pending')
    house.revoked.add('https://id.example.org|00u1')
    await house.desk.vote(id, OTTO, YES)
    assert.equal((await house.state.requests.get(id))?.state, 'pending', 'hers does not count any more')
    await house.desk.vote(id, person('oma'), YES)
    assert.equal(await outcome(answer), 'permitted')
  })

  it('whoever is revoked before the quorum does not count, nor after it until the use', async () => {
    const house = new House()
    house.decision = { ...HOLD, quorum: 2 }
    const caller = await house.connect(NADIA)
    const { id, answer } = await caller.sendHeld()
    await house.desk.vote(id, OLGA, YES)
    house.revoked.add('local|olga')
    const second = await house.desk.vote(id, OTTO, YES)
    assert.deepEqual(second.kind === 'counted' ? second.votes : second, 1)
    await house.desk.vote(id, person('oma'), YES)
    assert.equal(await outcome(answer), 'permitted')

    const ticket = ticketIn(await caller.send({ mode: 'ticket', digest: 'd2' }))
    await house.desk.vote(ticket, OTTO, YES)
    await house.desk.vote(ticket, person('oma'), YES)
    house.revoked.add('local|oma')
    assert.equal(await outcome(caller.send({ mode: 'ticket', digest: 'd2' })), 'disapproved')
    assert.equal((await house.state.requests.get(ticket))?.state, 'withdrawn')
  })

  it('a stranger learns nothing of a request: it is unknown to them', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const { id, answer } = await caller.sendHeld()
    assert.equal(await house.desk.show(id, person('eve', ['others'])), undefined)
    assert.deepEqual(await house.desk.list(person('eve', ['others']), 'all', 10), [])
    assert.deepEqual((await house.desk.list(NADIA, 'open', 10)).map((row) => row.id), [id])
    assert.deepEqual((await house.desk.list(OLGA, 'open', 10)).map((row) => row.id), [id])
    caller.cancel.abort()
    await answer
  })

  it('looking is recorded once for each approver, and not for those who asked', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const { id, answer } = await caller.sendHeld()
    for (const viewer of [NADIA, OLGA, OLGA, OTTO]) await house.desk.show(id, viewer)
    assert.deepEqual(house.recorder.ofKind('approval.seen').map((entry) => (entry['by'] as { name?: string }).name), ['olga', 'otto'])
    caller.cancel.abort()
    await answer
  })
})

describe('a ticket', () => {
  async function approvedTicket(house: House, sent: Sent = {}): Promise<{ caller: Caller; id: string }> {
    const caller = await house.connect(NADIA)
    const id = ticketIn(await caller.send({ mode: 'ticket', ...sent }))
    await house.desk.vote(id, OLGA, YES)
    return { caller, id }
  }

  it('passes the same statement once', async () => {
    const house = new House()
    const { caller, id } = await approvedTicket(house)
    assert.equal(await outcome(caller.send({ mode: 'ticket' })), 'permitted')
    const again = ticketIn(await caller.send({ mode: 'ticket' }))
    assert.notEqual(again, id)
  })

  it('is the same ticket until it is answered, also for statements sent at once', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const [first, second, third] = await Promise.all([caller.send({ mode: 'ticket' }), caller.send({ mode: 'ticket' }), caller.send({ mode: 'ticket' })])
    assert.equal(new Set([first, second, third].map((one) => ticketIn(one))).size, 1)
    assert.equal(house.recorder.ofKind('approval.asked').length, 1)
  })

  it('is used once when two sessions use it at once', async () => {
    const house = new House()
    const { caller } = await approvedTicket(house)
    const other = await house.connect(NADIA)
    const got = await Promise.all([caller, other].map((one) => outcome(one.send({ mode: 'ticket' }))))
    assert.equal(got.filter((one) => one === 'permitted').length, 1)
    assert.equal(house.recorder.ofKind('approval.used').length, 1)
  })

  const OTHER_TABLE: Understood = { ...STATEMENT, effects: STATEMENT.effects.map((effect) => ({ ...effect, object: 'hidden.patients' })) }
  const replays: readonly { readonly title: string; readonly sent: Sent }[] = [
    { title: 'another text', sent: { digest: 'd2' } },
    { title: 'other parameters', sent: { parameters: 'p2' } },
    { title: 'no parameters', sent: {} },
    { title: 'another purpose', sent: { parameters: 'p1', purpose: 'TREAT' as Purpose } },
    { title: 'the same text under another search_path', sent: { parameters: 'p1', statement: OTHER_TABLE } },
    { title: 'another statement behind the same name', sent: { parameters: 'p1', details: { estimatedRows: 1_000, behind: [{ digest: 'x', fingerprint: 'x', redactedText: '' }] } } },
    { title: 'another definition of what it reads or calls', sent: { parameters: 'p1', details: { estimatedRows: 1_000, behind: [], definitions: 'x' } } },
    { title: 'a table that has grown beyond what was approved', sent: { parameters: 'p1', details: { estimatedRows: 10_000, behind: [] } } },
  ]
  for (const { title, sent } of replays) {
    it(`is no use for ${title}`, async () => {
      const house = new House()
      const { caller, id } = await approvedTicket(house, { parameters: 'p1' })
      assert.notEqual(ticketIn(await caller.send({ mode: 'ticket', ...sent })), id)
      assert.equal(await outcome(caller.send({ mode: 'ticket', parameters: 'p1' })), 'permitted')
    })
  }

  it('is no use for another principal, nor for an agent that acts for the same', async () => {
    const house = new House()
    const { id } = await approvedTicket(house)
    for (const other of [person('nora', ['analysts']), person('scout', ['analysts'], { kind: 'agent', actingFor: NADIA }), { ...NADIA, issuer: 'https://id.example.org' }]) {
      assert.notEqual(ticketIn(await (await house.connect(other)).send({ mode: 'ticket' })), id)
    }
  })

  it('is no use after its time, nor under other policies', async () => {
    const late = new House()
    const first = await approvedTicket(late)
    late.clock.advance(15 * MINUTE)
    assert.notEqual(ticketIn(await first.caller.send({ mode: 'ticket' })), first.id)
    await late.desk.sweep()
    assert.equal((await late.state.requests.get(first.id))?.state, 'expired')

    const changed = new House()
    const second = await approvedTicket(changed)
    changed.version = 'v2'
    changed.decision = { ...HOLD, version: 'v2' }
    await changed.desk.policyChanged()
    assert.equal((await changed.state.requests.get(second.id))?.state, 'withdrawn')
    assert.notEqual(ticketIn(await second.caller.send({ mode: 'ticket' })), second.id)
  })

  it('that was denied is asked anew', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const id = ticketIn(await caller.send({ mode: 'ticket' }))
    await house.desk.vote(id, OLGA, NO)
    assert.notEqual(ticketIn(await caller.send({ mode: 'ticket' })), id)
  })

  it('may be picked up by a statement that waits', async () => {
    const house = new House()
    const { caller } = await approvedTicket(house)
    assert.equal(await outcome(caller.send({ mode: 'wait' })), 'permitted')
  })
})

describe('races at the desk', () => {
  it('two approvers at once: both count, once', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    const voted = await Promise.all([house.desk.vote(id, OLGA, YES), house.desk.vote(id, OTTO, YES)])
    assert.deepEqual(voted.map((one) => one.kind), ['counted', 'ended'])
    assert.equal(await outcome(answer), 'permitted')
    assert.equal(house.recorder.ofKind('approval.used').length, 1)
  })

  it('yes and no at once: the first counts', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    await Promise.all([house.desk.vote(id, OLGA, NO), house.desk.vote(id, OTTO, YES)])
    assert.equal(await outcome(answer), 'disapproved')
  })

  it('expiry while a vote is being recorded: the vote was in time, and counts', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    house.recorder.mood = { kind: 'slow' }
    const voting = house.desk.vote(id, OLGA, YES)
    await turns()
    assert.deepEqual(house.recorder.waiting, ['approval.approved'])
    house.clock.advance(15 * MINUTE)
    house.recorder.release()
    assert.equal((await voting).kind, 'counted')
    assert.equal(await outcome(answer), 'permitted')
  })

  it('a vote after expiry fails, also when the timer has not fired', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    house.clock.set(house.clock.now() + 15 * MINUTE)
    assert.equal((await house.desk.vote(id, OLGA, YES)).kind, 'ended')
    assert.equal(await outcome(answer), 'expired')
  })

  it('a cancel while the vote is being recorded: nothing runs', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const { id, answer } = await caller.sendHeld()
    house.recorder.mood = { kind: 'slow' }
    const voting = house.desk.vote(id, OLGA, YES)
    await turns()
    caller.cancel.abort()
    house.recorder.release()
    await voting
    assert.equal(await outcome(answer), 'withdrawn')
    assert.equal((await house.state.requests.get(id))?.state, 'withdrawn')
    assert.equal(house.recorder.ofKind('intent').length, 0)
  })

  it('revoked while held: withdrawn, and an approval comes too late', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    await Promise.all([house.desk.revoked('local', 'nadia'), house.desk.vote(id, OLGA, YES)])
    assert.match(await outcome(answer), /withdrawn|disapproved/)
    assert.equal((await house.state.requests.get(id))?.state, 'withdrawn')
    assert.equal(house.recorder.ofKind('intent').length, 0)
  })

  it('200 held at once: each waits for its own answer', async () => {
    const house = new House()
    const held = await Promise.all(Array.from({ length: 200 }, async (_, index) => {
      const caller = await house.connect(person(`nadia-${index}`, ['analysts']))
      const answer = caller.send({ digest: `d${index}` })
      return { caller, answer, index }
    }))
    for (let round = 0; round < 100 && house.desk.waiting < 200; round += 1) await turns()
    assert.equal(house.desk.waiting, 200)
    for (const { caller, index } of held) if (index % 2 === 0) await house.desk.vote(caller.asked?.reference ?? '', OLGA, YES)
    await turns()
    house.clock.advance(15 * MINUTE)
    const outcomes = await Promise.all(held.map(({ answer }) => outcome(answer)))
    assert.deepEqual([outcomes.filter((one) => one === 'permitted').length, outcomes.filter((one) => one === 'expired').length], [100, 100])
    assert.equal(house.desk.waiting, 0)
    assert.equal(house.clock.waiting, 0)
  })

  it('one principal cannot fill the desk', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    for (let index = 0; index < 200; index += 1) ticketIn(await caller.send({ mode: 'ticket', digest: `d${index}` }))
    assert.equal(await outcome(caller.send({ mode: 'ticket', digest: 'more' })), 'disapproved')
  })
})

describe('a restart while a statement is held', () => {
  it('loses nothing: the request is there, and the ticket form uses the approval', async () => {
    const before = new House()
    const { id } = await (await before.connect(NADIA)).sendHeld()
    const after = new House(before) // the first process is gone without a word
    await after.desk.start()
    assert.equal(after.desk.isWaiting(id), false)
    assert.deepEqual((await after.desk.list(OLGA, 'open', 10)).map((row) => row.id), [id])
    await after.desk.vote(id, OLGA, YES)
    const caller = await after.connect(NADIA)
    assert.equal(await outcome(caller.send({ mode: 'ticket' })), 'permitted')
  })

  it('a statement that waits again takes its old request up', async () => {
    const before = new House()
    const { id } = await (await before.connect(NADIA)).sendHeld()
    const after = new House(before)
    await after.desk.start()
    const again = await (await after.connect(NADIA)).sendHeld()
    assert.equal(again.id, id)
    await after.desk.vote(id, OLGA, YES)
    assert.equal(await outcome(again.answer), 'permitted')
  })

  it('ends what ran out meanwhile, and what was asked under other policies', async () => {
    const before = new House()
    const caller = await before.connect(NADIA)
    const first = ticketIn(await caller.send({ mode: 'ticket', digest: 'd1' }))
    before.clock.set(before.clock.now() + 20 * MINUTE)
    const second = ticketIn(await caller.send({ mode: 'ticket', digest: 'd2' }))
    const after = new House(before)
    after.version = 'v2'
    await after.desk.start()
    assert.deepEqual([(await after.state.requests.get(first))?.state, (await after.state.requests.get(second))?.state], ['expired', 'withdrawn'])
  })

  it('a gateway that stops hands out tickets to those who wait', async () => {
    const house = new House()
    const { id, answer } = await (await house.connect(NADIA)).sendHeld()
    house.desk.stop()
    assert.equal(ticketIn(await answer), id)
    assert.equal((await house.state.requests.get(id))?.state, 'pending')
    assert.ok(ticketIn(await (await house.connect(NADIA)).send({ digest: 'd9' })))
  })
})

describe('what is kept and recorded', () => {
  it('holds no parameter and no literal', async () => {
    const house = new House()
    const caller = await house.connect(NADIA)
    const { id, answer } = await caller.sendHeld({ parameters: 'hash-of-parameters' })
    const row = await house.desk.show(id, OLGA)
    const view: unknown = JSON.parse(row?.view ?? '{}')
    assert.deepEqual(view, {
      summary: 'nadia wants to read clinic.patients (ssn), all rows, about 1,000, in clinic, no purpose stated; delivered in clear',
      who: { name: 'nadia', kind: 'human', issuer: 'local', subject: 'nadia', groups: ['analysts'], method: 'scram-sha-256' }, actingFor: [], resource: 'clinic', client: '127.0.0.1:5',
      command: 'SELECT', text: 'select ssn from clinic.patients', behind: [], parameters: 'some',
      tables: [{ object: 'clinic.patients', actions: ['read'], columns: ['ssn'], classes: ['ssn'] }], classes: ['ssn'], rows: { all: 'yes', estimate: 1_000 },
      delivery: 'in clear', policies: [], why: 'held by bulk-reads',
    })
    assert.ok(!(row?.view ?? '').includes('hash-of-parameters'))
    caller.cancel.abort()
    await answer
  })
})
