/** The port as an S3-compatible store would fill it: versions, conditional puts, locked objects. The log runs over it, and over a folder. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toSigner } from '../note/signer.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { CrashDisk } from './crash-disk.test.ts'
import { directoryStore } from './directory-store.ts'
import type { ObjectStore, StoredObject } from './object-store.ts'
import { openAuditLog } from './open.ts'
import { TestClock } from './test-clock.test.ts'

const ORIGIN = 'example.org/audit/objects'
const KEY = toSigner(ORIGIN, Buffer.alloc(32, 8))

class LockingStore implements ObjectStore {
  readonly objects = new Map<string, StoredObject & { readonly locked: boolean }>()
  #versions = 0

  read(path: string): Promise<StoredObject | undefined> {
    return Promise.resolve(this.objects.get(path))
  }

  list(folder: string): Promise<readonly string[]> {
    return Promise.resolve([...new Set([...this.objects.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))])
  }

  putAll(objects: Parameters<ObjectStore['putAll']>[0]): Promise<void> {
    for (const { path, bytes, kind } of objects) {
      const found = this.objects.get(path)
      // As with object lock: what is there stays; putting the same again, as after a crash, is no error.
      if (found?.locked === true) assert.ok(found.bytes.equals(bytes), `${path} is locked and would change`)
      else this.#set(path, bytes, kind === 'permanent')
    }
    return Promise.resolve()
  }

  replace(path: string, bytes: Uint8Array, expected: string | undefined): ReturnType<ObjectStore['replace']> {
    if (this.objects.get(path)?.version !== expected) return Promise.resolve({ kind: 'conflict' })
    return Promise.resolve({ kind: 'replaced', version: this.#set(path, bytes, false) })
  }

  removeFolder(folder: string): Promise<void> {
    for (const [path, { locked }] of this.objects) {
      if (!path.startsWith(`${folder}/`)) continue
      assert.ok(!locked, `${path} is locked and would be removed`)
      this.objects.delete(path)
    }
    return Promise.resolve()
  }

  #set(path: string, bytes: Uint8Array, locked: boolean): string {
    const version = `v${++this.#versions}`
    this.objects.set(path, { bytes: Buffer.from(bytes), version, locked })
    return version
  }
}

test('a log publishes to a store with versions and locked objects, and goes on from it', async () => {
  const objects = new LockingStore()
  const disk = new CrashDisk()
  const clock = new TestClock()
  let pid = 0
  const open = (): ReturnType<typeof openAuditLog> => openAuditLog({ dir: '/log', origin: ORIGIN, key: KEY, clock, fs: disk, objects, processes: { self: { pid: ++pid, started: '' }, isAlive: () => false } })
  const log = await open()
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 150 }, () => log.append({ kind: 'alert' })))
    await log.checkpoint()
  }
  disk.restart({ kind: 'all' }) // without a stop
  const next = await open()
  await next.append({ kind: 'alert' })
  await next.close()
  const result = await verifyLog({
    source: { read: async (path) => (await objects.read(path))?.bytes, list: () => Promise.resolve(undefined) }, verifierKey: KEY.verifierKey.text, entries: 'doorward',
  })
  assert.ok(result.kind === 'intact' && result.report.size === 454, JSON.stringify(result).slice(0, 400))
  assert.ok([...objects.objects].some(([path, { locked }]) => path === 'tile/entries/000' && locked))
  assert.ok(![...objects.objects.keys()].some((path) => path.startsWith('tile/entries/000.p/')))
})

test('a head that somebody else replaced ends the log', async () => {
  const objects = new LockingStore()
  const log = await openAuditLog({ dir: '/log', origin: ORIGIN, key: KEY, clock: new TestClock(), fs: new CrashDisk(), objects })
  await objects.replace('checkpoint', Buffer.from('other'), objects.objects.get('checkpoint')?.version)
  await log.append({ kind: 'alert' })
  await assert.rejects(log.checkpoint(), { code: 'fork' })
  await assert.rejects(log.append({ kind: 'alert' }), { code: 'fork' })
  await log.close()
})

const STORES: readonly { readonly name: string; readonly make: () => Promise<ObjectStore> }[] = [
  { name: 'versions', make: () => Promise.resolve(new LockingStore()) },
  { name: 'a folder', make: async () => { const disk = new CrashDisk(); await disk.makeDirectory('/log'); return directoryStore(disk, '/log') } },
]

for (const { name, make } of STORES) {
  test(`a store of ${name} replaces only what is expected`, async () => {
    const store = await make()
    assert.equal((await store.replace('checkpoint', Buffer.from('b'), 'v9')).kind, 'conflict')
    const first = await store.replace('checkpoint', Buffer.from('a'), undefined)
    assert.ok(first.kind === 'replaced')
    assert.equal((await store.replace('checkpoint', Buffer.from('b'), undefined)).kind, 'conflict')
    assert.deepEqual(await store.read('checkpoint'), { ...await store.read('checkpoint'), version: first.version, bytes: Buffer.from('a') })
    assert.equal((await store.replace('checkpoint', Buffer.from('b'), first.version)).kind, 'replaced')
    assert.equal((await store.replace('checkpoint', Buffer.from('c'), first.version)).kind, 'conflict')
    await store.putAll([{ path: 'tile/0/000.p/7', bytes: Buffer.from('x'), kind: 'partial' }, { path: 'tile/0/000', bytes: Buffer.from('y'), kind: 'permanent' }])
    assert.deepEqual((await store.list('tile/0')).toSorted(), ['000', '000.p'])
    await store.removeFolder('tile/0/000.p')
    assert.deepEqual(await store.list('tile/0'), ['000'])
    await store.removeFolder('tile/0/001.p')
  })
}
