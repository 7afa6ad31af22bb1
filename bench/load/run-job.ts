/** The jobs of the load process, one function each. */
import { performance } from 'node:perf_hooks'
import { randomInt } from 'node:crypto'
import { cancelUpstream } from '@doorward/gateway'
import type { Target } from '../sides/side.ts'
import { LoadConnection } from './connection.ts'
import { copyData, copyDone, executeMany, extended, prepare, query } from './frames.ts'
import { toPercentiles, type Job, type JobResult } from './job.ts'

type Of<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>

/** Sessions that are kept, idle or waiting for approval, until they are released. */
const held: LoadConnection[] = []

export function runJob(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'queries': return runQueries(job)
    case 'copy-in': return runCopyIn(job)
    case 'pipeline': return runPipeline(job)
    case 'connects': return runConnects(job)
    case 'cancels': return runCancels(job)
    case 'transaction': return runTransaction(job)
    case 'idle': return keepSessions(job.target, job.sessions, (connection) => connection.ask(query('select 1')))
    case 'held': return keepSessions(job.target, job.sessions, (connection) => connection.askHeld(query(job.sql)))
    case 'release': for (const connection of held.splice(0)) connection.close(); return Promise.resolve({ count: 0, seconds: 0, latencyMs: undefined, bytes: 0 })
  }
}

async function withConnections<T>(target: Target, count: number, run: (connections: readonly LoadConnection[]) => Promise<T>): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => LoadConnection.open(target)))
  try {
    return await run(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

async function runQueries(job: Of<'queries'>): Promise<JobResult> {
  const frame = job.protocol === 'simple' ? query(job.sql) : extended(job.sql, 1)
  return withConnections(job.target, job.clients, async (connections) => {
    const waits: number[] = []
    const started = performance.now()
    const until = started + job.seconds * 1000
    await Promise.all(connections.map(async (connection) => {
      for (let time = 0; time < job.times && performance.now() < until; time += 1) {
        const before = performance.now()
        await connection.ask(frame)
        waits.push(performance.now() - before)
      }
    }))
    const seconds = (performance.now() - started) / 1000
    const sum = (of: (connection: LoadConnection) => number): number => connections.reduce((total, connection) => total + of(connection), 0)
    return { count: sum((one) => one.rows), seconds, latencyMs: toPercentiles(waits), bytes: sum((one) => one.bytes) }
  })
}

async function runCopyIn(job: Of<'copy-in'>): Promise<JobResult> {
  const perChunk = 200
  return withConnections(job.target, 1, async ([connection]) => {
    if (connection === undefined) throw new Error('no connection')
    const started = performance.now()
    const ready = connection.copyInReady()
    const done = connection.ask(query(job.sql))
    await Promise.race([ready, done])
    for (let row = 1; row <= job.rows; row += perChunk) {
      let text = ''
      for (let n = row; n < row + perChunk && n <= job.rows; n += 1) text += `${n}\t${n % 1000}\tcheck-up\t${n % 60}\n`
      await connection.write(copyData(Buffer.from(text)))
    }
    await connection.write(copyDone())
    await done
    return { count: job.rows, seconds: (performance.now() - started) / 1000, latencyMs: undefined, bytes: connection.bytes }
  })
}

async function runPipeline(job: Of<'pipeline'>): Promise<JobResult> {
  return withConnections(job.target, 1, async ([connection]) => {
    if (connection === undefined) throw new Error('no connection')
    await connection.ask(prepare('bench', job.sql))
    const waits: number[] = []
    const started = performance.now()
    while (performance.now() < started + job.seconds * 1000) {
      const frames = executeMany('bench', Array.from({ length: job.batch }, () => String(randomInt(1, job.keys))))
      const before = performance.now()
      await connection.ask(frames)
      waits.push(performance.now() - before)
    }
    return { count: waits.length * job.batch, seconds: (performance.now() - started) / 1000, latencyMs: toPercentiles(waits), bytes: connection.bytes }
  })
}

async function runConnects(job: Of<'connects'>): Promise<JobResult> {
  const waits: number[] = []
  const frame = query(job.sql)
  const started = performance.now()
  let bytes = 0
  while (performance.now() < started + job.seconds * 1000) {
    const before = performance.now()
    const connection = await LoadConnection.open(job.target)
    connection.onFirstRow(() => { waits.push(performance.now() - before) })
    await connection.ask(frame)
    bytes += connection.bytes
    connection.close()
  }
  return { count: waits.length, seconds: (performance.now() - started) / 1000, latencyMs: toPercentiles(waits), bytes }
}

/** From the cancel request's connection to the error on the statement's. */
async function runCancels(job: Of<'cancels'>): Promise<JobResult> {
  return withConnections(job.target, 1, async ([connection]) => {
    if (connection?.backendKey === undefined) throw new Error('no connection that can be cancelled')
    const waits: number[] = []
    const started = performance.now()
    for (let time = 0; time < job.times; time += 1) {
      const done = connection.ask(query(job.sql), 1, 'tolerant')
      // Until it certainly runs; the wait is not measured.
      await new Promise((resolve) => { setTimeout(resolve, 100) })
      const before = performance.now()
      await cancelUpstream({ host: job.target.host, port: job.target.port, tls: 'unsafely-plaintext' }, connection.backendKey, AbortSignal.timeout(30_000))
      await done
      if (!connection.error?.startsWith('C57014')) throw new Error(`a cancelled statement ended with ${connection.error ?? 'a result'}`)
      waits.push(performance.now() - before)
    }
    return { count: waits.length, seconds: (performance.now() - started) / 1000, latencyMs: toPercentiles(waits), bytes: connection.bytes }
  })
}

async function runTransaction(job: Of<'transaction'>): Promise<JobResult> {
  return withConnections(job.target, 1, async ([connection]) => {
    if (connection === undefined) throw new Error('no connection')
    const waits: number[] = []
    const [begin, commit] = [query('begin'), query('commit')]
    const started = performance.now()
    for (let time = 0; time < job.times; time += 1) {
      const before = performance.now()
      await connection.ask(begin)
      for (let statement = 0; statement < job.statements; statement += 1) await connection.ask(query(job.sql.replace('$1', String(randomInt(1, job.keys)))))
      await connection.ask(commit)
      waits.push(performance.now() - before)
    }
    return { count: job.times * (job.statements + 2), seconds: (performance.now() - started) / 1000, latencyMs: toPercentiles(waits), bytes: connection.bytes }
  })
}

async function keepSessions(target: Target, sessions: number, begin: (connection: LoadConnection) => Promise<void>): Promise<JobResult> {
  const started = performance.now()
  // A few at a time: servers limit who is in start-up.
  let left = sessions
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (left > 0) {
      left -= 1
      const connection = await LoadConnection.open(target)
      held.push(connection)
      await begin(connection)
    }
  }))
  return { count: held.length, seconds: (performance.now() - started) / 1000, latencyMs: undefined, bytes: 0 }
}
