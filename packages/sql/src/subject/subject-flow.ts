/**
 * Whose rows a statement touches: for every table of patients that it reads or writes, which column of its answer holds the patient's id, or
 * which literal or parameter says it. Rows count that come into an answer or are written; rows that conditions leave out do not.
 * What is not followed is untold, never nobody. Pure.
 *
 * Known to be missed, and said to be untold: functions with bodies that may read tables; grouping and windows that lose the column; conditions
 * other than plain equality; both sides of a full join; rows of a recursive CTE; MERGE; ON CONFLICT DO UPDATE; a change of the column itself.
 */
import type { Effect } from '@doorward/core'
import type { Catalog, RelationFacts } from '../catalog/facts.ts'
import { flagOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'
import type { GivenSubject } from './subject-graph.ts'
import { SubjectWalk, type Instance, type SubjectKnowledge } from './subject-walk.ts'

export type { GivenSubject } from './subject-graph.ts'

/** The patients of one statement, as far as its text and its answer tell them. */
export interface SubjectFlow {
  /** Columns of the answer whose every value is a patient's id, and the tables whose patients each tells; in order of the columns. */
  readonly outputs: readonly { readonly output: number; readonly relations: readonly string[] }[]
  /** Patients that the statement names: touched when it finds or writes anything. With the table, in case the value is not to be had. */
  readonly given: readonly { readonly relation: string; readonly value: GivenSubject }[]
  /** Tables of patients whose rows are touched without their patients being told, `schema.table`. */
  readonly untold: readonly string[]
}

/** Whoever made a function: built-in ones read no table of anybody's. PostgreSQL, access/transam.h, FirstNormalObjectId. */
const FIRST_USER_OID = 16_384
const FUNCTION_FIELDS = ['funcid', 'opfuncid', 'aggfnoid', 'winfnoid'] as const

/**
 * @param trees the rewritten trees of one statement. @param effects as the flow found them.
 * @throws {SqlFault} for trees that the flow would not have followed either.
 */
export function subjectFlow(knowledge: SubjectKnowledge, trees: readonly TreeNode[], effects: readonly Effect[]): SubjectFlow {
  const walk = new SubjectWalk(knowledge)
  let outputs: readonly (string | undefined)[] = []
  for (const tree of trees) {
    const answers = walk.query(tree, undefined, 'top')
    if (flagOf(tree, 'canSetTag')) outputs = answers
  }
  const told = new Map<number, Set<string>>()
  const given = new Map<string, SubjectFlow['given'][number]>()
  const untold = new Set(walk.untold)
  const shown = outputs.map((column) => column !== undefined && walk.graph.isSubject(column))
  for (const instance of walk.instances) {
    const { columns, given: values } = walk.graph.follow(instance.column)
    const output = outputs.findIndex((column, index) => column !== undefined && shown[index] === true && columns.has(column))
    if (output >= 0) told.set(output, (told.get(output) ?? new Set<string>()).add(instance.relation))
    else if (values !== undefined) for (const value of values) given.set(`${instance.relation} ${JSON.stringify(value)}`, { relation: instance.relation, value })
    else untold.add(instance.relation)
  }
  addUnseen(knowledge, walk.instances, effects, trees, untold)
  const tellers = [...told].toSorted(([a], [b]) => a - b).map(([output, relations]) => ({ output, relations: [...relations] }))
  return { outputs: tellers, given: [...given.values()], untold: [...untold].toSorted() }
}

/** Of a statement that finds and writes nothing. */
export const NO_SUBJECTS: SubjectFlow = { outputs: [], given: [], untold: [] }

/** Only these columns reach the client, in this order; what others told is untold. @param kept columns of the flow's own answer. */
export function keepOutputs(flow: SubjectFlow | undefined, kept: readonly number[]): SubjectFlow | undefined {
  if (flow === undefined) return undefined
  const lost = flow.outputs.filter(({ output }) => !kept.includes(output)).flatMap(({ relations }) => relations)
  return {
    outputs: flow.outputs.flatMap(({ output, relations }) => (kept.includes(output) ? [{ output: kept.indexOf(output), relations }] : [])),
    given: flow.given, untold: [...new Set([...flow.untold, ...lost])].toSorted(),
  }
}

/** The parameters are not the caller's own, but expressions or those of an earlier statement. */
export function withoutParameters(flow: SubjectFlow | undefined): SubjectFlow | undefined {
  if (flow === undefined) return undefined
  const lost = flow.given.filter(({ value }) => value.kind === 'parameter').map(({ relation }) => relation)
  return { outputs: flow.outputs, given: flow.given.filter(({ value }) => value.kind === 'constant'), untold: [...new Set([...flow.untold, ...lost])].toSorted() }
}

/** Tables that are touched without standing in a tree: by functions, triggers, constraints. */
function addUnseen(knowledge: SubjectKnowledge, instances: readonly Instance[], effects: readonly Effect[], trees: readonly TreeNode[], untold: Set<string>): void {
  const { catalog } = knowledge
  const seen = new Set<string>()
  for (const { relationOid } of instances) {
    const facts = catalog.relation(relationOid)
    if (facts !== undefined) addCovered(knowledge, facts, seen)
  }
  const touched = effects.filter(({ kind, scope }) => kind === 'relation' && scope === 'user')
    .flatMap(({ object, action }) => { const facts = relationCalled(catalog, object); return facts === undefined ? [] : [{ object, action, facts }] })
  const hidden = trees.some((tree) => callsUserCode(catalog, tree)) || touched.some(({ action, facts }) => runsCode(knowledge, facts, action === 'read' ? 'read' : 'written'))
  for (const { object, facts } of touched) {
    if (knowledge.subjectOf(facts.oid) !== undefined && (hidden || !seen.has(object))) untold.add(object)
  }
}

/** What touching a table runs that may touch others, or other rows: triggers, row security with subqueries, functions in constraints. */
function runsCode(knowledge: SubjectKnowledge, facts: RelationFacts, how: 'read' | 'written'): boolean {
  if (how === 'written' && facts.triggers.length > 0) return true
  const stored = [...facts.policies.using, ...(how === 'written' ? [...facts.policies.check, ...facts.writeExpressions] : [])]
  return stored.some((text) => text.includes('{SUBLINK') || knowledge.readStored(text).some((tree) => callsUserCode(knowledge.catalog, tree)))
}

/** A table with its children, whose rows are shown through its columns, and the tables whose keys of the same patient go with its own. */
function addCovered(knowledge: SubjectKnowledge, facts: RelationFacts, seen: Set<string>): void {
  const name = `${facts.schema}.${facts.name}`
  if (seen.has(name)) return
  seen.add(name)
  const subject = knowledge.subjectOf(facts.oid)
  for (const oid of facts.children) {
    const child = knowledge.catalog.relation(oid)
    const own = child === undefined ? undefined : knowledge.subjectOf(oid)
    if (child !== undefined && own !== undefined && child.attributes.get(own)?.name === facts.attributes.get(subject ?? 0)?.name) addCovered(knowledge, child, seen)
  }
  for (const key of [...facts.referringKeys, ...facts.foreignKeys]) {
    const other = knowledge.catalog.relation(key.relation)
    const [mine, theirs] = 'onDelete' in key ? [key.referenced, key.columns] : [key.columns, key.referenced]
    if (other !== undefined && subject !== undefined && isOnly(mine, subject) && isOnly(theirs, knowledge.subjectOf(other.oid))) addCovered(knowledge, other, seen)
  }
}

function isOnly(columns: readonly number[], attribute: number | undefined): boolean {
  return columns.length === 1 && columns[0] === attribute
}

/** Names may hold dots themselves. */
function relationCalled(catalog: Catalog, object: string): RelationFacts | undefined {
  for (let dot = object.indexOf('.'); dot !== -1; dot = object.indexOf('.', dot + 1)) {
    const facts = catalog.relationNamed(object.slice(0, dot), object.slice(dot + 1))
    if (facts !== undefined) return facts
  }
  return undefined
}

/** A function in SQL or PL/pgSQL may read any table; in other languages it makes the statement opaque. */
function callsUserCode(catalog: Catalog, value: TreeValue): boolean {
  if (value?.kind === 'list') return value.items.some((item) => callsUserCode(catalog, item))
  if (value?.kind !== 'node') return false
  for (const field of FUNCTION_FIELDS) {
    const token = value.fields.get(field)
    const oid = token?.kind === 'token' ? Number(token.value) : 0
    if (oid >= FIRST_USER_OID && catalog.function(oid)?.language !== 'internal') return true
  }
  return value.within.some((part) => callsUserCode(catalog, part))
}
