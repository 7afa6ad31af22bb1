import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requireGroupId, requirePolicyId, type Allow, type Decision, type Deny, type Effect, type Principal, type StatementIdentity, type Understanding } from '@doorward/core'
import { Descriptions } from './descriptions.ts'
import { describeDecision, describeStatement, referTo } from './entries.ts'

const effect: fc.Arbitrary<Effect> = fc.record({
  action: fc.constantFrom('read', 'create', 'ddl'), object: fc.constantFrom('clinic.patients', 'pg_catalog.pg_class'), kind: fc.constantFrom('relation', 'function'),
  columns: fc.array(fc.constantFrom('id', 'ssn', 'dob'), { maxLength: 3 }), classes: fc.array(fc.constantFrom('none', 'ssn', 'date'), { maxLength: 2 }), scope: fc.constantFrom('user', 'open', 'closed'), note: fc.constant(undefined),
})
const statement: fc.Arbitrary<Understanding> = fc.oneof(
  fc.record({
    kind: fc.constant('understood' as const), command: fc.constantFrom('SELECT', 'INSERT'), effects: fc.array(effect, { maxLength: 4 }), outputs: fc.constant([]), uses: fc.constant([]),
    bulk: fc.record({ restricted: fc.boolean(), estimatedRows: fc.option(fc.nat(), { nil: undefined }) }), forbidden: fc.constant(undefined),
  }),
  fc.record({ kind: fc.constant('opaque' as const), command: fc.constant('CALL'), reason: fc.constant('language c'), objects: fc.array(fc.string(), { maxLength: 2 }) }),
)
const identity: fc.Arbitrary<StatementIdentity> = fc.record({ digest: fc.string(), fingerprint: fc.constantFrom('f1', 'f2'), redactedText: fc.constantFrom('select ?', 'select ?, ?', '"'.repeat(9_999)) })
const policies = fc.array(fc.record({ id: fc.constantFrom('a', 'b').map(requirePolicyId), effect: fc.constant('allow' as const) }), { maxLength: 2 })
const allow: fc.Arbitrary<Allow> = fc.record({
  kind: fc.constant('allow'), policies, version: fc.string(), why: fc.string(),
  obligations: fc.constantFrom([], [{ kind: 'limit', rowsPerStatement: 5, patientsPerHour: undefined }], [{ kind: 'mask', texts: 'rewrite', outputs: [{ output: 1, operator: 'redact', class: 'ssn', copied: true }] }]),
})
const deny: fc.Arbitrary<Deny> = fc.record({ kind: fc.constant('deny'), policies, version: fc.string(), why: fc.string(), reason: fc.constantFrom('policy', 'opaque'), refusal: fc.string(), next: fc.string() })
const decision: fc.Arbitrary<Decision> = fc.oneof(allow, deny)
const principal: fc.Arbitrary<Principal> = fc.record({
  name: fc.string(), kind: fc.constantFrom('human', 'agent'), issuer: fc.constant('local'), subject: fc.string(), groups: fc.constant([requireGroupId('g')]),
  authentication: fc.constant({ method: 'oidc', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined }), actingFor: fc.constant(undefined),
})

test('property: what is kept is what would be described, in any order of asking', () => {
  fc.assert(fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), fc.array(identity, { minLength: 1, maxLength: 3 }), decision, principal, fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 12 }), (statements, identities, decided, who, asks) => {
    const kept = new Descriptions()
    for (const [at, by] of asks) {
      const [what, of] = [statements[at % statements.length], identities[by % identities.length]]
      if (what === undefined || of === undefined) return
      assert.deepEqual({ ...kept.statement(what, of) }, describeStatement(what, of))
      assert.deepEqual({ ...kept.decision(decided) }, describeDecision(decided))
      assert.deepEqual({ ...kept.principal(who) }, referTo(who))
    }
  }), { numRuns: 300 })
})

test('one object is described once, frozen to the bottom, and nothing of the plan is frozen', () => {
  const kept = new Descriptions()
  const columns = ['id']
  const what: Understanding = {
    kind: 'understood', command: 'SELECT', effects: [{ action: 'read', object: 'clinic.patients', kind: 'relation', columns, classes: ['ssn'], scope: 'user', note: undefined }],
    outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined,
  }
  const text: StatementIdentity = { digest: 'd1', fingerprint: 'f', redactedText: 'select ?' }
  const first = kept.statement(what, text)
  assert.equal(kept.statement(what, text), first)
  const effects = first['effects'] as readonly { readonly columns: readonly string[] }[]
  assert.ok(Object.isFrozen(first) && Object.isFrozen(effects) && Object.isFrozen(effects[0]) && Object.isFrozen(effects[0]?.columns))
  assert.ok(!Object.isFrozen(columns) && !Object.isFrozen(what.effects))
  // Literals that differ: another digest, and the rest is the same object.
  const second = kept.statement(what, { ...text, digest: 'd2' })
  assert.equal(second['digest'], 'd2')
  assert.equal(second['effects'], effects)
})
