/**
 * Keeps what is known of one target's catalog in step with the target: loads facts as statements need them, asks
 * before each use whether anything was committed meanwhile, and starts over when definitions changed. Classes of columns stay bound across that
 * (see bindClassification). What a statement rests on is confirmed once more when it holds its locks (understander.ts).
 */
import type { Classification } from '@doorward/core'
import {
  bindClassification, CatalogSnapshot, namesVersionQuery, versionQuery,
  type Catalog, type CatalogLoad, type CatalogNeeds, type ColumnClasses, type FunctionFacts, type OperatorFacts, type RelationFacts, type TypeFacts,
} from '@doorward/sql'
import type { AnalysisPool } from './analysis-pool.ts'
import { UnderstandFault } from './understand-fault.ts'

const VERSION = versionQuery()
/**
 * One row. NULL on a standby: its snapshots do not list who is still under way, so that two of the same text may have seen different ends
 * (PostgreSQL, procarray.c, GetSnapshotData; xid8funcs.c).
 */
const SNAPSHOT = 'select case when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_current_snapshot()::pg_catalog.text end'
/** One row: the snapshot, and the version that holds under it, unless the snapshot is $1. */
const SNAPSHOT_AND_VERSION = `select s.t, case when s.t operator(pg_catalog.=) $1 then null else (${VERSION}) end from (${SNAPSHOT}) s(t)`
/**
 * After so many questions that found nothing committed the next asks for the snapshot alone. Under writes somebody commits before nearly every question, and
 * one question for both takes half as long as two; where nobody writes, getting ready to sum takes ten times as long as the snapshot.
 */
const QUIET = 8
/** server_version_num of 18.4 is 180004. */
const VERSIONS_PER_MAJOR = 10_000

/** What a statement's meaning rests on. {@link CatalogLoader} has those that are committed. */
export interface CatalogFacts {
  readonly catalog: Catalog
  readonly classes: ColumnClasses
  /** @throws {UnderstandFault} */
  load(needs: CatalogNeeds): Promise<void>
}

/** Runs a catalog question where only one session sees its answer. @throws {UnderstandFault} */
export type AskCatalog = (sql: string) => Promise<readonly (readonly (string | null)[])[]>

export class CatalogLoader implements CatalogFacts {
  readonly #pool: AnalysisPool
  #snapshot: CatalogSnapshot | undefined
  #version: string | undefined
  /** pg_current_snapshot when the version was asked last; before it, so that what came between is asked about again. */
  #seen: string | undefined
  /** Questions in a row that found nothing committed. */
  #quiet = 0
  /** A refresh that has not begun. */
  #waiting: Promise<'fresh' | 'changed'> | undefined
  /** Goes up when somebody noticed a change: what was asked before that says nothing about after. */
  #staleness = 0
  #turn: Promise<unknown> = Promise.resolve()
  readonly classes: ColumnClasses
  /** The catalog as it is now; the snapshot behind it is replaced when definitions change. */
  readonly catalog: LiveCatalog

  constructor(pool: AnalysisPool, classification: Classification) {
    this.#pool = pool
    this.catalog = new LiveCatalog(() => this.#snapshot)
    this.classes = bindClassification(this.catalog, classification)
  }

  /** The next statement asks again. */
  markStale(): void {
    this.#seen = undefined
    this.#version = undefined
    this.#staleness += 1
  }

  /** Of the definitions as they were probed last. */
  get version(): string | undefined { return this.#version }

  /**
   * When the catalog was asked about last: equal for as long as nothing is committed at the target, see {@link CatalogLoader.refresh}. Undefined:
   * somebody noticed a change since.
   */
  get moment(): string | undefined { return this.#seen }

  /** As {@link CatalogLoader.probe}, of what bears these names alone. @throws {UnderstandFault} */
  probeNames(names: readonly string[]): Promise<string> { return this.#inTurn(() => this.#one(namesVersionQuery(names))) }

  /** The version now, asked of the target. @throws {UnderstandFault} */
  probe(): Promise<string> { return this.#inTurn(() => this.#askVersion()) }

  /**
   * Asks the target whether anything was committed since the last time, and only then whether definitions are among it. Two snapshots with the
   * same text (PostgreSQL, System Information Functions, pg_current_snapshot) saw the same transactions end, so nothing has changed between them.
   * Whoever comes before a question is written shares its answer.
   * @returns `changed` when everything that rests on the catalog must be found anew. @throws {UnderstandFault}
   */
  refresh(): Promise<'fresh' | 'changed'> {
    if (this.#waiting !== undefined) return this.#waiting
    const mine = this.#inTurn(() => this.#refreshNow(() => { if (this.#waiting === mine) this.#waiting = undefined }))
    this.#waiting = mine
    return mine
  }

  /** @param close nobody shares this one's answer from now on. */
  async #refreshNow(close: () => void): Promise<'fresh' | 'changed'> {
    let staleness = this.#staleness
    // What was noticed before the question is written, its answer knows of.
    const onWritten = (): void => { staleness = this.#staleness; close() }
    const { seen, version: found } = await this.#look(onWritten).finally(close)
    const isSame = seen !== undefined && seen === this.#seen
    this.#quiet = isSame ? this.#quiet + 1 : 0
    if (isSame) return 'fresh'
    const version = found ?? await this.#askVersion()
    if (this.#snapshot !== undefined && version === this.#version) {
      if (staleness === this.#staleness) this.#seen = seen
      return 'fresh'
    }
    const snapshot = new CatalogSnapshot(Number(await this.#one('show server_version_num')), this.#snapshot)
    for (const load of snapshot.initialLoads()) await this.#run(load)
    this.#snapshot = snapshot
    // Noticed while this was read: the next statement reads again.
    if (staleness === this.#staleness) { this.#version = version; this.#seen = seen }
    this.classes.bind(snapshot.relations())
    return 'changed'
  }

  /**
   * @returns the snapshot now; undefined: no snapshot tells there whether anything was committed. `version`: where it was asked for too, and the snapshot
   * is not the last.
   */
  async #look(onWritten: () => void): Promise<{ readonly seen: string | undefined; readonly version: string | undefined }> {
    const connection = await this.#pool.own()
    const isQuiet = this.#seen !== undefined && this.#quiet >= QUIET
    const [row] = isQuiet ? await connection.queryAgain(SNAPSHOT, [], onWritten) : await connection.queryAgain(SNAPSHOT_AND_VERSION, [this.#seen ?? ''], onWritten)
    if (row === undefined) throw new UnderstandFault('catalog', NO_ANSWER)
    return { seen: row[0], version: row[1] }
  }

  /** @throws {UnderstandFault} */
  load(needs: CatalogNeeds): Promise<void> {
    return this.#inTurn(async () => {
      const snapshot = this.#snapshot
      if (snapshot === undefined) throw new UnderstandFault('catalog', 'catalog facts were asked for before the catalog was read')
      for (const load of snapshot.loadsFor(needs)) await this.#run(load)
      this.classes.bind(snapshot.relations())
    })
  }

  /** Facts as one session's own connection has them: of temporary objects and of what it has not committed, too. @throws {UnderstandFault} */
  async readThrough(ask: AskCatalog): Promise<CatalogFacts> {
    const snapshot = new CatalogSnapshot(this.catalog.serverMajor * VERSIONS_PER_MAJOR, this.#snapshot)
    const classes = this.classes.over(snapshot)
    const run = async (loads: readonly CatalogLoad[]): Promise<void> => {
      for (const load of loads) load.take(await ask(load.sql))
      classes.bind(snapshot.relations())
    }
    await run(snapshot.initialLoads())
    return { catalog: snapshot, classes, load: (needs) => run(snapshot.loadsFor(needs)) }
  }

  /**
   * About how many rows the largest of these tables has, by the target's own statistics. Nothing of the caller's is planned for it.
   * @param names as effects have them, `schema.table`. @returns undefined: no statistics yet, or not a table. @throws {UnderstandFault}
   */
  async estimateRows(names: readonly string[]): Promise<number | undefined> {
    if (names.length === 0) return undefined
    const list = names.map((name) => `'${name.replaceAll('\'', '\'\'')}'`).join(', ')
    const rows = Number(await this.#one(`select coalesce(pg_catalog.max(c.reltuples), -1)::pg_catalog.int8 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace where c.relkind operator(pg_catalog.=) any('{r,p,m,f}') and (n.nspname operator(pg_catalog.||) '.' operator(pg_catalog.||) c.relname) operator(pg_catalog.=) any(array[${list}]::pg_catalog.text[])`))
    return Number.isSafeInteger(rows) && rows > 0 ? rows : undefined
  }

  async #run(load: CatalogLoad): Promise<void> {
    const connection = await this.#pool.own()
    load.take((await connection.query(load.sql)).map((row) => row.map((cell) => cell ?? null)))
  }

  async #askVersion(): Promise<string> { return requireCell(await (await this.#pool.own()).queryAgain(VERSION)) }

  async #one(sql: string): Promise<string> { return requireCell(await (await this.#pool.own()).query(sql)) }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.then(() => undefined, () => undefined) // the next in turn waits; the failure is its caller's
    return mine
  }
}

const NO_ANSWER = 'a catalog question had no answer'

function requireCell([row]: readonly (readonly (string | undefined)[])[]): string {
  const cell = row?.[0]
  if (cell === undefined) throw new UnderstandFault('catalog', NO_ANSWER)
  return cell
}

/** Before the first load nothing is known, and what is not known is treated as PHI or as opaque. */
export class LiveCatalog implements Catalog {
  readonly #current: () => CatalogSnapshot | undefined
  constructor(current: () => CatalogSnapshot | undefined) { this.#current = current }

  get serverMajor(): number { return this.#current()?.serverMajor ?? 0 }
  relation(oid: number): RelationFacts | undefined { return this.#current()?.relation(oid) }
  relationNamed(schema: string, name: string): RelationFacts | undefined { return this.#current()?.relationNamed(schema, name) }
  function(oid: number): FunctionFacts | undefined { return this.#current()?.function(oid) }
  functionName(oid: number): string | undefined { return this.#current()?.functionName(oid) }
  isShownComment(text: string): boolean { return this.#current()?.isShownComment(text) ?? false }
  operator(oid: number): OperatorFacts | undefined { return this.#current()?.operator(oid) }
  type(oid: number): TypeFacts | undefined { return this.#current()?.type(oid) }
  typesNamed(name: string): readonly TypeFacts[] { return this.#current()?.typesNamed(name) ?? [] }
  hasOwnFunction(name: string): boolean { return this.#current()?.hasOwnFunction(name) ?? false }
  hasOwnOperator(name: string): boolean { return this.#current()?.hasOwnOperator(name) ?? false }
  checkedDomains(): readonly TypeFacts[] { return this.#current()?.checkedDomains() ?? [] }
  get inputs(): Catalog['inputs'] { return this.#current()?.inputs }
  set inputs(found: Catalog['inputs']) {
    const current = this.#current()
    if (current !== undefined) current.inputs = found
  }
}
