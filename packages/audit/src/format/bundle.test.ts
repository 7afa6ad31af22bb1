import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { AuditFault } from '../fault.ts'
import { emptyRoot, hashLeaf } from '../merkle/hash.ts'
import { toTilePath } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import { readVectorJson, vectorTest } from '../vectors.test.ts'
import { decodeBundle, encodeBundle, MAX_ENTRY_BYTES } from './bundle.ts'
import { encodeEntry } from './entry.ts'

const AT = '2026-01-01T00:00:00.000Z'

vectorTest('hashes and bundles entries at the edges of what an entry may be', () => {
  const expected = readVectorJson<{ leaf_hashes_hex: string[]; root_hex_size_6: string; bundle_path: string; bundle_sha256: string; bundle_len: number }>('tiles/entry_edge_cases.json')
  const entries = [Buffer.alloc(0), Buffer.of(0), Buffer.alloc(MAX_ENTRY_BYTES, 'x'), Buffer.from('\u00e9\u20ac\u{1f600}'), Buffer.from('\n\n'), Buffer.from('{}')]
  const bundle = encodeBundle(entries)
  const edge = new TreeEdge()
  for (const [index, entry] of entries.entries()) {
    const leaf = hashLeaf(entry)
    if (index !== 3) assert.equal(leaf.toString('hex'), expected.leaf_hashes_hex[index], `entry ${index}`)
    edge.add(leaf, () => assert.fail('no tile is full'))
  }
  assert.equal(toTilePath({ level: 'entries', n: 0, width: 6 }), expected.bundle_path)
  assert.equal(hashLeaf(Buffer.from('\u00e9\u20ac\u{1f600}')).toString('hex'), expected.leaf_hashes_hex[3])
  assert.equal(edge.root().toString('hex'), expected.root_hex_size_6)
  assert.equal(bundle.length, expected.bundle_len)
  assert.equal(hash('sha256', bundle), expected.bundle_sha256)
})

test('gives back the entries of a bundle, and refuses it cut or lengthened anywhere', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 6 }), (entries) => {
    const bytes = encodeBundle(entries)
    const decoded = decodeBundle(bytes, entries.length)
    assert.equal(decoded.kind, 'bundle')
    if (decoded.kind === 'bundle') assert.deepEqual(decoded.entries.map((entry) => new Uint8Array(entry)), entries)
    for (let cut = 0; cut < bytes.length; cut++) assert.equal(decodeBundle(bytes.subarray(0, cut), entries.length).kind, 'malformed')
    assert.equal(decodeBundle(Buffer.concat([bytes, Buffer.of(0)]), entries.length).kind, 'malformed')
  }), { numRuns: 60 })
})

test('refuses an entry of one byte more than a length of 16 bits can say', () => {
  const empty = encodeEntry({ kind: 'intent', pad: '' }, AT).length
  assert.equal(encodeEntry({ kind: 'intent', pad: 'x'.repeat(MAX_ENTRY_BYTES - empty) }, AT).length, MAX_ENTRY_BYTES)
  assert.throws(() => encodeEntry({ kind: 'intent', pad: 'x'.repeat(MAX_ENTRY_BYTES - empty + 1) }, AT), isFault('entry-too-large'))
  assert.throws(() => encodeBundle([Buffer.alloc(MAX_ENTRY_BYTES + 1)]), RangeError)
})

test('stores an entry as canonical JSON with its version and time', () => {
  assert.equal(encodeEntry({ kind: 'intent', z: 1, b: undefined, a: [null] }, AT).toString('utf8'),
    '{"a":[null],"at":"2026-01-01T00:00:00.000Z","kind":"intent","v":1,"z":1}')
  assert.throws(() => encodeEntry({ kind: 'intent', at: 'x' }, AT), isFault('entry-invalid'))
  assert.throws(() => encodeEntry({ kind: 'intent', v: 2 }, AT), isFault('entry-invalid'))
  assert.throws(() => encodeEntry({ kind: 'intent', x: NaN }, AT), isFault('entry-invalid'))
})

test('has the root of RFC 6962 for no entries', () => {
  assert.equal(emptyRoot().toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AuditFault && error.code === code
}
