/**
 * The log's files while it is open: the current shard, the tree in memory, tiles and head. It knows the order in which things become
 * durable; who waits for what is not its affair.
 */
import type { TreeHead } from '../note/checkpoint.ts'
import type { LogSigner } from '../note/signer.ts'
import type { FileSystem } from './file-system.ts'
import type { HeadFile } from './head-file.ts'
import { toShardPath } from './layout.ts'
import type { ObjectStore } from './object-store.ts'
import type { TreeWriter } from './tree-writer.ts'
import { WalWriter } from './wal-writer.ts'

/** A shard that outgrew this is followed by another. 64 MB are read in a fraction of a second at the next start. */
const MAX_SHARD_BYTES = 64 * 1024 * 1024

export interface LogStoreParts {
  readonly fs: FileSystem
  readonly dir: string
  readonly origin: string
  readonly objects: ObjectStore
  readonly headFile: HeadFile
  /** Holds everything durable, and nothing else. */
  readonly tree: TreeWriter
  readonly wal: WalWriter
  /** Older shards still on disk. */
  readonly oldShards: readonly number[]
  readonly maxShardBytes?: number | undefined
}

export class LogStore {
  readonly fs: FileSystem
  readonly dir: string
  readonly origin: string
  readonly #headFile: HeadFile
  readonly #tree: TreeWriter
  readonly #objects: ObjectStore
  readonly #maxShardBytes: number
  #wal: WalWriter
  /** Older shards, with the index after their last entry. */
  #oldShards: { readonly number: number; readonly end: number }[]
  /** Durable entries that are not in the tree yet. */
  #durable: Buffer[] = []
  #size: number

  constructor(parts: LogStoreParts) {
    this.fs = parts.fs
    this.dir = parts.dir
    this.origin = parts.origin
    this.#headFile = parts.headFile
    this.#tree = parts.tree
    this.#wal = parts.wal
    this.#size = parts.tree.size
    this.#oldShards = parts.oldShards.map((number) => ({ number, end: parts.wal.firstIndex }))
    this.#objects = parts.objects
    this.#maxShardBytes = parts.maxShardBytes ?? MAX_SHARD_BYTES
  }

  /** Durable entries. */
  get size(): number {
    return this.#size
  }

  /** The signed head on disk. */
  get head(): TreeHead {
    return this.#headFile.head
  }

  /** The checkpoint on disk: a signed note. */
  get note(): Buffer {
    return this.#headFile.note
  }

  /** Who signs the next head. */
  get signer(): LogSigner {
    return this.#headFile.signer
  }

  /** Has the next head signed by another key. */
  useSigner(signer: LogSigner): void {
    this.#headFile.useSigner(signer)
  }

  /** Makes a batch durable. One call at a time; after a rejection none. */
  async write(firstIndex: number, entries: readonly Buffer[]): Promise<void> {
    if (this.#wal.bytes > this.#maxShardBytes) await this.#rotate(firstIndex)
    await this.#wal.append(firstIndex, entries)
  }

  /** Takes note of a batch that is durable. */
  addDurable(entries: readonly Buffer[]): void {
    for (const entry of entries) this.#durable.push(entry)
    this.#size += entries.length
  }

  /** Hashes what became durable. */
  absorb(): void {
    for (const entry of this.#durable) this.#tree.add(entry)
    this.#durable = []
  }

  /**
   * Brings tiles and head up to what is durable. One call at a time; after a rejection none. In this order, so that a crash at any
   * point leaves the old head with all it needs, or the new one with all it needs: bundles and tiles whole under their names, the
   * names durable, then the head, and only then is anything removed.
   */
  async advance(): Promise<TreeHead> {
    this.absorb()
    if (this.#tree.size === this.#headFile.head.size && this.#headFile.exists) return this.#headFile.head
    const growth = this.#tree.take()
    await this.#objects.putAll(growth.files)
    await this.#headFile.replace(growth.head)
    // Committed: the new head and all it covers are durable. What follows only frees space.
    await this.#removeCovered(growth.head.size)
    for (const path of growth.filled) await this.#objects.removeFolder(`${path}.p`)
    return growth.head
  }

  /** Puts `stop` after the last durable entry, in a shard of its own: the current one may end in a torn batch. */
  async writeStop(stop: Buffer): Promise<void> {
    const wal = await WalWriter.create(this.fs, this.dir, this.origin, this.#wal.number + 1, this.#size, [stop])
    await wal.close()
  }

  async close(): Promise<void> {
    await this.#wal.close()
  }

  async #rotate(firstIndex: number): Promise<void> {
    const old = this.#wal
    this.#wal = await WalWriter.create(this.fs, this.dir, this.origin, old.number + 1, firstIndex, [])
    this.#oldShards.push({ number: old.number, end: firstIndex })
    await old.close()
  }

  /** INVARIANT: the shard that holds the head's last entry, or begins right after it, stays. */
  async #removeCovered(size: number): Promise<void> {
    const covered = this.#oldShards.filter(({ end }) => end <= size)
    this.#oldShards = this.#oldShards.filter(({ end }) => end > size)
    for (const { number } of covered) await this.fs.remove(toShardPath(this.dir, number))
  }
}
