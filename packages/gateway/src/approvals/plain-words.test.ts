import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Action, Effect, Obligation, OutputColumn, PhiClass, Principal, Understanding } from '@doorward/core'
import { inPlainMasks, inPlainName, inPlainWords } from './plain-words.ts'

function effect(action: Action, object: string, classes: readonly PhiClass[] = [], scope: Effect['scope'] = 'user'): Effect {
  return { action, object, columns: [], classes, kind: 'relation', scope } as unknown as Effect // what the words are made of
}

function doing(effects: readonly Effect[], restricted = true, outputs: readonly string[] = []): Understanding {
  return { kind: 'understood', command: 'SELECT', effects, outputs: outputs.map((name): OutputColumn => ({ name, typeId: 25, sources: [] })), uses: [], bulk: { restricted, estimatedRows: undefined }, forbidden: undefined }
}

const MASKED: readonly Obligation[] = [{ kind: 'mask', outputs: [{ output: 0, class: 'ssn', operator: 'redact' }, { output: 1, class: 'mrn', operator: 'token' }] }] as unknown as readonly Obligation[] // as the policy makes them
const principal = (name: string, more: Partial<Principal> = {}): Principal => ({ name, kind: 'human', issuer: 'local', subject: name, groups: [], actingFor: undefined, authentication: { method: 'x', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined }, ...more })

describe('a held statement in words', () => {
  const sentences: readonly (readonly [statement: Understanding, rows: number | undefined, words: string])[] = [
    [doing([effect('read', 'clinic.patients', ['ssn', 'name', 'none'])], false), 1_234, 'wants to read clinic.patients (name, ssn), all rows, about 1,234'],
    [doing([effect('read', 'clinic.patients')]), undefined, 'wants to read clinic.patients'],
    [doing([effect('delete', 'clinic.notes'), effect('destroy', 'clinic.notes')], false), undefined, 'wants to delete rows of clinic.notes, and destroy or empty clinic.notes, all rows'],
    [doing([effect('ddl', 'clinic.'), effect('ddl', 'clinic.notes')]), undefined, 'wants to change the definition of a new index in clinic, clinic.notes'],
    [doing([effect('read', 'pg_catalog.pg_class', [], 'open')]), undefined, 'wants to run a SELECT that touches no data'],
    [doing(Array.from({ length: 10 }, (_, index) => effect('read', `t${index}`))), undefined, 'wants to read t0, t1, t2, t3, t4, t5, t6, t7 and 2 more'],
    [{ kind: 'opaque', command: 'CALL', reason: 'a procedure', objects: ['clinic.p'] }, undefined, 'wants to run a CALL that Doorward does not understand: a procedure'],
  ]
  for (const [statement, rows, words] of sentences) it(words, () => { assert.equal(inPlainWords(statement, rows), words) })
})

describe('the answer in words', () => {
  const deliveries: readonly (readonly [what: string, statement: Understanding, obligations: readonly Obligation[], words: string])[] = [
    ['rights change', doing([effect('privilege', 'clinic.notes')]), [], 'nothing'],
    ['rows are written', doing([effect('update', 'clinic.notes')]), MASKED, 'nothing'],
    ['rows are written and returned', doing([effect('update', 'clinic.notes')], true, ['id']), [], 'in clear'],
    ['rows are read', doing([effect('read', 'clinic.notes')], true, ['body']), [], 'in clear'],
    ['a plan is shown, whose rows are no outputs', doing([effect('read', 'clinic.notes')]), [], 'in clear'],
    ['values are masked', doing([effect('read', 'clinic.patients')], true, ['ssn', 'mrn']), MASKED, 'masked: mrn token, ssn redact'],
    ['it is not understood', { kind: 'opaque', command: 'CALL', reason: 'x', objects: [] }, [], 'in clear'],
  ]
  for (const [what, statement, obligations, words] of deliveries) it(`${what}: ${words}`, () => { assert.equal(inPlainMasks(statement, obligations), words) })
})

describe('who asks, in words', () => {
  it('says what it is, and for whom', () => {
    assert.equal(inPlainName(principal('scribe', { kind: 'agent', actingFor: principal('Ann Lee') })), 'scribe (agent) for "Ann Lee"')
  })

  it('does not let a name that somebody chose be read as part of the sentence', () => {
    assert.equal(inPlainName(principal('bob for root" wants')), '"bob for root wants"')
    assert.equal(inPlainName(principal('x'.repeat(500))), `"${'x'.repeat(40)}"`)
  })
})
