/**
 * Where everything is allowed, a client cannot tell the session from the server behind it: the same messages, in any order, get the same
 * answers, and the same statements run. Played against the scripted backend with and without a session before it.
 */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { socketPair, turns } from '@doorward/testkit'
import type { FrontendMessage } from '../frontend.ts'
import { bind, closePortal, closeStatement, describePortal, describeStatement, execute, FLUSH, parse, query, ScriptedClient, SYNC } from './testing/scripted-client.test.ts'
import { ScriptedServer } from './testing/scripted-server.test.ts'
import { ALLOWED_WORDS, openWorld, WORDS } from './testing/world.test.ts'

const word = fc.constantFrom(...ALLOWED_WORDS)
const name = fc.constantFrom('', 's1', 's2')
const portal = fc.constantFrom('', 'p1', 'p2')
const maxRows = fc.constantFrom(0, 1)

/** Messages as a confused client sends them, with those that make sense together more often. */
const messages: fc.Arbitrary<readonly FrontendMessage[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, word, portal, maxRows).map(([statement, text, target, rows]) => [parse(statement, text), bind(target, statement), execute(target, rows)]) },
  { weight: 2, arbitrary: fc.tuple(portal, maxRows).map(([target, rows]) => [execute(target, rows)]) },
  { weight: 2, arbitrary: fc.tuple(portal, name).map(([target, statement]) => [bind(target, statement)]) },
  { weight: 2, arbitrary: fc.tuple(name, word).map(([statement, text]) => [parse(statement, text)]) },
  { weight: 2, arbitrary: fc.constantFrom([SYNC], [FLUSH]) },
  { weight: 2, arbitrary: fc.oneof(name.map(closeStatement), portal.map(closePortal), name.map(describeStatement), portal.map(describePortal)).map((message) => [message]) },
  { weight: 3, arbitrary: fc.constantFrom('begin', 'commit', 'rollback', 'savepoint x', 'rollback to x', 'good', 'write', 'fails', 'write; good', 'good; fails; write', 'deallocate all', 'deallocate s1', 'close all').map((text) => [query(text)]) },
  { weight: 1, arbitrary: fc.constantFrom('begin', 'commit', 'rollback').map((text) => [parse('', text), bind('', ''), execute('')]) },
)

const run = (statement: string, text: string): readonly FrontendMessage[] => [parse(statement, text), bind('', statement), execute('')]
/** Orders that were once answered otherwise: in a transaction that has failed a server refuses Parse and Bind too, and keeps no name. */
const BEGUN_AND_FAILED = [run('', 'begin'), [query('rollback to x')], [query('good; fails; write')], run('', 'good')]
const NAME_KEPT_BY_NOBODY = [run('', 'begin'), run('', 'fails'), [SYNC], run('s1', 'good'), [SYNC], [query('rollback')], [bind('', 's1'), execute('')]]

/** Lines until nothing more comes. */
async function linesOf(client: ScriptedClient): Promise<readonly string[]> {
  for (let before = -1; before !== client.lines.length;) {
    before = client.lines.length
    await turns(40)
  }
  return client.lines
}

/** Words of errors may differ; what they are may not. */
const told = (line: string): string => (line.startsWith('E ') ? line.slice(0, 7) : line)

async function direct(sent: readonly FrontendMessage[]): Promise<{ readonly lines: readonly string[]; readonly ran: readonly string[] }> {
  const [end, serverEnd] = socketPair()
  const server = new ScriptedServer(serverEnd, new Map(Object.entries(WORDS).map(([text, { reply }]) => [text, reply ?? {}])))
  const serving = server.run()
  const client = new ScriptedClient(end)
  client.send(...sent)
  const lines = await linesOf(client)
  end.destroy()
  await serving
  return { lines, ran: server.ran }
}

/** What differs by design (docs/decisions, Parse, Bind and Describe): an error that the server finds at Bind comes with Execute. */
function withoutBindErrors(sent: readonly FrontendMessage[]): readonly FrontendMessage[] {
  return sent.filter((message) => !(message.kind === 'parse' && message.sql.toString() === 'bindFails'))
}

test('in any order of messages the answers are the server\'s, and so is what runs', async () => {
  await fc.assert(fc.asyncProperty(fc.array(messages, { minLength: 1, maxLength: 16 }), async (groups) => {
    const sent = [...withoutBindErrors(groups.flat()), SYNC]
    const expected = await direct(sent)
    const rig = await openWorld()
    rig.client.send(...sent)
    const lines = await linesOf(rig.client)
    const shown = JSON.stringify(sent.map((message) => ({ ...message, ...('sql' in message ? { sql: message.sql.toString() } : {}) })))
    assert.deepEqual(lines.map(told), expected.lines.map(told), shown)
    assert.deepEqual(rig.server.ran, expected.ran, shown)
    rig.client.socket.vanish()
    await rig.over
    assert.equal(rig.admission.unsettled, 0)
    assert.equal(rig.recorder.ofKind('intent').length, rig.recorder.ofKind('outcome').length)
  }), { numRuns: 200, examples: [[BEGUN_AND_FAILED], [NAME_KEPT_BY_NOBODY]] })
})
