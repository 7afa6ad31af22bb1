/** Where a log's files lie in its folder. What C2SP tlog-tiles names (`checkpoint`, `tile/`) is at the top; the rest is ours. */
import { join } from 'node:path'
import { toShardName, WAL_DIRECTORY } from '../format/wal-name.ts'

export const CHECKPOINT_FILE = 'checkpoint'
export const LOCK_FILE = 'lock'
export const BALLAST_FILE = 'ballast'
/** Ends the name of a file that is not yet what it will be; recovery removes it. */
export const TEMPORARY_SUFFIX = '.new'

export function toShardPath(dir: string, number: number): string {
  return join(dir, WAL_DIRECTORY, toShardName(number))
}
