import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '@doorward/core'
import { decide, mayConnect } from './decide.ts'
import { effect, outcome, principal, request, snapshotOf, understood } from './examples.test.ts'

const reading = understood({ effects: [effect('read', 'clinic.patients')] })
const oidc = { issuer: 'https://id.example.org', subject: '00u1' }

/** [what holds, who of the deny or allow, the principal, an allow means it, a deny means it] */
const ROWS: readonly (readonly [name: string, who: string, asking: Principal, allowed: boolean, denied: boolean])[] = [
  ['a local principal by its name', '{ principals: [dana] }', principal('dana', []), true, true],
  ['another local principal', '{ principals: [dana] }', principal('eve', []), false, false],
  // Names from a provider are not unique: an allow for the local dana must not be had by calling oneself dana elsewhere.
  ['a name from a provider', '{ principals: [dana] }', principal('dana', [], oidc), false, true],
  ['a subject from a provider', '{ principals: ["00u1"] }', principal('dana', [], oidc), false, true],
  ['issuer and subject', '{ principals: ["https://id.example.org|00u1"] }', principal('dana', [], oidc), true, true],
  ['issuer and subject of another issuer', '{ principals: ["https://id.example.com|00u1"] }', principal('dana', [], oidc), false, false],
  ['a group', '{ groups: [nurses] }', principal('dana', ['nurses']), true, true],
  ['a group of the person an agent acts for', '{ groups: [nurses] }', principal('bot', [], { kind: 'agent', actingFor: principal('dana', ['nurses']) }), false, true],
  ['the person an agent acts for', '{ principals: [dana] }', principal('bot', [], { kind: 'agent', actingFor: principal('dana', []) }), false, true],
  ['group and kind of different people in the chain', '{ groups: [bots], kinds: [human] }', principal('bot', ['bots'], { kind: 'agent', actingFor: principal('dana', []) }), false, false],
]

for (const [name, who, asking, allowed, denied] of ROWS) {
  test(`${name}: ${allowed ? 'allowed' : 'not allowed'}, ${denied ? 'denied' : 'not denied'}`, () => {
    assert.equal(outcome(decide(snapshotOf(`  - { id: a, effect: allow, who: ${who} }\n`), request(asking, reading))), allowed ? 'allow' : 'deny default-deny')
    assert.equal(outcome(decide(snapshotOf(`  - { id: a, effect: allow }\n  - { id: b, effect: deny, who: ${who} }\n`), request(asking, reading))), denied ? 'deny policy' : 'allow')
  })
}

test('a chain of people too long to follow is denied by any denial that names somebody', () => {
  let person = principal('p0', [])
  for (let depth = 1; depth <= 12; depth++) person = principal(`p${depth}`, [], { actingFor: person })
  assert.equal(outcome(decide(snapshotOf('  - { id: a, effect: allow }\n  - { id: b, effect: deny, who: { principals: [nobody] } }\n'), request(person, reading))), 'deny policy')
})

/** [what holds, policies, expected] */
const CONNECTING: readonly (readonly [string, string, string])[] = [
  ['whoever is allowed anything', '  - { id: a, effect: allow, on: { objects: ["x.y"] }, actions: [ddl] }\n', 'allow'],
  ['whatever purpose and condition that has', '  - { id: a, effect: allow, purpose: [TREAT], when: "statement.actions[7] == \'x\'" }\n', 'allow'],
  ['nobody else', '  - { id: a, effect: allow, who: { groups: [others] } }\n', 'deny default-deny'],
  ['nor on another resource', '  - { id: a, effect: allow, on: { resource: other } }\n', 'deny default-deny'],
  ['unless connecting is denied', '  - { id: a, effect: allow }\n  - { id: b, effect: deny, actions: [connect] }\n', 'deny policy'],
  ['or everything', '  - { id: a, effect: allow }\n  - { id: b, effect: deny }\n', 'deny policy'],
  ['but not by a denial about objects', '  - { id: a, effect: allow }\n  - { id: b, effect: deny, on: { objects: ["clinic.*"] } }\n', 'allow'],
  ['nor about other actions', '  - { id: a, effect: allow }\n  - { id: b, effect: deny, actions: [read] }\n', 'allow'],
  ['nor for bulk', '  - { id: a, effect: allow }\n  - { id: b, effect: deny, when: statement.bulk }\n', 'allow'],
  ['by a denial about the hour', '  - { id: a, effect: allow }\n  - { id: b, effect: deny, when: now.hour >= 10 }\n', 'deny policy'],
  ['by a denial that fails', '  - { id: a, effect: allow }\n  - { id: b, effect: deny, when: "statement.objects[0] == \'x\'" }\n', 'deny policy-error'],
]

for (const [name, policies, expected] of CONNECTING) {
  test(`connecting: ${name}`, () => {
    const { statement: _, ...connection } = request(principal('ana', ['engineers']), reading)
    assert.equal(outcome(mayConnect(snapshotOf(policies), connection)), expected)
  })
}

test('whoever is denied connecting is stopped at statements that touch nothing, too', () => {
  const snapshot = snapshotOf('  - { id: a, effect: allow }\n  - { id: b, effect: deny, actions: [connect], who: { groups: [left] } }\n')
  assert.equal(outcome(decide(snapshot, request(principal('ana', ['left']), understood()))), 'deny policy')
})
