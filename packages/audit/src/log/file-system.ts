/**
 * What the log asks of a disk: a port, so that tests can fail or cut each step, and the one over node:fs. Durable means:
 * content after `datasync` of the file, a name after `syncDirectory` of its folder.
 */
import * as fs from 'node:fs'
import { promisify } from 'node:util'

export interface LogFile {
  /** Writes all of `bytes` at `position`, in as many system calls as it takes. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** fdatasync. After it failed nothing is known about the file: it must not be asked again. */
  datasync(): Promise<void>
  close(): Promise<void>
}

/** A file whose every write is durable once it resolves. */
export interface DurableFile {
  /** Writes all of `bytes` at `position`. After it failed nothing is known about the file: it must not be asked again. */
  write(bytes: Uint8Array, position: number): Promise<void>
  close(): Promise<void>
}

/** Every method rejects with the system's error (`code`: ENOSPC, EIO, ...). */
export interface FileSystem {
  /** @returns undefined when there is no such file. */
  read(path: string): Promise<Buffer | undefined>
  /** @returns the names in a folder, in no order; none when it does not exist. */
  list(path: string): Promise<readonly string[]>
  /** Creates a file that must not exist. @param mode permissions, 0o600 unless given. */
  create(path: string, mode?: number): Promise<LogFile>
  /** Creates a file that must not exist, for its owner alone. */
  createDurable(path: string): Promise<DurableFile>
  /** Creates one folder. @returns false when it was there. */
  makeDirectory(path: string): Promise<boolean>
  rename(from: string, to: string): Promise<void>
  /** @returns false when there was nothing to remove. */
  remove(path: string): Promise<boolean>
  /** Removes an empty folder. */
  removeDirectory(path: string): Promise<void>
  syncDirectory(path: string): Promise<void>
}

/** Log files hold who did what: not for every user of the machine. */
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

export function nodeFileSystem(): FileSystem {
  return {
    read: (path) => unless('ENOENT', undefined, fs.promises.readFile(path)),
    list: (path) => unless('ENOENT', [], fs.promises.readdir(path)),
    create: async (path, mode = FILE_MODE) => toLogFile(await open(path, 'wx', mode)),
    createDurable: async (path) => (process.platform === 'linux' ? toLogFile(await open(path, DURABLE_FLAGS, FILE_MODE)) : syncedAfterEach(toLogFile(await open(path, 'wx', FILE_MODE)))),
    makeDirectory: (path) => unless('EEXIST', false, fs.promises.mkdir(path, { mode: DIRECTORY_MODE }).then(() => true)),
    rename: promisify(fs.rename),
    remove: (path) => unless('ENOENT', false, unlink(path).then(() => true)),
    removeDirectory: (path) => fs.promises.rmdir(path),
    async syncDirectory(path) {
      const descriptor = await open(path, 'r')
      try {
        await promisify(fs.fsync)(descriptor)
      } finally {
        await promisify(fs.close)(descriptor)
      }
    },
  }
}

/** The system's error code, when `error` has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const open = promisify(fs.open)
const unlink = promisify(fs.unlink)

/** open(2), O_DSYNC: a write returns as if it had been followed by fdatasync. One wait instead of two, for which a statement waits. */
const { O_WRONLY, O_CREAT, O_EXCL, O_DSYNC } = fs.constants
const DURABLE_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_DSYNC

/** Where O_DSYNC promises less than fdatasync (macOS leaves the data in the drive's cache), or is missing. */
export function syncedAfterEach(file: LogFile): DurableFile {
  return {
    async write(bytes, position) {
      await file.write(bytes, position)
      await file.datasync()
    },
    close: () => file.close(),
  }
}

// Callbacks instead of FileHandle: about half the time per call, and a statement waits for two of them.
function toLogFile(descriptor: number): LogFile {
  return {
    write: (bytes, position) => new Promise((resolve, reject) => { writeAll(descriptor, bytes, position, resolve, reject) }),
    datasync: () => new Promise((resolve, reject) => {
      fs.fdatasync(descriptor, (error) => { if (error === null) resolve(); else reject(error) })
    }),
    close: () => promisify(fs.close)(descriptor),
  }
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number, resolve: () => void, reject: (error: Error) => void): void {
  fs.write(descriptor, bytes, 0, bytes.length, position, (error, written) => {
    if (error !== null) reject(error)
    else if (written === bytes.length) resolve()
    // A short write is no error yet: the next call says what is wrong.
    else writeAll(descriptor, bytes.subarray(written), position + written, resolve, reject)
  })
}

async function unless<T>(code: string, otherwise: T, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (errorCode(error) === code) return otherwise
    throw error
  }
}
