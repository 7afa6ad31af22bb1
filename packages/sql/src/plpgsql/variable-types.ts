/**
 * What the types of a body's variables are: the server says what they mean in the session's schemas. In a function a type that somebody made
 * must be named with its schema, since the server resolved the name when the session first called the function, and it may have had other
 * schemas or temporary tables then. Where it stops: a temporary type that was named like a built-in one (`text`) at that time. Source: PostgreSQL, src/pl/plpgsql/src/pl_comp.c (build_datatype, plpgsql_parse_cwordtype).
 */
import type { Catalog } from '../catalog/facts.ts'
import { FIRST_USER_OID } from '../flow/coercion-flow.ts'
import { typeOfExpression } from '../flow/expression-type.ts'
import { isFields, listField, nodeField, structField } from '../grammar/ast.ts'
import type { Answer, Question } from '../plan.ts'
import { readTree } from '../tree/read-tree.ts'
import { nodesOf, requireChild } from '../tree/tree-value.ts'
import { ask, type SqlContext } from './body-sql.ts'
import { lookUp } from './namespace.ts'
import type { Attribute, VariableType } from './routine-place.ts'
import { notRead, type DeclaredType, type Routine } from './routine.ts'

/** A type as resolved. */
interface ResolvedType {
  readonly oid: number
  readonly limited: boolean
}

const RECORD = 2249

/** One per variable. @throws {SqlFault} `unsupported` */
export function* variableTypes(context: SqlContext, catalog: Catalog, routine: Routine): Generator<Question, readonly VariableType[], Answer> {
  const written = [...new Set(routine.variables.flatMap(({ type }) => (type.kind === 'text' && !isRecord(type.text) ? [type.text] : [])))]
  const resolved = yield* writtenTypes(context, written)
  const types: VariableType[] = []
  for (const { type } of routine.variables) {
    const known = yield* typeOf(context, catalog, type, resolved, types)
    types.push(known)
  }
  return types
}

function isRecord(text: string): boolean { return text.toLowerCase() === 'record' }

function* typeOf(context: SqlContext, catalog: Catalog, type: DeclaredType, written: ReadonlyMap<string, ResolvedType>, before: readonly VariableType[]): Generator<Question, VariableType, Answer> {
  switch (type.kind) {
    case 'oid': return yield* classified(catalog, { oid: type.oid, limited: false })
    case 'text': {
      if (isRecord(type.text)) return { kind: 'record' }
      const resolved = written.get(type.text)
      if (resolved === undefined) throw notRead('a type that is not known')
      return yield* classified(catalog, resolved)
    }
    case 'like': {
      const found = type.of === 'type' ? lookUp(type.namespace, type.names, () => false) : undefined
      const like = found?.taken === type.names.length ? before[found.variable] : undefined
      return like ?? (yield* classified(catalog, yield* storedType(context, type.names, type.of)))
    }
    case 'record': case 'tested': case 'message': return { kind: type.kind }
  }
}

/** Types as written, all in one question. */
function* writtenTypes(context: SqlContext, texts: readonly string[]): Generator<Question, ReadonlyMap<string, ResolvedType>, Answer> {
  if (texts.length === 0) return new Map()
  const question = `SELECT ${texts.map(text => `CAST(NULL AS ${text})`).join(', ')}`
  const names = castNames(context, question, texts.length)
  const types = yield* outputTypes(context, question, texts.length)
  return new Map(texts.map((text, index) => {
    const type = types[index]
    if (type === undefined) throw notRead('a type that is not known')
    if (type.oid >= FIRST_USER_OID && (names[index]?.length ?? 0) < 2) requireSettled(context)
    return [text, type]
  }))
}

/** The texts must be types and nothing but types. @returns the names of each. */
function castNames({ grammar }: SqlContext, question: string, width: number): readonly (readonly unknown[])[] {
  const parsed = grammar.parse(question)
  const [statement] = parsed.kind === 'parsed' && parsed.statements.length === 1 ? parsed.statements : []
  const targets = statement?.node.type === 'SelectStmt' && !('fromClause' in statement.node.fields) ? listField(statement.node.fields, 'targetList') : []
  const casts = targets.map(target => (target === undefined ? undefined : nodeField(target.fields, 'val')))
  const names = casts.map(cast => {
    const constant = cast?.type === 'TypeCast' ? nodeField(cast.fields, 'arg') : undefined
    const type = cast === undefined ? undefined : structField(cast.fields, 'typeName')
    if (constant?.type !== 'A_Const' || constant.fields['isnull'] !== true || !isFields(type)) throw notRead('a type that is no type')
    return listField(type, 'names')
  })
  if (names.length !== width) throw notRead('a type that is no type')
  return names
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** `table.column%TYPE` and `table%ROWTYPE`. */
function* storedType(context: SqlContext, names: readonly string[], of: 'type' | 'rowtype'): Generator<Question, ResolvedType, Answer> {
  const table = of === 'type' ? names.slice(0, -1) : names
  if (table.length === 0 || table.length > 2) throw notRead('%TYPE of something unknown')
  const relation = table.map(quoted).join('.')
  const question = of === 'type' ? `SELECT ${quoted(names.at(-1) ?? '')} FROM ${relation}` : `SELECT CAST(NULL AS ${relation})`
  const [type] = yield* outputTypes(context, question, 1)
  if (type === undefined) throw notRead('a type that is not known')
  if (table.length < 2) requireSettled(context)
  return type
}

/** @throws {SqlFault} `unsupported`: the name may have meant something else when the session first called the function. */
function requireSettled({ routine }: SqlContext): void {
  if (routine.source.compiled === 'once') throw notRead('a type of somebody\'s own, named without its schema')
}

function* outputTypes(context: SqlContext, question: string, width: number): Generator<Question, readonly ResolvedType[], Answer> {
  const answer = yield* ask(context, question, [])
  const fields = answer.kind === 'analysed' ? answer.fields ?? [] : []
  if (answer.kind === 'error' || fields.length !== width) throw notRead('a type that the server does not know')
  const [tree] = answer.trees.flatMap(text => readTree(text, { serverMajor: context.serverMajor, folded: true }))
  const entries = tree === undefined ? [] : nodesOf(tree, 'targetList')
  return fields.map(({ typeOid, typeModifier }, index) => {
    const entry = entries[index]
    // The description names the type below a domain; the tree the domain.
    return { oid: (entry === undefined ? undefined : typeOfExpression(requireChild(entry, 'expr'))) ?? typeOid, limited: typeModifier >= 0 }
  })
}

/** @returns whether it has attributes, and which. */
export function* classified(catalog: Catalog, { oid, limited }: ResolvedType): Generator<Question, VariableType, Answer> {
  if (oid === RECORD) return { kind: 'record' }
  if (catalog.type(oid) === undefined) yield { kind: 'catalog', needs: { relations: [], functions: [], types: [oid], operators: [] } }
  const facts = catalog.type(oid)
  if (facts === undefined) throw notRead('a type that is not in the catalog')
  if (facts.kind === 'p' && !PSEUDO.has(oid)) throw notRead(`type ${facts.name}`)
  if (facts.kind === 'd' && catalog.type(facts.baseOid)?.kind === 'c') throw notRead('a domain over a composite type')
  if (facts.kind !== 'c') return { kind: 'scalar', type: oid, limited }
  if (catalog.relation(facts.relationOid) === undefined) yield { kind: 'catalog', needs: { relations: [facts.relationOid], functions: [], types: [], operators: [] } }
  const relation = catalog.relation(facts.relationOid)
  if (relation === undefined) throw notRead('a composite type that is not in the catalog')
  const attributes = [...relation.attributes.values()].filter(attribute => !attribute.dropped)
  const width = Math.max(0, ...relation.attributes.keys())
  return { kind: 'composite', type: oid, width, attributes: attributes.map(({ number, name, typeOid }): Attribute => ({ number, name, type: typeOid })) }
}

/** Of the pseudo-types only that of nothing at all. */
const PSEUDO: ReadonlySet<number> = new Set([2278])
