/** Objects as the grammar's nodes name them, to {@link ObjectName}: one reader for every node shape that stands for an object. */
import { isFields, listField, numberField, stringOf, stringsOf, structField, textField, flagField, type AstNode, type Fields } from './ast.ts'
import { OBJECT_KINDS, type ObjectKindRow } from './object-kind.table.ts'
import type { ObjectKind, ObjectName, RelationName } from './object-name.ts'
import type { Persistence } from './raw-statement.ts'

/** @returns undefined for an ObjectType that no statement names (or one newer than this table). */
export function objectKind(type: string | undefined): ObjectKindRow | undefined {
  return type === undefined ? undefined : OBJECT_KINDS.get(type)
}

/** An object of a known kind, whatever node names it. Undefined: a shape not known for that kind. */
export function readObject(row: ObjectKindRow, node: AstNode | undefined): ObjectName | undefined {
  switch (node?.type) {
    case 'String': return fromParts(row, [stringOf(node) ?? ''])
    case 'List': return row.shape === 'pair' ? fromPair(row, node.fields) : fromStrings(row, listField(node.fields, 'items'))
    case 'TypeName': return fromStrings({ ...row, shape: 'qualified' }, listField(node.fields, 'names'))
    case 'ObjectWithArgs': return fromStrings({ ...row, shape: 'qualified' }, listField(node.fields, 'objname'))
    case 'RangeVar': return relationObject(row.kind, node.fields)
    case 'Integer': return plainObject(row.kind, String(numberField(node.fields, 'ival')))
    case 'Float': return plainObject(row.kind, textField(node.fields, 'fval') ?? '')
    case 'RoleSpec': return plainObject(row.kind, roleName(node.fields))
    case 'AccessPriv': return plainObject(row.kind, textField(node.fields, 'priv_name') ?? '')
    default: return undefined
  }
}

/** Every element, or undefined when one is not readable. */
export function readObjects(row: ObjectKindRow, nodes: readonly (AstNode | undefined)[]): readonly ObjectName[] | undefined {
  const objects: ObjectName[] = []
  for (const node of nodes) {
    const object = readObject(row, node)
    if (object === undefined) return undefined
    objects.push(object)
  }
  return objects
}

/** An object with a name of one word. */
export function plainObject(kind: ObjectKind, name: string): ObjectName { return { kind, schema: undefined, name, part: undefined } }

/** An object named by a list of String nodes, `[schema.]name`. */
export function qualifiedObject(kind: ObjectKind, nodes: readonly (AstNode | undefined)[]): ObjectName | undefined {
  return fromStrings({ kind, words: '', shape: 'qualified' }, nodes)
}

/** An object named by a RangeVar. */
export function relationObject(kind: ObjectKind, relation: Fields): ObjectName | undefined {
  const name = textField(relation, 'relname')
  return name === undefined ? undefined : { kind, schema: textField(relation, 'schemaname'), name, part: undefined }
}

/** Every relation named anywhere in a node, each once, in no particular order. Iterative: depth is the caller's choice. */
export function relationsWithin(root: Fields): readonly ObjectName[] {
  const found = new Map<string, ObjectName>()
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== 'object' || value === null) continue
    const relation = isFields(value) ? relationObject('relation', value) : undefined
    if (relation !== undefined) found.set(JSON.stringify([relation.schema, relation.name]), relation)
    else for (const field of Object.values(value)) pending.push(field)
  }
  return [...found.values()]
}

/** A part of a relation: a trigger, a rule, a policy on it. */
export function partObject(kind: ObjectKind, relation: Fields | undefined, part: string | undefined): ObjectName | undefined {
  const on = relation && relationObject(kind, relation)
  return on === undefined || part === undefined ? undefined : { ...on, part }
}

/** A RangeVar. Undefined: it names nothing. */
export function readRelation(relation: Fields | undefined): RelationName | undefined {
  const name = relation && textField(relation, 'relname')
  if (relation === undefined || name === undefined) return undefined
  return { catalog: textField(relation, 'catalogname'), schema: textField(relation, 'schemaname'), name, children: flagField(relation, 'inh') }
}

/** A list of RangeVar nodes; undefined when an element is something else. */
export function readRelations(nodes: readonly (AstNode | undefined)[]): readonly RelationName[] | undefined {
  const relations: RelationName[] = []
  for (const node of nodes) {
    const relation = node?.type === 'RangeVar' ? readRelation(node.fields) : undefined
    if (relation === undefined) return undefined
    relations.push(relation)
  }
  return relations
}

/** What a relation created under this name will be; see CreateTableAsStatement. */
export function readPersistence(relation: Fields | undefined): Persistence {
  if (relation === undefined) return 'permanent'
  const schema = textField(relation, 'schemaname')
  if (textField(relation, 'relpersistence') === 't' || (schema !== undefined && isTemporarySchema(schema))) return 'temporary'
  return textField(relation, 'relpersistence') === 'u' ? 'unlogged' : 'permanent'
}

/** `pg_temp` stands for the session's own; its real name is `pg_temp_N` (catalog/namespace.c). */
export function isTemporarySchema(schema: string): boolean { return /^pg_temp(_[0-9]+)?$/.test(schema) }

/** A RoleSpec as a word. */
export function roleName(role: Fields): string {
  switch (textField(role, 'roletype')) {
    case 'ROLESPEC_PUBLIC': return 'public'
    case 'ROLESPEC_CURRENT_ROLE': return 'current_role'
    case 'ROLESPEC_CURRENT_USER': return 'current_user'
    case 'ROLESPEC_SESSION_USER': return 'session_user'
    default: return textField(role, 'rolename') ?? ''
  }
}

/** The roles of a list of RoleSpec, AccessPriv (GRANT a TO b) or String nodes. */
export function readRoles(nodes: readonly (AstNode | undefined)[]): readonly string[] {
  return nodes.flatMap((node) => {
    switch (node?.type) {
      case 'RoleSpec': return [roleName(node.fields)]
      case 'AccessPriv': return [textField(node.fields, 'priv_name') ?? '']
      case 'String': return [stringOf(node) ?? '']
      default: return []
    }
  })
}

/** The role of a struct field. */
export function readRole(fields: Fields, name: string): readonly string[] {
  const role = structField(fields, name)
  return role === undefined ? [] : [roleName(role)]
}

function fromStrings(row: ObjectKindRow, nodes: readonly (AstNode | undefined)[]): ObjectName | undefined {
  const parts = stringsOf(nodes)
  return parts === undefined ? undefined : fromParts(row, parts)
}

/** Parts stand most general first. A database's name in front is dropped: the server accepts only the current one. */
function fromParts(row: ObjectKindRow, parts: readonly string[]): ObjectName | undefined {
  const last = parts.at(-1)
  if (last === undefined || parts.length > 4) return undefined
  switch (row.shape) {
    case 'plain': case 'pair': return parts.length === 1 ? plainObject(row.kind, last) : undefined
    case 'qualified': return { kind: row.kind, schema: parts.at(-2), name: last, part: undefined }
    case 'method': return parts.length < 2 ? undefined : { kind: row.kind, schema: parts.length > 2 ? parts.at(-2) : undefined, name: last, part: undefined }
    case 'part': {
      const name = parts.at(-2)
      return name === undefined ? undefined : { kind: row.kind, schema: parts.at(-3), name, part: last }
    }
  }
}

/** A cast's two types, a domain and its constraint, a type and its language: named by the first, the other as `part`. */
function fromPair(row: ObjectKindRow, list: Fields): ObjectName | undefined {
  const [first, second] = listField(list, 'items')
  if (first?.type !== 'TypeName') return undefined
  const name = fromStrings({ ...row, shape: 'qualified' }, listField(first.fields, 'names'))
  const part = second?.type === 'TypeName' ? stringsOf(listField(second.fields, 'names'))?.join('.') : stringOf(second)
  return name === undefined || part === undefined ? undefined : { ...name, part }
}
