/** COPY from the client: under its permit, frame by frame, and out again wherever it breaks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldText, turns, until } from '@doorward/testkit'
import type { StatementPlan } from '@doorward/sql'
import { forwardCopyUntilDone, type CopySource } from './copy-in.ts'
import type { SessionContext } from './session-context.ts'
import { StatementRun } from './statement-run.ts'
import { errorMessage, factsOf, frameOf, PLAN } from './testing/run-facts.test.ts'
import { CopyGrant } from './upstream-writer.ts'
import { COPY_DONE, copyData, copyFail, execute, bind, FLUSH, parse, query, run, SYNC, TERMINATE } from './testing/scripted-client.test.ts'
import { CANARY, openWorld, statementsSeen } from './testing/world.test.ts'

test('a message that arrives together with the end of the statement is left for the session', async () => {
  const plan: StatementPlan = { ...PLAN, fields: undefined, tags: ['COPY'], copy: { direction: 'in', format: 'text', options: { delimiter: '\t', null: '\\N', quote: '"', escape: '"', header: false }, typeModifiers: [] } }
  const statement = new StatementRun(await factsOf({ plan, description: 'none' }))
  statement.take(frameOf({ kind: 'copyInResponse', format: 0, columnFormats: [0] }), [])
  const put: string[] = []
  const query51 = { tag: 0x51, body: Buffer.alloc(1), whole: Buffer.alloc(6) }
  const source: CopySource = {
    arrived: () => Promise.resolve(), putBack: (frame) => { put.push(String.fromCharCode(frame.tag)) },
    next: () => { statement.take(frameOf(errorMessage('22P04', 'bad data')), []); return Promise.resolve(query51) },
  }
  const written: Buffer[] = []
  // Of a session only the way upstream is used here.
  const session = { upstream: { continueCopy: (_grant: unknown, frame: Buffer) => { written.push(frame); return Promise.resolve() } } } as unknown as SessionContext
  await forwardCopyUntilDone(session, statement, new CopyGrant(statement.facts.permitted.permit), source)
  assert.deepEqual([put, written], [['Q'], []])
})

const FAILING = { copyIn: { object: 'open.table', copy: 'in', tags: ['COPY'] } } as const

test('data goes upstream in order, and the command ends as usual', async () => {
  const rig = await openWorld()
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), copyData('b\n'), COPY_DONE)
  assert.deepEqual(await rig.client.ready(), ['C COPY 2', 'Z I'])
  assert.deepEqual(rig.server.got.slice(-4), ['Q copyIn', 'd 2', 'd 2', 'c'])
  assert.deepEqual(rig.story(), ['intent', 'outcome:done'])
})

test('Sync and Flush are ignored while data comes', async () => {
  const rig = await openWorld()
  rig.client.send(...run('copyIn'), SYNC)
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), SYNC, FLUSH, copyData('b\n'), COPY_DONE, SYNC)
  assert.deepEqual(await rig.client.ready(), ['C COPY 2', 'Z I'])
  assert.deepEqual(rig.server.got.filter((line) => /^[dcfH]/.test(line)), ['d 2', 'd 2', 'c'])
})

test('the client may give up', async () => {
  for (const messages of [[query('copyIn')], [...run('copyIn')]]) {
    const rig = await openWorld()
    rig.client.send(...messages)
    await rig.client.take('the request for data', (lines) => lines.includes('G'))
    rig.client.send(copyData('a\n'), copyFail('changed my mind'), ...(messages.length > 1 ? [SYNC] : []))
    assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['E 57014', 'Z I'])
    assert.deepEqual(rig.story(), ['intent', 'outcome:cancelled'])
  }
})

test('an upstream that fails in the middle is not asked again, and the next message is its own', async () => {
  const rig = await openWorld({ meanings: FAILING, replies: { copyIn: { copyIn: { failAt: 2 } } } })
  // The client notices, and goes on without ending its data.
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), copyData('b\n'))
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['E 22P04', 'Z I'])
  rig.client.query('good')
  assert.deepEqual((await rig.client.ready()).at(-2), 'C SELECT 2')
  // The client does not notice: the rest of its data and its end are dropped.
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), copyData('b\n'), copyData('c\n'), copyData('d\n'), COPY_DONE)
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['E 22P04', 'Z I'])
  rig.client.query('good')
  assert.deepEqual((await rig.client.ready()).at(-2), 'C SELECT 2')
})

test('after an error in the extended protocol everything up to Sync is dropped', async () => {
  const rig = await openWorld({ meanings: FAILING, replies: { copyIn: { copyIn: { failAt: 1 } } } })
  rig.client.send(...run('copyIn'), FLUSH)
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), copyData('b\n'), COPY_DONE, parse('', 'good'), bind('', ''), execute(''), SYNC)
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['E 22P04', 'Z I'])
  assert.deepEqual(rig.server.ran, ['public:copyIn'])
  assert.equal(rig.admission.unsettled, 0)
})

test('an upstream that fails while the client waits is answered, among several statements too', async () => {
  const rig = await openWorld({ meanings: FAILING, replies: { copyIn: { copyIn: { failAt: 1 } } } })
  rig.client.query('write; copyIn; write')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'))
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['E 22P04', 'Z I'])
  assert.deepEqual(rig.server.ran.filter((text) => text === 'public:write').length, 1)
})

test('several statements go on after their data has come', async () => {
  const rig = await openWorld()
  rig.client.query('write; copyIn; good')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), COPY_DONE)
  assert.deepEqual(await rig.client.ready(), ['C COPY 2', 'T a', 'D 1', 'D 2', 'C SELECT 2', 'Z I'])
})

test('an upstream that wants no data fails the statement, and data that comes is dropped', async () => {
  const rig = await openWorld({ meanings: FAILING, replies: { copyIn: { error: { state: '42501', message: 'permission denied' } } } })
  rig.client.send(query('copyIn'), copyData(CANARY), COPY_DONE, query('good'))
  const lines = await rig.client.readies(2)
  assert.deepEqual(lines.map((line) => line.slice(0, 7)), ['E 42501', 'Z I', 'T a', 'D 1', 'D 2', 'C SELEC', 'Z I'])
  assert.ok(!Buffer.concat(rig.server.gotBytes).includes(CANARY))
})

test('a COPY that is refused takes no data', async () => {
  const rig = await openWorld({ meanings: { copyIn: { object: 'closed.table', copy: 'in', tags: ['COPY'] } } })
  rig.client.send(query('copyIn'), copyData(CANARY), COPY_DONE, query('good'))
  const lines = await rig.client.readies(2)
  assert.deepEqual(lines.map((line) => line.slice(0, 7)), ['E 42501', 'Z I', 'T a', 'D 1', 'D 2', 'C SELEC', 'Z I'])
  assert.ok(!Buffer.concat(rig.server.gotBytes).includes(CANARY))
})

test('any other message in the middle ends the session', async () => {
  const rig = await openWorld()
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), query('good'))
  assert.match((await rig.client.closed()).join(), /E FATAL 08P01 doorward: message "Q" during COPY from the client/)
  await rig.over
  assert.deepEqual(rig.story(), ['intent', 'outcome:lost'])
  assert.ok(!statementsSeen(rig).includes('Q good'))
})

test('a client that says goodbye in the middle leaves a settled record, and the data is not kept', async () => {
  const rig = await openWorld()
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'), TERMINATE)
  await rig.over
  assert.deepEqual([rig.story(), rig.cancels(), fieldText(rig.recorder.entries.at(-1), 'reason')], [['intent', 'outcome:lost'], 1, 'terminated by client'])
  assert.ok(!rig.server.got.includes('c'))
})

test('a client that vanishes in the middle leaves a settled record, and the upstream is cancelled', async () => {
  const rig = await openWorld()
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.client.send(copyData('a\n'))
  await turns()
  rig.client.socket.vanish()
  await rig.over
  assert.deepEqual(rig.story(), ['intent', 'outcome:lost'])
  assert.equal(rig.cancels(), 1)
  assert.equal(rig.admission.unsettled, 0)
})

test('a cancel ends it, and the session goes on', async () => {
  const rig = await openWorld()
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  await rig.session.cancel()
  assert.deepEqual((await rig.client.ready()).map((line) => line.slice(0, 7)), ['E 57014', 'Z I'])
  rig.client.query('good')
  assert.equal((await rig.client.ready()).at(-2), 'C SELECT 2')
})

test('an upstream that takes data slowly makes the client wait', async () => {
  const rig = await openWorld({ highWaterMark: 16 * 1024 })
  rig.client.query('copyIn')
  await rig.client.take('the request for data', (lines) => lines.includes('G'))
  rig.server.stall()
  const chunk = 'x'.repeat(64 * 1024)
  for (let sent = 0; sent < 100; sent += 1) rig.client.send(copyData(chunk))
  await turns(50)
  const heldByClient = rig.client.socket.writableLength
  assert.ok(heldByClient > 5_000_000, `the client still holds ${heldByClient} bytes`)
  rig.server.unstall()
  rig.client.send(COPY_DONE)
  assert.deepEqual(await rig.client.ready(), ['C COPY 2', 'Z I'])
  await until('everything has come', () => rig.client.socket.writableLength === 0)
})
