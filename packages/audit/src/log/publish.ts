/**
 * Files that are there whole or not at all: written under another name, made durable, then renamed. The name itself is durable
 * after {@link DirectorySync.flush}.
 */
import { dirname, join } from 'node:path'
import { TEMPORARY_SUFFIX } from './layout.ts'
import { errorCode, type FileSystem, type LogFile } from './file-system.ts'

/** Writes `bytes` so that `path` has them durably once its folder is synced. Replaces what was there. */
export async function publishFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = path + TEMPORARY_SUFFIX
  const file = await createAnew(fs, temporary)
  try {
    await file.write(bytes, 0)
    await file.datasync()
  } finally {
    await file.close()
  }
  await fs.rename(temporary, path)
}

/** A new file, so that no fsync is asked twice of one that failed. One left by a crash goes first: seldom, so it is not looked for each time. */
async function createAnew(fs: FileSystem, path: string): Promise<LogFile> {
  try {
    return await fs.create(path)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    await fs.remove(path)
    return fs.create(path)
  }
}

/** Folders below one root: made when missing, synced once per flush. */
export class DirectorySync {
  readonly #fs: FileSystem
  readonly #root: string
  readonly #known = new Set<string>()
  readonly #dirty = new Set<string>()

  constructor(fs: FileSystem, root: string) {
    this.#fs = fs
    this.#root = root
  }

  /** Makes the folder of `path`, which is below the root, and remembers that names in it changed. */
  async prepare(path: string): Promise<void> {
    const folder = dirname(path)
    await this.#make(folder)
    this.#dirty.add(folder)
  }

  /** Makes every name changed since the last flush durable, deepest folders first. */
  async flush(): Promise<void> {
    const folders = [...this.#dirty].sort((a, b) => b.length - a.length)
    for (const folder of folders) {
      await this.#fs.syncDirectory(folder)
      this.#dirty.delete(folder)
    }
  }

  async #make(folder: string): Promise<void> {
    if (this.#known.has(folder) || folder === this.#root) return
    const parent = dirname(folder)
    await this.#make(parent)
    // Also when it was there: a crash may have come between making it and syncing its parent.
    await this.#fs.makeDirectory(folder)
    this.#dirty.add(parent)
    this.#known.add(folder)
  }
}

/** Makes `dir` and what is missing above it, durably. */
export async function makeRoot(fs: FileSystem, dir: string): Promise<void> {
  const parent = dirname(dir)
  if (await makeBelow(fs, dir, parent)) await fs.syncDirectory(parent)
}

async function makeBelow(fs: FileSystem, dir: string, parent: string): Promise<boolean> {
  try {
    return await fs.makeDirectory(dir)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || parent === dir) throw error
    await makeRoot(fs, parent)
    return fs.makeDirectory(dir)
  }
}

/** Where a path as the tile format writes it lies on this machine. */
export function inDirectory(dir: string, relativePath: string): string {
  return join(dir, ...relativePath.split('/'))
}
