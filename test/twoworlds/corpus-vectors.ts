/**
 * The corpus's vectors as they are (set-up, several sessions, raw messages), run in both worlds and compared: what the corpus itself does
 * for its `two-worlds` vectors, for all of them. Not compared: vectors that need clocks, process ids or another principal to make sense.
 */
import { Client } from '../../corpus/lib/client.mjs'
import { Database } from '../../corpus/lib/database.mjs'
import { perform, type Performed } from '../../corpus/lib/perform.mjs'
import { expand, runsAlone, type Vector } from '../../corpus/lib/vectors.mjs'
import { makeWorld, seedSql } from '../../corpus/world.mjs'
import { comparable, printable, type Names } from './transcript.ts'
import type { FoundDifference } from './tally.ts'
import type { Lane, Worlds } from './worlds.ts'

export interface VectorsReport { readonly compared: number; readonly left: readonly string[]; readonly differences: readonly FoundDifference[] }

/** What a vector's answer says of clocks, process ids, counters or transaction ids is not a patient's doing; by technique or id. */
const NOT_COMPARABLE = /^(protocol\/(cancel|login|large|segmentation)|legit\/(psql|dbeaver|metabase|pgadmin|pg_dump)|effect\/other-sessions)/

export async function compareVectors(worlds: Worlds, lane: Lane, vectors: readonly Vector[], isOver: () => boolean): Promise<VectorsReport> {
  const databases = { a: await openDatabase(worlds, lane, 'a'), b: await openDatabase(worlds, lane, 'b') }
  const both = { a: makeWorld('a'), b: makeWorld('b') }
  const run = {
    worlds: both, databases,
    direct: (world: 'a' | 'b') => worlds.upstream(lane.databases[world]),
    target: (principal: string, world: 'a' | 'b') => ({ ...worlds.target(lane, world), ...(principal === 'bot' ? { user: 'bot', password: 'bot-secret' } : {}), parameters: {} }),
  }
  const names: Names = { databases: [lane.databases.a, lane.databases.b] }
  const left: string[] = []
  const differences: FoundDifference[] = []
  let compared = 0
  // Legitimate work first: setting a database back gives its objects new ids and places, and catalogs are browsed without ORDER BY.
  const inOrder = [...vectors].sort((one, other) => Number(other.family === 'legit') - Number(one.family === 'legit'))
  for (const vector of inOrder) {
    if (isOver()) { left.push('the rest: out of time'); break }
    if ((vector.needs ?? []).some((need) => need === 'superuser' || need.startsWith('ext:')) || NOT_COMPARABLE.test(vector.id)) { left.push(vector.id); continue }
    const done: { a?: Performed; b?: Performed } = {}
    try {
      for (const world of ['a', 'b'] as const) {
        for (const sql of vector.setup ?? []) await databases[world].rows(expand(sql, { worlds: both, upstream: run.direct(world), database: lane.databases[world] }))
        done[world] = await perform(run, vector, world, run.target(vector.principal, world))
      }
    } catch (error) {
      left.push(`${vector.id}: ${error instanceof Error ? error.message.slice(0, 80) : 'failed'}`)
    }
    for (const world of ['a', 'b'] as const) for (const sql of vector.teardown ?? []) await databases[world].rows(expand(sql, { worlds: both, upstream: run.direct(world), database: lane.databases[world] })).catch(() => undefined)
    if (runsAlone(vector)) for (const world of ['a', 'b'] as const) await databases[world].reset()
    if (done.a === undefined || done.b === undefined) continue
    if (done.a.timedOut || done.b.timedOut) { left.push(`${vector.id}: no answer in time`); continue }
    compared += 1
    let difference = firstLine(transcript(done.a, names), transcript(done.b, names))
    if (difference !== undefined) {
      // Setting a database back gives its objects new ids: where an answer shows one, it is not a patient's doing.
      const ids = { a: await objectIds(databases.a), b: await objectIds(databases.b) }
      difference = firstLine(transcript(done.a, names, ids.a), transcript(done.b, names, ids.b))
    }
    if (difference !== undefined) {
      differences.push({
        id: vector.id, lane: lane.name, principal: vector.principal, source: 'corpus', seed: 0, way: 'vector', statement: JSON.stringify(vector.steps).slice(0, 2_000), parameters: [],
        step: `message ${difference.at}`, left: printable(difference.left), right: printable(difference.right), answers: { a: '', b: '' },
      })
    }
  }
  return { compared, left, differences }
}

/** The corpus's own view of a database, over one that is loaded already: its `open` would make the schema anew under the running gateway. */
async function openDatabase(worlds: Worlds, lane: Lane, world: 'a' | 'b'): Promise<Database> {
  const target = worlds.upstream(lane.databases[world])
  const database = new Database(target, world)
  database.client = await new Client(target).connect({ application_name: 'twoworlds-upstream' })
  database.version = worlds.server.major
  database.seed = seedSql(makeWorld(world))
  database.seal = () => 'twoworlds'
  await database.rows('SET lock_timeout = 5000; SET statement_timeout = 0')
  database.clean = await database.marks()
  return database
}

function transcript({ sessions, refusedStart }: Performed, names: Names, ids: ReadonlySet<string> = new Set()): readonly string[] {
  const show = (line: string): string => (ids.size === 0 ? line : line.replace(/\d{5,10}/g, (number) => (ids.has(number) ? 'object' : number)))
  return [(refusedStart ?? '').replace(/receipt \d+/, 'receipt'), ...sessions.flatMap(({ number, frames, started, closed }) => [
    `session ${number}`, ...frames.slice(started).filter(({ tag }) => tag !== 'K' && tag !== 'R').map((one) => show(comparable(one, names))), ...(closed ? ['closed'] : []),
  ])]
}

/** Ids of all objects that users made, as text. */
async function objectIds(database: Database): Promise<ReadonlySet<string>> {
  const catalogs = ['pg_class', 'pg_type', 'pg_proc', 'pg_constraint', 'pg_attrdef', 'pg_rewrite', 'pg_namespace', 'pg_trigger', 'pg_operator', 'pg_extension']
  const rows = await database.rows(`${catalogs.map((catalog) => `select oid::text from ${catalog} where oid >= 16384`).join(' union ')} union select relfilenode::text from pg_class`)
  return new Set(rows.map(([id]) => id ?? ''))
}

function firstLine(left: readonly string[], right: readonly string[]): { readonly at: number; readonly left: string; readonly right: string } | undefined {
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) if (left[at] !== right[at]) return { at, left: left[at] ?? 'nothing', right: right[at] ?? 'nothing' }
  return undefined
}
