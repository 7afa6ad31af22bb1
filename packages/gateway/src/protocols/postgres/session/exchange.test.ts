/** What is owed, in order: local answers behind owed ones, errors that skip to ReadyForQuery, questions of Doorward's own, and the end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { turns } from '@doorward/testkit'
import { encodeBackend } from '../backend-encode.ts'
import type { BackendMessage } from '../backend-message.ts'
import type { Frame } from '../frame.ts'
import { Exchange, type ExchangeEvent, type OwnQuestion } from './exchange.ts'
import { StatementRun } from './statement-run.ts'
import { errorMessage, factsOf, frameOf, kindsOf, PLAN } from './testing/run-facts.test.ts'

const local = (tag: string) => ({ kind: 'local', bytes: encodeBackend({ kind: 'commandComplete', tag }) }) as const
const ready = (status: 'I' | 'T' | 'E'): BackendMessage => ({ kind: 'readyForQuery', status })
const done: readonly BackendMessage[] = [{ kind: 'commandComplete', tag: 'BEGIN' }]
const NO_ROWS = { ...PLAN, fields: undefined, tags: ['BEGIN'] }
const rewrite = (): Buffer => encodeBackend(errorMessage('XX000', 'rewritten'))

async function aRun(changes: 'changes' | 'none' = 'none'): Promise<StatementRun> {
  return new StatementRun(await factsOf({ plan: changes === 'changes' ? { ...NO_ROWS, changes: [{ kind: 'schemas' }] } : NO_ROWS, description: 'none' }))
}

function feed(exchange: Exchange, ...messages: readonly BackendMessage[]): readonly ExchangeEvent[] {
  return messages.map((message) => exchange.take(frameOf(message), rewrite)).filter((event) => event !== undefined)
}

class Question implements OwnQuestion {
  readonly seen: string[] = []
  take(frame: Frame): boolean { this.seen.push(String.fromCharCode(frame.tag)); return frame.tag === 0x33 }
  fail(error: Frame | undefined): void { this.seen.push(error === undefined ? 'failed' : 'error') }
}

test('local answers wait for what was asked before them', async () => {
  const exchange = new Exchange()
  exchange.push(local('first'))
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['first'])
  exchange.push({ kind: 'run', run: await aRun() })
  exchange.push(local('second'))
  assert.deepEqual(exchange.takeOutput(), [])
  feed(exchange, ...done)
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['BEGIN', 'second'])
  assert.ok(exchange.isIdle)
})

test('an error drops what is behind it up to ReadyForQuery, local answers too, and nothing beyond', async () => {
  const exchange = new Exchange()
  const [failing, dropped, next] = [await aRun(), await aRun(), await aRun()]
  const question = new Question()
  const at = exchange.push({ kind: 'run', run: failing })
  exchange.push(local('of the second'))
  exchange.push({ kind: 'run', run: dropped })
  exchange.push({ kind: 'own', question })
  exchange.push({ kind: 'injected' })
  exchange.push({ kind: 'close' })
  exchange.push({ kind: 'ready', for: 'client' })
  exchange.push({ kind: 'run', run: next })
  exchange.push({ kind: 'ready', for: 'client' })
  const events = feed(exchange, errorMessage('22012', 'division by zero'), ready('I'), ...done, ready('I'))
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['error division by zero', 'readyForQuery', 'BEGIN', 'readyForQuery'])
  assert.deepEqual(events.map((event) => (event.kind === 'run' ? `${event.position === at ? 'first' : 'other'} ${event.event.kind}` : event.kind)), ['first ended', 'ready', 'other ended', 'ready'])
  assert.deepEqual(exchange.takeSkipped(), [dropped])
  assert.deepEqual(exchange.takeSkipped(), [])
  assert.deepEqual([dropped.outcome().status, question.seen], ['skipped', ['failed']])
})

test('an error before ReadyForQuery is owed drops what there is, and the exchange is quiet', async () => {
  const exchange = new Exchange()
  exchange.push({ kind: 'run', run: await aRun() })
  exchange.push(local('behind'))
  feed(exchange, errorMessage('22012', 'x'))
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['error x'])
  assert.ok(exchange.isIdle && !exchange.awaitsAnswers)
})

test('the provoked error is nobody\'s, and takes what is behind it', async () => {
  const exchange = new Exchange()
  exchange.push(local('the refusal'))
  exchange.push({ kind: 'injected' })
  exchange.push({ kind: 'ready', for: 'client' })
  const events = feed(exchange, { kind: 'noticeResponse', fields: new Map([['M', 'x']]) }, errorMessage('34000', 'no such portal'), ready('E'))
  assert.deepEqual(events.map((event) => event.kind), ['failed', 'ready'])
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['the refusal', 'readyForQuery'])
  assert.equal(exchange.status, 'E')
  exchange.push({ kind: 'injected' })
  assert.throws(() => feed(exchange, { kind: 'commandComplete', tag: 'SELECT 1' }), { code: 'unexpected-message' })
})

test('CloseComplete passes where it is owed', () => {
  const exchange = new Exchange()
  exchange.push({ kind: 'close' })
  exchange.push(local('behind'))
  feed(exchange, { kind: 'closeComplete' })
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['closeComplete', 'behind'])
  exchange.push({ kind: 'close' })
  assert.throws(() => feed(exchange, { kind: 'parseComplete' }), { code: 'unexpected-message' })
  assert.deepEqual(feed(exchange, errorMessage('XX000', 'secret')).map((event) => event.kind), ['failed'])
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['error rewritten'])
})

test('an own question takes its frames and notices, and fails on an error without a word to the client', () => {
  const exchange = new Exchange()
  const [good, bad] = [new Question(), new Question()]
  exchange.push({ kind: 'own', question: good })
  exchange.push({ kind: 'ready', for: 'nobody' })
  exchange.push({ kind: 'own', question: bad })
  exchange.push({ kind: 'ready', for: 'nobody' })
  feed(exchange, { kind: 'parseComplete' }, { kind: 'noticeResponse', fields: new Map([['M', 'tree']]) }, { kind: 'closeComplete' }, ready('I'), errorMessage('42P01', 'x'), ready('I'))
  assert.deepEqual([good.seen, bad.seen], [['1', 'N', '3'], ['error']])
  assert.deepEqual(exchange.takeOutput(), [])
})

test('a ReadyForQuery can be withheld while it is next, and only the client\'s', async () => {
  const exchange = new Exchange()
  assert.equal(exchange.withholdReady(), false)
  exchange.push({ kind: 'ready', for: 'nobody' })
  assert.equal(exchange.withholdReady(), false)
  feed(exchange, ready('I'))
  exchange.push({ kind: 'run', run: await aRun() })
  exchange.push({ kind: 'ready', for: 'client' })
  assert.equal(exchange.withholdReady(), false)
  feed(exchange, ...done)
  exchange.takeOutput()
  assert.equal(exchange.withholdReady(), true)
  assert.deepEqual(feed(exchange, ready('T')), [{ kind: 'ready', status: 'T', for: 'withheld' }])
  assert.deepEqual(exchange.takeOutput(), [])
})

test('an error at Sync is rewritten and leaves ReadyForQuery owed', () => {
  const exchange = new Exchange()
  exchange.push({ kind: 'ready', for: 'client' })
  feed(exchange, errorMessage('23503', 'a value'), ready('I'))
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['error rewritten', 'readyForQuery'])
})

test('what is not owed is out of step', async () => {
  for (const message of [...done, ready('I'), { kind: 'dataRow', cells: [] } as const, errorMessage('22012', 'x')]) assert.throws(() => feed(new Exchange(), message), { code: 'unexpected-message' })
  const waiting = new Exchange()
  waiting.push({ kind: 'ready', for: 'client' })
  assert.throws(() => feed(waiting, ...done), { code: 'unexpected-message' })
  const running = new Exchange()
  running.push({ kind: 'run', run: await aRun() })
  assert.throws(() => feed(running, ready('I')), { code: 'unexpected-message' })
})

test('a server that goes down may say so unasked', () => {
  for (const severity of ['FATAL', 'PANIC']) {
    const exchange = new Exchange()
    feed(exchange, errorMessage('57P01', 'terminating connection', severity))
    assert.deepEqual(kindsOf(exchange.takeOutput()), ['error rewritten'])
  }
})

test('notices that belong to nothing are rewritten', () => {
  const exchange = new Exchange()
  feed(exchange, { kind: 'noticeResponse', fields: new Map([['S', 'WARNING'], ['V', 'WARNING'], ['C', '01000'], ['M', 'a value']]) })
  assert.deepEqual(kindsOf(exchange.takeOutput()), ['error rewritten'])
})

test('waiting ends when nothing but ReadyForQuery is owed, or nothing at all, looked at when it is so', async () => {
  const exchange = new Exchange()
  const sentAfter = await aRun()
  await exchange.settled()
  await exchange.quiet()
  exchange.push({ kind: 'run', run: await aRun('changes') })
  exchange.push({ kind: 'ready', for: 'client' })
  const seen: string[] = []
  void exchange.settled().then(() => { seen.push('settled') })
  void exchange.quiet().then(() => { seen.push('quiet') })
  await turns(2)
  assert.deepEqual([seen, exchange.awaitsAnswers, exchange.awaitsChange], [[], true, true])
  feed(exchange, ...done)
  await turns(2)
  assert.deepEqual([seen, exchange.awaitsAnswers, exchange.awaitsChange, exchange.isIdle], [['settled'], false, false, false])
  feed(exchange, ready('I'))
  // Something was sent before anybody who waits could look: it is waited for.
  exchange.push({ kind: 'run', run: sentAfter })
  await turns(2)
  assert.deepEqual(seen, ['settled'])
  feed(exchange, ...done)
  await turns(2)
  assert.deepEqual(seen, ['settled', 'quiet'])
})

test('the end wakes everybody, names what was owed, and takes nothing more', async () => {
  const exchange = new Exchange()
  const [owed, late] = [await aRun(), await aRun()]
  const [asked, askedLate] = [new Question(), new Question()]
  exchange.push({ kind: 'run', run: owed })
  exchange.push({ kind: 'own', question: asked })
  const waiting = Promise.all([exchange.settled(), exchange.quiet()])
  assert.deepEqual(exchange.end(), [owed])
  await waiting
  exchange.push({ kind: 'run', run: late })
  exchange.push({ kind: 'own', question: askedLate })
  exchange.push(local('too late'))
  await Promise.all([exchange.settled(), exchange.quiet()])
  assert.deepEqual([asked.seen, askedLate.seen, exchange.takeSkipped(), late.outcome().status], [['failed'], ['failed'], [late], 'skipped'])
  assert.deepEqual(exchange.takeOutput(), [])
  assert.deepEqual(exchange.end(), [])
})

test('the bytes that wait are counted', () => {
  const exchange = new Exchange()
  exchange.emit(Buffer.alloc(10))
  exchange.push(local('x'))
  assert.equal(exchange.outputBytes, 10 + 7)
  exchange.takeOutput()
  assert.equal(exchange.outputBytes, 0)
})

test('whatever the upstream answers, in order, the client sees its own part in order', async () => {
  const item = fc.constantFrom('local', 'run', 'fails', 'close', 'sync')
  await fc.assert(fc.asyncProperty(fc.array(item, { maxLength: 30 }), async (items) => {
    const exchange = new Exchange()
    const expected: string[] = []
    const answers: BackendMessage[] = []
    let state: 'good' | 'failed' = 'good'
    const runs: StatementRun[] = []
    for (const [index, kind] of items.entries()) {
      if (kind === 'local') { exchange.push(local(`l${index}`)); if (state === 'good') expected.push(`l${index}`) }
      if (kind === 'close') { exchange.push({ kind: 'close' }); if (state === 'good') { expected.push('closeComplete'); answers.push({ kind: 'closeComplete' }) } }
      if (kind === 'run' || kind === 'fails') {
        const run = await aRun()
        runs.push(run)
        exchange.push({ kind: 'run', run })
        if (state === 'good' && kind === 'run') { expected.push('BEGIN'); answers.push(...done) }
        if (state === 'good' && kind === 'fails') { expected.push(`error e${index}`); answers.push(errorMessage('22012', `e${index}`)); state = 'failed' }
      }
      if (kind === 'sync') { exchange.push({ kind: 'ready', for: 'client' }); expected.push('readyForQuery'); answers.push(ready('I')); state = 'good' }
    }
    feed(exchange, ...answers)
    assert.deepEqual(kindsOf(exchange.takeOutput()), expected)
    // Each statement has ended once: answered or skipped, and none is lost.
    for (const run of [...exchange.end()]) run.lose()
    for (const run of runs) assert.notEqual(run.hasEnded, false)
  }), { numRuns: 60 })
})
