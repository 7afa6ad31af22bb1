/**
 * Which catalog objects a tree names, so that they can be loaded before the walk: every field that holds an OID of a relation, function,
 * type or operator. Where it stops: objects that only facts name (children, foreign keys, function bodies) are found in later rounds.
 */
import type { TreeNode, TreeValue } from '../tree/tree-value.ts'

export interface Named {
  readonly relations: Set<number>
  readonly functions: Set<number>
  readonly types: Set<number>
  readonly operators: Set<number>
}

export function nothingNamed(): Named {
  return { relations: new Set(), functions: new Set(), types: new Set(), operators: new Set() }
}

const FIELDS: ReadonlyMap<string, keyof Named> = new Map<string, keyof Named>([
  ['relid', 'relations'], ['seqid', 'relations'], ['resorigtbl', 'relations'],
  ['funcid', 'functions'], ['aggfnoid', 'functions'], ['winfnoid', 'functions'], ['opfuncid', 'functions'], ['tsmhandler', 'functions'],
  ['startInRangeFunc', 'functions'], ['endInRangeFunc', 'functions'],
  ['opno', 'operators'], ['eqop', 'operators'], ['sortop', 'operators'], ['opnos', 'operators'], ['cycle_mark_neop', 'operators'],
  ['vartype', 'types'], ['consttype', 'types'], ['paramtype', 'types'], ['resulttype', 'types'], ['funcresulttype', 'types'], ['opresulttype', 'types'],
  ['aggtype', 'types'], ['wintype', 'types'], ['casetype', 'types'], ['coalescetype', 'types'], ['minmaxtype', 'types'], ['array_typeid', 'types'],
  ['row_typeid', 'types'], ['refcontainertype', 'types'], ['refrestype', 'types'], ['typeId', 'types'], ['typid', 'types'], ['type', 'types'],
  ['coltypes', 'types'], ['funccoltypes', 'types'],
])

/** Adds all that `node` and what is below it names. A regclass constant names a relation by its value. */
export function addNamed(node: TreeNode, named: Named): void {
  const visit = (value: TreeValue): void => {
    if (value?.kind === 'list') { value.items.forEach(visit); return }
    if (value?.kind !== 'node') return
    for (const [field, child] of value.fields) {
      const set = FIELDS.get(field)
      if (set !== undefined && child?.kind === 'token' && /^\d+$/.test(child.value)) named[set].add(Number(child.value))
      if (set !== undefined && child?.kind === 'numbers') child.values.forEach(oid => named[set].add(oid))
      visit(child)
    }
    if (value.name === 'CONST') addRegclass(value, named)
  }
  visit(node)
}

const REGCLASS = '2205'

function addRegclass(node: TreeNode, named: Named): void {
  const type = node.fields.get('consttype')
  const datum = node.fields.get('constvalue')
  if (type?.kind !== 'token' || type.value !== REGCLASS || datum?.kind !== 'datum' || datum.bytes.length < 4) return
  named.relations.add(new DataView(Uint8Array.from(datum.bytes).buffer).getUint32(0, true))
}
