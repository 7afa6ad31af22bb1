/**
 * Types whose reading runs checks of domains: a literal of an array, a composite or a range over such a domain is read while the server only
 * parses, a parameter while it binds. A check that looks at nothing but the value is harmless; one that calls what is not understood, reads tables
 * or changes anything is not, since it would run before anything is decided. Where it stops: it says whether a type may be read, not what a value is.
 * Source: PostgreSQL, src/backend/utils/adt/domains.c; parser/parse_coerce.c.
 */
import type { Catalog, TypeFacts } from '../catalog/facts.ts'
import { callsOf, FIRST_USER_OID } from '../catalog/calls-of.ts'
import type { BehaviourOf } from '../behaviour/index.ts'
import { SqlFault } from '../sql-fault.ts'
import { storedExpressionFlow } from './stored-expression.ts'
import { CLEAN, isTainted } from './taint.ts'
import type { Walk } from './walk.ts'

export const CHECKED_INPUT = 'a value of a type whose checks run code that is not harmless'

/** Nesting of types that is followed. */
const MAX_TYPE_DEPTH = 16

/**
 * A literal of a type made of others begins with a bracket, or with an escape that may stand for one: U&'' has an escape character of its
 * own (UESCAPE). JSON_VALUE and its like check a NULL of the type they return while they are parsed. PostgreSQL, parse_expr.c.
 */
const READS_PARTS = /['$]\s*[{([\\]|&'|\bjson_(?:value|query|table)\b/i

/**
 * @returns whether a text may hold a literal of a type made of others, in whatever way it is quoted. A literal of a domain itself is read as
 * its base type, and checked when the statement runs.
 */
export function mayReadParts(text: string): boolean {
  return READS_PARTS.test(text)
}

/** Domains with a check that does more than call the server's own functions on the value. */
export function suspectDomains(catalog: Catalog, behaviour: BehaviourOf): readonly TypeFacts[] {
  return catalog.checkedDomains().filter(domain => domain.checks.some(check => !usesServerOnly(catalog, behaviour, check)))
}

/**
 * A value of this type comes in as text or bytes.
 * @throws {SqlFault} `unsupported`: {@link CHECKED_INPUT}
 */
export function readInput(walk: Walk, typeOid: number): void {
  for (const domain of domainsIn(walk.knowledge.catalog, typeOid)) {
    walk.findings.dependsOnDefinitions = true
    if (!isHarmless(walk, domain)) throw new SqlFault('unsupported', CHECKED_INPUT)
  }
}

/** @returns whether checking a value looks at that value alone. */
export function isHarmless(walk: Walk, domain: TypeFacts): boolean {
  const { catalog, behaviour } = walk.knowledge
  return domain.checks.every(check => usesServerOnly(catalog, behaviour, check) || followsValueOnly(walk.apart(), check))
}

function followsValueOnly(walk: Walk, check: string): boolean {
  try {
    const isClean = walk.knowledge.readStored(check).every(condition => !isTainted(storedExpressionFlow(walk, condition, [], CLEAN)))
    const { effects, uses, settings } = walk.findings
    return isClean && effects.length + uses.length + settings.length === 0
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    return false
  }
}

/** Built-in functions of their arguments; and functions in C, which are a superuser's: what an extension brings (citext, ltree). */
function usesServerOnly(catalog: Catalog, behaviour: BehaviourOf, check: string): boolean {
  const { functions, operators, types } = callsOf(check)
  const isHarmlessCall = (oid: number): boolean => {
    const known = oid < FIRST_USER_OID ? behaviour(oid) : undefined
    return known === undefined ? oid >= FIRST_USER_OID && catalog.function(oid)?.language === 'c' : known.effect === 'none' && known.reads === 'arguments'
  }
  return functions.every(isHarmlessCall) && operators.every(oid => isHarmlessCall(catalog.operator(oid)?.function ?? 0))
    && types.every(oid => { const facts = catalog.type(oid); return facts?.kind === 'e' || (facts?.kind === 'b' && facts.elementOid === 0) })
}

/** Domains that a value of this type is checked against, at any depth. */
function domainsIn(catalog: Catalog, typeOid: number): readonly TypeFacts[] {
  const domains = new Map<number, TypeFacts>()
  const seen = new Set<number>()
  const visit = (oid: number, depth: number): void => {
    const facts = oid < FIRST_USER_OID || seen.has(oid) ? undefined : catalog.type(oid)
    seen.add(oid)
    if (facts === undefined) return
    if (depth > MAX_TYPE_DEPTH) throw new SqlFault('unsupported', CHECKED_INPUT)
    if (facts.kind === 'd') { domains.set(oid, facts); visit(facts.baseOid, depth + 1) }
    if (facts.kind === 'b') visit(facts.elementOid, depth + 1)
    if (facts.kind === 'c') for (const attribute of catalog.relation(facts.relationOid)?.attributes.values() ?? []) if (!attribute.dropped) visit(attribute.typeOid, depth + 1)
    // Which type a range is of is not among the facts: any that could matter.
    if (facts.kind === 'r' || facts.kind === 'm') for (const domain of catalog.checkedDomains()) domains.set(domain.oid, domain)
  }
  visit(typeOid, 0)
  return [...domains.values()]
}
