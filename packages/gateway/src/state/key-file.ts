/** Secret keys of one installation: made once, kept with the state, readable by its owner alone. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Sensitive } from '@doorward/core'
import { StateFault } from './state-fault.ts'

const KEY_BYTES = 32

/**
 * The key under this name, the same at every start.
 * @throws {StateFault} `unreadable` when the file holds no key; system errors of the folder.
 */
export async function loadKey(stateDir: string, name: string, randomBytes: (size: number) => Buffer): Promise<Sensitive<Buffer>> {
  const path = join(stateDir, name)
  try {
    await writeFile(path, randomBytes(KEY_BYTES).toString('hex'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const text = (await readFile(path, 'utf8')).trim()
  if (!/^[0-9a-f]{64}$/.test(text)) throw new StateFault('unreadable', `${name}: expected 64 hexadecimal digits`)
  return new Sensitive(Buffer.from(text, 'hex'))
}
