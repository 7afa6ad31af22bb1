/**
 * DDL against queries: other connections change definitions without pause while masked sessions query what they define. Whatever the
 * moment, no value of a masked class may arrive: an answer is masked for what was really read, or there is none.
 */
import { canaries, makeWorld } from '../../corpus/world.mjs'
import { Needles } from '../../corpus/lib/search.mjs'
import { makeSeededRandom, PgRefused, type SeededRandom } from '@doorward/testkit'
import { login } from './login.ts'
import type { Options } from './options.ts'
import { FLIPS, RACE_CLASSIFICATION, RACE_DATA, RACE_SCHEMA, type Flip } from './race-schema.ts'
import { outcomeOf, reasonOf } from './transcript.ts'
import { message, WireSession, type Answer } from './wire.ts'
import { startWorlds, type Lane, type Worlds } from './worlds.ts'

interface FlipCount { flips: number; statements: number; executed: number; refused: number; failed: number; ended: number; leaks: number; readonly reasons: Map<string, number>; readonly examples: string[] }

const WAIT_MS = 30_000
/** Between two changes: short enough to meet a statement on its way, and now and then long enough for one to come through. */
const PAUSES_MS = [0, 2, 5, 10, 25, 60, 150]
/** Sessions that query each flip, side by side. */
const READERS = 2

export async function ddlRace(options: Options): Promise<{ readonly report: string; readonly json: unknown; readonly ok: boolean }> {
  const worlds = await startWorlds({ binDir: options.binDir, lanes: [{ name: 'race', principal: 'eve', values: 'plain' }], schemaSql: RACE_SCHEMA, dataSql: RACE_DATA, classification: RACE_CLASSIFICATION })
  const counts = new Map<string, FlipCount>()
  try {
    const [lane] = worlds.lanes
    if (lane === undefined) throw new Error('no lane')
    const needles = new Needles(canaries(makeWorld('a')))
    const chosen = FLIPS.filter(({ name }) => options.skip?.test(name) !== true)
    const perFlipMs = (options.minutes * 60_000) / chosen.length
    for (const flip of chosen) {
      const count: FlipCount = { flips: 0, statements: 0, executed: 0, refused: 0, failed: 0, ended: 0, leaks: 0, reasons: new Map(), examples: [] }
      counts.set(flip.name, count)
      const until = Date.now() + perFlipMs
      const isOver = (): boolean => Date.now() > until || count.leaks >= 5
      // Names are bound to classes when first seen: they are seen before the first of them changes.
      await reader(worlds, lane, flip, count, needles, makeSeededRandom(options.seed), 1, () => false)
      await Promise.all([
        flipper(worlds, lane, flip, count, makeSeededRandom(options.seed + 1), isOver),
        ...Array.from({ length: READERS }, (_, at) => reader(worlds, lane, flip, count, needles, makeSeededRandom(options.seed + 7 * at), Number.POSITIVE_INFINITY, isOver)),
      ])
      process.stderr.write(`${flip.name}: ${count.flips} changes, ${count.statements} statements, executed ${count.executed}, refused ${count.refused}, ended ${count.ended}, leaks ${count.leaks}\n`)
    }
  } finally {
    await worlds.stop()
  }
  return summary(counts)
}

/** Changes the definition there and back until the time is over, and leaves it clean. */
async function flipper(worlds: Worlds, lane: Lane, flip: Flip, count: FlipCount, random: SeededRandom, isOver: () => boolean): Promise<void> {
  const owner = await worlds.connectUpstream(lane.databases.a)
  try {
    for (let phi = true; phi || !isOver(); phi = !phi) {
      const statements = phi ? flip.toPhi : flip.toClean
      for (;;) {
        try {
          await owner.query(`begin; set local lock_timeout = '2s'; ${statements.join('; ')}${random.chance(0.5) ? `; select pg_sleep(${(random.next() / 50).toFixed(3)})` : ''}; commit`)
          break
        } catch (error) {
          // A lock that was not had in time: once more.
          if (!(error instanceof PgRefused)) throw error
          await owner.query('rollback')
          if (!/55P03|40P01|57014/.test(error.answer.sqlstate)) throw error
        }
      }
      count.flips += 1
      await new Promise((resolve) => { setTimeout(resolve, random.pick(PAUSES_MS)) })
      if (phi && isOver()) continue
    }
  } finally {
    await owner.close()
  }
}

/** One masked session: statements new and known, simple and extended, parsed now and run later. */
async function reader(worlds: Worlds, lane: Lane, flip: Flip, count: FlipCount, needles: Needles, random: SeededRandom, rounds: number, isOver: () => boolean): Promise<void> {
  let session: WireSession | undefined
  for (let round = 0; round < rounds * flip.statements.length && !isOver(); round += 1) {
    if (session === undefined || !session.isOpen) {
      session = await WireSession.open(worlds.target(lane, 'a'), login)
      for (const first of flip.session ?? []) await session.exchange(message.query(first), 1, WAIT_MS)
    }
    const text = (rounds === 1 ? flip.statements[round % flip.statements.length] ?? '' : random.pick(flip.statements)).replace('@', random.chance(0.6) ? `/* ${random.integer(1, 1_000_000_000)} */` : '')
    for (const { bytes, readies, pauseMs } of sendings(text, random)) {
      const answer = await session.exchange(bytes, readies, WAIT_MS)
      judge(text, answer, count, needles)
      if (answer.end !== 'ready') { session.close(); session = undefined; break }
      if (pauseMs > 0) await new Promise((resolve) => { setTimeout(resolve, pauseMs) })
    }
  }
  session?.close()
}

interface Sending { readonly bytes: Buffer; readonly readies: number; readonly pauseMs: number }

function sendings(text: string, random: SeededRandom): readonly Sending[] {
  const one = (...parts: readonly Buffer[]): Sending => ({ bytes: Buffer.concat([...parts, message.sync()]), readies: 1, pauseMs: 0 })
  const bound = { parameters: [], resultFormats: [] }
  switch (random.integer(0, 5)) {
    case 0: return [one(message.parse('', text), message.bind(bound), message.describe('P', ''), message.execute('', 0))]
    // Parsed now, run later, twice.
    case 1: return [
      { ...one(message.parse('kept', text), message.describe('S', 'kept')), pauseMs: random.integer(0, 8) }, { ...one(message.bind({ ...bound, statement: 'kept' }), message.execute('', 0)), pauseMs: random.integer(0, 8) },
      one(message.bind({ ...bound, statement: 'kept' }), message.execute('', 0)), one(message.close('S', 'kept')),
    ]
    case 2: return /^(copy|update)/.test(text) ? [simple(text)] : [simple('begin'), { ...simple(`declare k cursor for ${text}`), pauseMs: random.integer(0, 4) }, simple('fetch 5 from k'), simple('rollback')]
    case 3: return /^copy/.test(text) ? [simple(text)] : [simple(`prepare p as ${text}`), { ...simple('execute p'), pauseMs: random.integer(0, 6) }, simple('execute p'), simple('deallocate p')]
    case 4: return [{ bytes: Buffer.concat([message.query(text), message.query(text)]), readies: 2, pauseMs: 0 }]
    default: return [simple(text)]
  }
}

function simple(text: string): Sending { return { bytes: message.query(text), readies: 1, pauseMs: 0 } }

function judge(text: string, answer: Answer, count: FlipCount, needles: Needles): void {
  count.statements += 1
  const outcome = outcomeOf(answer)
  if (outcome === 'executed') count.executed += 1
  else if (outcome === 'refused') count.refused += 1
  else if (outcome === 'ended') count.ended += 1
  else count.failed += 1
  if (outcome !== 'executed') { const reason = reasonOf(answer).slice(0, 120); count.reasons.set(reason, (count.reasons.get(reason) ?? 0) + 1) }
  for (const { tag, body } of answer.frames) {
    if (!'DdENTA'.includes(tag)) continue
    const [hit] = needles.find(body.toString('latin1'))
    if (hit === undefined) continue
    count.leaks += 1
    if (count.examples.length < 5) count.examples.push(`${text} brought ${hit[0]} (${hit[1]})`)
    return
  }
}

function summary(counts: ReadonlyMap<string, FlipCount>): { readonly report: string; readonly json: unknown; readonly ok: boolean } {
  const lines: string[] = []
  let leaks = 0
  let statements = 0
  let flips = 0
  for (const [name, count] of counts) {
    leaks += count.leaks
    statements += count.statements
    flips += count.flips
    lines.push(`${name}: ${count.flips} changes, ${count.statements} statements, executed ${count.executed}, refused ${count.refused}, failed ${count.failed}, sessions ended ${count.ended}, masked values in clear ${count.leaks}`)
    for (const [reason, times] of [...count.reasons].sort((left, right) => right[1] - left[1]).slice(0, 4)) lines.push(`    ${times} ${reason}`)
    for (const example of count.examples) lines.push(`    LEAK ${example}`)
  }
  lines.push(`ddl race: ${flips} changes against ${statements} statements, masked values in clear ${leaks}`)
  return { report: lines.join('\n'), json: Object.fromEntries([...counts].map(([name, count]) => [name, { ...count, reasons: Object.fromEntries(count.reasons) }])), ok: leaks === 0 }
}
