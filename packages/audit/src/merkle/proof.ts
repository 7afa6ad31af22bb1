/**
 * Inclusion and consistency proofs: which ranges of leaves a proof names (RFC 6962 §2.1.1, §2.1.2), and checking one (RFC 9162
 * §2.1.3.2, §2.1.4.2, the same proofs with an iterative check). Reading hashes from tiles is not done here.
 */
import { emptyRoot, HASH_BYTES, hashNode } from './hash.ts'
import { isSize, splitPoint, type LeafRange } from './node-range.ts'

/**
 * The ranges whose roots prove that leaf `index` is in the tree of `size` leaves, in proof order.
 * @throws {RangeError} when `index` is not in the tree.
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!isSize(index) || !isSize(size) || index >= size) throw new RangeError(`inclusion: index ${index} in a tree of ${size}`)
  const ranges: LeafRange[] = []
  let begin = 0
  let end = size
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin)
    if (index < middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
    }
  }
  return ranges.reverse() // from the leaf to the root
}

/**
 * The ranges whose roots prove that the tree of `size` leaves extends the one of `oldSize`, in proof order.
 * @throws {RangeError} when `oldSize` is above `size`.
 */
export function consistencyRanges(oldSize: number, size: number): readonly LeafRange[] {
  if (!isSize(oldSize) || !isSize(size) || oldSize > size) throw new RangeError(`consistency: size ${oldSize} in a tree of ${size}`)
  if (oldSize === 0 || oldSize === size) return []
  const ranges: LeafRange[] = []
  let begin = 0
  let end = size
  while (end !== oldSize) {
    const middle = begin + splitPoint(end - begin)
    if (oldSize <= middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
    }
  }
  // The old tree's last subtree; it is the old tree itself, which the verifier has, when nothing lies to its left.
  if (begin > 0) ranges.push({ begin, end })
  return ranges.reverse()
}

/** @returns the root of adjacent subtrees, given from left to right; the empty root for none. */
export function foldNodes(hashes: readonly Buffer[]): Buffer {
  let root: Buffer | undefined
  for (const hash of hashes.toReversed()) root = root === undefined ? hash : hashNode(hash, root)
  return root ?? emptyRoot()
}

/** @returns whether `proof` shows that the leaf with `leafHash` has `index` in the tree of `size` leaves with `root`. */
export function isIncluded(index: number, size: number, leafHash: Buffer, proof: readonly Buffer[], root: Buffer): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false
  if (!areHashes([leafHash, root, ...proof])) return false
  let node = index
  let last = size - 1
  let hash = leafHash
  for (const sibling of proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = hashNode(hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && hash.equals(root)
}

/** @returns whether `proof` shows that the tree `newSize`, `newRoot` starts with the leaves of `oldSize`, `oldRoot`. */
export function isConsistent(oldSize: number, newSize: number, proof: readonly Buffer[], oldRoot: Buffer, newRoot: Buffer): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false
  if (!areHashes([oldRoot, newRoot, ...proof])) return false
  if (oldSize === newSize) return proof.length === 0 && oldRoot.equals(newRoot)
  if (oldSize === 0) return proof.length === 0 && oldRoot.equals(emptyRoot())
  let node = oldSize - 1
  let last = newSize - 1
  while (node % 2 === 1) {
    node = (node - 1) / 2
    last = Math.floor(last / 2)
  }
  // When the old tree is one perfect subtree, its root is the first hash and is not sent.
  const path = node === 0 ? [oldRoot, ...proof] : proof
  const first = path[0]
  if (first === undefined) return false
  let oldHash = first
  let newHash = first
  for (const sibling of path.slice(1)) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      oldHash = hashNode(sibling, oldHash)
      newHash = hashNode(sibling, newHash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      newHash = hashNode(newHash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && oldHash.equals(oldRoot) && newHash.equals(newRoot)
}

function areHashes(hashes: readonly Buffer[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES)
}
