/** What keeps the database running or the session clean: VACUUM to CHECKPOINT, LOCK, LISTEN, NOTIFY, DISCARD, COMMENT, TRUNCATE, DROP. */
import { flagField, listField, nodeField, numberField, readOptions, stringsOf, structField, textField, type Fields } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { ObjectKind, ObjectName } from './object-name.ts'
import type { DiscardStatement, RawStatement } from './raw-statement.ts'
import { objectKind, plainObject, readObject, readObjects, readRelations, relationObject } from './read-object.ts'

export function readVacuum(fields: Fields): RawStatement {
  const verb = flagField(fields, 'is_vacuumcmd') ? 'vacuum' : 'analyze'
  const objects = readVacuumRelations(fields)
  const options = readOptions(fields, 'options')
  if (objects === undefined || options === undefined) return unknownStatement(verb.toUpperCase(), 'VacuumStmt')
  return { kind: 'maintenance', ...tagged(verb.toUpperCase()), verb, objects, options: options.map((option) => option.name.toLowerCase()) }
}

const REINDEX_KINDS: ReadonlyMap<string, ObjectKind> = new Map([
  ['REINDEX_OBJECT_INDEX', 'index'], ['REINDEX_OBJECT_TABLE', 'table'], ['REINDEX_OBJECT_SCHEMA', 'schema'],
  ['REINDEX_OBJECT_SYSTEM', 'system'], ['REINDEX_OBJECT_DATABASE', 'database'],
])

export function readReindex(fields: Fields): RawStatement {
  const kind = REINDEX_KINDS.get(textField(fields, 'kind') ?? '')
  const options = readOptions(fields, 'params')
  if (kind === undefined || options === undefined) return unknownStatement('REINDEX', 'ReindexStmt')
  const relation = structField(fields, 'relation')
  const name = textField(fields, 'name')
  const object = relation === undefined ? (name === undefined ? undefined : plainObject(kind, name)) : relationObject(kind, relation)
  const objects = object === undefined ? [plainObject(kind, '')] : [object]
  return { kind: 'maintenance', ...tagged('REINDEX'), verb: 'reindex', objects, options: options.map((option) => option.name.toLowerCase()) }
}

export function readCluster(fields: Fields): RawStatement {
  const relation = structField(fields, 'relation')
  const object = relation && relationObject('relation', relation)
  const options = readOptions(fields, 'params')
  if (options === undefined) return unknownStatement('CLUSTER', 'ClusterStmt')
  return {
    kind: 'maintenance', ...tagged('CLUSTER'), verb: 'cluster', objects: object === undefined ? [] : [object],
    options: options.map((option) => option.name.toLowerCase()),
  }
}

/** storage/lockdefs.h, 1 to 8. */
const LOCK_MODES = [
  undefined, 'access share', 'row share', 'row exclusive', 'share update exclusive', 'share', 'share row exclusive', 'exclusive', 'access exclusive',
] as const

export function readLock(fields: Fields): RawStatement {
  const relations = readRelations(listField(fields, 'relations'))
  const mode = LOCK_MODES[numberField(fields, 'mode')]
  if (relations === undefined || mode === undefined) return unknownStatement('LOCK TABLE', 'LockStmt')
  return { kind: 'lock', ...tagged('LOCK TABLE'), relations, mode, nowait: flagField(fields, 'nowait') }
}

export function readListen(fields: Fields): RawStatement {
  const channel = textField(fields, 'conditionname')
  return channel === undefined ? unknownStatement('LISTEN', 'no channel') : { kind: 'listen', ...tagged('LISTEN'), channel }
}

export function readUnlisten(fields: Fields): RawStatement {
  return { kind: 'unlisten', ...tagged('UNLISTEN'), channel: textField(fields, 'conditionname') }
}

/** An empty payload is the same as none (commands/async.c), and the parser's JSON does not tell them apart. */
export function readNotify(fields: Fields): RawStatement {
  const channel = textField(fields, 'conditionname')
  if (channel === undefined) return unknownStatement('NOTIFY', 'no channel')
  return { kind: 'notify', ...tagged('NOTIFY'), channel, payload: textField(fields, 'payload') === undefined ? 'none' : 'given' }
}

const DISCARDS: ReadonlyMap<string, DiscardStatement['what']> = new Map([
  ['DISCARD_ALL', 'all'], ['DISCARD_PLANS', 'plans'], ['DISCARD_SEQUENCES', 'sequences'], ['DISCARD_TEMP', 'temp'],
])

export function readDiscard(fields: Fields): RawStatement {
  const what = DISCARDS.get(textField(fields, 'target') ?? '')
  return what === undefined ? unknownStatement('DISCARD', 'DiscardMode') : { kind: 'discard', ...tagged(`DISCARD ${what.toUpperCase()}`), what }
}

/** COMMENT ... IS '' removes as well (commands/comment.c), and the parser's JSON does not tell it from NULL. */
export function readComment(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'objtype'))
  const object = row && readObject(row, nodeField(fields, 'object'))
  if (object === undefined) return unknownStatement('COMMENT', 'object of CommentStmt')
  return { kind: 'comment', ...tagged('COMMENT'), object, removes: textField(fields, 'comment') === undefined }
}

export function readTruncate(fields: Fields): RawStatement {
  const relations = readRelations(listField(fields, 'relations'))
  if (relations === undefined) return unknownStatement('TRUNCATE TABLE', 'TruncateStmt')
  return { kind: 'truncate', ...tagged('TRUNCATE TABLE'), relations, behavior: readBehavior(fields), restartIdentity: flagField(fields, 'restart_seqs') }
}

export function readDrop(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'removeType'))
  if (row === undefined) return unknownStatement('DROP', 'object type of DropStmt')
  const objects = readObjects(row, listField(fields, 'objects'))
  return objects === undefined ? unknownStatement(`DROP ${row.words}`, 'objects of DropStmt') : toDrop(`DROP ${row.words}`, objects, fields)
}

/** DROP DATABASE, TABLESPACE, SUBSCRIPTION: one plain name. */
export function readDropNamed(command: string, kind: ObjectKind, nameField: string): (fields: Fields) => RawStatement {
  return (fields) => {
    const name = textField(fields, nameField)
    return name === undefined ? unknownStatement(command, 'no name') : toDrop(command, [plainObject(kind, name)], fields)
  }
}

export function readBehavior(fields: Fields): 'restrict' | 'cascade' {
  return textField(fields, 'behavior') === 'DROP_CASCADE' ? 'cascade' : 'restrict'
}

function toDrop(command: string, objects: readonly ObjectName[], fields: Fields): RawStatement {
  return { kind: 'drop', ...tagged(command), objects, behavior: readBehavior(fields), ifExists: flagField(fields, 'missing_ok') }
}

/** Each relation, or each of its columns where columns are named. */
function readVacuumRelations(fields: Fields): readonly ObjectName[] | undefined {
  const objects: ObjectName[] = []
  for (const node of listField(fields, 'rels')) {
    const relation = node?.type === 'VacuumRelation' ? structField(node.fields, 'relation') : undefined
    const object = relation && relationObject('relation', relation)
    const columns = stringsOf(listField(node?.fields ?? {}, 'va_cols'))
    if (object === undefined || columns === undefined) return undefined
    if (columns.length === 0) objects.push(object)
    for (const part of columns) objects.push({ ...object, kind: 'column', part })
  }
  return objects
}
