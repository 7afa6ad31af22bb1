/** A log and its witnesses, over HTTP, end to end: what a quorum lets pass, what it stops, and what it shows a verifier. */
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { EntryKind } from '@doorward/core'
import type { AuditLog } from '../log/audit-log.ts'
import { systemClock } from '../log/clock.ts'
import { CrashDisk } from '../log/crash-disk.test.ts'
import type { AuditLogOptions } from '../log/open.ts'
import { toSigner } from '../note/signer.ts'
import { toVerifierKey } from '../note/verifier-key.ts'
import { checkProof, proveEntry } from '../verify/prove.ts'
import { edit, forge, Gateway, KEY, readEntries, toSource, type Files } from '../verify/memory-log.test.ts'
import { parseTlogPolicy, type TlogPolicy } from '../verify/tlog-policy.ts'
import { verifyLog, type VerifyOptions } from '../verify/verify-log.ts'
import type { VerifyResult } from '../verify/finding.ts'
import { HeadLedger } from './head-ledger.ts'
import { createWitnessServer } from './witness-server.ts'
import { Witness } from './witness.ts'

const KINDS: ReadonlySet<EntryKind> = new Set<EntryKind>(['audit.start', 'config.policy'])

describe('a log with three witnesses, two of which have to cosign', () => {
  const down = new Set<number>()
  const warnings: string[] = []
  let witnesses: { readonly server: Server; readonly url: string; readonly vkey: string }[] = []
  let disks: CrashDisk[] = []
  let text = ''

  async function start(number: number, disk: CrashDisk): Promise<(typeof witnesses)[number]> {
    const key = toSigner(`witness-${number}.example.com`, Buffer.alloc(32, 40 + number))
    const ledger = await HeadLedger.open(disk, '/witness', { self: { pid: 1, started: '' }, isAlive: () => false })
    const witness = new Witness({ key, logs: [KEY.verifierKey], ledger, nowMs: () => Date.now() })
    const server = createWitnessServer(witness)
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, vkey: toVerifierKey(key.verifierKey.name, 'cosignature-v1', key.verifierKey.publicKey).text }
  }

  async function stop(): Promise<void> {
    for (const { server } of witnesses) {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    }
    witnesses = []
  }

  beforeEach(async () => {
    await stop()
    down.clear()
    warnings.length = 0
    disks = [new CrashDisk(), new CrashDisk(), new CrashDisk()]
    witnesses = await Promise.all(disks.map((disk, number) => start(number, disk)))
    text = [`log ${KEY.verifierKey.text}`, ...witnesses.map(({ vkey, url }, number) => `witness W${number} ${vkey} ${url}`), 'group G 2 W0 W1 W2', 'quorum G', ''].join('\n')
  })

  before(() => { witnesses = [] })
  after(stop)

  function policy(): TlogPolicy {
    const parsed = parseTlogPolicy(Buffer.from(text))
    assert.ok(parsed.kind === 'policy')
    return parsed
  }

  function open(gateway: Gateway, more: Partial<AuditLogOptions> = {}, timeoutMs = 5_000): Promise<AuditLog> {
    return gateway.open({
      clock: systemClock(), checkpointMs: 5,
      witnesses: {
        policy: policy(), intervalMs: 20, timeoutMs, kinds: KINDS, warn: (line) => { warnings.push(line) },
        post: (url, init) => (witnesses.some((one, number) => down.has(number) && url.startsWith(one.url)) ? Promise.reject(new TypeError('fetch failed')) : fetch(url, init)),
      }, ...more,
    })
  }

  function verify(files: Files, more: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
    return verifyLog({ source: toSource(files), policy: Buffer.from(text), entries: 'doorward', ...more })
  }

  test('a policy is recorded when they have cosigned it, other entries when they are durable', async () => {
    const gateway = new Gateway()
    const log = await open(gateway)
    for (let version = 1; version < 4; version++) {
      const { index } = await log.append({ kind: 'config.policy', version })
      assert.ok((log.witnessedSize ?? 0) > index)
      await Promise.all(Array.from({ length: 100 }, () => log.append({ kind: 'alert' })))
    }
    await log.close()
    const result = await verify(gateway.files())
    assert.ok(result.kind === 'intact', JSON.stringify(result).slice(0, 400))
    assert.ok((result.report.witnessed?.size ?? 0) > 200 && result.report.witnesses.length >= 2)
    assert.ok(result.report.findings.every(({ code }) => code === 'unwitnessed-tail'))
    assert.equal((await verify(gateway.files(), { fresh: { nowMs: Date.now() + 60_000, maxAgeMs: 3_000 } })).exitCode, 3)
  })

  test('one witness down is no trouble, two are: nothing that waits for them passes, the rest does', async () => {
    const gateway = new Gateway()
    down.add(0)
    const log = await open(gateway, {}, 300)
    await log.append({ kind: 'config.policy' })
    down.add(1)
    await assert.rejects(log.append({ kind: 'config.policy' }), { code: 'quorum-missing' })
    await log.append({ kind: 'alert' })
    assert.match(warnings.at(-1) ?? '', /^warning: too few witnesses: W[01]: TypeError; W[01]: TypeError$/)
    down.clear()
    await log.append({ kind: 'config.policy' })
    await log.close()
    assert.equal((await verify(gateway.files())).exitCode, 0)
  })

  test('where breaking the glass waits for witnesses, intents under that purpose do, and others do not', async () => {
    const gateway = new Gateway()
    const witnesses = { policy: policy(), intervalMs: 20, timeoutMs: 300, kinds: new Set(['break-glass'] as const), warn: () => undefined, post: (url: string, init: RequestInit) => (down.size > 0 ? Promise.reject(new TypeError('fetch failed')) : fetch(url, init)) }
    const log = await open(gateway, { witnesses })
    const { index } = await log.append({ kind: 'intent', purpose: 'BTG' })
    assert.ok((log.witnessedSize ?? 0) > index)
    for (const number of [0, 1, 2]) down.add(number)
    await assert.rejects(log.append({ kind: 'intent', purpose: 'BTG' }), { code: 'quorum-missing' })
    await log.append({ kind: 'intent', purpose: 'TREAT' })
    await log.append({ kind: 'config.policy', purpose: 'BTG' })
    down.clear()
    await log.close()
  })

  test('without its witnesses it does not start, and says why', async () => {
    const gateway = new Gateway()
    for (const number of [0, 1, 2]) down.add(number)
    await assert.rejects(open(gateway, {}, 200), { code: 'quorum-missing' })
    down.clear()
    const log = await open(gateway)
    await log.close()
    assert.equal((await verify(gateway.files())).exitCode, 0)
  })

  test('a log that was put back as a whole does not start any more', async () => {
    const gateway = new Gateway()
    await (await open(gateway)).close()
    gateway.disk.restart({ kind: 'all' })
    const old = new Gateway(gateway.disk.copy())
    const log = await open(gateway)
    await log.append({ kind: 'config.policy', version: 'the one that was dropped' })
    await log.close()
    await assert.rejects(open(old, {}, 500), { code: 'quorum-missing' })
    assert.match(warnings.join('\n'), /W\d: has seen \d+ entries of this log, more than there are|HTTP 422|HTTP 409/)
  })

  test('witnesses remember over a restart of theirs, and a log catches up after being away', async () => {
    const gateway = new Gateway()
    const log = await open(gateway)
    await log.append({ kind: 'config.policy' })
    const urls = witnesses.map(({ url }) => url)
    await stop()
    await Promise.all(Array.from({ length: 300 }, () => log.append({ kind: 'alert' })))
    for (const disk of disks) disk.restart({ kind: 'all' })
    witnesses = await Promise.all(disks.map((disk, number) => start(number, disk)))
    const moved = new Map(urls.map((url, number) => [url, witnesses[number]?.url ?? '']))
    await log.close()
    for (const [from, to] of moved) text = text.replace(from, to)
    const next = await open(gateway)
    await next.append({ kind: 'config.policy' })
    await next.close()
    assert.equal((await verify(gateway.files())).exitCode, 0)
  })

  test('a proof carries the witnessed head', async () => {
    const gateway = new Gateway()
    const log = await open(gateway)
    const { index } = await log.append({ kind: 'config.policy' })
    for (let round = 0; round < 3; round++) { await log.append({ kind: 'alert' }); await log.checkpoint() }
    await log.close()
    const proof = await proveEntry(toSource(gateway.files()), index)
    assert.ok(proof.kind === 'entry-proof')
    const checked = checkProof({ proof: Buffer.from(proof.text), policy: Buffer.from(text) })
    assert.ok(checked.kind === 'included' && checked.witnesses.length >= 2, JSON.stringify(checked).slice(0, 300))
  })

  test('what a thief of the key makes of the log, the witnessed head catches', async () => {
    const gateway = new Gateway()
    const log = await open(gateway)
    await log.append({ kind: 'config.policy', version: 'strict' })
    await log.append({ kind: 'alert' })
    await log.close()
    const files = gateway.files()
    const witnessed = files.get('checkpoint.witnessed') ?? assert.fail()
    const entries = readEntries(files)
    const cases: readonly (readonly [string, readonly Buffer[], boolean, number, string])[] = [
      ['another policy, the witnessed head kept', entries.with(1, edit(entries[1], { version: 'loose' })), true, 1, 'fork'],
      ['another policy, the witnessed head dropped', entries.with(1, edit(entries[1], { version: 'loose' })), false, 2, 'quorum-missing'],
      ['the end cut off, the witnessed head kept', entries.slice(0, 1), true, 3, 'rolled-back'],
      ['the end cut off, the witnessed head dropped', entries.slice(0, 1), false, 2, 'quorum-missing'],
    ]
    for (const [name, forged, kept, exitCode, code] of cases) {
      const result = await verify(new Map([...await forge(forged), ...(kept ? [['checkpoint.witnessed', witnessed] as const] : [])]))
      assert.ok('report' in result && result.exitCode === exitCode && result.report.findings.some((finding) => finding.code === code), `${name}: ${JSON.stringify(result).slice(0, 400)}`)
    }
    // The witnesses themselves do not cosign it.
    const other = new Gateway()
    await assert.rejects(open(other, {}, 300), { code: 'quorum-missing' })
  })

  test('a cosigned head that somebody else replaced ends the log', async () => {
    const gateway = new Gateway()
    const log = await open(gateway)
    await log.append({ kind: 'config.policy' })
    await gateway.disk.remove('/log/checkpoint.witnessed')
    await assert.rejects(log.append({ kind: 'config.policy' }))
    await assert.rejects(log.append({ kind: 'alert' }), { code: 'fork' })
    await log.close()
  })
})
