/**
 * The same against a real server: set DOORWARD_TEST_PG to `postgres://user:password@host:port/database`, and DOORWARD_TEST_PG_CA to
 * the file of its authority where it has TLS.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Sensitive } from '@doorward/core'
import { decodeBackend } from './backend.ts'
import type { BackendMessage } from './backend-message.ts'
import { nextFrame } from './frame-source.ts'
import { encodeFrontend } from './frontend-encode.ts'
import type { FrontendMessage } from './frontend.ts'
import { FrameWriter } from './frame-writer.ts'
import { cancelUpstream, connectUpstream, type UpstreamConnection, type UpstreamTarget } from './upstream.ts'

const URL_TEXT = process.env['DOORWARD_TEST_PG']
const CA_FILE = process.env['DOORWARD_TEST_PG_CA']
const skip = URL_TEXT === undefined ? 'skipped: DOORWARD_TEST_PG missing' : false
const signal = (): AbortSignal => AbortSignal.timeout(10_000)

function target(): UpstreamTarget {
  const url = new URL(URL_TEXT ?? '')
  return {
    host: url.hostname, port: Number(url.port), database: url.pathname.slice(1), user: url.username,
    password: new Sensitive(decodeURIComponent(url.password)), parameters: new Map([['application_name', 'doorward test']]), randomBytes,
    tls: CA_FILE === undefined ? 'unsafely-plaintext' : { mode: 'verify-full', ca: readFileSync(CA_FILE, 'utf8') },
  }
}

async function ask(connection: UpstreamConnection, ...frames: readonly (FrontendMessage | Buffer)[]): Promise<BackendMessage[]> {
  connection.stream.write(Buffer.concat(frames.map((frame) => (Buffer.isBuffer(frame) ? frame : encodeFrontend(frame)))))
  const answers: BackendMessage[] = []
  for (;;) {
    const { tag, body } = await nextFrame(connection.stream, connection.reader, signal())
    const message = decodeBackend({ tag, body })
    answers.push(message)
    if (message.kind === 'readyForQuery') return answers
  }
}

test('logs in, and reads every answer of a simple and an extended query', { skip }, async () => {
  const connection = await connectUpstream(target(), signal())
  assert.equal(connection.parameters.get('client_encoding'), 'UTF8')
  assert.equal(connection.backendKey?.key.length, connection.protocolMinor >= 2 ? 32 : 4)
  if (CA_FILE !== undefined) assert.match(connection.method, /plus|trust/)
  const simple = await ask(connection, { kind: 'query', sql: Buffer.from("select 1 as a, null; select; select 'é'") })
  assert.deepEqual(simple.map((message) => message.kind), [
    'rowDescription', 'dataRow', 'commandComplete', 'rowDescription', 'dataRow', 'commandComplete', 'rowDescription', 'dataRow', 'commandComplete', 'readyForQuery',
  ])
  const extended = await ask(connection,
    { kind: 'parse', statement: 's', sql: Buffer.from('select $1::int4 + generate_series(1, 3)'), parameterTypes: [23] },
    { kind: 'describe', target: 'statement', name: 's' },
    { kind: 'bind', portal: 'p', statement: 's', parameterFormats: [1], parameters: [Buffer.from([0, 0, 0, 7])], resultFormats: [1] },
    { kind: 'describe', target: 'portal', name: 'p' }, { kind: 'execute', portal: 'p', maxRows: 2 }, { kind: 'execute', portal: 'p', maxRows: 0 },
    { kind: 'close', target: 'statement', name: 's' }, { kind: 'sync' })
  assert.deepEqual(extended.map((message) => message.kind), [
    'parseComplete', 'parameterDescription', 'rowDescription', 'bindComplete', 'rowDescription', 'dataRow', 'dataRow', 'portalSuspended',
    'dataRow', 'commandComplete', 'closeComplete', 'readyForQuery',
  ])
  assert.deepEqual(extended[5], { kind: 'dataRow', cells: [Buffer.from([0, 0, 0, 8])] })
  connection.stream.destroy()
})

test('cancels a statement by its key, and nothing by another', { skip }, async () => {
  const connection = await connectUpstream(target(), signal())
  const { backendKey } = connection
  assert.ok(backendKey)
  const other = Buffer.from(backendKey.key)
  other[0] = (other[0] ?? 0) ^ 1
  const asleep = ask(connection, { kind: 'query', sql: Buffer.from('select pg_sleep(5)') })
  const watcher = await connectUpstream(target(), signal())
  const sql = Buffer.from(`select count(*) from pg_stat_activity where pid = ${backendKey.pid} and state = 'active' and wait_event = 'PgSleep'`)
  for (let active = '0'; active === '0'; ) {
    const row = (await ask(watcher, { kind: 'query', sql })).find((message) => message.kind === 'dataRow')
    active = row?.cells[0]?.toString() ?? '0'
  }
  await cancelUpstream(target(), { pid: backendKey.pid, key: other }, signal())
  await cancelUpstream(target(), backendKey, signal())
  const error = (await asleep).find((message) => message.kind === 'errorResponse')
  assert.equal(error?.kind === 'errorResponse' ? error.fields.get('C') : undefined, '57014')
  watcher.stream.destroy()
  connection.stream.destroy()
})

test('the server keeps names by their first 63 bytes: why longer ones are a fault here', { skip }, async () => {
  const connection = await connectUpstream(target(), signal())
  const stem = 'n'.repeat(63)
  const parse = (name: string, sql: string): Buffer => new FrameWriter(0x50).string(name).string(sql).int16(0).finish()
  const answers = await ask(connection,
    parse(`${stem}x`, "select 'the one that was looked at'"), new FrameWriter(0x43).uint8(0x53).string(`${stem}y`).finish(), parse(`${stem}z`, "select 'another'"),
    new FrameWriter(0x42).string('').string(`${stem}x`).int16(0).int16(0).int16(0).finish(), { kind: 'execute', portal: '', maxRows: 0 }, { kind: 'sync' })
  const row = answers.find((message) => message.kind === 'dataRow')
  assert.equal(row?.cells[0]?.toString(), 'another')
  connection.stream.destroy()
})

test('says by SQLSTATE why it was refused', { skip }, async () => {
  await assert.rejects(connectUpstream({ ...target(), database: 'no such database' }, signal()), { code: 'refused', sqlstate: '3D000' })
})
