import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consistencyRanges } from '../merkle/proof.ts'
import { hashLeaf } from '../merkle/hash.ts'
import { TreeEdge } from '../merkle/tree-edge.ts'
import { encodeCheckpointText, type TreeHead } from '../note/checkpoint.ts'
import { CrashDisk } from '../log/crash-disk.test.ts'
import { HeadLedger, type Step, type StepResult } from './head-ledger.ts'

const ORIGIN = 'example.org/audit/ledger'

/** A tree of numbered leaves, its heads and the proofs between them. */
export class GrowingTree {
  readonly #leaves: Buffer[]

  constructor(size: number, salt = '') {
    this.#leaves = Array.from({ length: size }, (_, index) => hashLeaf(Buffer.from(`${salt}${index}`)))
  }

  head(size: number): TreeHead {
    return { size, root: this.#root(0, size) }
  }

  prove(oldSize: number, size: number): readonly Buffer[] {
    return consistencyRanges(oldSize, size).map(({ begin, end }) => this.#root(begin, end))
  }

  #root(begin: number, end: number): Buffer {
    const edge = new TreeEdge()
    for (const leaf of this.#leaves.slice(begin, end)) edge.add(leaf, () => undefined)
    return edge.root()
  }
}

const TREE = new GrowingTree(40)
const OTHER = new GrowingTree(40, 'x')

function toStep(oldSize: number, size: number, tree = TREE, origin = ORIGIN): Step {
  const head = tree.head(size)
  return { origin, oldSize, proof: tree.prove(oldSize, size), head, record: Buffer.from(encodeCheckpointText(origin, head)) }
}

function open(disk: CrashDisk, pid = 1): Promise<HeadLedger> {
  return HeadLedger.open(disk, '/ledger', { self: { pid, started: '' }, isAlive: () => false })
}

test('a ledger moves on along consistency proofs, and nowhere else', async () => {
  const ledger = await open(new CrashDisk())
  const steps: readonly (readonly [Step, StepResult])[] = [
    [toStep(3, 7), { kind: 'conflict', size: 0 }],
    [{ ...toStep(0, 7), proof: [Buffer.alloc(32)] }, { kind: 'not-consistent' }],
    [toStep(0, 7), { kind: 'vouched' }],
    [toStep(7, 7), { kind: 'vouched' }],
    [toStep(0, 9), { kind: 'conflict', size: 7 }],
    [toStep(7, 7, OTHER), { kind: 'fork', size: 7 }],
    [toStep(7, 20, OTHER), { kind: 'not-consistent' }],
    [{ ...toStep(7, 20), proof: [] }, { kind: 'not-consistent' }],
    [{ ...toStep(5, 5), oldSize: 7 }, { kind: 'not-consistent' }],
    [toStep(7, 20), { kind: 'vouched' }],
    [toStep(7, 20), { kind: 'conflict', size: 20 }],
    [toStep(0, 5, OTHER, 'example.org/audit/other'), { kind: 'vouched' }],
    [toStep(20, 40), { kind: 'vouched' }],
  ]
  for (const [step, expected] of steps) assert.deepEqual(await ledger.advance(step), expected, `${step.oldSize} to ${step.head.size}`)
  assert.deepEqual(ledger.last(ORIGIN), TREE.head(40))
})

test('of two askers at the same head one goes first, and the other is told', async () => {
  const ledger = await open(new CrashDisk())
  await ledger.advance(toStep(0, 3))
  const results = await Promise.all([ledger.advance(toStep(3, 10)), ledger.advance(toStep(3, 8))])
  assert.deepEqual(results, [{ kind: 'vouched' }, { kind: 'conflict', size: 10 }])
})

test('what was vouched for is remembered, wherever the process or the machine stopped', async () => {
  for (const kind of ['kill', 'fail', 'fail-after'] as const) {
    for (let at = 0; at < 12; at++) {
      for (const loss of [{ kind: 'none' }, { kind: 'all' }, { kind: 'some', seed: at }] as const) {
        const disk = new CrashDisk()
        await (await open(disk)).advance(toStep(0, 3))
        disk.restart({ kind: 'none' })
        disk.arm(kind === 'kill' ? { kind, at } : { kind, at, code: 'EIO' })
        let vouched = 3
        try {
          const ledger = await open(disk, 2)
          for (const size of [9, 20]) {
            await ledger.advance(toStep(vouched, size))
            vouched = size
          }
        } catch (error) {
          assert.ok(error instanceof Error && 'code' in error, String(error))
        }
        disk.restart(loss)
        const after = (await open(disk, 3)).last(ORIGIN)?.size ?? 0
        // One more may have become durable than was told.
        assert.ok(after >= vouched, `${kind} ${at}, lost ${loss.kind}: vouched for ${vouched}, remembers ${after}`)
        assert.deepEqual(disk.violations, [])
      }
    }
  }
})

test('a ledger whose disk failed vouches for nothing any more', async () => {
  const disk = new CrashDisk()
  const ledger = await open(disk)
  await ledger.advance(toStep(0, 3))
  disk.arm({ kind: 'fail', at: 1, code: 'EIO' })
  await assert.rejects(ledger.advance(toStep(3, 9)), { code: 'recorder-failed' })
  await assert.rejects(ledger.advance(toStep(3, 9)), { code: 'recorder-failed' })
})

test('a ledger with a damaged or misplaced record does not open', async () => {
  for (const [name, text] of [['x.head', encodeCheckpointText(ORIGIN, TREE.head(3))], [`${'0'.repeat(64)}.head`, 'nothing']] as const) {
    const disk = new CrashDisk()
    await disk.makeDirectory('/ledger')
    const file = await disk.create(`/ledger/${name}`)
    await file.write(Buffer.from(text), 0)
    await assert.rejects(open(disk), { code: 'head-invalid' })
  }
})

test('a second process finds the ledger locked', async () => {
  const disk = new CrashDisk()
  await open(disk)
  await assert.rejects(HeadLedger.open(disk, '/ledger', { self: { pid: 2, started: '' }, isAlive: () => true }), { code: 'locked' })
})
