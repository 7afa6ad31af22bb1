/**
 * The log's key on disk: an Ed25519 seed as a Go-style note signer text in a file that only its owner may read, and beside it `log.vkey`,
 * the verifier key that auditors are given.
 */
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AuditFault } from '../fault.ts'
import { encodeSignerKey, parseSignerKey, SEED_BYTES, toSigner, type LogSigner } from '../note/signer.ts'
import { isKeyName } from '../note/verifier-key.ts'
import { errorCode } from './file-system.ts'

export const VERIFIER_KEY_FILE = 'log.vkey'

/** Where the seed of a new key comes from: 32 bytes that nobody can guess. */
export type RandomBytes = (count: number) => Buffer

/**
 * The key in `path`, made there (mode 0600) when the file does not exist. Writes the verifier key beside it.
 *
 * @param origin the key's name; a file for another origin is refused.
 * @throws {AuditFault} `key-invalid` when the file is malformed, for another origin, or readable by group or others.
 */
export async function loadOrCreateKey(path: string, origin: string, random: RandomBytes = randomBytes): Promise<LogSigner> {
  if (!isKeyName(origin)) throw new AuditFault('key-invalid', 'origin: expected a name without white space and plus signs')
  const signer = (await loadKey(path, origin)) ?? (await createKey(path, origin, random))
  await fs.writeFile(join(dirname(path), VERIFIER_KEY_FILE), `${signer.verifierKey.text}\n`, { mode: 0o644 })
  return signer
}

/** The file in which a key waits to become that of the log. */
export function toNextKeyFile(path: string): string {
  return `${path}.next`
}

/**
 * Makes the key that the log is to change to at its next start. A key that waits already is left as it is.
 * @throws {AuditFault} as {@link loadOrCreateKey}.
 */
export async function prepareNextKey(path: string, origin: string, random: RandomBytes = randomBytes): Promise<LogSigner> {
  if (!isKeyName(origin)) throw new AuditFault('key-invalid', 'origin: expected a name without white space and plus signs')
  return (await loadKey(toNextKeyFile(path), origin)) ?? createKey(toNextKeyFile(path), origin, random)
}

/**
 * Puts the next key in place of the log's, which is kept under a name with its id: it signs nothing any more. The log has changed to the next key
 * before. A crash on the way leaves the log's key in place, and never none.
 */
export async function promoteNextKey(path: string): Promise<void> {
  const old = parseSignerKey((await fs.readFile(path, 'utf8')).trim())
  if ('kind' in old) throw new AuditFault('key-invalid', old.reason)
  await unlessThere(fs.link(path, `${path}.${old.verifierKey.id}.retired`))
  await fs.rename(toNextKeyFile(path), path)
  await syncFolder(path)
}

/**
 * The key in `path`.
 * @param origin undefined: whichever it is for. @returns undefined when there is no such file.
 * @throws {AuditFault} `key-invalid` as {@link loadOrCreateKey}.
 */
export async function loadKey(path: string, origin: string | undefined): Promise<LogSigner | undefined> {
  let file
  try {
    file = await fs.open(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const { mode } = await file.stat() // of the file that is open, not of a name that may change
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new AuditFault('key-invalid', `key file: mode ${(mode & 0o777).toString(8)}, expected 600 or less`)
    }
    const signer = parseSignerKey((await file.readFile('utf8')).trim())
    if ('kind' in signer) throw new AuditFault('key-invalid', signer.reason)
    if (origin !== undefined && signer.verifierKey.name !== origin) throw new AuditFault('key-invalid', 'key file: the key is for another origin')
    return signer
  } finally {
    await file.close()
  }
}

async function createKey(path: string, origin: string, random: RandomBytes): Promise<LogSigner> {
  const seed = random(SEED_BYTES)
  await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.new`
  const file = await fs.open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(`${encodeSignerKey(origin, seed)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  // A link, not a rename: it fails when another process made the key meanwhile, and a key must never be replaced.
  await fs.link(temporary, path)
  await fs.unlink(temporary)
  await syncFolder(path)
  return toSigner(origin, seed)
}

async function syncFolder(path: string): Promise<void> {
  const folder = await fs.open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function unlessThere(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}
