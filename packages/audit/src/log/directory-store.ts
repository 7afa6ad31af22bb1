/**
 * A log's published files in a folder of this machine. A folder has no conditional put: `replace` compares and then renames, which is enough
 * because the log's lock keeps other writers out, and tells of one that came in anyway. It has no object lock either.
 */
import { hash } from 'node:crypto'
import { dirname } from 'node:path'
import type { FileSystem } from './file-system.ts'
import type { ObjectStore, PutObject } from './object-store.ts'
import { DirectorySync, inDirectory, publishFile } from './publish.ts'

/** Files written at the same time; the thread pool has four, and the write-ahead log must find one free. */
const LANES = 2

/** @param dir the log's root. */
export function directoryStore(fs: FileSystem, dir: string): ObjectStore {
  const directories = new DirectorySync(fs, dir)
  return {
    async read(path) {
      const bytes = await fs.read(inDirectory(dir, path))
      return bytes === undefined ? undefined : { bytes, version: toVersion(bytes) }
    },
    list: (folder) => fs.list(inDirectory(dir, folder)),
    async putAll(objects) {
      const waiting = objects.values()
      await Promise.all(Array.from({ length: LANES }, async () => {
        for (const { path, bytes } of waiting) await put(fs, directories, inDirectory(dir, path), bytes)
      }))
      // Content first, then the names: a name that survives a crash always has its content.
      await directories.flush()
    },
    async replace(path, bytes, expected) {
      const target = inDirectory(dir, path)
      const found = await fs.read(target)
      if ((found === undefined ? undefined : toVersion(found)) !== expected) return { kind: 'conflict' }
      await publishFile(fs, target, bytes)
      await fs.syncDirectory(dirname(target))
      return { kind: 'replaced', version: toVersion(bytes) }
    },
    async removeFolder(folder) {
      const target = inDirectory(dir, folder)
      const names = await fs.list(target)
      if (names.length === 0) return
      for (const name of names) await fs.remove(`${target}/${name}`)
      await fs.removeDirectory(target)
    },
  }
}

async function put(fs: FileSystem, directories: DirectorySync, target: string, bytes: PutObject['bytes']): Promise<void> {
  await directories.prepare(target)
  await publishFile(fs, target, bytes)
}

function toVersion(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}
