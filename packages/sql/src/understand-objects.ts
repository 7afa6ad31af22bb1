/**
 * Statements that change definitions, rights or the server: DDL, GRANT, DROP, TRUNCATE, COMMENT, LOCK, VACUUM and the like. They are decided
 * by what they act on; where they look at stored rows, PHI in those rows decides whether they fail.
 */
import type { Action, ColumnUse, Effect } from '@doorward/core'
import { callsOf, FIRST_USER_OID } from './catalog/calls-of.ts'
import type { RelationFacts } from './catalog/facts.ts'
import type { ObjectName } from './grammar/object-name.ts'
import type {
  CommentStatement, CreateFunctionStatement, DdlStatement, DropStatement, LockStatement, MaintenanceStatement, PrivilegeStatement, RawStatement, ServerStatement,
  TruncateStatement,
} from './grammar/raw-statement.ts'
import type { Answer, Question, SessionChange, SessionView, UnderstandResult } from './plan.ts'
import { creationSchema, effectKind, findRelation, objectName, qualifiedName } from './resolve-name.ts'
import type { UnderstandContext } from './understand-knowledge.ts'
import { effectOn, opaquePlan, plan, understood } from './understand-plan.ts'

const CATALOG_CHANGED: readonly SessionChange[] = [{ kind: 'catalog', scope: 'shared' }, { kind: 'schemas' }]

/** A session's temporary schema, by its alias or its name. */
const TEMPORARY = /^pg_temp(_\d+)?\./

/** What making or dropping these changes. */
export function catalogChanges(objects: readonly string[]): readonly SessionChange[] {
  const scope = objects.length > 0 && objects.every(object => TEMPORARY.test(object)) ? 'session' : 'shared'
  return [{ kind: 'catalog', scope }, { kind: 'schemas' }]
}

type Where = Pick<UnderstandContext, 'catalog' | 'classes'> & { readonly session: SessionView }

function effectsOn(where: Where, action: Action, objects: readonly ObjectName[], note?: string): readonly Effect[] {
  return objects.map(object => effectOn(action, objectName(where.catalog, where.session, object), effectKind(object.kind), 'user', note))
}

/** Every PHI column of the relations named: their values decide whether the statement fails. */
function storedPhi(where: Where, objects: readonly { readonly schema: string | undefined; readonly name: string }[], via: string): readonly ColumnUse[] {
  const uses = new Map<string, ColumnUse>()
  for (const object of objects) {
    const facts = findRelation(where.catalog, where.session, object)
    for (const attribute of facts?.attributes.values() ?? []) {
      const phiClass = facts === undefined || attribute.dropped ? 'none' : where.classes.classOf(facts.oid, attribute.number)
      if (facts === undefined || phiClass === 'none') continue
      const column = { relation: `${facts.schema}.${facts.name}`, column: attribute.name, class: phiClass }
      uses.set(`${column.relation}\u0000${column.column}`, { column, context: 'error', via, equality: false })
    }
  }
  return [...uses.values()]
}

/** Parts of ALTER TABLE that decide who may see or change rows, or what runs when they change. */
const RIGHTS_ACTIONS = /^AT_(ChangeOwner|(Enable|Disable|Force|NoForce)RowSecurity|(Enable|Disable)\w*(Trig|Rule)\w*)$/

export function understandDdl(where: Where, statement: DdlStatement): UnderstandResult {
  const elements = statement.elements.map(element => elementEffects(where, element))
  if (elements.some(effects => effects === undefined)) return opaquePlan(statement.command, 'CREATE SCHEMA with statements that cannot be read alone')
  const effects = statement.persistence === 'temporary'
    ? statement.objects.map((object, index) => effectOn('ddl', index === 0 ? `pg_temp.${object.name}` : objectName(where.catalog, where.session, object), effectKind(object.kind)))
    : effectsOn(where, 'ddl', statement.objects)
  const rights = statement.actions.some(action => RIGHTS_ACTIONS.test(action)) ? effectsOn(where, 'privilege', statement.objects.slice(0, 1)) : []
  const unknown = unknownCode(where, statement)
  const [domain] = statement.objects.filter(object => object.kind === 'domain')
  // A domain's checks run while others' statements are only parsed.
  const runs = domain !== undefined && unknown.length > 0 ? effectsOn(where, 'privilege', [domain], 'its check calls more than the server\'s own functions') : []
  // A new check of a domain is held against the rows of every table with a column of it.
  const checked = domain === undefined ? [] : [objectName(where.catalog, where.session, domain)]
  const uses = statement.readsRows ? [...storedPhi(where, statement.objects, statement.command), ...[...checked, ...unknown].map(name => mayHoldAnything(name, statement.command))] : []
  return plan({
    understanding: understood(statement.command, { effects: [...effects, ...rights, ...runs, ...elements.flatMap(element => element ?? [])], uses }), tags: statement.tags,
    changes: statement.persistence === 'temporary' ? catalogChanges(effects.map(effect => effect.object)) : CATALOG_CHANGED, dependsOnDefinitions: true,
  })
}

/** What is not known to leave tables alone: its value decides what is stored, or whether the statement fails. */
function mayHoldAnything(name: string, via: string): ColumnUse {
  return { column: { relation: name, column: 'result', class: 'phi' }, context: 'error', via, equality: false }
}

/**
 * What the statement evaluates over rows that may be somebody's function: a default, a check or an index
 * expression can read other tables.
 */
function unknownCode(where: Where, { evaluates, objects }: DdlStatement): readonly string[] {
  if (evaluates === undefined) return []
  const isOwnType = (name: string): boolean => where.catalog.typesNamed(name.slice(name.lastIndexOf('.') + 1).replace(/^_/, '')).some(facts => facts.kind !== 'e')
  const tables = objects.flatMap(object => findRelation(where.catalog, where.session, object) ?? [])
  const isOfOwnType = (column: string): boolean => tables.some(facts => [...facts.attributes.values()].some(attribute => (column === '*' || attribute.name === column) && attribute.typeOid >= FIRST_USER_OID))
  return [
    ...evaluates.calls,
    ...evaluates.functions.filter(name => where.catalog.hasOwnFunction(name)),
    ...evaluates.operators.filter(name => where.catalog.hasOwnOperator(name)).map(name => `operator ${name}`),
    ...evaluates.types.filter(isOwnType).map(name => `type ${name}`),
    ...evaluates.columns.filter(isOfOwnType).map(name => `the type of ${name}`),
    // What is there already is evaluated again where rows are looked at: a constraint that is validated, a table that is written anew.
    ...tables.filter(facts => facts.writeExpressions.some(callsOwn)).map(facts => `a check or index of ${facts.schema}.${facts.name}`),
  ]
}

function callsOwn(expression: string): boolean {
  const { functions, operators } = callsOf(expression)
  return [...functions, ...operators].some(oid => oid >= FIRST_USER_OID)
}

function elementEffects(where: Where, element: RawStatement): readonly Effect[] | undefined {
  switch (element.kind) {
    case 'ddl': return effectsOn(where, 'ddl', element.objects)
    case 'privilege': return privilegeEffects(where, element)
    default: return undefined
  }
}

function privilegeEffects(where: Where, statement: PrivilegeStatement): readonly Effect[] {
  const objects = effectsOn(where, 'privilege', statement.objects, statement.form)
  const roles = statement.roles.map(role => effectOn('privilege', role, 'role', 'user', statement.form))
  const all = [...objects, ...roles]
  return all.length > 0 ? all : [effectOn('privilege', '*', 'other', 'user', statement.form)]
}

export function understandPrivilege(where: Where, statement: PrivilegeStatement): UnderstandResult {
  return plan({ understanding: understood(statement.command, { effects: privilegeEffects(where, statement) }), tags: statement.tags, changes: CATALOG_CHANGED })
}

export function understandCreateFunction(where: Where, statement: CreateFunctionStatement): UnderstandResult {
  const effects = [...effectsOn(where, 'ddl', [statement.function])]
  // It runs with its owner's rights, under other settings, or past the server's own checks.
  const trusted = statement.language === undefined || statement.language === 'sql' || statement.language === 'plpgsql'
  if (isCheckedBy(where, statement.function.name) || statement.securityDefiner || statement.settings.length > 0 || !trusted) effects.push(...effectsOn(where, 'privilege', [statement.function]))
  return plan({ understanding: understood(statement.command, { effects }), tags: statement.tags, changes: CATALOG_CHANGED })
}

/** Whether some domain's check calls a function of this name: whoever replaces it has everybody's literals run it, while they are only parsed. */
function isCheckedBy({ catalog }: Where, name: string): boolean {
  const called = catalog.checkedDomains().flatMap(domain => domain.checks.flatMap(check => {
    const { functions, operators } = callsOf(check)
    return [...functions, ...operators.map(oid => catalog.operator(oid)?.function ?? 0)].filter(oid => oid >= FIRST_USER_OID)
  }))
  // Of a function that was not loaded the name is not known, and it may be this one.
  return called.some(oid => (catalog.function(oid)?.name ?? name) === name)
}

export function understandDrop(where: Where, statement: DropStatement): UnderstandResult {
  const note = statement.behavior === 'cascade' ? 'with all that depends on it' : undefined
  const effects = effectsOn(where, 'destroy', statement.objects, note)
  return plan({ understanding: understood(statement.command, { effects }), tags: statement.tags, changes: note === undefined ? catalogChanges(effects.map(effect => effect.object)) : CATALOG_CHANGED })
}

export function* understandTruncate(where: Where, statement: TruncateStatement): Generator<Question, UnderstandResult, Answer> {
  const named = statement.relations.flatMap(name => findRelation(where.catalog, where.session, name)?.oid ?? [])
  if (named.length > 0) yield { kind: 'catalog', needs: { relations: named, functions: [], types: [], operators: [] } }
  const effects: Effect[] = statement.relations.map(name => effectOn('destroy', qualifiedName(where.catalog, where.session, name), 'relation'))
  const seen = new Set<number>()
  const visit = (facts: RelationFacts | undefined, note: string | undefined): void => {
    if (facts === undefined || seen.has(facts.oid)) return
    seen.add(facts.oid)
    if (note !== undefined) effects.push(effectOn('destroy', `${facts.schema}.${facts.name}`, 'relation', 'user', note))
    for (const trigger of facts.triggers.filter(({ events }) => events.includes('truncate'))) {
      effects.push(effectOn('execute', where.catalog.functionName(trigger.function) ?? `function ${trigger.function}`, 'function', 'user', 'trigger'))
    }
    for (const oid of facts.children) visit(where.catalog.relation(oid), 'a child of it')
    if (statement.behavior === 'cascade') for (const key of facts.referringKeys) visit(where.catalog.relation(key.relation), 'by CASCADE')
  }
  for (const oid of named) visit(where.catalog.relation(oid), undefined)
  return plan({ understanding: understood(statement.command, { effects }), tags: statement.tags, dependsOnDefinitions: true })
}

export function understandComment(where: Where, statement: CommentStatement): UnderstandResult {
  return plan({ understanding: understood(statement.command, { effects: effectsOn(where, 'ddl', [statement.object]) }), tags: statement.tags, changes: [{ kind: 'catalog', scope: 'shared' }] })
}

/** Modes that reading takes anyway. */
const READING_MODES: ReadonlySet<string> = new Set(['access share'])

export function understandLock(where: Where, statement: LockStatement): UnderstandResult {
  const action = READING_MODES.has(statement.mode) ? 'read' : 'update'
  const effects = statement.relations.map(name => effectOn(action, qualifiedName(where.catalog, where.session, name), 'relation', 'user', `lock in mode ${statement.mode}`))
  return plan({ understanding: understood(statement.command, { effects }), tags: statement.tags })
}

export function understandMaintenance(where: Where, statement: MaintenanceStatement): UnderstandResult {
  const effects = statement.objects.length === 0 ? [effectOn('ddl', '*', 'database', 'user', statement.verb)] : effectsOn(where, 'ddl', statement.objects, statement.verb)
  // Statistics, sizes and a failing index expression all depend on what is stored.
  return plan({ understanding: understood(statement.command, { effects, uses: storedPhi(where, statement.objects, statement.command) }), tags: statement.tags })
}

export function understandServer(where: Where, statement: ServerStatement): UnderstandResult {
  const objects = effectsOn(where, 'privilege', statement.objects, statement.verb)
  const effects = [...objects, ...(statement.setting?.name === undefined ? [] : [effectOn('privilege', statement.setting.name, 'setting', 'user', 'for the whole server')])]
  const exported = statement.objects.filter(object => object.kind === 'foreign-server' || object.kind === 'foreign-table' || object.kind === 'user-mapping')
  const all = [...effects, ...effectsOn(where, 'export', exported)]
  return plan({
    understanding: understood(statement.command, { effects: all.length > 0 ? all : [effectOn('privilege', '*', 'other', 'user', statement.verb)] }), tags: statement.tags, changes: CATALOG_CHANGED,
  })
}

/** The name a new table or view gets, and whether it is temporary. */
export function targetName(where: Where, target: { readonly schema: string | undefined; readonly name: string }, temporary: boolean): string {
  if (temporary) return `pg_temp.${target.name}`
  return `${target.schema ?? creationSchema(where.session)}.${target.name}`
}

