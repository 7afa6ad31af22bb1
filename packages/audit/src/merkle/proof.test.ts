import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readVector, readVectorJson, vectorTest } from '../vectors.test.ts'
import { hashLeaf, hashNode } from './hash.ts'
import { splitPoint, toNodes, type LeafRange } from './node-range.ts'
import { consistencyRanges, foldNodes, inclusionRanges, isConsistent, isIncluded } from './proof.ts'
import { TreeEdge } from './tree-edge.ts'

/** RFC 6962 §2.1 word for word: what everything faster is held against. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const first = leaves[0]
  if (first === undefined) return foldNodes([])
  if (leaves.length === 1) return first
  const k = splitPoint(leaves.length)
  return hashNode(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)))
}

function toHashes(leaves: readonly Buffer[], ranges: readonly LeafRange[]): readonly Buffer[] {
  return ranges.map((range) => foldNodes(toNodes(range).map(({ level, index }) => treeHash(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)))))
}

vectorTest('computes the roots, paths and proofs of the reference tree', () => {
  const tree = readVectorJson<{
    inputs_hex: string[]; roots_hex_size_1_to_8: string[]
    inclusion_paths: { leaf_1based: number; tree_size: number; path: string[] }[]
    consistency_proofs: { size1: number; size2: number; proof: string[] }[]
  }>('rfc6962/reference_tree_8.json')
  const leaves = tree.inputs_hex.map((hex) => hashLeaf(Buffer.from(hex, 'hex')))
  const edge = new TreeEdge()
  for (const [index, leaf] of leaves.entries()) {
    edge.add(leaf, () => assert.fail('no tile is full'))
    assert.equal(edge.root().toString('hex'), tree.roots_hex_size_1_to_8[index])
  }
  for (const { leaf_1based, tree_size, path } of tree.inclusion_paths) {
    if (leaf_1based === 0) continue
    assert.deepEqual(toHashes(leaves, inclusionRanges(leaf_1based - 1, tree_size)).map((hash) => hash.toString('hex')), path)
  }
  for (const { size1, size2, proof } of tree.consistency_proofs) {
    assert.deepEqual(toHashes(leaves, consistencyRanges(size1, size2)).map((hash) => hash.toString('hex')), proof)
  }
})

vectorTest('accepts and refuses the probes of transparency-dev', () => {
  let probes = 0
  for (const line of readVector('rfc6962/probes_inclusion.ndjson').toString('utf8').trim().split('\n')) {
    const probe = JSON.parse(line) as { desc: string; leafHash: string; leafIdx: number; proof: string[] | null; root: string; treeSize: number; wantErr: boolean }
    const answer = isIncluded(probe.leafIdx, probe.treeSize, toBytes(probe.leafHash), (probe.proof ?? []).map(toBytes), toBytes(probe.root))
    assert.equal(answer, !probe.wantErr, probe.desc)
    probes++
  }
  for (const line of readVector('rfc6962/probes_consistency.ndjson').toString('utf8').trim().split('\n')) {
    const probe = JSON.parse(line) as { desc: string; proof: string[] | null; root1: string; root2: string; size1: number; size2: number; wantErr: boolean }
    const answer = isConsistent(probe.size1, probe.size2, (probe.proof ?? []).map(toBytes), toBytes(probe.root1), toBytes(probe.root2))
    // One probe has equal "roots" that are no hashes; we ask for 32 bytes everywhere.
    assert.equal(answer, !probe.wantErr && toBytes(probe.root1).length === 32, probe.desc)
    probes++
  }
  assert.ok(probes > 190)
})

test('proves every leaf and every older tree of trees up to 70 leaves, and nothing with a bit changed', () => {
  const leaves = Array.from({ length: 70 }, (_, index) => hashLeaf(Buffer.from(`leaf ${index}`)))
  for (let size = 1; size <= leaves.length; size++) {
    const root = treeHash(leaves.slice(0, size))
    for (let index = 0; index < size; index++) {
      const proof = toHashes(leaves, inclusionRanges(index, size))
      const leaf = leaves[index] ?? Buffer.alloc(0)
      assert.ok(isIncluded(index, size, leaf, proof, root))
      assert.ok(!isIncluded(index, size, flip(leaf), proof, root))
      assert.ok(!isIncluded(index, size, leaf, proof, flip(root)))
      assert.ok(!isIncluded(index, size, leaf, [...proof, root], root))
      if (proof.length > 0) assert.ok(!isIncluded(index, size, leaf, proof.slice(1), root))
    }
    for (let old = 0; old <= size; old++) {
      const oldRoot = treeHash(leaves.slice(0, old))
      const proof = toHashes(leaves, consistencyRanges(old, size))
      assert.ok(isConsistent(old, size, proof, oldRoot, root), `${old} in ${size}`)
      assert.ok(!isConsistent(old, size, proof, flip(oldRoot), root))
      assert.ok(!isConsistent(old, size, [...proof, root], oldRoot, root))
      if (old > 0) assert.ok(!isConsistent(old, size, proof, oldRoot, flip(root)))
    }
  }
})

test('refuses a proof longer than the tree is high, though it leads to the root', () => {
  const [leaf, other] = [hashLeaf(Buffer.from('a')), hashLeaf(Buffer.from('b'))]
  assert.ok(!isIncluded(0, 1, leaf, [other], hashNode(other, leaf)))
  assert.ok(!isIncluded(0, 1, leaf, [other], hashNode(leaf, other)))
  assert.ok(!isIncluded(1, 2, leaf, [other, other], hashNode(other, hashNode(other, leaf))))
})

test('counts beyond 2^32 without losing bits', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 50 }), fc.nat({ max: 2 ** 30 }), (size, back) => {
    const index = Math.max(0, size - 1 - back)
    const ranges = inclusionRanges(index, size)
    // The ranges and the leaf add up to the tree, each range being whole subtrees; then walking up the path ends at the root.
    assert.equal(ranges.reduce((sum, { begin, end }) => sum + (end - begin), 1), size)
    const proof = ranges.map(({ begin, end }) => hashLeaf(Buffer.from(`${begin}-${end}`)))
    let root = hashLeaf(Buffer.from('leaf'))
    let begin = index
    for (const [position, range] of ranges.entries()) {
      const sibling = proof[position] ?? Buffer.alloc(0)
      root = range.begin < begin ? hashNode(sibling, root) : hashNode(root, sibling)
      begin = Math.min(begin, range.begin)
    }
    assert.ok(isIncluded(index, size, hashLeaf(Buffer.from('leaf')), proof, root))
  }))
  assert.equal(splitPoint(2 ** 40 + 1), 2 ** 40)
  assert.equal(splitPoint(2 ** 40), 2 ** 39)
  assert.deepEqual(toNodes({ begin: 2 ** 33, end: 2 ** 33 + 3 }), [{ level: 1, index: 2 ** 32 }, { level: 0, index: 2 ** 33 + 2 }])
})

function toBytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

function flip(hash: Buffer): Buffer {
  const copy = Buffer.from(hash)
  copy[5] = (copy[5] ?? 0) ^ 4
  return copy
}
