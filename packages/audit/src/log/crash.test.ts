/**
 * The crash matrix: one life of a log, stopped or failed at every operation on the disk, with what was not durable kept, lost, or lost
 * in part. After each: every acknowledged entry is there under its number, and no head that was ever signed contradicts another.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Receipt } from '@doorward/core'
import { decodeBundle } from '../format/bundle.ts'
import { hashLeaf } from '../merkle/hash.ts'
import { TILE_WIDTH, toFullTilePath, toTilePath } from '../merkle/tile.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import { parseCheckpoint, parseCheckpointText } from '../note/checkpoint.ts'
import { toSigner, type LogSigner } from '../note/signer.ts'
import type { AuditLog } from './audit-log.ts'
import { CrashDisk, type DiskFault, type Loss } from './crash-disk.test.ts'
import type { ProcessTable } from './lock.ts'
import { openAuditLog } from './open.ts'
import { TestClock } from './test-clock.test.ts'

const ORIGIN = 'example.org/audit/crash'
const DIR = '/var/log'
const KEY = toSigner(ORIGIN, Buffer.alloc(32, 3))

/** A machine that outlives the processes on it, and remembers what they promised. */
class Machine {
  readonly disk: CrashDisk
  readonly clock = new TestClock()
  readonly acknowledged = new Map<number, string>()
  readonly signed: { readonly size: number; readonly root: string }[] = []
  /** Small: a new shard after every batch, or after a few. */
  maxShardBytes = 400
  #pid = 0

  constructor(disk: CrashDisk = new CrashDisk()) {
    this.disk = disk
  }

  /** Another machine with the same past. */
  copy(): Machine {
    const copy = new Machine(this.disk.copy())
    for (const [index, name] of this.acknowledged) copy.acknowledged.set(index, name)
    copy.signed.push(...this.signed)
    copy.#pid = this.#pid
    return copy
  }

  open(): Promise<AuditLog> {
    const key: LogSigner = { verifierKey: KEY.verifierKey, sign: (message) => {
      const head = parseCheckpointText(Buffer.from(message).toString())
      assert.ok(head.kind === 'checkpoint')
      this.signed.push({ size: head.size, root: head.root.toString('hex') })
      return KEY.sign(message)
    } }
    const processes: ProcessTable = { self: { pid: ++this.#pid, started: '' }, isAlive: () => false }
    return openAuditLog({ dir: DIR, origin: ORIGIN, key, clock: this.clock, fs: this.disk, processes, maxShardBytes: this.maxShardBytes, heartbeatMs: 1e9 })
  }

  async append(log: AuditLog, name: string): Promise<Receipt> {
    const receipt = await log.append({ kind: 'intent', name })
    assert.ok(!this.acknowledged.has(receipt.index), `two receipts for ${receipt.index}`)
    this.acknowledged.set(receipt.index, name)
    return receipt
  }

  /** Opens, appends in groups, signs twice in between, closes. Ends early when the disk does. */
  async live(life: string): Promise<unknown> {
    try {
      const log = await this.open()
      for (let group = 0; group < 4; group++) {
        const appended = Array.from({ length: group + 1 }, (_, n) => this.append(log, `${life}.${group}.${n}`))
        const settled = await Promise.allSettled(appended)
        if (group === 1 || group === 2) await Promise.allSettled([log.checkpoint(), this.#appendInTurn(log, `${life}.${group}.during`)])
        const refused = settled.find((result) => result.status === 'rejected')
        if (refused !== undefined) {
          // Failed for good: nothing more is acknowledged, whatever the disk does now.
          await assert.rejects(log.append({ kind: 'intent' }))
          await log.close()
          return refused.reason
        }
      }
      await log.close()
      return undefined
    } catch (error) {
      return error
    }
  }

  async #appendInTurn(log: AuditLog, name: string): Promise<void> {
    for (let turn = 0; turn < 2; turn++) await this.append(log, `${name}.${turn}`)
  }

  /** What the signed head covers, checked against it and against every head ever signed. */
  async readAll(): Promise<readonly Record<string, unknown>[]> {
    const head = parseCheckpoint((await this.disk.read(`${DIR}/checkpoint`)) ?? Buffer.alloc(0))
    assert.ok(head.kind === 'checkpoint', 'a head is there')
    const edge = new TreeEdge()
    const roots = [edge.root().toString('hex')]
    const entries: Record<string, unknown>[] = []
    for (let n = 0; n * TILE_WIDTH < head.size; n++) {
      const width = Math.min(TILE_WIDTH, head.size - n * TILE_WIDTH)
      const path = width === TILE_WIDTH ? toFullTilePath('entries', n) : toTilePath({ level: 'entries', n, width })
      const bundle = decodeBundle((await this.disk.read(`${DIR}/${path}`)) ?? Buffer.alloc(0), width)
      assert.ok(bundle.kind === 'bundle', path)
      for (const entry of bundle.entries) {
        entries.push(JSON.parse(entry.toString()) as Record<string, unknown>)
        edge.add(hashLeaf(entry), () => undefined)
        roots.push(edge.root().toString('hex'))
      }
    }
    assert.equal(edge.root().toString('hex'), head.root.toString('hex'))
    for (const { size, root } of this.signed) assert.equal(root, roots[size], `a head was signed over ${size} entries that are not these`)
    return entries
  }

  async requireIntact(label: string): Promise<void> {
    const entries = await this.readAll()
    for (const [index, name] of this.acknowledged) assert.equal(entries[index]?.['name'], name, `${label}: entry ${index}`)
    assert.deepEqual(this.disk.violations, [], label)
  }
}

/** What is lost in the cases of operation `at`: nothing, and in turn everything or some of it. */
function toLosses(at: number): readonly Loss[] {
  return [{ kind: 'none' }, at % 2 === 0 ? { kind: 'all' } : { kind: 'some', seed: at }]
}

/** A machine on which a whole life has gone by, and how many operations the next one takes. */
async function toPast(): Promise<{ readonly past: Machine; readonly operations: number }> {
  const past = new Machine()
  assert.equal(await past.live('a'), undefined)
  past.disk.restart({ kind: 'all' })
  const machine = past.copy()
  machine.disk.arm({ kind: 'none' })
  assert.equal(await machine.live('b'), undefined)
  const { operations } = machine.disk
  await machine.requireIntact('undisturbed')
  return { past, operations }
}

const FAULTS: readonly { readonly name: string; readonly toFault: (at: number) => DiskFault }[] = [
  { name: 'killed', toFault: (at) => ({ kind: 'kill', at }) },
  { name: 'failed', toFault: (at) => ({ kind: 'fail', at, code: 'EIO' }) },
  { name: 'failed but took effect', toFault: (at) => ({ kind: 'fail-after', at, code: 'EIO' }) },
  { name: 'found no space', toFault: (at) => ({ kind: 'fail-after', at, code: 'ENOSPC' }) },
]

for (const { name, toFault } of FAULTS) {
  test(`loses no acknowledged entry and signs no second history when it is ${name} at any operation`, async () => {
    const { past, operations } = await toPast()
    assert.ok(operations > 60, `${operations}`)
    for (let at = 0; at < operations; at++) {
      for (const loss of toLosses(at)) {
        const label = `${name} ${at} of ${operations}, lost ${loss.kind}`
        const machine = past.copy()
        machine.disk.arm(toFault(at))
        machine.maxShardBytes = at % 4 < 2 ? 100 : 400
        await machine.live('b')
        machine.disk.restart(loss)
        assert.equal(await machine.live('c'), undefined, label)
        await machine.requireIntact(label)
      }
    }
  })
}

test('survives a stop at any operation of its very first start', async () => {
  for (let at = 0; at < 40; at++) {
    for (const loss of toLosses(at)) {
      const machine = new Machine()
      machine.disk.arm({ kind: 'kill', at })
      await machine.live('a')
      machine.disk.restart(loss)
      assert.equal(await machine.live('b'), undefined, `at ${at}, lost ${loss.kind}`)
      await machine.requireIntact(`at ${at}`)
    }
  }
})

test('survives a second stop at any operation of the start after the first', async () => {
  const { past } = await toPast()
  for (let at = 0; at < 40; at++) {
    for (const loss of toLosses(at)) {
      const machine = past.copy()
      machine.disk.arm({ kind: 'kill-after', at: 37 })
      await machine.live('b')
      machine.disk.restart(loss)
      machine.disk.arm({ kind: 'kill-after', at })
      await machine.live('c')
      machine.disk.restart(loss)
      assert.equal(await machine.live('d'), undefined, `at ${at}, lost ${loss.kind}`)
      await machine.requireIntact(`at ${at}`)
    }
  }
})

test('records why it stopped when the disk is full', async () => {
  const machine = new Machine()
  const log = await machine.open()
  machine.disk.arm({ kind: 'fail', at: 1, code: 'ENOSPC' })
  await assert.rejects(machine.append(log, 'a'), { code: 'disk-full' })
  assert.equal((await log.failed).code, 'disk-full')
  await log.close()
  const next = await machine.open()
  await next.close()
  const kinds = (await machine.readAll()).map((entry) => [entry['kind'], entry['reason'] ?? entry['before']])
  assert.deepEqual(kinds, [['audit.start', 'new'], ['audit.stop', 'disk-full'], ['audit.start', 'stopped'], ['audit.stop', 'closed']])
})
