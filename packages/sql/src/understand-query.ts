/**
 * Understands one query: has it analysed, reads its trees, gathers what they name, follows the flow. Every fault on the way makes the
 * statement opaque, with the fault's words as the reason.
 */
import type { Opaque, OutputColumn, Understanding } from '@doorward/core'
import { statementFlow, type StatementFlow } from './flow/flow.ts'
import { plainValues } from './flow/plain-values.ts'
import { planningOf } from './flow/planning.ts'
import type { SettingCall } from './flow/findings.ts'
import type { Taint } from './flow/taint.ts'
import type { AnalysisError, Answer, FieldDescription, Question, StatementPlan } from './plan.ts'
import { SqlFault } from './sql-fault.ts'
import { subjectFlow, type SubjectFlow } from './subject/subject-flow.ts'
import { readTree } from './tree/read-tree.ts'
import { flagOf, nodesOf, numberOf, type TreeNode } from './tree/tree-value.ts'
import { gatherKnowledge, type UnderstandContext } from './understand-knowledge.ts'

/** An output that is text out of the catalog that people wrote. */
export type CatalogTextOutput = StatementPlan['catalogTexts'][number]

export interface UnderstoodQuery {
  readonly kind: 'query'
  readonly understanding: Understanding
  readonly fields: readonly FieldDescription[] | undefined
  readonly parameterTypes: readonly number[]
  readonly dependsOnDefinitions: boolean
  readonly functionResults: StatementPlan['functionResults']
  readonly settings: readonly SettingCall[]
  readonly catalogTexts: readonly CatalogTextOutput[]
  readonly planning: StatementPlan['planning']
  /** Per output; what a statement around it (CREATE TABLE AS, COPY) goes on with. Empty when opaque. */
  readonly flows: readonly Taint[]
  /** Whose rows it touches; undefined: not followed. */
  readonly subjects: SubjectFlow | undefined
  /** Literals that are mere values: see {@link plainValues}. */
  readonly plainValues: readonly number[]
}

/**
 * @param command What the raw grammar says the command is; the trees must agree.
 * @param parameterTypes OIDs, 0 where the server is to infer.
 */
export function* understandQuery(context: UnderstandContext, command: string, text: string, parameterTypes: readonly number[]): Generator<Question, UnderstoodQuery | AnalysisError, Answer> {
  const answer = yield { kind: 'analyse', text, parameterTypes }
  if (answer.kind === 'error') return answer
  if (answer.kind === 'loaded') throw new SqlFault('unsupported', 'the analysis question was answered with loaded')
  const frame = { fields: answer.fields, parameterTypes: answer.parameterTypes }
  try {
    const trees = answer.trees.flatMap(tree => readTree(tree, { serverMajor: context.catalog.serverMajor, folded: true }))
    const knowledge = yield* gatherKnowledge(context, trees, [], answer.parameterTypes)
    const flow = statementFlow(knowledge, trees, [], answer.parameterTypes)
    requireSameShape(trees, command, answer.fields, flow)
    return { kind: 'query', ...frame, understanding: understood(command, flow, answer.fields ?? []), dependsOnDefinitions: flow.dependsOnDefinitions, functionResults: flow.functionResults, settings: flow.settings, planning: planningOf(context.behaviour, trees), catalogTexts: catalogTexts(flow), flows: flow.outputs, subjects: subjectsOf(context, text => knowledge.readStored(text), trees, flow), plainValues: plainValues(trees) }
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    return { kind: 'query', ...frame, understanding: opaque(command, fault), dependsOnDefinitions: true, functionResults: [], settings: [], planning: undefined, catalogTexts: [], flows: [], subjects: undefined, plainValues: [] }
  }
}

/** What cannot be followed leaves the statement understood: only whose rows it touches is not known then. */
function subjectsOf(context: UnderstandContext, readStored: (text: string) => readonly TreeNode[], trees: readonly TreeNode[], flow: StatementFlow): SubjectFlow | undefined {
  try {
    return subjectFlow({ catalog: context.catalog, subjectOf: oid => context.classes.subjectOf(oid), readStored }, trees, flow.effects)
  } catch (fault) {
    if (fault instanceof SqlFault) return undefined
    throw fault
  }
}

/** A stored definition (`ev_action` text), as if it were run. */
export function* understandTree(context: UnderstandContext, command: string, definition: string): Generator<Question, Understanding, Answer> {
  try {
    const trees = readTree(definition, { serverMajor: context.catalog.serverMajor, folded: false })
    const knowledge = yield* gatherKnowledge(context, trees)
    return understood(command, statementFlow(knowledge, trees), [])
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    return opaque(command, fault)
  }
}

export function opaque(command: string, fault: SqlFault): Opaque {
  return { kind: 'opaque', command, reason: fault.message, objects: fault.objects }
}

function understood(command: string, flow: StatementFlow, fields: readonly FieldDescription[]): Understanding {
  return {
    kind: 'understood', command, effects: flow.effects, uses: flow.uses, bulk: { restricted: flow.restricted, estimatedRows: undefined }, forbidden: undefined,
    outputs: fields.map((field, index): OutputColumn => ({
      name: field.name, typeId: field.typeOid, sources: [...(flow.outputs[index]?.sources.values() ?? [])], ...(flow.cells.has(index) ? { cell: 'count' } : {}),
    })),
  }
}

function catalogTexts(flow: StatementFlow): readonly CatalogTextOutput[] {
  return flow.outputs.flatMap((taint, output) => [...taint.texts].map(([holds, flow]) => ({ output, holds, flow: flow === 'verbatim' || flow === 'mixed' ? 'whole' : flow })))
}

/** CmdType by command. */
const COMMAND_TYPES: ReadonlyMap<string, number> = new Map([['SELECT', 1], ['UPDATE', 2], ['INSERT', 3], ['DELETE', 4], ['MERGE', 5]])

/**
 * The trees, the row description and the raw grammar must tell one story: the same command, as many columns, the same origin of each.
 * @throws {SqlFault} `tree-field`
 */
function requireSameShape(trees: readonly TreeNode[], command: string, fields: readonly FieldDescription[] | undefined, flow: StatementFlow): void {
  const wanted = COMMAND_TYPES.get(command)
  const [main] = trees.filter(tree => flagOf(tree, 'canSetTag'))
  if (main !== undefined && wanted !== undefined && numberOf(main, 'querySource') === 0 && numberOf(main, 'commandType') !== wanted) {
    throw new SqlFault('tree-field', `the grammar reads ${command}, the server a command of type ${numberOf(main, 'commandType')}`)
  }
  const width = fields?.length ?? 0
  if (width !== flow.outputs.length) throw new SqlFault('tree-field', `${width} columns described, ${flow.outputs.length} in the tree`)
  if (main === undefined || width === 0) return
  const list = numberOf(main, 'commandType') === 1 ? 'targetList' : 'returningList'
  const entries = nodesOf(main, list).filter(entry => !flagOf(entry, 'resjunk'))
  if (entries.length !== width) return
  for (const [index, entry] of entries.entries()) {
    const field = fields?.[index]
    if (field?.tableOid !== numberOf(entry, 'resorigtbl') || field.attribute !== numberOf(entry, 'resorigcol')) {
      throw new SqlFault('tree-field', `column ${index + 1}: described with another origin than in the tree`)
    }
  }
}
