/**
 * What calling a function means: what its result depends on, whether it can fail by value, what it does to the world. Built-in functions
 * are judged by the reviewed table; functions in SQL and PL/pgSQL by their bodies; aggregates by the functions they are made of; every
 * other is opaque, with its name. Where it stops: functions in C and other languages.
 */
import { decidingArguments, functionColumnRule, hasColumnRules, opaqueFunction, type FunctionBehaviour } from '../behaviour/index.ts'
import type { FunctionFacts, RelationFacts } from '../catalog/facts.ts'
import { SqlFault } from '../sql-fault.ts'
import { readInput } from './checked-input.ts'
import { holdsJson, isPlainType, requirePlainType } from './coercion-flow.ts'
import { childOf, nodesOf, numberOf, requireChild, type TreeNode } from '../tree/tree-value.ts'
import { conjunctsOf } from './conjunction.ts'
import { textFlow } from './catalog-text.ts'
import { argumentFact } from './constant.ts'
import { typeOfExpression } from './expression-type.ts'
import { routineFlow } from './routine-flow.ts'
import { aggregate, choose, CLEAN, compose, copyOf, count, derive, isTainted, textOf, textsOnly, type Taint } from './taint.ts'
import type { CallSite, FunctionBody, Scope, Walk } from './walk.ts'

/** Functions in SQL that call functions in SQL that call ... */
const MAX_CALL_DEPTH = 16

/** @throws {SqlFault} `unsupported` with the function's name: nobody knows what it does. */
export function callFlow(walk: Walk, functionOid: number, call: CallSite, scope: Scope, stack: readonly number[]): Taint {
  const behaviour = walk.knowledge.behaviour(functionOid)
  if (behaviour !== undefined) return behavedFlow(walk, functionOid, behaviour, call, scope)
  const facts = walk.knowledge.catalog.function(functionOid)
  const why = opaqueFunction(functionOid)
  if (why !== undefined) throw new SqlFault('unsupported', `function ${nameOf(walk, functionOid)}: ${why}`, [nameOf(walk, functionOid)])
  if (facts === undefined) throw new SqlFault('unsupported', `function ${functionOid}: not in the catalog snapshot`)
  const name = `${facts.schema}.${facts.name}`
  if (facts.kind === 'a') return aggregateOfParts(walk, facts, call, scope, stack)
  if ((facts.language === 'sql' || facts.language === 'plpgsql') && facts.kind === 'f') return bodyFlow(walk, facts, call, scope, stack)
  throw new SqlFault('unsupported', `function ${name}: language ${facts.language}`, [name])
}

function behavedFlow(walk: Walk, functionOid: number, behaviour: FunctionBehaviour, call: CallSite, scope: Scope): Taint {
  const name = nameOf(walk, functionOid)
  const tainted = call.arguments.filter(isTainted)
  if (behaviour.typeFunctions) requirePlainArguments(walk, name, call)
  reportFailure(walk, name, behaviour, call, scope)
  if ((call.set || behaviour.rowsByValue) && tainted.length > 0) walk.findings.use(derive(...tainted), { context: 'rows', via: name })
  if (call.set) walk.findings.use(scope.guard, { context: 'rows', via: name })
  if (behaviour.effect !== 'none') {
    walk.findings.use(derive(...tainted), { context: 'function', via: name })
    walk.findings.use(scope.guard, { context: 'function', via: name })
    reportEffect(walk, functionOid, name, behaviour, call, scope)
  }
  if (behaviour.reads === 'closed') {
    walk.findings.effect({ action: 'read', object: name, kind: 'function', columns: [], classes: [], scope: 'closed', note: behaviour.note })
  }
  const computed = resultOf(behaviour, call)
  const result = behaviour.sizeArguments.length > 0 && isTainted(computed) ? { ...computed, grown: true } : computed
  if (behaviour.holds === undefined && textsOnly(...call.arguments)) return textFlow(functionOid, call) ?? result
  const columns = columnsOfResult(name, functionOid, result)
  if (columns !== undefined) return columns
  // What it makes of a stored tree is that definition's text, as the catalog gives it.
  return behaviour.holds === undefined ? result : { ...result, texts: textOf(behaviour.holds).texts }
}

/** More columns than any built-in function returns. */
const MAX_RESULT_COLUMNS = 64

/** Functions behind system views (pg_stat_get_activity) have single columns that are not open. */
function columnsOfResult(name: string, functionOid: number, result: Taint): Taint | undefined {
  if (!hasColumnRules(functionOid)) return undefined
  const rules = Array.from({ length: MAX_RESULT_COLUMNS }, (_, index) => functionColumnRule(functionOid, index + 1))
  return compose(rules.map((rule, index) => {
    if (rule === undefined) return result
    return rule.kind === 'closed' ? copyOf({ relation: name, column: `column ${index + 1}`, class: 'phi' }) : textOf(rule.kind)
  }))
}

function resultOf(behaviour: FunctionBehaviour, call: CallSite): Taint {
  if (behaviour.result === 'typed') return CLEAN
  if (behaviour.result === 'counted') return count(...call.arguments)
  if (call.use === 'aggregate') return aggregate(...call.arguments)
  const [first = CLEAN, ...others] = call.arguments
  if (behaviour.result === 'chosen' && call.use === 'window' && !others.some(isTainted)) return first
  return derive(...call.arguments)
}

const JSONB = 3802

/** @throws {SqlFault} `unsupported`: it calls functions of its arguments' types, and one of those types has its own. */
function requirePlainArguments(walk: Walk, name: string, call: CallSite): void {
  for (const [index, node] of call.nodes.entries()) {
    if (node === undefined) continue
    const type = typeOfExpression(node)
    if (type === undefined || !isPlainType(walk, type)) throw new SqlFault('unsupported', `function ${name}: an argument of a type with functions of its own`, [name])
    // Text of type json that becomes jsonb is read again, and not all of it can be.
    if (call.resultType === JSONB && holdsJson(walk, type)) walk.findings.use(call.arguments[index] ?? CLEAN, { context: 'error', via: name })
  }
  if (call.resultType === 0) return
  requirePlainType(walk, call.resultType)
  readInput(walk, call.resultType)
}

/** Where a masked value, or the question whether the call happens at all, decides between an answer and an error. */
function reportFailure(walk: Walk, name: string, behaviour: FunctionBehaviour, call: CallSite, scope: Scope): void {
  const { positions, nullsDecide } = decidingArguments(behaviour, call.nodes.map(node => argumentFact(node, scope.level)))
  const given = call.arguments.length > 0
  if (positions.length > 0 && given) {
    const deciding = nullsDecide ? call.arguments : positions.map(position => call.arguments[position] ?? CLEAN)
    // Stored trees are always well-formed for the functions that print them.
    for (const taint of deciding) walk.findings.use(behaviour.holds === undefined ? taint : { ...taint, texts: CLEAN.texts }, { context: 'error', via: name })
    walk.findings.use(scope.guard, { context: 'error', via: name })
  }
  // Lengths multiplied twice may reach the limit at which PostgreSQL fails.
  if (behaviour.sizeArguments.length > 0) {
    for (const taint of call.arguments) if (taint.grown) walk.findings.use(taint, { context: 'error', via: name })
  }
}

function reportEffect(walk: Walk, functionOid: number, name: string, behaviour: FunctionBehaviour, call: CallSite, scope: Scope): void {
  const base = { object: name, columns: [], classes: [], note: behaviour.note } as const
  switch (behaviour.effect) {
    case 'none': case 'session': case 'lock': case 'notify': case 'schemas':
      walk.findings.effect({ ...base, action: 'execute', kind: 'session', scope: 'open' })
      return
    case 'settings': reportSetting(walk, name, call, scope); return
    case 'sequence': reportSequence(walk, functionOid, name, call, scope); return
    case 'large-object': case 'file': walk.findings.effect({ ...base, action: 'export', kind: 'file', scope: 'user' }); return
    case 'server': walk.findings.effect({ ...base, action: 'privilege', kind: 'other', scope: 'user' }); return
    case 'cancel': walk.findings.effect({ ...base, action: 'privilege', kind: 'session', scope: 'user' }); return
    case 'query': throw new SqlFault('unsupported', `function ${name}: runs statements of its own`, [name])
  }
}

/** set_config(name, value, is_local): what understand decides as it decides SET. */
function reportSetting(walk: Walk, name: string, call: CallSite, scope: Scope): void {
  const [setting, value, local] = call.nodes.map(node => { const fact = argumentFact(node, undefined); return fact.kind === 'constant' ? fact.value : undefined })
  const named = typeof setting === 'string' ? setting : comparedWith(walk, call.nodes[0], scope)
  walk.findings.settings.push({
    name: named, value: typeof value === 'string' ? value : undefined, local: typeof local === 'boolean' ? local : undefined,
  })
  walk.findings.effect({ action: 'execute', object: name, kind: 'session', columns: [], classes: [], scope: 'open', note: undefined })
}

/** `SELECT set_config(name, ...) FROM pg_settings WHERE name = 'literal'`, as pg_dump asks: the literal is the name. */
function comparedWith(walk: Walk, node: TreeNode | undefined, scope: Scope): string | undefined {
  if (node?.name !== 'VAR' || numberOf(node, 'varlevelsup') !== 0) return undefined
  const quals = childOf(requireChild(scope.level.query, 'jointree'), 'quals')
  for (const conjunct of quals === undefined ? [] : conjunctsOf(quals)) {
    if (conjunct.name !== 'OPEXPR' || walk.knowledge.catalog.operator(numberOf(conjunct, 'opno'))?.name !== '=') continue
    const [left, right] = nodesOf(conjunct, 'args')
    const fact = argumentFact(right, undefined)
    const same = left?.name === 'VAR' && ['varno', 'varattno', 'varlevelsup'].every(field => numberOf(left, field) === numberOf(node, field))
    if (same && fact.kind === 'constant' && typeof fact.value === 'string') return fact.value
  }
  return undefined
}

const NEXTVAL = 1574

/** The sequence of a serial column moves with the INSERT that its default is part of; any other needs a policy of its own. */
function reportSequence(walk: Walk, functionOid: number, name: string, call: CallSite, scope: Scope): void {
  const sequence = sequenceOf(walk, call)
  const owner = sequence?.ownedBy
  const { query } = scope.level
  const target = query.fields.has('resultRelation') ? numberOf(query, 'resultRelation') : 0
  const isOwn = functionOid === NEXTVAL && owner !== undefined && target !== 0 && numberOf(scope.level.entry(target), 'relid') === owner
  walk.findings.effect({
    action: 'update', object: sequence === undefined ? name : `${sequence.schema}.${sequence.name}`, kind: 'sequence', columns: [], classes: [],
    scope: isOwn ? 'open' : 'user', note: isOwn ? 'the sequence of a serial column' : undefined,
  })
}

/** nextval('s'::regclass) names its sequence in a constant. */
function sequenceOf(walk: Walk, call: CallSite): RelationFacts | undefined {
  const datum = call.nodes[0]?.name === 'CONST' ? call.nodes[0].fields.get('constvalue') : undefined
  if (datum?.kind !== 'datum' || datum.bytes.length < 4) return undefined
  return walk.knowledge.catalog.relation(new DataView(Uint8Array.from(datum.bytes).buffer).getUint32(0, true))
}

/** An aggregate somebody made: as harmless as the functions behind it. */
function aggregateOfParts(walk: Walk, facts: FunctionFacts, call: CallSite, scope: Scope, stack: readonly number[]): Taint {
  const value = aggregate(...call.arguments)
  walk.findings.dependsOnDefinitions = true
  for (const support of facts.supportFunctions) {
    // Its state has seen every value, so each argument of each part counts as holding all of them.
    const arity = walk.knowledge.catalog.function(support)?.argumentTypes.length ?? Math.max(2, call.arguments.length + 1)
    const state = Array.from({ length: arity }, () => value)
    callFlow(walk, support, { arguments: state, nodes: state.map(() => undefined), use: 'function', set: false, resultType: 0 }, scope, stack)
  }
  return value
}

/** A function with a body that is followed, with the arguments in place of $1, $2, ... */
function bodyFlow(walk: Walk, facts: FunctionFacts, call: CallSite, scope: Scope, stack: readonly number[]): Taint {
  const name = `${facts.schema}.${facts.name}`
  if (stack.includes(facts.oid) || stack.length >= MAX_CALL_DEPTH) throw new SqlFault('unsupported', `function ${name}: calls itself, or too deep`, [name])
  if (facts.hasConfiguration) throw new SqlFault('unsupported', `function ${name}: runs under settings of its own`, [name])
  const parameters = withDefaults(walk, facts, call, scope)
  const types = call.nodes.map(node => (node === undefined ? undefined : typeOfExpression(node)))
  const body = facts.language === 'plpgsql' ? walk.knowledge.routineOf(facts, types) : walk.knowledge.bodyOf(facts, types)
  if (body === undefined) throw new SqlFault('unsupported', `function ${name}: language ${facts.language}, its body is not understood`, [name])
  if (typeof body === 'string') throw new SqlFault('unsupported', `function ${name}: ${body}`, [name])
  walk.findings.dependsOnDefinitions = true
  if (facts.body === undefined) walk.findings.looksUpNames = true
  const strictness = facts.strict ? derive(...call.arguments.map(nullnessOf)) : CLEAN
  if (call.set || facts.returnsSet) {
    // A strict function yields no rows for a null.
    walk.findings.use(strictness, { context: 'rows', via: name })
    walk.findings.use(scope.guard, { context: 'rows', via: name })
  }
  const inner = walk.within(facts.oid)
  // Whether it is called at all may show as an error of its own (no RETURN, no row for INTO STRICT).
  if ('steps' in body) walk.findings.use(scope.guard, { context: 'function', via: name })
  // A strict function does nothing at all for a null.
  const guard = isTainted(strictness) ? derive(scope.guard, strictness) : scope.guard
  const columns = 'steps' in body ? routineFlow(inner, body, parameters, guard) : columnsByNumber(walk, facts, resultColumns(inner, body, guard, parameters))
  for (const column of columns) walk.findings.yields(column)
  const [only = CLEAN] = columns
  if (columns.length === 1) return isTainted(strictness) ? derive(only, strictness) : only
  return isTainted(strictness) ? compose(columns.map(column => derive(column, strictness))) : compose(columns)
}

/** The arguments, with defaults where the call leaves them out: expressions of their own, without columns. */
function withDefaults(walk: Walk, facts: FunctionFacts, call: CallSite, scope: Scope): readonly Taint[] {
  const width = facts.argumentTypes.length
  const isOmitted = (position: number): boolean => position >= call.arguments.length || call.omitted?.has(position) === true
  if (!Array.from({ length: width }, (_, position) => position).some(isOmitted)) return call.arguments
  const defaults = facts.argumentDefaults === undefined ? [] : walk.knowledge.readStored(facts.argumentDefaults)
  return Array.from({ length: width }, (_, position) => {
    if (!isOmitted(position)) return call.arguments[position] ?? CLEAN
    const expression = defaults[position - (width - defaults.length)]
    if (expression === undefined) throw new SqlFault('unsupported', `function ${facts.schema}.${facts.name}: called without argument ${position + 1}`, [`${facts.schema}.${facts.name}`])
    return walk.expression(expression, scope)
  })
}

/** What tells whether a value is null: not the attributes of a row, and of a catalog text that is open. */
function nullnessOf(value: Taint): Taint {
  return value.fields !== undefined || value.sources.size === 0 ? CLEAN : { ...value, texts: CLEAN.texts }
}

/** A row of a composite type has a place for each attribute that was ever there; what is returned are those of today. */
function columnsByNumber(walk: Walk, facts: FunctionFacts, columns: readonly Taint[]): readonly Taint[] {
  const type = walk.knowledge.catalog.type(facts.returnTypeOid)
  const relation = type?.kind === 'c' ? walk.knowledge.catalog.relation(type.relationOid) : undefined
  const numbers = [...relation?.attributes.values() ?? []].filter(attribute => !attribute.dropped).map(attribute => attribute.number)
  if (relation === undefined || columns.length !== numbers.length || numbers.at(-1) === numbers.length) return columns
  return Array.from({ length: Math.max(...relation.attributes.keys()) }, (_, index) => columns[numbers.indexOf(index + 1)] ?? CLEAN)
}

/** What the statements yield that the function returns: one of them, row by row. */
function resultColumns(inner: Walk, body: FunctionBody, guard: Taint, parameters: readonly Taint[]): readonly Taint[] {
  let columns: readonly Taint[] | undefined
  for (const { trees, role } of body) {
    let yielded: readonly Taint[] = []
    for (const tree of trees) yielded = inner.query(tree, undefined, guard, parameters).columns
    if (role === 'effect') continue
    columns = columns === undefined ? yielded : columns.map((column, index) => choose(column, yielded[index] ?? CLEAN))
  }
  return columns ?? []
}

function nameOf(walk: Walk, functionOid: number): string {
  return walk.knowledge.catalog.functionName(functionOid) ?? `function ${functionOid}`
}
