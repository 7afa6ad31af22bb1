/**
 * One demo per folder: a lock that the kernel lets go of when its holder dies, however it dies. SQLite's exclusive transaction is such a
 * lock on every system that we run on; the file beside it says nothing.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface DemoLock { release(): void }

/** SQLITE_BUSY. Source: SQLite, Result and Error Codes. */
const BUSY = 5

/** @returns undefined when another process holds it. */
export function takeDemoLock(dir: string): DemoLock | undefined {
  const database = new DatabaseSync(join(dir, 'lock'))
  try {
    database.exec('begin exclusive')
    return { release: () => { database.close() } }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return undefined
    throw error
  }
}
