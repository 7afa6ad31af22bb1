/**
 * One writer per log: a lock file that names its process. After a kill the file stays; it is stale when that process is gone, or
 * when its number now belongs to a process that started at another time (in a container every start has the same number).
 * Misses: a holder in another pid namespace or on another machine that shares the folder. Such a second writer is noticed when
 * the head is replaced, and the log fails.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditFault } from '../fault.ts'
import { errorCode, type FileSystem } from './file-system.ts'
import { LOCK_FILE } from './layout.ts'

/** What identifies a process until the machine stops. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the kernel's own unit and since boot, with the boot's id; empty where the system does not say. */
  readonly started: string
}

/** The process that asks, and whether another one lives: a port, since tests hold locks of processes that never were. */
export interface ProcessTable {
  readonly self: ProcessIdentity
  isAlive(process: ProcessIdentity): boolean
}

export interface Lock {
  release(): Promise<void>
}

/** @param what the folder is, for the message. @throws {AuditFault} `locked` when a live process holds it. */
export async function takeLock(fs: FileSystem, dir: string, processes: ProcessTable, what = 'log'): Promise<Lock> {
  const path = join(dir, LOCK_FILE)
  const content = Buffer.from(JSON.stringify(processes.self), 'utf8')
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await tryCreate(fs, path, content)) return { release: releaseOnce(fs, path, content) }
    const found = await fs.read(path)
    if (found === undefined) continue // its holder left just now
    const holder = parseHolder(found)
    if (holder !== undefined && processes.isAlive(holder)) throw new AuditFault('locked', `${what}: process ${holder.pid} writes it`)
    // Stale, or torn by the crash that left it. Moved away under a name of our own first: if another process did the same and already
    // holds a new lock, what we moved is not what we read, and goes back.
    const aside = `${path}.${processes.self.pid}.stale`
    await fs.rename(path, aside)
    const moved = await fs.read(aside)
    if (moved?.equals(found) === true) await fs.remove(aside)
    else await fs.rename(aside, path)
  }
  throw new AuditFault('locked', `${what}: others are taking its lock at the same time`)
}

/** The process table of this machine. */
export function machineProcesses(): ProcessTable {
  const self = { pid: process.pid, started: startOf(process.pid) }
  return {
    self,
    isAlive(other) {
      if (other.pid === self.pid) return other.started === self.started
      try {
        process.kill(other.pid, 0)
      } catch (error) {
        if (errorCode(error) === 'ESRCH') return false
        // EPERM: it lives, as another user.
      }
      const started = startOf(other.pid)
      return started === '' || other.started === '' || started === other.started
    },
  }
}

async function tryCreate(fs: FileSystem, path: string, content: Buffer): Promise<boolean> {
  try {
    const file = await fs.create(path)
    try {
      await file.write(content, 0)
      await file.datasync()
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Once: a second call could take away the lock of a log that the same process opened since. */
function releaseOnce(fs: FileSystem, path: string, content: Buffer): () => Promise<void> {
  let held = true
  return async () => {
    if (!held) return
    held = false
    const found = await fs.read(path)
    if (found?.equals(content) === true) await fs.remove(path)
  }
}

function parseHolder(bytes: Buffer): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return undefined
    const { pid, started } = value
    return Number.isSafeInteger(pid) && typeof pid === 'number' && pid > 0 && typeof started === 'string' ? { pid, started } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // torn: whoever wrote it died writing
    throw error
  }
}

/** Field 22 of proc(5) /proc/pid/stat, after the name in parentheses, which may hold anything. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${boot}/${fields[19] ?? ''}`
  } catch (error) {
    if (errorCode(error) !== undefined) return '' // no /proc here: the number alone has to do
    throw error
  }
}
