import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireResourceName, type DecisionRequest } from '@doorward/core'
import { estimated, wantsEstimate, withEstimate } from './estimate.ts'
import type { GuardPorts } from './ports.ts'

const REQUEST: DecisionRequest = {
  principal: { name: 'ana', kind: 'human', issuer: 'local', subject: 'ana', groups: [], actingFor: undefined, authentication: { method: 'scram-sha-256', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } },
  resource: requireResourceName('clinic'), purpose: undefined, nowMs: 0, clientAddress: '192.0.2.1',
  statement: { kind: 'understood', command: 'SELECT', effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined },
}
const PORTS: GuardPorts = { decide: () => assert.fail(), mayConnect: () => assert.fail(), awaitApproval: () => assert.fail(), record: () => assert.fail(), now: () => 0 }

async function bulkOf(estimate?: () => Promise<number | 'unknown'>): Promise<unknown> {
  const { statement } = await estimated(REQUEST, estimate === undefined ? {} : { estimate })
  return statement.kind === 'understood' ? statement.bulk : undefined
}

test('what the target says goes into the statement; what it does not say, or says wrongly, is unknown', async () => {
  assert.deepEqual(await bulkOf(() => Promise.resolve(12)), { restricted: true, estimatedRows: 12 })
  const unknown = { restricted: true, estimatedRows: undefined, estimate: 'unknown' }
  for (const estimate of [undefined, () => Promise.resolve('unknown' as const), () => Promise.reject(new Error('gone')), () => Promise.resolve(Number.NaN), (): Promise<number> => { throw new Error('gone') }]) {
    assert.deepEqual(await bulkOf(estimate), unknown)
  }
  assert.deepEqual(REQUEST.statement, { ...REQUEST.statement, bulk: { restricted: true, estimatedRows: undefined } }, 'the kept statement stays as it is')
})

test('it is asked for where the port says so, or fails', () => {
  assert.equal(wantsEstimate(PORTS, REQUEST), 'no')
  assert.equal(wantsEstimate({ ...PORTS, wantsEstimate: () => 'yes' }, REQUEST), 'yes')
  assert.equal(wantsEstimate({ ...PORTS, wantsEstimate: () => { throw new Error('x') } }, REQUEST), 'yes')
})

test('approvers are told the number that the decision was made by', async () => {
  const details = { estimatedRows: 7, behind: [] }
  assert.equal(withEstimate(details, REQUEST), details)
  assert.equal(withEstimate(details, await estimated(REQUEST, { estimate: () => Promise.resolve(12) })).estimatedRows, 12)
})
