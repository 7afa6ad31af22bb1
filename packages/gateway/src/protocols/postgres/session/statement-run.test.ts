/** One statement's answer, frame by frame: what each state takes, what it delivers, and what it comes to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obligation } from '@doorward/core'
import type { StatementPlan } from '@doorward/sql'
import type { BackendMessage } from '../backend-message.ts'
import { TransformFault } from '../transform/transform-fault.ts'
import type { TransformFactory } from './answer.ts'
import { StatementRun, type RunEvent, type RunFacts } from './statement-run.ts'
import { errorMessage, factsOf, frameOf, kindsOf, MASK, PLAN } from './testing/run-facts.test.ts'
import { textField } from './testing/scripted-server.test.ts'
import { CANARY } from './testing/world.test.ts'

const description: BackendMessage = { kind: 'rowDescription', fields: [textField('a')] }
const row = (...cells: readonly string[]): BackendMessage => ({ kind: 'dataRow', cells: cells.map((cell) => Buffer.from(cell)) })
const complete = (tag: string): BackendMessage => ({ kind: 'commandComplete', tag })
const COPY_OUT: StatementPlan = { ...PLAN, fields: undefined, tags: ['COPY'], copy: { direction: 'out', format: 'text', options: { delimiter: '\t', null: '\\N', quote: '"', escape: '"', header: false }, typeModifiers: [] } }
const COPY_IN: StatementPlan = { ...COPY_OUT, copy: { ...COPY_OUT.copy!, direction: 'in' } }
const copyOut: BackendMessage = { kind: 'copyOutResponse', format: 0, columnFormats: [0] }
const copyIn: BackendMessage = { kind: 'copyInResponse', format: 0, columnFormats: [0] }
const copyData = (text: string): BackendMessage => ({ kind: 'copyData', data: Buffer.from(text) })

interface Played { readonly run: StatementRun; readonly out: readonly string[]; readonly events: readonly RunEvent[] }

async function play(messages: readonly BackendMessage[], over: Partial<RunFacts> = {}, obligations: readonly Obligation[] = []): Promise<Played> {
  const run = new StatementRun(await factsOf(over, obligations))
  const out: Buffer[] = []
  const events: RunEvent[] = []
  for (const message of messages) {
    const event = run.take(frameOf(message), out)
    if (event !== undefined) events.push(event)
  }
  return { run, out: kindsOf(out), events }
}

test('a result passes in its order, is counted, hashed and done', async () => {
  const { run, out, events } = await play([description, row('1'), row('2'), complete('SELECT 2')])
  assert.deepEqual(out, ['rowDescription', 'row 1', 'row 2', 'SELECT 2'])
  assert.deepEqual(events, [{ kind: 'ended', how: 'done' }])
  const { status, result, rows, bytes, digest } = run.outcome()
  assert.deepEqual([status, result, rows, digest?.length], ['done', 'SELECT 2', 2, 64])
  assert.equal(bytes, Buffer.concat([description, row('1'), row('2'), complete('SELECT 2')].map((message) => frameOf(message).whole)).length)
  // The digest is of what was delivered: the same answer has the same one.
  assert.equal((await play([description, row('1'), row('2'), complete('SELECT 2')])).run.outcome().digest, digest)
  assert.notEqual((await play([description, row('1'), row('3'), complete('SELECT 2')])).run.outcome().digest, digest)
})

test('nothing delivered has no digest', async () => {
  const { run } = await play([], { plan: { ...PLAN, fields: undefined, tags: ['BEGIN'] }, description: 'none' })
  run.lose()
  assert.deepEqual([run.outcome().status, run.outcome().digest, run.outcome().bytes], ['lost', undefined, 0])
})

test('masked rows are rewritten, and the outcome names the columns', async () => {
  const { run, out } = await play([description, row(CANARY), complete('SELECT 1')], {}, [MASK])
  assert.deepEqual(out, ['rowDescription', 'row ***', 'SELECT 1'])
  assert.deepEqual(run.outcome().maskedColumns, ['clinic.patients.name'])
})

test('errors and notices of a masked caller are rewritten, of another they are the server\'s', async () => {
  for (const [obligations, expected] of [[[MASK], 'rewritten'], [[], CANARY]] as const) {
    const run = new StatementRun(await factsOf({}, obligations))
    const out: Buffer[] = []
    run.notice(frameOf({ kind: 'noticeResponse', fields: new Map([['S', 'NOTICE'], ['V', 'NOTICE'], ['C', '00000'], ['M', CANARY]]) }), out)
    assert.deepEqual(run.take(frameOf(errorMessage('22P02', CANARY)), out), { kind: 'ended', how: 'error' })
    assert.deepEqual(kindsOf(out), [`notice ${expected}`, `error ${expected}`])
    assert.deepEqual([run.outcome().status, run.outcome().result], ['error', 'SQLSTATE 22P02'])
  }
})

test('a masked caller reads the server\'s own words where no value can be in them, and not where an earlier statement may be what failed', async () => {
  const facts = await factsOf({}, [MASK])
  const plain = { ...facts, batch: { ...facts.batch, sent: 'nothing' as const }, permitted: { ...facts.permitted, transform: { ...facts.permitted.transform, texts: 'plain' as const } } }
  for (const [given, expected] of [[plain, CANARY], [{ ...plain, batch: { ...plain.batch, sent: 'something' as const } }, 'rewritten']] as const) {
    const out: Buffer[] = []
    new StatementRun(given).take(frameOf(errorMessage('22P02', CANARY)), out)
    assert.deepEqual(kindsOf(out), [`error ${expected}`])
  }
  // A context names code that ran, here or at a foreign server, and what that says is nobody's plain column.
  const message = errorMessage('22P02', CANARY)
  assert.ok(message.kind === 'errorResponse')
  const out: Buffer[] = []
  new StatementRun(plain).take(frameOf({ ...message, fields: new Map([...message.fields, ['W', 'remote SQL command: select 1']]) }), out)
  assert.deepEqual(kindsOf(out), ['error rewritten'])
})

test('a cancelled statement and a SQLSTATE that is none are told apart', async () => {
  assert.equal((await play([errorMessage('57014', 'cancelled')])).run.outcome().status, 'cancelled')
  for (const state of [CANARY, '', '2201', '22p02', '2201\n']) assert.equal((await play([errorMessage(state, 'x')])).run.outcome().result, 'SQLSTATE unknown')
})

test('answers to Parse and Bind are swallowed in their order', async () => {
  const prologue = [{ answer: 'close' }, { answer: 'parse' }, { answer: 'bind' }] as const
  const { out } = await play([{ kind: 'closeComplete' }, { kind: 'parseComplete' }, { kind: 'bindComplete' }, description, complete('SELECT 0')], { prologue, description: 'checked' })
  assert.deepEqual(out, ['SELECT 0'])
  for (const messages of [[{ kind: 'bindComplete' }], [{ kind: 'closeComplete' }, { kind: 'bindComplete' }], [{ kind: 'closeComplete' }, { kind: 'parseComplete' }, description], [{ kind: 'closeComplete' }, { kind: 'parseComplete' }, { kind: 'bindComplete' }, { kind: 'parseComplete' }]] as const) {
    await assert.rejects(play(messages, { prologue, description: 'checked' }), { code: 'unexpected-message' })
  }
})

test('what was not answered before an error is undone', async () => {
  const undone: string[] = []
  const item = (answer: 'close' | 'parse' | 'bind') => ({ answer, undone: () => { undone.push(answer) } })
  await play([{ kind: 'parseComplete' }, errorMessage('22P02', 'x')], { prologue: [item('parse'), item('bind')] })
  assert.deepEqual(undone, ['bind'])
})

test('a description is checked to the attribute number, and shown only where it is owed to the client', async () => {
  assert.deepEqual((await play([description, complete('SELECT 0')], { description: 'checked' })).out, ['SELECT 0'])
  for (const field of [textField('a', 1), textField('a', 0, 1), { ...textField('a'), typeOid: 1043 }]) await assert.rejects(play([{ kind: 'rowDescription', fields: [field] }]), { code: 'unexpected-result' })
  // A name is the caller's own, and a modifier does not change what is masked.
  assert.deepEqual((await play([{ kind: 'rowDescription', fields: [{ ...textField('another'), typeModifier: 7 }] }, complete('SELECT 0')])).out, ['rowDescription', 'SELECT 0'])
})

test('what cannot be masked in the format that is described ends the session', async () => {
  const facts = await factsOf({}, [MASK])
  const run = new StatementRun({ ...facts, permitted: { ...facts.permitted, transform: { ...facts.permitted.transform, factory: { ...facts.permitted.transform.factory, planRows: () => ({ kind: 'cannot-mask', why: 'output 1' }) } } } })
  assert.throws(() => run.take(frameOf(description), []), { code: 'unexpected-result' })
})

test('a portal that is read on is masked by its own decision, with the columns it was described with', async () => {
  const progress = { rows: 4, fields: [textField('a')] }
  const { out } = await play([row(CANARY), { kind: 'portalSuspended' }], { description: 'none', progress }, [MASK])
  assert.deepEqual(out, ['row ***', 'portalSuspended'])
  assert.equal(progress.rows, 5)
  await assert.rejects(play([row(CANARY)], { description: 'none' }), { code: 'unexpected-result' })
})

test('the row over the limit is not delivered, nor anything after it', async () => {
  const limit: Obligation = { kind: 'limit', rowsPerStatement: 2, patientsPerHour: undefined }
  const { run, out, events } = await play([description, row('1'), row('2'), row('3'), row('4'), complete('SELECT 4')], {}, [limit])
  assert.deepEqual(out, ['rowDescription', 'row 1', 'row 2'])
  assert.deepEqual(events, [{ kind: 'limit', of: 'rows' }, { kind: 'ended', how: 'done' }])
  assert.deepEqual([run.outcome().status, run.outcome().rows], ['stopped', 2])
  // The limit counts over the parts of a portal.
  assert.deepEqual((await play([row('3')], { description: 'none', progress: { rows: 2, fields: [textField('a')] } }, [limit])).events, [{ kind: 'limit', of: 'rows' }])
  // The strictest of several holds, and none is no limit.
  assert.deepEqual((await play([description, row('1'), row('2')], {}, [limit, { ...limit, rowsPerStatement: 1 }, { ...limit, rowsPerStatement: undefined }])).events, [{ kind: 'limit', of: 'rows' }])
})

test('a stopped statement swallows whatever ends it', async () => {
  for (const end of [complete('SELECT 9'), errorMessage('57014', 'x'), { kind: 'portalSuspended' } as const]) {
    const run = new StatementRun(await factsOf())
    const out: Buffer[] = []
    run.stop()
    run.take(frameOf(description), out)
    run.take(frameOf(row('1')), out)
    run.take(frameOf(end), out)
    assert.deepEqual([out.length, run.outcome().status], [0, 'stopped'])
  }
})

test('COPY out is transformed, counted and ended', async () => {
  const { run, out } = await play([copyOut, copyData('a\n'), copyData('b\n'), { kind: 'copyDone' }, complete('COPY 2')], { plan: COPY_OUT, description: 'none' })
  assert.deepEqual(out, ['copyOutResponse', 'copy a\n', 'copy b\n', 'copyDone', 'COPY 2'])
  assert.deepEqual([run.outcome().rows, run.outcome().status], [2, 'done'])
  assert.deepEqual((await play([copyOut, copyData(`${CANARY}\n`), { kind: 'copyDone' }, complete('COPY 1')], { plan: COPY_OUT, description: 'none' }, [MASK])).out, ['copyOutResponse', 'copy ***\n', 'copyDone', 'COPY 1'])
})

test('COPY out stops at the limit, with the message that crosses it', async () => {
  const limit: Obligation = { kind: 'limit', rowsPerStatement: 2, patientsPerHour: undefined }
  const { out, events } = await play([copyOut, copyData('a\n'), copyData('b\n'), copyData('c\n'), { kind: 'copyDone' }, complete('COPY 3')], { plan: COPY_OUT, description: 'none' }, [limit])
  assert.deepEqual(out, ['copyOutResponse', 'copy a\n', 'copy b\n'])
  assert.deepEqual(events[0], { kind: 'limit', of: 'rows' })
})

test('COPY out of step is a fault', async () => {
  const bad: readonly (readonly BackendMessage[])[] = [
    [copyData('a\n')], [{ kind: 'copyDone' }], [copyOut, copyOut], [copyOut, { kind: 'copyDone' }, copyData('a\n')], [copyOut, { kind: 'copyDone' }, { kind: 'copyDone' }],
    [copyOut, complete('COPY 0')], [complete('COPY 0')], [{ kind: 'copyOutResponse', format: 1, columnFormats: [1] }], [copyIn], [copyOut, row('1')],
  ]
  for (const messages of bad) await assert.rejects(play(messages, { plan: COPY_OUT, description: 'none' }), { code: 'unexpected-result' }, JSON.stringify(messages))
})

test('a request for COPY data is passed on once, and only where it is allowed', async () => {
  const { run, out, events } = await play([copyIn], { plan: COPY_IN, description: 'none' })
  assert.deepEqual([out, events, run.takesCopyData], [['copyInResponse'], [{ kind: 'copy-in' }], true])
  assert.throws(() => run.take(frameOf(copyIn), []), { code: 'unexpected-result' })
  run.closeCopyIn()
  assert.equal(run.takesCopyData, false)
  await assert.rejects(play([copyIn]), { code: 'unexpected-result' })
})

test('whoever waits for a request for data, or for the end, is woken by either', async () => {
  const asked = new StatementRun(await factsOf({ plan: COPY_IN, description: 'none' }))
  const decided = asked.copyInDecided()
  asked.take(frameOf(copyIn), [])
  await decided
  const ended = asked.ended()
  asked.take(frameOf(errorMessage('22P04', 'x')), [])
  await ended
  for (const end of ['lose', 'skip'] as const) {
    const run = new StatementRun(await factsOf({ plan: COPY_IN, description: 'none' }))
    const both = Promise.all([run.copyInDecided(), run.ended()])
    run[end]()
    await both
    assert.equal(run.takesCopyData, false)
    await run.copyInDecided()
  }
})

test('the first frame that rests on the analysis asks for confirmation, once', async () => {
  const facts = await factsOf({ confirm: 'needed' })
  const run = new StatementRun(facts)
  const tags = { parseComplete: 0x31, noData: 0x6e, notice: 0x4e }
  for (const tag of Object.values(tags)) assert.equal(run.needsConfirmation(tag), false)
  for (const message of [description, row('1'), copyOut, complete('SELECT 0'), copyIn, errorMessage('22P02', CANARY), { kind: 'portalSuspended' } as const]) assert.equal(run.needsConfirmation(frameOf(message).tag), true)
  run.confirmed = 'yes'
  assert.equal(run.needsConfirmation(frameOf(description).tag), false)
  assert.equal(new StatementRun({ ...facts, confirm: 'done' }).needsConfirmation(frameOf(description).tag), false)
})

test('tags are compared without their counts', async () => {
  const plan = { ...PLAN, fields: undefined, tags: ['INSERT', 'DELETE', 'CREATE TABLE', 'SELECT'] }
  for (const tag of ['INSERT 0 5', 'DELETE 2', 'CREATE TABLE', 'SELECT 12']) assert.equal((await play([complete(tag)], { plan, description: 'none' })).run.outcome().result, tag)
  for (const tag of ['UPDATE 1', 'INSERT', '', 'DROP TABLE', 'DELETE 2 3', 'delete 2', 'SELECT', 'CREATE TABLE AS'].filter((one) => one !== 'INSERT' && one !== 'SELECT')) await assert.rejects(play([complete(tag)], { plan, description: 'none' }), { code: 'unexpected-result' }, tag)
})

test('an empty query is done without a tag', async () => {
  assert.deepEqual((await play([{ kind: 'emptyQueryResponse' }], { plan: { ...PLAN, fields: undefined, tags: [] }, description: 'none' })).events, [{ kind: 'ended', how: 'done' }])
})

test('what a transform throws goes through', async () => {
  const facts = await factsOf({}, [MASK])
  const failing: TransformFactory = { ...facts.permitted.transform.factory, planRows: () => ({ kind: 'plan', transform: { identity: false, transformDataRow: (): Buffer => { throw new TransformFault('column-count', '2 columns, expected 1') } } }) }
  const run = new StatementRun({ ...facts, permitted: { ...facts.permitted, transform: { ...facts.permitted.transform, factory: failing } } })
  run.take(frameOf(description), [])
  assert.throws(() => run.take(frameOf(row('1', '2')), []), { code: 'column-count' })
  run.lose()
  assert.deepEqual([run.outcome().status, run.outcome().rows], ['lost', 0])
})

test('the end is one: what comes to a run after it changes nothing', async () => {
  const { run } = await play([description, complete('SELECT 0')])
  run.lose()
  run.stop()
  assert.equal(run.outcome().status, 'done')
})

test('changes of names put a statement in order, and so does what was not understood', async () => {
  const withChange = async (plan: Partial<StatementPlan>): Promise<boolean> => new StatementRun(await factsOf({ plan: { ...PLAN, ...plan } })).changesSession
  assert.equal(await withChange({}), false)
  assert.equal(await withChange({ changes: [{ kind: 'setting', name: 'x', value: 'y' }] }), false)
  for (const change of [{ kind: 'schemas' }, { kind: 'catalog', scope: 'shared' }, { kind: 'transaction', verb: 'begin' }, { kind: 'deallocate', name: undefined }, { kind: 'discard-all' }, { kind: 'purpose', value: 'TREAT' }] as const) assert.equal(await withChange({ changes: [change] }), true, change.kind)
  const opaque = { kind: 'opaque', command: 'CALL', reason: 'c', objects: [] } as const
  assert.equal(await withChange({ understanding: opaque, fields: undefined }), true)
})
