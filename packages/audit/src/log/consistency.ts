/** Proofs out of a log's own published tiles: that the tree at one size begins with the tree at another. */
import { AuditFault } from '../fault.ts'
import { consistencyRanges } from '../merkle/proof.ts'
import type { LogSource } from '../verify/source.ts'
import { readRangeRoots } from '../verify/tile-nodes.ts'
import type { ObjectStore } from './object-store.ts'

/** A store's objects as a verifier reads them. */
export function objectsSource(objects: ObjectStore): LogSource {
  return { read: async (path) => (await objects.read(path))?.bytes, list: (folder) => objects.list(folder) }
}

/**
 * @param oldSize at most `size`. @param size of a tree whose tiles are all stored.
 * @throws {AuditFault} `rollback` when a tile is missing.
 */
export async function proveConsistency(objects: ObjectStore, oldSize: number, size: number): Promise<readonly Buffer[]> {
  const found = await readRangeRoots(objectsSource(objects), size, consistencyRanges(oldSize, size))
  if (found.kind === 'missing') throw new AuditFault('rollback', 'tiles: one that the head covers is missing or short')
  return found.roots
}
