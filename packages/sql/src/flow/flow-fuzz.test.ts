import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadGrammar } from '../grammar/index.ts'
import { QUERY_CASES } from './testing/query-cases.table.ts'
import { openBench, replay, type Answering } from './testing/dialogue.ts'
import { readRecording } from './testing/recordings.ts'

/** The recording, with one character of every tree changed; what was not recorded is unknown to this server. */
function changed(base: Answering, at: number, character: string): Answering {
  return {
    serverVersion: base.serverVersion,
    rows: async load => { try { return await base.rows(load) } catch { return [] } }, // a needed object that does not exist
    analyse: async (text, types) => {
      let answer
      try { answer = await base.analyse(text, types) } catch { return { kind: 'error', sqlState: '42P01', message: '', fields: new Map() } } // a text nobody recorded
      if (answer.kind === 'error') return answer
      return { ...answer, trees: answer.trees.map(tree => tree.slice(0, at % tree.length) + character + tree.slice((at % tree.length) + 1)) }
    },
  }
}

test('a tree with one character changed is understood, opaque or rejected: nothing else comes out', async () => {
  const base = replay(readRecording(18))
  const grammar = await loadGrammar()
  const queries = QUERY_CASES.map(({ sql }) => sql)
  let holder = { at: 0, character: '0' }
  const bench = await openBench({
    serverVersion: base.serverVersion,
    rows: load => changed(base, holder.at, holder.character).rows(load),
    analyse: (text, types) => changed(base, holder.at, holder.character).analyse(text, types),
  }, grammar)
  await fc.assert(fc.asyncProperty(fc.nat(queries.length - 1), fc.nat(), fc.constantFrom(...'0123456789{}(): '), async (index, at, character) => {
    holder = { at, character }
    const result = await bench.understand(queries[index] ?? '')
    assert.ok(result.kind === 'rejected' || result.plan.understanding.kind === 'opaque' || result.plan.understanding.kind === 'understood')
  }), { numRuns: 600 })
})
