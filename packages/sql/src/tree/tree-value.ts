/**
 * What the server's node text holds, generically: nodes with named fields, lists, numbers, tokens and datums. Names and numbers
 * stay tokens (strings) until somebody asks for one in its type. Where it stops: it knows no node by name. Source: PostgreSQL,
 * src/backend/nodes/outfuncs.c and read.c.
 */
import { SqlFault } from '../sql-fault.ts'

export interface TreeNode {
  readonly kind: 'node'
  /** As written: `QUERY`, `VAR`, ... */
  readonly name: string
  /** By field name without its colon. */
  readonly fields: ReadonlyMap<string, TreeValue>
  /** The nodes and lists among the fields, in order: where further nodes may stand. */
  readonly within: readonly (TreeNode | TreeList)[]
}

export interface TreeList {
  readonly kind: 'list'
  readonly items: readonly TreeValue[]
}

/** `(i ...)`, `(o ...)`, `(x ...)` and bitmapsets `(b ...)`. */
export interface TreeNumbers {
  readonly kind: 'numbers'
  readonly of: 'i' | 'o' | 'x' | 'b'
  readonly values: readonly number[]
}

/** A quoted string in a list: a String value node. */
export interface TreeText {
  readonly kind: 'text'
  readonly value: string
}

/** The bytes of a constant: for types passed by value the 8 bytes of the Datum, else header and value. */
export interface TreeDatum {
  readonly kind: 'datum'
  readonly bytes: readonly number[]
}

/** A bare word: a number, a boolean, an enum, a character, or a string without quotes. */
export interface TreeToken {
  readonly kind: 'token'
  readonly value: string
}

/** Undefined is the server's `<>`: NULL, an empty list, an absent string. */
export type TreeValue = TreeNode | TreeList | TreeNumbers | TreeText | TreeDatum | TreeToken | undefined

/** @returns whether the node has a field of this name at all; `<>` counts as having it. */
export function hasField(node: TreeNode, field: string): boolean {
  return node.fields.has(field)
}

function need(node: TreeNode, field: string): TreeValue {
  if (!node.fields.has(field)) throw new SqlFault('tree-field', `node ${node.name}: no field ${field}`)
  return node.fields.get(field)
}

function mismatch(node: TreeNode, field: string, wanted: string, found: TreeValue): SqlFault {
  return new SqlFault('tree-field', `node ${node.name}, field ${field}: expected ${wanted}, found ${found?.kind ?? 'nothing'}`)
}

/** A child node, or undefined for `<>`. @throws {SqlFault} `tree-field` */
export function childOf(node: TreeNode, field: string): TreeNode | undefined {
  const value = need(node, field)
  if (value === undefined || value.kind === 'node') return value
  throw mismatch(node, field, 'a node', value)
}

/** @throws {SqlFault} `tree-field`, also when the field is `<>`. */
export function requireChild(node: TreeNode, field: string): TreeNode {
  const value = childOf(node, field)
  if (value === undefined) throw mismatch(node, field, 'a node', value)
  return value
}

/** The nodes of a list field; `<>` is the empty list. @throws {SqlFault} `tree-field` when an item is no node. */
export function nodesOf(node: TreeNode, field: string): readonly TreeNode[] {
  return itemsOf(node, field).map(item => {
    if (item === undefined || item.kind !== 'node') throw mismatch(node, field, 'a list of nodes', item)
    return item
  })
}

/** The items of a list field, whatever they are; `<>` is the empty list. @throws {SqlFault} `tree-field` */
export function itemsOf(node: TreeNode, field: string): readonly TreeValue[] {
  const value = need(node, field)
  if (value === undefined) return []
  if (value.kind === 'list') return value.items
  throw mismatch(node, field, 'a list', value)
}

/** A list of integers or OIDs, or a bitmapset; `<>` is empty. @throws {SqlFault} `tree-field` */
export function numbersOf(node: TreeNode, field: string): readonly number[] {
  const value = need(node, field)
  if (value === undefined) return []
  if (value.kind === 'numbers') return value.values
  throw mismatch(node, field, 'numbers', value)
}

/** An integer field. @throws {SqlFault} `tree-field` */
export function numberOf(node: TreeNode, field: string): number {
  const value = need(node, field)
  if (value?.kind === 'token' && /^-?\d+$/.test(value.value)) return Number(value.value)
  throw mismatch(node, field, 'an integer', value)
}

/** A boolean field. @throws {SqlFault} `tree-field` */
export function flagOf(node: TreeNode, field: string): boolean {
  const value = need(node, field)
  if (value?.kind === 'token') {
    if (value.value === 'true') return true
    if (value.value === 'false') return false
  }
  throw mismatch(node, field, 'true or false', value)
}

/** A string field; undefined for `<>`. @throws {SqlFault} `tree-field` */
export function wordOf(node: TreeNode, field: string): string | undefined {
  const value = need(node, field)
  if (value === undefined) return undefined
  if (value.kind === 'token' || value.kind === 'text') return value.value
  throw mismatch(node, field, 'a word', value)
}

/** The strings of a list of strings. @throws {SqlFault} `tree-field` */
export function wordsOf(node: TreeNode, field: string): readonly string[] {
  return itemsOf(node, field).map(item => {
    if (item?.kind === 'text' || item?.kind === 'token') return item.value
    throw mismatch(node, field, 'a list of strings', item)
  })
}
