import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openAuditLog } from '../log/open.ts'
import { toSigner } from '../note/signer.ts'
import { Gateway, KEY, type Files } from './memory-log.test.ts'
import { runVerify, type VerifyAnswer } from './run-verify.ts'

const NEXT = toSigner('example.org/audit/moved-here', Buffer.alloc(32, 77))

describe('a log that goes on where another ended', () => {
  let folder = ''

  function write(name: string, files: Files, key: string): void {
    for (const [path, bytes] of [...files, ['log.vkey', Buffer.from(key)] as const]) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true })
      writeFileSync(join(folder, name, path), bytes)
    }
  }

  /** Ends a log of `statements` statements, naming `next`. */
  async function toOld(next: string | undefined, statements = 20): Promise<{ readonly gateway: Gateway; readonly note: Buffer }> {
    const gateway = new Gateway()
    const log = await gateway.open()
    await gateway.session(log, statements)
    await log.close(next === undefined ? undefined : { origin: next, key: NEXT.verifierKey.text })
    return { gateway, note: log.note }
  }

  async function toNew(note: Buffer | undefined): Promise<Files> {
    const gateway = new Gateway()
    gateway.clock.move(10_000)
    const log = await openAuditLog({ dir: '/log', origin: NEXT.verifierKey.name, key: NEXT, clock: gateway.clock, fs: gateway.disk, ...(note === undefined ? {} : { continues: note }) })
    await log.append({ kind: 'alert' })
    await log.close()
    return gateway.files()
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doorward-continues-'))
    const { gateway, note } = await toOld(NEXT.verifierKey.name)
    write('old', gateway.files(), KEY.verifierKey.text)
    write('new', await toNew(note), NEXT.verifierKey.text)
    write('alone', await toNew(undefined), NEXT.verifierKey.text)
    write('elsewhere', (await toOld('example.org/audit/elsewhere')).gateway.files(), KEY.verifierKey.text)
    write('closed', (await toOld(undefined)).gateway.files(), KEY.verifierKey.text)
    write('other', (await toOld(NEXT.verifierKey.name, 21)).gateway.files(), KEY.verifierKey.text)
    gateway.clock.move(20_000)
    await (await gateway.open()).close()
    write('went-on', gateway.files(), KEY.verifierKey.text)
  })

  after(() => { rmSync(folder, { recursive: true, force: true }) })

  function verify(name: string, continues: string): Promise<VerifyAnswer> {
    return runVerify({ input: join(folder, name), continues: join(folder, continues), entries: 'doorward', format: 'text' }, { nowMs: () => 0, fetch: () => Promise.reject(new Error('no network')), wait: () => Promise.resolve() })
  }

  test('both are verified, and that nothing is between them', async () => {
    const { exitCode, text } = await verify('new', 'old')
    assert.equal(exitCode, 0, text)
    assert.match(text, /^intact: 3 entries of example\.org\/audit\/moved-here$/m)
    assert.match(text, /^continues: intact: 44 entries of example\.org\/audit\/verified$/m)
  })

  for (const [name, continues, why] of [
    ['alone', 'old', /does not say that it goes on/], ['new', 'went-on', /has 46/], ['new', 'elsewhere', /does not end by naming this one/], ['new', 'closed', /does not end by naming this one/],
    ['new', 'other', /goes on from entry 44/], ['new', 'new', /goes on from another log/],
  ] as const) {
    test(`"${name}" does not go on from "${continues}"`, async () => {
      const { exitCode, text } = await verify(name, continues)
      assert.equal(exitCode, 1)
      assert.match(text, why)
    })
  }

  test('a log before that is not there is wrong use', async () => {
    assert.equal((await verify('new', 'nowhere')).exitCode, 5)
  })
})
