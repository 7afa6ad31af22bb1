/**
 * Which catalog objects a tree names, so that they can be loaded before the walk: every field that holds an OID of a relation, function,
 * type or operator. Where it stops: objects that only facts name (children, foreign keys, function bodies) are found in later rounds.
 */
import { SqlFault } from '../sql-fault.ts'
import { typeOfExpression } from './expression-type.ts'
import { NodeRoles } from '../tree/node-roles.ts'
import { nodesOf, numberOf, type TreeNode, type TreeValue } from '../tree/tree-value.ts'

export interface Named {
  /** Calls of functions by the types of their arguments: what a polymorphic body is analysed for. Keyed by OID and types. */
  readonly calls: Map<string, { readonly function: number; readonly types: readonly (number | undefined)[] }>
  readonly relations: Set<number>
  readonly functions: Set<number>
  readonly types: Set<number>
  readonly operators: Set<number>
}

export function nothingNamed(): Named {
  return { calls: new Map(), relations: new Set(), functions: new Set(), types: new Set(), operators: new Set() }
}

/** @returns whether any query of the tree writes. */
export function writesRows(value: TreeValue): boolean {
  if (value?.kind === 'list') return value.items.some(writesRows)
  if (value?.kind !== 'node') return false
  if (value.name === 'QUERY' && numberOf(value, 'resultRelation') !== 0) return true
  return value.within.some(writesRows)
}

/** The one relation that `SELECT ... FROM ONLY t` reads. @throws {SqlFault} `unsupported`: a view, or no relation at all. */
export function tableOfTrees(trees: readonly TreeNode[]): number {
  const [query, ...more] = trees
  const entries = query === undefined || more.length > 0 ? [] : nodesOf(query, 'rtable')
  const relations = entries.filter(entry => numberOf(entry, 'rtekind') === 0)
  const [only] = relations
  if (only === undefined || relations.length !== 1 || entries.length !== 1) throw new SqlFault('unsupported', 'COPY of something that is no plain table')
  return numberOf(only, 'relid')
}

/** What of {@link Named} is a set of OIDs. */
export type NamedKind = 'relations' | 'functions' | 'types' | 'operators'

const FIELDS: ReadonlyMap<string, NamedKind> = new Map<string, NamedKind>([
  ['relid', 'relations'], ['seqid', 'relations'], ['resorigtbl', 'relations'],
  ['funcid', 'functions'], ['aggfnoid', 'functions'], ['winfnoid', 'functions'], ['opfuncid', 'functions'], ['tsmhandler', 'functions'],
  ['startInRangeFunc', 'functions'], ['endInRangeFunc', 'functions'],
  ['opno', 'operators'], ['eqop', 'operators'], ['sortop', 'operators'], ['opnos', 'operators'], ['cycle_mark_neop', 'operators'],
  ['vartype', 'types'], ['consttype', 'types'], ['paramtype', 'types'], ['resulttype', 'types'], ['funcresulttype', 'types'], ['opresulttype', 'types'],
  ['aggtype', 'types'], ['wintype', 'types'], ['casetype', 'types'], ['coalescetype', 'types'], ['minmaxtype', 'types'], ['array_typeid', 'types'],
  ['row_typeid', 'types'], ['refcontainertype', 'types'], ['refrestype', 'types'], ['typeId', 'types'], ['typid', 'types'], ['type', 'types'],
  ['coltypes', 'types'], ['funccoltypes', 'types'],
])

const NAMING = new NodeRoles((_, field) => FIELDS.get(field))

/** Adds all that `node` and what is below it names. A regclass constant names a relation by its value. */
export function addNamed(node: TreeNode, named: Named): void {
  const visit = (value: TreeValue): void => {
    if (value?.kind === 'list') { value.items.forEach(visit); return }
    if (value?.kind !== 'node') return
    for (const [field, set] of NAMING.of(value)) {
      const oids = value.fields.get(field)
      if (oids?.kind === 'token' && /^\d+$/.test(oids.value)) named[set].add(Number(oids.value))
      if (oids?.kind === 'numbers') oids.values.forEach(oid => named[set].add(oid))
    }
    value.within.forEach(visit)
    if (value.name === 'CONST') addRegclass(value, named)
    if (value.name === 'FUNCEXPR' || value.name === 'OPEXPR') addCall(value, named)
  }
  visit(node)
}

function addCall(node: TreeNode, named: Named): void {
  const called = numberOf(node, node.name === 'FUNCEXPR' ? 'funcid' : 'opfuncid')
  const types = nodesOf(node, 'args').map(typeOfExpression)
  named.calls.set(`${called}:${types.join(',')}`, { function: called, types })
}

const REGCLASS = '2205'

function addRegclass(node: TreeNode, named: Named): void {
  const type = node.fields.get('consttype')
  const datum = node.fields.get('constvalue')
  if (type?.kind !== 'token' || type.value !== REGCLASS || datum?.kind !== 'datum' || datum.bytes.length < 4) return
  named.relations.add(new DataView(Uint8Array.from(datum.bytes).buffer).getUint32(0, true))
}
