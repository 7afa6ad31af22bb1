/**
 * The tamper matrix: what somebody can do to a log on disk, by what means they have (files only, all tiles, the key too), and what
 * catches it. The log: 3 sessions, a restart, one more session, closed; two copies of the head from on the way are kept as pins.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { encodeBundle } from '../format/bundle.ts'
import { decodeShard, encodeBatch, encodeShardHeader } from '../format/wal.ts'
import { toTilePath } from '../merkle/tile.ts'
import { toSigner } from '../note/signer.ts'
import type { Change, FindingCode } from './finding.ts'
import { edit, forge, Gateway, KEY, ORIGIN, readEntries, readSize, toSource, type Files } from './memory-log.test.ts'
import { verifyLog, type VerifyOptions } from './verify-log.ts'

interface Sample {
  readonly files: Files
  readonly entries: readonly Buffer[]
  /** The whole folder as it was in the middle of the first run. */
  readonly early: Files
  /** Entry 0 of the second run. */
  readonly restart: number
}

let sample: Sample

before(async () => {
  const gateway = new Gateway()
  const first = await gateway.open()
  await gateway.session(first, 150)
  await first.checkpoint()
  const early = gateway.files()
  await Promise.all([gateway.session(first, 100), gateway.session(first, 50)])
  await first.close()
  const restart = readSize(gateway.files())
  const second = await gateway.open()
  await gateway.session(second, 20)
  await second.close()
  const files = gateway.files()
  sample = { files, entries: readEntries(files), early, restart }
})

interface Row {
  readonly name: string
  /** Does it, to a copy. */
  readonly tamper: (files: Files, sample: Sample) => void | Promise<void>
  readonly options?: (sample: Sample) => Partial<VerifyOptions>
  readonly exitCode: number
  readonly code?: FindingCode
  readonly index?: number
  readonly change?: Change
}

const pinned = ({ early }: Sample): Partial<VerifyOptions> => ({ pin: early.get('checkpoint') ?? Buffer.alloc(0) })
const thief = (entries: readonly Buffer[]) => async (files: Files): Promise<void> => { replaceTree(files, await forge(entries)) }

const ROWS: readonly Row[] = [
  { name: 'nothing', tamper: () => undefined, exitCode: 0 },
  { name: 'nothing, against an earlier head', tamper: () => undefined, options: pinned, exitCode: 0 },

  // With write access to the folder.
  { name: 'one byte of an entry flipped', tamper: (files) => { flip(files, bundlePath(files, 1), 1000) }, exitCode: 1, code: 'entry-changed', change: 'edited' },
  { name: 'an entry edited in its bundle', tamper: (files, { entries }) => { rewrite(files, 1, (own) => { own[44] = edit(entries[300], { rows: 1 }) }) }, exitCode: 1, code: 'entry-changed', index: 300, change: 'edited' },
  { name: 'an entry deleted, bundle left short', tamper: (files) => { rewrite(files, 1, (own) => { own.splice(44, 1) }) }, exitCode: 1, code: 'entry-changed', index: 300, change: 'deleted' },
  { name: 'an entry deleted, later ones moved up', tamper: (files, { entries }) => { rewriteAll(files, entries.toSpliced(300, 1)) }, exitCode: 1, code: 'entry-changed', index: 300, change: 'deleted' },
  { name: 'three entries deleted, later ones moved up', tamper: (files, { entries }) => { rewriteAll(files, entries.toSpliced(300, 3)) }, exitCode: 1, code: 'entry-changed', index: 300, change: 'deleted' },
  { name: 'an entry inserted', tamper: (files, { entries }) => { rewriteAll(files, entries.toSpliced(300, 0, edit(entries[5], {}))) }, exitCode: 1, code: 'entry-changed', index: 300, change: 'inserted' },
  { name: 'an entry replayed', tamper: (files, { entries }) => { rewriteAll(files, entries.toSpliced(400, 0, entries[20] ?? Buffer.alloc(0))) }, exitCode: 1, code: 'entry-changed', index: 400, change: 'inserted' },
  { name: 'two entries reordered', tamper: (files) => { rewrite(files, 1, (own) => { own.splice(44, 2, ...own.slice(44, 46).reverse()) }) }, exitCode: 1, code: 'entry-changed', index: 300, change: 'reordered' },
  { name: 'the tail of a bundle dropped', tamper: (files) => { rewrite(files, 1, (own) => { own.length = 44 }) }, exitCode: 1, code: 'entry-changed', index: 300, change: 'truncated' },
  { name: 'a bundle cut in the middle of an entry', tamper: (files) => { cut(files, bundlePath(files, 1), 1000) }, exitCode: 1, code: 'bundle-changed' },
  { name: 'a bundle dropped', tamper: (files) => { files.delete(bundlePath(files, 1)) }, exitCode: 4, code: 'file-missing', index: 256 },
  { name: 'the last bundle dropped', tamper: (files) => { files.delete(bundlePath(files, 2)) }, exitCode: 4, code: 'file-missing', index: 512 },
  { name: 'a tile dropped', tamper: (files) => { files.delete('tile/0/001') }, exitCode: 4, code: 'file-missing' },
  { name: 'a byte of a leaf tile flipped', tamper: (files) => { flip(files, 'tile/0/001', 100) }, exitCode: 1, code: 'tile-changed', index: 256 },
  { name: 'a byte of the top tile flipped', tamper: (files) => { flip(files, toTilePath({ level: 1, n: 0, width: 2 }), 5) }, exitCode: 1, code: 'tile-changed' },
  { name: 'an entry edited, and its hash in the leaf tile', tamper: (files, { entries }) => forgeLeaf(files, entries, 300), exitCode: 1, code: 'entry-changed', index: 256 },
  { name: 'an entry edited, and every tile', tamper: async (files, { entries }) => { keepHead(files, await forge(entries.with(300, edit(entries[300], { rows: 9 })))) }, exitCode: 1, code: 'tile-changed' },
  { name: 'an entry edited, and every tile: the root', tamper: async (files, { entries }) => { keepHead(files, await forge(entries.with(300, edit(entries[300], { rows: 9 })))) }, exitCode: 1, code: 'root-differs' },
  { name: 'an entry edited in the write-ahead log', tamper: (files, { entries, restart }) => { rewriteWal(files, entries, restart) }, exitCode: 1, code: 'wal-differs' },
  { name: 'the head edited', tamper: (files) => { flip(files, 'checkpoint', ORIGIN.length + 2) }, exitCode: 1, code: 'signature-wrong' },
  { name: 'the head signed by another key', tamper: async (files, { entries }) => { replaceTree(files, await forge(entries, toSigner(ORIGIN, Buffer.alloc(32, 66)))) }, exitCode: 1, code: 'signature-missing' },
  { name: 'the head dropped', tamper: (files) => { files.delete('checkpoint') }, exitCode: 5 },
  { name: 'an older head put back', tamper: (files, { early }) => { files.set('checkpoint', early.get('checkpoint') ?? Buffer.alloc(0)) }, exitCode: 3, code: 'rolled-back' },
  { name: 'the whole folder put back to an earlier state', tamper: restoreEarly, options: ({ files }) => ({ pin: files.get('checkpoint') ?? Buffer.alloc(0) }), exitCode: 3, code: 'rolled-back' },
  { name: 'the whole folder put back, and nobody kept a later head: its age', tamper: restoreEarly, options: () => ({ fresh: { nowMs: Date.UTC(2026, 1, 1), maxAgeMs: 3_600_000 } }), exitCode: 3, code: 'too-old' },

  // With the key as well: hashes and signature hold, so what entries say about each other, a pin or a witness has to catch it.
  { name: 'key theft: an entry edited', tamper: async (files, { entries }) => { await thief(entries.with(300, edit(entries[300], { rows: 9 })))(files) }, exitCode: 1, code: 'start-differs', index: undefined },
  { name: 'key theft: an entry deleted', tamper: async (files, { entries }) => { await thief(entries.toSpliced(300, 1))(files) }, exitCode: 1, code: 'sequence-gap' },
  { name: 'key theft: the last session dropped, against an earlier head', tamper: async (files, { entries, restart }) => { await thief(entries.slice(0, restart))(files) }, options: ({ files }) => ({ pin: files.get('checkpoint') ?? Buffer.alloc(0) }), exitCode: 3, code: 'rolled-back' },
  { name: 'key theft: an entry edited after the last start, against a later head', tamper: async (files, { entries, restart }) => { await thief(entries.with(restart + 3, edit(entries[restart + 3], { rows: 9 })))(files) }, options: ({ files }) => ({ pin: files.get('checkpoint') ?? Buffer.alloc(0) }), exitCode: 1, code: 'fork' },
  { name: 'key theft: another history, against an earlier head', tamper: async (files, { entries }) => { await thief(entries.with(3, edit(entries[3], { statement: 'x' })))(files) }, options: pinned, exitCode: 1, code: 'fork' },
  { name: 'key theft: an outcome without its intent', tamper: async (files, { entries, restart }) => { await thief(entries.with(restart + 3, edit(entries[restart + 3], { intent: 1 })))(files) }, exitCode: 1, code: 'outcome-without-intent' },
  { name: 'key theft: a time set back', tamper: async (files, { entries, restart }) => { await thief(entries.with(restart + 3, backdate(entries[restart + 3])))(files) }, exitCode: 1, code: 'time-backwards' },
  { name: 'key theft: a head for another origin', tamper: async (files, { entries }) => { replaceTree(files, await forge(entries, KEY, 'example.org/audit/other')) }, exitCode: 1, code: 'origin-differs' },
  { name: 'key theft: a time that is none', tamper: async (files, { entries, restart }) => { await thief(entries.with(restart + 3, Buffer.from(String(entries[restart + 3]).replace(/T\d\d:\d\d/, 'T9999'))))(files) }, exitCode: 1, code: 'entry-malformed' },
  { name: 'key theft: an entry of an unknown version', tamper: async (files, { entries, restart }) => { await thief(entries.with(restart + 3, Buffer.from(String(entries[restart + 3]).replace('"v":1}', '"v":2}'))))(files) }, exitCode: 1, code: 'entry-malformed' },
  { name: 'key theft: a start that names another size', tamper: async (files, { entries, restart }) => { await thief(entries.with(restart, Buffer.from(String(entries[restart]).replace(/"size":\d+/, '"size":7'))))(files) }, exitCode: 1, code: 'start-differs' },
  { name: 'key theft: an entry that is not canonical', tamper: async (files, { entries, restart }) => { await thief(entries.with(restart + 3, Buffer.from(` ${String(entries[restart + 3])}`)))(files) }, exitCode: 1, code: 'entry-not-canonical' },
]

for (const { name, tamper, options, exitCode, code, index, change } of ROWS) {
  test(`verify: ${name}: exit ${exitCode}${code === undefined ? '' : `, ${code}`}`, async () => {
    const files: Files = new Map(sample.files)
    await tamper(files, sample)
    const result = await verifyLog({ source: toSource(files), verifierKey: KEY.verifierKey.text, entries: 'doorward', ...options?.(sample) })
    const first = 'first' in result ? result.first : undefined
    assert.equal(result.exitCode, exitCode, JSON.stringify(first ?? result).slice(0, 600))
    if (code === undefined || !('report' in result)) return
    const finding = result.report.findings.find((candidate) => candidate.code === code) ?? assert.fail(JSON.stringify(result.report.findings.slice(0, 5)))
    if (change !== undefined) assert.equal(finding.change, change, finding.message)
    if (index !== undefined) assert.equal(finding.index, index, finding.message)
  })
}

test('verify: every flipped byte of the log is caught', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 2)
  await log.close()
  for (const [path, bytes] of gateway.files()) {
    // Partial tiles of older heads are not part of the log any more; the shard's bytes below the head are held against the tree.
    const isOld = path.includes('.p/') && !path.endsWith(`.p/${readSize(gateway.files())}`)
    if (isOld || path === 'ballast') continue
    for (let at = 0; at < bytes.length; at++) {
      const files = gateway.files()
      flip(files, path, at)
      const result = await verifyLog({ source: toSource(files), verifierKey: KEY.verifierKey.text, entries: 'doorward' })
      assert.ok(result.exitCode !== 0 || path.startsWith('wal/'), `${path} byte ${at}`)
    }
  }
})

function flip(files: Files, path: string, at: number): void {
  const bytes = Buffer.from(files.get(path) ?? assert.fail(path))
  bytes[at] = (bytes[at] ?? 0) ^ 1
  files.set(path, bytes)
}

function cut(files: Files, path: string, at: number): void {
  files.set(path, (files.get(path) ?? assert.fail(path)).subarray(0, at))
}

function bundlePath(files: Files, n: number): string {
  return toTilePath({ level: 'entries', n, width: Math.min(256, readSize(files) - n * 256) })
}

function rewrite(files: Files, n: number, change: (entries: Buffer[]) => void): void {
  const entries = readEntries(files).slice(n * 256, (n + 1) * 256)
  change(entries)
  files.set(bundlePath(files, n), encodeBundle(entries))
}

/** Every bundle anew, tiles and head left as they are. */
function rewriteAll(files: Files, entries: readonly Buffer[]): void {
  const size = readSize(files)
  for (let n = 0; n * 256 < size; n++) files.set(bundlePath(files, n), encodeBundle(entries.slice(n * 256, Math.min((n + 1) * 256, n * 256 + Math.min(256, size - n * 256)))))
}

async function forgeLeaf(files: Files, entries: readonly Buffer[], index: number): Promise<void> {
  const forged = await forge(entries.with(index, edit(entries[index], { rows: 9 })))
  for (const path of ['tile/0/001', 'tile/entries/001']) files.set(path, forged.get(path) ?? assert.fail(path))
}

function keepHead(files: Files, forged: Files): void {
  for (const [path, bytes] of forged) if (path !== 'checkpoint') files.set(path, bytes)
}

function replaceTree(files: Files, forged: Files): void {
  files.clear()
  for (const [path, bytes] of forged) files.set(path, bytes)
}

function restoreEarly(files: Files, { early }: Sample): void {
  replaceTree(files, early)
}

/** The newest shard, with its first entry replaced and its checksums right. */
function rewriteWal(files: Files, entries: readonly Buffer[], restart: number): void {
  const path = [...files.keys()].filter((name) => name.startsWith('wal/')).sort().at(-1) ?? assert.fail()
  const shard = decodeShard(files.get(path) ?? Buffer.alloc(0), ORIGIN)
  assert.ok(shard.kind === 'shard' && shard.firstIndex === restart)
  const own = shard.entries.with(0, edit(entries[restart], { recovered: 1 }))
  files.set(path, Buffer.concat([encodeShardHeader(ORIGIN, shard.number, restart), encodeBatch(restart, own)]))
}

function backdate(entry: Buffer | undefined): Buffer {
  return Buffer.from(String(entry).replace('2026-01-01T', '2025-01-01T'))
}
