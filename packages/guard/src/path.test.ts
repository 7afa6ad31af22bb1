/** The one path with lambdas for ports: every way a statement can end, what is recorded then, and that a permit is minted in one of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireGroupId, requirePolicyId, requireResourceName, requireSessionId, type Allow, type Decision, type DecisionRequest, type Deny, type Hold, type Principal, type Refusal } from '@doorward/core'
import { FakeClock, fieldText, ScriptedRecorder, turns, until } from '@doorward/testkit'
import { createGuard, type Admission, type HoldTerms, type Outcome, type Permitted, type Submission } from './path.ts'
import { ForwardPermit } from './permit.ts'
import type { Approval, Approved, GuardPorts, HoldRequest, Prepared, Standing } from './ports.ts'

const GROUNDS = { policies: [{ id: requirePolicyId('p'), effect: 'allow' }], version: 'v1', why: 'because' } as const
const ALLOW: Allow = { kind: 'allow', obligations: [], ...GROUNDS }
const DENY: Deny = { kind: 'deny', reason: 'policy', refusal: 'clinic.patients may not be read', next: 'ask the data owner', ...GROUNDS }
const HOLD: Hold = { kind: 'hold', by: [requireGroupId('officers')], quorum: 1, expiresMs: 60_000, obligations: [], ...GROUNDS }
const PRINCIPAL: Principal = {
  name: 'nadia', kind: 'human', issuer: 'local', subject: 'nadia', groups: [], actingFor: undefined,
  authentication: { method: 'scram-sha-256', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined },
}
const DONE: Outcome = { status: 'done', result: 'SELECT 1', rows: 1, bytes: 20, digest: 'd', maskedColumns: [] }
const APPROVED: Approved = { kind: 'approved', by: ['local|ines'], reference: 'A-1', use: () => Promise.resolve('used') }

interface Stage {
  readonly recorder: ScriptedRecorder
  readonly clock: FakeClock
  readonly admission: Admission
  standing: Standing
  decide: (request: DecisionRequest) => Decision
  approve: (request: HoldRequest, signal: AbortSignal) => Promise<Approval>
  prepare: () => Prepared<string>
  stillMeans: 'the-same' | 'something-else'
  readonly stop: AbortController
  submit(terms?: Partial<HoldTerms>): Promise<Permitted<string> | Refusal>
  /** Kinds and reasons of what was recorded after the session was opened. */
  story(): readonly string[]
}

async function stage(): Promise<Stage> {
  const recorder = new ScriptedRecorder()
  const clock = new FakeClock()
  const at: Omit<Stage, 'recorder' | 'clock' | 'admission' | 'stop' | 'submit' | 'story'> = {
    standing: { kind: 'good' }, decide: () => ALLOW, approve: () => Promise.resolve(APPROVED), prepare: () => ({ kind: 'prepared', transform: 'masks' }), stillMeans: 'the-same',
  }
  const ports: GuardPorts = { decide: (request) => at.decide(request), mayConnect: () => ALLOW, awaitApproval: (request, signal) => at.approve(request, signal), record: recorder.record, now: clock.now }
  const admitted = await createGuard(ports).admit({
    id: requireSessionId('0123456789abcdef0123456789abcdef'), principal: PRINCIPAL, resource: requireResourceName('clinic'), clientAddress: '192.0.2.1:5000', protocol: 'postgres', details: {},
    standing: () => at.standing,
  }, undefined)
  assert.ok(admitted.kind === 'admitted')
  const stop = new AbortController()
  return Object.assign(at, {
    recorder, clock, admission: admitted.admission, stop,
    submit: (terms: Partial<HoldTerms> = {}) => {
      const submission: Submission<string> = {
        statement: { kind: 'understood', command: 'SELECT', effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined },
        identity: { digest: 'digest', fingerprint: 'fingerprint', redactedText: 'select ?' }, purpose: undefined, signal: stop.signal,
        transform: { prepare: () => at.prepare() },
        hold: {
          mode: 'wait', grant: undefined, parameters: () => undefined, details: () => Promise.resolve({ estimatedRows: undefined, behind: [] }), onAsked: () => undefined,
          stillMeans: () => Promise.resolve(at.stillMeans), ...terms,
        },
      }
      return admitted.admission.submit(submission)
    },
    story: () => recorder.entries.slice(1).map((entry) => {
      const detail = fieldText(entry, entry.kind === 'outcome' ? 'status' : 'reason')
      return detail === '' ? entry.kind : `${entry.kind}:${detail}`
    }),
  })
}

const fails = (): never => { throw new Error('a value: Xylophilia') }
function requirePermitted(answer: Permitted<string> | Refusal): Permitted<string> {
  assert.ok(answer.kind === 'permitted', JSON.stringify(answer))
  return answer
}

test('an allowed statement gets a permit once its intent is durable', async () => {
  const s = await stage()
  s.recorder.mood = { kind: 'slow' }
  const answer = s.submit()
  let settled = 'no'
  void answer.then(() => { settled = 'yes' })
  await turns()
  assert.equal(settled, 'no')
  s.recorder.release()
  const { permit, transform } = requirePermitted(await answer)
  assert.deepEqual([permit.receipt, permit.isSpent, transform], [{ origin: 'doorward.test/log', index: 1 }, false, 'masks'])
  assert.equal(s.recorder.entries[1]?.kind, 'intent')
})

test('a denied statement is refused with the receipt of its refusal, and no intent is recorded', async () => {
  const s = await stage()
  s.decide = () => DENY
  const answer = await s.submit()
  assert.deepEqual(answer, { kind: 'refusal', reason: 'policy', message: 'clinic.patients may not be read', next: 'ask the data owner', receipt: { origin: 'doorward.test/log', index: 1 } })
  assert.deepEqual(s.story(), ['refusal:policy'])
})

/** Ways to no permit. Each names what is recorded, in order, and what the refusal says. */
const REFUSED: readonly { readonly name: string; readonly set: (s: Stage) => void; readonly reason: Refusal['reason']; readonly story: readonly string[]; readonly words?: RegExp }[] = [
  { name: 'standing that has ended', set: (s) => { s.standing = { kind: 'ended', why: 'access was revoked', next: 'ask' } }, reason: 'standing', story: ['refusal:standing'], words: /access was revoked/ },
  { name: 'a decision that throws', set: (s) => { s.decide = fails }, reason: 'policy-error', story: ['refusal:policy-error'], words: /could not be made/ },
  { name: 'a transform that cannot be prepared', set: (s) => { s.prepare = () => ({ kind: 'cannot-transform', why: 'output 1 has no safe mask', next: 'leave it out' }) }, reason: 'cannot-transform', story: ['refusal:cannot-transform'], words: /output 1/ },
  { name: 'a preparation that throws', set: (s) => { s.prepare = fails }, reason: 'cannot-transform', story: ['refusal:cannot-transform'] },
  { name: 'a recorder that is down', set: (s) => { s.recorder.mood = { kind: 'fails' } }, reason: 'recorder-down', story: [], words: /nothing is forwarded/ },
  { name: 'a recorder that takes no intent', set: (s) => { s.recorder.mood = { kind: 'fails', only: 'intent' } }, reason: 'recorder-down', story: [] },
  { name: 'a denial that cannot be recorded', set: (s) => { s.decide = () => DENY; s.recorder.mood = { kind: 'fails' } }, reason: 'recorder-down', story: [] },
  { name: 'a client that cancelled', set: (s) => { s.stop.abort() }, reason: 'withdrawn', story: ['intent', 'outcome:cancelled', 'refusal:withdrawn'] },
  { name: 'a hold that is not approved', set: (s) => { s.decide = () => HOLD; s.approve = () => Promise.resolve({ kind: 'disapproved', why: 'not today' }) }, reason: 'disapproved', story: ['refusal:disapproved'], words: /not today/ },
  { name: 'a hold that expires', set: (s) => { s.decide = () => HOLD; s.approve = () => Promise.resolve({ kind: 'expired' }) }, reason: 'expired', story: ['refusal:expired'] },
  { name: 'a hold that is withdrawn', set: (s) => { s.decide = () => HOLD; s.approve = () => Promise.resolve({ kind: 'withdrawn', why: 'the client cancelled' }) }, reason: 'withdrawn', story: ['refusal:withdrawn'] },
  { name: 'a hold of somebody who cancelled before', set: (s) => { s.decide = () => HOLD; s.stop.abort() }, reason: 'withdrawn', story: ['refusal:withdrawn'] },
  { name: 'a hold that became a ticket', set: (s) => { s.decide = () => HOLD; s.approve = () => Promise.resolve({ kind: 'ticket', reference: 'T-9', expiresAtMs: 0 }) }, reason: 'held', story: ['refusal:held'], words: /T-9/ },
  { name: 'a desk that throws', set: (s) => { s.decide = () => HOLD; s.approve = () => Promise.reject(new Error('Xylophilia')) }, reason: 'disapproved', story: ['refusal:disapproved'], words: /out of reach/ },
  { name: 'an approval of what means something else by now', set: (s) => { s.decide = () => HOLD; s.stillMeans = 'something-else' }, reason: 'disapproved', story: ['refusal:disapproved'], words: /changed while it waited/ },
  { name: 'an approval that no longer counts', set: (s) => { s.decide = () => HOLD; s.approve = () => Promise.resolve({ ...APPROVED, use: () => Promise.resolve({ void: 'the approver was revoked' }) }) }, reason: 'disapproved', story: ['refusal:disapproved'], words: /revoked/ },
  { name: 'an approval whose use cannot be recorded', set: (s) => { s.decide = () => HOLD; s.approve = () => Promise.resolve({ ...APPROVED, use: () => Promise.reject(new Error('disk')) }) }, reason: 'disapproved', story: ['refusal:disapproved'] },
  { name: 'a decision that denies after the approval', set: (s) => { let asked = 0; s.decide = () => { asked += 1; return asked === 1 ? HOLD : DENY } }, reason: 'policy', story: ['refusal:policy'] },
  { name: 'a decision that throws after the approval', set: (s) => { let asked = 0; s.decide = () => { asked += 1; return asked === 1 ? HOLD : fails() } }, reason: 'policy-error', story: ['refusal:policy-error'] },
  { name: 'a decision that asks more people after the approval', set: (s) => { let asked = 0; s.decide = () => { asked += 1; return asked === 1 ? HOLD : { ...HOLD, quorum: 2 } } }, reason: 'disapproved', story: ['refusal:disapproved'] },
  { name: 'standing that ends during the hold', set: (s) => { s.decide = () => HOLD; s.approve = () => { s.standing = { kind: 'ended', why: 'revoked', next: 'ask' }; return Promise.resolve(APPROVED) } }, reason: 'standing', story: ['refusal:standing'] },
]

for (const { name, set, reason, story, words } of REFUSED) {
  test(`no permit for ${name}`, async () => {
    const s = await stage()
    set(s)
    const answer = await s.submit()
    assert.ok(answer.kind === 'refusal')
    assert.equal(answer.reason, reason)
    assert.deepEqual(s.story(), story)
    if (words !== undefined) assert.match(answer.message, words)
    // A refusal without a receipt says that there is none, and why.
    assert.equal(answer.receipt === undefined, reason === 'recorder-down')
    assert.equal(s.admission.unsettled, 0)
    assert.ok(!s.recorder.text.includes('Xylophilia') && !JSON.stringify(answer).includes('Xylophilia'))
  })
}

test('standing that ends while the intent is being recorded takes the permit back, and settles it', async () => {
  const s = await stage()
  s.recorder.mood = { kind: 'slow' }
  const answer = s.submit()
  await until('the intent waits', () => s.recorder.waiting.length === 1)
  s.standing = { kind: 'ended', why: 'access was revoked', next: 'ask' }
  s.recorder.release()
  assert.equal((await answer).kind, 'refusal')
  assert.deepEqual(s.story(), ['intent', 'outcome:cancelled', 'refusal:standing'])
  assert.equal(s.recorder.ofKind('outcome')[0]?.['intent'], 1)
})

test('an approved statement is decided again, and its intent names who approved', async () => {
  const s = await stage()
  const seen: number[] = []
  s.decide = (request) => { seen.push(request.nowMs); return HOLD }
  s.approve = () => { s.clock.advance(300_000); return Promise.resolve(APPROVED) }
  const { grant } = requirePermitted(await s.submit())
  assert.deepEqual([seen.length, (seen[1] ?? 0) - (seen[0] ?? 0)], [2, 300_000])
  assert.deepEqual(s.recorder.entries[1]?.['approval'], { by: ['local|ines'], reference: 'A-1', goesOn: undefined })
  assert.equal(grant?.reference, 'A-1')
})

test('a portal goes on with what its first part was approved with, and nothing else does', async () => {
  const s = await stage()
  let asked = 0
  s.decide = () => HOLD
  s.approve = () => { asked += 1; return Promise.resolve(APPROVED) }
  const { grant } = requirePermitted(await s.submit({ parameters: () => 'one' }))
  requirePermitted(await s.submit({ parameters: () => 'one', grant }))
  assert.equal(asked, 1)
  requirePermitted(await s.submit({ parameters: () => 'two', grant }))
  assert.equal(asked, 2)
  s.decide = () => ({ ...HOLD, quorum: 2 })
  requirePermitted(await s.submit({ parameters: () => 'one', grant }))
  assert.equal(asked, 3)
})

test('a permit that was not spent is still owed an outcome, and a settled one no second', async () => {
  const s = await stage()
  const permitted = requirePermitted(await s.submit())
  assert.deepEqual([s.admission.unsettled, s.admission.isBusy], [1, true])
  s.clock.advance(250)
  await s.admission.settle(permitted, DONE)
  const outcome = s.recorder.ofKind('outcome')[0]
  assert.deepEqual([outcome?.['intent'], outcome?.['status'], outcome?.['rows'], outcome?.['durationMs'], outcome?.['maskedColumns']], [1, 'done', 1, 250, undefined])
  assert.deepEqual([s.admission.unsettled, s.admission.isBusy], [0, false])
  await assert.rejects(s.admission.settle(permitted, DONE), { code: 'settled-twice' })
  assert.equal(s.recorder.ofKind('outcome').length, 1)
})

test('whatever way a recorder fails, the session permits nothing more', async () => {
  for (const kind of ['fails', 'throws'] as const) {
    const s = await stage()
    s.recorder.mood = { kind }
    const refused = await s.submit()
    assert.equal(refused.kind === 'refusal' ? refused.reason : '', 'recorder-down', kind)
    s.recorder.mood = { kind: 'works' }
    const later = await s.submit()
    assert.equal(later.kind === 'refusal' ? later.reason : '', 'recorder-down', kind)
    await assert.rejects(s.admission.record({ kind: 'alert' }), { code: 'recorder-lost' })
  }
})

test('an outcome that cannot be recorded is a fault', async () => {
  const s = await stage()
  const permitted = requirePermitted(await s.submit())
  s.recorder.mood = { kind: 'fails' }
  await assert.rejects(s.admission.settle(permitted, DONE), { code: 'outcome-not-recorded' })
})

test('a clock that was set back gives no negative duration', async () => {
  const s = await stage()
  const permitted = requirePermitted(await s.submit())
  s.clock.set(0)
  await s.admission.settle(permitted, DONE)
  assert.equal(s.recorder.ofKind('outcome')[0]?.['durationMs'], 0)
})

test('a permit is spent once', async () => {
  const s = await stage()
  const { permit } = requirePermitted(await s.submit())
  permit.spend()
  assert.equal(permit.isSpent, true)
  assert.throws(() => { permit.spend() }, { code: 'spent-permit' })
})

test('nobody else makes a permit', async () => {
  const s = await stage()
  const { permit } = requirePermitted(await s.submit())
  for (const mint of [Symbol('mint'), Symbol.for('mint'), undefined, permit] as unknown[]) {
    // A caller who forges does not keep to types.
    assert.throws(() => new ForwardPermit(mint as symbol, permit.statement, permit.receipt), { code: 'forged-permit' })
  }
  assert.ok(!Object.getOwnPropertySymbols(permit).length && !Object.getOwnPropertySymbols(ForwardPermit).length)
})

test('entries and statements are numbered without a gap, refusals too', async () => {
  const s = await stage()
  const permitted = requirePermitted(await s.submit())
  s.decide = () => DENY
  await s.submit()
  await s.admission.refuse({ reason: 'opaque', message: 'a text that is none', next: 'correct it', identity: { digest: 'd', fingerprint: 'f', redactedText: 't' }, note: 'rule' })
  await s.admission.settle(permitted, DONE)
  await s.admission.close('terminated by client')
  await s.admission.close('again')
  assert.deepEqual(s.recorder.entries.map((entry) => entry['seq']), [1, 2, 3, 4, 5, 6])
  assert.deepEqual(s.recorder.entries.map((entry) => fieldText(entry, 'statement').split('.')[1]).filter((number) => number !== undefined), ['1', '2', '3', '1'])
  const close = s.recorder.entries.at(-1)
  assert.deepEqual([close?.kind, close?.['count'], close?.['statements'], close?.['unsettled'], close?.['reason']], ['session.close', 6, 3, undefined, 'terminated by client'])
})

test('the end of a session names what it left unsettled, and refuses what comes after', async () => {
  const s = await stage()
  requirePermitted(await s.submit())
  await s.admission.close('client gone')
  assert.equal(s.recorder.entries.at(-1)?.['unsettled'], 1)
  const late = await s.submit()
  assert.ok(late.kind === 'refusal' && late.reason === 'standing')
})

test('a session is busy while a statement waits for people', async () => {
  const s = await stage()
  const answer = Promise.withResolvers<Approval>()
  s.decide = () => HOLD
  s.approve = () => answer.promise
  const submitted = s.submit()
  await turns(1)
  assert.equal(s.admission.isBusy, true)
  // Answered, and the answer not yet recorded: whoever stops the gateway still waits for it.
  s.recorder.mood = { kind: 'slow' }
  answer.resolve({ kind: 'expired' })
  await turns(20)
  assert.equal(s.admission.isBusy, true)
  assert.deepEqual(s.recorder.waiting, ['refusal'])
  s.recorder.release()
  await submitted
  assert.equal(s.admission.isBusy, false)
})

test('admission is recorded, and refused where standing, policy or the recorder say no', async () => {
  const connect = async (over: Partial<GuardPorts>, standing: Standing = { kind: 'good' }) => {
    const recorder = new ScriptedRecorder()
    const guard = createGuard({ decide: () => ALLOW, mayConnect: () => ALLOW, awaitApproval: () => Promise.resolve({ kind: 'expired' }), record: recorder.record, now: () => 0, ...over })
    const answer = await guard.admit({
      id: requireSessionId('0123456789abcdef0123456789abcdef'), principal: { ...PRINCIPAL, actingFor: { ...PRINCIPAL, name: 'ines', subject: 'ines' } }, resource: requireResourceName('clinic'),
      clientAddress: '192.0.2.1:5000', protocol: 'postgres', details: { tls: 'none' }, standing: () => standing,
    }, undefined)
    return { answer, recorder }
  }
  const good = await connect({})
  assert.equal(good.answer.kind, 'admitted')
  assert.deepEqual([good.recorder.entries[0]?.kind, good.recorder.entries[0]?.['seq']], ['session.open', 1])
  assert.match(good.recorder.text, /"actingFor":\{"name":"ines"/)
  // A connection cannot wait for people; its statements can.
  assert.equal((await connect({ mayConnect: () => HOLD })).answer.kind, 'admitted')
  for (const [over, standing, reason] of [
    [{ mayConnect: () => DENY }, { kind: 'good' }, 'policy'], [{ mayConnect: fails }, { kind: 'good' }, 'policy-error'], [{}, { kind: 'ended', why: 'revoked', next: 'ask' }, 'standing'],
    [{ record: () => Promise.reject(new Error('disk')) }, { kind: 'good' }, 'recorder-down'], [{ mayConnect: () => DENY, record: () => Promise.reject(new Error('disk')) }, { kind: 'good' }, 'recorder-down'],
  ] as const) {
    const { answer, recorder } = await connect(over, standing)
    assert.ok(answer.kind === 'refusal')
    assert.equal(answer.reason, reason)
    if (reason !== 'recorder-down') assert.deepEqual(recorder.kinds, ['session.refused'])
    assert.ok(!recorder.text.includes('Xylophilia'))
  }
})
