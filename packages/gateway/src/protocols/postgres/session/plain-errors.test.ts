import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Effect, PhiClass, Understood } from '@doorward/core'
import type { StatementPlan } from '@doorward/sql'
import { errorTexts } from './plain-errors.ts'

const effect = (more: Partial<Effect> = {}): Effect => ({ action: 'read', object: 'clinic.rooms', kind: 'relation', columns: ['id'], classes: ['none'], scope: 'user', note: undefined, ...more })
const column = (phiClass: PhiClass): { relation: string; column: string; class: PhiClass } => ({ relation: 'clinic.patients', column: 'ssn', class: phiClass })

function plan(understood: Partial<Understood> = {}, more: Partial<StatementPlan> = {}): StatementPlan {
  return {
    understanding: { kind: 'understood', command: 'SELECT', effects: [effect()], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined, ...understood },
    changes: [], tags: ['SELECT'], fields: [], parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined, needsPrepared: undefined, catalogTexts: [], functionResults: [], source: undefined, explain: undefined, ...more,
  }
}

test('the server\'s own words reach a masked caller only where no masked value can be in them', () => {
  const cases: readonly (readonly [string, StatementPlan, 'plain' | 'rewritten'])[] = [
    ['a read of plain columns', plan(), 'plain'],
    ['no table at all', plan({ effects: [] }), 'plain'],
    ['a read of a masked column', plan({ effects: [effect({ classes: ['none', 'ssn'] })] }), 'rewritten'],
    ['a masked output', plan({ outputs: [{ name: 'a', typeId: 25, sources: [{ column: column('ssn'), flow: 'copied' }] }] }), 'rewritten'],
    ['a masked column in a predicate', plan({ uses: [{ column: column('phi'), context: 'predicate', via: '=', equality: true }] }), 'rewritten'],
    ['a plain column in a predicate', plan({ uses: [{ column: column('none'), context: 'predicate', via: '=', equality: true }] }), 'plain'],
    ['a write: triggers and constraints', plan({ effects: [effect({ action: 'create' })] }), 'rewritten'],
    ['a function with a body', plan({ effects: [effect({ action: 'execute', kind: 'function', classes: [] })] }), 'rewritten'],
    ['the catalogs', plan({ effects: [effect({ scope: 'open' })] }), 'rewritten'],
    ['text out of the catalogs', plan({}, { catalogTexts: [{ output: 0, holds: 'definition', flow: 'whole' }] }), 'rewritten'],
    ['EXPLAIN', plan({}, { explain: { format: 'text', analyze: false } }), 'rewritten'],
    ['the end of a transaction: deferred triggers', plan({ effects: [] }, { fields: undefined, changes: [{ kind: 'transaction', verb: 'commit' }] }), 'rewritten'],
    ['what is not understood', plan({}, { understanding: { kind: 'opaque', command: 'CALL', reason: 'language c', objects: [] } }), 'rewritten'],
  ]
  for (const [what, given, expected] of cases) assert.equal(errorTexts(given), expected, what)
})
