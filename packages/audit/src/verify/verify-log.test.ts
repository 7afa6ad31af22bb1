import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EntryBody } from '@doorward/core'
import { encodeBatch, encodeShardHeader } from '../format/wal.ts'
import { toCosignedMessage, encodeCosignature } from '../note/cosignature.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { toSignatureLine } from '../note/signed-note.ts'
import { toSigner } from '../note/signer.ts'
import { toVerifierKey } from '../note/verifier-key.ts'
import { readVectorJson, toVectorPath, vectorTest } from '../vectors.test.ts'
import { forge, Gateway, KEY, ORIGIN, toSource, type Files } from './memory-log.test.ts'
import type { VerifyResult } from './finding.ts'
import { directorySource } from './source.ts'
import { isQuorum, parseTlogPolicy } from './tlog-policy.ts'
import { verifyLog } from './verify-log.ts'

vectorTest('accepts the log of another implementation', async () => {
  const { tessera_testdata } = readVectorJson<{ tessera_testdata: { vkey: string } }>('checkpoint/known_checkpoints.json')
  const source = directorySource(toVectorPath('checkpoint/tessera_testdata/log'))
  const result = await verifyLog({ source, verifierKey: tessera_testdata.vkey, entries: 'opaque' })
  assert.equal(result.kind, 'intact', JSON.stringify(result).slice(0, 600))
  assert.ok('report' in result && result.report.entriesRead === 15)
  const earlier = await source.read('checkpoint.7') ?? assert.fail()
  assert.equal((await verifyLog({ source, verifierKey: tessera_testdata.vkey, entries: 'opaque', pin: earlier })).exitCode, 0)
})

test('reports entries that are durable and not yet signed', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 5)
  const result = await verifyLog({ source: toSource(gateway.files()), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
  assert.equal(result.kind, 'intact', JSON.stringify(result).slice(0, 600))
  assert.ok('report' in result && result.report.tailEntries === 12 && result.report.size === 1)
  await log.close()
})

test('reports an interrupted run and the intent it left open, and is content', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await log.append({ kind: 'session.open', session: 'a', seq: 1 })
  await log.append({ kind: 'intent', session: 'a', seq: 2 })
  gateway.disk.restart({ kind: 'none' })
  const next = await gateway.open()
  await next.close()
  const result = await verifyLog({ source: toSource(gateway.files()), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
  assert.equal(result.kind, 'intact', JSON.stringify(result).slice(0, 600))
  assert.deepEqual('report' in result ? result.report.findings.map(({ code, index }) => [code, index]) : [], [['session-open', undefined], ['intent-open', 2], ['interrupted', 3]])
})

// What a gateway with a fault, or somebody with the key, may have appended; each breaks one rule.
const BROKEN: readonly { readonly name: string; readonly code: string; readonly bodies: readonly EntryBody[] }[] = [
  { name: 'a session that begins in the middle', code: 'sequence-gap', bodies: [{ kind: 'session.open', session: 'a', seq: 2 }] },
  { name: 'a number left out', code: 'sequence-gap', bodies: [{ kind: 'session.open', session: 'a', seq: 1 }, { kind: 'refusal', session: 'a', seq: 3 }] },
  { name: 'a close with another count', code: 'count-differs', bodies: [{ kind: 'session.open', session: 'a', seq: 1 }, { kind: 'session.close', session: 'a', seq: 2, count: 3 }] },
  { name: 'a close before the outcome', code: 'intent-without-outcome', bodies: [{ kind: 'intent', session: 'a', seq: 1 }, { kind: 'session.close', session: 'a', seq: 2, count: 2 }] },
  { name: 'an outcome of nothing', code: 'outcome-without-intent', bodies: [{ kind: 'outcome', session: 'a', seq: 1, intent: 0 }] },
  { name: 'an outcome of another session', code: 'outcome-without-intent', bodies: [{ kind: 'intent', session: 'a', seq: 1 }, { kind: 'outcome', session: 'b', seq: 1, intent: 1 }] },
  { name: 'two outcomes', code: 'outcome-without-intent', bodies: [{ kind: 'intent', session: 'a', seq: 1 }, { kind: 'outcome', session: 'a', seq: 2, intent: 1 }, { kind: 'outcome', session: 'a', seq: 3, intent: 1 }] },
  { name: 'a stop in the middle', code: 'start-differs', bodies: [{ kind: 'audit.stop', reason: 'closed' }, { kind: 'intent' }] },
  { name: 'a start of its own', code: 'start-differs', bodies: [{ kind: 'audit.start', before: 'interrupted', head: { size: 1, root: 'x' } }] },
]

for (const { name, code, bodies } of BROKEN) {
  test(`finds ${name}`, async () => {
    const gateway = new Gateway()
    const log = await gateway.open()
    for (const body of bodies) await log.append(body)
    await log.checkpoint()
    const result = await verifyLog({ source: toSource(gateway.files()), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
    assert.equal(result.exitCode, 1)
    assert.ok(result.kind === 'integrity' && result.first.code === code, JSON.stringify(result).slice(0, 600))
    await log.close()
  })
}

test('asks for the key that was not given, and says when it took the one beside the log', async () => {
  const files = await toClosedLog()
  assert.equal((await verifyLog({ source: toSource(files), entries: 'doorward' })).exitCode, 5)
  files.set('log.vkey', Buffer.from(`${KEY.verifierKey.text}\n`))
  const result = await verifyLog({ source: toSource(files), entries: 'doorward' })
  assert.ok(result.kind === 'intact' && result.report.findings[0]?.code === 'key-from-log')
  for (const wrong of ['', 'x', KEY.verifierKey.text.slice(1)]) {
    assert.equal((await verifyLog({ source: toSource(files), entries: 'doorward', verifierKey: wrong })).exitCode, 5)
  }
})

test('counts cosignatures against the quorum of a policy', async () => {
  const files = await toClosedLog()
  const witnesses = [1, 2, 3].map((n) => toSigner(`witness-${n}`, Buffer.alloc(32, 100 + n)))
  const keys = witnesses.map(({ verifierKey }) => toVerifierKey(verifierKey.name, 'cosignature-v1', verifierKey.publicKey))
  const policy = Buffer.from([
    `log ${KEY.verifierKey.text}`, ...keys.map((key, at) => `witness W${at + 1} ${key.text}`), 'group G 2 W1 W2 W3', 'quorum G', '',
  ].join('\n'))
  const expectExit = async (exitCode: number, note: Files): Promise<void> => {
    const result = await verifyLog({ source: toSource(note), entries: 'doorward', policy })
    assert.equal(result.exitCode, exitCode, JSON.stringify(result).slice(0, 600))
  }
  const cosign = async (from: Files, at: number): Promise<Files> => {
    const bytes = from.get('checkpoint') ?? assert.fail()
    const checkpoint = parseCheckpoint(bytes)
    const [signer, key] = [witnesses[at] ?? assert.fail(), keys[at] ?? assert.fail()]
    assert.ok(checkpoint.kind === 'checkpoint')
    const signature = await signer.sign(toCosignedMessage(checkpoint.note.text, 1_800_000_000))
    return new Map(from).set('checkpoint', Buffer.concat([bytes, Buffer.from(toSignatureLine(key.name, key.id, encodeCosignature(1_800_000_000, signature)))]))
  }
  await expectExit(2, files)
  const one = await cosign(files, 0)
  await expectExit(2, one)
  await expectExit(0, await cosign(one, 2))
  await expectExit(2, await cosign(one, 0))
  const wrong = (await cosign(one, 2)).get('checkpoint')?.toString() ?? ''
  const lines = wrong.split('\n')
  const last = lines[lines.length - 2] ?? ''
  const spoiled = Buffer.from(last.split(' ')[2] ?? '', 'base64')
  spoiled[20] = (spoiled[20] ?? 0) ^ 1
  lines[lines.length - 2] = `\u2014 witness-3 ${spoiled.toString('base64')}`
  await expectExit(1, new Map(files).set('checkpoint', Buffer.from(lines.join('\n'))))
})

vectorTest('evaluates the quorum tables of Sigsum', () => {
  interface Table { groups: string[]; quorum: string; cases: unknown[][] }
  const vectors = readVectorJson<{ table1: Table; table2: Table; valid_vkey_policies: string[] }>('policy/quorum_truth_table.json')
  for (const [table, prefixes] of [[vectors.table1, ['W']], [vectors.table2, ['A', 'B']]] as const) {
    const names = [...new Set(table.groups.join(' ').match(/\b[A-Z][0-9]\b/g))].filter((name) => !table.groups.some((group) => group.startsWith(`${name} `)))
    const lines = [...names.map((name, at) => `witness ${name} ${toVerifierKey(name, 'cosignature-v1', toSigner('x', Buffer.alloc(32, at)).verifierKey.publicKey).text}`), ...table.groups.map((group) => `group ${group}`), `quorum ${table.quorum}`]
    const policy = parseTlogPolicy(Buffer.from(lines.join('\n')))
    assert.ok(policy.kind === 'policy', policy.kind === 'malformed' ? policy.reason : '')
    for (const row of table.cases) {
      const cosigned = new Set(prefixes.flatMap((prefix, at) => (row[at] as number[]).map((number) => `${prefix}${number}`)))
      assert.equal(isQuorum(policy.quorum, cosigned), row.at(-1), JSON.stringify(row))
    }
  }
  for (const text of vectors.valid_vkey_policies) assert.equal(parseTlogPolicy(Buffer.from(text)).kind, 'policy')
})

test('refuses a policy file that says too little, too much, or something twice', () => {
  const [a, b] = [1, 2].map((n) => toVerifierKey(`w${n}`, 'cosignature-v1', toSigner('x', Buffer.alloc(32, n)).verifierKey.publicKey).text)
  const log = KEY.verifierKey.text
  const good = [`log ${log} https://${ORIGIN}`, `witness A ${a}`, `\twitness  B ${b} https://b.example `, '# comment', '', 'group G any A B', 'quorum G']
  assert.equal(parseTlogPolicy(Buffer.from(good.join('\n'))).kind, 'policy')
  assert.equal(parseTlogPolicy(Buffer.from('quorum none\n')).kind, 'policy')
  const refused: Record<string, readonly string[]> = {
    'no quorum': good.slice(0, -1),
    'two quorums': [...good, 'quorum A'],
    'form feed': [...good, '# \f'],
    'delete': [...good, '# \x7f'],
    'carriage return': good.map((line) => `${line}\r`),
    'later name': ['group G any A', `witness A ${a}`, 'quorum G'],
    'member twice': [`witness A ${a}`, 'group G any A A', 'quorum G'],
    'member of two groups': [`witness A ${a}`, 'group G any A', 'group H any A', 'quorum G'],
    'threshold 0': [`witness A ${a}`, 'group G 0 A', 'quorum G'],
    'threshold above members': [`witness A ${a}`, 'group G 2 A', 'quorum G'],
    'threshold with a sign': [`witness A ${a}`, 'group G +1 A', 'quorum G'],
    'same witness key': [`witness A ${a}`, `witness B ${a}`, 'quorum A'],
    'same log key': [`log ${log}`, `log ${log}`, 'quorum none'],
    'empty group': ['group G any', 'quorum none'],
    'none as member': ['group G any none', 'quorum none'],
    'none as name': [`witness none ${a}`, 'quorum none'],
    'name twice': [`witness A ${a}`, `witness A ${b}`, 'quorum A'],
    'log with a witness key': [`log ${a}`, 'quorum none'],
    'unknown word': ['witnesses A', 'quorum none'],
    'too many words': [`log ${log} https://a b`, 'quorum none'],
  }
  for (const [name, lines] of Object.entries(refused)) assert.equal(parseTlogPolicy(Buffer.from(lines.join('\n'))).kind, 'malformed', name)
})

test('checks the tiles between the root and the leaves of a large log', async () => {
  const files = await forge(Array.from({ length: 66_000 }, (_, index) => Buffer.from(`entry ${index}`)))
  const verify = (): Promise<VerifyResult> => verifyLog({ source: toSource(files), verifierKey: KEY.verifierKey.text, entries: 'opaque' })
  assert.equal((await verify()).exitCode, 0)
  const tile = Buffer.from(files.get('tile/1/000') ?? assert.fail())
  tile[4000] = (tile[4000] ?? 0) ^ 1
  files.set('tile/1/000', tile)
  const result = await verify()
  assert.ok(result.kind === 'integrity' && result.first.code === 'tile-changed' && result.first.path === 'tile/1/000', JSON.stringify(result).slice(0, 600))
})

test('refuses to hold a log against the checkpoint of another', async () => {
  const entries = [Buffer.from('a'), Buffer.from('b')]
  const files = await forge(entries, KEY, 'example.org/one')
  const pin = (await forge(entries, KEY, 'example.org/two')).get('checkpoint') ?? assert.fail()
  const result = await verifyLog({ source: toSource(files), verifierKey: KEY.verifierKey.text, entries: 'opaque', pin })
  assert.ok(result.kind === 'integrity' && result.first.code === 'origin-differs')
  const ours = await verifyLog({ source: toSource(await toClosedLog()), verifierKey: KEY.verifierKey.text, entries: 'doorward', pin })
  assert.equal(ours.exitCode, 5)
})

test('says where heartbeats were missing', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  // The clock jumps without its timers, as when a machine sleeps.
  gateway.clock.skip(3_600_000)
  await log.append({ kind: 'alert' })
  await log.close()
  const result = await verifyLog({ source: toSource(gateway.files()), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
  assert.ok(result.kind === 'intact')
  assert.deepEqual(result.report.findings.map(({ code, index }) => [code, index]), [['heartbeat-gap', 1]])
})

test('lets a closed session end its numbers', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  for (let time = 0; time < 2; time++) {
    await log.append({ kind: 'session.open', session: 'a', seq: 1 })
    await log.append({ kind: 'session.close', session: 'a', seq: 2, count: 2 })
  }
  await log.close()
  const result = await verifyLog({ source: toSource(gateway.files()), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
  assert.ok(result.kind === 'intact' && result.report.findings.length === 0, JSON.stringify(result).slice(0, 600))
})

test('reads the stop of a full disk in place of the batch that failed', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  // The write arrives whole, then its datasync fails: the entry is on disk, and nobody was told.
  gateway.disk.arm({ kind: 'fail-after', at: 1, code: 'ENOSPC' })
  await assert.rejects(log.append({ kind: 'intent' }), { code: 'disk-full' })
  await log.close()
  const result = await verifyLog({ source: toSource(gateway.files()), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
  assert.ok(result.kind === 'intact' && result.report.tailEntries === 1, JSON.stringify(result).slice(0, 600))
})

test('misses entries between two shards of the write-ahead log', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await log.append({ kind: 'alert' })
  const files = gateway.files()
  files.set('wal/000000000009.wal', Buffer.concat([encodeShardHeader(ORIGIN, 9, 4), encodeBatch(4, [Buffer.from('{}')])]))
  const result = await verifyLog({ source: toSource(files), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
  assert.ok(result.kind === 'integrity' && result.first.code === 'wal-damaged' && result.first.index === 2, JSON.stringify(result).slice(0, 600))
  await log.close()
})

async function toClosedLog(): Promise<Files> {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 3)
  await log.close()
  return gateway.files()
}
