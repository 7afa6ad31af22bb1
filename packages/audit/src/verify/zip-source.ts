/** A log in a ZIP archive: at its top, or below the one folder that holds a checkpoint. */
import type { FileHandle } from 'node:fs/promises'
import { malformed, type Malformed } from '../format/malformed.ts'
import { readMember, readZip, type RandomAccess } from '../zip/read-zip.ts'
import type { LogSource } from './source.ts'

/** @returns malformed when it is no archive that can be read, or holds no log or several. */
export async function zipSource(file: RandomAccess): Promise<LogSource | Malformed> {
  const zip = await readZip(file)
  if (zip.kind === 'malformed') return zip
  const roots = [...zip.members.keys()].filter((name) => name === 'checkpoint' || name.endsWith('/checkpoint')).map((name) => name.slice(0, -'checkpoint'.length))
  const depth = Math.min(...roots.map((root) => root.split('/').length))
  const shallowest = roots.filter((root) => root.split('/').length === depth)
  const [root] = shallowest
  if (root === undefined) return malformed('zip: no checkpoint in it')
  if (shallowest.length > 1) return malformed(`zip: ${shallowest.length} logs in it`)
  return {
    async read(path) {
      const member = zip.members.get(root + path)
      const content = member === undefined ? undefined : await readMember(file, member)
      // A damaged member is as good as missing: what it held is not known, so nothing can be said to have been changed.
      return Buffer.isBuffer(content) ? content : undefined
    },
    list: (path) => {
      const folder = `${root}${path}/`
      return Promise.resolve([...zip.members.keys()].filter((name) => name.startsWith(folder) && !name.includes('/', folder.length)).map((name) => name.slice(folder.length)))
    },
  }
}

/** An open file as a {@link RandomAccess}. @param bytes its size. */
export function toRandomAccess(file: FileHandle, bytes: number): RandomAccess {
  return {
    bytes,
    async read(position, length) {
      if (position >= bytes) return Buffer.alloc(0)
      const target = Buffer.alloc(Math.min(length, bytes - position))
      let filled = 0
      while (filled < target.length) {
        const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return target.subarray(0, filled)
    },
  }
}
