import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Analysed, Catalog, FunctionFacts, RelationFacts } from '@doorward/sql'
import { DefinitionsDigest } from './definitions-digest.ts'

interface Known { readonly tree?: string; readonly source?: string; readonly policies?: readonly string[]; readonly oid?: number; readonly index?: string }

/** What a statement over one table and one function asks, in the order given. */
async function digest(known: Known, order: 'one way' | 'the other' = 'one way'): Promise<string> {
  const notes = new DefinitionsDigest()
  const oid = known.oid ?? 16_400
  const relation = { oid, schema: 'clinic', name: 'visits', triggers: [], definition: undefined, rowSecurity: false, policies: { using: known.policies ?? [], check: [] }, uniqueKeys: [known.index] } as unknown as RelationFacts
  const purge = { oid: 16_500, source: known.source ?? 'delete from clinic.visits' } as unknown as FunctionFacts
  const catalog = notes.catalogOf({ serverMajor: 18, relation: () => relation, relationNamed: () => relation, function: (asked: number) => (asked === purge.oid ? purge : undefined), operator: () => undefined, type: () => undefined, functionName: () => undefined } as unknown as Catalog) // what the steps ask
  const analyse = notes.noting((text): Promise<Analysed> => Promise.resolve({ kind: 'analysed', trees: [`${known.tree ?? 'tree'} of ${text}`], parameterTypes: [], fields: undefined }))
  const steps = [() => analyse('select 1', []), () => analyse('select 2', []), () => Promise.resolve(catalog.relation(oid)), () => Promise.resolve(catalog.function(16_500)), () => Promise.resolve(catalog.function(1))]
  for (const step of order === 'one way' ? steps : steps.toReversed()) await step()
  return notes.digest()
}

describe('what a statement rests on', () => {
  it('is the same hash, in whatever order it was asked, and with an index more', async () => {
    assert.match(await digest({}), /^[0-9a-f]{64}$/)
    assert.equal(await digest({}), await digest({}, 'the other'))
    assert.equal(await digest({}), await digest({ index: 'a new one' }))
  })

  for (const [what, known] of [['a view', { tree: 'other tree' }], ['the body of a function', { source: 'delete from clinic.notes' }], ['row security', { policies: ['true'] }], ['the table behind a name', { oid: 17_000 }]] as const) {
    it(`is another once ${what} is another`, async () => { assert.notEqual(await digest({}), await digest(known)) })
  }

  it('asks the same, and answers the same', async () => {
    const notes = new DefinitionsDigest()
    const answer: Analysed = { kind: 'analysed', trees: ['t'], parameterTypes: [23], fields: [] }
    assert.equal(await notes.noting((text, types) => { assert.deepEqual([text, types], ['select $1', [23]]); return Promise.resolve(answer) })('select $1', [23]), answer)
  })
})
