import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CatalogSnapshot } from './catalog/snapshot.ts'
import type { PrepareStatement } from './grammar/raw-statement.ts'
import type { Answer, Question, UnderstandSteps } from './plan.ts'
import { understandPrepare } from './understand-inner.ts'
import { plan, understood } from './understand-plan.ts'

const TEXT = 25, A_DOMAIN = 20001

/** What PostgreSQL 18 prints of `SELECT CAST(NULL AS d)`, d being a domain over text. */
const TREE = [
  '({QUERY :commandType 1 :querySource 0 :canSetTag true :utilityStmt <> :resultRelation 0 :hasAggs false :hasWindowFuncs false',
  ':hasTargetSRFs false :hasSubLinks false :hasDistinctOn false :hasRecursive false :hasModifyingCTE false :hasForUpdate false',
  ':hasRowSecurity false :hasGroupRTE false :isReturn false :cteList <> :rtable <> :rteperminfos <> :jointree {FROMEXPR :fromlist <>',
  ':quals <>} :mergeActionList <> :mergeTargetRelation 0 :mergeJoinCondition <> :targetList ({TARGETENTRY :expr {COERCETODOMAIN :arg',
  '{CONST :consttype 25 :consttypmod -1 :constcollid 100 :constlen -1 :constbyval false :constisnull true :location 12 :constvalue <>}',
  ':resulttype 20001 :resulttypmod -1 :resultcollid 100 :coercionformat 1 :location 7} :resno 1 :resname plain :ressortgroupref 0',
  ':resorigtbl 0 :resorigcol 0 :resjunk false}) :override 0 :onConflict <> :returningOldAlias <> :returningNewAlias <> :returningList',
  '<> :groupClause <> :groupDistinct false :groupingSets <> :havingQual <> :windowClause <> :distinctClause <> :sortClause <>',
  ':limitOffset <> :limitCount <> :limitOption 0 :rowMarks <> :setOperations <> :constraintDeps <> :withCheckOptions <> :stmt_location',
  '0 :stmt_len 0})',
].join(' ')

/** The row description of a domain names the type that it is over. */
const ANSWER: Answer = { kind: 'analysed', trees: [TREE], parameterTypes: [], fields: [{ name: 'd', tableOid: 0, attribute: 0, typeOid: TEXT, typeSize: -1, typeModifier: -1 }] }

function prepare(answer: Answer): { readonly asked: readonly Question[]; readonly types: readonly number[] | undefined; readonly kind: string } {
  // What is prepared is not looked at here.
  const statement = { kind: 'prepare', command: 'PREPARE', tags: ['PREPARE'], name: 'p', parameterTypes: ['d'], inner: { text: 'select f($1)' } } as unknown as PrepareStatement
  const context = { catalog: new CatalogSnapshot(180004) } as unknown as Parameters<typeof understandPrepare>[0]
  let types: readonly number[] | undefined
  const any = function* (inner: { readonly text: string }, given: readonly number[]): UnderstandSteps {
    types = given
    yield { kind: 'analyse', text: inner.text, parameterTypes: given }
    return plan({ understanding: understood('SELECT') })
  }
  const steps = understandPrepare(context, statement, any)
  const asked: Question[] = []
  for (let step = steps.next(); ; step = steps.next(answer)) {
    if (step.done === true) return { asked, types, kind: step.value.kind === 'plan' ? step.value.plan.understanding.kind : step.value.kind }
    asked.push(step.value)
  }
}

test('a parameter of a domain is of the domain, not of what it is over: functions are chosen by it, and its checks run', () => {
  const { asked, types } = prepare(ANSWER)
  assert.deepEqual(asked, [{ kind: 'analyse', text: 'SELECT CAST(NULL AS d)', parameterTypes: [] }, { kind: 'analyse', text: 'select f($1)', parameterTypes: [A_DOMAIN] }])
  assert.deepEqual(types, [A_DOMAIN])
})

test('where the tree does not say the types, nothing is understood', () => {
  assert.equal(prepare({ kind: 'analysed', trees: [], parameterTypes: [], fields: [] }).kind, 'opaque')
})
