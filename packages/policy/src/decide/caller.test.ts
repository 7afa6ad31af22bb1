import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide } from './decide.ts'
import { effect, masks, principal, request, snapshotOf, understood } from './examples.test.ts'

/** [what holds, policies, the server's own texts] */
const ROWS: readonly (readonly [name: string, policies: string, texts: 'rewritten' | 'as they are'])[] = [
  ['everything in clear', '{ id: a, effect: allow }', 'as they are'],
  ['everything masked', '{ id: a, effect: allow, mask: { default: redact } }', 'rewritten'],
  ['writes elsewhere that cannot be read', '{ id: a, effect: allow, on: { objects: ["clinic.*"] }, actions: [read] }; { id: b, effect: allow, on: { objects: ["billing.claims"] }, actions: [create] }', 'rewritten'],
  ['writes to what is read in clear', '{ id: a, effect: allow, on: { objects: ["clinic.*"] }, actions: [read] }; { id: b, effect: allow, on: { objects: ["clinic.rooms"] }, actions: [create] }', 'as they are'],
  ['a masked policy inside a clear one', '{ id: a, effect: allow, on: { objects: ["clinic.*"] } }; { id: b, effect: allow, on: { objects: ["clinic.p*"] }, mask: { default: redact } }', 'as they are'],
  ['a masked policy wider than the clear one', '{ id: a, effect: allow, on: { objects: ["clinic.p*"] } }; { id: b, effect: allow, on: { objects: ["clinic.*"] }, mask: { default: redact } }', 'rewritten'],
  ['a masked policy without objects', '{ id: a, effect: allow, on: { objects: ["clinic.*"] } }; { id: b, effect: allow, mask: { default: redact } }', 'rewritten'],
  ['a masked policy that does not hold now', '{ id: a, effect: allow, on: { objects: ["clinic.*"] } }; { id: b, effect: allow, when: now.hour > 20, mask: { default: redact } }', 'as they are'],
  ['a clear policy that does not hold now', '{ id: a, effect: allow, on: { objects: ["clinic.*"] }, when: now.hour > 20 }; { id: b, effect: allow, on: { objects: ["clinic.*"] }, mask: { default: redact } }', 'rewritten'],
  ['a policy elsewhere that fails to evaluate', '{ id: a, effect: allow, on: { objects: ["clinic.*"] } }; { id: b, effect: allow, on: { objects: ["billing.*"] }, when: "statement.objects[3] == \'x\'" }', 'rewritten'],
  ['a function in clear beside tables that are masked', '{ id: a, effect: allow, on: { objects: ["clinic.*"] }, actions: [execute] }; { id: b, effect: allow, on: { objects: ["clinic.*"] }, actions: [read], mask: { default: redact } }', 'rewritten'],
  ['the right to connect touches nothing', '{ id: a, effect: allow, actions: [read] }; { id: b, effect: allow, actions: [connect] }', 'as they are'],
  ['only the right to connect', '{ id: a, effect: allow, actions: [connect] }', 'rewritten'],
]

describe('the server\'s own texts', () => {
  // COMMIT touches nothing, and yet a deferred constraint may speak of rows: what counts is what the caller may touch at all.
  for (const [name, policies, texts] of ROWS) {
    test(`${texts}: ${name}`, () => {
      const snapshot = snapshotOf(policies.split('; ').map((policy) => `  - ${policy}\n`).join(''))
      const decision = decide(snapshot, request(principal('ana', []), understood({ command: 'COMMIT' })))
      assert.equal(decision.kind, 'allow')
      assert.equal(masks(decision) === undefined ? 'as they are' : 'rewritten', texts)
    })
  }

  test('rewritten: a statement that a policy allows by name although it is not understood', () => {
    const snapshot = snapshotOf('  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n  - { id: b, effect: allow, on: { objects: ["clinic.*"] }, mask: { default: redact } }\n')
    assert.equal(masks(decide(snapshot, request(principal('ana', []), { kind: 'opaque', command: 'CALL', reason: 'language c', objects: ['clinic.f'], extent: 'calls' }))), '')
    assert.equal(masks(decide(snapshot, request(principal('ana', []), understood({ effects: [effect('execute', 'clinic.f', { kind: 'function' })] })))), '')
  })
})
