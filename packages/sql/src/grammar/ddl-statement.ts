/** Builds {@link DdlStatement}s; what is not said is the harmless default. */
import { tagged } from './command-tag.ts'
import type { ObjectKind, ObjectName } from './object-name.ts'
import type { DdlStatement, RawStatement } from './raw-statement.ts'

export type DdlTraits = Partial<Pick<DdlStatement, 'persistence' | 'readsRows' | 'evaluates' | 'holdsCode' | 'changesAccess' | 'actions' | 'elements'>>

export function toDdl(command: string, verb: DdlStatement['verb'], objects: readonly ObjectName[], traits: DdlTraits = {}): DdlStatement {
  return {
    kind: 'ddl', ...tagged(command), verb, objects, persistence: 'permanent', readsRows: false, evaluates: undefined, holdsCode: false, changesAccess: false, actions: [],
    elements: [], ...traits,
  }
}

/** Objects whose renaming or moving reaches beyond the database, as their making does. */
const SERVER_KINDS: ReadonlySet<ObjectKind> = new Set([
  'database', 'tablespace', 'extension', 'publication', 'subscription', 'foreign-server', 'foreign-data-wrapper', 'event-trigger', 'language',
  'access-method',
])

/** What renames or moves any one object: a role's renaming is a matter of privilege. */
export function toRenamed(command: string, verb: DdlStatement['verb'], object: ObjectName): RawStatement {
  if (object.kind === 'role') {
    return { kind: 'privilege', ...tagged(command), form: 'alter-role', objects: [], roles: [object.name], privileges: [], setting: undefined }
  }
  if (SERVER_KINDS.has(object.kind)) return { kind: 'server', ...tagged(command), verb: 'alter', objects: [object], setting: undefined }
  return toDdl(command, verb, [object])
}
