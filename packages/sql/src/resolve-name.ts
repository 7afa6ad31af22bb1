/**
 * Names in utility statements, where the server's analysis says nothing: found as the server would, along the session's effective
 * schemas. What is found nowhere is named with the schema it would be created in, so that a policy's patterns still have something to match.
 */
import type { Effect } from '@doorward/core'
import type { Catalog, RelationFacts } from './catalog/facts.ts'
import type { ObjectKind, ObjectName, RelationName } from './grammar/object-name.ts'
import type { SessionView } from './plan.ts'

/** @returns undefined: not in the snapshot; it may exist all the same. */
export function findRelation(catalog: Catalog, session: SessionView, name: Pick<RelationName, 'schema' | 'name'>): RelationFacts | undefined {
  if (name.schema === 'pg_temp') {
    for (const schema of session.schemas) if (/^pg_temp_\d+$/.test(schema)) return catalog.relationNamed(schema, name.name)
    return undefined
  }
  if (name.schema !== undefined) return catalog.relationNamed(name.schema, name.name)
  for (const schema of session.schemas) {
    const found = catalog.relationNamed(schema, name.name)
    if (found !== undefined) return found
  }
  return undefined
}

/** `schema.name`, for effects. */
export function qualifiedName(catalog: Catalog, session: SessionView, name: Pick<ObjectName, 'schema' | 'name'>): string {
  if (name.schema !== undefined) return `${name.schema}.${name.name}`
  const found = findRelation(catalog, session, { schema: undefined, name: name.name })
  return `${found?.schema ?? creationSchema(session)}.${name.name}`
}

/** Where an unqualified CREATE goes: the first schema that is not implied. */
export function creationSchema(session: SessionView): string {
  return session.schemas.find(schema => schema !== 'pg_catalog' && !/^pg_(toast_)?temp/.test(schema)) ?? 'pg_temp'
}

/** Kinds that live in a schema; others are named alone. */
const UNQUALIFIED: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  'access-method', 'cast', 'database', 'event-trigger', 'extension', 'foreign-data-wrapper', 'foreign-server', 'language', 'large-object', 'parameter', 'publication',
  'role', 'schema', 'subscription', 'tablespace', 'transform', 'user-mapping', 'all-in-schema', 'system', 'default',
])

export function objectName(catalog: Catalog, session: SessionView, object: ObjectName): string {
  return UNQUALIFIED.has(object.kind) ? object.name : qualifiedName(catalog, session, object)
}

const KINDS: ReadonlyMap<ObjectKind, Effect['kind']> = new Map<ObjectKind, Effect['kind']>([
  ['table', 'relation'], ['view', 'relation'], ['materialized-view', 'relation'], ['foreign-table', 'relation'], ['relation', 'relation'], ['column', 'relation'],
  ['index', 'relation'], ['trigger', 'relation'], ['rule', 'relation'], ['policy', 'relation'], ['table-constraint', 'relation'], ['statistics', 'relation'],
  ['function', 'function'], ['procedure', 'function'], ['routine', 'function'], ['aggregate', 'function'], ['operator', 'function'],
  ['schema', 'schema'], ['all-in-schema', 'schema'], ['database', 'database'], ['role', 'role'], ['sequence', 'sequence'],
  ['type', 'type'], ['domain', 'type'], ['attribute', 'type'], ['domain-constraint', 'type'], ['parameter', 'setting'],
])

export function effectKind(kind: ObjectKind): Effect['kind'] {
  return KINDS.get(kind) ?? 'other'
}
