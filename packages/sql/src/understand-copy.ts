/**
 * COPY. A table is read as `SELECT ... FROM ONLY`, so that the server itself finds the table and applies row security; what COPY leaves out
 * (generated columns, children) is left out. Files and programs on the server are an export, whoever asks.
 * Source: PostgreSQL, COPY; src/backend/commands/copy.c.
 */
import type { Effect, OutputColumn } from '@doorward/core'
import type { RelationFacts } from './catalog/facts.ts'
import { relationWriteFlow } from './flow/flow.ts'
import { tableOfTrees } from './flow/tree-needs.ts'
import type { RelationName } from './grammar/object-name.ts'
import type { CopyStatement } from './grammar/raw-statement.ts'
import type { Answer, Question, StatementPlan, UnderstandResult } from './plan.ts'
import { SqlFault } from './sql-fault.ts'
import { readTree } from './tree/read-tree.ts'
import { gatherKnowledge, type UnderstandContext } from './understand-knowledge.ts'
import { keepOutputs } from './subject/subject-flow.ts'
import { effectOn, forbidden, opaquePlan, plan, rejected, understood, usesOfOutputs } from './understand-plan.ts'
import { opaque, understandQuery, type UnderstoodQuery } from './understand-query.ts'

export function* understandCopy(context: UnderstandContext, statement: CopyStatement): Generator<Question, UnderstandResult, Answer> {
  const { options } = statement
  if (options.unknown.length > 0) return opaquePlan(statement.command, 'COPY with an option that is not known')
  if (options.encoding !== undefined && !/^(utf-?8|unicode)$/i.test(options.encoding)) {
    return plan({ understanding: forbidden(statement.command, 'copy encoding', 'COPY in another encoding than UTF8 cannot be read on its way', 'leave ENCODING out') })
  }
  if (statement.direction === 'in') return yield* copyIn(context, statement)
  return yield* copyOut(context, statement)
}

function endpointEffects(statement: CopyStatement): readonly Effect[] {
  return statement.endpoint === 'client' ? [] : [effectOn('export', statement.endpoint, 'file', 'user', `${statement.endpoint} on the server`)]
}

function copyOf(statement: CopyStatement, typeModifiers: readonly number[]): StatementPlan['copy'] {
  return statement.endpoint !== 'client' ? undefined : { direction: statement.direction, format: statement.options.format, options: statement.options.text, typeModifiers }
}

function* copyOut(context: UnderstandContext, statement: CopyStatement): Generator<Question, UnderstandResult, Answer> {
  const query = statement.inner === undefined ? yield* tableQuery(context, statement) : yield* understandQuery(context, statement.inner.statement.command, statement.inner.text, [])
  if (query.kind === 'error') return rejected(query)
  const { understanding } = query
  if (understanding.kind === 'opaque') return plan({ understanding: { ...understanding, command: statement.command }, tags: statement.tags })
  const toClient = statement.endpoint === 'client'
  return plan({
    understanding: {
      ...understanding, command: statement.command, effects: [...understanding.effects, ...endpointEffects(statement)],
      outputs: toClient ? understanding.outputs : [],
      uses: toClient ? understanding.uses : [...understanding.uses, ...usesOfOutputs(understanding.outputs, 'written', `COPY TO ${statement.endpoint}`)],
    },
    tags: statement.tags, copy: copyOf(statement, (query.fields ?? []).map(field => field.typeModifier)), dependsOnDefinitions: query.dependsOnDefinitions, planning: query.planning, catalogTexts: toClient ? query.catalogTexts : [],
    subjects: toClient ? query.subjects : keepOutputs(query.subjects, []),
  })
}

function quote(name: string): string { return `"${name.replaceAll('"', '""')}"` }

function tableText(relation: RelationName): string {
  return [relation.catalog, relation.schema, relation.name].flatMap(part => (part === undefined ? [] : [quote(part)])).join('.')
}

/** COPY t: its own rows, without generated columns unless they are named. */
function* tableQuery(context: UnderstandContext, statement: CopyStatement): Generator<Question, UnderstoodQuery | Extract<Answer, { kind: 'error' }>, Answer> {
  const relation = statement.relation
  if (relation === undefined) throw new SqlFault('unsupported', 'COPY of neither a table nor a query')
  const columns = statement.columns.length === 0 ? '*' : statement.columns.map(quote).join(', ')
  const query = yield* understandQuery(context, 'SELECT', `SELECT ${columns} FROM ONLY ${tableText(relation)}`, [])
  if (query.kind === 'error' || query.understanding.kind === 'opaque' || statement.columns.length > 0) return query
  const kept = (query.fields ?? []).flatMap((field, index) => {
    const attribute = context.catalog.relation(field.tableOid)?.attributes.get(field.attribute)
    return attribute === undefined || attribute.generated === 'no' ? [index] : []
  })
  const outputs = query.understanding.outputs.filter((_: OutputColumn, index: number) => kept.includes(index))
  return {
    ...query, fields: query.fields?.filter((_, index) => kept.includes(index)), understanding: { ...query.understanding, outputs }, flows: query.flows.filter((_, index) => kept.includes(index)),
    subjects: keepOutputs(query.subjects, kept),
    catalogTexts: query.catalogTexts.flatMap(text => (kept.includes(text.output) ? [{ ...text, output: kept.indexOf(text.output) }] : [])),
  }
}

function* copyIn(context: UnderstandContext, statement: CopyStatement): Generator<Question, UnderstandResult, Answer> {
  const { relation } = statement
  if (relation === undefined) return opaquePlan(statement.command, 'COPY FROM into no table')
  if (statement.where) return opaquePlan(statement.command, 'COPY FROM with WHERE')
  const columns = statement.columns.length === 0 ? '*' : statement.columns.map(quote).join(', ')
  const found = yield { kind: 'analyse', text: `SELECT ${columns} FROM ONLY ${tableText(relation)}`, parameterTypes: [] }
  if (found.kind === 'error') return rejected(found)
  if (found.kind !== 'analysed') return opaquePlan(statement.command, 'no analysis')
  // The defaults of the columns left out are in the tree of such an INSERT; COPY itself knows no rules.
  const defaults = yield { kind: 'analyse', text: `INSERT INTO ${tableText(relation)} DEFAULT VALUES`, parameterTypes: [] }
  if (defaults.kind === 'error') return rejected(defaults)
  try {
    const read = (trees: readonly string[]) => trees.flatMap(tree => readTree(tree, { serverMajor: context.catalog.serverMajor, folded: true }))
    const oid = tableOfTrees(read(found.trees))
    const trees = defaults.kind === 'analysed' ? read(defaults.trees) : []
    const knowledge = yield* gatherKnowledge(context, trees, [oid])
    const facts = requireTable(context, oid)
    const numbers = writtenColumns(facts, statement.columns)
    const flow = relationWriteFlow(knowledge, trees, facts, numbers)
    const names = numbers.flatMap(number => facts.attributes.get(number)?.name ?? [])
    const create: Effect = {
      action: 'create', object: `${facts.schema}.${facts.name}`, kind: 'relation', columns: names,
      classes: [...new Set(numbers.map(number => context.classes.classOf(oid, number)))], scope: 'user', note: undefined,
    }
    return plan({
      understanding: understood(statement.command, { effects: [create, ...flow.effects, ...endpointEffects(statement)], uses: flow.uses }),
      tags: statement.tags, copy: copyOf(statement, []), dependsOnDefinitions: true,
    })
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    return plan({ understanding: opaque(statement.command, fault), tags: statement.tags })
  }
}

function requireTable(context: UnderstandContext, oid: number): RelationFacts {
  const facts = context.catalog.relation(oid)
  if (facts === undefined) throw new SqlFault('unsupported', `relation ${oid}: not in the catalog snapshot`)
  return facts
}

function writtenColumns(facts: RelationFacts, names: readonly string[]): readonly number[] {
  const attributes = [...facts.attributes.values()].filter(attribute => !attribute.dropped)
  if (names.length === 0) return attributes.filter(attribute => attribute.generated === 'no').map(attribute => attribute.number)
  return attributes.filter(attribute => names.includes(attribute.name)).map(attribute => attribute.number)
}
