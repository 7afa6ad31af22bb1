/**
 * From a statement's text to its plan, for one resource: checks and cuts the text, asks the target's own analysis, drives `sql`'s
 * understanding, and keeps what it learnt. A kept plan is confirmed with the server whenever it is used (see `confirm`), so a definition
 * that changed behind our back is noticed before a row is shown.
 */
import type { Action, StatementIdentity } from '@doorward/core'
import {
  catalogColumn, checkText, functionBehaviour, understandStatement,
  type Analysed, type AnalysisError, type Piece, type RawStatement, type SessionView, type StatementPlan, type TextLimits, type TextReader,
} from '@doorward/sql'
import type { AnalysisConnection, Standing } from './analysis-connection.ts'
import type { AnalysisPool } from './analysis-pool.ts'
import { namedIn } from './named-in.ts'
import type { AskCatalog, CatalogFacts, CatalogLoader } from './catalog-loader.ts'
import { DefinitionsDigest } from './definitions-digest.ts'
import { MAX_KEPT_TEXT, PlanCache, type KeptPlan, type KeptStatement } from './plan-cache.ts'
import { isSamePlan, isShaped, planOf, SharedPlans, type SharedText } from './shared-plans.ts'
import type { PlanQuestion, RowPlanner } from './row-planner.ts'
import { LITERAL_STYLE_QUERY } from '../session/literal-style.ts'
import { UnderstandFault } from './understand-fault.ts'

/** The session's own connection: it alone sees its temporary objects and uncommitted definitions. */
export interface OwnView {
  analyse(text: string, parameterTypes: readonly number[]): Promise<Analysed | AnalysisError>
  /** Undefined: as everybody sees them. */
  facts(): Promise<CatalogFacts | undefined>
}

export type UnderstoodText =
  | {
    readonly kind: 'plan'; readonly plan: StatementPlan; readonly identity: StatementIdentity
    /** `needed`: the plan was kept, or rests on definitions. Ask once the statement holds its locks. */
    readonly confirm: 'needed' | 'done'
    readonly confirmUnchanged: () => Promise<'unchanged' | 'changed'>
  }
  /** The server does not take the text; its own words go back to whoever wrote it. */
  | { readonly kind: 'rejected'; readonly error: AnalysisError; readonly identity: StatementIdentity }
  | { readonly kind: 'refused'; readonly message: string; readonly next: string; readonly identity: StatementIdentity }

export type CutText =
  | { readonly kind: 'cut'; /** At least one; together they are the whole text. */ readonly pieces: readonly Piece[] }
  | { readonly kind: 'refused'; readonly rule: string; readonly message: string; readonly next: string; readonly identity: StatementIdentity | undefined }
  | { readonly kind: 'error'; readonly error: AnalysisError; readonly identity: StatementIdentity }

export interface UnderstanderParts {
  readonly reader: TextReader
  readonly pool: AnalysisPool
  readonly catalog: CatalogLoader
  readonly textLimits: TextLimits
  /** Left out: how many rows are expected is unknown. */
  readonly planner?: Pick<RowPlanner, 'rows'>
}

/** Statements whose plan depends on the text, the schemas and the catalog alone. */
const KEEPABLE: ReadonlySet<RawStatement['kind']> = new Set<RawStatement['kind']>(['query', 'copy', 'explain', 'transaction', 'set', 'show', 'do'])
/** A question may lead to more (a function's body, a type's checks); a statement that asks more often than this is not understood. */
const MAX_QUESTIONS = 200
/** Statements that stay prepared for one confirmation. */
const MAX_LOOSE = 256
/** Tables whose size is looked up for an estimate. */
const MAX_ESTIMATED_TABLES = 64
/** Statement texts in the schemas the catalog is read under. */
const CATALOG_SCHEMAS: readonly string[] = ['pg_catalog']

export class Understander {
  readonly #parts: UnderstanderParts
  readonly #cache = new PlanCache()
  readonly #readings = new Readings()
  readonly #shared = new SharedPlans()
  /** Analyses under way, by the key under which they are kept; undefined: it is not kept. */
  readonly #flights = new Map<string, Promise<KeptPlan | undefined>>()
  readonly #loose: KeptStatement[] = []
  #generation = 0
  #sharing = 0

  constructor(parts: UnderstanderParts) { this.#parts = parts }

  /** Goes up with every change of definitions that was noticed: what a session learnt under another one may be out of date. */
  get generation(): number { return this.#generation }

  /** A plan that texts could share is being asked for. */
  get isSharing(): boolean { return this.#sharing > 0 }

  /** Definitions changed: everything kept is forgotten. */
  invalidate(): void {
    this.#forget()
    this.#parts.catalog.markStale()
  }

  /** Facts as a session's own connection has them. @throws {UnderstandFault} */
  factsThrough(ask: AskCatalog): Promise<CatalogFacts> { return this.#parts.catalog.readThrough(ask) }

  #forget(): void {
    this.#cache.clear()
    this.#shared.clear()
    this.#generation += 1
  }

  /** @throws {UnderstandFault} when the target is asked for its words for a syntax error, and does not answer. */
  async cut(sql: Buffer): Promise<CutText> {
    const { reader, textLimits } = this.#parts
    const checked = checkText(sql, textLimits)
    if (checked.kind === 'refused') return { kind: 'refused', rule: checked.rule, message: checked.message, next: 'send less text at once; bulk data belongs in parameters or COPY', identity: undefined }
    const known = this.#readings.get(checked.text)
    if (known !== undefined) return { kind: 'cut', pieces: known }
    const kin = this.#shared.pieceOf(checked.text)
    if (kin !== undefined) return { kind: 'cut', pieces: [kin] }
    const reading = await reader.read(checked.text)
    if (reading.kind === 'read') {
      this.#readings.set(checked.text, reading.pieces)
      return { kind: 'cut', pieces: reading.pieces }
    }
    if (reading.kind === 'failed') return { kind: 'refused', rule: `grammar-${reading.reason}`, message: FAILED_READING[reading.reason], next: 'write it in smaller parts', identity: reading.identity }
    // The server's own words for a syntax error. If the server takes what our grammar does not, the statement is not understood.
    const connection = await this.#parts.pool.connection(CATALOG_SCHEMAS)
    const answer = await connection.analyse('', checked.text, [])
    if (answer.kind === 'error') return { kind: 'error', error: answer, identity: reading.identity }
    return { kind: 'refused', rule: 'grammar-unknown', message: 'the statement has a form that is not understood', next: 'write it in another way', identity: reading.identity }
  }

  /** @throws {UnderstandFault} when the target cannot be asked. */
  async understand(piece: Piece, parameterTypes: readonly number[], session: SessionView, own: OwnView | undefined): Promise<UnderstoodText> {
    const { text, identity, statement } = piece
    if (statement === undefined) return { kind: 'plan', plan: EMPTY_QUERY, identity, confirm: 'done', confirmUnchanged: unchanged }
    if (await this.#parts.catalog.refresh() === 'changed') this.#forget()
    const key = own === undefined && KEEPABLE.has(statement.kind) ? keyOf(text, parameterTypes, session.schemas) : undefined
    const alike = key === undefined ? undefined : this.#alike(piece, parameterTypes, session.schemas)
    if (alike !== undefined) return { kind: 'plan', plan: alike.plan, identity, confirm: confirmOf(alike, statement), confirmUnchanged: () => this.#confirm(alike, piece, parameterTypes, session.schemas) }
    // No wait where nobody flies: two who come at once would both pass it, and both ask.
    const flight = key === undefined ? undefined : this.#flights.get(key)
    const kept = key === undefined ? undefined : this.#cache.get(key) ?? (flight === undefined ? undefined : await flight)
    if (kept !== undefined) return { kind: 'plan', plan: kept.plan, identity, confirm: confirmOf(kept, statement), confirmUnchanged: () => this.#confirm(kept, piece, parameterTypes, session.schemas) }
    const names = own === undefined || statement.kind !== 'query' ? undefined : namedIn(text)
    const bearing = names === undefined ? undefined : { names, version: await this.#parts.catalog.probeNames(names) }
    const analysis = this.#analyse(piece, statement, parameterTypes, session, own, key)
    if (key !== undefined) this.#fly(key, analysis)
    const result = await analysis
    if (result.kind === 'rejected') return { kind: 'rejected', error: result.error, identity }
    const { plan } = result
    if (key !== undefined && result.kept === 'yes' && parameterTypes.length === 0) this.#share(piece, statement, result, session)
    return {
      kind: 'plan', plan, identity, confirm: confirmOf(plan.dependsOnDefinitions || result.kept === 'yes' ? result : { plan, statements: [] }, statement),
      confirmUnchanged: () => (own === undefined ? this.#confirm(result, piece, parameterTypes, session.schemas) : this.#confirmOwn(result, bearing)),
    }
  }

  /** The plan of a text that differs from this one in mere values only. */
  #alike(piece: Piece, parameterTypes: readonly number[], schemas: readonly string[]): KeptPlan | undefined {
    if (!isShaped(piece) || parameterTypes.length > 0) return undefined
    const kept = this.#cache.get(sharedKeyOf(piece.shaped.variant, schemas))
    return kept === undefined ? undefined : { ...kept, plan: planOf(kept.plan, piece.text, piece.shaped) }
  }

  /** Where another text of this one's shape was understood before: asks for the plan that all of them share. Nobody waits for it. */
  #share(piece: Piece, statement: RawStatement, own: KeptPlan, session: SessionView): void {
    const asked = this.#shared.consider(piece, own.plan)
    if (asked === undefined || this.#flights.has(asked.shaped.variant)) return
    // What fails to be asked is asked again with the next text.
    const flight = this.#askShared(asked, piece, statement, own, session).then(() => undefined, () => undefined)
    this.#flights.set(asked.shaped.variant, flight)
    this.#sharing += 1
    void flight.then(() => {
      this.#sharing -= 1
      this.#flights.delete(asked.shaped.variant)
    })
  }

  async #askShared({ shaped, text, parameterTypes }: SharedText, piece: Piece, statement: RawStatement, own: KeptPlan, session: SessionView): Promise<void> {
    const statements: KeptStatement[] = []
    const generation = this.#generation
    const result = await this.#drive(statement, text, parameterTypes, session, undefined, statements)
    const { version } = this.#parts.catalog
    // Definitions changed meanwhile: neither plan says anything about the other.
    if (generation !== this.#generation || version === undefined || version !== own.version) { this.#cache.forget(statements); return }
    if (result.kind === 'rejected' || !isKeepable(result.plan, statements, statement) || !isSamePlan(planOf(result.plan, piece.text, shaped), own.plan)) {
      this.#cache.forget(statements)
      this.#shared.disown(shaped.shape)
      return
    }
    this.#cache.set(sharedKeyOf(shaped.variant, session.schemas), { plan: result.plan, statements, version, confirmed: { at: undefined } })
    this.#shared.share(shaped, piece)
  }

  /** Whoever comes with the same text meanwhile waits for this analysis, and confirms it like a kept one. */
  #fly(key: string, analysis: Promise<Result>): void {
    const flight = analysis.then((result) => (result.kind === 'plan' && result.kept === 'yes' ? result : undefined), () => undefined)
    this.#flights.set(key, flight)
    void flight.then(() => { if (this.#flights.get(key) === flight) this.#flights.delete(key) })
  }

  /** Asks the server, now. @param key under which the plan is kept, if it may be. */
  async #analyse(piece: Piece, statement: RawStatement, parameterTypes: readonly number[], session: SessionView, own: OwnView | undefined, key: string | undefined): Promise<Result> {
    const statements: KeptStatement[] = []
    const before = this.#parts.catalog.version
    const result = await this.#drive(statement, piece.text, parameterTypes, session, own, key === undefined ? undefined : statements)
    if (result.kind === 'rejected') { this.#cache.forget(statements); return result }
    const { plan } = result
    // Under two versions at once it says nothing about either, and is understood again before it counts.
    const version = before === this.#parts.catalog.version ? before : undefined
    const keep = key !== undefined && version !== undefined && isKeepable(plan, statements, statement)
    const kept: KeptPlan = { plan, statements, version, confirmed: { at: undefined } }
    if (keep) this.#cache.set(key, kept)
    else if (plan.dependsOnDefinitions) this.#keepLoose(statements)
    else this.#cache.forget(statements)
    return { kind: 'plan', ...kept, kept: keep ? 'yes' : 'no' }
  }

  /** Of a plan that is used once: prepared until it is confirmed, or, where it never is, until others need the room. */
  #keepLoose(statements: readonly KeptStatement[]): void {
    this.#loose.push(...statements)
    if (this.#loose.length > MAX_LOOSE) this.#cache.forget(this.#loose.splice(0, this.#loose.length - MAX_LOOSE))
  }

  /**
   * What the statement rests on now, as one hash, see definitions-digest.ts. Asked anew each time, and nothing of it is kept.
   * @throws {UnderstandFault} when the target cannot be asked.
   */
  async definitionsOf(piece: Piece, parameterTypes: readonly number[], session: SessionView, own: OwnView | undefined): Promise<string> {
    const { statement, text } = piece
    const { catalog, pool } = this.#parts
    const notes = new DefinitionsDigest()
    if (statement === undefined) return notes.digest()
    if (await catalog.refresh() === 'changed') this.#forget()
    const facts = await own?.facts() ?? catalog
    const analyse: OwnView['analyse'] = async (question, types) => (own === undefined ? (await pool.connection(session.schemas)).analyse('', question, types) : own.analyse(question, types))
    const noting: OwnView = { analyse: notes.noting(analyse), facts: () => Promise.resolve({ classes: facts.classes, load: (needs) => facts.load(needs), catalog: notes.catalogOf(facts.catalog) }) }
    await this.#drive(statement, text, parameterTypes, session, noting, undefined)
    return notes.digest()
  }

  /** @returns about how many rows a statement without a restriction may touch; undefined: unknown. @throws {UnderstandFault} */
  async estimateRows(plan: StatementPlan): Promise<number | undefined> {
    const { understanding } = plan
    if (understanding.kind === 'opaque') return undefined
    if (understanding.bulk.estimatedRows !== undefined) return understanding.bulk.estimatedRows
    if (understanding.bulk.restricted) return undefined
    const tables = understanding.effects.filter((effect) => effect.kind === 'relation' && effect.scope === 'user').map((effect) => effect.object)
    return this.#parts.catalog.estimateRows([...new Set(tables)].slice(0, MAX_ESTIMATED_TABLES))
  }

  /** @returns about how many rows the planner expects a query to touch. Asked of statements alone whose planning runs no code. */
  plannedRows(question: PlanQuestion): Promise<number | 'unknown'> { return this.#parts.planner?.rows(question) ?? Promise.resolve('unknown') }

  /** How literals of dates and intervals are read by the analysis. @throws {UnderstandFault} */
  async literalStyle(): Promise<string> {
    const connection = await this.#parts.pool.connection(CATALOG_SCHEMAS)
    const [row] = await connection.query(LITERAL_STYLE_QUERY)
    return row?.[0] ?? ''
  }

  async #drive(raw: RawStatement, text: string, parameterTypes: readonly number[], session: SessionView, own: OwnView | undefined, kept: KeptStatement[] | undefined): Promise<{ readonly kind: 'plan'; readonly plan: StatementPlan } | { readonly kind: 'rejected'; readonly error: AnalysisError }> {
    const { catalog, pool, reader } = this.#parts
    const facts: CatalogFacts = await own?.facts() ?? catalog
    const steps = understandStatement({ catalog: facts.catalog, classes: facts.classes, behaviour: functionBehaviour, catalogColumn, grammar: reader.grammar, ...(own === undefined ? { definitions: 'compared' as const } : {}) }, { statement: raw, text, parameterTypes, session })
    let step = steps.next()
    for (let questions = 0; step.done !== true; questions += 1) {
      if (questions > MAX_QUESTIONS) throw new UnderstandFault('out-of-step', `more than ${MAX_QUESTIONS} questions about one statement`)
      const question = step.value
      if (question.kind === 'catalog') {
        await facts.load(question.needs)
        step = steps.next({ kind: 'loaded' })
      } else if (own !== undefined) {
        step = steps.next(await own.analyse(question.text, question.parameterTypes))
      } else {
        const connection: AnalysisConnection = await pool.connection(session.schemas)
        const name = kept === undefined ? '' : connection.newName()
        const answer = await connection.analyse(name, question.text, question.parameterTypes)
        // What has no result is not looked at again when it is described: it is never asked about, and the catalog's version alone confirms it.
        if (name !== '' && raw.kind === 'query' && answer.kind === 'analysed' && answer.fields === undefined) connection.forget(name)
        else if (name !== '' && answer.kind === 'analysed') kept?.push({ connection, name })
        step = steps.next(answer)
      }
    }
    return step.value
  }

  #standings({ statements }: KeptPlan): readonly Promise<Standing>[] { return statements.map(({ connection, name }) => connection.standingOf(name)) }

  /**
   * What only the session's own connection could resolve is not asked there again while a statement runs on it. Nothing may have changed, or, where
   * the statement rests on nothing but what its text names, nothing that bears one of its names.
   */
  async #confirmOwn({ plan, version }: KeptPlan, bearing: { readonly names: readonly string[]; readonly version: string } | undefined): Promise<'unchanged' | 'changed'> {
    const { catalog } = this.#parts
    if (await catalog.refresh() === 'changed') this.#forget()
    if (version !== undefined && catalog.version === version) return 'unchanged'
    if (plan.dependsOnDefinitions || bearing === undefined) return 'changed'
    return await catalog.probeNames(bearing.names) === bearing.version ? 'unchanged' : 'changed'
  }

  /**
   * The server says at once when nothing that the statement depends on has changed. Where it analysed anew (a definition changed, or only
   * the statistics), or the statement made room for others meanwhile, everything is understood again from the start and must come to the
   * same plan. INVARIANT: asked after this call, never answered from what is kept or already under way.
   */
  async #confirm(kept: KeptPlan, piece: Piece, parameterTypes: readonly number[], schemas: readonly string[]): Promise<'unchanged' | 'changed'> {
    const { catalog } = this.#parts
    let { moment } = catalog
    const isLikely = moment !== undefined && kept.confirmed.at === moment
    const [refreshed, ...asked] = await Promise.all([catalog.refresh(), ...(isLikely ? [] : this.#standings(kept))])
    if (refreshed === 'changed') this.#forget()
    // Nothing was committed since the server said so, and so nothing has changed.
    if (isLikely && moment === catalog.moment && kept.version !== undefined && kept.version === catalog.version) return 'unchanged'
    if (isLikely) moment = catalog.moment
    const answers = isLikely ? await Promise.all(this.#standings(kept)) : asked
    // A new object earlier in the search path changes nothing that the statement depends on, and yet what its names mean: the catalog's version tells.
    const isSame = kept.version !== undefined && catalog.version === kept.version
    if (isSame && answers.every((answer) => answer === 'unchanged')) {
      // Unchanged when the server was asked, and so at this moment, which was before.
      kept.confirmed.at = moment
      return 'unchanged'
    }
    // Somebody waits for the running statement to let go of its locks, and the question would wait behind them. What they want has not
    // happened yet; whether anything else has, the version of the catalog tells.
    if (answers.every((answer) => answer === 'unchanged' || answer === 'locked') && kept.version !== undefined && await catalog.probe() === kept.version) return 'unchanged'
    if (answers.some((answer) => answer === 'changed' || answer === 'locked')) this.invalidate()
    const { statement } = piece
    if (statement === undefined) return 'unchanged'
    if (await catalog.refresh() === 'changed') this.#forget()
    const session: SessionView = { schemas, prepared: () => undefined, cursor: () => undefined }
    const again = await this.#analyse(piece, statement, parameterTypes, session, undefined, KEEPABLE.has(statement.kind) ? keyOf(piece.text, parameterTypes, schemas) : undefined)
    return again.kind === 'plan' && JSON.stringify(again.plan) === JSON.stringify(kept.plan) ? 'unchanged' : 'changed'
  }
}

/** What rows may be done to by a plan that is kept. */
const KEPT_ACTIONS: ReadonlySet<Action> = new Set<Action>(['read', 'create', 'update', 'delete'])

/**
 * The server revalidates what has a result. What a write brings with it (triggers, keys, row security) stands in no tree: it is kept, like everything, for
 * as long as the catalog's version is the same. What an EXECUTE runs depends on the session: that is understood afresh each time.
 */
function isKeepable(plan: StatementPlan, statements: readonly KeptStatement[], { kind }: RawStatement): boolean {
  const { understanding } = plan
  if (understanding.kind !== 'understood' || plan.needsPrepared !== undefined) return false
  if (kind === 'query') return understanding.effects.every((effect) => KEPT_ACTIONS.has(effect.action) || effect.scope === 'open')
  return (plan.fields !== undefined || statements.length === 0) && understanding.effects.every((effect) => effect.action === 'read' || effect.scope === 'open')
}

/** Statements that read or write rows by what they were understood as. Those that change definitions would be confirmed by their own doing. */
const CONFIRMABLE: ReadonlySet<RawStatement['kind']> = new Set<RawStatement['kind']>(['query', 'execute', 'copy', 'declare', 'fetch', 'move', 'explain', 'do'])

const STORES_ROWS: ReadonlySet<RawStatement['kind']> = new Set<RawStatement['kind']>(['create-table-as', 'refresh'])

/**
 * Between its analysis and its locks a statement may wait as long as somebody likes: whatever touches rows is confirmed once it holds them,
 * also where it was analysed a moment before.
 */
function confirmOf({ plan: { understanding, changes }, statements }: Pick<KeptPlan, 'plan' | 'statements'>, statement: RawStatement): 'needed' | 'done' {
  // What rests on something, be it a function's name alone, was prepared to be asked about.
  if (statements.length > 0) return 'needed'
  // These store rows in a table that they make: what they change is not committed yet when they are confirmed, so only others' doing shows.
  if (STORES_ROWS.has(statement.kind)) return 'needed'
  if (!CONFIRMABLE.has(statement.kind) || changes.some((change) => change.kind === 'catalog')) return 'done'
  return understanding.kind === 'opaque' || understanding.effects.some((effect) => effect.scope === 'user') ? 'needed' : 'done'
}

type Result = KeptPlan & { readonly kind: 'plan'; readonly kept: 'yes' | 'no' } | { readonly kind: 'rejected'; readonly error: AnalysisError }

const unchanged = (): Promise<'unchanged'> => Promise.resolve('unchanged')

const EMPTY_QUERY: StatementPlan = {
  understanding: { kind: 'understood', command: '', effects: [], outputs: [], uses: [], bulk: { restricted: true, estimatedRows: undefined }, forbidden: undefined },
  changes: [], tags: [], fields: undefined, parameterTypes: [], copy: undefined, dependsOnDefinitions: false, local: undefined, needsPrepared: undefined, catalogTexts: [], functionResults: [], source: undefined, explain: undefined,
}

/** NUL is in none of the parts. */
function keyOf(text: string, parameterTypes: readonly number[], schemas: readonly string[]): string {
  return `${schemas.join('\0')}\0\0${parameterTypes.join(',')}\0${text}`
}

/** Apart from every text's own key: schemas are names, and hold no such character. */
function sharedKeyOf(variant: string, schemas: readonly string[]): string { return `\u0001${schemas.join('\0')}\0\0${variant}` }

/** Readings by text, oldest out first: the same texts come again and again. */
class Readings {
  readonly #kept = new Map<string, readonly Piece[]>()
  get(text: string): readonly Piece[] | undefined { return this.#kept.get(text) }
  set(text: string, pieces: readonly Piece[]): void {
    if (text.length > MAX_KEPT_TEXT) return
    this.#kept.set(text, pieces)
    if (this.#kept.size <= MAX_KEPT_READINGS) return
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined) this.#kept.delete(oldest)
  }
}

const MAX_KEPT_READINGS = 2_000

const FAILED_READING = {
  broken: 'the statement is nested too deeply to be understood', unavailable: 'the grammar is not available at the moment', text: 'the statement is no text', answer: 'the statement could not be read',
  time: 'reading the statement takes too long', busy: 'too many long statements wait to be read', 'too-many': 'the text holds too many statements',
} as const
