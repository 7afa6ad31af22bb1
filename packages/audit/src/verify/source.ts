/** Where a log is read from when it is verified. Paths are those of C2SP tlog-tiles, with slashes, below the log's root. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface LogSource {
  /** @returns undefined when there is no such file. */
  read(path: string): Promise<Buffer | undefined>
  /** @returns the names in a folder; undefined where the source cannot list, none when it is not there. */
  list(path: string): Promise<readonly string[] | undefined>
}

/**
 * Why a source cannot answer, when it is not the system that says so. Not a Fault of core: the verifier is carried as one file, and has nothing
 * but this package and Node.
 */
export class SourceError extends Error {
  /** `HTTP 503`, `too-large`. */
  readonly code: string
  constructor(code: string) {
    super(`the log cannot be read: ${code}`)
    this.name = 'SourceError'
    this.code = code
  }
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
