import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Understanding } from '@doorward/core'
import { decide } from './decide.ts'
import { effect, masks, MONDAY_MS, opaque, outcome, output, principal, request, snapshotOf, understood, use } from './examples.test.ts'

const eve = principal('eve', ['engineers'])
const READ = effect('read', 'clinic.patients')

/** [what holds, policies, statement, purpose, expected outcome] */
type Row = readonly [name: string, policies: string, statement: Understanding, expected: string, purpose?: string]

const reading = understood({ effects: [READ] })
const ALLOW = '  - { id: a, effect: allow, on: { objects: ["clinic.*"] }, actions: [read] }\n'
const ALL = '  - { id: a, effect: allow }\n'

const ROWS: readonly Row[] = [
  ['nothing is allowed by an empty file', '  []\n', reading, 'deny default-deny'],
  ['what a policy allows is allowed', ALLOW, reading, 'allow'],
  ['another action is not', ALLOW, understood({ effects: [effect('update', 'clinic.patients')] }), 'deny default-deny'],
  ['another schema is not', ALLOW, understood({ effects: [effect('read', 'billing.claims')] }), 'deny default-deny'],
  ['one effect too many refuses all', ALLOW, understood({ effects: [READ, effect('read', 'billing.claims')] }), 'deny default-deny'],
  ['two policies together allow two effects', `${ALLOW}  - { id: b, effect: allow, on: { objects: ["billing.claims"] } }\n`, understood({ effects: [READ, effect('read', 'billing.claims')] }), 'allow'],
  ['actions left out are all actions', ALL, understood({ effects: [effect('ddl', 'clinic.patients'), effect('export', 'out.csv', { kind: 'file' })] }), 'allow'],
  ['another group gets nothing', '  - { id: a, effect: allow, who: { groups: [clinicians] } }\n', reading, 'deny default-deny'],
  ['another resource gets nothing', '  - { id: a, effect: allow, on: { resource: other } }\n', reading, 'deny default-deny'],
  ['a policy for any resource beside one for this', '  - { id: a, effect: allow }\n  - { id: b, effect: deny, on: { resource: clinic }, actions: [ddl] }\n', reading, 'allow'],
  ['a list of resources', '  - { id: a, effect: allow, on: { resource: [other, clinic] } }\n', reading, 'allow'],
  ['all parts of who must match', '  - { id: a, effect: allow, who: { groups: [engineers], kinds: [agent] } }\n', reading, 'deny default-deny'],
  ['any entry of a list is enough', '  - { id: a, effect: allow, who: { groups: [x, engineers], kinds: [agent, human] } }\n', reading, 'allow'],
  ['a statement without effects needs a policy for something', ALLOW, understood(), 'allow'],
  ['and is refused to whoever has none', '  - { id: a, effect: allow, who: { groups: [x] } }\n', understood(), 'deny default-deny'],

  ['deny beats allow', `${ALL}  - { id: b, effect: deny, actions: [read] }\n`, reading, 'deny policy'],
  ['deny by another action does not', `${ALL}  - { id: b, effect: deny, actions: [update] }\n`, reading, 'allow'],
  ['deny of another object does not', `${ALL}  - { id: b, effect: deny, on: { objects: ["billing.*"] } }\n`, reading, 'allow'],
  ['deny without any part denies all', `${ALL}  - { id: b, effect: deny }\n`, understood(), 'deny policy'],
  ['deny beats hold', '  - { id: a, effect: allow, hold: [{ by: [x] }] }\n  - { id: b, effect: deny }\n', reading, 'deny policy'],
  ['hold beats allow', `${ALL}  - { id: b, effect: allow, hold: [{ by: [x] }] }\n`, reading, 'hold'],
  ['a hold whose condition is false does not', '  - { id: b, effect: allow, hold: [{ by: [x], when: statement.bulk }] }\n', reading, 'allow'],
  ['a hold whose condition is true does', '  - { id: b, effect: allow, hold: [{ by: [x], when: statement.bulk }] }\n', understood({ effects: [READ], bulk: { restricted: false, estimatedRows: undefined } }), 'hold'],
  ['a hold of a policy that is not used does not', `${ALLOW}  - { id: b, effect: allow, on: { objects: ["billing.*"] }, hold: [{ by: [x] }] }\n`, reading, 'allow'],
  ['a hold that fails denies', '  - { id: b, effect: allow, hold: [{ by: [x], when: "1 / int(purpose) == 1" }] }\n', reading, 'deny policy-error'],
  ['holds with a group in common', '  - { id: a, effect: allow, hold: [{ by: [x, y], quorum: 2 }] }\n  - { id: b, effect: allow, hold: [{ by: [y, z], expires: 1m }] }\n', reading, 'hold'],
  ['holds of which only two have a group in common refuse', '  - { id: a, effect: allow, hold: [{ by: [x] }, { by: [x] }, { by: [z] }] }\n', reading, 'deny policy'],
  ['holds with none refuse', '  - { id: a, effect: allow, hold: [{ by: [x] }] }\n  - { id: b, effect: allow, hold: [{ by: [z] }] }\n', reading, 'deny policy'],

  ['a purpose that is listed', '  - { id: a, effect: allow, purpose: [TREAT, BTG] }\n', reading, 'allow', 'TREAT'],
  ['a purpose that is not', '  - { id: a, effect: allow, purpose: [TREAT] }\n', reading, 'deny default-deny', 'HOPERAT'],
  ['no purpose at all', '  - { id: a, effect: allow, purpose: [TREAT] }\n', reading, 'deny default-deny'],
  ['a denial for one purpose', `${ALL}  - { id: b, effect: deny, purpose: [HMARKT] }\n`, reading, 'deny policy', 'HMARKT'],
  ['leaves another alone', `${ALL}  - { id: b, effect: deny, purpose: [HMARKT] }\n`, reading, 'allow', 'TREAT'],

  ['a condition that holds', '  - { id: a, effect: allow, when: "now.hour == 10 && now.weekday == 1" }\n', reading, 'allow'],
  ['a condition that does not', '  - { id: a, effect: allow, when: now.hour < 6 }\n', reading, 'deny default-deny'],
  ['a denial on a condition', `${ALL}  - { id: b, effect: deny, when: "client.address.startsWith('192.0.2.')" }\n`, reading, 'deny policy'],
  ['an allow that fails denies', `${ALL}  - { id: b, effect: allow, when: "statement.actions[7] == 'x'" }\n`, reading, 'deny policy-error'],
  ['a denial that fails denies', `${ALL}  - { id: b, effect: deny, when: "statement.actions[7] == 'x'" }\n`, reading, 'deny policy-error'],
  ['a failure elsewhere does not', `${ALL}  - { id: b, effect: allow, on: { objects: ["billing.*"] }, when: "statement.actions[7] == 'x'" }\n`, reading, 'allow'],
  ['a failure shows whatever the purpose', `${ALL}  - { id: b, effect: allow, purpose: [TREAT], when: "statement.actions[7] == 'x'" }\n`, reading, 'deny policy-error'],

  ['open needs no policy of its own', '  - { id: a, effect: allow, on: { objects: ["clinic.*"] } }\n', understood({ effects: [effect('read', 'pg_catalog.pg_class', { scope: 'open' })] }), 'allow'],
  ['so what would hold it does not hold', '  - { id: a, effect: allow, hold: [{ by: [x] }] }\n', understood({ effects: [effect('read', 'pg_catalog.pg_class', { scope: 'open' })] }), 'allow'],
  ['but a way in', '  []\n', understood({ effects: [effect('read', 'pg_catalog.pg_class', { scope: 'open' })] }), 'deny default-deny'],
  ['a star does not deny what is open', `${ALL}  - { id: b, effect: deny, on: { objects: ["*"] }, actions: [read] }\n`, understood({ effects: [effect('read', 'pg_catalog.pg_class', { scope: 'open' })] }), 'allow'],
  ['no objects denies it', `${ALL}  - { id: b, effect: deny, actions: [read] }\n`, understood({ effects: [effect('read', 'pg_catalog.pg_class', { scope: 'open' })] }), 'deny policy'],
  ['closed is not part of everything', ALL, understood({ effects: [effect('read', 'pg_catalog.pg_stats', { scope: 'closed' })] }), 'deny closed-catalog'],
  ['nor of a star', '  - { id: a, effect: allow, on: { objects: ["*"] } }\n', understood({ effects: [effect('read', 'pg_catalog.pg_stats', { scope: 'closed' })] }), 'deny closed-catalog'],
  ['nor of a pattern that happens to match', '  - { id: a, effect: allow, on: { objects: ["*.pg_stats", "pg*.pg_stats"] } }\n', understood({ effects: [effect('read', 'pg_catalog.pg_stats', { scope: 'closed' })] }), 'deny closed-catalog'],
  ['closed is allowed by its name', '  - { id: a, effect: allow, on: { objects: ["pg_catalog.pg_stat*"] } }\n', understood({ effects: [effect('read', 'pg_catalog.pg_stats', { scope: 'closed' })] }), 'allow'],
  ['but not under a mask', '  - { id: a, effect: allow, on: { objects: ["pg_catalog.*"] }, mask: { default: clear } }\n', understood({ effects: [effect('read', 'pg_catalog.pg_stats', { scope: 'closed' })] }), 'deny closed-catalog'],
  ['a closed function by either action', '  - { id: a, effect: allow, on: { objects: ["pg_catalog.pg_ls_dir"] }, actions: [execute] }\n', understood({ effects: [effect('read', 'pg_catalog.pg_ls_dir', { scope: 'closed', kind: 'function' })] }), 'allow'],
  ['writing the catalogs is not part of everything', ALL, understood({ effects: [effect('update', 'pg_catalog.pg_class')] }), 'deny default-deny'],

  ['what people wrote into the catalog decides for whoever sees everything', ALL, understood({ uses: [use('pg_catalog.definition', 'free-text')] }), 'allow'],
  ['and not for whoever is masked', '  - { id: a, effect: allow, mask: { default: redact } }\n', understood({ uses: [use('pg_catalog.definition', 'free-text')] }), 'deny masked-flow'],
  ['opaque is refused', ALL, opaque('clinic.f'), 'deny opaque'],
  ['also by a pattern with a star', '  - { id: a, effect: allow, on: { objects: ["clinic.*"] }, actions: [execute] }\n', opaque('clinic.f'), 'deny opaque'],
  ['also by its name without the action', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] } }\n', opaque('clinic.f'), 'deny opaque'],
  ['opaque is allowed by its very name', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n', opaque('clinic.f'), 'allow'],
  ['if every name is listed', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n', opaque('clinic.f', 'clinic.g'), 'deny opaque'],
  ['and there is a name', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n', opaque(), 'deny opaque'],
  ['and nothing is to be masked', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute], mask: { default: redact } }\n', opaque('clinic.f'), 'deny cannot-mask'],
  // It may read or change anything besides calling what was named.
  ['and nothing else is in it', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n', { kind: 'opaque', command: 'SELECT', reason: 'language c', objects: ['clinic.f'] }, 'deny opaque'],
  ['a function that is not understood is not part of everything', ALL, understood({ effects: [effect('execute', 'clinic.f', { kind: 'function' })] }), 'deny default-deny'],
  ['nor of a star', '  - { id: a, effect: allow, on: { objects: ["clinic.*"] }, actions: [execute] }\n', understood({ effects: [effect('execute', 'clinic.f', { kind: 'function' })] }), 'deny default-deny'],
  ['it runs by its very name', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n', understood({ effects: [effect('execute', 'clinic.f', { kind: 'function' })] }), 'allow'],
  ['opaque counts as bulk', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute], hold: [{ by: [x], when: statement.bulk }] }\n', opaque('clinic.f'), 'hold'],
  ['and as touching PHI', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n  - { id: b, effect: deny, when: "\'phi\' in statement.classes" }\n', opaque('clinic.f'), 'deny policy'],
  ['a condition sees the classes of what flows', `${ALL}  - { id: b, effect: deny, when: "'hiv' in statement.classes" }\n`, understood({ effects: [READ], outputs: [output('x', ['clinic.patients.hiv', 'hiv'])] }), 'deny policy'],
  ['and of what decides', `${ALL}  - { id: b, effect: deny, when: "'hiv' in statement.classes" }\n`, understood({ effects: [READ], uses: [use('clinic.patients.hiv', 'hiv')] }), 'deny policy'],
  ['a denial reaches opaque ones', '  - { id: a, effect: allow, on: { objects: ["clinic.f"] }, actions: [execute] }\n  - { id: b, effect: deny, on: { objects: ["clinic.*"] } }\n', opaque('clinic.f'), 'deny policy'],

  ['a rule of Doorward beats every policy', ALL, understood({ forbidden: { rule: 'encoding', why: 'client_encoding stays UTF8', next: 'leave it' } }), 'deny forbidden'],
  ['a relation whose PHI flows was read', ALLOW, understood({ outputs: [output('x', ['billing.claims.icd10', 'clinical'])] }), 'deny default-deny'],
  ['as was one whose PHI decides something', ALLOW, understood({ uses: [use('billing.claims.icd10', 'clinical')] }), 'deny default-deny'],
  ['which whoever reads it in clear may do', ALL, understood({ uses: [use('billing.claims.icd10', 'clinical')] }), 'allow'],
  ['and a denial sees it', `${ALL}  - { id: b, effect: deny, on: { objects: ["billing.*"] } }\n`, understood({ outputs: [output('x', ['billing.claims.icd10', 'clinical'])] }), 'deny policy'],
]

describe('decide', () => {
  for (const [name, policies, statement, expected, purpose] of ROWS) {
    test(name, () => {
      const decision = decide(snapshotOf(policies), request(eve, statement, purpose === undefined ? {} : { purpose }))
      assert.equal(outcome(decision), expected, decision.why)
    })
  }

  test('says who approves, how many and how long when several policies hold', () => {
    const snapshot = snapshotOf('  - { id: a, effect: allow, hold: [{ by: [y, x], quorum: 2 }] }\n  - { id: b, effect: allow, hold: [{ by: [z, y], expires: 1m }] }\n')
    const decision = decide(snapshot, request(eve, reading))
    assert.equal(decision.kind, 'hold')
    if (decision.kind !== 'hold') return
    assert.deepEqual([decision.by, decision.quorum, decision.expiresMs], [['y'], 2, 60_000])
    assert.deepEqual(decision.policies.map((ref) => ref.id), ['a', 'b'])
  })

  test('takes the strictest limit of the policies that were used', () => {
    const snapshot = snapshotOf([
      '  - { id: a, effect: allow, limits: { rowsPerStatement: 500, patientsPerHour: 9 } }',
      '  - { id: b, effect: allow, limits: { rowsPerStatement: 100 } }',
      '  - { id: c, effect: allow, on: { objects: ["billing.*"] }, limits: { rowsPerStatement: 1 } }',
    ].join('\n'))
    const decision = decide(snapshot, request(eve, reading))
    assert.equal(decision.kind, 'allow')
    if (decision.kind === 'allow') assert.deepEqual(decision.obligations, [{ kind: 'limit', rowsPerStatement: 100, patientsPerHour: 9 }])
  })

  test('asks for a recording where any of the policies that were used does, and names them', () => {
    const snapshot = snapshotOf([
      '  - { id: a, effect: allow }',
      '  - { id: b, effect: allow, record: session }',
      '  - { id: c, effect: allow, on: { objects: ["billing.*"] }, record: session }',
    ].join('\n'))
    const decision = decide(snapshot, request(eve, reading))
    assert.ok(decision.kind === 'allow')
    assert.deepEqual(decision.obligations, [{ kind: 'record', by: ['b'] }])
  })

  test('shows the most that any of its policies shows, class by class', () => {
    const snapshot = snapshotOf([
      '  - { id: a, effect: allow, mask: { ssn: last4, date: redact } }',
      '  - { id: b, effect: allow, on: { objects: ["clinic.*"] }, mask: { default: "null", date: year } }',
    ].join('\n'))
    const outputs = [output('ssn', ['clinic.patients.ssn', 'ssn']), output('dob', ['clinic.patients.dob', 'date']), output('name', ['clinic.patients.name', 'name']), output('id', ['clinic.patients.id', 'none'])]
    assert.equal(masks(decide(snapshot, request(eve, understood({ effects: [READ], outputs })))), '0:last4:ssn 1:year:date 2:null:name')
  })

  test('shows a relation in clear when one policy does, and another relation masked in the same statement', () => {
    const snapshot = snapshotOf('  - { id: a, effect: allow, mask: { default: redact } }\n  - { id: b, effect: allow, on: { objects: ["clinic.patients"] } }\n')
    const outputs = [output('ssn', ['clinic.patients.ssn', 'ssn']), output('body', ['clinic.notes.body', 'free-text'])]
    assert.equal(masks(decide(snapshot, request(eve, understood({ effects: [READ, effect('read', 'clinic.notes')], outputs })))), '1:redact:free-text')
  })

  test('masks the columns of open catalogs that hold data, unless a policy names the catalog', () => {
    const statement = understood({
      effects: [effect('read', 'pg_catalog.pg_stats', { scope: 'open' })],
      outputs: [output('tablename'), output('most_common_vals', ['pg_catalog.pg_stats.most_common_vals', 'phi'])],
    })
    assert.equal(masks(decide(snapshotOf(ALL), request(eve, statement))), '1:redact:phi')
    assert.equal(masks(decide(snapshotOf('  - { id: a, effect: allow, on: { objects: ["pg_catalog.pg_stats"] }, mask: { default: clear } }\n'), request(eve, statement))), '1:redact:phi')
    assert.equal(masks(decide(snapshotOf(`${ALL}  - { id: b, effect: allow, on: { objects: ["pg_catalog.pg_stats"] } }\n`), request(eve, statement))), undefined)
    const filtered = understood({ effects: statement.effects, uses: [use('pg_catalog.pg_stats.most_common_vals', 'phi')] })
    assert.equal(outcome(decide(snapshotOf(ALL), request(eve, filtered))), 'deny masked-flow')
  })

  test('does not let a policy about a function show a table of the same name', () => {
    const snapshot = snapshotOf('  - { id: a, effect: allow, on: { objects: ["clinic.x"] }, actions: [execute] }\n  - { id: b, effect: allow, actions: [read], mask: { default: redact } }\n')
    const effects = [effect('read', 'clinic.x'), effect('execute', 'clinic.x', { kind: 'function' })]
    assert.equal(masks(decide(snapshot, request(eve, understood({ effects, outputs: [output('v', ['clinic.x.ssn', 'ssn'])] })))), '0:redact:ssn')
  })

  test('refuses a masked flow in the same words whatever the policies are called', () => {
    const words = ['p', 'q'].map((id) => {
      const decision = decide(snapshotOf(`  - { id: ${id}, effect: allow, mask: { default: redact } }\n`), request(eve, understood({ effects: [READ], uses: [use('clinic.patients.ssn', 'ssn')] })))
      assert.equal(decision.kind, 'deny')
      return decision.kind === 'deny' ? [decision.refusal, decision.next] : []
    })
    assert.deepEqual(words[0], words[1])
    assert.equal(words[0]?.[0], 'clinic.patients.ssn is masked for you, so it cannot decide which rows come back')
  })

  test('names the policy that denies, the action and the object', () => {
    const decision = decide(snapshotOf(`${ALL}  - { id: no-reads, effect: deny, actions: [read] }\n`), request(eve, reading))
    assert.equal(decision.kind === 'deny' && decision.refusal, 'policy no-reads denies read on clinic.patients')
    assert.deepEqual(decision.policies, [{ id: 'no-reads', effect: 'deny' }])
  })

  test('says which purpose would do when only the purpose is missing', () => {
    const decision = decide(snapshotOf('  - { id: a, effect: allow, purpose: [TREAT, BTG] }\n'), request(eve, reading))
    assert.equal(decision.kind === 'deny' && decision.refusal, 'no policy allows read on clinic.patients')
    assert.equal(decision.kind === 'deny' && decision.next, 'state a purpose of use that allows it (doorward.purpose): BTG or TREAT')
  })

  test('denies, and does not throw, when the request itself cannot be looked at', () => {
    const snapshot = snapshotOf('  - { id: a, effect: allow, when: now.hour > 3 }\n')
    for (const nowMs of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1]) assert.equal(outcome(decide(snapshot, request(eve, reading, { nowMs }))), 'deny policy-error')
    const crowded = principal('zed', Array.from({ length: 501 }, (_, number) => `g${number}`))
    assert.equal(outcome(decide(snapshot, request(crowded, reading, { nowMs: MONDAY_MS }))), 'deny policy-error')
  })
})
