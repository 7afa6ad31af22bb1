/** The last words of a log whose disk is full: the ballast goes, and a shard with the stop takes its place. */
import { dropBallast } from './ballast.ts'
import { errorCode } from './file-system.ts'
import type { LogStore } from './log-store.ts'

/** @returns whether the stop is durable. The log has failed already, so an error of the disk changes nothing more. */
export async function ballastStop(store: LogStore, stop: Buffer): Promise<boolean> {
  try {
    await dropBallast(store.fs, store.dir)
    await store.writeStop(stop)
    return true
  } catch (error) {
    if (errorCode(error) !== undefined) return false
    throw error
  }
}
