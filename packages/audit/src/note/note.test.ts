import assert from 'node:assert/strict'
import { createPrivateKey, sign } from 'node:crypto'
import { test } from 'node:test'
import { hashLeaf } from '../merkle/hash.ts'
import { readVectorJson, vectorTest } from '../vectors.test.ts'
import { encodeCheckpointText, parseCheckpoint, parseCheckpointText } from './checkpoint.ts'
import { encodeCosignature, toCosignedMessage, verifyCosignature } from './cosignature.ts'
import { checkNote, isTextSigned, parseNote, toSignatureLine, type NoteCheck } from './signed-note.ts'
import { encodeSignerKey, parseSignerKey, toSigner } from './signer.ts'
import { parseVerifierKey, toVerifierKey, type VerifierKey } from './verifier-key.ts'

interface SumdbVectors {
  skey: string
  vkeys: { peter: string; enoch: string }
  text: string
  signed_by_peter: string
  bad_vkeys: string[]
  cases: { name: string; msg?: string; verifiers?: string[]; expect: string; verified?: string[]; unverified?: string[] }[]
}

vectorTest('signs and checks the notes of Go sumdb', async () => {
  const vectors = readVectorJson<SumdbVectors>('note/sumdb_note.json')
  const signer = parseSignerKey(vectors.skey)
  assert.ok('sign' in signer)
  assert.equal(signer.verifierKey.text, vectors.vkeys.peter)
  const signature = await signer.sign(Buffer.from(vectors.text))
  assert.equal(`${vectors.text}\n${toSignatureLine(signer.verifierKey.name, signer.verifierKey.id, signature)}`, vectors.signed_by_peter)
  const keys = new Map([['peter', requireKey(vectors.vkeys.peter)], ['enoch', requireKey(vectors.vkeys.enoch)]])
  assert.ok(vectors.cases.length > 5)
  for (const { name, msg, verifiers, expect, verified } of vectors.cases) {
    if (msg === undefined) continue
    const known = (verifiers ?? ['peter', 'enoch']).map((key) => keys.get(key) ?? assert.fail(key))
    const found = openNote(msg, known)
    assert.equal(found.result, expect.split(' ')[0], `${name}: ${found.reason}`)
    if (verified !== undefined) assert.deepEqual(found.verified, verified, name)
  }
})

function openNote(text: string, keys: readonly VerifierKey[]): { result: string; reason: string; verified: string[] } {
  const note = parseNote(Buffer.from(text, 'utf8'))
  if (note.kind === 'malformed') return { result: 'malformed', reason: note.reason, verified: [] }
  const check: NoteCheck = checkNote(note, keys, isTextSigned)
  if (check.kind === 'bad-signature') return { result: 'invalid-signature', reason: check.id, verified: [] }
  const verified = check.verified.map(({ key }) => key.name)
  return { result: verified.length > 0 ? 'ok' : 'unverified', reason: '', verified }
}

vectorTest('refuses every verifier key that was cut or changed', () => {
  const { vkeys, bad_vkeys } = readVectorJson<SumdbVectors>('note/sumdb_note.json')
  for (const text of bad_vkeys) assert.equal(parseVerifierKey(text).kind, 'malformed')
  for (let begin = 0; begin < vkeys.peter.length; begin++) {
    for (let end = begin; end <= vkeys.peter.length; end++) {
      if (end - begin < vkeys.peter.length) assert.equal(parseVerifierKey(vkeys.peter.slice(begin, end)).kind, 'malformed')
    }
  }
  for (let at = 0; at < vkeys.peter.length; at++) {
    const changed = Buffer.from(vkeys.peter)
    changed[at] = (changed[at] ?? 0) + 1
    assert.equal(parseVerifierKey(changed.toString('latin1')).kind, 'malformed', `byte ${at}`)
  }
})

vectorTest('reads the examples of C2SP', () => {
  const { verifiable, parse_only } = readVectorJson<{ verifiable: { vkey: string; msg: string }[]; parse_only: { msg: string; origin: string; size: number; root_b64: string; log_key_id_hex: string; cosig: { name: string; key_id_hex: string; timestamp: number } }[] }>('note/c2sp_examples.json')
  for (const { vkey, msg } of verifiable) assert.equal(openNote(msg, [requireKey(vkey)]).result, 'ok')
  for (const { msg, origin, size, root_b64, log_key_id_hex, cosig } of parse_only) {
    const checkpoint = parseCheckpoint(Buffer.from(msg))
    assert.ok(checkpoint.kind === 'checkpoint')
    assert.deepEqual([checkpoint.origin, checkpoint.size, checkpoint.root.toString('base64')], [origin, size, root_b64])
    const [log, witness] = checkpoint.note.signatures
    assert.equal(log?.id, log_key_id_hex)
    assert.deepEqual([witness?.name, witness?.id], [cosig.name, cosig.key_id_hex])
    assert.equal(Number(witness?.signature.readBigUInt64BE(0)), cosig.timestamp)
  }
})

vectorTest('checks real checkpoints and refuses malformed ones', () => {
  const vectors = readVectorJson<{
    live_sumdb: { vkey: string; origin: string; msg: string }
    tessera_testdata: { vkey: string; checkpoints_size_0_to_15: string[] }
    go_tlog_format_tree: { record: string; size: number; expect: string }
    malformed_bodies: string[]
  }>('checkpoint/known_checkpoints.json')
  assert.equal(openNote(vectors.live_sumdb.msg, [requireKey(vectors.live_sumdb.vkey)]).result, 'ok')
  for (const [size, text] of vectors.tessera_testdata.checkpoints_size_0_to_15.entries()) {
    assert.equal(openNote(text, [requireKey(vectors.tessera_testdata.vkey)]).result, 'ok')
    const checkpoint = parseCheckpoint(Buffer.from(text))
    assert.ok(checkpoint.kind === 'checkpoint' && checkpoint.size === size)
    assert.equal(encodeCheckpointText(checkpoint.origin, checkpoint), checkpoint.note.text)
  }
  const { record, size, expect } = vectors.go_tlog_format_tree
  assert.equal(encodeCheckpointText('go.sum database tree', { size, root: hashLeaf(Buffer.from(record)) }), expect)
  for (const text of vectors.malformed_bodies) assert.equal(parseCheckpointText(text).kind, 'malformed', JSON.stringify(text))
})

vectorTest('checks real cosignatures, and none with a bit changed', () => {
  const { vectors } = readVectorJson<{ vectors: { vkey: string; checkpoint_with_cosignature: string; timestamp: number }[] }>('cosignature/ed25519_v1.json')
  for (const { vkey, checkpoint_with_cosignature, timestamp } of vectors) {
    const key = requireKey(vkey)
    const note = parseNote(Buffer.from(checkpoint_with_cosignature))
    assert.ok(note.kind === 'note')
    const line = note.signatures.find(({ id }) => id === key.id) ?? assert.fail('no line of this witness')
    assert.equal(verifyCosignature(note.text, key, line.signature), timestamp)
    for (let at = 0; at < line.signature.length; at++) {
      const changed = Buffer.from(line.signature)
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.equal(verifyCosignature(note.text, key, changed), undefined)
    }
    assert.equal(verifyCosignature(note.text.replace('300', '301'), key, line.signature), undefined)
    assert.equal(isTextSigned(note.text, key, line.signature), false)
  }
})

vectorTest('signs as RFC 8032 does', async () => {
  const { vectors } = readVectorJson<{ vectors: { seed: string; public: string; msg: string; sig: string }[] }>('ed25519/rfc8032.json')
  for (const vector of vectors) {
    // The first seed of the file has lost a digit; a seed of 31 bytes is refused.
    const seed = Buffer.from(vector.seed, 'hex')
    if (vector.seed.length !== 64) {
      assert.throws(() => toSigner('x', seed), RangeError)
      continue
    }
    const signer = toSigner('x', seed)
    assert.equal(signer.verifierKey.publicKey.toString('hex'), vector.public)
    const signature = await signer.sign(Buffer.from(vector.msg, 'hex'))
    assert.equal(Buffer.from(signature).toString('hex'), vector.sig)
  }
})

vectorTest('accepts no signature under a key of small order', () => {
  // A verifier key of small order would accept signatures that nobody made; such keys must not be read at all.
  const vectors = readVectorJson<{ key: string; sig: string; msg: string; flags: string[] | null }[]>('ed25519/cctv_ed25519vectors.json')
  const small = new Set(vectors.filter(({ flags }) => flags?.includes('low_order_A')).map(({ key }) => key))
  assert.ok(small.size > 4)
  for (const key of small) {
    assert.equal(parseVerifierKey(toVerifierKey('x', 'ed25519', Buffer.from(key, 'hex')).text).kind, 'malformed', key)
  }
  for (const { key, sig, msg, flags } of vectors) {
    if (flags !== null && flags.some((flag) => flag.startsWith('low_order_A') || flag.startsWith('non_canonical'))) continue
    const answer = toVerifierKey('x', 'ed25519', Buffer.from(key, 'hex')).isSigned(Buffer.from(msg), Buffer.from(sig, 'hex'))
    if (flags === null) assert.ok(answer)
  }
})

test('splits a note at its last empty line', () => {
  const signer = toSigner('a', Buffer.alloc(32, 1))
  const line = toSignatureLine('a', signer.verifierKey.id, Buffer.alloc(64))
  const note = parseNote(Buffer.from(`one\n\ntwo\n\n${line}`))
  assert.ok(note.kind === 'note')
  assert.equal(note.text, 'one\n\ntwo\n')
})

test('counts a key once, by its first signature, as Go does', async () => {
  const signer = toSigner('a', Buffer.alloc(32, 1))
  const { verifierKey } = signer
  const good = toSignatureLine('a', verifierKey.id, await signer.sign(Buffer.from('text\n')))
  const bad = toSignatureLine('a', verifierKey.id, Buffer.alloc(64))
  assert.deepEqual(openNote(`text\n\n${good}${bad}${good}`, [verifierKey]), { result: 'ok', reason: '', verified: ['a'] })
  assert.equal(openNote(`text\n\n${bad}${good}`, [verifierKey]).result, 'invalid-signature')
})

test('refuses a note cut anywhere in its signature', async () => {
  const signer = toSigner('a', Buffer.alloc(32, 1))
  const whole = Buffer.from(`text\n\n${toSignatureLine('a', signer.verifierKey.id, await signer.sign(Buffer.from('text\n')))}`)
  assert.equal(openNote(whole.toString(), [signer.verifierKey]).result, 'ok')
  for (let cut = 0; cut < whole.length; cut++) {
    assert.notEqual(openNote(whole.subarray(0, cut).toString('latin1'), [signer.verifierKey]).result, 'ok', `byte ${cut}`)
  }
})

test('reads back a signer key and a cosignature of its own', () => {
  const seed = Buffer.alloc(32, 9)
  const signer = parseSignerKey(encodeSignerKey('example.org/log', seed))
  assert.ok('sign' in signer)
  assert.equal(signer.verifierKey.name, 'example.org/log')
  assert.equal('kind' in parseSignerKey(encodeSignerKey('example.org/log', seed).replace('example', 'exampel')), true)
  const key = toVerifierKey('w', 'cosignature-v1', signer.verifierKey.publicKey)
  const privateKey = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' })
  const cosignature = encodeCosignature(1_800_000_000, sign(null, toCosignedMessage('text\n', 1_800_000_000), privateKey))
  assert.equal(verifyCosignature('text\n', key, cosignature), 1_800_000_000)
})

function requireKey(text: string): VerifierKey {
  const key = parseVerifierKey(text)
  if (key.kind === 'malformed') assert.fail(key.reason)
  return key
}
