import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TextReading } from './read-text.ts'
import { startTextReader, type Timer, type WorkerEvents, type WorkerRequest, type WorkerThread } from './text-reader.ts'

/** A timer that runs when the test says so. */
function manualTimer(): { readonly timer: Timer; readonly waiting: { readonly afterMs: number; readonly run: () => void }[] } {
  const waiting: { readonly afterMs: number; readonly run: () => void }[] = []
  const timer: Timer = (afterMs, run) => {
    const entry = { afterMs, run }
    waiting.push(entry)
    return () => {
      const at = waiting.indexOf(entry)
      if (at !== -1) waiting.splice(at, 1)
    }
  }
  return { timer, waiting }
}

/** Workers that answer when the test says so. */
function scriptedWorkers(): { readonly start: (events: WorkerEvents) => WorkerThread; readonly started: { readonly events: WorkerEvents; readonly posted: WorkerRequest[]; ended: number }[] } {
  const started: { readonly events: WorkerEvents; readonly posted: WorkerRequest[]; ended: number }[] = []
  return {
    started,
    start: (events) => {
      const worker = { events, posted: [] as WorkerRequest[], ended: 0 }
      started.push(worker)
      return { post: (request) => { worker.posted.push(request) }, terminate: () => { worker.ended += 1 } }
    },
  }
}

const READ: TextReading = { kind: 'read', pieces: [] }
const LONG = `select '${'x'.repeat(200)}'`
const LIMITS = { nowBytes: 100, nowStatements: 3, timeoutMs: 7, startTimeoutMs: 70, maxWaiting: 2 }

function reasonOf(reading: TextReading): string { return reading.kind === 'failed' ? reading.reason : reading.kind }

test('short texts are read at once, without a worker', async () => {
  const workers = scriptedWorkers()
  const reader = await startTextReader({ limits: LIMITS, startWorker: workers.start })
  const reading = await reader.read('select 1; ; listen a')
  assert.ok(reading.kind === 'read')
  assert.deepEqual(reading.pieces.map((piece) => [piece.text, piece.statement?.kind, piece.identity.redactedText]), [
    ['select 1;', 'query', 'select ?;'], [' ; listen a', 'listen', '; listen a'],
  ])
  assert.deepEqual(reasonOf(await reader.read('selec')), 'syntax-error')
  assert.deepEqual(workers.started.length, 0)
})

test('texts that are long, have many statements or runs of operators go to the worker', async () => {
  const workers = scriptedWorkers()
  const reader = await startTextReader({ limits: { ...LIMITS, nowOperatorCost: 50 }, startWorker: workers.start, timer: manualTimer().timer })
  for (const text of [LONG, 'select 1;'.repeat(4), 'select 1 --------']) assert.equal(reader.readNow(text), undefined)
  assert.equal(reader.readNow('select 1;'.repeat(3))?.kind, 'read')
  void reader.read(LONG)
  assert.equal(workers.started.length, 1)
})

test('one text at a time, in order, once the worker is ready', async () => {
  const workers = scriptedWorkers()
  const { timer, waiting } = manualTimer()
  const reader = await startTextReader({ limits: LIMITS, startWorker: workers.start, timer })
  const first = reader.read(LONG)
  const second = reader.read(`${LONG} `)
  const worker = workers.started[0]
  assert.ok(worker)
  assert.deepEqual([worker.posted.length, waiting.map((entry) => entry.afterMs)], [0, [70]])
  worker.events.ready()
  assert.deepEqual([worker.posted.map((request) => request.text), waiting.map((entry) => entry.afterMs)], [[LONG], [7]])
  worker.events.reading(READ)
  assert.equal(await first, READ)
  assert.equal(worker.posted.length, 2)
  worker.events.reading(READ)
  assert.equal(await second, READ)
  assert.deepEqual(waiting, [])
})

test('a text out of time ends its worker, and the next text gets a new one', async () => {
  const workers = scriptedWorkers()
  const { timer, waiting } = manualTimer()
  const reader = await startTextReader({ limits: LIMITS, startWorker: workers.start, timer })
  const first = reader.read(LONG)
  const second = reader.read(LONG)
  workers.started[0]?.events.ready()
  waiting[0]?.run()
  assert.equal(reasonOf(await first), 'time')
  assert.deepEqual(workers.started.map((worker) => worker.ended), [1, 0])
  // What the ended worker still says is not believed.
  workers.started[0]?.events.reading(READ)
  workers.started[0]?.events.failed()
  workers.started[1]?.events.ready()
  workers.started[1]?.events.reading(READ)
  assert.equal(await second, READ)
  assert.deepEqual(reader.counters(), { started: 2, timedOut: 1 })
})

test('a worker that does not start, or fails, fails the text that waits for it', async () => {
  const workers = scriptedWorkers()
  const { timer, waiting } = manualTimer()
  const reader = await startTextReader({ limits: LIMITS, startWorker: workers.start, timer })
  const first = reader.read(LONG)
  waiting[0]?.run()
  assert.equal(reasonOf(await first), 'time')
  const second = reader.read(LONG)
  workers.started[1]?.events.failed()
  assert.equal(reasonOf(await second), 'broken')
  const third = reader.read(LONG)
  workers.started[2]?.events.ready()
  workers.started[2]?.events.failed()
  assert.equal(reasonOf(await third), 'broken')
})

test('more texts than may wait are refused, and closing answers all', async () => {
  const workers = scriptedWorkers()
  const reader = await startTextReader({ limits: LIMITS, startWorker: workers.start, timer: manualTimer().timer })
  const readings = [LONG, LONG, LONG, LONG].map((text) => reader.read(text))
  workers.started[0]?.events.ready()
  reader.close()
  assert.deepEqual((await Promise.all(readings)).map(reasonOf).sort(), ['busy', 'busy', 'unavailable', 'unavailable'])
  assert.equal(workers.started[0]?.ended, 1)
  assert.equal(reasonOf(await reader.read(LONG)), 'unavailable')
})

test('a failed reading shows nothing of the text but its size and digest', async () => {
  const reader = await startTextReader({ limits: { ...LIMITS, maxWaiting: 0 } })
  const reading = await reader.read(LONG)
  assert.ok(reading.kind === 'failed')
  assert.equal(reading.identity.redactedText, `(unparsed text of ${LONG.length} bytes)`)
  assert.match(reading.identity.digest, /^[0-9a-f]{64}$/)
})

test('a real worker reads as this thread does, and is ended in the middle of a parse', async () => {
  const { timer, waiting } = manualTimer()
  const reader = await startTextReader({ limits: { nowBytes: 10 }, timer })
  const here = await startTextReader()
  const texts = [
    `select '${'é'.repeat(50_000)}'; listen a`, `copy (select ${'a, '.repeat(5_000)} b) to stdout`, 'select 1;'.repeat(70), `prepare p as ${'('.repeat(50)}select 1${')'.repeat(50)}`, `selec ${'x'.repeat(100)}`,
  ]
  for (const text of texts) assert.deepEqual(await reader.read(text), await (await startTextReader({ limits: { nowBytes: 1e9, nowStatements: 1e9 } })).read(text))
  assert.equal(reader.counters().started, 1)
  const busy = reader.read(`select ${'1+'.repeat(300_000)}1 from t where a in (${'1,'.repeat(200_000)}1)`)
  waiting.at(-1)?.run()
  assert.equal(reasonOf(await busy), 'time')
  assert.equal(reasonOf(await reader.read('select 1, 2, 3')), 'read')
  assert.deepEqual(reader.counters(), { started: 2, timedOut: 1 })
  reader.close()
  here.close()
})
