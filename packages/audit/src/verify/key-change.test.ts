/** A log that changes its key: who may trust what, and what a stolen key is still good for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Loss } from '../log/crash-disk.test.ts'
import { encodeEntry } from '../format/entry.ts'
import { toKeyEntryBody } from '../format/key-entry.ts'
import { toSigner, type LogSigner } from '../note/signer.ts'
import { toVerifierKey } from '../note/verifier-key.ts'
import type { FindingCode, VerifyReport, VerifyResult } from './finding.ts'
import { forge, Gateway, KEY, ORIGIN, readEntries, toSource, type Files } from './memory-log.test.ts'
import { verifyLog, type VerifyOptions } from './verify-log.ts'

const [SECOND, THIRD, STRANGER] = [22, 23, 24].map((seed) => toSigner(ORIGIN, Buffer.alloc(32, seed))) as [LogSigner, LogSigner, LogSigner]

/** A log that began under KEY, went over to SECOND, and, if asked to, to THIRD. */
async function toChanged(keys: 2 | 3): Promise<Gateway> {
  const gateway = new Gateway()
  const first = await gateway.open()
  await gateway.session(first, 100)
  await first.close()
  const second = await gateway.open({ nextKey: SECOND })
  await gateway.session(second, 100)
  if (keys === 3) await Promise.all([second.changeKey(THIRD), gateway.session(second, 60)])
  await second.close()
  return gateway
}

function verify(files: Files, more: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  return verifyLog({ source: toSource(files), verifierKey: KEY.verifierKey.text, entries: 'doorward', ...more })
}

function requireIntact(result: VerifyResult): VerifyReport {
  assert.ok(result.kind === 'intact', JSON.stringify(result).slice(0, 600))
  return result.report
}

test('whoever trusts any of its keys follows to the present one', async () => {
  const files = (await toChanged(3)).files()
  for (const [signer, from] of [[KEY, 'followed'], [SECOND, 'followed'], [THIRD, 'given']] as const) {
    const report = requireIntact(await verify(files, { verifierKey: signer.verifierKey.text }))
    assert.deepEqual([report.key?.id, report.key?.from], [THIRD.verifierKey.id, from])
  }
  const policy = Buffer.from(`log ${KEY.verifierKey.text}\nlog ${THIRD.verifierKey.text}\nquorum none\n`)
  assert.equal(requireIntact(await verifyLog({ source: toSource(files), policy, entries: 'doorward' })).key?.from, 'policy')
  const stranger = await verify(files, { verifierKey: STRANGER.verifierKey.text })
  assert.ok(stranger.kind === 'integrity' && stranger.report.findings.some(({ code }) => code === 'signature-missing'))
})

test('an older head is a pin under the key of its time', async () => {
  const gateway = new Gateway()
  const first = await gateway.open()
  await gateway.session(first, 10)
  await first.close()
  const pin = gateway.files().get('checkpoint') ?? assert.fail()
  await (await gateway.open({ nextKey: SECOND })).close()
  requireIntact(await verify(gateway.files(), { pin }))
  // Whoever knows the new key alone cannot check it.
  assert.equal((await verify(gateway.files(), { pin, verifierKey: SECOND.verifierKey.text })).exitCode, 5)
})

test('changes its key through a stop at any operation', { timeout: 60_000 }, async () => {
  const past = new Gateway()
  const log = await past.open()
  await past.session(log, 5)
  await log.close()
  past.disk.restart({ kind: 'all' })
  for (let at = 0; at < 110; at++) {
    const losses: readonly Loss[] = [{ kind: 'none' }, { kind: 'all' }, { kind: 'some', seed: at }]
    for (const loss of losses.slice(at % 3, at % 3 + 1)) {
      const gateway = new Gateway(past.disk.copy())
      gateway.clock.move(1000)
      gateway.disk.arm({ kind: 'kill', at })
      await gateway.open({ nextKey: SECOND }).then((opened) => opened.close()).catch((error: unknown) => { assert.ok(error instanceof Error) })
      gateway.disk.restart(loss)
      const next = await gateway.open({ nextKey: SECOND })
      await next.append({ kind: 'alert' })
      await next.close()
      const report = requireIntact(await verify(gateway.files()))
      assert.equal(report.key?.id, SECOND.verifierKey.id, `at ${at}, lost ${loss.kind}`)
      assert.deepEqual(gateway.disk.violations, [])
    }
  }
})

test('does not open with the old key alone once the new one signs', async () => {
  const gateway = await toChanged(2)
  await assert.rejects(gateway.open(), { code: 'head-invalid' })
  await assert.rejects(gateway.open({ nextKey: toSigner('example.org/other', Buffer.alloc(32, 1)) }), { code: 'key-invalid' })
  await (await gateway.open({ key: SECOND })).close()
})

test('does not open with the old key when the new one is adopted and has not signed yet', async () => {
  const gateway = new Gateway()
  await (await gateway.open()).close()
  const log = await gateway.open()
  await log.append(toKeyEntryBody({ step: 'adopted', key: SECOND.verifierKey.text, head: '' }))
  gateway.disk.restart({ kind: 'none' })
  await assert.rejects(gateway.open(), { code: 'key-invalid' })
})

type Row = { readonly name: string; readonly code: FindingCode | undefined; readonly exitCode: number; readonly tamper: (entries: readonly Buffer[], files: Files) => Promise<Files>; readonly options?: Partial<VerifyOptions> }

const body = (step: Parameters<typeof toKeyEntryBody>[0]): Buffer => encodeEntry(toKeyEntryBody(step), '2026-12-31T00:00:00.000Z')
const announced = (signer: LogSigner): Buffer => body({ step: 'announced', key: signer.verifierKey.text })
/** Entries, an announcement, and an adoption under a head that `by` signs over what `over` makes of them. */
async function change(entries: readonly Buffer[], next: LogSigner, by: LogSigner, over: (entries: readonly Buffer[]) => readonly Buffer[] = (all) => all): Promise<readonly Buffer[]> {
  const told = [...entries, announced(next)]
  const head = (await forge(over(told), by)).get('checkpoint')?.toString() ?? ''
  return [...told, body({ step: 'adopted', key: next.verifierKey.text, head })]
}
/** The sample ends with a stop; a forger needs one that is still open. */
const open = (entries: readonly Buffer[]): readonly Buffer[] => entries.slice(0, -1)

const ROWS: readonly Row[] = [
  { name: 'nothing', code: undefined, exitCode: 0, tamper: (_, files) => Promise.resolve(files) },
  { name: 'a change that is right, by hand', code: undefined, exitCode: 0, tamper: async (entries) => forge(await change(open(entries), THIRD, SECOND), THIRD) },
  { name: 'the retired key signs the same log', code: 'key-retired', exitCode: 1, tamper: (entries) => forge(entries, KEY) },
  { name: 'the retired key signs another end', code: 'key-retired', exitCode: 1, tamper: (entries) => forge([...open(entries), announced(KEY)], KEY) },
  { name: 'the retired key signs a log that never changed: its age', code: 'too-old', exitCode: 3, tamper: (entries) => forge(entries.slice(0, 200), KEY), options: { fresh: { nowMs: Date.UTC(2027, 0, 1), maxAgeMs: 1000 } } },
  { name: 'a stranger adopts itself', code: 'signature-missing', exitCode: 1, tamper: async (entries) => forge(await change(open(entries), STRANGER, STRANGER), STRANGER) },
  { name: 'a stranger signs without a word', code: 'signature-missing', exitCode: 1, tamper: (entries) => forge(entries, STRANGER) },
  { name: 'the retired key adopts a stranger', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge(await change(open(entries), STRANGER, KEY), STRANGER) },
  { name: 'a change back to the retired key', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge(await change(open(entries), KEY, SECOND), KEY) },
  { name: 'an adoption that was not announced', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge((await change(open(entries), THIRD, SECOND)).toSpliced(-2, 1), THIRD) },
  { name: 'an adoption of another key than announced', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge((await change(open(entries), THIRD, SECOND)).with(-2, announced(STRANGER)), THIRD) },
  { name: 'an adoption under a head from before the announcement', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge(await change(open(entries), THIRD, SECOND, (told) => told.slice(0, -1)), THIRD) },
  { name: 'an adoption under a head of another history', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge(await change(open(entries), THIRD, SECOND, (told) => told.with(3, Buffer.from('{}'))), THIRD) },
  { name: 'an adoption without a head', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge([...open(entries), announced(THIRD), body({ step: 'adopted', key: THIRD.verifierKey.text, head: 'x' })], THIRD) },
  { name: 'an adoption of a witness key', code: 'key-change-wrong', exitCode: 1, tamper: async (entries) => forge([...open(entries), body({ step: 'adopted', key: toVerifierKey(ORIGIN, 'cosignature-v1', THIRD.verifierKey.publicKey).text, head: 'x' })], SECOND) },
  { name: 'an entry of that kind that says nothing', code: 'key-change-wrong', exitCode: 1, tamper: (entries) => forge([...open(entries), encodeEntry({ kind: 'audit.key' }, '2026-12-31T00:00:00.000Z')], SECOND) },
]

for (const { name, code, exitCode, tamper, options } of ROWS) {
  test(`verify: change of keys: ${name}: exit ${exitCode}`, async () => {
    const files = (await toChanged(2)).files()
    const result = await verify(await tamper(readEntries(files), files), options)
    assert.equal(result.exitCode, exitCode, JSON.stringify(result).slice(0, 600))
    if (code !== undefined) assert.ok('report' in result && result.report.findings.some((finding) => finding.code === code), JSON.stringify(result).slice(0, 600))
  })
}
