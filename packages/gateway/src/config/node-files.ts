/** The files of this machine, as the configuration reads them. */
import { readdirSync, readFileSync, statSync } from 'node:fs'

/** What reading a configuration needs of a file system. */
export interface ConfigFiles {
  /** @throws when the file is not there, cannot be read or is not UTF-8. */
  readonly readFile: (path: string) => string
  /** Names in a folder, in any order; undefined when the path is no folder. @throws when there is nothing. */
  readonly listFolder: (path: string) => readonly string[] | undefined
}

/** Synchronous, because it runs at start and on reload and reads a few small files. */
export function createNodeFiles(): ConfigFiles {
  return {
    readFile: (path) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path)),
    listFolder: (path) => (statSync(path).isDirectory() ? readdirSync(path) : undefined),
  }
}
