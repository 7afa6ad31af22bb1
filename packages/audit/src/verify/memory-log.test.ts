/**
 * Logs in memory to take apart: made by the log itself, or put together from any entries as a forger would. (Named as a test so that the
 * package is published without it.)
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EntryBody } from '@doorward/core'
import { decodeBundle } from '../format/bundle.ts'
import { encodeEntry } from '../format/entry.ts'
import type { AuditLog } from '../log/audit-log.ts'
import { CrashDisk } from '../log/crash-disk.test.ts'
import { openAuditLog, type AuditLogOptions } from '../log/open.ts'
import { TestClock } from '../log/test-clock.test.ts'
import { TreeWriter } from '../log/tree-writer.ts'
import { TILE_WIDTH, toTilePath } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import { encodeCheckpointText, parseCheckpoint } from '../note/checkpoint.ts'
import { toSignatureLine } from '../note/signed-note.ts'
import { toSigner, type LogSigner } from '../note/signer.ts'
import type { LogSource } from './source.ts'

export const ORIGIN = 'example.org/audit/verified'
export const KEY: LogSigner = toSigner(ORIGIN, Buffer.alloc(32, 11))
const DIR = '/log'

/** Files by their path below the log's root. */
export type Files = Map<string, Buffer>

export function toSource(files: Files): LogSource {
  return {
    read: (path) => Promise.resolve(files.get(path)),
    list: (path) => Promise.resolve([...files.keys()].filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1))),
  }
}

/** A gateway at work: sessions with intents and outcomes, and a clock that goes on. */
export class Gateway {
  readonly disk: CrashDisk
  readonly clock = new TestClock()
  #sessions = 0
  #pid = 1000

  constructor(disk: CrashDisk = new CrashDisk()) {
    this.disk = disk
  }

  open(more: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
    const processes = { self: { pid: this.#pid++, started: '' }, isAlive: () => false }
    return openAuditLog({ dir: DIR, origin: ORIGIN, key: KEY, clock: this.clock, fs: this.disk, processes, ...more })
  }

  /** One session of `statements` statements, all at once as a busy gateway has them. */
  async session(log: AuditLog, statements: number): Promise<void> {
    const session = (++this.#sessions).toString(16).padStart(32, '0')
    let seq = 0
    const outcomes: Promise<unknown>[] = []
    const append = (body: EntryBody): Promise<{ readonly index: number }> => log.append({ ...body, session, seq: ++seq })
    await append({ kind: 'session.open', principal: { issuer: 'local', subject: `clerk-${this.#sessions}` } })
    for (let statement = 1; statement <= statements; statement++) {
      this.clock.move(7)
      const { index } = await append({ kind: 'intent', statement: `${session}.${statement}` })
      outcomes.push(append({ kind: 'outcome', intent: index, status: 'done', rows: statement }))
    }
    await append({ kind: 'session.close', count: seq + 1 })
    await Promise.all(outcomes)
  }

  files(): Files {
    return new Map([...this.disk.files()].filter(([path]) => path.startsWith(`${DIR}/`)).map(([path, bytes]) => [path.slice(DIR.length + 1), bytes]))
  }
}

/** What a log's signed head covers. */
export function readEntries(files: Files): Buffer[] {
  const size = readSize(files)
  const entries: Buffer[] = []
  for (let n = 0; n * TILE_WIDTH < size; n++) {
    const width = Math.min(TILE_WIDTH, size - n * TILE_WIDTH)
    const bundle = decodeBundle(files.get(toTilePath({ level: 'entries', n, width })) ?? Buffer.alloc(0), width)
    assert.ok(bundle.kind === 'bundle')
    entries.push(...bundle.entries)
  }
  return entries
}

export function readSize(files: Files): number {
  const checkpoint = parseCheckpoint(files.get('checkpoint') ?? Buffer.alloc(0))
  assert.ok(checkpoint.kind === 'checkpoint')
  return checkpoint.size
}

/** Bundles, tiles and a head over these entries; as whoever has the key can make them. */
export async function forge(entries: readonly Buffer[], signer: LogSigner = KEY, origin: string = ORIGIN): Promise<Files> {
  const writer = new TreeWriter(new TreeEdge(), [])
  for (const entry of entries) writer.add(entry)
  const { head, files } = writer.take()
  const forged: Files = new Map(files.map(({ path, bytes }) => [path, bytes]))
  const text = encodeCheckpointText(origin, head)
  const signature = await signer.sign(Buffer.from(text))
  forged.set('checkpoint', Buffer.from(`${text}\n${toSignatureLine(signer.verifierKey.name, signer.verifierKey.id, signature)}`))
  return forged
}

/** An entry with some of its fields replaced, still canonical. */
export function edit(entry: Buffer | undefined, change: { readonly [field: string]: unknown }): Buffer {
  const { v: _v, at, ...body } = JSON.parse(entry?.toString() ?? '{}') as { v: number; at: string }
  return encodeEntry({ ...body, ...change } as unknown as EntryBody, at)
}

test('a forged log with the same entries is the log itself', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 200)
  await log.close()
  const files = gateway.files()
  const forged = await forge(readEntries(files))
  for (const [path, bytes] of forged) assert.deepEqual(files.get(path), bytes, path)
})
