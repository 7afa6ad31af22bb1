/** CREATE and ALTER of what lives inside the database, and what of it looks at rows, holds code or changes access. */
import { listField, nodeField, structField, textField, type AstNode, type Fields } from './ast.ts'
import { unknownStatement } from './command-tag.ts'
import { toDdl } from './ddl-statement.ts'
import { alterTableTraits, holdsCode } from './ddl-traits.ts'
import { evaluatedCode } from './evaluated-code.ts'
import type { ObjectKind, ObjectName } from './object-name.ts'
import type { RawStatement } from './raw-statement.ts'
import { objectKind, partObject, plainObject, qualifiedObject, readObject, readPersistence, relationObject, relationsWithin } from './read-object.ts'
import type { StatementText } from './statement-text.ts'

/** CREATE TABLE. A partition's bounds are held against the rows of the default partition. */
export function readCreateTable(fields: Fields): RawStatement {
  const relation = structField(fields, 'relation')
  const table = relation && relationObject('table', relation)
  if (table === undefined) return unknownStatement('CREATE TABLE', 'CreateStmt')
  const readsRows = structField(fields, 'partbound') !== undefined
  const traits = { persistence: readPersistence(relation), readsRows, holdsCode: holdsCode(fields) }
  return toDdl('CREATE TABLE', 'create', [table, ...relationsBeside(table, fields)], traits)
}

/** A unique index fails by the rows it finds; an expression index runs its expression over them. */
export function readIndex(fields: Fields): RawStatement {
  const relation = structField(fields, 'relation')
  const table = relation && relationObject('relation', relation)
  if (table === undefined) return unknownStatement('CREATE INDEX', 'IndexStmt')
  const index: ObjectName = { kind: 'index', schema: table.schema, name: textField(fields, 'idxname') ?? '', part: undefined }
  return toDdl('CREATE INDEX', 'create', [index, ...relationsWithin(fields)], { readsRows: true, evaluates: evaluatedCode(fields), holdsCode: holdsCode(fields) })
}

export function readCreateSequence(fields: Fields): RawStatement {
  const relation = structField(fields, 'sequence')
  const sequence = relation && relationObject('sequence', relation)
  if (sequence === undefined) return unknownStatement('CREATE SEQUENCE', 'CreateSeqStmt')
  return toDdl('CREATE SEQUENCE', 'create', [sequence], { persistence: readPersistence(relation) })
}

export function readAlterSequence(fields: Fields): RawStatement {
  const relation = structField(fields, 'sequence')
  const sequence = relation && relationObject('sequence', relation)
  return sequence === undefined ? unknownStatement('ALTER SEQUENCE', 'AlterSeqStmt') : toDdl('ALTER SEQUENCE', 'alter', [sequence])
}

export function readAlterTable(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'objtype'))
  const relation = structField(fields, 'relation')
  const object = row && relation && relationObject(row.kind, relation)
  const traits = alterTableTraits(listField(fields, 'cmds'))
  if (row === undefined || object === undefined || traits === undefined) return unknownStatement('ALTER TABLE', 'AlterTableStmt')
  return toDdl(`ALTER ${row.words}`, 'alter', [object, ...relationsBeside(object, fields)], { ...traits, evaluates: traits.readsRows ? evaluatedCode(fields) : undefined, holdsCode: holdsCode(fields) })
}

/** ALTER TABLE ALL IN TABLESPACE ... SET TABLESPACE ... */
export function readMoveAll(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'objtype'))
  const from = textField(fields, 'orig_tablespacename')
  const to = textField(fields, 'new_tablespacename')
  if (row === undefined || from === undefined || to === undefined) return unknownStatement('ALTER TABLE', 'AlterTableMoveAllStmt')
  return toDdl(`ALTER ${row.words}`, 'move', [plainObject('tablespace', from), plainObject('tablespace', to)])
}

/** CREATE SCHEMA with the statements inside it. One that cannot be read makes the whole unknown. */
export function readCreateSchema(readElement: (node: AstNode) => RawStatement): (fields: Fields) => RawStatement {
  return (fields) => {
    const owner = structField(fields, 'authrole')
    const name = textField(fields, 'schemaname') ?? (owner && textField(owner, 'rolename')) ?? (owner && 'current_user')
    if (name === undefined) return unknownStatement('CREATE SCHEMA', 'no name')
    const elements: RawStatement[] = []
    for (const node of listField(fields, 'schemaElts')) {
      const element = node && readElement(node)
      if (element === undefined || element.kind === 'unknown') return unknownStatement('CREATE SCHEMA', 'element of CREATE SCHEMA')
      elements.push(element)
    }
    return { ...toDdl('CREATE SCHEMA', 'create', [plainObject('schema', name)]), elements }
  }
}

/** CREATE TRIGGER name ON relation */
export function readTrigger(fields: Fields): RawStatement {
  const trigger = partObject('trigger', structField(fields, 'relation'), textField(fields, 'trigname'))
  if (trigger === undefined) return unknownStatement('CREATE TRIGGER', 'CreateTrigStmt')
  return toDdl('CREATE TRIGGER', 'create', [trigger, ...relationsWithin(fields)], { holdsCode: true })
}

/** CREATE RULE name ON relation */
export function readRule(fields: Fields): RawStatement {
  const rule = partObject('rule', structField(fields, 'relation'), textField(fields, 'rulename'))
  if (rule === undefined) return unknownStatement('CREATE RULE', 'RuleStmt')
  return toDdl('CREATE RULE', 'create', [rule, ...relationsWithin(fields)], { holdsCode: true })
}

/** CREATE STATISTICS [ name ] ON ... FROM relation: what it gathers is statistics of data. */
export function readStatistics(fields: Fields): RawStatement {
  const relations = relationsWithin(fields)
  if (relations.length === 0) return unknownStatement('CREATE STATISTICS', 'relation of CREATE STATISTICS')
  const named = qualifiedObject('statistics', listField(fields, 'defnames'))
  return toDdl('CREATE STATISTICS', 'create', [named ?? plainObject('statistics', ''), ...relations], { holdsCode: holdsCode(fields) })
}

/** CREATE AGGREGATE, OPERATOR, TYPE, COLLATION, TEXT SEARCH ... */
export function readDefine(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'kind'))
  const object = row && qualifiedObject(row.kind, listField(fields, 'defnames'))
  if (row === undefined || object === undefined) return unknownStatement('CREATE', 'DefineStmt')
  return toDdl(`CREATE ${row.words}`, 'create', [object], { holdsCode: true })
}

/** ALTER DOMAIN: a new constraint is checked against the rows of every table that uses it. */
export function readAlterDomain(fields: Fields): RawStatement {
  const domain = qualifiedObject('domain', listField(fields, 'typeName'))
  if (domain === undefined) return unknownStatement('ALTER DOMAIN', 'AlterDomainStmt')
  // parsenodes.h, AlterDomainStmt.subtype: C add constraint, O set not null, V validate.
  const readsRows = ['C', 'O', 'V'].includes(textField(fields, 'subtype') ?? '')
  return toDdl('ALTER DOMAIN', 'alter', [domain], { readsRows, evaluates: evaluatedCode(fields), holdsCode: nodeField(fields, 'def') !== undefined })
}

/** ALTER FUNCTION, PROCEDURE, ROUTINE: options; SECURITY DEFINER changes as whom it runs. */
export function readAlterFunction(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'objtype'))
  const func = structField(fields, 'func')
  const object = row && func && readObject(row, { type: 'ObjectWithArgs', fields: func })
  if (row === undefined || object === undefined) return unknownStatement('ALTER FUNCTION', 'AlterFunctionStmt')
  return toDdl(`ALTER ${row.words}`, 'alter', [object], { holdsCode: true, changesAccess: true })
}

/** A statement about one object that a list of strings, a struct or a word names. */
export function readDdlNamed(
  command: string, verb: 'create' | 'alter', kind: ObjectKind, nameField: string, code: 'code' | 'no-code' = 'no-code',
): (fields: Fields, text: StatementText | undefined) => RawStatement {
  return (fields) => {
    const object = namedBy(kind, fields, nameField)
    return object === undefined ? unknownStatement(command, `no ${nameField}`) : toDdl(command, verb, [object], { holdsCode: code === 'code' })
  }
}

/** Its checks run whenever a value is read. */
export function readCreateDomain(fields: Fields): RawStatement {
  const domain = qualifiedObject('domain', listField(fields, 'domainname'))
  return domain === undefined ? unknownStatement('CREATE DOMAIN', 'no domainname') : toDdl('CREATE DOMAIN', 'create', [domain], { evaluates: evaluatedCode(fields), holdsCode: true })
}

function namedBy(kind: ObjectKind, fields: Fields, nameField: string): ObjectName | undefined {
  const text = textField(fields, nameField)
  if (text !== undefined) return plainObject(kind, text)
  const struct = structField(fields, nameField)
  if (struct === undefined) return qualifiedObject(kind, listField(fields, nameField))
  if (struct['relname'] !== undefined) return relationObject(kind, struct)
  return qualifiedObject(kind, listField(struct, struct['objname'] === undefined ? 'names' : 'objname'))
}

/** The relations that a statement names beside its own. */
function relationsBeside(own: ObjectName, fields: Fields): readonly ObjectName[] {
  return relationsWithin(fields).filter((relation) => relation.name !== own.name || relation.schema !== own.schema)
}
