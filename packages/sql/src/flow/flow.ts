/**
 * The flow of a statement's rewritten trees: effects, uses, and for each output the PHI columns behind it. Pure and synchronous; what it
 * needs to know is handed in as {@link Knowledge}. A construct it does not follow is a fault, and the caller makes the statement opaque.
 */
import type { ColumnUse, Effect } from '@doorward/core'
import type { RelationFacts, TypeFacts } from '../catalog/facts.ts'
import { SqlFault } from '../sql-fault.ts'
import type { TreeNode } from '../tree/tree-value.ts'
import { numberOf } from '../tree/tree-value.ts'
import { callFlow } from './call-flow.ts'
import { isHarmless, readInput } from './checked-input.ts'
import { NO_CELLS } from './count-cells.ts'
import { expressionFlow } from './expression-flow.ts'
import { Findings, type SettingCall } from './findings.ts'
import type { Level } from './level.ts'
import { queryFlow } from './query-flow.ts'
import { boundsOf } from './restriction.ts'
import { allTreesOf, type RoutineBody } from './routine-body.ts'
import { routineFlow } from './routine-flow.ts'
import { CLEAN, type Taint } from './taint.ts'
import type { Knowledge, Walk } from './walk.ts'
import { reportConsequences } from './write-consequences.ts'

export interface StatementFlow {
  readonly effects: readonly Effect[]
  readonly uses: readonly ColumnUse[]
  /** Per output column of the tree whose answer the client sees; empty when nothing comes back. */
  readonly outputs: readonly Taint[]
  /** Outputs that are counts as the outermost query makes them, see count-cells.ts. */
  readonly cells: ReadonlySet<number>
  readonly settings: readonly SettingCall[]
  readonly dependsOnDefinitions: boolean
  /** PHI columns that functions with bodies yield, wherever they stand. */
  readonly functionResults: readonly ColumnUse['column'][]
  readonly restricted: boolean
}

/**
 * @param parameters Taints of $1, $2, ... where the statement is run with more than the caller's own values.
 * @param parameterTypes Of those that come in with a Bind. @throws {SqlFault}
 */
export function statementFlow(knowledge: Knowledge, trees: readonly TreeNode[], parameters: readonly Taint[] = [], parameterTypes: readonly number[] = []): StatementFlow {
  const findings = new Findings()
  const walk = newWalk(knowledge, findings, [])
  for (const type of parameterTypes) readInput(walk, type)
  let outputs: readonly Taint[] = []
  let cells: ReadonlySet<number> = NO_CELLS
  for (const tree of trees) {
    const { columns, cells: counts } = walk.query(tree, undefined, CLEAN, parameters)
    const answers = tree.fields.get('canSetTag')
    if (columns.length > 0 && answers?.kind === 'token' && answers.value === 'true') outputs = columns
    cells = trees.length === 1 && numberOf(tree, 'querySource') === 0 ? counts ?? NO_CELLS : NO_CELLS
  }
  reportClosed(findings, outputs)
  requireSettledNames(findings)
  if (trees.length !== 1 || trees.some(tree => numberOf(tree, 'querySource') !== 0)) findings.dependsOnDefinitions = true
  const { restricted, deletesAll } = boundsOf(knowledge, trees)
  if (deletesAll) for (const effect of findings.effects) if (effect.action === 'delete') findings.effect({ ...effect, action: 'destroy', note: 'deletes without a condition' })
  return { effects: findings.effects, uses: findings.uses, outputs, cells, settings: findings.settings, dependsOnDefinitions: findings.dependsOnDefinitions, functionResults: findings.functionResults, restricted }
}

/** A DO block: what it does, and what of PHI decides in it. */
export function blockFlow(knowledge: Knowledge, body: RoutineBody): Pick<StatementFlow, 'effects' | 'uses' | 'restricted'> {
  const findings = new Findings()
  routineFlow(newWalk(knowledge, findings, []), body, [], CLEAN)
  findings.looksUpNames = true
  requireSettledNames(findings)
  reportClosed(findings, [])
  const { restricted, deletesAll } = boundsOf(knowledge, allTreesOf(body))
  if (deletesAll) for (const effect of findings.effects) if (effect.action === 'delete') findings.effect({ ...effect, action: 'destroy', note: 'deletes without a condition' })
  return { effects: findings.effects, uses: findings.uses, restricted }
}

/** A setting changed on the way (search_path) would change what the names in a function's body mean. @throws {SqlFault} `unsupported` */
function requireSettledNames(findings: Findings): void {
  if (findings.settings.length > 0 && findings.looksUpNames) throw new SqlFault('unsupported', 'set_config beside a function whose names are looked up as it runs')
}

/** Closed columns of the system catalogs that reach an output or decide something. What only passes through a view unread stays open. */
function reportClosed(findings: Findings, outputs: readonly Taint[]): void {
  const reached = [...outputs.flatMap(taint => [...taint.sources.values()].map(source => source.column)), ...findings.uses.map(use => use.column)]
  for (const column of reached) {
    if (!column.relation.startsWith('pg_catalog.') || column.class !== 'phi') continue
    findings.effect({
      action: 'read', object: column.relation, kind: 'relation', columns: [column.column], classes: ['phi'], scope: 'closed',
      note: 'data, statistics of data, or other people\'s statements',
    })
  }
}

/**
 * Rows written from outside (COPY FROM): the defaults that `trees` hold run, and all that writing these columns brings with it happens.
 * @param columns Attribute numbers.
 */
export function relationWriteFlow(knowledge: Knowledge, trees: readonly TreeNode[], facts: RelationFacts, columns: readonly number[]): Pick<StatementFlow, 'effects' | 'uses'> {
  const findings = new Findings()
  const walk = newWalk(knowledge, findings, [])
  for (const tree of trees) walk.query(tree, undefined, CLEAN, [])
  for (const number of columns) readInput(walk, facts.attributes.get(number)?.typeOid ?? 0)
  reportConsequences(walk, facts, 'insert', new Map(columns.map(number => [number, CLEAN])))
  return { effects: findings.effects, uses: findings.uses }
}

/** @returns whether the checks of these domains look at nothing but the value that they check. */
export function areHarmless(knowledge: Knowledge, domains: readonly TypeFacts[]): boolean {
  const walk = newWalk(knowledge, new Findings(), [])
  return domains.every(domain => isHarmless(walk, domain))
}

/**
 * Steps that one statement may take, a few hundred milliseconds of them: functions that call functions are walked at every call, and everybody
 * else waits meanwhile.
 */
const MAX_STEPS = 400_000

function newWalk(knowledge: Knowledge, findings: Findings, stack: readonly number[], budget = { left: MAX_STEPS }): Walk {
  const walk: Walk = {
    knowledge,
    findings,
    expression: (node, scope) => {
      budget.left -= 1
      if (budget.left < 0) throw new SqlFault('unsupported', `more than ${MAX_STEPS} steps to follow it`)
      return expressionFlow(walk, node, scope)
    },
    query: (node: TreeNode, parent: Level | undefined, guard, parameters) => queryFlow(walk, node, parent, guard, parameters),
    apart: () => newWalk(knowledge, new Findings(), stack, budget),
    within: functionOid => newWalk(knowledge, findings, [...stack, functionOid], budget),
    call: (functionOid, call, scope) => callFlow(walk, functionOid, call, scope, stack),
  }
  return walk
}
