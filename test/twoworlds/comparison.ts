/** The comparison itself: lanes side by side, each with its pair of databases, its principal and its share of the statements. */
import { canaries, makeWorld } from '../../corpus/world.mjs'
import { Needles } from '../../corpus/lib/search.mjs'
import { expand } from '../../corpus/lib/vectors.mjs'
import { corpusCases, corpusVectors } from './corpus-statements.ts'
import { compareVectors } from './corpus-vectors.ts'
import { PRINCIPALS } from './gateway-files.ts'
import { generateCase } from './grammar/generator.ts'
import { minimise } from './minimise.ts'
import type { Options } from './options.ts'
import { Pair } from './pair.ts'
import { readServerCatalog } from './server-catalog.ts'
import { readSqlsmith, sqlsmithMissing } from './sqlsmith.ts'
import { toSteps, type StatementCase } from './statement-case.ts'
import { Tally } from './tally.ts'
import type { Answer } from './wire.ts'
import { startWorlds, type Lane, type Worlds } from './worlds.ts'

/** Most statements are those of the corpus's own masked principal. */
const LANES: readonly Pick<Lane, 'principal' | 'values'>[] = [
  { principal: 'eve', values: 'plain' }, { principal: 'eve', values: 'rough' }, { principal: 'mia', values: 'rough' }, { principal: 'nell', values: 'plain' }, { principal: 'mia', values: 'plain' }, { principal: 'nell', values: 'rough' },
]
/** Sizes in pages, and plans, which follow them: open to masked callers (docs/phi/limits.md), and other ones where lengths differ much. */
const SIZES = /explain|_size|relpages|relallvisible/i
const SQLSMITH_BATCH = 400
/** Differences are looked into one by one; after so many there is no point in going on. */
const MAX_DIFFERENCES = 40

export async function comparison(options: Options): Promise<{ readonly report: string; readonly json: unknown; readonly ok: boolean }> {
  const notes: string[] = []
  const wants = (source: string): boolean => options.source === 'all' || options.source === source
  const smith = wants('sqlsmith') ? sqlsmithMissing() : undefined
  if (smith !== undefined) notes.push(smith)
  const lanes = Array.from({ length: options.lanes }, (_, at) => ({ name: `lane${at}`, ...(LANES[at % LANES.length] ?? { principal: 'eve' as const, values: 'plain' as const }) }))
  const worlds = await startWorlds({ binDir: options.binDir, lanes: wants('corpus') && options.only === undefined ? [...lanes, { name: 'corpus', principal: 'eve', values: 'plain' }] : lanes })
  const tally = new Tally()
  const progress = setInterval(() => { process.stderr.write(`${tally.tried} statements, ${tally.differences.length} differences, ${((Date.now() - tally.started) / 1000).toFixed(0)} s\n`) }, 15_000)
  try {
    const until = Date.now() + options.minutes * 60_000
    // The first signal ends the run with its report.
    let stopped: 'no' | 'yes' = 'no'
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { stopped = 'yes' })
    const isOver = (): boolean => stopped === 'yes' || Date.now() > until || tally.tried >= options.statements || tally.differences.length >= MAX_DIFFERENCES
    const feeds = new Feeds(worlds, options, smith === undefined)
    const vectorLane = worlds.lanes.find(({ name }) => name === 'corpus')
    const work: Promise<void>[] = worlds.lanes.filter((lane) => lane !== vectorLane).map((lane, at) => runLane({ worlds, lane, feeds, at, tally, options, isOver }))
    if (vectorLane !== undefined) work.push(runVectors(worlds, vectorLane, tally, isOver, notes))
    await Promise.all(work)
    const server = await worlds.connectUpstream(worlds.lanes[0]?.databases.a ?? '')
    notes.push(`PostgreSQL ${(await server.query('show server_version')).at(-1)?.rows[0]?.[0] ?? ''}, seed ${options.seed}, ${lanes.map(({ principal, values }) => `${principal} (${values})`).join(', ')}`)
    await server.close()
  } finally {
    clearInterval(progress)
    await worlds.stop()
  }
  const ok = tally.differences.length === 0 && tally.canaries.length === 0 && tally.mispredicted === 0
  return { report: [...notes, ...(options.reasons ? [tally.reasons(40)] : []), tally.report()].join('\n'), json: { notes, ...tally.toJson() as object }, ok }
}

interface LaneRun {
  readonly worlds: Worlds
  readonly lane: Lane
  readonly feeds: Feeds
  readonly at: number
  readonly tally: Tally
  readonly options: Options
  isOver(): boolean
}

async function runLane({ worlds, lane, feeds, at, tally, options, isOver }: LaneRun): Promise<void> {
  const names = { databases: [lane.databases.a, lane.databases.b] }
  const targets = [worlds.target(lane, 'a'), worlds.target(lane, 'b')] as const
  // Values of masked classes; where some are shown in clear, equality of the worlds is the whole proof.
  const needles = PRINCIPALS[lane.principal].clearClasses.length === 0 ? new Needles(canaries(makeWorld('a'))) : undefined
  let current: StatementCase | undefined
  const watch = (answer: Answer): void => {
    if (needles === undefined) return
    for (const { tag, body } of answer.frames) {
      if (!'DdENTA'.includes(tag)) continue
      const [hit] = needles.find(body.toString('latin1'))
      // What the statement itself says is no news to whoever sent it.
      if (hit !== undefined && !(current !== undefined && toSteps(current).some(({ shows }) => shows.includes(hit[0])))) tally.canaries.push({ id: current?.id ?? '', value: hit[0], statement: current?.statement ?? '' })
    }
  }
  const pair = new Pair(targets, names, watch)
  for await (const one of feeds.of(lane, at)) {
    if (lane.values === 'rough' && SIZES.test(`${one.way.kind} ${one.statement}`)) { tally.sizes += 1; continue }
    if (options.skip?.test(toSteps(one).map(({ shows }) => shows).join('\n')) === true) { tally.setAside += 1; continue }
    current = one
    const result = await pair.run(toSteps(one))
    if (options.only !== undefined) console.log(one, result)
    tally.add(one, result)
    if (result.difference !== undefined) {
      const still = async (statement: string): Promise<boolean> => (await trial.run(toSteps({ ...one, statement }))).difference !== undefined
      const trial = new Pair(targets, names)
      const again = await trial.run(toSteps(one))
      const statement = again.difference === undefined ? one.statement : await minimise(one.statement, still)
      const last = await trial.run(toSteps({ ...one, statement }))
      trial.close()
      const shown = last.difference ?? result.difference
      process.stderr.write(`difference in ${one.id}: ${statement.replaceAll('\x01', ' ; ').slice(0, 200)}\n    a: ${shown.left.slice(0, 120)}\n    b: ${shown.right.slice(0, 120)}\n`)
      tally.differences.push({
        id: again.difference === undefined ? `${one.id} (once, not again)` : one.id, lane: lane.name, principal: `${lane.principal} (${lane.values})`, source: one.source, seed: options.seed, way: JSON.stringify(one.way), statement, parameters: one.parameters,
        step: shown.step, left: shown.left, right: shown.right, answers: shown.answers,
      })
    }
    if (isOver()) break
  }
  pair.close()
}

async function runVectors(worlds: Worlds, lane: Lane, tally: Tally, isOver: () => boolean, notes: string[]): Promise<void> {
  const vectors = corpusVectors().map((vector) => (vector.principal === 'dana' ? { ...vector, principal: 'eve' } : vector))
  const started = Date.now()
  const { compared, left, differences } = await compareVectors(worlds, lane, vectors, isOver)
  tally.differences.push(...differences)
  notes.push(`corpus vectors as they are: ${compared} compared in ${((Date.now() - started) / 1000).toFixed(0)} s, ${left.length} left out${left.length === 0 ? '' : ` (${left.slice(0, 200).join(', ')})`}`)
}

/** Where the statements of a lane come from, in turn. */
class Feeds {
  readonly #worlds: Worlds
  readonly #options: Options
  readonly #withSqlsmith: boolean

  constructor(worlds: Worlds, options: Options, withSqlsmith: boolean) {
    this.#worlds = worlds
    this.#options = options
    this.#withSqlsmith = withSqlsmith
  }

  async* of(lane: Lane, at: number): AsyncGenerator<StatementCase> {
    const { source, seed, lanes, only } = this.#options
    const client = await this.#worlds.connectUpstream(lane.databases.a)
    const catalog = await readServerCatalog(client, lane)
    await client.close()
    if (only !== undefined) { if (at === only % lanes) yield generateCase(catalog, seed, only); return }
    const corpus = source === 'all' || source === 'corpus' ? this.#corpus().filter((_, index) => index % lanes === at) : []
    if (source === 'corpus') { yield* corpus; return }
    const own = (number: number): StatementCase => generateCase(catalog, seed, number * lanes + at)
    let [number, fromCorpus, batch] = [0, 0, 0]
    let smith: StatementCase[] = []
    for (;;) {
      if (source !== 'sqlsmith') for (let count = 0; count < 8; count += 1, number += 1) yield own(number)
      for (let count = 0; count < 4; count += 1, fromCorpus += 1) { const next = corpus[fromCorpus]; if (next !== undefined) yield next }
      if (!this.#withSqlsmith || source === 'grammar') continue
      if (smith.length === 0) {
        smith = [...await readSqlsmith(this.#worlds.upstream(lane.databases.a), seed * 1_000 + batch * lanes + at, SQLSMITH_BATCH)]
        batch += 1
      }
      for (let count = 0; count < 2; count += 1) { const next = smith.pop(); if (next !== undefined) yield { ...next, id: `${next.id} of seed ${seed * 1_000 + (batch - 1) * lanes + at}` } }
    }
  }

  #corpus(): readonly StatementCase[] {
    const both = { a: makeWorld('a'), b: makeWorld('b') }
    return corpusCases((text) => {
      try { return expand(text, { worlds: both, database: 'database', user: 'eve', upstream: {} }) } catch { return undefined }
    })
  }
}
