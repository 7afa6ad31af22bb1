import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { loadOrCreateKey, openAuditLog, VERIFIER_KEY_FILE } from '@doorward/audit'
import { runFake } from './fake-io.ts'

const ORIGIN = 'test.example.org/audit/verify'
describe('doorward verify', () => {
  let root = ''
  let log = ''

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    log = join(root, 'audit')
    const key = await loadOrCreateKey(join(root, 'log.key'), ORIGIN)
    const opened = await openAuditLog({ dir: log, origin: ORIGIN, key })
    for (let number = 0; number < 5; number++) await opened.append({ kind: 'alert', what: `number ${number}` })
    await opened.close()
    cpSync(join(root, VERIFIER_KEY_FILE), join(log, VERIFIER_KEY_FILE))
  })

  after(() => { rmSync(root, { recursive: true }) })

  test('an intact log is intact, and the key\'s origin is told', async () => {
    const { status, stdout } = await runFake(['verify', log])
    assert.equal(status, 0)
    assert.match(stdout, /^intact: \d+ entries of test\.example\.org\/audit\/verify$/m)
    assert.match(stdout, /found beside the log/)
  })

  test('a key that is given goes first, as text or as file', async () => {
    const file = join(log, VERIFIER_KEY_FILE)
    for (const key of [file, readFileSync(file, 'utf8').trim()]) {
      const { status, stdout } = await runFake(['verify', log, '--key', key])
      assert.equal(status, 0)
      assert.match(stdout, /as given/)
    }
  })

  test('one flipped byte is found, and the entry named', async () => {
    const copy = join(root, 'copy')
    cpSync(log, copy, { recursive: true })
    const folder = join(copy, 'tile', 'entries', '000.p')
    const newest = readdirSync(folder).toSorted((a, b) => Number(a) - Number(b)).at(-1) ?? ''
    const bytes = readFileSync(join(folder, newest))
    bytes[bytes.indexOf('number 3')] = 0x4e // n becomes N
    writeFileSync(join(folder, newest), bytes)
    const { status, stdout } = await runFake(['verify', copy])
    assert.equal(status, 1)
    // Entry 0 is the log's own start.
    assert.match(stdout, /^NOT INTACT: entry 4 was edited: /)
  })

  test('the report is there for programs too', async () => {
    const { stdout } = await runFake(['verify', log, '--json'])
    const result = JSON.parse(stdout) as { readonly kind: string; readonly exitCode: number } // the command's own output
    assert.deepEqual([result.kind, result.exitCode], ['intact', 0])
  })

  test('an old log is stale when its age matters', async () => {
    assert.equal((await runFake(['verify', log, '--fresh', '1d'])).status, 0)
    const { status, stdout } = await runFake(['verify', log, '--fresh', '0s'])
    assert.equal(status, 3)
    assert.match(stdout, /^STALE: /)
  })

  test('a missing file is incomplete, and not called changed', async () => {
    const copy = join(root, 'holes')
    cpSync(log, copy, { recursive: true })
    rmSync(join(copy, 'tile', 'entries'), { recursive: true })
    assert.equal((await runFake(['verify', copy])).status, 4)
  })

  for (const args of [[], ['/nowhere/at/all'], ['LOG', '--key', 'no key'], ['LOG', '--pin', '/nowhere'], ['LOG', '--fresh', 'soon'], ['LOG', '--entries', 'some'], ['LOG', '--unknown']]) {
    test(`wrong use is 5, never 1: verify ${args.join(' ')}`, async () => {
      const { status } = await runFake(['verify', ...args.map((arg) => arg === 'LOG' ? log : arg)])
      assert.equal(status, 5)
    })
  }
})
