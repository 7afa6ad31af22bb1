/** What a log refuses to open on, and what it does while it runs: rollback, fork, damage, clocks, locks, keys, heartbeats. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AuditFault, type AuditFaultCode } from '../fault.ts'
import { encodeBatch, encodeShardHeader } from '../format/wal.ts'
import { toSigner } from '../note/signer.ts'
import { forge, Gateway, KEY, ORIGIN, readEntries, readSize } from '../verify/memory-log.test.ts'
import type { AuditLog } from './audit-log.ts'
import { CrashDisk } from './crash-disk.test.ts'
import type { FileSystem } from './file-system.ts'
import { loadOrCreateKey } from './key-file.ts'
import { machineProcesses, takeLock, type ProcessTable } from './lock.ts'
import { openAuditLog } from './open.ts'
import { TestClock } from './test-clock.test.ts'

const DIR = '/log'

async function toClosed(): Promise<Gateway> {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 150)
  await log.close()
  return gateway
}

/** Puts a file in place, or takes it away. */
async function replace(disk: CrashDisk, path: string, bytes: Buffer | undefined): Promise<void> {
  await disk.remove(`${DIR}/${path}`)
  if (bytes === undefined) return
  const file = await disk.create(`${DIR}/${path}`)
  await file.write(bytes, 0)
}

const REFUSED: readonly { readonly name: string; readonly code: AuditFaultCode; readonly spoil: (gateway: Gateway) => Promise<void> }[] = [
  { name: 'a checkpoint that is gone', code: 'rollback', spoil: ({ disk }) => replace(disk, 'checkpoint', undefined) },
  { name: 'an older checkpoint', code: 'rollback', async spoil(gateway) {
    const old = gateway.files().get('checkpoint')
    // One run later its entries would still be in the write-ahead log, and nothing would be lost.
    for (let run = 0; run < 2; run++) await (await gateway.open()).close()
    await replace(gateway.disk, 'checkpoint', old)
  } },
  { name: 'tiles that are behind the head', code: 'rollback', spoil: ({ disk }) => replace(disk, 'tile/0/001.p/48', undefined) },
  { name: 'entries that are behind the head', code: 'rollback', spoil: ({ disk }) => replace(disk, 'tile/entries/001.p/48', undefined) },
  { name: 'a write-ahead log that is gone', code: 'rollback', async spoil(gateway) {
    for (const path of gateway.files().keys()) if (path.startsWith('wal/')) await replace(gateway.disk, path, undefined)
  } },
  { name: 'a write-ahead log that is behind the head', code: 'rollback', async spoil(gateway) {
    const [path, bytes] = [...gateway.files()].find(([name]) => name.startsWith('wal/')) ?? assert.fail()
    await replace(gateway.disk, path, bytes.subarray(0, 64))
  } },
  { name: 'a damaged write-ahead log', code: 'wal-corrupt', async spoil(gateway) {
    const [path, bytes] = [...gateway.files()].find(([name]) => name.startsWith('wal/')) ?? assert.fail()
    await replace(gateway.disk, path, Buffer.concat([bytes.subarray(0, 200), Buffer.of(0), bytes.subarray(201)]))
  } },
  { name: 'a gap in the write-ahead log', code: 'wal-corrupt', spoil: ({ disk }) => replace(disk, 'wal/000000000009.wal', encodeShardHeader(ORIGIN, 9, 400)) },
  { name: 'a shard that begins before the one before it', code: 'wal-corrupt', async spoil(gateway) {
    await (await gateway.open()).close()
    await replace(gateway.disk, 'wal/000000000009.wal', Buffer.concat([encodeShardHeader(ORIGIN, 9, 0), encodeBatch(0, [Buffer.from('{}')])]))
  } },
  { name: 'a shard under the name of another', code: 'wal-corrupt', spoil: ({ disk }) => replace(disk, 'wal/000000000009.wal', encodeShardHeader(ORIGIN, 8, 304)) },
  { name: 'a head for another origin by the same key', code: 'head-invalid', async spoil(gateway) {
    await replace(gateway.disk, 'checkpoint', (await forge(readEntries(gateway.files()), KEY, 'example.org/other')).get('checkpoint'))
  } },
  { name: 'tiles of another history', code: 'fork', spoil: ({ disk }) => replace(disk, 'tile/0/001.p/48', Buffer.alloc(48 * 32, 1)) },
  { name: 'entries of another history', code: 'fork', async spoil(gateway) {
    const bytes = Buffer.from(gateway.files().get('tile/entries/001.p/48') ?? assert.fail())
    bytes[20] = (bytes[20] ?? 0) ^ 1
    await replace(gateway.disk, 'tile/entries/001.p/48', bytes)
  } },
  { name: 'a whole other tree under a head of this key', code: 'fork', async spoil(gateway) {
    const forged = await forge(readEntries(gateway.files()).with(3, Buffer.from('{}')))
    for (const [path, bytes] of forged) await replace(gateway.disk, path, bytes)
  } },
  { name: 'a checkpoint of another key', code: 'head-invalid', async spoil(gateway) {
    const forged = await forge(readEntries(gateway.files()), toSigner(ORIGIN, Buffer.alloc(32, 1)))
    await replace(gateway.disk, 'checkpoint', forged.get('checkpoint'))
  } },
  { name: 'a checkpoint with a changed byte', code: 'head-invalid', async spoil(gateway) {
    const bytes = Buffer.from(gateway.files().get('checkpoint') ?? assert.fail())
    bytes[bytes.length - 10] = 65
    await replace(gateway.disk, 'checkpoint', bytes)
  } },
  { name: 'a clock behind the last entry', code: 'clock-regression', spoil: ({ clock }) => { clock.move(-10_000); return Promise.resolve() } },
]

for (const { name, code, spoil } of REFUSED) {
  test(`does not open on ${name}: ${code}`, async () => {
    const gateway = await toClosed()
    await spoil(gateway)
    const before = gateway.files()
    await assert.rejects(gateway.open(), isFault(code))
    // Refusing leaves everything as it was, for whoever looks into it; only the lock was there meanwhile.
    assert.deepEqual(gateway.files(), before)
  })
}

test('takes up entries that were durable and unsigned when it was killed', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 60)
  gateway.disk.restart({ kind: 'all' })
  assert.equal(readSize(gateway.files()), 1)
  const next = await gateway.open()
  assert.equal(next.head.size, 1 + 122 + 1)
  await next.close()
})

test('drops partial tiles once the full ones are under a head', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  for (let group = 0; group < 3; group++) {
    await gateway.session(log, 60)
    await log.checkpoint()
  }
  await log.close()
  const partial = [...gateway.files().keys()].filter((path) => path.includes('/000.p/'))
  assert.ok(partial.length > 0 && partial.every((path) => path.startsWith('tile/1/')), partial.join())
  assert.ok(gateway.files().has('tile/entries/000') && gateway.files().has('tile/0/000'))
})

test('ends when somebody else moved the head', async () => {
  const gateway = await toClosed()
  const log = await gateway.open()
  await replace(gateway.disk, 'checkpoint', (await forge(readEntries(gateway.files()))).get('checkpoint')?.subarray(0, -1))
  await log.append({ kind: 'intent' })
  await assert.rejects(log.checkpoint(), isFault('fork'))
  await assert.rejects(log.append({ kind: 'intent' }), isFault('fork'))
  assert.equal((await log.failed).code, 'fork')
  await log.close()
})

test('ends when the signer refuses or signs something else', async () => {
  for (const sign of [() => Promise.reject(new Error('away')), () => Promise.resolve(Buffer.alloc(64))]) {
    let isWrong = false
    const key = { verifierKey: KEY.verifierKey, sign: (message: Uint8Array) => (isWrong ? sign() : KEY.sign(message)) }
    const log = await openAuditLog({ dir: DIR, origin: ORIGIN, key, clock: new TestClock(), fs: new CrashDisk(), processes: deadProcesses() })
    isWrong = true
    await log.append({ kind: 'intent' })
    await assert.rejects(log.checkpoint(), isFault('recorder-failed'))
    await log.close()
  }
})

test('signs a head after half a second and beats while nothing else happens', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await log.append({ kind: 'intent' })
  assert.equal(log.head.size, 1)
  gateway.clock.move(500)
  await untilHead(log, 2)
  for (let beat = 1; beat <= 3; beat++) {
    gateway.clock.move(60_000)
    await untilAppended(gateway, log)
    gateway.clock.move(500)
    await untilHead(log, 2 + beat)
  }
  await log.close()
  const kinds = readEntries(gateway.files()).map((entry) => (JSON.parse(entry.toString()) as { kind: string }).kind)
  assert.deepEqual(kinds, ['audit.start', 'intent', 'audit.heartbeat', 'audit.heartbeat', 'audit.heartbeat', 'audit.stop'])
  assert.equal(gateway.clock.timers, 0)
})

test('refuses what is no entry and goes on', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await assert.rejects(log.append({ kind: 'intent', x: NaN }), isFault('entry-invalid'))
  await assert.rejects(log.append({ kind: 'intent', x: 'y'.repeat(70_000) }), isFault('entry-too-large'))
  assert.equal((await log.append({ kind: 'intent' })).index, 1)
  await log.close()
  await assert.rejects(log.append({ kind: 'intent' }), isFault('closed'))
  await log.close()
})

test('answers every append that was under way when it was closed', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  const pending = Array.from({ length: 50 }, () => log.append({ kind: 'intent' }))
  await log.close()
  assert.equal((await Promise.all(pending)).at(-1)?.index, 50)
  assert.equal(readSize(gateway.files()), 52)
})

test('keeps out a second process, and takes the lock of one that was killed', async () => {
  const disk = new CrashDisk()
  const open = (processes: ProcessTable): Promise<AuditLog> => openAuditLog({ dir: DIR, origin: ORIGIN, key: KEY, clock: new TestClock(), fs: disk, processes })
  await open({ self: { pid: 7, started: 'a' }, isAlive: () => true })
  disk.restart({ kind: 'none' })
  const asked: unknown[] = []
  await assert.rejects(open({ self: { pid: 8, started: 'b' }, isAlive: (other) => { asked.push(other); return true } }), isFault('locked'))
  assert.deepEqual(asked, [{ pid: 7, started: 'a' }])
  const log = await open({ self: { pid: 8, started: 'b' }, isAlive: () => false })
  await log.close()
})

test('gives a lock back that turned out to be a live one', async () => {
  const disk = new CrashDisk()
  await disk.makeDirectory('/log')
  await replace(disk, 'lock', Buffer.from('{"pid":7,"started":"a"}'))
  // Between our look at the stale lock and our taking it away, another process did the same and holds a new one.
  let turns = 0
  const processes: ProcessTable = {
    self: { pid: 8, started: 'b' },
    isAlive: (other) => {
      if (other.pid === 9) return true
      if (turns++ === 0) swap = replace(disk, 'lock', Buffer.from('{"pid":9,"started":"c"}'))
      return false
    },
  }
  let swap: Promise<void> | undefined
  const slow: FileSystem = { read: (path) => disk.read(path), list: (path) => disk.list(path), create: (path) => disk.create(path), createDurable: (path) => disk.createDurable(path), makeDirectory: (path) => disk.makeDirectory(path), remove: (path) => disk.remove(path), removeDirectory: (path) => disk.removeDirectory(path), syncDirectory: (path) => disk.syncDirectory(path), rename: async (from, to) => {
    await swap
    await disk.rename(from, to)
  } }
  await assert.rejects(takeLock(slow, '/log', processes), isFault('locked'))
  assert.equal((await disk.read('/log/lock'))?.toString(), '{"pid":9,"started":"c"}')
})

test('does not take away a lock that is not its own any more', async () => {
  const disk = new CrashDisk()
  await disk.makeDirectory('/log')
  const lock = await takeLock(disk, '/log', { self: { pid: 8, started: 'b' }, isAlive: () => false })
  await replace(disk, 'lock', Buffer.from('{"pid":9,"started":"c"}'))
  await lock.release()
  assert.equal((await disk.read('/log/lock'))?.toString(), '{"pid":9,"started":"c"}')
})

test('tells live processes from those that are gone or others now', () => {
  const processes = machineProcesses()
  const { self } = processes
  assert.ok(processes.isAlive(self))
  assert.ok(!processes.isAlive({ ...self, started: 'before' }))
  assert.ok(processes.isAlive({ pid: process.ppid, started: '' }))
  assert.ok(!processes.isAlive({ pid: 2 ** 22 + 1, started: 'x' }))
})

test('makes a key once, for its owner alone, and refuses one that others can read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-key-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'keys', 'log.key')
  const made = await loadOrCreateKey(path, ORIGIN)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await loadOrCreateKey(path, ORIGIN)).verifierKey.text, made.verifierKey.text)
  assert.equal((await readFile(join(folder, 'keys', 'log.vkey'), 'utf8')).trim(), made.verifierKey.text)
  await assert.rejects(loadOrCreateKey(path, 'example.org/other'), isFault('key-invalid'))
  await chmod(path, 0o640)
  await assert.rejects(loadOrCreateKey(path, ORIGIN), isFault('key-invalid'))
  await chmod(path, 0o600)
  await writeFile(path, 'PRIVATE+KEY+nonsense')
  await assert.rejects(loadOrCreateKey(path, ORIGIN), isFault('key-invalid'))
  await assert.rejects(loadOrCreateKey(join(folder, 'b.key'), 'two words'), isFault('key-invalid'))
})

async function untilHead(log: AuditLog, size: number): Promise<void> {
  for (let turn = 0; turn < 1000 && log.head.size < size; turn++) await new Promise((resolve) => { setImmediate(resolve) })
  assert.equal(log.head.size, size)
}

/** A checkpoint waits for its timer only once its entry is durable. */
async function untilAppended(gateway: Gateway, log: AuditLog): Promise<void> {
  for (let turn = 0; turn < 1000 && gateway.clock.timers < 2; turn++) await new Promise((resolve) => { setImmediate(resolve) })
  assert.ok(gateway.clock.timers >= 2, `head ${log.head.size}`)
}

function deadProcesses(): ProcessTable {
  return { self: { pid: 1, started: '' }, isAlive: () => false }
}

function isFault(code: AuditFaultCode): (error: unknown) => boolean {
  return (error) => error instanceof AuditFault && error.code === code
}
