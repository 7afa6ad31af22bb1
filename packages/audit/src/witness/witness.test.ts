import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { CrashDisk } from '../log/crash-disk.test.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { toSigner } from '../note/signer.ts'
import { parseVerifierKey, type VerifierKey } from '../note/verifier-key.ts'
import { readVectorJson, vectorTest } from '../vectors.test.ts'
import { forge } from '../verify/memory-log.test.ts'
import { encodeAddCheckpoint, MAX_REQUEST_BYTES, parseAddCheckpoint } from './add-checkpoint.ts'
import { HeadLedger } from './head-ledger.ts'
import { createWitnessServer } from './witness-server.ts'
import { Witness } from './witness.ts'

const LOG = toSigner('example.org/log', Buffer.alloc(32, 31))

function toKey(vkey: string): VerifierKey {
  const key = parseVerifierKey(vkey)
  assert.ok(key.kind === 'verifier-key')
  return key
}

async function toWitness(logs: readonly VerifierKey[], disk = new CrashDisk(), name = 'example.com/witness'): Promise<Witness> {
  const ledger = await HeadLedger.open(disk, '/witness', { self: { pid: 1, started: '' }, isAlive: () => false })
  return new Witness({ key: toSigner(name, Buffer.alloc(32, 32)), logs, ledger, nowMs: () => 1_800_000_000_500 })
}

vectorTest('answers the conversation of another implementation\'s tests', async () => {
  const vectors = readVectorJson<{ log_vkey: string; witness_name: string; steps: { request_body: string; status: number; body_assert: string; spec_note?: string }[] }>('witness/add_checkpoint_sequence.json')
  const witness = await toWitness([toKey(vectors.log_vkey)], new CrashDisk(), vectors.witness_name)
  for (const [number, step] of vectors.steps.entries()) {
    const { status, body, contentType } = await witness.addCheckpoint(Buffer.from(step.request_body))
    // The vectors' witness answers 403 for a log it does not know; C2SP tlog-witness has come to say 404.
    assert.equal(status, step.spec_note === undefined ? step.status : 404, `step ${number + 1}: ${body}`)
    const [, contained, whole] = /^body contains "(.*)"$|^body == "(.*)"$/.exec(step.body_assert) ?? []
    if (contained !== undefined) assert.ok(body.includes(contained), `step ${number + 1}: ${body}`)
    if (whole !== undefined) {
      assert.equal(body, whole.replace('\\n', '\n'))
      assert.equal(contentType, 'text/x.tlog.size')
    }
  }
})

test('a request reads back as it was written', async () => {
  const note = (await forge([Buffer.from('a')], LOG, LOG.verifierKey.name)).get('checkpoint') ?? assert.fail()
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))
  fc.assert(fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), (oldSize, proof) => {
    const read = parseAddCheckpoint(encodeAddCheckpoint(oldSize, proof, note))
    assert.ok(read.kind === 'add-checkpoint')
    assert.deepEqual([read.oldSize, read.proof, read.note], [oldSize, proof, note])
  }))
  const whole = encodeAddCheckpoint(7, [Buffer.alloc(32)], note)
  for (let length = 0; length < whole.length; length++) assert.notEqual(parseAddCheckpoint(whole.subarray(0, length)).kind, 'add-checkpoint', `${length}`)
  for (const wrong of ['old 01', 'old -1', 'new 1', 'old', 'old 1 ']) assert.equal(parseAddCheckpoint(Buffer.concat([Buffer.from(`${wrong}\n\n`), note])).kind, 'malformed', wrong)
  assert.equal(parseAddCheckpoint(encodeAddCheckpoint(7, Array<Buffer>(64).fill(Buffer.alloc(32)), note)).kind, 'malformed')
  assert.equal(parseAddCheckpoint(encodeAddCheckpoint(7, [Buffer.alloc(31)], note)).kind, 'malformed')
})

test('a witness that cannot store does not cosign', async () => {
  const disk = new CrashDisk()
  const witness = await toWitness([LOG.verifierKey], disk)
  const note = (await forge([Buffer.from('a')], LOG, LOG.verifierKey.name)).get('checkpoint') ?? assert.fail()
  disk.arm({ kind: 'fail', at: 1, code: 'EIO' })
  for (let time = 0; time < 2; time++) assert.equal((await witness.addCheckpoint(encodeAddCheckpoint(0, [], note))).status, 500)
})

test('what it cosigned it remembers after a restart', async () => {
  const disk = new CrashDisk()
  const [one, other] = await Promise.all(['a', 'b'].map(async (text) => (await forge([Buffer.from(text)], LOG, LOG.verifierKey.name)).get('checkpoint') ?? assert.fail()))
  assert.ok(one !== undefined && other !== undefined)
  assert.equal((await (await toWitness([LOG.verifierKey], disk)).addCheckpoint(encodeAddCheckpoint(0, [], one))).status, 200)
  disk.restart({ kind: 'all' })
  const again = await toWitness([LOG.verifierKey], disk)
  const { status, body } = await again.addCheckpoint(encodeAddCheckpoint(0, [], other))
  assert.deepEqual([status, body], [409, '1\n'])
  // The same size and another root: two histories of one log.
  assert.equal((await again.addCheckpoint(encodeAddCheckpoint(1, [], other))).status, 409)
  assert.equal((await again.addCheckpoint(encodeAddCheckpoint(1, [], one))).status, 200)
})

test('speaks HTTP', async () => {
  const witness = await toWitness([LOG.verifierKey])
  const server = createWitnessServer(witness, '/w1')
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const note = (await forge([Buffer.from('a')], LOG, LOG.verifierKey.name)).get('checkpoint') ?? assert.fail()
    const post = (body: Buffer): Promise<Response> => fetch(`${base}/w1/add-checkpoint`, { method: 'POST', body })
    const answer = await post(encodeAddCheckpoint(0, [], note))
    assert.equal(answer.status, 200)
    assert.equal(parseCheckpoint(Buffer.concat([note, Buffer.from(await answer.text())])).kind, 'checkpoint')
    assert.equal((await post(Buffer.from('nonsense'))).status, 400)
    assert.equal((await post(Buffer.alloc(MAX_REQUEST_BYTES + 1))).status, 413)
    assert.equal((await fetch(`${base}/w1/add-checkpoint`)).status, 405)
    assert.equal((await fetch(`${base}/add-checkpoint`, { method: 'POST', body: 'x' })).status, 404)
    assert.equal(await (await fetch(`${base}/w1/`)).text(), `${witness.verifierKey.text}\n`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => { server.close(resolve) })
  }
})
