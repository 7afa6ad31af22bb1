/**
 * INSERT, UPDATE, DELETE, MERGE and ON CONFLICT: where written values come from, what comes back by RETURNING, and what else happens because
 * of the write. Effects on the tables themselves are table-access.ts; constraints and triggers are write-consequences.ts.
 */
import { childOf, flagOf, nodesOf, numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import type { RelationFacts } from '../catalog/facts.ts'
import type { Level } from './level.ts'
import { predicateUses } from './predicate.ts'
import { scopeOf } from './range-flow.ts'
import { columnTaint, relationName, requireRelation } from './relation-columns.ts'
import { choose, CLEAN, compose, derive, isTainted, type Taint } from './taint.ts'
import { targetTaints, type Target } from './target-list.ts'
import type { Walk } from './walk.ts'
import { reportConsequences, type WriteEvent } from './write-consequences.ts'

const UPDATE = 2, INSERT = 3, DELETE = 4, MERGE = 5
const EVENTS: ReadonlyMap<number, WriteEvent> = new Map([[UPDATE, 'update'], [INSERT, 'insert'], [DELETE, 'delete']])

/** Values by attribute number. */
type Written = Map<number, Taint>

/** @returns the columns of RETURNING. */
export function writeFlow(walk: Walk, level: Level, targets: readonly Target[]): readonly Taint[] {
  const { query } = level
  const index = numberOf(query, 'resultRelation')
  const facts = requireRelation(walk, numberOf(level.entry(index), 'relid'))
  const command = numberOf(query, 'commandType')
  const written: Written = new Map()
  // In a function's body: whether it is called at all shows in the table.
  walk.findings.use(level.guard, { context: 'written', via: relationName(facts) })
  const write = (event: WriteEvent, columns: Written): void => {
    for (const [attribute, taint] of columns) {
      reportWritten(walk, facts, attribute, taint)
      written.set(attribute, choose(written.get(attribute) ?? CLEAN, taint))
    }
    reportConsequences(walk, facts, event, columns)
  }
  const event = EVENTS.get(command)
  if (event !== undefined) write(event, event === 'delete' ? new Map() : byNumber(targets))
  const conflict = childOf(query, 'onConflict')
  if (conflict !== undefined) conflictFlow(walk, level, facts, conflict, written, write)
  if (command === MERGE) mergeFlow(walk, level, write)
  checkOptions(walk, level)
  const returned = nodesOf(query, 'returningList')
  if (written.size > 0 && returned.length > 0) showWritten(level, index, written)
  return returned.filter(entry => !flagOf(entry, 'resjunk')).map(entry => walk.expression(requireChild(entry, 'expr'), scopeOf(level)))
}

function byNumber(targets: readonly Target[]): Written {
  const written: Written = new Map()
  // An array or composite assigned in parts has several entries for one column.
  for (const { entry, taint } of targets) {
    if (flagOf(entry, 'resjunk')) continue
    const attribute = numberOf(entry, 'resno')
    written.set(attribute, derive(written.get(attribute) ?? CLEAN, taint))
  }
  return written
}

/** PHI that lands in a column of another class has left the classification's sight. */
function reportWritten(walk: Walk, facts: RelationFacts, attribute: number, taint: Taint): void {
  if (!isTainted(taint)) return
  const target = walk.knowledge.classOf(facts.oid, attribute)
  const name = `${relationName(facts)}.${facts.attributes.get(attribute)?.name ?? attribute}`
  const lost = [...taint.sources].filter(([, source]) => source.column.class !== target)
  walk.findings.use({ ...CLEAN, sources: new Map(lost), texts: taint.texts }, { context: 'written', via: name })
}

/** RETURNING shows what was written, too. */
function showWritten(level: Level, index: number, written: Written): void {
  const before = level.columnsOf(index)
  const columns = before.columns.map((column, at) => {
    const value = written.get(at + 1)
    return value === undefined ? column : choose(column, value)
  })
  level.override(index, { columns, systemColumn: attribute => before.systemColumn(attribute) })
}

function conflictFlow(walk: Walk, level: Level, facts: RelationFacts, conflict: TreeNode, inserted: Written, write: (event: WriteEvent, columns: Written) => void): void {
  const scope = scopeOf(level)
  const excluded = numberOf(conflict, 'exclRelIndex')
  const width = Math.max(0, ...facts.attributes.keys())
  if (excluded !== 0) {
    // EXCLUDED is the row the caller proposed, not a stored one.
    const proposed = Array.from({ length: width }, (_, at) => inserted.get(at + 1) ?? CLEAN)
    level.override(excluded, { columns: proposed, systemColumn: () => compose(proposed) })
  }
  // Whether a row conflicts is decided by the stored values of the key.
  for (const element of nodesOf(conflict, 'arbiterElems')) {
    walk.findings.use(walk.expression(requireChild(element, 'expr'), scope), { context: 'rows', via: 'ON CONFLICT', equality: true })
  }
  const where = childOf(conflict, 'arbiterWhere')
  if (where !== undefined) predicateUses(walk, where, scope, 'rows', 'ON CONFLICT')
  if (nodesOf(conflict, 'arbiterElems').length === 0) {
    for (const key of facts.uniqueKeys) {
      const columns = key.columns.map(number => facts.attributes.get(number)).filter(attribute => attribute !== undefined)
      for (const attribute of columns) walk.findings.use(columnTaint(walk, facts, attribute), { context: 'rows', via: 'ON CONFLICT', equality: true })
    }
  }
  const set = nodesOf(conflict, 'onConflictSet')
  if (set.length > 0) write('update', byNumber(targetTaints(walk, level, set)))
  const condition = childOf(conflict, 'onConflictWhere')
  if (condition !== undefined) predicateUses(walk, condition, scope, 'predicate', 'WHERE')
}

function mergeFlow(walk: Walk, level: Level, write: (event: WriteEvent, columns: Written) => void): void {
  const { query } = level
  const scope = scopeOf(level)
  const join = query.fields.has('mergeJoinCondition') ? childOf(query, 'mergeJoinCondition') : undefined
  if (join !== undefined) predicateUses(walk, join, scope, 'join', 'MERGE ON')
  for (const action of nodesOf(query, 'mergeActionList')) {
    const condition = childOf(action, 'qual')
    if (condition !== undefined) predicateUses(walk, condition, scope, 'predicate', 'WHEN')
    const event = EVENTS.get(numberOf(action, 'commandType'))
    if (event === undefined) continue
    const entries = targetTaints(walk, level, nodesOf(action, 'targetList'))
    write(event, event === 'delete' ? new Map() : byNumber(entries))
  }
}

/** WITH CHECK of policies and views: a row that fails it is an error. */
function checkOptions(walk: Walk, level: Level): void {
  for (const option of nodesOf(level.query, 'withCheckOptions')) {
    walk.findings.dependsOnDefinitions = true
    const qual = childOf(option, 'qual')
    if (qual !== undefined) predicateUses(walk, qual, scopeOf(level), 'error', 'WITH CHECK')
  }
}
