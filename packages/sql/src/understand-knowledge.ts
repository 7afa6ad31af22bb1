/**
 * Gathers what the flow of a statement needs before it can run: facts of every catalog object its trees name, directly or by way of
 * children, types, triggers, constraints and function bodies. Asks in rounds until a round finds nothing new. Where it stops: what the
 * server does not know stays unknown, and the flow says so.
 */
import type { Catalog, FunctionFacts, RelationFacts, TypeFacts } from './catalog/facts.ts'
import type { ColumnClasses } from './catalog/bind-classification.ts'
import type { BehaviourOf, ColumnRule } from './behaviour/index.ts'
import type { FunctionBody, Knowledge } from './flow/walk.ts'
import { sqlBody } from './catalog/routine-body.ts'
import { allTreesOf, treesOf, type RoutineBody } from './flow/routine-body.ts'
import type { Grammar } from './grammar/index.ts'
import { routineSource } from './plpgsql/routine-source.ts'
import { understandRoutine } from './plpgsql/understand-routine.ts'
import { FIRST_USER_OID } from './flow/coercion-flow.ts'
import { addNamed, nothingNamed, writesRows, type Named, type NamedKind } from './flow/tree-needs.ts'
import type { Answer, Question } from './plan.ts'
import { SqlFault } from './sql-fault.ts'
import { readTree } from './tree/read-tree.ts'
import type { TreeNode } from './tree/tree-value.ts'

/** What understanding builds on; the same for all statements of a resource. */
export interface UnderstandContext {
  /** As loaded so far; every `catalog` question answered makes it know more. */
  readonly catalog: Catalog
  readonly classes: ColumnClasses
  /** `compared`: whoever asks has held the catalog against the target's for this very statement, and will again before anything of it counts. */
  readonly definitions?: 'compared'
  readonly behaviour: BehaviourOf
  readonly catalogColumn: (schema: string, relation: string, column: string) => ColumnRule | undefined
  /** Reads bodies in PL/pgSQL; without it they are opaque. */
  readonly grammar?: Pick<Grammar, 'parse' | 'scan' | 'plpgsql'>
}

/** OIDs of objects that initdb's scripts make begin here (access/transam.h, FirstGenbkiObjectId). */
const FIRST_SCRIPT_OID = 10_000
/** Objects reached from objects reached from ...: more rounds than any real schema needs. */
const MAX_ROUNDS = 40
/** Questions about the bodies in PL/pgSQL that one statement calls; each is a round trip. */
export const MAX_ROUTINE_QUESTIONS = 120
/** Times a named argument is put in for an identifier of one function body. */
const MAX_REPLACEMENTS = 100

/**
 * @param written Relations written besides what the trees write. @param types Of parameters: the trees do not name those that stand nowhere.
 * @returns all the flow of these trees needs, as far as the server knows it.
 * @throws {SqlFault} `unsupported` after too many rounds.
 */
export function* gatherKnowledge(context: UnderstandContext, trees: readonly TreeNode[], written: readonly number[] = [], types: readonly number[] = []): Generator<Question, Knowledge, Answer> {
  const gathering = new Gathering(context, written.length > 0 || trees.some(writesRows) ? 'afresh' : 'as-known')
  for (const tree of trees) addNamed(tree, gathering.named)
  for (const oid of written) gathering.named.relations.add(oid)
  for (const oid of types) gathering.named.types.add(oid)
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const needs = gathering.unknown()
    if (needs !== undefined) {
      yield { kind: 'catalog', needs }
      continue
    }
    const before = gathering.size
    gathering.follow()
    for (const body of gathering.stringBodies()) yield* analyseBody(gathering, body)
    if (gathering.size === before && gathering.unknown() === undefined) return gathering.knowledge()
  }
  throw new SqlFault('unsupported', `more than ${MAX_ROUNDS} rounds of catalog objects`)
}

/** A body kept as text, and the types it is called with. */
interface StringBody {
  readonly key: string
  readonly facts: FunctionFacts
  readonly parameterTypes: readonly number[]
  readonly callTypes: readonly (number | undefined)[]
}

/** The caller's own schemas resolve the body's names, as they do when the server runs it. */
function* analyseBody(gathering: Gathering, body: StringBody): Generator<Question, void, Answer> {
  const { facts } = body
  if (facts.language === 'plpgsql') { yield* analyseRoutine(gathering, body); return }
  const statements = sqlBody(facts.source)
  const analysed: FunctionBody[number][] = []
  for (const { text, role } of statements ?? []) {
    const trees = yield* analyseStatement(gathering, body, text)
    if (trees === undefined) { gathering.addBody(body.key, undefined); return }
    analysed.push({ trees, role })
  }
  gathering.addBody(body.key, statements === undefined ? undefined : analysed)
}

/** What of a body in PL/pgSQL is not understood is kept in its place. */
function* analyseRoutine(gathering: Gathering, { key, facts, callTypes }: StringBody): Generator<Question, void, Answer> {
  const { grammar, catalog } = gathering.context
  try {
    if (grammar === undefined) throw new SqlFault('unsupported', 'language plpgsql')
    const source = yield* routineSource(catalog, facts, callTypes)
    gathering.addRoutine(key, yield* understandRoutine({ grammar, catalog, budget: gathering.budget }, source))
  } catch (fault) {
    if (!(fault instanceof SqlFault)) throw fault
    gathering.addRoutine(key, fault.message)
  }
}

function* analyseStatement(gathering: Gathering, { facts, parameterTypes }: StringBody, source: string): Generator<Question, readonly TreeNode[] | undefined, Answer> {
  let text = source
  for (let attempt = 0; attempt < MAX_REPLACEMENTS; attempt += 1) {
    const answer = yield { kind: 'analyse', text, parameterTypes }
    if (answer.kind === 'analysed') return answer.trees.flatMap(tree => readTree(tree, { serverMajor: gathering.context.catalog.serverMajor, folded: true }))
    const replaced = answer.kind === 'error' ? replaceArgument(text, facts, answer.sqlState, answer.fields.get('P')) : undefined
    if (replaced === undefined) return undefined
    text = replaced
  }
  return undefined
}

/** anyelement, anyarray, anynonarray, anyenum, anyrange, anymultirange and the anycompatible family: the call decides. */
const POLYMORPHIC: ReadonlySet<number> = new Set([2283, 2277, 2776, 3500, 3831, 4537, 5077, 5078, 5079, 5080, 4538])

/** Bodies of functions with fixed types are told apart by the function alone. */
function bodyKey(facts: FunctionFacts, types: readonly (number | undefined)[]): string {
  return facts.argumentTypes.some(type => POLYMORPHIC.has(type)) ? `${facts.oid}:${types.join(',')}` : `${facts.oid}`
}

const UNDEFINED_COLUMN = '42703'
const IDENTIFIER = /^(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)/

/**
 * Names of arguments mean something only inside the function: where the server finds no column of that name, the argument is meant, and $n
 * stands for it. Columns come first, as in the server.
 */
function replaceArgument(text: string, facts: FunctionFacts, sqlState: string, position: string | undefined): string | undefined {
  if (sqlState !== UNDEFINED_COLUMN || position === undefined) return undefined
  const characters = Array.from(text)
  const start = Number(position) - 1
  const word = IDENTIFIER.exec(characters.slice(start).join(''))?.[0]
  if (word === undefined) return undefined
  const name = word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word.toLowerCase()
  const index = facts.argumentNames.indexOf(name)
  if (index < 0 || index >= facts.argumentTypes.length) return undefined
  return [...characters.slice(0, start), `$${index + 1}`, ...characters.slice(start + Array.from(word).length)].join('')
}

class Gathering {
  readonly context: UnderstandContext
  readonly named: Named = nothingNamed()
  readonly #asked: Named = nothingNamed()
  readonly #followed = new Set<string>()
  readonly #bodies = new Map<string, FunctionBody | undefined>()
  readonly #routines = new Map<string, RoutineBody | string>()
  readonly #stored = new Map<string, readonly TreeNode[]>()
  readonly budget = { left: MAX_ROUTINE_QUESTIONS }

  readonly #relations: 'afresh' | 'as-known'

  /**
   * @param relations `afresh` for writes: triggers, constraints and foreign keys are not in the tree, so nothing would show that those
   * known are of yesterday. Functions somebody made are loaded afresh, for the same reason. Neither where definitions were compared.
   */
  constructor(context: UnderstandContext, relations: 'afresh' | 'as-known') {
    this.context = context
    this.#relations = context.definitions === 'compared' ? 'as-known' : relations
  }

  get size(): number {
    const { relations, functions, types, operators } = this.named
    return relations.size + functions.size + types.size + operators.size + this.#bodies.size
  }

  /** What is named, not known well enough, and was not asked for before. */
  unknown(): { relations: readonly number[]; functions: readonly number[]; types: readonly number[]; operators: readonly number[] } | undefined {
    const needs = { relations: this.#take('relations'), functions: this.#take('functions'), types: this.#take('types'), operators: this.#take('operators') }
    return Object.values(needs).every(list => list.length === 0) ? undefined : needs
  }

  #take(kind: NamedKind): readonly number[] {
    const missing = [...this.named[kind]].filter(oid => !this.#isSettled(kind, oid))
    for (const oid of missing) this.#asked[kind].add(oid)
    return missing
  }

  /** Nothing more will be learnt by asking. */
  #isSettled(kind: NamedKind, oid: number): boolean {
    if (oid === 0 || this.#asked[kind].has(oid)) return true
    const { catalog, behaviour } = this.context
    const isBuiltIn = oid < FIRST_USER_OID
    switch (kind) {
      case 'relations': return catalog.relation(oid) !== undefined && (isBuiltIn || this.#relations === 'as-known')
      case 'functions': return isBuiltIn ? behaviour(oid) !== undefined || catalog.function(oid) !== undefined : this.context.definitions === 'compared' && catalog.function(oid) !== undefined
      // Types that initdb's scripts make (domains of information_schema) have checks of their own.
      case 'types': return oid < FIRST_SCRIPT_OID || catalog.type(oid) !== undefined
      case 'operators': return catalog.operator(oid) !== undefined
    }
  }

  /** Names what the facts at hand lead to. */
  follow(): void {
    const { catalog, behaviour } = this.context
    for (const oid of this.#ready('relations')) this.#once(`r${oid}`, catalog.relation(oid), facts => this.#relation(facts))
    for (const oid of this.#ready('types')) this.#once(`t${oid}`, catalog.type(oid), facts => this.#type(facts))
    for (const oid of this.#ready('operators')) this.#once(`o${oid}`, catalog.operator(oid), facts => { this.named.functions.add(facts.function) })
    for (const oid of this.#ready('functions')) {
      if (behaviour(oid) === undefined) this.#once(`f${oid}`, catalog.function(oid), facts => this.#function(facts))
    }
  }

  #ready(kind: NamedKind): readonly number[] {
    return [...this.named[kind]].filter(oid => this.#isSettled(kind, oid))
  }

  #once<Facts>(key: string, facts: Facts | undefined, follow: (facts: Facts) => void): void {
    if (facts === undefined || this.#followed.has(key)) return
    this.#followed.add(key)
    follow(facts)
  }

  #relation(facts: RelationFacts): void {
    for (const oid of [...facts.children, ...facts.parents, ...facts.foreignKeys.map(key => key.relation), ...facts.referringKeys.map(key => key.relation)]) this.named.relations.add(oid)
    for (const trigger of facts.triggers) this.named.functions.add(trigger.function)
    for (const attribute of facts.attributes.values()) this.named.types.add(attribute.typeOid)
    if (facts.kind === 'm' && facts.definition !== undefined) this.#follow(facts.definition)
    for (const text of [...facts.writeExpressions, ...facts.policies.using, ...facts.policies.check]) this.#follow(text)
    for (const attribute of facts.attributes.values()) if (attribute.expression !== undefined) this.#follow(attribute.expression)
  }

  #type(facts: TypeFacts): void {
    for (const oid of [facts.elementOid, facts.baseOid]) if (oid !== 0) this.named.types.add(oid)
    if (facts.relationOid !== 0) this.named.relations.add(facts.relationOid)
    facts.checks.forEach(text => this.#follow(text))
  }

  #function(facts: FunctionFacts): void {
    facts.supportFunctions.forEach(oid => this.named.functions.add(oid))
    if (facts.argumentDefaults !== undefined) this.#follow(facts.argumentDefaults)
    if (facts.language !== 'sql' || facts.body === undefined) return
    this.addBody(`${facts.oid}`, bodyOfTrees(this.stored(facts.body)))
  }

  #follow(text: string): void {
    for (const tree of this.stored(text)) addNamed(tree, this.named)
  }

  /** A stored tree, read once. @throws {SqlFault} */
  stored(text: string): readonly TreeNode[] {
    const known = this.#stored.get(text)
    if (known !== undefined) return known
    const trees = readTree(text, { serverMajor: this.context.catalog.serverMajor, folded: false })
    this.#stored.set(text, trees)
    return trees
  }

  /** SQL functions named whose bodies are text and not analysed yet. */
  stringBodies(): readonly StringBody[] {
    const bodies = new Map<string, StringBody>()
    for (const call of this.#readyCalls()) {
      const facts = this.context.behaviour(call.function) === undefined ? this.context.catalog.function(call.function) : undefined
      const isRead = facts?.language === 'sql' || facts?.language === 'plpgsql'
      if (facts === undefined || !isRead || facts.kind !== 'f' || facts.body !== undefined || facts.hasConfiguration) continue
      const key = bodyKey(facts, call.types)
      const parameterTypes = facts.argumentTypes.map((type, index) => (POLYMORPHIC.has(type) ? call.types[index] ?? 0 : type))
      if (!this.#bodies.has(key)) bodies.set(key, { key, facts, parameterTypes, callTypes: call.types })
    }
    return [...bodies.values()]
  }

  /** Calls seen in trees, and functions that only facts name (of operators, aggregates): those are called with their declared types. */
  #readyCalls(): readonly { readonly function: number; readonly types: readonly (number | undefined)[] }[] {
    const ready = new Set(this.#ready('functions'))
    return [...[...this.named.calls.values()].filter(call => ready.has(call.function)), ...[...ready].map(oid => ({ function: oid, types: [] }))]
  }

  addBody(key: string, body: FunctionBody | undefined): void {
    this.#bodies.set(key, body)
    for (const { trees } of body ?? []) for (const tree of trees) addNamed(tree, this.named)
  }

  /** @param body A text: why it is not understood. */
  addRoutine(key: string, body: RoutineBody | string): void {
    this.#routines.set(key, body)
    const trees = typeof body === 'string' ? [] : allTreesOf(body)
    for (const tree of trees) addNamed(tree, this.named)
    this.#bodies.set(key, typeof body === 'string' ? undefined : [{ trees: treesOf(body), role: 'effect' }])
  }

  knowledge(): Knowledge {
    const { catalog, classes, behaviour, catalogColumn } = this.context
    return {
      catalog, behaviour, catalogColumn,
      classOf: (oid, attribute) => classes.classOf(oid, attribute),
      bodyOf: (facts, types) => this.#bodies.get(bodyKey(facts, types)) ?? this.#bodies.get(`${facts.oid}`),
      routineOf: (facts, types) => this.#routines.get(bodyKey(facts, types)) ?? this.#routines.get(`${facts.oid}`),
      readStored: text => this.stored(text),
    }
  }
}

/** BEGIN ATOMIC and RETURN: what the last statement yields is the result. */
function bodyOfTrees(trees: readonly TreeNode[]): FunctionBody {
  return trees.map((tree, index) => ({ trees: [tree], role: index === trees.length - 1 ? 'rows' : 'effect' }))
}
