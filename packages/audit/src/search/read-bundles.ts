/** Entries out of a log's bundles: all of them in order, or some by their numbers. Whether they are the signed ones is not asked here. */
import { AuditFault } from '../fault.ts'
import { readEntries } from '../format/bundle.ts'
import { TILE_WIDTH, toTilePath } from '../merkle/tile.ts'
import type { LogSource } from '../verify/source.ts'
import { readTile } from '../verify/stored-tree.ts'

/** Bundles kept: what is asked for by number mostly comes in order. */
const KEPT_BUNDLES = 8

/** @param size of the tree; the last bundle has what it covers. @throws {AuditFault} `rollback` when one is missing or short. */
export async function readBundle(source: LogSource, n: number, size: number): Promise<readonly Buffer[]> {
  const width = Math.min(TILE_WIDTH, size - n * TILE_WIDTH)
  const bundle = await readTile(source, 'entries', n, width)
  const entries = bundle === undefined ? [] : readEntries(bundle.bytes).entries
  if (entries.length < width) throw new AuditFault('rollback', `${toTilePath({ level: 'entries', n, width })}: missing or short`)
  return entries.slice(0, width)
}

/** Entries by number. */
export class EntryReader {
  readonly #source: LogSource
  readonly #size: number
  readonly #kept = new Map<number, readonly Buffer[]>()

  /** @param size entries under the head. */
  constructor(source: LogSource, size: number) {
    this.#source = source
    this.#size = size
  }

  /** @throws {AuditFault} `rollback` when it is missing. */
  async read(index: number): Promise<Buffer> {
    const n = Math.floor(index / TILE_WIDTH)
    const bundle = this.#kept.get(n) ?? await readBundle(this.#source, n, this.#size)
    if (!this.#kept.has(n) && this.#kept.size >= KEPT_BUNDLES) this.#kept.delete([...this.#kept.keys()][0] ?? n)
    this.#kept.set(n, bundle)
    const entry = index < this.#size ? bundle[index % TILE_WIDTH] : undefined
    if (entry === undefined) throw new AuditFault('rollback', `entry ${index}: the head covers ${this.#size}`)
    return entry
  }
}
