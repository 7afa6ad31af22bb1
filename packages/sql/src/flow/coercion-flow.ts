/**
 * Casts through text, domains and subscripts: what their values depend on, and when they can fail. Also which types are plain, that is
 * made of nothing but what the server itself brings. Where it stops: a base type somebody added has functions in C, so it is unsupported.
 * Source: PostgreSQL, src/backend/executor/execExprInterp.c.
 */
import type { TypeFacts } from '../catalog/facts.ts'
import { SqlFault } from '../sql-fault.ts'
import { childOf, numberOf, itemsOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import { readInput } from './checked-input.ts'
import { typeOfExpression } from './expression-type.ts'
import { derive, isTainted, textsOnly, type Taint } from './taint.ts'
import type { Scope, Walk } from './walk.ts'

/** OIDs from here on belong to objects made after initdb (access/transam.h, FirstNormalObjectId). */
export const FIRST_USER_OID = 16384

/** array_in: what makes a type with elements a true array. */
const ARRAY_IN = 750

/** Nesting of types that is followed: an array of a domain over a composite of ... */
const MAX_TYPE_DEPTH = 16

/**
 * @returns whether only built-in functions serve this type: built-in, an enum, or made of such.
 */
export function isPlainType(walk: Walk, typeOid: number, depth = 0): boolean {
  if (typeOid < FIRST_USER_OID) return true
  const facts = walk.knowledge.catalog.type(typeOid)
  if (facts === undefined || depth > MAX_TYPE_DEPTH) return false
  switch (facts.kind) {
    case 'e': return true
    case 'd': return isPlainType(walk, facts.baseOid, depth + 1)
    case 'b': return facts.inputFunction === ARRAY_IN && facts.elementOid !== 0 && isPlainType(walk, facts.elementOid, depth + 1)
    case 'c': {
      const relation = walk.knowledge.catalog.relation(facts.relationOid)
      return relation !== undefined && [...relation.attributes.values()].every(attribute => attribute.dropped || isPlainType(walk, attribute.typeOid, depth + 1))
    }
    case 'p': case 'r': case 'm': return false
    default: return false
  }
}

const JSON_TEXT = 114, JSON_ARRAY = 199, RECORD = 2249, RECORD_ARRAY = 2287

/** @returns whether values of a plain type may hold text of type json, at any depth. A record may hold anything. */
export function holdsJson(walk: Walk, typeOid: number, depth = 0): boolean {
  if (typeOid === JSON_TEXT || typeOid === JSON_ARRAY || typeOid === RECORD || typeOid === RECORD_ARRAY) return true
  const facts = typeOid < FIRST_USER_OID ? undefined : walk.knowledge.catalog.type(typeOid)
  if (facts === undefined || depth > MAX_TYPE_DEPTH) return typeOid >= FIRST_USER_OID
  if (facts.kind === 'd') return holdsJson(walk, facts.baseOid, depth + 1)
  if (facts.kind === 'b') return holdsJson(walk, facts.elementOid, depth + 1)
  const relation = facts.kind === 'c' ? walk.knowledge.catalog.relation(facts.relationOid) : undefined
  return [...relation?.attributes.values() ?? []].some(attribute => !attribute.dropped && holdsJson(walk, attribute.typeOid, depth + 1))
}

/** @throws {SqlFault} `unsupported`: a type whose functions are not known. */
export function requirePlainType(walk: Walk, typeOid: number): void {
  if (isPlainType(walk, typeOid)) return
  const facts = walk.knowledge.catalog.type(typeOid)
  const name = facts === undefined ? `type ${typeOid}` : `${facts.schema}.${facts.name}`
  throw new SqlFault('unsupported', `${name}: a type with functions of its own`, facts === undefined ? [] : [name])
}

/** Types whose output never fails and whose input takes any text: text, varchar, bpchar, name, "char", unknown. */
const TEXT_LIKE: ReadonlySet<number> = new Set([25, 1043, 1042, 19, 18, 705])

/** A cast by way of text: the output function of one type, then the input function of the other. */
export function coerceViaText(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const argument = requireChild(node, 'arg')
  const value = walk.expression(argument, scope)
  const [from, to] = [typeOfExpression(argument), numberOf(node, 'resulttype')]
  if (from === undefined) throw new SqlFault('unsupported', `type of node ${argument.name}`)
  requirePlainType(walk, from)
  requirePlainType(walk, to)
  readInput(walk, to)
  if (!TEXT_LIKE.has(to)) {
    walk.findings.use(value, { context: 'error', via: 'cast' })
    walk.findings.use(scope.guard, { context: 'error', via: 'cast' })
  }
  return derive(value)
}

/** A value checked against a domain: its constraints may refuse it. */
export function coerceToDomain(walk: Walk, node: TreeNode, scope: Scope): Taint {
  const value = walk.expression(requireChild(node, 'arg'), scope)
  const domain = walk.knowledge.catalog.type(numberOf(node, 'resulttype'))
  if (domain === undefined) throw new SqlFault('unsupported', `type ${numberOf(node, 'resulttype')}: not in the catalog snapshot`)
  walk.findings.dependsOnDefinitions = true
  for (const check of checksOf(walk, domain)) {
    // A check that reads tables refuses by what is stored there.
    for (const condition of walk.knowledge.readStored(check)) walk.findings.use(walk.expression(condition, { ...scope, domainValue: value }), { context: 'error', via: 'domain' })
  }
  // The domains of information_schema take any text of the catalog.
  if (domain.oid < FIRST_USER_OID && textsOnly(value)) return value
  // Whether it has constraints may change without notice (ALTER DOMAIN), and NOT NULL is one: always a possible failure.
  walk.findings.use(value, { context: 'error', via: 'domain' })
  walk.findings.use(scope.guard, { context: 'error', via: 'domain' })
  return value.fields === undefined ? derive(value) : value
}

/** Its own constraints and those of the domains it is made of. */
function checksOf(walk: Walk, domain: TypeFacts): readonly string[] {
  const checks: string[] = []
  let facts: TypeFacts | undefined = domain
  for (let depth = 0; facts?.kind === 'd' && depth < MAX_TYPE_DEPTH; depth += 1) {
    checks.push(...facts.checks)
    facts = walk.knowledge.catalog.type(facts.baseOid)
  }
  return checks
}

/** `a[1]`, `j['key']`, and in UPDATE `SET a[1] = ...`. Fetching never fails; storing does, on a null or unfit subscript. */
export function subscriptFlow(walk: Walk, node: TreeNode, scope: Scope): Taint {
  requirePlainType(walk, numberOf(node, 'refcontainertype'))
  const subscripts = [...itemsOf(node, 'refupperindexpr'), ...itemsOf(node, 'reflowerindexpr')].flatMap(item => {
    if (item === undefined) return []
    if (item.kind !== 'node') throw new SqlFault('tree-field', 'SUBSCRIPTINGREF: a subscript that is no node')
    return [walk.expression(item, scope)]
  })
  const container = childOf(node, 'refexpr')
  const stored = childOf(node, 'refassgnexpr')
  const parts = [...subscripts, ...(container === undefined ? [] : [walk.expression(container, scope)])]
  if (stored !== undefined) {
    // The container's own value is passed on as CASETESTEXPR where assignments nest (SET home.lines[1] = ...).
    parts.push(walk.expression(stored, { ...scope, caseTest: derive(...parts) }))
    if (parts.some(isTainted)) walk.findings.use(derive(...parts), { context: 'error', via: 'subscript' })
  }
  return derive(...parts)
}
