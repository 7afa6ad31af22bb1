/**
 * Space kept for the last words: a file that is removed when the disk is full, so that the stop can still be written. Its bytes do not
 * compress, or a compressing file system would keep no space for it.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { FileSystem } from './file-system.ts'
import { BALLAST_FILE } from './layout.ts'
import { publishFile } from './publish.ts'

/** One shard with one entry, with room for a file system's own blocks. */
export const BALLAST_BYTES = 65_536

/** Puts the ballast in place when it is not there. @throws the system's error: a disk without room for it is too full to start. */
export async function ensureBallast(fs: FileSystem, dir: string): Promise<void> {
  const path = join(dir, BALLAST_FILE)
  if ((await fs.read(path))?.length === BALLAST_BYTES) return
  await publishFile(fs, path, incompressible(BALLAST_BYTES))
}

export async function dropBallast(fs: FileSystem, dir: string): Promise<void> {
  await fs.remove(join(dir, BALLAST_FILE))
}

function incompressible(length: number): Buffer {
  const blocks: Buffer[] = []
  for (let block = hash('sha256', 'ballast', 'buffer'); blocks.length * block.length < length; block = hash('sha256', block, 'buffer')) blocks.push(block)
  return Buffer.concat(blocks, length)
}
