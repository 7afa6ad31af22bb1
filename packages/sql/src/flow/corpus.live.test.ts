/**
 * The corpus' statements, understood and put to a stand-in rule: whatever is not `none` is masked, every use of it refuses. Says which
 * legitimate statements would be refused, and which attacks would be let through with a column shown. Needs the corpus and
 * DOORWARD_TEST_PG=postgres://owner:password@host:port/scratch, whose schemas `clinic` and `billing` are dropped.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGrammar, readTextWith } from '../grammar/index.ts'
import type { StatementPlan } from '../plan.ts'
import { AnalysisClient } from './testing/analysis-client.ts'
import { corpusClassification, corpusIsThere, corpusSchema, corpusVectors, type CorpusVector } from './testing/corpus-files.ts'
import type { TextRow } from '../catalog/queries.ts'
import { openBench, type Answering, type Bench } from './testing/dialogue.ts'

const WRITABLE: ReadonlySet<string> = new Set(['clinic.scratch', 'clinic.rooms'])

/** @returns why the stand-in rule refuses; undefined: it lets the statement through. */
function refusal(plan: StatementPlan, principal: string): string | undefined {
  const { understanding } = plan
  if (understanding.kind === 'opaque') return `opaque: ${understanding.reason}`
  if (understanding.forbidden !== undefined) return `forbidden: ${understanding.forbidden.rule}`
  const masked = principal !== 'dana'
  for (const { action, object, scope } of understanding.effects) {
    if (scope === 'closed' && masked) return `closed: ${object}`
    if (scope !== 'user') continue
    const isOurs = /^(clinic|billing)\./.test(object)
    const allowed = action === 'read' ? isOurs : ['create', 'update', 'delete'].includes(action) && principal === 'eve' && WRITABLE.has(object)
    if (!allowed) return `${action} ${object}`
  }
  const [use] = masked ? understanding.uses : []
  return use === undefined ? undefined : `${use.context}: ${use.column.relation}.${use.column.column}`
}

/** The statements of one vector in order, until one is refused. */
async function firstRefusal(bench: Bench, grammar: Awaited<ReturnType<typeof loadGrammar>>, client: AnalysisClient, vector: CorpusVector): Promise<string | undefined> {
  for (const text of vector.statements) {
    const reading = readTextWith(grammar, text, 20)
    for (const piece of reading.kind === 'read' ? reading.pieces : []) {
      if (piece.statement === undefined) continue
      const result = await bench.understand(piece.text)
      if (result.kind === 'rejected') return `rejected: ${result.error.sqlState}`
      const refused = refusal(result.plan, vector.principal)
      if (refused !== undefined) return refused
      if (piece.statement.kind === 'set' && piece.statement.name === 'search_path') await client.query(piece.text)
    }
  }
  return undefined
}

test('the stand-in rule lets all legitimate work of the corpus through, and no inference but into masked outputs', async (context) => {
  const url = process.env['DOORWARD_TEST_PG']
  if (url === undefined) { context.skip('skipped: DOORWARD_TEST_PG missing'); return }
  if (!corpusIsThere()) { context.skip('skipped: corpus missing'); return }
  const owner = await AnalysisClient.connect(url)
  await owner.query(corpusSchema())
  owner.close()
  const grammar = await loadGrammar()
  const client = await AnalysisClient.connect(url, { client_min_messages: 'log', debug_print_rewritten: 'on', debug_pretty_print: 'off' })
  const serverVersion = Number((await client.query('show server_version_num'))[0]?.[0])
  // Nothing is executed, so the catalog stays what it is: each of its questions is asked once.
  const known = new Map<string, Promise<readonly TextRow[]>>()
  const answering: Answering = {
    serverVersion,
    rows: ({ sql }) => { const rows = known.get(sql) ?? client.query(sql); known.set(sql, rows); return rows },
    analyse: (text, types) => client.analyse(text, types),
  }
  try {
    const wrong: string[] = []
    for (const vector of corpusVectors('legit').filter(({ needs }) => needs.length === 0)) {
      await client.query('reset search_path')
      const refused = await firstRefusal(await openBench(answering, grammar, corpusClassification()), grammar, client, vector)
      if (refused !== undefined) wrong.push(`${vector.id}: ${refused}`)
    }
    assert.deepEqual(wrong, [])
    let through = 0
    const inference = corpusVectors('inference').filter(({ statements }) => statements.length > 0)
    for (const vector of inference) {
      await client.query('reset search_path')
      if (await firstRefusal(await openBench(answering, grammar, corpusClassification()), grammar, client, vector) === undefined) through += 1
    }
    // What passes has its outputs masked: an expression over PHI alone, without a use.
    assert.ok(through / inference.length < 0.2, `${through} of ${inference.length} let through`)
    context.diagnostic(`inference: ${through} of ${inference.length} are answered, masked`)
  } finally {
    client.close()
  }
})
