/** Whose rows a statement touches, over the recorded answers of real servers; and what a chain of columns proves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBench, replay } from '../flow/testing/dialogue.ts'
import { RECORDED_MAJORS } from '../flow/testing/recordings.ts'
import { loadGrammar } from '../grammar/index.ts'
import { keepOutputs, subjectFlow, withoutParameters, type SubjectFlow } from './subject-flow.ts'
import { SubjectGraph } from './subject-graph.ts'
import { SqlFault } from '../sql-fault.ts'
import { readTree } from '../tree/read-tree.ts'
import { casesOf, readSubjectRecording, SUBJECT_CLASSIFICATION, subjectSummary } from './testing/subject-ward.ts'

for (const major of RECORDED_MAJORS) {
  test(`every statement tells the patients that its table says, as PostgreSQL ${major} answers`, async () => {
    const bench = await openBench(replay(readSubjectRecording(major)), await loadGrammar(), SUBJECT_CLASSIFICATION)
    const wrong: string[] = []
    for (const { sql, is } of casesOf(major)) {
      const found = subjectSummary(await bench.understand(sql))
      if (JSON.stringify(found) !== JSON.stringify(is)) wrong.push(`${sql}\n  expected ${is.join(' | ')}\n  found    ${found.join(' | ')}`)
    }
    assert.equal(wrong.length, 0, wrong.join('\n'))
  })
}

test('a column holds patients only where every arm of a set operation does', () => {
  const graph = new SubjectGraph()
  graph.addSubject('a')
  graph.addSubject('b')
  graph.addArms('both', ['a', 'b'])
  graph.addArms('one', ['a', 'c'])
  graph.addArms('none', ['a', undefined])
  assert.deepEqual(['a', 'both', 'one', 'none', 'c'].map((column) => graph.isSubject(column)), [true, true, false, false, false])
  assert.deepEqual([...graph.follow('a').columns], ['a', 'both', 'one', 'none'])
})

test('a statement with more to look through than there is time for is not followed', () => {
  const catalog = { relation: () => undefined, relationNamed: () => undefined, function: () => undefined } as unknown as Parameters<typeof subjectFlow>[0]['catalog'] // of a catalog that knows nothing
  const list = `(${'{CONST :consttype 23 :consttypmod -1 :constcollid 0 :constlen 4 :constbyval true :constisnull true :location -1 :constvalue <>} '.repeat(2_000)})`
  const query = (ctes: string, rtable: string, from: string): string => `{QUERY :commandType 1 :querySource 0 :canSetTag true :utilityStmt <> :resultRelation 0 :hasAggs false :hasWindowFuncs false :hasTargetSRFs false :hasSubLinks false :hasDistinctOn false :hasRecursive false :hasModifyingCTE false :hasForUpdate false :hasRowSecurity false :hasGroupRTE false :isReturn false :cteList ${ctes} :rtable ${rtable} :rteperminfos <> :jointree {FROMEXPR :fromlist ${from} :quals <>} :mergeActionList <> :mergeTargetRelation 0 :mergeJoinCondition <> :targetList <> :override 0 :onConflict <> :returningOldAlias <> :returningNewAlias <> :returningList <> :groupClause <> :groupDistinct false :groupingSets <> :havingQual <> :windowClause <> :distinctClause <> :sortClause ${ctes === '<>' ? list : '<>'} :limitOffset <> :limitCount <> :limitOption 0 :rowMarks <> :setOperations <> :constraintDeps <> :withCheckOptions <> :stmt_location 0 :stmt_len 0}`
  const cte = `({COMMONTABLEEXPR :ctename c :aliascolnames <> :ctematerialized 0 :ctequery ${query('<>', '<>', '<>')} :search_clause <> :cycle_clause <> :location 0 :cterecursive false :cterefcount 300 :ctecolnames <> :ctecoltypes <> :ctecoltypmods <> :ctecolcollations <>})`
  const reads = Array.from({ length: 300 }, (_, at) => at + 1)
  const rtable = `(${reads.map(() => '{RANGETBLENTRY :alias <> :eref <> :rtekind 6 :ctename c :ctelevelsup 0 :self_reference false :coltypes <> :coltypmods <> :colcollations <> :lateral false :inFromCl true :securityQuals <>}').join(' ')})`
  const trees = readTree(`(${query(cte, rtable, `(${reads.map((at) => `{RANGETBLREF :rtindex ${at}}`).join(' ')})`)})`, { serverMajor: 18, folded: true })
  assert.throws(() => subjectFlow({ catalog, subjectOf: () => undefined, readStored: () => [] }, trees, []), (error) => error instanceof SqlFault && error.code === 'unsupported')
})

test('circles of equal columns end', () => {
  const graph = new SubjectGraph()
  graph.addEqual('a', 'b')
  graph.addEqual('b', 'c')
  graph.addEqual('c', 'a')
  graph.addGiven('c', [{ kind: 'constant', text: '7' }])
  assert.equal(graph.isSubject('a'), false)
  assert.deepEqual(graph.follow('a').given, [{ kind: 'constant', text: '7' }])
})

const FLOW: SubjectFlow = {
  outputs: [{ output: 0, relations: ['a'] }, { output: 2, relations: ['b', 'c'] }],
  given: [{ relation: 'd', value: { kind: 'constant', text: '7' } }, { relation: 'e', value: { kind: 'parameter', number: 1, typeOid: 20 } }], untold: ['f'],
}

test('columns that do not reach the client tell nobody', () => {
  assert.deepEqual(keepOutputs(FLOW, [2]), { ...FLOW, outputs: [{ output: 0, relations: ['b', 'c'] }], untold: ['a', 'f'] })
  assert.deepEqual(keepOutputs(FLOW, []), { ...FLOW, outputs: [], untold: ['a', 'b', 'c', 'f'] })
  assert.equal(keepOutputs(undefined, []), undefined)
})

test('parameters that are not the caller\'s own tell nobody', () => {
  assert.deepEqual(withoutParameters(FLOW), { ...FLOW, given: FLOW.given.slice(0, 1), untold: ['e', 'f'] })
  assert.equal(withoutParameters(undefined), undefined)
})
