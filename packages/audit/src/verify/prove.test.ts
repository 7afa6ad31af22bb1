import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { parseProof } from '../note/proof-text.ts'
import { toSigner } from '../note/signer.ts'
import { toVerifierKey } from '../note/verifier-key.ts'
import { forge, Gateway, KEY, readEntries, toSource, type Files } from './memory-log.test.ts'
import { checkProof, proveEntry } from './prove.ts'

const VERIFIER_KEY = KEY.verifierKey.text
let files: Files

before(async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 300)
  await log.close()
  files = gateway.files()
})

async function prove(index: number): Promise<{ readonly text: string; readonly entry: Buffer }> {
  const proof = await proveEntry(toSource(files), index)
  return proof.kind === 'malformed' ? assert.fail(proof.reason) : proof
}

test('proves every entry of a log, and each proof checks', async () => {
  const entries = readEntries(files)
  for (const [index, entry] of entries.entries()) {
    const { text } = await prove(index)
    const result = checkProof({ proof: Buffer.from(text), verifierKey: VERIFIER_KEY })
    assert.ok(result.kind === 'included', JSON.stringify(result))
    assert.deepEqual([result.index, result.size, result.entry], [index, entries.length, entry])
  }
})

test('proves entries in trees where tiles of three levels are full', async () => {
  const entries = Array.from({ length: 66_000 }, (_, index) => Buffer.from(`entry ${index}`))
  const source = toSource(await forge(entries))
  for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
    const proof = await proveEntry(source, index)
    assert.ok(proof.kind === 'entry-proof')
    assert.equal(checkProof({ proof: Buffer.from(proof.text), verifierKey: VERIFIER_KEY }).kind, 'included')
  }
})

test('refuses a proof with any byte changed, or cut anywhere', async () => {
  const { text } = await prove(5)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 2
    assert.notEqual(checkProof({ proof: changed, verifierKey: VERIFIER_KEY }).kind, 'included', `byte ${at}`)
    assert.notEqual(checkProof({ proof: bytes.subarray(0, at), verifierKey: VERIFIER_KEY }).kind, 'included', `cut ${at}`)
  }
})

test('refuses the proof of another entry, of another key, and of nothing', async () => {
  const { text } = await prove(5)
  const proof = Buffer.from(text)
  assert.equal(checkProof({ proof, verifierKey: VERIFIER_KEY, entry: (await prove(6)).entry }).kind, 'refused')
  assert.equal(checkProof({ proof, verifierKey: toSigner(KEY.verifierKey.name, Buffer.alloc(32, 2)).verifierKey.text }).kind, 'refused')
  assert.equal(checkProof({ proof }).kind, 'usage')
  assert.equal(checkProof({ proof, policy: Buffer.from('quorum none\n') }).kind, 'usage')
  assert.equal(checkProof({ proof, policy: Buffer.from(`log ${VERIFIER_KEY}\nquorum none\n`) }).kind, 'included')
  const witness = toVerifierKey('w', 'cosignature-v1', toSigner('w', Buffer.alloc(32, 3)).verifierKey.publicKey)
  assert.equal(checkProof({ proof, policy: Buffer.from(`log ${VERIFIER_KEY}\nwitness W ${witness.text}\nquorum W\n`) }).kind, 'quorum')
  const bare = Buffer.from(text.split('\n').filter((line) => !line.startsWith('extra ')).join('\n'))
  assert.equal(checkProof({ proof: bare, verifierKey: VERIFIER_KEY }).kind, 'usage')
  assert.equal(checkProof({ proof: bare, verifierKey: VERIFIER_KEY, entry: (await prove(5)).entry }).kind, 'included')
})

test('makes no proof from a log that does not lead to its head', async () => {
  const source = (change: (copy: Files) => void): ReturnType<typeof toSource> => {
    const copy: Files = new Map(files)
    change(copy)
    return toSource(copy)
  }
  const size = readEntries(files).length
  assert.equal((await proveEntry(toSource(files), size)).kind, 'malformed')
  assert.equal((await proveEntry(source((copy) => copy.delete('checkpoint')), 0)).kind, 'malformed')
  assert.equal((await proveEntry(source((copy) => copy.delete('tile/0/001')), 300)).kind, 'malformed')
  assert.equal((await proveEntry(source((copy) => copy.delete('tile/entries/000')), 0)).kind, 'malformed')
  assert.equal((await proveEntry(source((copy) => copy.set('tile/0/001', Buffer.alloc(8192))), 300)).kind, 'malformed')
})

test('reads the format of C2SP as published', () => {
  const hash = Buffer.alloc(32, 1).toString('base64')
  const note = 'example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n\u2014 example.com/fancylog hI2DJwAAAAA=\n'
  const proof = parseProof(Buffer.from(`c2sp.org/tlog-proof@v1\nextra YQ==\nindex 73894\n${hash}\n${hash}\n\n${note}`))
  assert.ok(proof.kind === 'proof')
  assert.deepEqual([proof.index, proof.path.length, proof.extra?.toString(), proof.checkpoint.size], [73894, 2, 'a', 109482])
  for (const wrong of ['', 'index 01\n', 'index -1\n', `index 1\n${hash}x\n`, `index 1\n${'A'.repeat(40)}\n`, 'extra !\nindex 1\n', 'index 1\nextra YQ==\n']) {
    assert.equal(parseProof(Buffer.from(`c2sp.org/tlog-proof@v1\n${wrong}\n${note}`)).kind, 'malformed', wrong)
  }
})
