/**
 * Reads every bundle under the head, hashes every entry, and holds the hashes against the signed tiles. Where they differ it says which
 * entry, and what was done to it where that can be told.
 */
import { readEntries } from '../format/bundle.ts'
import { HASH_BYTES, writeLeafHash } from '../merkle/hash.ts'
import { TILE_WIDTH, tileRoot, toTilePath } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import type { TreeHead } from '../note/checkpoint.ts'
import { findDifference, type Difference } from './change.ts'
import type { Change, Findings } from './finding.ts'
import type { LogSource } from './source.ts'
import { readTile, type StoredTree } from './stored-tree.ts'

/** Bundles read ahead. */
const READ_AHEAD = 8

export interface WalkPorts {
  /** Called for each entry, in order. @param leafHash its own. @param root the root over the entries before it. */
  readonly onEntry: (index: number, bytes: Buffer, leafHash: () => Buffer, root: () => Buffer) => void
}

export interface Walk {
  /** The tree over the entries as found; undefined when some were missing. */
  readonly edge: TreeEdge | undefined
  readonly entriesRead: number
}

interface BundleFiles {
  readonly n: number
  readonly width: number
  readonly entries: { readonly path: string; readonly bytes: Buffer; readonly full: boolean } | undefined
  readonly tile: { readonly path: string; readonly bytes: Buffer; readonly full: boolean } | undefined
}

export async function walkEntries(source: LogSource, head: TreeHead, stored: StoredTree, findings: Findings, ports: WalkPorts): Promise<Walk> {
  const edge = new TreeEdge()
  let entriesRead = 0
  let whole = true
  let shifted: Change | undefined
  for await (const files of readAhead(source, head.size)) {
    const first = files.n * TILE_WIDTH
    const entries = takeEntries(files, findings)
    const leaves = Buffer.allocUnsafe(entries.length * HASH_BYTES)
    for (const [offset, entry] of entries.entries()) writeLeafHash(entry, leaves, offset * HASH_BYTES)
    // After a gap an index would mean nothing; what is more than the head covers was inserted, and is found below.
    if (entries.length < files.width) whole = false
    const readable = whole ? files.width : 0
    for (let offset = 0; offset < readable; offset++) {
      const entry = entries[offset]
      if (entry === undefined) break
      ports.onEntry(first + offset, entry, () => leaves.subarray(offset * HASH_BYTES, (offset + 1) * HASH_BYTES), () => edge.rootWith(leaves.subarray(0, offset * HASH_BYTES)))
    }
    entriesRead += readable
    const root = leaves.length === TILE_WIDTH * HASH_BYTES ? tileRoot(leaves) : undefined
    if (whole) addLeaves(edge, leaves.subarray(0, files.width * HASH_BYTES), root)
    const change = compare(files, leaves, root, stored, shifted, findings)
    shifted = change === 'deleted' || change === 'inserted' ? change : undefined
  }
  return { edge: whole ? edge : undefined, entriesRead }
}

function addLeaves(edge: TreeEdge, leaves: Buffer, root: Buffer | undefined): void {
  if (root !== undefined && leaves.length === TILE_WIDTH * HASH_BYTES) edge.addTile(root)
  else for (const leaf of toHashes(leaves)) edge.add(leaf, () => undefined)
}

/**
 * @param found the leaf hashes of the entries found, @param root and their root where they are 256.
 * @returns what was done to this bundle's entries; a shift that an earlier bundle began is not reported again.
 */
function compare(files: BundleFiles, found: Buffer, root: Buffer | undefined, stored: StoredTree, shifted: Change | undefined, findings: Findings): Change | undefined {
  const { n, width, tile, entries } = files
  const signed = width === TILE_WIDTH ? stored.signedHash(1, n) : undefined
  const isFoundSigned = width === TILE_WIDTH ? signed !== undefined && root?.equals(signed) === true : stored.signedLeaves?.equals(found) === true
  const leafTile = tile?.bytes.subarray(0, width * HASH_BYTES)
  if (isFoundSigned) {
    if (tile !== undefined && leafTile?.equals(found) !== true) {
      findings.add('integrity', 'tile-changed', 'the tile is not the one signed; its entries are', { index: n * TILE_WIDTH, path: tile.path })
    }
    return undefined
  }
  if (entries === undefined) return undefined
  const leaves = toHashes(found)
  const difference = leafTile === undefined ? undefined : findDifference(toHashes(leafTile), leaves)
  if (difference === undefined) {
    // Entries and level 0 tile agree with each other; whether with the signature, the level above has to say, where it is known.
    if ((width === TILE_WIDTH ? signed : stored.signedLeaves) !== undefined) {
      findings.add('integrity', 'entry-changed', `entries ${n * TILE_WIDTH} to ${n * TILE_WIDTH + width - 1}: bundle and tile were both changed`, { index: n * TILE_WIDTH, path: entries.path })
    }
    return undefined
  }
  const isTileSigned = leafTile !== undefined && isSignedTile(leafTile, width, signed, stored)
  if (shifted !== difference.change) report(files, leaves, difference, isTileSigned, findings)
  return difference.change
}

function report(files: BundleFiles, leaves: readonly Buffer[], { position, change }: Difference, isTileSigned: boolean, findings: Findings): void {
  const index = files.n * TILE_WIDTH + position
  const path = files.entries?.path
  if (!isTileSigned) {
    findings.add('integrity', 'entry-changed', `entry ${index}: its hash is not the tile's, and the tile is not known to be signed`, { index, path })
    return
  }
  const found = leaves[position]?.toString('hex') ?? 'none'
  const expected = files.tile?.bytes.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES).toString('hex') ?? 'none'
  findings.add('integrity', 'entry-changed', `entry ${index} ${change}: leaf hash ${found}, the signed tile has ${expected}`, { index, path, change })
}

function isSignedTile(hashes: Buffer, width: number, signed: Buffer | undefined, stored: StoredTree): boolean {
  if (hashes.length !== width * HASH_BYTES) return false
  if (width === TILE_WIDTH) return signed !== undefined && tileRoot(hashes).equals(signed)
  return stored.signedLeaves?.equals(hashes) === true
}

function takeEntries({ entries, tile, n, width }: BundleFiles, findings: Findings): readonly Buffer[] {
  const index = n * TILE_WIDTH
  // A partial tile was looked for with the right edge already.
  if (tile === undefined && width === TILE_WIDTH) {
    findings.add('incomplete', 'file-missing', 'a tile that the head covers is missing', { index, path: toTilePath({ level: 0, n, width }) })
  }
  if (entries === undefined) {
    findings.add('incomplete', 'file-missing', 'a bundle of entries that the head covers is missing', { index, path: toTilePath({ level: 'entries', n, width }) })
    return []
  }
  const bundle = readEntries(entries.bytes)
  if (bundle.restBytes > 0) {
    const broken = index + bundle.entries.length
    findings.add('integrity', 'bundle-changed', `bundle ends in the middle of entry ${broken}`, { index: broken, path: entries.path })
  }
  // A full bundle stands in for a partial one that is gone; what it has beyond the head is not looked at.
  return entries.full ? bundle.entries.slice(0, width) : bundle.entries
}

async function* readAhead(source: LogSource, size: number): AsyncGenerator<BundleFiles> {
  const count = Math.ceil(size / TILE_WIDTH)
  const reading: Promise<BundleFiles>[] = []
  for (let n = 0; n < count; n++) {
    while (reading.length < READ_AHEAD && n + reading.length < count) reading.push(readBundle(source, n + reading.length, size))
    const next = reading.shift()
    if (next !== undefined) yield await next
  }
}

async function readBundle(source: LogSource, n: number, size: number): Promise<BundleFiles> {
  const width = Math.min(TILE_WIDTH, size - n * TILE_WIDTH)
  const [entries, tile] = await Promise.all([readTile(source, 'entries', n, width), readTile(source, 0, n, width)])
  return { n, width, entries, tile }
}

function toHashes(tile: Buffer): readonly Buffer[] {
  const hashes: Buffer[] = []
  for (let at = 0; at + HASH_BYTES <= tile.length; at += HASH_BYTES) hashes.push(tile.subarray(at, at + HASH_BYTES))
  return hashes
}
