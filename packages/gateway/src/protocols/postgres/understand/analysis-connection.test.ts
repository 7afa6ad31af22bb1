import assert from 'node:assert/strict'
import { test } from 'node:test'
import { socketPair, turns, type ScriptedSocket } from '@doorward/testkit'
import { encodeBackend } from '../backend-encode.ts'
import type { BackendMessage } from '../backend-message.ts'
import { FrameReader } from '../frame.ts'
import { decodeFrontend, type FrontendMessage } from '../frontend.ts'
import { clientFrameLimit, upstreamFrameLimit } from '../limits.ts'
import { AnalysisConnection } from './analysis-connection.ts'
import { REPORTED_BY } from './analysis-pipe.ts'
import { UnderstandFault } from './understand-fault.ts'

/** The server's end: notes what came and says what it is told to. */
class Server {
  readonly got: FrontendMessage[] = []
  readonly #socket: ScriptedSocket
  chunks = 0

  constructor(socket: ScriptedSocket) {
    this.#socket = socket
    const reader = new FrameReader(clientFrameLimit())
    socket.on('data', (chunk: Buffer) => {
      this.chunks += 1
      reader.push(Buffer.from(chunk))
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) this.got.push(decodeFrontend(frame))
    })
  }

  get kinds(): string { return this.got.map((message) => ('name' in message ? `${message.kind} ${message.name}` : 'statement' in message ? `${message.kind} ${message.statement}` : message.kind)).join(', ') }

  say(...messages: readonly BackendMessage[]): void { this.#socket.write(Buffer.concat(messages.map(encodeBackend))) }
  sayReady(...messages: readonly BackendMessage[]): void { this.say(...messages, { kind: 'readyForQuery', status: 'I' }) }
  end(): void { this.#socket.end() }
}

const TREE: BackendMessage = { kind: 'noticeResponse', fields: new Map([['S', 'LOG'], ['V', 'LOG'], ['C', '00000'], ['M', 'rewritten parse tree:'], ['D', '({QUERY})'], ['R', REPORTED_BY]]) }
const NO_SUCH: BackendMessage = { kind: 'errorResponse', fields: new Map([['S', 'ERROR'], ['V', 'ERROR'], ['C', '26000'], ['M', 'no such statement']]) }
const TYPES: BackendMessage = { kind: 'parameterDescription', types: [23] }

function open(timeoutMs = 5_000): { readonly connection: AnalysisConnection; readonly server: Server } {
  const [ours, theirs] = socketPair()
  return { connection: new AnalysisConnection(ours, new FrameReader(upstreamFrameLimit()), timeoutMs), server: new Server(theirs) }
}

async function keep(connection: AnalysisConnection, server: Server): Promise<string> {
  const name = connection.newName()
  const answer = connection.analyse(name, 'select 1', [])
  await turns(3)
  server.sayReady({ kind: 'parseComplete' }, TREE, TYPES, { kind: 'noData' })
  assert.equal((await answer).kind, 'analysed')
  server.got.length = 0
  server.chunks = 0
  return name
}

test('questions of one turn go out in one write, and each gets its own answer', async () => {
  const { connection, server } = open()
  const first = connection.analyse('', 'select 1', [])
  const second = connection.analyse('', 'select x', [])
  const third = connection.analyse('', 'select 3', [])
  await turns(3)
  assert.equal(server.chunks, 1)
  assert.equal(server.got.filter(({ kind }) => kind === 'sync').length, 3)
  server.sayReady(TREE, TYPES, { kind: 'noData' })
  server.sayReady(NO_SUCH)
  server.sayReady(TREE, TREE, { kind: 'noData' })
  const [a, b, c] = await Promise.all([first, second, third])
  assert.deepEqual(a.kind === 'analysed' ? a.parameterTypes : undefined, [23])
  assert.equal(b.kind === 'error' ? b.sqlState : undefined, '26000')
  assert.equal(c.kind === 'analysed' ? c.trees.length : undefined, 2)
})

test('those who ask before the question is written share its answer', async () => {
  const { connection, server } = open()
  const name = await keep(connection, server)
  const asked = Promise.all([connection.standingOf(name), connection.standingOf(name), connection.standingOf(name)])
  await turns(3)
  assert.equal(server.kinds, `describe ${name}, sync`)
  server.sayReady(TYPES, { kind: 'noData' })
  assert.deepEqual(await asked, ['unchanged', 'unchanged', 'unchanged'])
})

test('who asks while a question is under way waits for the next one: the server may have read the first already', async () => {
  const { connection, server } = open()
  const name = await keep(connection, server)
  const first = connection.standingOf(name)
  await turns(3)
  let later: string | undefined
  const second = connection.standingOf(name).then((standing) => { later = standing })
  const third = connection.standingOf(name)
  await turns(3)
  assert.equal(server.got.length, 2)
  server.sayReady(TYPES, { kind: 'noData' })
  assert.equal(await first, 'unchanged')
  await turns(3)
  assert.equal(later, undefined, 'the first answer is not about a moment after the second question')
  assert.equal(server.kinds, `describe ${name}, sync, describe ${name}, sync`)
  server.sayReady(TREE, TYPES, { kind: 'noData' })
  await second
  assert.equal(later, 'changed')
  assert.equal(await third, 'changed')
})

test('a change that one statement has heard of is heard by all that asked meanwhile and after', async () => {
  const { connection, server } = open()
  const name = await keep(connection, server)
  const first = connection.standingOf(name)
  await turns(3)
  const second = connection.standingOf(name)
  // The server analyses anew, says so once, and would call the next question unchanged.
  server.sayReady(TREE, TYPES, { kind: 'noData' })
  assert.equal(await first, 'changed')
  assert.equal(await second, 'changed')
  assert.equal(await connection.standingOf(name), 'changed')
  assert.equal(server.kinds, `describe ${name}, sync`)
})

test('a statement that the server no longer has is changed; one that was let go is gone', async () => {
  const { connection, server } = open()
  const lost = await keep(connection, server)
  const asked = connection.standingOf(lost)
  await turns(3)
  server.sayReady(NO_SUCH)
  assert.equal(await asked, 'changed')
  const kept = await keep(connection, server)
  connection.forget(kept)
  assert.equal(await connection.standingOf(kept), 'gone')
  assert.equal(await connection.standingOf('d99'), 'gone')
})

test('what was let go while it waited for its turn is gone, and is not asked about', async () => {
  const { connection, server } = open()
  const name = await keep(connection, server)
  const first = connection.standingOf(name)
  await turns(3)
  const second = connection.standingOf(name)
  connection.forget(name)
  server.sayReady(TYPES, { kind: 'noData' })
  assert.equal(await first, 'unchanged')
  assert.equal(await second, 'gone')
})

test('closes ride ahead of the next question, and many go on their own', async () => {
  const { connection, server } = open()
  const name = await keep(connection, server)
  connection.forget(name)
  connection.forget(name)
  await turns(3)
  assert.equal(server.got.length, 0)
  const answer = connection.analyse('', 'select 1', [])
  await turns(3)
  assert.equal(server.kinds, `close ${name}, parse , describe , sync`)
  server.sayReady({ kind: 'closeComplete' }, { kind: 'parseComplete' }, TREE, { kind: 'noData' })
  await answer
  const names: string[] = []
  for (let n = 0; n < 64; n += 1) names.push(await keep(connection, server))
  for (const each of names) connection.forget(each)
  await turns(3)
  assert.equal(server.got.filter(({ kind }) => kind === 'close').length, 64)
  assert.equal(server.got.at(-1)?.kind, 'sync')
})

test('a connection that ends fails everything that was asked, and nothing hangs', async () => {
  const { connection, server } = open()
  const name = await keep(connection, server)
  const asked = [connection.standingOf(name), connection.analyse('', 'select 1', []), connection.query('select 2')]
  await turns(3)
  server.end()
  for (const answer of asked) await assert.rejects(answer, (error) => error instanceof UnderstandFault && error.code === 'unreachable')
  assert.equal(connection.isOpen, false)
  assert.equal(await connection.standingOf(name), 'gone')
  await assert.rejects(connection.query('select 1'), UnderstandFault)
})

test('a server that says nothing is given up', async () => {
  const { connection } = open(20)
  await assert.rejects(connection.analyse('', 'select 1', []), (error) => error instanceof UnderstandFault && error.code === 'unreachable')
  assert.equal(connection.isOpen, false)
})

test('an answer to nothing, or of a kind that nothing here can have, ends the connection', async () => {
  for (const message of [{ kind: 'readyForQuery', status: 'I' }, TYPES, NO_SUCH] as const) {
    const { connection, server } = open()
    await turns(2)
    server.say(message)
    await turns(4)
    assert.equal(connection.isOpen, false, message.kind)
  }
  const { connection, server } = open()
  const asked = connection.analyse('', 'select 1', [])
  await turns(2)
  server.say({ kind: 'portalSuspended' })
  await assert.rejects(asked, (error) => error instanceof UnderstandFault && error.code === 'out-of-step')
})

test('what a server may say at any time is not an answer', async () => {
  const { connection, server } = open()
  server.say(TREE, { kind: 'parameterStatus', name: 'TimeZone', value: 'UTC' })
  const asked = connection.query('select 1')
  await turns(3)
  server.sayReady({ kind: 'commandComplete', tag: 'SELECT 0' })
  assert.deepEqual(await asked, [])
  assert.equal(connection.isOpen, true)
})

test('a tree that a function printed is not the text\'s own: nothing is understood, and the connection takes no more questions', async () => {
  const { connection, server } = open()
  const answer = connection.analyse('', 'select \'(x)\'::t', [])
  await turns(3)
  const inner: BackendMessage = { ...TREE, fields: new Map([...TREE.fields, ['W', 'SQL statement "select 1"']]) }
  server.sayReady(inner, TYPES, { kind: 'noData' })
  await assert.rejects(answer, (error) => error instanceof UnderstandFault && error.code === 'out-of-step')
  assert.equal(connection.isOpen, false)
})

test('a text without a tree is not understood as one that does nothing', async () => {
  const { connection, server } = open()
  const answer = connection.analyse('', 'delete from t', [])
  await turns(3)
  server.sayReady(TYPES, { kind: 'noData' })
  await assert.rejects(answer, (error) => error instanceof UnderstandFault && error.code === 'out-of-step')
})

test('a setting that changes while a text is read ends the connection', async () => {
  const { connection, server } = open()
  const answer = connection.analyse('', 'select \'{x}\'::t[]', [])
  await turns(3)
  server.sayReady(TREE, { kind: 'parameterStatus', name: 'search_path', value: 'elsewhere' }, TYPES, { kind: 'noData' })
  await assert.rejects(answer, UnderstandFault)
  assert.equal(connection.isOpen, false)
})

test('of an error that code of the database raised only the place and the code are handed on', async () => {
  const raised = (file: string, context: string): BackendMessage => ({ kind: 'errorResponse', fields: new Map([['S', 'ERROR'], ['C', 'P0001'], ['M', 'not the number of Ann Example'], ['D', 'a value'], ['P', '8'], ['F', file], ['W', context]]) })
  const cases: readonly (readonly [BackendMessage, string])[] = [
    [raised('pl_exec.c', 'PL/pgSQL function f(text) line 1 at RAISE'), 'an error was raised while a literal of the text was read'],
    [raised('jsonfuncs.c', 'JSON data, line 1: x\nPL/pgSQL function f(text) line 1 at RETURN'), 'an error was raised while a literal of the text was read'],
    [raised('jsonfuncs.c', 'JSON data, line 1: x'), 'not the number of Ann Example'],
  ]
  for (const [message, words] of cases) {
    const { connection, server } = open()
    const answer = connection.analyse('', 'select 1', [])
    await turns(3)
    server.sayReady(message)
    const got = await answer
    assert.equal(got.kind === 'error' ? got.message : undefined, words)
    assert.equal(got.kind === 'error' ? got.fields.get('P') : undefined, '8')
  }
})

test('a question that comes again is read once, and another time after it failed', async () => {
  const { connection, server } = open()
  const ask = async (values: readonly string[], ...answer: readonly BackendMessage[]): Promise<unknown> => {
    server.got.length = 0
    const asked = connection.queryAgain('select $1', values)
    asked.catch(() => undefined) // awaited below
    await turns(3)
    server.sayReady(...answer)
    return asked
  }
  const row: BackendMessage = { kind: 'dataRow', cells: [Buffer.from('x'), null] }
  assert.deepEqual(await ask(['a'], { kind: 'parseComplete' }, { kind: 'bindComplete' }, row, { kind: 'commandComplete', tag: 'SELECT 1' }), [['x', undefined]])
  assert.equal(server.kinds, 'parse qd1, bind qd1, execute, sync')
  const [parse, bind] = server.got
  assert.deepEqual([parse?.kind === 'parse' && parse.parameterTypes, bind?.kind === 'bind' && bind.parameters.map(String)], [[25], ['a']])
  await ask(['b'], { kind: 'bindComplete' }, row)
  assert.equal(server.kinds, 'bind qd1, execute, sync')
  await assert.rejects(ask(['c'], NO_SUCH), (fault) => fault instanceof UnderstandFault && fault.code === 'catalog')
  assert.equal(connection.isOpen, true)
  await ask(['d'], { kind: 'parseComplete' }, { kind: 'bindComplete' }, row)
  assert.equal(server.kinds, 'parse qd2, bind qd2, execute, sync')
})
