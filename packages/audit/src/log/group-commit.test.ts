import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuditFault } from '../fault.ts'
import { GroupCommit } from './group-commit.ts'

/** A disk that says when it is done, and remembers what it was given. */
class SlowDisk {
  readonly batches: { readonly firstIndex: number; readonly sizes: readonly number[] }[] = []
  readonly durable: number[] = []
  readonly errors: unknown[] = []
  /** What is called a little later. */
  readonly later: (() => void)[] = []
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  readonly commit: GroupCommit = new GroupCommit('origin', 10, {
    write: (firstIndex, entries) => {
      assert.equal(this.#waiting, undefined, 'one batch at a time')
      this.batches.push({ firstIndex, sizes: entries.map(({ length }) => length) })
      return new Promise((resolve, reject) => { this.#waiting = { resolve, reject } })
    },
    onDurable: (entries) => { this.durable.push(entries.length) },
    meanwhile: () => undefined,
    onError: (error) => { this.errors.push(error) },
    soon: (run) => {
      this.later.push(run)
      return () => { this.later.length = 0 }
    },
  })

  async finish(error?: Error): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (error === undefined) waiting?.resolve()
    else waiting?.reject(error)
    await settled()
  }
}

test('makes one batch of what arrives while one is under way', async () => {
  const disk = new SlowDisk()
  const first = disk.commit.add(Buffer.alloc(1))
  await settled()
  const later = [2, 3, 4].map((length) => disk.commit.add(Buffer.alloc(length)))
  await settled()
  assert.equal(disk.batches.length, 1)
  await disk.finish()
  assert.deepEqual(await first, { origin: 'origin', index: 10 })
  assert.deepEqual(disk.batches, [{ firstIndex: 10, sizes: [1] }, { firstIndex: 11, sizes: [2, 3, 4] }])
  await disk.finish()
  assert.deepEqual((await Promise.all(later)).map(({ index }) => index), [11, 12, 13])
  assert.deepEqual(disk.durable, [1, 3])
  assert.equal(disk.commit.durableEnd, 14)
})

test('what nobody waits for goes with the next that somebody does', async () => {
  const disk = new SlowDisk()
  const unhurried = [disk.commit.add(Buffer.alloc(1), 'soon'), disk.commit.add(Buffer.alloc(2), 'soon')]
  await settled()
  assert.deepEqual(disk.batches, [])
  const hurried = disk.commit.add(Buffer.alloc(3))
  const after = disk.commit.add(Buffer.alloc(4), 'soon')
  await settled()
  assert.deepEqual(disk.batches, [{ firstIndex: 10, sizes: [1, 2, 3, 4] }])
  assert.equal(disk.later.length, 0)
  await disk.finish()
  assert.deepEqual((await Promise.all([...unhurried, hurried, after])).map(({ index }) => index), [10, 11, 12, 13])
})

test('what nobody waits for is written by itself after a moment, also where it came while a batch was under way', async () => {
  const disk = new SlowDisk()
  const first = disk.commit.add(Buffer.alloc(1))
  await settled()
  const unhurried = disk.commit.add(Buffer.alloc(2), 'soon')
  await disk.finish()
  await first
  assert.deepEqual(disk.batches.map(({ sizes }) => sizes), [[1]])
  assert.equal(disk.later.length, 1)
  disk.later[0]?.()
  await settled()
  assert.deepEqual(disk.batches.map(({ sizes }) => sizes), [[1], [2]])
  await disk.finish()
  assert.equal((await unhurried).index, 11)
  // The moment comes while a batch is under way.
  const second = disk.commit.add(Buffer.alloc(3))
  await settled()
  const last = disk.commit.add(Buffer.alloc(4), 'soon')
  disk.later[0]?.()
  await disk.finish()
  await disk.finish()
  assert.deepEqual([(await second).index, (await last).index], [12, 13])
})

test('a log that is to be idle writes what nobody waits for, and one that has ended refuses it', async () => {
  const disk = new SlowDisk()
  const unhurried = disk.commit.add(Buffer.alloc(1), 'soon')
  const idle = disk.commit.idle()
  await settled()
  await disk.finish()
  await idle
  assert.equal((await unhurried).index, 10)
  const late = disk.commit.add(Buffer.alloc(1), 'soon')
  disk.commit.refuse(new AuditFault('recorder-failed', 'ended'))
  await assert.rejects(late, { code: 'recorder-failed' })
  assert.equal(disk.later.length, 0)
})

test('has those who were answered together in one batch again', async () => {
  const disk = new SlowDisk()
  const callers = Array.from({ length: 5 }, async () => { for (let turn = 0; turn < 3; turn++) await disk.commit.add(Buffer.alloc(1)) })
  for (let batch = 0; batch < 3; batch++) {
    await settled()
    await disk.finish()
  }
  await Promise.all(callers)
  assert.deepEqual(disk.batches.map(({ sizes }) => sizes.length), [5, 5, 5])
})

test('answers nobody before the disk has, and after an error nobody ever', async () => {
  const disk = new SlowDisk()
  const answered: string[] = []
  const note = (name: string, work: Promise<unknown>): Promise<void> => work.then(() => { answered.push(name) }, (error: unknown) => { answered.push(`${name} ${error instanceof AuditFault ? error.code : 'bug'}`) })
  const all = [note('a', disk.commit.add(Buffer.alloc(1)))]
  await settled()
  all.push(note('b', disk.commit.add(Buffer.alloc(1))))
  await settled()
  assert.deepEqual(answered, [])
  await disk.finish(new Error('EIO'))
  await Promise.all(all)
  assert.deepEqual(answered.toSorted((a, b) => (a < b ? -1 : 1)), ['a recorder-failed', 'b recorder-failed'])
  assert.equal(disk.batches.length, 1)
  await assert.rejects(disk.commit.add(Buffer.alloc(1)), { code: 'recorder-failed' })
  assert.equal(disk.errors.length, 1)
})

test('cuts a batch at 4 MB and refuses more than 128 MB of backlog, until it is worked off', async () => {
  const disk = new SlowDisk()
  const big = Buffer.alloc(65_535)
  const waiting = [disk.commit.add(big)]
  await settled()
  for (let bytes = 0; bytes + big.length <= 128 * 1024 * 1024; bytes += big.length) waiting.push(disk.commit.add(big))
  await assert.rejects(disk.commit.add(big), { code: 'backlog-full' })
  let batches = 0
  for (; disk.durable.reduce((sum, count) => sum + count, 0) < waiting.length; batches++) await disk.finish()
  await Promise.all(waiting)
  assert.ok(batches >= 32, `${batches} batches`)
  for (const { sizes } of disk.batches) assert.ok(sizes.length * big.length <= 4 * 1024 * 1024 + big.length)
  const after = disk.commit.add(big)
  await settled()
  await disk.finish()
  assert.equal((await after).index, 10 + waiting.length)
})

test('is idle when nothing waits and nothing is under way', async () => {
  const disk = new SlowDisk()
  await disk.commit.idle()
  const added = disk.commit.add(Buffer.alloc(1))
  let isIdle = false
  const idle = disk.commit.idle().then(() => { isIdle = true })
  await settled()
  assert.equal(isIdle, false)
  await disk.finish()
  await added
  await idle
})

function settled(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve) })
}
