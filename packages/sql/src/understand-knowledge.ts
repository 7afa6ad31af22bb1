/**
 * Gathers what the flow of a statement needs before it can run: facts of every catalog object its trees name, directly or by way of
 * children, types, triggers, constraints and function bodies. Asks in rounds until a round finds nothing new. Where it stops: what the
 * server does not know stays unknown, and the flow says so.
 */
import type { Catalog, FunctionFacts, RelationFacts, TypeFacts } from './catalog/facts.ts'
import type { ColumnClasses } from './catalog/bind-classification.ts'
import type { BehaviourOf } from './behaviour/behaviour.ts'
import type { CatalogColumn, Knowledge } from './flow/walk.ts'
import { addNamed, nothingNamed, type Named } from './flow/tree-needs.ts'
import type { Answer, Question } from './plan.ts'
import { SqlFault } from './sql-fault.ts'
import { readTree } from './tree/read-tree.ts'
import type { TreeNode } from './tree/tree-value.ts'

/** What understanding builds on; the same for all statements of a resource. */
export interface UnderstandContext {
  /** As loaded so far; every `catalog` question answered makes it know more. */
  readonly catalog: Catalog
  readonly classes: ColumnClasses
  readonly behaviour: BehaviourOf
  readonly catalogColumn: (relation: string, column: string) => CatalogColumn | undefined
}

/** Objects reached from objects reached from ...: more rounds than any real schema needs. */
const MAX_ROUNDS = 40
/** Times a named argument is put in for an identifier of one function body. */
const MAX_REPLACEMENTS = 100

/** @returns all the flow of these trees needs, as far as the server knows it. @throws {SqlFault} `unsupported` after too many rounds. */
export function* gatherKnowledge(context: UnderstandContext, trees: readonly TreeNode[]): Generator<Question, Knowledge, Answer> {
  const gathering = new Gathering(context)
  for (const tree of trees) addNamed(tree, gathering.named)
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const needs = gathering.unknown()
    if (needs !== undefined) {
      yield { kind: 'catalog', needs }
      continue
    }
    const before = gathering.size
    gathering.follow()
    for (const facts of gathering.stringBodies()) yield* analyseBody(gathering, facts)
    if (gathering.size === before && gathering.unknown() === undefined) return gathering.knowledge()
  }
  throw new SqlFault('unsupported', `more than ${MAX_ROUNDS} rounds of catalog objects`)
}

/** The caller's own schemas resolve the body's names, as they do when the server runs it. */
function* analyseBody(gathering: Gathering, facts: FunctionFacts): Generator<Question, void, Answer> {
  let text = facts.source
  for (let attempt = 0; attempt < MAX_REPLACEMENTS; attempt += 1) {
    const answer = yield { kind: 'analyse', text, parameterTypes: facts.argumentTypes }
    if (answer.kind === 'analysed') {
      gathering.addBody(facts.oid, answer.trees.flatMap(tree => readTree(tree, { serverMajor: gathering.context.catalog.serverMajor, folded: true })))
      return
    }
    if (answer.kind !== 'error') break
    const replaced = replaceArgument(text, facts, answer.sqlState, answer.fields.get('P'))
    if (replaced === undefined) break
    text = replaced
  }
  gathering.leaveOut(facts.oid)
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
  readonly #bodies = new Map<number, readonly TreeNode[] | undefined>()
  readonly #stored = new Map<string, readonly TreeNode[]>()

  constructor(context: UnderstandContext) { this.context = context }

  get size(): number {
    const { relations, functions, types, operators } = this.named
    return relations.size + functions.size + types.size + operators.size + this.#bodies.size
  }

  /** What is named, not known, and was not asked for before. */
  unknown(): { relations: readonly number[]; functions: readonly number[]; types: readonly number[]; operators: readonly number[] } | undefined {
    const { catalog, behaviour } = this.context
    const needs = {
      relations: this.#take('relations', oid => catalog.relation(oid) !== undefined),
      functions: this.#take('functions', oid => catalog.function(oid) !== undefined || (oid < 16384 && behaviour(oid) !== undefined)),
      types: this.#take('types', oid => catalog.type(oid) !== undefined || oid < 16384),
      operators: this.#take('operators', oid => catalog.operator(oid) !== undefined),
    }
    return Object.values(needs).every(list => list.length === 0) ? undefined : needs
  }

  #take(kind: keyof Named, isKnown: (oid: number) => boolean): readonly number[] {
    const missing = [...this.named[kind]].filter(oid => oid !== 0 && !this.#asked[kind].has(oid) && !isKnown(oid))
    for (const oid of missing) this.#asked[kind].add(oid)
    return missing
  }

  /** Names what the facts at hand lead to. */
  follow(): void {
    const { catalog, behaviour } = this.context
    for (const oid of [...this.named.relations]) this.#once(`r${oid}`, catalog.relation(oid), facts => this.#relation(facts))
    for (const oid of [...this.named.types]) this.#once(`t${oid}`, catalog.type(oid), facts => this.#type(facts))
    for (const oid of [...this.named.operators]) this.#once(`o${oid}`, catalog.operator(oid), facts => { this.named.functions.add(facts.function) })
    for (const oid of [...this.named.functions]) {
      if (behaviour(oid) === undefined) this.#once(`f${oid}`, catalog.function(oid), facts => this.#function(facts))
    }
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
    facts.writeExpressions.forEach(text => this.#follow(text))
    for (const attribute of facts.attributes.values()) if (attribute.expression !== undefined) this.#follow(attribute.expression)
  }

  #type(facts: TypeFacts): void {
    for (const oid of [facts.elementOid, facts.baseOid]) if (oid !== 0) this.named.types.add(oid)
    if (facts.relationOid !== 0) this.named.relations.add(facts.relationOid)
    facts.checks.forEach(text => this.#follow(text))
  }

  #function(facts: FunctionFacts): void {
    facts.supportFunctions.forEach(oid => this.named.functions.add(oid))
    if (facts.language !== 'sql' || facts.body === undefined) return
    this.addBody(facts.oid, bodyQueries(this.stored(facts.body)))
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
  stringBodies(): readonly FunctionFacts[] {
    return [...this.named.functions].flatMap(oid => {
      const facts = this.context.behaviour(oid) === undefined ? this.context.catalog.function(oid) : undefined
      const open = facts?.language === 'sql' && facts.kind === 'f' && facts.body === undefined && !facts.hasConfiguration && !this.#bodies.has(oid)
      return open && facts !== undefined ? [facts] : []
    })
  }

  addBody(functionOid: number, trees: readonly TreeNode[]): void {
    this.#bodies.set(functionOid, trees)
    for (const tree of trees) addNamed(tree, this.named)
  }

  leaveOut(functionOid: number): void { this.#bodies.set(functionOid, undefined) }

  knowledge(): Knowledge {
    const { catalog, classes, behaviour, catalogColumn } = this.context
    return {
      catalog, behaviour, catalogColumn,
      classOf: (oid, attribute) => classes.classOf(oid, attribute),
      bodyOf: oid => this.#bodies.get(oid),
      readStored: text => this.stored(text),
    }
  }
}

/** BEGIN ATOMIC stores a list of lists of queries, RETURN a single query. */
function bodyQueries(trees: readonly TreeNode[]): readonly TreeNode[] {
  return trees
}
