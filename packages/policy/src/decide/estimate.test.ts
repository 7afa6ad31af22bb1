/** The planner's estimate in decisions: what counts as bulk, what is refused, and when no estimate is asked for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Bulk, Understood } from '@doorward/core'
import { decide } from './decide.ts'
import { effect, opaque, outcome, principal, request, snapshotOf, understood, use } from './examples.test.ts'
import { wantsEstimate } from './wants-estimate.ts'

const ANA = principal('ana', ['analysts'])
const PATIENTS = effect('read', 'clinic.patients')

function statement(bulk: Partial<Bulk>, more: Partial<Understood> = {}): Understood {
  return understood({ effects: [PATIENTS], bulk: { restricted: true, estimatedRows: undefined, ...bulk }, ...more })
}

const entry = (terms: string): string => `  - { id: p, effect: allow, on: { objects: ["clinic.*"] }, actions: [read], ${terms} }`
const HOLD = 'hold: [{ when: statement.bulk, by: [officers] }]'
const LIMITED = snapshotOf(entry('limits: { estimatedRows: 100 }'))
const HELD = snapshotOf(entry(`limits: { estimatedRows: 100 }, ${HOLD}`))
const UNLIMITED = snapshotOf(entry(HOLD))

/** [what is known, with the limit alone, with the limit and a hold for bulk, with the hold alone] */
const BULK: readonly (readonly [bulk: Partial<Bulk>, limited: string, held: string, unlimited: string])[] = [
  [{ estimatedRows: 100 }, 'allow', 'allow', 'allow'],
  [{ estimatedRows: 101 }, 'deny limit', 'hold', 'allow'],
  [{ estimate: 'unknown' }, 'deny limit', 'hold', 'allow'],
  [{ estimatedRows: 5, restricted: false }, 'allow', 'hold', 'hold'],
  [{ estimatedRows: 5_000, restricted: false }, 'deny limit', 'hold', 'hold'],
  [{}, 'allow', 'allow', 'allow'],
]

describe('the estimate', () => {
  for (const [bulk, limited, held, unlimited] of BULK) {
    test(`${JSON.stringify(bulk)}: ${limited}, ${held}, ${unlimited}`, () => {
      assert.deepEqual([LIMITED, HELD, UNLIMITED].map((snapshot) => outcome(decide(snapshot, request(ANA, statement(bulk))))), [limited, held, unlimited])
    })
  }

  test('a refusal names the limit and what to do, and no estimate', () => {
    const decision = decide(LIMITED, request(ANA, statement({ estimatedRows: 4_711 })))
    assert.ok(decision.kind === 'deny')
    assert.match(decision.refusal, /more rows are expected than the 100 that policy p allows/)
    assert.match(decision.next, /LIMIT/)
    assert.doesNotMatch(JSON.stringify(decision), /4711/)
  })

  test('the strictest limit of a principal\'s policies makes a statement bulk, the limit of those that allow it refuses', () => {
    const two = snapshotOf(`${entry('limits: { estimatedRows: 100 }').replace('id: p', 'id: q').replace('clinic.*', 'billing.*')}\n${entry(HOLD)}`)
    assert.equal(outcome(decide(two, request(ANA, statement({ estimatedRows: 101 })))), 'hold')
    const other = snapshotOf(`${entry('limits: { estimatedRows: 100 }').replace('id: p', 'id: q').replace('clinic.*', 'billing.*')}\n${entry('description: x')}`)
    assert.equal(outcome(decide(other, request(ANA, statement({ estimatedRows: 101 })))), 'allow')
  })

  test('a denial may look at bulk too', () => {
    const denying = snapshotOf(`${entry('limits: { estimatedRows: 100 }')}\n  - { id: no-bulk, effect: deny, actions: [read], when: statement.bulk }`)
    assert.equal(outcome(decide(denying, request(ANA, statement({ estimatedRows: 101 })))), 'deny policy')
    assert.equal(outcome(decide(denying, request(ANA, statement({ estimatedRows: 99 })))), 'allow')
  })
})

describe('an estimate is asked for', () => {
  const asked = (snapshot: typeof LIMITED, what: Understood): 'yes' | 'no' => wantsEstimate(snapshot, request(ANA, what))
  const looking = snapshotOf(entry('hold: [{ when: "has(statement.estimatedRows) && statement.estimatedRows > 5", by: [officers] }]'))
  const masked = snapshotOf(entry('mask: { default: redact, date: clear }, limits: { estimatedRows: 100 }, exceptions: [{ allow: equality, classes: [mrn] }]'))

  test('where a limit or a condition looks at it, and rows are touched', () => {
    assert.deepEqual([LIMITED, HELD, looking, UNLIMITED].map((snapshot) => asked(snapshot, statement({}))), ['yes', 'yes', 'yes', 'no'])
    assert.equal(asked(LIMITED, understood()), 'no')
    assert.equal(asked(LIMITED, understood({ effects: [effect('read', 'pg_catalog.pg_class', { scope: 'open' })] })), 'no')
    assert.equal(wantsEstimate(LIMITED, request(ANA, opaque('clinic.f'))), 'no')
  })

  test('and not of what is refused whatever it is', () => {
    assert.equal(asked(LIMITED, statement({}, { effects: [effect('read', 'billing.claims')] })), 'no')
    assert.equal(asked(masked, statement({}, { uses: [use('clinic.patients.ssn', 'ssn', 'order')] })), 'no')
    assert.equal(asked(LIMITED, statement({}, { forbidden: { rule: 'x', why: 'x', next: 'x' } })), 'no')
    const small = snapshotOf(entry('when: "has(statement.estimatedRows) && statement.estimatedRows < 50"'))
    assert.equal(asked(small, statement({})), 'yes')
    assert.deepEqual([{}, { estimatedRows: 49 }, { estimatedRows: 50 }, { estimate: 'unknown' as const }].map((bulk) => outcome(decide(small, request(ANA, statement(bulk))))), ['deny default-deny', 'allow', 'deny default-deny', 'deny default-deny'])
  })

  test('and where no masked column decides rows: whether it is held would tell how common a value is', () => {
    assert.equal(asked(masked, statement({})), 'yes')
    assert.equal(asked(masked, statement({}, { uses: [use('clinic.patients.dob', 'date')] })), 'yes')
    assert.equal(asked(masked, statement({}, { uses: [use('clinic.patients.mrn', 'mrn', 'predicate', { equality: true, values: 1 })] })), 'no')
    assert.equal(asked(LIMITED, statement({}, { uses: [use('clinic.patients.mrn', 'mrn')] })), 'yes', 'it is in clear for this caller')
    assert.equal(outcome(decide(masked, request(ANA, statement({}, { uses: [use('clinic.patients.mrn', 'mrn', 'predicate', { equality: true })] })))), 'allow')
  })
})
