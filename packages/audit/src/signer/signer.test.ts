import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '../log/clock.ts'
import { CrashDisk } from '../log/crash-disk.test.ts'
import { openAuditLog } from '../log/open.ts'
import { TestClock } from '../log/test-clock.test.ts'
import { encodeCheckpointText } from '../note/checkpoint.ts'
import { toSigner, type LogSigner } from '../note/signer.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { GrowingTree } from '../witness/head-ledger.test.ts'
import { HeadLedger } from '../witness/head-ledger.ts'
import { connectSigner, type ExternalSigner } from './external-signer.ts'
import { serveLines, type Streams } from './line-channel.ts'
import { encodeAnswer, encodeRequest, parseAnswer, parseRequest, type SignerAnswer, type SignerRequest } from './signer-protocol.ts'
import { answerSigner, type SignerParts } from './signer-process.ts'

const ORIGIN = 'example.org/audit/signed-elsewhere'
const KEY = toSigner(ORIGIN, Buffer.alloc(32, 21))

/** A signer in this process behind two pipes; `answer` is what it says to a line. */
function toStreams(answer: (line: string) => Promise<string>): Streams {
  const [there, back] = [new PassThrough(), new PassThrough()]
  serveLines(there, back, answer).then(() => { back.end() }, () => { back.destroy() })
  return { input: back, output: there, close: () => { there.end() } }
}

async function toParts(disk = new CrashDisk(), key: LogSigner = KEY): Promise<SignerParts> {
  return { key, ledger: await HeadLedger.open(disk, '/signer', { self: { pid: Math.floor(Math.random() * 1e6), started: '' }, isAlive: () => false }) }
}

function connect(answer: (line: string) => Promise<string>, timeoutMs = 5_000): Promise<ExternalSigner> {
  return connectSigner({ connect: () => Promise.resolve(toStreams(answer)), clock: systemClock(), origin: ORIGIN, timeoutMs })
}

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))

test('requests and answers read back as they were written', () => {
  const request = fc.oneof(
    fc.constant<SignerRequest>({ kind: 'key' }),
    fc.record({ kind: fc.constant('sign' as const), oldSize: fc.maxSafeNat(), proof: fc.array(hash, { maxLength: 63 }), text: fc.string({ unit: 'grapheme' }) }, { noNullPrototype: true }),
  )
  fc.assert(fc.property(request, (value) => { assert.deepEqual(parseRequest(encodeRequest(value)), value) }))
  const answer = fc.oneof(
    fc.record({ kind: fc.constant('signature' as const), signature: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes)) }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('conflict' as const), size: fc.maxSafeNat() }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant('refused' as const), code: fc.constantFrom('fork', 'malformed', 'unknown-origin', 'not-consistent', 'failed') }, { noNullPrototype: true }),
  )
  fc.assert(fc.property(answer, (value) => { assert.deepEqual(parseAnswer(encodeAnswer(value as SignerAnswer)), value) }))
  const key = parseAnswer(encodeAnswer({ kind: 'key', key: KEY.verifierKey }))
  assert.ok(key.kind === 'key' && key.key.text === KEY.verifierKey.text)
})

for (const line of ['', 'key ', 'key x', 'sign', 'sign 1 -', 'sign -1 - YQ==', 'sign 01 - YQ==', 'sign 1 YQ== YQ==', 'sign 1 - YQ', 'sign 1 - YQ== x', `sign 1 ${Array(64).fill(Buffer.alloc(32).toString('base64')).join(',')} YQ==`]) {
  test(`the line "${line.slice(0, 30)}" is no request`, async () => {
    assert.equal(parseRequest(line).kind, 'malformed')
    assert.equal(await answerSigner(line, await toParts()), 'refused malformed')
  })
}

for (const line of ['', 'key', 'key x', 'signature YQ==', 'conflict x', 'refused why', 'other']) {
  test(`the line "${line}" is no answer`, () => { assert.equal(parseAnswer(line).kind, 'malformed') })
}

test('a signer signs along consistency proofs, and no second history', async () => {
  const parts = await toParts()
  const [tree, other] = [new GrowingTree(30), new GrowingTree(30, 'x')]
  const ask = (oldSize: number, size: number, from = tree, origin = ORIGIN): Promise<string> =>
    answerSigner(encodeRequest({ kind: 'sign', oldSize, proof: from.prove(oldSize, size), text: encodeCheckpointText(origin, from.head(size)) }), parts)
  assert.match(await ask(0, 5), /^signature /)
  assert.match(await ask(5, 12), /^signature /)
  assert.equal(await ask(5, 20), 'conflict 12')
  assert.equal(await ask(12, 12, other), 'refused fork')
  assert.equal(await ask(12, 20, other), 'refused not-consistent')
  assert.equal(await ask(0, 5, tree, 'example.org/other'), 'refused unknown-origin')
  // Extension lines, other bytes for the same head, a cosignature's message: nothing but a head as we write it.
  const text = encodeCheckpointText(ORIGIN, tree.head(12))
  for (const wrong of [`${text}more\n`, text.slice(0, -1), `cosignature/v1\ntime 1\n${text}`]) {
    assert.equal(await answerSigner(encodeRequest({ kind: 'sign', oldSize: 12, proof: [], text: wrong }), parts), 'refused malformed', wrong)
  }
  assert.match(await ask(12, 12), /^signature /)
})

test('a log whose key is elsewhere is intact, over restarts and a head that was signed and not published', async () => {
  const [disk, signerDisk, clock] = [new CrashDisk(), new CrashDisk(), new TestClock()]
  let pid = 0
  const run = async (statements: number, fault?: number): Promise<void> => {
    const parts = await toParts(signerDisk)
    const key = await connect((line) => answerSigner(line, parts))
    const log = await openAuditLog({ dir: '/log', origin: ORIGIN, key, clock, fs: disk, processes: { self: { pid: ++pid, started: '' }, isAlive: () => false } })
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: statements }, () => log.append({ kind: 'alert' })))
      if (fault !== undefined) disk.arm({ kind: 'kill', at: fault })
      await log.checkpoint().catch((error: unknown) => { assert.ok(fault !== undefined, String(error)) })
      if (fault !== undefined) break
    }
    if (fault === undefined) await log.close()
    disk.restart({ kind: 'all' })
    key.close()
    await parts.ledger.close()
  }
  await run(90)
  for (let at = 0; at < 24; at++) {
    await run(3, at)
    await run(1)
  }
  const files = new Map([...disk.files()].map(([path, bytes]) => [path.slice('/log/'.length), bytes]))
  const result = await verifyLog({ source: { read: (path) => Promise.resolve(files.get(path)), list: () => Promise.resolve([]) }, verifierKey: KEY.verifierKey.text, entries: 'doorward' })
  assert.equal(result.kind, 'intact', JSON.stringify(result).slice(0, 400))
})

test('a log that was put back to an earlier state is refused by the signer', async () => {
  const signerDisk = new CrashDisk()
  const parts = await toParts(signerDisk)
  const clock = new TestClock()
  const start = async (disk: CrashDisk, pid: number): ReturnType<typeof openAuditLog> =>
    openAuditLog({ dir: '/log', origin: ORIGIN, key: await connect((line) => answerSigner(line, parts)), clock, fs: disk, processes: { self: { pid, started: '' }, isAlive: () => false } })
  const disk = new CrashDisk()
  await (await start(disk, 1)).close()
  disk.restart({ kind: 'all' })
  const old = disk.copy()
  const log = await start(disk, 2)
  await log.append({ kind: 'alert' })
  await log.close()
  // The same folder as before that run: the signer knows better. At once, or when the sizes have met again.
  await assert.rejects((async () => {
    const back = await start(old, 3)
    try {
      await back.append({ kind: 'alert', other: true })
    } finally {
      await back.close()
    }
  })(), (error: unknown) => error instanceof Error && 'code' in error && (error.code === 'rollback' || error.code === 'fork'))
})

test('a signer that goes away for a moment is asked again, one that stays away ends it', async () => {
  const parts = await toParts()
  let connections = 0
  const connectOnce = (): Promise<Streams> => {
    connections += 1
    if (connections === 2) return Promise.reject(new Error('not there'))
    let asked = 0
    return Promise.resolve(toStreams((line) => asked++ === 1 ? Promise.reject(new Error('gone')) : answerSigner(line, parts)))
  }
  const key = await connectSigner({ connect: connectOnce, clock: systemClock(), origin: ORIGIN, timeoutMs: 5_000 })
  const text = encodeCheckpointText(ORIGIN, new GrowingTree(3).head(3))
  assert.equal((await key.sign(Buffer.from(text))).length, 64)
  assert.equal(connections, 3)
  key.close()
  await assert.rejects(key.sign(Buffer.from(text)), { code: 'signer-failed' })
  await assert.rejects(connectSigner({ connect: () => Promise.reject(new Error('no')), clock: systemClock(), origin: ORIGIN, timeoutMs: 100 }), { code: 'signer-failed' })
})

const WRONG: readonly { readonly name: string; readonly answer: (line: string) => string; readonly code: string }[] = [
  { name: 'the key of another log', answer: () => encodeAnswer({ kind: 'key', key: toSigner('example.org/other', Buffer.alloc(32, 1)).verifierKey }), code: 'key-invalid' },
  { name: 'no key', answer: () => 'conflict 1', code: 'signer-failed' },
  { name: 'nonsense', answer: () => 'nonsense', code: 'signer-failed' },
  { name: 'a line without end', answer: () => 'x'.repeat(100_000), code: 'signer-failed' },
]

for (const { name, answer, code } of WRONG) {
  test(`a signer that answers with ${name} is not used`, async () => {
    await assert.rejects(connect((line) => Promise.resolve(answer(line)), 300), { code })
  })
}

test('a signer that signs something else does not get it published', async () => {
  const key = await connect((line) => Promise.resolve(line === 'key' ? encodeAnswer({ kind: 'key', key: KEY.verifierKey }) : encodeAnswer({ kind: 'signature', signature: Buffer.alloc(64) })))
  await assert.rejects(openAuditLog({ dir: '/log', origin: ORIGIN, key, clock: new TestClock(), fs: new CrashDisk() }), { code: 'recorder-failed' })
})
