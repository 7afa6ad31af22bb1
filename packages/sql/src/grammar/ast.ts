/**
 * Careful readers for the parser's JSON: a node is an object with one key, its type; fields at their default (0, false, empty) are absent.
 * Reading a field that is not what was expected gives the default, never a guess: whoever needs the field checks for it.
 */

/** A node's fields. Keys are C field names of the grammar, never the caller's words. */
export type Fields = Readonly<Record<string, unknown>>

export interface AstNode {
  readonly type: string
  readonly fields: Fields
}

/** No fields: what an absent struct reads as. */
export const NO_FIELDS: Fields = Object.freeze({})

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns the node that `value` is, undefined when it is none. */
export function toNode(value: unknown): AstNode | undefined {
  if (!isFields(value)) return undefined
  const keys = Object.keys(value)
  const type = keys[0]
  if (keys.length !== 1 || type === undefined) return undefined
  const fields = value[type]
  return isFields(fields) ? { type, fields } : undefined
}

/** A field declared as Node: wrapped in its type. */
export function nodeField(fields: Fields, name: string): AstNode | undefined { return toNode(fields[name]) }

/** A field declared as one struct (RangeVar, TypeName, RoleSpec): its fields stand without the type. */
export function structField(fields: Fields, name: string): Fields | undefined {
  const value = fields[name]
  return isFields(value) ? value : undefined
}

/** A field declared as a list. Elements that are no nodes (the parser writes `{}` for a null) come as undefined. */
export function listField(fields: Fields, name: string): readonly (AstNode | undefined)[] {
  const value = fields[name]
  return Array.isArray(value) ? value.map(toNode) : []
}

export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' ? value : undefined
}

export function numberField(fields: Fields, name: string): number {
  const value = fields[name]
  return typeof value === 'number' ? value : 0
}

export function flagField(fields: Fields, name: string): boolean { return fields[name] === true }

/** The text of a String node. */
export function stringOf(node: AstNode | undefined): string | undefined {
  return node?.type === 'String' ? (textField(node.fields, 'sval') ?? '') : undefined
}

/** The texts of a list of String nodes; undefined when any element is something else. */
export function stringsOf(nodes: readonly (AstNode | undefined)[]): readonly string[] | undefined {
  const texts: string[] = []
  for (const node of nodes) {
    const text = stringOf(node)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return texts
}

/** One `name [= value]` of an option list. */
export interface Option {
  readonly name: string
  readonly value: AstNode | undefined
}

/** A list of DefElem; undefined when an element is something else. */
export function readOptions(fields: Fields, list: string): readonly Option[] | undefined {
  const options: Option[] = []
  for (const node of listField(fields, list)) {
    const name = node?.type === 'DefElem' ? textField(node.fields, 'defname') : undefined
    if (node === undefined || name === undefined) return undefined
    options.push({ name, value: nodeField(node.fields, 'arg') })
  }
  return options
}

/** A literal (A_Const) as the text that was written: strings, numbers with their sign, booleans as `true` and `false`. */
export function constantText(node: AstNode | undefined): string | undefined {
  if (node?.type !== 'A_Const') return undefined
  const { fields } = node
  if (flagField(fields, 'isnull')) return undefined
  const string = structField(fields, 'sval')
  if (string !== undefined) return textField(string, 'sval') ?? ''
  const integer = structField(fields, 'ival')
  if (integer !== undefined) return String(numberField(integer, 'ival'))
  const float = structField(fields, 'fval')
  if (float !== undefined) return textField(float, 'fval')
  const boolean = structField(fields, 'boolval')
  if (boolean !== undefined) return flagField(boolean, 'boolval') ? 'true' : 'false'
  return undefined
}

/** An option's value as defGetString reads it (commands/define.c): undefined for none and for lists, `*` for A_Star. */
export function optionText(value: AstNode | undefined): string | undefined {
  switch (value?.type) {
    case 'String': return stringOf(value)
    case 'Integer': return String(numberField(value.fields, 'ival'))
    case 'Float': return textField(value.fields, 'fval')
    case 'Boolean': return flagField(value.fields, 'boolval') ? 'true' : 'false'
    case 'A_Star': return '*'
    case 'TypeName': return stringsOf(listField(value.fields, 'names'))?.join('.')
    default: return undefined
  }
}

/**
 * An option's value as defGetBoolean reads it: none is true; 0 and 1; true, false, on, off in any case. Undefined: the server refuses it.
 */
export function optionFlag(value: AstNode | undefined): boolean | undefined {
  if (value === undefined) return true
  switch (optionText(value)?.toLowerCase()) {
    case 'true': case 'on': case '1': return true
    case 'false': case 'off': case '0': return false
    default: return undefined
  }
}
