/**
 * A writer that is killed with SIGKILL in the middle of its work, again and again, on a real disk. The writer is this file itself, run with
 * `--append FOLDER`: it prints each receipt, and what is printed was acknowledged.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { readEntries } from '../format/bundle.ts'
import { toSigner } from '../note/signer.ts'
import { readTile } from '../verify/stored-tree.ts'
import { directorySource } from '../verify/source.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { openAuditLog } from './open.ts'

const ORIGIN = 'example.org/audit/killed'
const KEY = toSigner(ORIGIN, Buffer.alloc(32, 5))
const ROUNDS = 12
const WRITERS = 24

async function appendForever(dir: string): Promise<never> {
  const log = await openAuditLog({ dir, origin: ORIGIN, key: KEY, checkpointMs: 5, maxShardBytes: 20_000 })
  let name = 0
  await Promise.all(Array.from({ length: WRITERS }, async () => {
    for (;;) {
      const own = `${process.pid}.${name++}`
      const { index } = await log.append({ kind: 'alert', name: own })
      say(`${index} ${own}\n`)
    }
  }))
  throw new Error('unreachable')
}

/** At once, however slowly it is read: a receipt that is told later may be lost with the process. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, line)
      return
    } catch (error) {
      // The pipe is full.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}

/** @returns what the writer was told, by index. */
async function killAfter(dir: string, lines: number): Promise<ReadonlyMap<number, string>> {
  const child = spawn(process.execPath, ['--conditions=doorward-source', import.meta.filename, '--append', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told = new Map<number, string>()
  for await (const line of createInterface({ input: child.stdout })) {
    const [index, name] = line.split(' ')
    told.set(Number(index), name ?? '')
    if (told.size >= lines) child.kill('SIGKILL')
  }
  return told
}

async function readName(dir: string, index: number, size: number): Promise<unknown> {
  const n = Math.floor(index / 256)
  const bundle = await readTile(directorySource(dir), 'entries', n, Math.min(256, size - n * 256))
  const entry = readEntries(bundle?.bytes ?? Buffer.alloc(0)).entries[index % 256]
  return (JSON.parse(String(entry)) as { name?: string }).name
}

if (process.argv[2] === '--append') await appendForever(process.argv[3] ?? '')

test('keeps every entry it acknowledged through a dozen kills', { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const dir = join(folder, 'log')
  const told = new Map<number, string>()
  let pin: Buffer | undefined
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, name] of await killAfter(dir, 50 + round * 97)) {
      assert.ok(!told.has(index), `two receipts for ${index}`)
      told.set(index, name)
    }
    const result = await verifyLog({ source: directorySource(dir), verifierKey: KEY.verifierKey.text, entries: 'doorward', ...(pin === undefined ? {} : { pin }) })
    assert.equal(result.exitCode, 0, `round ${round}: ${JSON.stringify(result)}`)
    pin = await directorySource(dir).read('checkpoint')
  }
  const log = await openAuditLog({ dir, origin: ORIGIN, key: KEY })
  await log.close()
  for (const [index, name] of told) assert.equal(await readName(dir, index, log.head.size), name, `entry ${index}`)
  t.diagnostic(`${told.size} receipts, ${log.head.size} entries`)
})
