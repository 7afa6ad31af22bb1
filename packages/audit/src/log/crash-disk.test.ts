/**
 * A disk in memory that can fail or stop at any operation and then lose what was not made durable. (Named as a test so that the
 * package is published without it; its own test is at the end.)
 *
 * After a power cut a file keeps what datasync covered, and of later writes any of the 512-byte sectors; a folder keeps what
 * syncDirectory covered, and any number of the first changes after it. After a failed datasync the writes it was to cover stay
 * visible, and no later datasync makes them durable (what Linux does).
 */
import assert from 'node:assert/strict'
import { basename, dirname } from 'node:path'
import { test } from 'node:test'
import { syncedAfterEach, type DurableFile, type FileSystem, type LogFile } from './file-system.ts'

export type DiskFault =
  | { readonly kind: 'none' }
  /** The operation does nothing and fails. */
  | { readonly kind: 'fail'; readonly at: number; readonly code: string }
  /** The operation takes effect and fails all the same; a write takes half effect. */
  | { readonly kind: 'fail-after'; readonly at: number; readonly code: string }
  /** The process ends before the operation, or right after it (which differs from before the next one only in what others did). */
  | { readonly kind: 'kill'; readonly at: number }
  | { readonly kind: 'kill-after'; readonly at: number }

/** What is left: all that was written (the process was killed), only what was durable, or some of the rest. */
export type Loss = { readonly kind: 'none' } | { readonly kind: 'all' } | { readonly kind: 'some'; readonly seed: number }

const SECTOR_BYTES = 512

interface Content { bytes: Buffer; durable: Buffer; unsynced: { position: number; bytes: Buffer }[]; poisoned: boolean }
type Node = { readonly kind: 'file'; readonly content: Content } | { readonly kind: 'directory'; readonly path: string }
interface Folder { names: Map<string, Node>; durable: Map<string, Node>; changes: ((names: Map<string, Node>) => void)[] }

class SystemError extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

export class CrashDisk implements FileSystem {
  #folders = new Map<string, Folder>([['/', newFolder()]])
  #fault: DiskFault = { kind: 'none' }
  #dead = false
  readonly #random = toRandom(1)
  /** Operations that change something, so far. */
  operations = 0
  /** Rules that the log broke. */
  readonly violations: string[] = []

  arm(fault: DiskFault): void {
    this.#fault = fault
    this.operations = 0
  }

  /** The machine is on again; nobody of before is there. */
  restart(loss: Loss): void {
    const random = toRandom(loss.kind === 'some' ? loss.seed : 0)
    this.#dead = false
    this.#fault = { kind: 'none' }
    if (loss.kind === 'none') return
    const before = this.#folders
    this.#folders = new Map()
    this.#settle('/', before, loss, random, new Set())
  }

  /** Another disk that holds the same. */
  copy(): CrashDisk {
    const copy = new CrashDisk()
    const contents = new Map<Content, Content>()
    const copyNode = (node: Node): Node => {
      if (node.kind === 'directory') return node
      const { content } = node
      const copied = contents.get(content) ?? { ...content, unsynced: [...content.unsynced] } // buffers are replaced, never written
      contents.set(content, copied)
      return { kind: 'file', content: copied }
    }
    const copyNames = (names: Map<string, Node>): Map<string, Node> => new Map([...names].map(([name, node]) => [name, copyNode(node)]))
    for (const [path, { names, durable, changes }] of this.#folders) {
      assert.equal(changes.length, 0, `${path} is not synced`)
      copy.#folders.set(path, { names: copyNames(names), durable: copyNames(durable), changes: [] })
    }
    return copy
  }

  /** Every file with what reading it gives now. */
  *files(): IterableIterator<readonly [string, Buffer]> {
    for (const [path, { names }] of this.#folders) {
      for (const [name, node] of names) if (node.kind === 'file') yield [path === '/' ? `/${name}` : `${path}/${name}`, Buffer.from(node.content.bytes)]
    }
  }

  async read(path: string): Promise<Buffer | undefined> {
    this.#requireAlive()
    const node = this.#find(path)
    return Promise.resolve(node?.kind === 'file' ? Buffer.from(node.content.bytes) : undefined)
  }

  async list(path: string): Promise<readonly string[]> {
    this.#requireAlive()
    return Promise.resolve([...(this.#folders.get(path)?.names.keys() ?? [])])
  }

  async create(path: string): Promise<LogFile> {
    const content: Content = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: [], poisoned: false }
    await this.#operate(() => {
      if (this.#find(path) !== undefined) throw new SystemError('EEXIST')
      this.#change(path, (names) => { names.set(basename(path), { kind: 'file', content }) })
    })
    return this.#toFile(path, content)
  }

  /** Two operations for each write: between them a cut leaves any of its sectors, as during a write that is durable by itself. */
  async createDurable(path: string): Promise<DurableFile> { return syncedAfterEach(await this.create(path)) }

  async makeDirectory(path: string): Promise<boolean> {
    if (this.#find(path) !== undefined || path === '/') return false
    await this.#operate(() => {
      this.#change(path, (names) => { names.set(basename(path), { kind: 'directory', path }) })
      this.#folders.set(path, newFolder())
    })
    return true
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#operate(() => {
      const node = this.#find(from)
      if (node === undefined) throw new SystemError('ENOENT')
      assert.equal(dirname(from), dirname(to), 'renames stay in one folder')
      this.#change(to, (names) => {
        names.delete(basename(from))
        names.set(basename(to), node)
      })
    })
  }

  async remove(path: string): Promise<boolean> {
    if (this.#find(path) === undefined) return false
    await this.#operate(() => { this.#change(path, (names) => { names.delete(basename(path)) }) })
    return true
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#operate(() => {
      if ((this.#folders.get(path)?.names.size ?? 0) > 0) throw new SystemError('ENOTEMPTY')
      this.#change(path, (names) => { names.delete(basename(path)) })
    })
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#operate(() => {
      const folder = this.#folders.get(path)
      if (folder === undefined) throw new SystemError('ENOENT')
      folder.durable = new Map(folder.names)
      folder.changes = []
    })
  }

  #toFile(path: string, content: Content): LogFile {
    return {
      write: (bytes, position) => this.#operate((part) => {
        const written = Buffer.from(bytes.subarray(0, Math.ceil(bytes.length * part)))
        content.bytes = overlay(content.bytes, position, written)
        content.unsynced.push({ position, bytes: written })
      }),
      datasync: () => {
        if (content.poisoned) this.violations.push(`${basename(path)}: datasync after one failed`)
        return this.#operate(() => {
          content.durable = Buffer.from(content.bytes)
          content.unsynced = []
        }, () => { content.poisoned = true })
      },
      close: () => Promise.resolve(),
    }
  }

  /** @param work part: how much of a write takes effect. */
  async #operate(work: (part: number) => void, onFailed: () => void = () => undefined): Promise<void> {
    this.#requireAlive()
    // As on a real disk, others run meanwhile, and not all operations take the same time.
    for (let turns = this.#random() % 6; turns >= 0; turns -= 2) await new Promise((resolve) => { process.nextTick(resolve) })
    this.#requireAlive()
    const at = this.operations++
    const fault = this.#fault
    if (fault.kind === 'none' || fault.at !== at) {
      work(1)
      return
    }
    switch (fault.kind) {
      case 'fail': onFailed(); throw new SystemError(fault.code)
      case 'fail-after': work(0.5); onFailed(); throw new SystemError(fault.code)
      case 'kill': this.#dead = true; break
      case 'kill-after': work(1); this.#dead = true; break
    }
    throw new SystemError('KILLED')
  }

  #requireAlive(): void {
    if (this.#dead) throw new SystemError('KILLED')
  }

  #find(path: string): Node | undefined {
    return this.#folders.get(dirname(path))?.names.get(basename(path))
  }

  #change(path: string, change: (names: Map<string, Node>) => void): void {
    const folder = this.#folders.get(dirname(path))
    if (folder === undefined) throw new SystemError('ENOENT')
    change(folder.names)
    folder.changes.push(change)
  }

  #settle(path: string, before: Map<string, Folder>, loss: Loss, random: () => number, seen: Set<Content>): void {
    const folder = before.get(path) ?? newFolder()
    const names = new Map(folder.durable)
    if (loss.kind === 'some') for (const change of folder.changes.slice(0, random() % (folder.changes.length + 1))) change(names)
    this.#folders.set(path, { names, durable: new Map(names), changes: [] })
    for (const node of names.values()) {
      if (node.kind === 'directory') this.#settle(node.path, before, loss, random, seen)
      else if (!seen.has(node.content)) {
        seen.add(node.content)
        settleContent(node.content, loss, random)
      }
    }
  }
}

function settleContent(content: Content, loss: Loss, random: () => number): void {
  let bytes = content.durable
  if (loss.kind === 'some') {
    for (const { position, bytes: written } of content.unsynced) {
      for (let at = 0; at < written.length; at += SECTOR_BYTES) {
        if (random() % 2 === 0) bytes = overlay(bytes, position + at, written.subarray(at, at + SECTOR_BYTES))
      }
    }
  }
  content.bytes = Buffer.from(bytes)
  content.durable = bytes
  content.unsynced = []
  content.poisoned = false
}

function overlay(bytes: Buffer, position: number, written: Buffer): Buffer {
  const result = Buffer.alloc(Math.max(bytes.length, position + written.length))
  result.set(bytes)
  result.set(written, position)
  return result
}

function newFolder(): Folder {
  return { names: new Map(), durable: new Map(), changes: [] }
}

/** Numerical Recipes' linear congruential generator: the same seed, the same losses. */
function toRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 8
  }
}

test('the crash disk loses exactly what was not made durable', async () => {
  const disk = new CrashDisk()
  await disk.makeDirectory('/d')
  await disk.syncDirectory('/')
  const file = await disk.create('/d/a')
  await file.write(Buffer.from('12'), 0)
  await file.datasync()
  await disk.syncDirectory('/d')
  await file.write(Buffer.from('34'), 2)
  await disk.create('/d/b')
  disk.restart({ kind: 'none' })
  assert.equal((await disk.read('/d/a'))?.toString(), '1234')
  disk.restart({ kind: 'all' })
  assert.equal((await disk.read('/d/a'))?.toString(), '12')
  assert.deepEqual(await disk.list('/d'), ['a'])
})
