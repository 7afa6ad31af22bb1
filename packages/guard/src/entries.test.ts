/** What entries of a statement hold: bounded, literal-free, and enough to say what was touched. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireGroupId, requirePolicyId, requireResourceName, type DecisionRequest, type Effect, type EntryBody, type Principal, type Understood } from '@doorward/core'
import { describeDecision, describePrincipal, describeStatement, referTo } from './entries.ts'
import { Descriptions } from './descriptions.ts'

const PRINCIPAL: Principal = {
  name: 'scribe', kind: 'agent', issuer: 'local', subject: 'scribe', groups: [requireGroupId('agents')],
  authentication: { method: 'oidc', amr: ['pwd', 'otp'], acr: '2', atMs: 5, expiresAtMs: 9 },
  actingFor: { name: 'ines', kind: 'human', issuer: 'local', subject: 'ines', groups: [], authentication: { method: 'oidc', amr: [], acr: undefined, atMs: 5, expiresAtMs: 9 }, actingFor: undefined },
}
const IDENTITY = { digest: 'd', fingerprint: 'f', redactedText: 'select ?' }
const effect = (over: Partial<Effect> = {}): Effect => ({ action: 'read', object: 'clinic.patients', kind: 'relation', columns: ['id'], classes: ['name'], scope: 'user', note: undefined, ...over })
const understood = (effects: readonly Effect[]): Understood => ({ kind: 'understood', command: 'SELECT', effects, outputs: [], uses: [], bulk: { restricted: false, estimatedRows: 7 }, forbidden: undefined })

test('a principal is told with how it proved itself, and for whom it acts', () => {
  assert.deepEqual(describePrincipal(PRINCIPAL)['actingFor'], { ...describePrincipal(PRINCIPAL.actingFor ?? PRINCIPAL) })
  assert.deepEqual([describePrincipal(PRINCIPAL)['method'], describePrincipal(PRINCIPAL)['amr'], describePrincipal(PRINCIPAL)['acr']], ['oidc', ['pwd', 'otp'], '2'])
  assert.deepEqual(referTo(PRINCIPAL), { issuer: 'local', subject: 'scribe', name: 'scribe', actingFor: { issuer: 'local', subject: 'ines', name: 'ines' } })
})

test('what is browsed of the open catalog is counted, not told', () => {
  const told = describeStatement(understood([effect(), effect({ scope: 'open', object: 'pg_catalog.pg_class' }), effect({ scope: 'closed', object: 'pg_catalog.pg_stats' })]), IDENTITY)
  assert.equal(told['openCatalogReads'], 1)
  assert.deepEqual((told['effects'] as readonly { readonly object: string; readonly scope?: string }[]).map(({ object, scope }) => [object, scope]), [['clinic.patients', undefined], ['pg_catalog.pg_stats', 'closed']])
  assert.deepEqual([told['restricted'], told['estimatedRows']], [false, 7])
})

test('an entry stays under the length of a leaf, however much a statement touches', () => {
  const wide = effect({ object: `s.${'t'.repeat(61)}`, columns: Array.from({ length: 1_600 }, (_, at) => `column_${at}_${'x'.repeat(50)}`) })
  const statement = understood(Array.from({ length: 1_000 }, () => wide))
  const grounds = { policies: Array.from({ length: 500 }, () => ({ id: requirePolicyId('p'.repeat(63)), effect: 'allow' } as const)), version: 'v'.repeat(64), why: 'because' }
  const mask = { output: 1_599, operator: 'redact', class: 'health-plan', copied: true } as const
  const decision = describeDecision({ kind: 'allow', ...grounds, obligations: [{ kind: 'mask', texts: 'rewrite', outputs: Array.from({ length: 1_600 }, () => mask) }] })
  const request: DecisionRequest = { principal: PRINCIPAL, resource: requireResourceName('clinic'), purpose: undefined, statement, nowMs: 0, clientAddress: '192.0.2.1:5' }
  // Texts that take many more bytes in the log than in memory.
  for (const redactedText of ['x'.repeat(16_384), '"'.repeat(16_384), '\u0001'.repeat(16_384), '𝄞'.repeat(8_192), '€'.repeat(16_384)]) {
    const entry: EntryBody = { ...new Descriptions().entry('intent', 's.1', request, { ...IDENTITY, redactedText }), decision }
    assert.ok(Buffer.byteLength(JSON.stringify(entry)) < 60_000, String(Buffer.byteLength(JSON.stringify(entry))))
    assert.ok((entry['what'] as { readonly text: string }).text.isWellFormed())
  }
  const told = describeStatement(statement, IDENTITY)
  const effects = told['effects'] as readonly { readonly columns: readonly string[]; readonly moreColumns: number }[]
  assert.equal(effects.length + Number(told['moreEffects']), 1_000)
  assert.equal((effects[0]?.columns.length ?? 0) + (effects[0]?.moreColumns ?? 0), 1_600)
  assert.deepEqual([describeStatement(understood([effect()]), IDENTITY)['moreEffects'], describeStatement(understood([effect()]), IDENTITY)['text']], [undefined, 'select ?'])
})

test('groups have an end too', () => {
  const groups = Array.from({ length: 5_000 }, (_, at) => requireGroupId(`cn=a group of the directory,number=${at}`))
  const told = describePrincipal({ ...PRINCIPAL, groups })
  assert.ok(Buffer.byteLength(JSON.stringify(told)) < 10_000)
  assert.equal((told['groups'] as readonly string[]).length + Number(told['moreGroups']), 5_000)
})

test('what is opaque names why and which objects', () => {
  const told = describeStatement({ kind: 'opaque', command: 'CALL', reason: 'language c', objects: Array.from({ length: 100 }, (_, at) => `f${at}`) }, IDENTITY)
  assert.deepEqual([told['opaque'], (told['objects'] as readonly string[]).length, told['effects']], ['language c', 64, undefined])
})

test('a decision is told with its grounds and obligations', () => {
  const grounds = { policies: [{ id: requirePolicyId('p'), effect: 'allow' }], version: 'v', why: 'because' } as const
  const told = describeDecision({
    kind: 'allow', ...grounds,
    obligations: [{ kind: 'mask', texts: 'rewrite', outputs: [{ output: 0, operator: 'redact', class: 'ssn', copied: true }] }, { kind: 'limit', rowsPerStatement: 5, patientsPerHour: undefined }, { kind: 'notify', channel: 'soc' }],
  })
  assert.deepEqual(told['obligations'], [{ kind: 'mask', outputs: [{ output: 0, operator: 'redact', class: 'ssn' }], masked: 1 }, { kind: 'limit', rowsPerStatement: 5, patientsPerHour: undefined }, { kind: 'notify', channel: 'soc' }])
  assert.deepEqual([told['policyVersion'], told['reason']], ['v', undefined])
  const denied = describeDecision({ kind: 'deny', reason: 'policy', refusal: 'no', next: 'ask', ...grounds })
  assert.deepEqual([denied['reason'], denied['obligations']], ['policy', undefined])
})

test('every entry of a statement says who, where, for what and from where', () => {
  const request: DecisionRequest = { principal: PRINCIPAL, resource: requireResourceName('clinic'), purpose: undefined, statement: understood([]), nowMs: 0, clientAddress: '192.0.2.1:5' }
  const entry = new Descriptions().entry('intent', 's.1', request, IDENTITY)
  assert.deepEqual([entry.kind, entry['statement'], entry['resource'], entry['client'], (entry['what'] as { readonly text: string }).text], ['intent', 's.1', 'clinic', '192.0.2.1:5', 'select ?'])
})
