/**
 * Statements around statements: EXPLAIN, PREPARE and EXECUTE, DECLARE and FETCH, CREATE TABLE AS and views. What is inside is analysed alone
 * and decided with them; what was named earlier is understood again, since names may mean something else by now.
 */
import type { ColumnUse, Understood } from '@doorward/core'
import type {
  CreateTableAsStatement, CreateViewStatement, DeclareStatement, ExecuteStatement, ExplainStatement, FetchStatement, InnerStatement, PrepareStatement, RefreshStatement,
} from './grammar/raw-statement.ts'
import type { Answer, Question, SessionView, StatementPlan, UnderstandResult, UnderstandSteps } from './plan.ts'
import { typeOfExpression } from './flow/expression-type.ts'
import { findRelation, qualifiedName } from './resolve-name.ts'
import { catalogChanges, targetName } from './understand-objects.ts'
import type { UnderstandContext } from './understand-knowledge.ts'
import { keepOutputs, NO_SUBJECTS, withoutParameters } from './subject/subject-flow.ts'
import { effectOn, plan, rejected, understood, usesOfOutputs } from './understand-plan.ts'
import { SqlFault } from './sql-fault.ts'
import { readTree } from './tree/read-tree.ts'
import { nodesOf } from './tree/tree-value.ts'
import { opaque, understandQuery, understandTree } from './understand-query.ts'

/** How the dispatcher understands any statement: handed in, since an inner statement may be of any kind. */
export type UnderstandAny = (inner: Pick<InnerStatement, 'statement' | 'text'>, parameterTypes: readonly number[]) => UnderstandSteps

export function* understandExplain(statement: ExplainStatement, text: string, parameterTypes: readonly number[], any: UnderstandAny): UnderstandSteps {
  const outer = yield { kind: 'analyse', text, parameterTypes }
  // EXPLAIN EXECUTE fails here: the analysis connection has not prepared it.
  if (outer.kind === 'error' && statement.inner.statement.kind !== 'execute') return rejected(outer)
  const inner = yield* any(statement.inner, parameterTypes)
  if (inner.kind === 'rejected') return inner
  const { understanding } = inner.plan
  if (understanding.kind === 'opaque') return plan({ understanding: { ...understanding, command: statement.command }, tags: statement.tags })
  const typeId = statement.format === 'json' ? 114 : statement.format === 'xml' ? 142 : 25
  const described = outer.kind === 'analysed' ? outer.fields : undefined
  const fields = described ?? [{ name: 'QUERY PLAN', tableOid: 0, attribute: 0, typeOid: typeId, typeSize: -1, typeModifier: -1 }]
  // An immutable function of constants is computed while planning, and VERBOSE prints what came out.
  // Widths are mean lengths of values, buffers and memory follow their sizes.
  const measured = understanding.outputs.flatMap(output => output.sources.map((source): ColumnUse => ({ column: source.column, context: 'estimate', via: 'EXPLAIN', equality: false })))
  // A plan shows more than which rows come back, so the exception for equality does not reach it: estimates out of statistics, rows of every step.
  const uses = understanding.uses.map(({ column, context, via }): ColumnUse => ({ column, context, via, equality: false }))
  const shown = inner.plan.functionResults.map((column): ColumnUse => ({ column, context: 'estimate', via: 'a function that planning may compute', equality: false }))
  return plan({
    understanding: { ...understanding, command: statement.command, uses: [...uses, ...measured, ...shown], outputs: fields.map(field => ({ name: field.name, typeId: field.typeOid, sources: [] })) },
    changes: statement.analyze ? inner.plan.changes.filter(change => change.kind === 'schemas' || change.kind === 'setting' || change.kind === 'catalog') : [],
    tags: statement.tags, fields, parameterTypes: outer.kind === 'analysed' ? outer.parameterTypes : inner.plan.parameterTypes, needsPrepared: inner.plan.needsPrepared,
    dependsOnDefinitions: inner.plan.dependsOnDefinitions, subjects: statement.analyze ? keepOutputs(inner.plan.subjects, []) : NO_SUBJECTS, planning: inner.plan.planning, explain: { format: statement.format, analyze: statement.analyze },
  })
}

/** Nothing runs yet; EXECUTE is decided each time. */
export function* understandPrepare(context: UnderstandContext, statement: PrepareStatement, any: UnderstandAny): UnderstandSteps {
  const types = yield* parameterTypes(context, statement)
  if (types.kind === 'opaque') return plan({ understanding: types, tags: statement.tags })
  if (types.kind === 'error') return rejected(types)
  const inner = yield* any(statement.inner, types.oids)
  if (inner.kind === 'rejected') return inner
  const { understanding } = inner.plan
  if (understanding.kind === 'opaque') return plan({ understanding: { ...understanding, command: statement.command }, tags: statement.tags })
  return plan({
    understanding: understood(statement.command, { forbidden: understanding.forbidden }), tags: statement.tags,
    changes: [{ kind: 'prepare', name: statement.name, plan: inner.plan }],
  })
}

function* parameterTypes(context: UnderstandContext, statement: PrepareStatement) {
  try {
    return yield* typeOids(context, statement.parameterTypes)
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    return opaque(statement.command, fault)
  }
}

/** The server resolves type names; a NULL of each type has it in the tree. (The row description names what a domain is over.) @throws {SqlFault} */
function* typeOids(context: UnderstandContext, names: readonly string[]): Generator<Question, { readonly kind: 'types'; readonly oids: readonly number[] } | Extract<Answer, { kind: 'error' }>, Answer> {
  if (names.length === 0) return { kind: 'types', oids: [] }
  const answer = yield { kind: 'analyse', text: `SELECT ${names.map(name => `CAST(NULL AS ${name})`).join(', ')}`, parameterTypes: [] }
  if (answer.kind === 'error') return answer
  const [tree] = answer.kind === 'analysed' ? answer.trees.flatMap(text => readTree(text, { serverMajor: context.catalog.serverMajor, folded: true })) : []
  const targets = tree === undefined ? [] : nodesOf(tree, 'targetList')
  if (targets.length !== names.length) throw new SqlFault('tree-field', `${names.length} types named, ${targets.length} in the tree`)
  const oids = targets.map((target, index) => {
    // `unknown` leaves the type to be inferred, as in Parse.
    if (names[index]?.trim().toLowerCase() === 'unknown') return 0
    const oid = typeOfExpression(target)
    if (oid === undefined) throw new SqlFault('unsupported', 'the type of a parameter')
    return oid
  })
  return { kind: 'types', oids }
}

export function* understandExecute(context: UnderstandContext, statement: ExecuteStatement, session: SessionView, any: UnderstandAny): UnderstandSteps {
  const named = session.prepared(statement.name)
  if (named === undefined) return unknownName('26000', `prepared statement "${statement.name}" does not exist`)
  const again = named.source === undefined ? ({ kind: 'plan', plan: named } as const) : yield* any(named.source, named.source.parameterTypes)
  if (again.kind === 'rejected') return again
  const inner = again.plan
  if (inner.understanding.kind === 'opaque') return again
  const given = yield* argumentEffects(context, statement)
  if (given.kind === 'error') return rejected(given)
  if (given.kind === 'opaque') return plan({ understanding: given })
  return plan({
    ...inner, needsPrepared: statement.name, source: undefined, subjects: withoutParameters(inner.subjects),
    understanding: {
      ...inner.understanding, effects: [...inner.understanding.effects, ...given.effects],
      uses: [...inner.understanding.uses, ...given.uses, ...usesOfOutputs(given.outputs, 'function', 'EXECUTE')], forbidden: inner.understanding.forbidden ?? given.forbidden,
    },
    // What the caller sends as parameters of EXECUTE itself; the inner ones are given.
    parameterTypes: [],
  })
}

/** Arguments are expressions: they may call functions. */
function* argumentEffects(context: UnderstandContext, statement: ExecuteStatement) {
  if (statement.arguments.length === 0) return understood(statement.command)
  const query = yield* understandQuery(context, 'SELECT', `SELECT ${statement.arguments.map(argument => `(${argument})`).join(', ')}`, [])
  return query.kind === 'error' ? query : query.understanding
}

export function* understandDeclare(statement: DeclareStatement, any: UnderstandAny): UnderstandSteps {
  const inner = yield* any(statement.inner, [])
  if (inner.kind === 'rejected') return inner
  const { understanding } = inner.plan
  if (understanding.kind === 'opaque') return plan({ understanding: { ...understanding, command: statement.command }, tags: statement.tags })
  return plan({
    understanding: { ...understanding, command: statement.command, outputs: [] }, tags: statement.tags, parameterTypes: inner.plan.parameterTypes, subjects: NO_SUBJECTS,
    changes: [...inner.plan.changes, { kind: 'declare', cursor: statement.cursor, plan: inner.plan, format: statement.binary ? 'binary' : 'text' }], dependsOnDefinitions: inner.plan.dependsOnDefinitions, planning: inner.plan.planning,
  })
}

/** What the server says of a name that nobody has made: drivers go by the SQLSTATE, and prepare again. PostgreSQL, Error Codes. */
function unknownName(sqlState: '26000' | '34000', message: string): UnderstandResult {
  return rejected({ kind: 'error', sqlState, message, fields: new Map([['S', 'ERROR'], ['V', 'ERROR'], ['C', sqlState], ['M', message]]) })
}

/**
 * A cursor's names were resolved when it was declared, so its plan stands. The bodies of functions are read when rows are fetched: where
 * definitions take part, the statement must still come to the same.
 */
export function* understandFetch(statement: FetchStatement, session: SessionView, any: UnderstandAny): UnderstandSteps {
  const cursor = session.cursor(statement.cursor)
  if (cursor === undefined) return unknownName('34000', `cursor "${statement.cursor}" does not exist`)
  if (cursor.dependsOnDefinitions && cursor.source !== undefined) {
    const again = yield* any(cursor.source, cursor.source.parameterTypes)
    if (again.kind !== 'plan' || JSON.stringify(again.plan.understanding) !== JSON.stringify(cursor.understanding)) {
      return plan({ understanding: understood(statement.command, { forbidden: { rule: 'cursor-changed', why: 'a definition that the cursor rests on has changed since it was declared', next: 'close the cursor and declare it again' } }), tags: statement.tags })
    }
  }
  const { understanding } = cursor
  if (understanding.kind === 'opaque') return plan({ understanding: { ...understanding, command: statement.command }, tags: statement.tags })
  if (statement.kind === 'move') return plan({ understanding: { ...understanding, command: statement.command, outputs: [] }, tags: statement.tags, planning: cursor.planning, subjects: NO_SUBJECTS })
  return plan({
    understanding: { ...understanding, command: statement.command }, tags: statement.tags, fields: cursor.fields, catalogTexts: cursor.catalogTexts, subjects: withoutParameters(cursor.subjects), planning: cursor.planning, explain: cursor.explain,
  })
}

/** A new table holds what its query yields: PHI in it is written, into a table nobody has classified. */
export function* understandCreateTableAs(context: UnderstandContext, statement: CreateTableAsStatement, session: SessionView, parameterTypes: readonly number[], any: UnderstandAny): UnderstandSteps {
  const inner = yield* any(statement.inner, parameterTypes)
  if (inner.kind === 'rejected') return inner
  const { understanding } = inner.plan
  if (understanding.kind === 'opaque') return plan({ understanding: { ...understanding, command: statement.command }, tags: statement.tags })
  const target = targetName({ ...context, session }, statement.target, statement.persistence === 'temporary')
  return plan({ ...createdBy(statement.command, statement.tags, understanding, target, usesOfOutputs(understanding.outputs, 'written', target)), parameterTypes: inner.plan.parameterTypes, needsPrepared: inner.plan.needsPrepared, planning: inner.plan.planning, subjects: keepOutputs(inner.plan.subjects, []) })
}

/** A view stores nothing: whoever reads it reads its tables. */
export function* understandCreateView(context: UnderstandContext, statement: CreateViewStatement, session: SessionView, any: UnderstandAny): UnderstandSteps {
  const inner = yield* any(statement.inner, [])
  if (inner.kind === 'rejected') return inner
  const { understanding } = inner.plan
  if (understanding.kind === 'opaque') return plan({ understanding: { ...understanding, command: statement.command }, tags: statement.tags })
  const target = targetName({ ...context, session }, statement.target, statement.persistence === 'temporary')
  return plan({ ...createdBy(statement.command, statement.tags, understanding, target, []), subjects: NO_SUBJECTS })
}

function createdBy(command: string, tags: readonly string[], inner: Understood, target: string, written: Understood['uses']) {
  return {
    understanding: { ...inner, command, outputs: [], effects: [...inner.effects, effectOn('ddl', target, 'relation')], uses: [...inner.uses, ...written] },
    tags, changes: catalogChanges([target]), dependsOnDefinitions: true,
  } satisfies Pick<StatementPlan, 'understanding' | 'tags' | 'changes' | 'dependsOnDefinitions'>
}

/** REFRESH runs the definition: what decides there decides here. */
export function* understandRefresh(context: UnderstandContext, statement: RefreshStatement, session: SessionView): UnderstandSteps {
  const effect = effectOn('update', qualifiedName(context.catalog, session, statement.relation), 'relation', 'user', 'refresh')
  const definition = findRelation(context.catalog, session, statement.relation)?.definition
  if (definition === undefined || statement.data === 'no-data') return plan({ understanding: understood(statement.command, { effects: [effect] }), tags: statement.tags })
  const inner = yield* understandTree(context, statement.command, definition)
  if (inner.kind === 'opaque') return plan({ understanding: inner, tags: statement.tags })
  return plan({ understanding: { ...inner, outputs: [], effects: [...inner.effects, effect] }, tags: statement.tags, dependsOnDefinitions: true })
}
