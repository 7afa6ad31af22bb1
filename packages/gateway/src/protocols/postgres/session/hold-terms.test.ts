import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Sensitive } from '@doorward/core'
import { Grant } from '@doorward/guard'
import type { SessionView, StatementPlan } from '@doorward/sql'
import type { Bind, FormatCode } from '../frontend.ts'
import { encodeFrontend } from '../frontend-encode.ts'
import { UnderstandFault } from '../understand/understand-fault.ts'
import { CursorGrants, digestParameters, questionsOf, RecordingView } from './hold-terms.ts'

const KEY = new Sensitive(Buffer.alloc(32, 1))

function bind(parameters: readonly (Buffer | null)[], changes: Partial<Bind> = {}): Buffer {
  return encodeFrontend({ kind: 'bind', portal: '', statement: '', parameterFormats: [], parameters, resultFormats: [], ...changes })
}

const text = (...values: readonly (string | null)[]): readonly (Buffer | null)[] => values.map((value) => (value === null ? null : Buffer.from(value)))

function plan(changes: object = {}): StatementPlan {
  return {
    understanding: { kind: 'understood', command: 'SELECT', effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined },
    changes: [], tags: [], fields: undefined, parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined, needsPrepared: undefined, catalogTexts: [], source: undefined, explain: undefined,
    ...changes,
  } as unknown as StatementPlan
}

describe('the parameters that an approval is bound to', () => {
  it('are one hash: equal for equal values, whatever names the statement and portal have', () => {
    assert.equal(digestParameters(KEY, [23], bind(text('7'))), digestParameters(KEY, [23], bind(text('7'), { portal: 'p', statement: 's', resultFormats: [1] })))
    assert.match(digestParameters(KEY, [23], bind(text('7'))) ?? '', /^[0-9a-f]{64}$/)
  })

  it('are nothing where there are none', () => { assert.equal(digestParameters(KEY, [], bind([])), undefined) })

  it('differ for every difference in values, types, formats and their number', () => {
    const formats = (...codes: readonly FormatCode[]): Partial<Bind> => ({ parameterFormats: codes })
    const all = [
      digestParameters(KEY, [23], bind(text('7'))), digestParameters(KEY, [23], bind(text('8'))), digestParameters(KEY, [25], bind(text('7'))), digestParameters(KEY, [], bind(text('7'))),
      digestParameters(KEY, [23], bind(text(null))), digestParameters(KEY, [23], bind(text(''))), digestParameters(KEY, [23], bind(text('7'), formats(1))),
      digestParameters(KEY, [23, 23], bind(text('7', ''))), digestParameters(KEY, [23, 23], bind(text('', '7'))), digestParameters(KEY, [23, 23], bind(text('7', null))),
      digestParameters(KEY, [25, 25], bind(text('ab', 'c'))), digestParameters(KEY, [25, 25], bind(text('a', 'bc'))), digestParameters(KEY, [25], bind(text('abc'))),
      digestParameters(KEY, [25, 25], bind(text('a', 'b'), formats(0, 1))), digestParameters(KEY, [25, 25], bind(text('a', 'b'), formats(1, 0))),
      digestParameters(new Sensitive(Buffer.alloc(32, 2)), [23], bind(text('7'))),
    ]
    assert.equal(new Set(all).size, all.length)
  })

  it('are the same when one format stands for all', () => {
    assert.equal(digestParameters(KEY, [25, 25], bind(text('a', 'b'), { parameterFormats: [1] })), digestParameters(KEY, [25, 25], bind(text('a', 'b'), { parameterFormats: [1, 1] })))
  })
})

describe('what a statement runs by name', () => {
  const p = plan({ source: { statement: undefined, text: 'delete from t', parameterTypes: [] } })
  const session: SessionView = { schemas: ['public'], prepared: (name) => (name === 'p' ? p : undefined), cursor: () => undefined }

  it('is noted while it is understood', () => {
    const view = new RecordingView(session)
    assert.equal(view.prepared('p'), p)
    view.prepared('p')
    view.prepared('other')
    assert.deepEqual(view.texts, ['delete from t'])
    assert.deepEqual(view.schemas, ['public'])
  })

  it('is shown, and must still be the same after the wait', async () => {
    let meaning: StatementPlan | undefined = plan()
    let behind: StatementPlan = p
    let definitions: string | undefined = 'as they were'
    const asked = questionsOf(plan(), { ...session, prepared: () => behind }, {
      again: (view) => { view.prepared('p'); return Promise.resolve(meaning) }, definitionsOf: () => Promise.resolve(definitions),
      identify: (sql) => Promise.resolve([{ digest: `digest of ${sql}`, fingerprint: '', redactedText: '' }]), estimateRows: () => Promise.resolve(7),
    })
    const details = await asked.details()
    assert.deepEqual([details.estimatedRows, details.behind.map((one) => one.digest), details.definitions], [7, ['digest of delete from t'], 'as they were'])
    assert.equal(await asked.stillMeans(), 'the-same')
    behind = plan({ source: { statement: undefined, text: 'delete from other', parameterTypes: [] } })
    assert.equal(await asked.stillMeans(), 'something-else')
    behind = p
    definitions = 'a view was replaced'
    assert.equal(await asked.stillMeans(), 'something-else')
    definitions = undefined
    await assert.rejects(asked.details(), (error) => error instanceof UnderstandFault, 'nobody is asked about it')
    assert.equal(await asked.stillMeans(), 'something-else', 'what cannot be asked is not known to be the same')
    definitions = 'as they were'
    meaning = plan({ tags: ['DELETE'] })
    assert.equal(await asked.stillMeans(), 'something-else')
    meaning = undefined
    assert.equal(await asked.stillMeans(), 'something-else', 'what cannot be understood now is not what was asked about')
  })
})

describe('the approval of a FETCH', () => {
  it('goes on for the same FETCH of the same cursor, and for nothing else', () => {
    const grants = new CursorGrants()
    const cursor = plan()
    const grant = new Grant('r', [], 'bound')
    grants.keep(cursor, 'fetch 10', grant)
    grants.keep(undefined, 'fetch 10', grant)
    grants.keep(cursor, 'fetch 20', undefined)
    assert.equal(grants.find(cursor, 'fetch 10'), grant)
    assert.equal(grants.find(cursor, 'fetch all'), undefined)
    assert.equal(grants.find(plan(), 'fetch 10'), undefined, 'declared anew under the same name')
    assert.equal(grants.find(undefined, 'fetch 10'), undefined)
  })
})
