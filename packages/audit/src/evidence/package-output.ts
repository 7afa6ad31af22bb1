/** Where evidence goes: a folder or a ZIP archive, with a list of what is in it and its hashes. */
import { hash } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ZipWriter } from '../zip/write-zip.ts'

export const SUMS_FILE = 'SHA256SUMS'

export interface PackageOutput {
  /** @param path with slashes. A file that is there already is an error. */
  add(path: string, content: string | Uint8Array): Promise<void>
  /** Writes the list of hashes. Nothing may be added afterwards. */
  finish(): Promise<void>
}

/**
 * @param target ends in `.zip` for an archive; anything else is a folder, made when missing.
 * @param madeMs the time that files in an archive are given.
 * @throws the system's error when a file is there already: evidence is never written over.
 */
export async function openPackage(target: string, madeMs: number): Promise<PackageOutput> {
  const sums: string[] = []
  const write = target.toLowerCase().endsWith('.zip') ? await toArchive(target, madeMs) : await toFolder(target)
  return {
    async add(path, content) {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
      sums.push(`${hash('sha256', bytes, 'hex')}  ${path}\n`)
      await write.add(path, bytes)
    },
    async finish() {
      await write.add(SUMS_FILE, Buffer.from(sums.toSorted((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join(''), 'utf8'))
      await write.end()
    },
  }
}

interface Writing {
  add(path: string, bytes: Uint8Array): Promise<void>
  end(): Promise<void>
}

async function toFolder(folder: string): Promise<Writing> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    async add(path, bytes) {
      const file = join(folder, ...path.split('/'))
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await writeFile(file, bytes, { flag: 'wx', mode: 0o600 })
    },
    end: () => Promise.resolve(),
  }
}

async function toArchive(target: string, madeMs: number): Promise<Writing> {
  const file = await open(target, 'wx', 0o600)
  const zip = new ZipWriter(async (bytes) => { await file.writeFile(bytes) }, madeMs)
  return {
    add: (path, bytes) => zip.add(path, bytes),
    async end() {
      await zip.finish()
      await file.close()
    },
  }
}
