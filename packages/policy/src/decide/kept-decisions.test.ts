import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, decideAfresh } from './decide.ts'
import { effect, MONDAY_MS, principal, request, snapshotOf, understood } from './examples.test.ts'

const READS = understood({ effects: [effect('read', 'clinic.patients')] })
const ANA = principal('ana', ['g'])
const READ = '  - id: read\n    who: { groups: [g] }\n    on: { objects: [\'clinic.*\'] }\n    actions: [read]\n    effect: allow\n'

test('the same question has the very same answer, frozen', () => {
  const snapshot = snapshotOf(READ)
  const first = decide(snapshot, request(ANA, READS))
  assert.equal(decide(snapshot, request(ANA, READS, { nowMs: MONDAY_MS + 1, clientAddress: '192.0.2.8' })), first)
  assert.deepEqual(first, decideAfresh(snapshot, request(ANA, READS)))
  assert.ok(Object.isFrozen(first) && Object.isFrozen(first.policies) && Object.isFrozen(first.policies[0]))
})

const OTHERS: readonly (readonly [what: string, other: () => Parameters<typeof request>])[] = [
  ['principal', () => [principal('ana', ['g']), READS]],
  ['statement', () => [ANA, understood({ effects: [effect('read', 'clinic.patients')] })]],
  ['purpose', () => [ANA, READS, { purpose: 'TREAT' }]],
]
for (const [what, other] of OTHERS) {
  test(`another ${what} is decided afresh`, () => {
    const snapshot = snapshotOf(READ)
    assert.notEqual(decide(snapshot, request(...other())), decide(snapshot, request(ANA, READS)))
  })
}

test('another snapshot knows nothing of it', () => {
  assert.equal(decide(snapshotOf(READ), request(ANA, READS)).kind, 'allow')
  assert.equal(decide(snapshotOf(READ.replace('effect: allow', 'effect: deny').replace(/    actions.*\n/, '')), request(ANA, READS)).kind, 'deny')
})

const MOMENTS: readonly (readonly [name: string, entry: string])[] = [
  ['when, the time', `${READ}    when: now.hour == 10\n`],
  ['when, the address', `${READ}    when: client.address.startsWith('192.0.2.')\n`],
  ['within a macro', `${READ}    when: principal.groups.exists(g, g == 'g' && now.hour == 10)\n`],
  ['within has and a choice', `${READ}    when: "has(principal.actingFor) ? true : 10 in [now.hour]"\n`],
  ['when of a hold', `${READ}    hold: [{ by: [x], when: now.hour != 10 }]\n`],
  ['another policy\'s', `${READ}  - id: nights\n    effect: deny\n    who: { groups: [g] }\n    when: now.hour > 20\n    on: { objects: ['clinic.*'] }\n`],
]
for (const [name, entry] of MOMENTS) {
  test(`what rests on the moment is not kept: ${name}`, () => {
    const snapshot = snapshotOf(entry)
    const noon = decide(snapshot, request(ANA, READS))
    assert.equal(noon.kind, 'allow')
    const later = decide(snapshot, request(ANA, READS, { nowMs: MONDAY_MS + 11 * 3_600_000, clientAddress: '198.51.100.7' }))
    assert.notEqual(later.kind, 'allow')
    assert.notEqual(decide(snapshot, request(ANA, READS)), noon)
  })
}

test('a policy that is not meant for the principal keeps nothing from being kept', () => {
  const snapshot = snapshotOf(`${READ}  - id: other\n    effect: deny\n    who: { groups: [h] }\n    when: now.hour > 20\n    on: { objects: ['clinic.*'] }\n`)
  assert.equal(decide(snapshot, request(ANA, READS)), decide(snapshot, request(ANA, READS)))
})

test('a moment that is none is not answered from what is kept', () => {
  const snapshot = snapshotOf(`${READ}    when: principal.kind == 'human'\n`)
  assert.equal(decide(snapshot, request(ANA, READS)).kind, 'allow')
  assert.equal(decide(snapshot, request(ANA, READS, { nowMs: Number.NaN })).kind, 'deny')
  assert.equal(decide(snapshot, request(ANA, READS)).kind, 'allow')
})
