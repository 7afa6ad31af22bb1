/** ALTER ... RENAME, SET SCHEMA and DEPENDS ON EXTENSION: one reader for the objects of all kinds that these may name. */
import { nodeField, structField, textField, type Fields } from './ast.ts'
import { unknownStatement } from './command-tag.ts'
import { toRenamed } from './ddl-statement.ts'
import type { ObjectKindRow } from './object-kind.table.ts'
import type { RawStatement } from './raw-statement.ts'
import { objectKind, plainObject, readObject, relationObject } from './read-object.ts'

/** ALTER ... RENAME. A column, attribute, constraint, trigger, rule or policy is a part of its relation. */
export function readRename(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'renameType'))
  const relationRow = objectKind(textField(fields, 'relationType'))
  if (row === undefined) return unknownStatement('ALTER', 'object type of RenameStmt')
  const command = `ALTER ${row.kind === 'column' && relationRow !== undefined ? relationRow.words : row.words}`
  const relation = structField(fields, 'relation')
  const part = textField(fields, 'subname')
  // A domain's constraint comes apart: the domain here, the constraint in `subname`.
  const shaped: ObjectKindRow = part === undefined || row.shape !== 'pair' ? row : { ...row, shape: 'qualified' }
  const named = relation === undefined ? readObject(shaped, nodeField(fields, 'object')) : relationObject(row.kind, relation)
  const object = named ?? (part === undefined ? undefined : plainObject(row.kind, part))
  if (object === undefined) return unknownStatement(command, 'object of RenameStmt')
  return toRenamed(command, 'rename', part === undefined || named === undefined ? object : { ...object, part })
}

/** ALTER ... SET SCHEMA */
export function readSetSchema(fields: Fields): RawStatement { return readAltered(fields, 'AlterObjectSchemaStmt', 'move') }

/** ALTER ... DEPENDS ON EXTENSION */
export function readDepends(fields: Fields): RawStatement { return readAltered(fields, 'AlterObjectDependsStmt', 'depends') }

function readAltered(fields: Fields, node: string, verb: 'move' | 'depends'): RawStatement {
  const row = objectKind(textField(fields, 'objectType'))
  if (row === undefined) return unknownStatement('ALTER', `object type of ${node}`)
  const command = `ALTER ${row.words}`
  const relation = structField(fields, 'relation')
  const named = relation === undefined ? readObject(row, nodeField(fields, 'object')) : relationObject(row.kind, relation)
  // ALTER TRIGGER name ON relation: the relation in one field, the trigger's name in the other.
  const part = relation === undefined ? undefined : readObject({ ...row, shape: 'plain' }, nodeField(fields, 'object'))?.name
  const object = named && part !== undefined ? { ...named, part } : named
  return object === undefined ? unknownStatement(command, `object of ${node}`) : toRenamed(command, verb, object)
}
