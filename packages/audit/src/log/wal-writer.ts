/**
 * Appends batches to the current shard of the write-ahead log: one durable write each. After an error the shard is never
 * touched again.
 */
import { dirname } from 'node:path'
import { encodeBatch, encodeShardHeader } from '../format/wal.ts'
import type { DurableFile, FileSystem } from './file-system.ts'
import { TEMPORARY_SUFFIX, toShardPath } from './layout.ts'

export class WalWriter {
  readonly #file: DurableFile
  #position: number
  readonly number: number
  readonly firstIndex: number

  private constructor(file: DurableFile, position: number, number: number, firstIndex: number) {
    this.#file = file
    this.#position = position
    this.number = number
    this.firstIndex = firstIndex
  }

  /**
   * Begins shard `number` at entry `firstIndex`, holding `carried` already. Under its name it is durable with them, or not there.
   * INVARIANT: entries of older shards from `firstIndex` on are superseded, so every acknowledged one is in `carried`.
   */
  static async create(fs: FileSystem, dir: string, origin: string, number: number, firstIndex: number, carried: readonly Uint8Array[]): Promise<WalWriter> {
    const path = toShardPath(dir, number)
    const temporary = path + TEMPORARY_SUFFIX
    await fs.remove(temporary)
    const file = await fs.createDurable(temporary)
    const header = encodeShardHeader(origin, number, firstIndex)
    const start = carried.length === 0 ? header : Buffer.concat([header, encodeBatch(firstIndex, carried)])
    await file.write(start, 0)
    await fs.rename(temporary, path)
    await fs.syncDirectory(dirname(path))
    return new WalWriter(file, start.length, number, firstIndex)
  }

  /** Bytes in the shard. */
  get bytes(): number {
    return this.#position
  }

  /** Resolves when the entries are durable. One call at a time. */
  async append(firstIndex: number, entries: readonly Uint8Array[]): Promise<void> {
    const batch = encodeBatch(firstIndex, entries)
    await this.#file.write(batch, this.#position)
    this.#position += batch.length
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
