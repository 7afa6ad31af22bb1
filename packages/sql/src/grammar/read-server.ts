/** What reaches beyond the database: databases, tablespaces, subscriptions, foreign servers, extensions, languages, files, settings. */
import { flagField, listField, nodeField, structField, textField, type Fields } from './ast.ts'
import { tagged, unknownStatement } from './command-tag.ts'
import type { ObjectKind, ObjectName } from './object-name.ts'
import type { RawStatement, ServerStatement } from './raw-statement.ts'
import { objectKind, plainObject, readObject, readRole, relationObject } from './read-object.ts'
import { readSetting } from './read-setting.ts'

/** A statement about one object with a plain name. */
export function readServerNamed(command: string, verb: ServerStatement['verb'], kind: ObjectKind, nameField: string): (fields: Fields) => RawStatement {
  return (fields) => {
    const name = textField(fields, nameField)
    return name === undefined ? unknownStatement(command, 'no name') : server(command, verb, [plainObject(kind, name)])
  }
}

/** CREATE and ALTER USER MAPPING FOR role SERVER name: named by the role, the server as its part. */
export function readUserMapping(command: string, verb: ServerStatement['verb']): (fields: Fields) => RawStatement {
  return (fields) => server(command, verb, [userMapping(fields)])
}

export function readDropUserMapping(fields: Fields): RawStatement {
  return { kind: 'drop', ...tagged('DROP USER MAPPING'), objects: [userMapping(fields)], behavior: 'restrict', ifExists: flagField(fields, 'missing_ok') }
}

/** ALTER EXTENSION name ADD | DROP member */
export function readExtensionContents(fields: Fields): RawStatement {
  const row = objectKind(textField(fields, 'objtype'))
  const member = row && readObject(row, nodeField(fields, 'object'))
  const name = textField(fields, 'extname')
  if (member === undefined || name === undefined) return unknownStatement('ALTER EXTENSION', 'member of AlterExtensionContentsStmt')
  return server('ALTER EXTENSION', 'alter', [plainObject('extension', name), member])
}

/** CREATE and ALTER PUBLICATION: the publication, then the tables and schemas it publishes. */
export function readPublication(command: string, verb: ServerStatement['verb']): (fields: Fields) => RawStatement {
  return (fields) => {
    const name = textField(fields, 'pubname')
    if (name === undefined) return unknownStatement(command, 'no name')
    const objects: ObjectName[] = [plainObject('publication', name)]
    for (const node of listField(fields, 'pubobjects')) {
      const published = node?.type === 'PublicationObjSpec' ? readPublished(node.fields) : undefined
      if (published === undefined) return unknownStatement(command, 'PublicationObjSpec')
      objects.push(published)
    }
    return server(command, verb, objects)
  }
}

/** CREATE FOREIGN TABLE name (...) SERVER server */
export function readForeignTable(fields: Fields): RawStatement {
  const relation = structField(structField(fields, 'base') ?? {}, 'relation')
  const table = relation && relationObject('foreign-table', relation)
  if (table === undefined) return unknownStatement('CREATE FOREIGN TABLE', 'CreateForeignTableStmt')
  return server('CREATE FOREIGN TABLE', 'create', [table, plainObject('foreign-server', textField(fields, 'servername') ?? '')])
}

export function readImportForeignSchema(fields: Fields): RawStatement {
  const into = textField(fields, 'local_schema')
  if (into === undefined) return unknownStatement('IMPORT FOREIGN SCHEMA', 'no local schema')
  return server('IMPORT FOREIGN SCHEMA', 'import', [plainObject('schema', into), plainObject('foreign-server', textField(fields, 'server_name') ?? '')])
}

export function readAlterSystem(fields: Fields): RawStatement {
  const setting = readSetting(structField(fields, 'setstmt') ?? {})
  if (setting === undefined) return unknownStatement('ALTER SYSTEM', 'setting of ALTER SYSTEM')
  return { ...server('ALTER SYSTEM', 'alter', [plainObject('system', setting.name ?? '')]), setting }
}

/** LOAD 'file': the path is the caller's literal and is not kept. */
export function readLoad(): RawStatement { return server('LOAD', 'load', []) }

export function readCheckpoint(): RawStatement { return server('CHECKPOINT', 'checkpoint', []) }

function readPublished(fields: Fields): ObjectName | undefined {
  switch (textField(fields, 'pubobjtype')) {
    case 'PUBLICATIONOBJ_TABLE': {
      const relation = structField(structField(fields, 'pubtable') ?? {}, 'relation')
      return relation && relationObject('table', relation)
    }
    case 'PUBLICATIONOBJ_TABLES_IN_SCHEMA': return plainObject('all-in-schema', textField(fields, 'name') ?? '')
    case 'PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA': return plainObject('all-in-schema', '')
    default: return undefined
  }
}

function userMapping(fields: Fields): ObjectName {
  return { ...plainObject('user-mapping', readRole(fields, 'user')[0] ?? ''), part: textField(fields, 'servername') }
}

function server(command: string, verb: ServerStatement['verb'], objects: readonly ObjectName[]): ServerStatement {
  return { kind: 'server', ...tagged(command), verb, objects, setting: undefined }
}
