import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { AuditFault } from '../fault.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { toSigner } from '../note/signer.ts'
import { openAuditLog } from './open.ts'
import { TestClock } from './test-clock.test.ts'

const ORIGIN = 'example.org/audit/test'
const KEY = toSigner(ORIGIN, Buffer.alloc(32, 7))

async function toDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'doorward-audit-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return join(dir, 'log')
}

async function readHeadSize(dir: string): Promise<number> {
  const checkpoint = parseCheckpoint(await readFile(join(dir, 'checkpoint')))
  assert.equal(checkpoint.kind, 'checkpoint')
  return checkpoint.kind === 'checkpoint' ? checkpoint.size : -1
}

test('numbers entries in the order of append and puts them under a signed head', async (t) => {
  const dir = await toDirectory(t)
  const log = await openAuditLog({ dir, origin: ORIGIN, key: KEY, clock: new TestClock() })
  const receipts = await Promise.all(Array.from({ length: 600 }, (_, number) => log.append({ kind: 'intent', number })))
  assert.deepEqual(receipts.map(({ index }) => index), Array.from({ length: 600 }, (_, number) => number + 1))
  assert.equal((await log.checkpoint()).size, 601)
  await log.close()
  assert.equal(await readHeadSize(dir), 602)
})

test('goes on after a restart where it stopped', async (t) => {
  const dir = await toDirectory(t)
  const clock = new TestClock()
  for (let round = 0; round < 4; round++) {
    const log = await openAuditLog({ dir, origin: ORIGIN, key: KEY, clock })
    const { index } = await log.append({ kind: 'intent', round })
    assert.equal(index, round * 3 + 1)
    await log.close()
  }
  assert.equal(await readHeadSize(dir), 12)
})

test('refuses a second writer while the first lives', async (t) => {
  const dir = await toDirectory(t)
  const log = await openAuditLog({ dir, origin: ORIGIN, key: KEY, clock: new TestClock() })
  await assert.rejects(openAuditLog({ dir, origin: ORIGIN, key: KEY, clock: new TestClock() }), isFault('locked'))
  await log.close()
})

test('refuses entries while the clock is behind the last one, and takes them again when it has caught up', async (t) => {
  const dir = await toDirectory(t)
  const clock = new TestClock()
  const log = await openAuditLog({ dir, origin: ORIGIN, key: KEY, clock })
  clock.move(10)
  await log.append({ kind: 'intent' })
  clock.move(-5)
  await assert.rejects(log.append({ kind: 'intent' }), isFault('clock-regression'))
  clock.move(5)
  await log.append({ kind: 'intent' })
  await log.close()
})

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AuditFault && error.code === code
}
