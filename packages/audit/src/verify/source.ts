/** Where a log is read from when it is verified. Paths are those of C2SP tlog-tiles, with slashes, below the log's root. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface LogSource {
  /** @returns undefined when there is no such file. */
  read(path: string): Promise<Buffer | undefined>
  /** @returns the names in a folder; undefined where the source cannot list, none when it is not there. */
  list(path: string): Promise<readonly string[] | undefined>
}

/** A log in a folder of this machine. */
export function directorySource(dir: string): LogSource {
  return {
    read: (path) => unlessMissing(readFile(join(dir, ...path.split('/')))),
    list: async (path) => (await unlessMissing(readdir(join(dir, ...path.split('/'))))) ?? [],
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw error
  }
}
