/**
 * Values of constants, where one decides: a divisor, the name of a setting, a LIMIT. Decodes the few types that matter from the
 * binary datum of a CONST node; anything else is known to be a constant and no more. Source: PostgreSQL, src/backend/nodes/outfuncs.c outDatum;
 * varatt.h. Every platform PostgreSQL ships on today is little-endian, and so is this.
 */
import { escapedLikePattern, type ArgumentFact } from '../behaviour/index.ts'
import { childOf, flagOf, nodesOf, numberOf, type TreeNode } from '../tree/tree-value.ts'
import type { Level } from './level.ts'

const BOOL = 16, NAME = 19, INT8 = 20, INT2 = 21, INT4 = 23, OID = 26, UNKNOWN = 705
const TEXT_TYPES: ReadonlySet<number> = new Set([25, 1043])

/** Wrappers that leave a constant as it is. */
const TRANSPARENT: ReadonlySet<string> = new Set(['RELABELTYPE', 'COLLATEEXPR', 'NAMEDARGEXPR'])

/** int8(int4), int8(int2), int4(int2): the parser writes them around integer literals, and none can fail. */
const WIDENING: ReadonlySet<number> = new Set([481, 754, 313])
/** like_escape(text, text), which LIKE ... ESCAPE calls. */
const LIKE_ESCAPE = 1637

const OTHER: ArgumentFact = { kind: 'other' }
const constant = (value: string | number | bigint | boolean | null | undefined): ArgumentFact => ({ kind: 'constant', value })

/** What is known of an argument without running anything. @param level Where its columns are found; undefined: not asked. */
export function argumentFact(node: TreeNode | undefined, level: Level | undefined): ArgumentFact {
  if (node === undefined) return OTHER
  if (TRANSPARENT.has(node.name)) return argumentFact(childOf(node, 'arg'), level)
  if (node.name === 'VAR' && level !== undefined) return isStoredColumn(node, level) ? { kind: 'column' } : OTHER
  if (node.name === 'FUNCEXPR') return folded(node)
  return node.name === 'CONST' ? decoded(node) : OTHER
}

function isStoredColumn(node: TreeNode, level: Level): boolean {
  const entry = level.above(numberOf(node, 'varlevelsup')).entry(numberOf(node, 'varno'))
  return numberOf(node, 'varattno') > 0 && entry.fields.has('rtekind') && numberOf(entry, 'rtekind') === 0
}

/** The few calls of constants whose outcome is plain. */
function folded(node: TreeNode): ArgumentFact {
  const oid = numberOf(node, 'funcid')
  const facts = nodesOf(node, 'args').map(argument => argumentFact(argument, undefined))
  const [first, second] = facts
  if (WIDENING.has(oid)) return first?.kind === 'constant' ? first : OTHER
  if (oid !== LIKE_ESCAPE || first?.kind !== 'constant' || second?.kind !== 'constant') return OTHER
  if (typeof first.value !== 'string' || typeof second.value !== 'string') return OTHER
  const pattern = escapedLikePattern(first.value, second.value)
  return pattern === undefined ? OTHER : constant(pattern)
}

function decoded(node: TreeNode): ArgumentFact {
  if (flagOf(node, 'constisnull')) return constant(null)
  const datum = node.fields.get('constvalue')
  if (datum?.kind !== 'datum') return constant(undefined)
  const bytes = Uint8Array.from(datum.bytes)
  const view = new DataView(bytes.buffer)
  const type = numberOf(node, 'consttype')
  if (type === BOOL && bytes.length >= 1) return constant(bytes[0] !== 0)
  if (type === INT2 && bytes.length >= 2) return constant(view.getInt16(0, true))
  if (type === INT4 && bytes.length >= 4) return constant(view.getInt32(0, true))
  if (type === OID && bytes.length >= 4) return constant(view.getUint32(0, true))
  if (type === INT8 && bytes.length >= 8) return constant(view.getBigInt64(0, true))
  if (type === NAME || type === UNKNOWN) {
    // C strings, ended or filled up with zero bytes.
    const end = bytes.indexOf(0)
    return constant(Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('utf8'))
  }
  // Others of variable length carry a header of 4 bytes.
  if (TEXT_TYPES.has(type) && bytes.length >= 4) return constant(Buffer.from(bytes.subarray(4)).toString('utf8'))
  return constant(undefined)
}
