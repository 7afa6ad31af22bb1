/**
 * Whether planning a statement runs anybody's code. The planner computes immutable functions of constants, and stable ones for its estimates, so a
 * function that somebody made, or one of the server's that does something, may run while EXPLAIN only plans. Looks at every node, conservatively: a
 * type or operator that is not built in may bring code with it. Where it stops: what a table's owner has put into indexes, partitions and
 * row security is planned with every statement over it, whoever sends it.
 */
import type { BehaviourOf } from '../behaviour/index.ts'
import { NodeRoles } from '../tree/node-roles.ts'
import type { TreeNode, TreeValue } from '../tree/tree-value.ts'

/** The first OID that a server gives to what people make: PostgreSQL, src/include/access/transam.h, FirstNormalObjectId. */
const FIRST_OWN = 16_384

const FUNCTIONS: ReadonlySet<string> = new Set(['funcid', 'opfuncid', 'aggfnoid', 'winfnoid', 'tsmhandler'])
const OPERATORS: ReadonlySet<string> = new Set(['opno', 'opnos', 'eqop', 'sortop'])
/** Nodes that call functions of their types: input and output functions, the checks of domains. */
const TYPED: ReadonlySet<string> = new Set(['COERCEVIAIO', 'COERCETODOMAIN', 'ARRAYCOERCEEXPR', 'CONVERTROWTYPEEXPR', 'MINMAXEXPR'])

/** @returns undefined: it may run code. */
export function planningOf(behaviour: BehaviourOf, trees: readonly TreeNode[]): 'runs-no-code' | undefined {
  return trees.every(tree => isHarmless(behaviour, tree)) ? 'runs-no-code' : undefined
}

function isHarmless(behaviour: BehaviourOf, node: TreeNode): boolean {
  for (const [field, names] of CODE.of(node)) {
    const oids = numbersIn(node.fields.get(field))
    if (names === 'functions' ? !oids.every(oid => oid === 0 || behaviour(oid)?.effect === 'none') : oids.some(oid => oid >= FIRST_OWN)) return false
  }
  return node.within.every(value => holdsHarmless(behaviour, value))
}

/** What brings code along. */
const CODE = new NodeRoles((node, field) => {
  if (FUNCTIONS.has(field)) return 'functions'
  return OPERATORS.has(field) || (TYPED.has(node) && field.endsWith('type')) ? 'made' : undefined
})

function holdsHarmless(behaviour: BehaviourOf, value: TreeValue): boolean {
  if (value?.kind === 'node') return isHarmless(behaviour, value)
  return value?.kind !== 'list' || value.items.every(item => holdsHarmless(behaviour, item))
}

function numbersIn(value: TreeValue): readonly number[] {
  if (value?.kind === 'numbers') return value.values
  return value?.kind === 'token' && /^\d+$/.test(value.value) ? [Number(value.value)] : []
}
