import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { loadOrCreateKey, openAuditLog, VERIFIER_KEY_FILE } from '@doorward/audit'
import { runFake } from './fake-io.ts'

const ORIGIN = 'test.example.org/audit/prove'

describe('doorward prove', () => {
  let root = ''
  let log = ''
  let key = ''

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    log = join(root, 'audit')
    const opened = await openAuditLog({ dir: log, origin: ORIGIN, key: await loadOrCreateKey(join(root, 'log.key'), ORIGIN) })
    for (let number = 0; number < 5; number++) await opened.append({ kind: 'alert', what: `number ${number}` })
    await opened.close()
    key = readFileSync(join(root, VERIFIER_KEY_FILE), 'utf8').trim()
  })

  after(() => { rmSync(root, { recursive: true }) })

  test('a proof is written, and checked with nothing but the key', async () => {
    const file = join(root, 'entry-3.tlog-proof')
    const { status, stdout } = await runFake(['prove', '3', log, '--out', file])
    assert.deepEqual([status, stdout], [0, `${file}\n`])
    const checked = await runFake(['verify', file, '--key', key])
    assert.equal(checked.status, 0)
    assert.match(checked.stdout, /^included: entry 3 of the 7 under the head of test\.example\.org\/audit\/prove$/m)
    assert.match(checked.stdout, /"what":"number 2"/)
  })

  test('a proof can be printed', async () => {
    assert.match((await runFake(['prove', '0', log, '--out', '-'])).stdout, /^c2sp\.org\/tlog-proof@v1\n/)
  })

  test('a proof of another entry is refused, and the entry is not told', async () => {
    const { stdout } = await runFake(['prove', '3', log, '--out', '-'])
    const file = join(root, 'forged.tlog-proof')
    writeFileSync(file, stdout.replace('index 3', 'index 4'))
    const checked = await runFake(['verify', file, '--key', key])
    assert.equal(checked.status, 1)
    assert.match(checked.stdout, /^NOT PROVED: /)
    assert.doesNotMatch(checked.stdout, /number/)
  })

  test('an entry that the head does not cover has no proof', async () => {
    const { status, stderr } = await runFake(['prove', '7', log])
    assert.equal(status, 1)
    assert.match(stderr, /the head covers 7 entries/)
  })

  for (const args of [['x', 'LOG'], ['-1', 'LOG'], ['1'], ['1', '/nowhere'], ['1', 'LOG', '--unknown']]) {
    test(`wrong use is 5: prove ${args.join(' ')}`, async () => {
      assert.equal((await runFake(['prove', ...args.map((arg) => arg === 'LOG' ? log : arg)])).status, 5)
    })
  }
})
