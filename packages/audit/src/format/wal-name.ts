/** Where the write-ahead log's shards lie below the log's root. */
export const WAL_DIRECTORY = 'wal'

const SHARD_NAME = /^([0-9]{12})\.wal$/

export function toShardName(number: number): string {
  return `${String(number).padStart(12, '0')}.wal`
}

/** @returns the number of the shard a file name stands for. */
export function parseShardName(name: string): number | undefined {
  const match = SHARD_NAME.exec(name)
  return match?.[1] === undefined ? undefined : Number(match[1])
}
