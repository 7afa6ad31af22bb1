/**
 * The crash matrix of witnessed entries: a log with three witnesses stopped at every operation on its disk. What waited for a quorum and was answered
 * is under a witnessed head afterwards, and the witnesses have never been shown a second history.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EntryKind } from '@doorward/core'
import { CrashDisk, type Loss } from '../log/crash-disk.test.ts'
import { toSigner } from '../note/signer.ts'
import { toVerifierKey } from '../note/verifier-key.ts'
import { Gateway, KEY, toSource } from '../verify/memory-log.test.ts'
import { parseTlogPolicy } from '../verify/tlog-policy.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { HeadLedger } from './head-ledger.ts'
import type { Post } from './witness-client.ts'
import { Witness } from './witness.ts'

const KINDS: ReadonlySet<EntryKind> = new Set<EntryKind>(['audit.start', 'config.policy'])
const NAMES = ['a', 'b', 'c'] as const
const LOSSES: readonly Loss[] = [{ kind: 'none' }, { kind: 'all' }, { kind: 'some', seed: 5 }]

/** Witnesses that are always there; they are asked without a network. */
async function toWitnesses(): Promise<{ readonly text: string; readonly post: Post; readonly answers: readonly number[] }> {
  const answers: number[] = []
  const witnesses = new Map<string, Witness>()
  for (const [number, name] of NAMES.entries()) {
    const ledger = await HeadLedger.open(new CrashDisk(), '/witness', { self: { pid: 1, started: '' }, isAlive: () => false })
    witnesses.set(`http://${name}.example/add-checkpoint`, new Witness({ key: toSigner(name, Buffer.alloc(32, 60 + number)), logs: [KEY.verifierKey], ledger, nowMs: () => Date.UTC(2026, 0, 1) }))
  }
  const lines = NAMES.map((name, number) => `witness ${name} ${toVerifierKey(name, 'cosignature-v1', toSigner(name, Buffer.alloc(32, 60 + number)).verifierKey.publicKey).text} http://${name}.example`)
  return {
    text: [`log ${KEY.verifierKey.text}`, ...lines, 'group G 2 a b c', 'quorum G', ''].join('\n'), answers,
    post: async (url, init) => {
      const { status, body } = await (witnesses.get(url) ?? assert.fail(url)).addCheckpoint(init.body)
      answers.push(status)
      return new Response(body, { status })
    },
  }
}

test('a witnessed entry that was answered is witnessed after a stop at any operation', { timeout: 60_000 }, async () => {
  let sawWitnessedLoss = 0
  for (let at = 0; at < 90; at += 2) {
    const { text, post, answers } = await toWitnesses()
    const policy = parseTlogPolicy(Buffer.from(text))
    assert.ok(policy.kind === 'policy')
    const gateway = new Gateway()
    const options = { witnesses: { policy, post, intervalMs: 1e9, timeoutMs: 1e9, kinds: KINDS, warn: (line: string) => assert.fail(line) } }
    const answered: number[] = []
    const live = async (): Promise<void> => {
      const log = await gateway.open(options)
      try {
        for (let version = 0; version < 3; version++) {
          answered.push((await log.append({ kind: 'config.policy', version })).index)
          await log.append({ kind: 'alert' })
        }
      } finally {
        await log.close()
      }
    }
    gateway.disk.arm({ kind: 'kill', at })
    await live().catch((error: unknown) => { assert.ok(error instanceof Error) })
    gateway.disk.restart(LOSSES[at % 3] ?? { kind: 'all' })
    gateway.clock.move(1_000)
    await live()
    const result = await verifyLog({ source: toSource(gateway.files()), policy: Buffer.from(text), entries: 'doorward' })
    assert.ok(result.kind === 'intact', `at ${at}: ${JSON.stringify(result).slice(0, 500)}`)
    const size = result.report.witnessed?.size ?? 0
    assert.ok(answered.every((index) => index < size), `at ${at}: ${size} witnessed, ${answered.join(', ')} answered`)
    // 409 tells a log that has forgotten where its witnesses stand; anything else would be a second history.
    assert.ok(answers.every((status) => status === 200 || status === 409), answers.join(' '))
    assert.deepEqual(gateway.disk.violations, [])
    if (answers.includes(409)) sawWitnessedLoss += 1
  }
  assert.ok(sawWitnessedLoss > 0, 'the matrix reaches stops between a cosignature and its storing')
})
