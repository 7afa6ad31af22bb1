/** What exceptions cost: spent when a statement runs, once for each time it runs, and before anything of it is forwarded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireGroupId, requirePolicyId, requireResourceName, requireSessionId, type Allow, type Decision, type ExceptionUse, type Hold, type Refusal } from '@doorward/core'
import { ScriptedRecorder } from '@doorward/testkit'
import { createGuard, type Permitted } from './path.ts'
import type { Approval, GuardPorts, Spent } from './ports.ts'

const USE: ExceptionUse = { policy: requirePolicyId('agents'), allow: 'equality', classes: ['mrn'], cost: 2, perHour: 5 }
const GROUNDS = { policies: [{ id: requirePolicyId('agents'), effect: 'allow' }], version: 'v1', why: 'because' } as const
const ALLOW: Allow = { kind: 'allow', obligations: [{ kind: 'exception', use: USE }, { kind: 'exception', use: { ...USE, classes: ['zip'], perHour: undefined } }], ...GROUNDS }
const HOLD: Hold = { ...ALLOW, kind: 'hold', by: [requireGroupId('officers')], quorum: 1, expiresMs: 60_000 }

interface Told { readonly events: string[]; readonly recorder: ScriptedRecorder; submit(): Promise<Permitted<string> | Refusal> }

async function stage(spend: GuardPorts['spend'], decision: Decision = ALLOW): Promise<Told> {
  const events: string[] = []
  const recorder = new ScriptedRecorder()
  const approval: Approval = { kind: 'approved', by: ['local|ines'], reference: 'A-1', use: () => { events.push('approval used'); return Promise.resolve('used') } }
  const guard = createGuard({
    decide: () => decision, mayConnect: () => ALLOW, now: () => 0,
    awaitApproval: () => { events.push('approved'); return Promise.resolve(approval) },
    record: (body) => { events.push(body.kind); return recorder.record(body) },
    ...(spend === undefined ? {} : { spend: (principal, uses) => { events.push(`spent ${uses.map(({ cost }) => cost).join()} of ${principal.subject}`); return spend(principal, uses) } }),
  })
  const admitted = await guard.admit({
    id: requireSessionId('0123456789abcdef0123456789abcdef'), resource: requireResourceName('clinic'), clientAddress: '192.0.2.1:5000', protocol: 'postgres', details: {}, standing: () => ({ kind: 'good' }),
    principal: { name: 'bot', kind: 'agent', issuer: 'local', subject: 'bot', groups: [], actingFor: undefined, authentication: { method: 'scram-sha-256', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } },
  }, undefined)
  assert.ok(admitted.kind === 'admitted')
  events.length = 0
  return {
    events, recorder,
    submit: () => admitted.admission.submit({
      statement: { kind: 'understood', command: 'SELECT', effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined },
      identity: { digest: 'digest', fingerprint: 'fingerprint', redactedText: 'select ?' }, purpose: undefined, signal: new AbortController().signal, transform: { prepare: () => ({ kind: 'prepared', transform: '' }) },
      hold: { mode: 'wait', grant: undefined, parameters: () => undefined, details: () => Promise.resolve({ estimatedRows: undefined, behind: [] }), onAsked: () => undefined, stillMeans: () => Promise.resolve('the-same') },
    }),
  }
}

const spends = (): Spent => ({ kind: 'spent', left: [3] })
const over = (againAtMs: number | undefined) => (): Spent => ({ kind: 'over', use: USE, againAtMs })

test('each time a statement runs its budget is spent, before its intent is recorded, and the intent says what is left', async () => {
  const told = await stage(spends)
  assert.equal((await told.submit()).kind, 'permitted')
  assert.equal((await told.submit()).kind, 'permitted')
  assert.deepEqual(told.events, ['spent 2 of bot', 'intent', 'spent 2 of bot', 'intent'], 'an exception without a budget is not asked about')
  assert.deepEqual(told.recorder.entries[1]?.['budgets'], [{ policy: 'agents', allow: 'equality', left: 3 }])
  assert.match(told.recorder.text, /"kind":"exception","policy":"agents","allow":"equality","classes":\["mrn"\],"cost":2,"perHour":5/)
})

test('over budget a statement is refused and told when to come back', async () => {
  const told = await stage(over(3_600_000))
  const answer = await told.submit()
  assert.ok(answer.kind === 'refusal')
  assert.deepEqual([answer.reason, answer.next], ['limit', 'send it again after 1970-01-01T01:00:00.000Z'])
  assert.match(answer.message, /^policy agents gives 5 comparisons of mrn in an hour/)
  assert.deepEqual(told.events, ['spent 2 of bot', 'refusal'])
})

test('what costs more than an hour gives is told to ask for less', async () => {
  const answer = await (await stage(over(undefined))).submit()
  assert.ok(answer.kind === 'refusal' && /fewer values/.test(answer.next))
})

test('a held statement spends when it runs: after the approval is given, before it is used up', async () => {
  const told = await stage(spends, HOLD)
  assert.equal((await told.submit()).kind, 'permitted')
  assert.deepEqual(told.events, ['approved', 'spent 2 of bot', 'approval used', 'intent'])
  const broke = await stage(over(1), HOLD)
  assert.equal((await broke.submit()).kind, 'refusal')
  assert.deepEqual(broke.events, ['approved', 'spent 2 of bot', 'refusal'], 'the approval is left for when the budget is there')
})

test('where no budget is kept, or keeping it fails, what needs one is refused', async () => {
  for (const spend of [undefined, (): never => { throw new Error('a value') }]) {
    const told = await stage(spend)
    const answer = await told.submit()
    assert.ok(answer.kind === 'refusal' && answer.reason === 'limit')
    assert.ok(!told.events.includes('intent') && !told.recorder.text.includes('a value'))
  }
})
