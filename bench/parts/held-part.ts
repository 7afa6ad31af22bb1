/**
 * What statements that wait for people cost everybody else: point selects of one gateway beside none and beside 200 held statements, in turn.
 * Each measurement beside held ones is set against the mean of the two beside none around it, so that a machine that slows down hurts both.
 * The gateway's own processor time for a statement is told as well: what others do on the machine hardly moves it.
 */
import type { Job, JobResult } from '../load/job.ts'
import { spreadOf, type PartResult, type Spread } from '../report/results.ts'
import type { BenchDatabase } from '../sides/database.ts'
import { WAITING_PRINCIPALS } from '../sides/gateway-config.ts'
import { startGateway } from '../sides/start-sides.ts'
import { cpuUsOf } from '../watch.ts'

/** As many as one principal may have open. */
const HELD = 200
const CLIENTS = 8
const POINT = 'select id, last_name, dob, ward from clinic.patients where id = 4711'
const HELD_SQL = 'select id, last_name, dob, ward from clinic.patients'
const CLOSED_WITHIN_MS = 60_000
const LOOK_MS = 50

/** `cpuUs`: user and system time of the gateway, per statement. */
type Measured = JobResult & { readonly cpuUs: number }

/** @param dir for the gateway's state and log. @param measure Seconds of one measurement, and how many beside held statements. */
export async function measureHeld(database: BenchDatabase, dir: string, measure: { readonly seconds: number; readonly times: number }, load: (job: Job) => Promise<JobResult>): Promise<PartResult> {
  const { child, target } = await startGateway('nothing', database, dir)
  try {
    const select = async (): Promise<Measured> => {
      const cpuBefore = cpuUsOf(child.pid) ?? Number.NaN
      const result = await load({ kind: 'queries', target, sql: POINT, protocol: 'simple', clients: CLIENTS, seconds: measure.seconds, times: Infinity })
      return { ...result, cpuUs: ((cpuUsOf(child.pid) ?? Number.NaN) - cpuBefore) / result.count }
    }
    await select() // caches and compilers begin cold
    const sessionsBefore = await upstreamSessions(database)
    const beside: { readonly none: Measured[]; readonly held: Measured[] } = { none: [await select()], held: [] }
    for (let time = 0; time < measure.times; time += 1) {
      // In turn: what one of them left behind is withdrawn long before it asks again.
      await load({ kind: 'held', target: { ...target, user: WAITING_PRINCIPALS[time % WAITING_PRINCIPALS.length] ?? '' }, sql: HELD_SQL, sessions: HELD })
      beside.held.push(await select())
      await load({ kind: 'release' })
      await untilClosed(database, sessionsBefore)
      beside.none.push(await select())
    }
    return { name: 'held', title: 'Beside statements that wait for approval', figures: figuresOf(beside) }
  } finally {
    await child.stop()
  }
}

function figuresOf(beside: { readonly none: readonly Measured[]; readonly held: readonly Measured[] }): PartResult['figures'] {
  const rate = (one: Measured | undefined): number => (one === undefined ? Number.NaN : one.count / one.seconds)
  const cpu = (one: Measured | undefined): number => one?.cpuUs ?? Number.NaN
  const of = (value: (one: Measured | undefined) => number): Spread | undefined => spreadOf(beside.held.map((one, index) => value(one) / ((value(beside.none[index]) + value(beside.none[index + 1])) / 2)))
  const noise = spreadOf(beside.none.slice(1).map((one, index) => rate(one) / rate(beside.none[index])))
  const line = (what: string, results: readonly Measured[]): PartResult['figures'][number] => ({
    what, value: spreadOf(results.map(rate))?.median ?? Number.NaN, unit: 'statements/s',
    note: `${CLIENTS} clients, ${results.length} measurements; p50 ${latency(results, 'p50')} ms, p99 ${latency(results, 'p99')} ms; ${spreadOf(results.map(cpu))?.median.toFixed(0) ?? '?'} us of the gateway each`,
  })
  const part = (what: string, spread: Spread | undefined, note = ''): PartResult['figures'][number] => ({
    what, value: spread?.median ?? Number.NaN, unit: '', note: spread === undefined ? '' : `${spread.least.toFixed(2)} to ${spread.most.toFixed(2)}${note}`,
  })
  return [
    line('point selects beside none held', beside.none), line(`point selects beside ${HELD} held`, beside.held),
    part(`statements beside ${HELD} held, of beside none`, of(rate)), part(`processor time beside ${HELD} held, of beside none`, of(cpu)),
    part('statements beside none, of beside none before', noise, ': what the machine does by itself'),
  ]
}

function latency(results: readonly Measured[], part: 'p50' | 'p99'): string {
  return spreadOf(results.flatMap((one) => (one.latencyMs === undefined ? [] : [one.latencyMs[part]])))?.median.toFixed(2) ?? '?'
}

async function upstreamSessions(database: BenchDatabase): Promise<number> {
  const owner = await database.connectAsOwner()
  const [answer] = await owner.query(`select count(*) from pg_stat_activity where usename = '${database.target.user}'`)
  await owner.close()
  return Number(answer?.rows[0]?.[0])
}

/** Sessions that end are work of their own, and not to be measured. */
async function untilClosed(database: BenchDatabase, sessions: number): Promise<void> {
  for (const untilMs = Date.now() + CLOSED_WITHIN_MS; Date.now() < untilMs;) {
    if (await upstreamSessions(database) <= sessions) return
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS) })
  }
  throw new Error(`sessions of closed connections were still there after ${CLOSED_WITHIN_MS} ms`)
}
