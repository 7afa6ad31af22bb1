/** Where a log's files lie in its folder. What C2SP tlog-tiles names (`checkpoint`, `tile/`) is at the top; the rest is ours. */
import { join } from 'node:path'

export const CHECKPOINT_FILE = 'checkpoint'
export const WAL_DIRECTORY = 'wal'
export const LOCK_FILE = 'lock'
export const BALLAST_FILE = 'ballast'
/** Ends the name of a file that is not yet what it will be; recovery removes it. */
export const TEMPORARY_SUFFIX = '.new'

const SHARD_NAME = /^([0-9]{12})\.wal$/

export function toShardPath(dir: string, number: number): string {
  return join(dir, WAL_DIRECTORY, `${String(number).padStart(12, '0')}.wal`)
}

/** @returns the number of the shard a file name in the WAL's folder stands for. */
export function parseShardName(name: string): number | undefined {
  const match = SHARD_NAME.exec(name)
  return match?.[1] === undefined ? undefined : Number(match[1])
}
