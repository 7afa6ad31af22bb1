/** The gateway's log with everything around it, as commands: a signer of its own, witnesses, a change of keys, a move to a new log. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { FAKE_ENV, fakeConfig } from './fake-config.ts'
import { runFake, type FakeRun } from './fake-io.ts'

const ORIGIN = 'test.example.org/audit/kept'

interface Running {
  /** What it has printed, once `until` occurs in it. */
  readonly printed: string
  stop(): Promise<FakeRun>
}

/** A command that runs until it is stopped. */
async function start(args: readonly string[], until: RegExp): Promise<Running> {
  const stop = Promise.withResolvers<string>()
  const ready = Promise.withResolvers<string>()
  const run = runFake(args, { env: FAKE_ENV, stopped: stop.promise, onOutput: (sofar) => { if (until.test(sofar)) ready.resolve(sofar) } })
  const printed = await Promise.race([ready.promise, run.then(({ stderr }) => assert.fail(`ended: ${stderr}`))])
  return { printed, stop: () => { stop.resolve('the test is over'); return run } }
}

describe('the keepers of the log', () => {
  let dir = ''
  const running: Running[] = []

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    mkdirSync(join(dir, 'policies'))
    writeFileSync(join(dir, 'clinic.phi.yaml'), "version: 1\nunclassified: phi\ntables:\n  clinic.rooms: { columns: { '*': none } }\n")
    writeFileSync(join(dir, 'policies', 'all.yaml'), "version: 1\npolicies:\n  - { id: read, who: { groups: [clinicians] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read], effect: allow }\n")
  })

  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop()
    rmSync(dir, { recursive: true })
  })

  function writeConfig(audit: string, more = ''): string {
    const file = join(dir, 'doorward.yaml')
    writeFileSync(file, fakeConfig(audit, more))
    return file
  }

  async function serveOnce(file: string): Promise<FakeRun> {
    return (await start(['serve', '--config', file], /serving\n/)).stop()
  }

  async function startWitness(number: number, vkey: string): Promise<{ readonly vkey: string; readonly url: string }> {
    const logs = join(dir, 'logs.policy')
    writeFileSync(logs, `log ${vkey}\nquorum none\n`)
    const witness = await start(['witness', '--name', `w${number}.example.org`, '--logs', logs, '--key', join(dir, `w${number}.key`), '--state', join(dir, `w${number}`), '--listen', '127.0.0.1:0'], /listening on .*\n/)
    running.push(witness)
    const [, key = '', url = ''] = /^witness (\S+)\nlistening on (\S+), 1 logs$/m.exec(witness.printed) ?? []
    return { vkey: key, url }
  }

  test('a signer in a process of its own, over a socket', async () => {
    const socket = join(dir, 'signer.sock')
    const signer = await start(['signer', '--origin', ORIGIN, '--key', join(dir, 'signer.key'), '--state', join(dir, 'signer'), '--socket', socket], /listening/)
    running.push(signer)
    const vkey = /^signer (\S+)$/m.exec(signer.printed)?.[1] ?? ''
    const file = writeConfig(`{ dir: ./audit, origin: ${ORIGIN}, signer: { socket: ./signer.sock } }`)
    for (let time = 0; time < 2; time++) await serveOnce(file)
    const { status, stdout } = await runFake(['verify', join(dir, 'audit'), '--key', vkey])
    assert.equal(status, 0, stdout)
    assert.deepEqual(readdirSync(join(dir, 'state')).filter((name) => name.startsWith('log.')), [])
    assert.match((await runFake(['keys', 'rotate', '--config', file], { env: FAKE_ENV })).stderr, /in another process/)
  })

  test('a signer that the gateway starts itself', async () => {
    const doorward = join(import.meta.dirname, 'main.ts')
    const command = [process.execPath, '--conditions=doorward-source', doorward, 'signer', '--origin', ORIGIN, '--key', join(dir, 'signer.key'), '--state', join(dir, 'signer')]
    await serveOnce(writeConfig(`{ dir: ./audit, origin: ${ORIGIN}, signer: { command: ${JSON.stringify(command)} } }`))
    assert.equal((await runFake(['verify', join(dir, 'audit'), '--key', join(dir, 'audit', 'log.vkey')])).status, 0)
  })

  test('a start and its policy wait for two witnesses of three; verify asks for them', async () => {
    // The key is made first, so that witnesses can know it.
    const plain = `dir: ./audit, origin: ${ORIGIN}`
    await serveOnce(writeConfig(`{ ${plain} }`))
    const vkey = (await runFake(['keys', 'show', '--config', join(dir, 'doorward.yaml')], { env: FAKE_ENV })).stdout.trim()
    const witnesses = await Promise.all([1, 2, 3].map((number) => startWitness(number, vkey)))
    const policy = join(dir, 'witnesses.policy')
    writeFileSync(policy, [`log ${vkey}`, ...witnesses.map((one, number) => `witness W${number} ${one.vkey} ${one.url}`), 'group G 2 W0 W1 W2', 'quorum G', ''].join('\n'))
    assert.equal((await runFake(['verify', join(dir, 'audit'), '--policy', policy])).status, 2)
    const file = writeConfig(`{ ${plain}, witnesses: { policy: ./witnesses.policy, every: 1s, timeout: 5s } }`)
    await serveOnce(file)
    const { status, stdout } = await runFake(['verify', join(dir, 'audit'), '--policy', policy])
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^ {2}witnesses +W\d, W\d.*: the first \d+ entries, /m)
    assert.equal((await runFake(['verify', join(dir, 'audit'), '--policy', policy, '--fresh', '1h'])).status, 0)
    for (const one of running.splice(0, 2)) await one.stop()
    const refused = await runFake(['serve', '--config', writeConfig(`{ ${plain}, witnesses: { policy: ./witnesses.policy, timeout: 1s } }`)], { env: FAKE_ENV })
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /no quorum within 1000 ms \(quorum-missing\)/)
    assert.match(refused.stderr, /too few witnesses/)
  })

  test('the key changes at the next start, and auditors with the old one follow', async () => {
    const file = writeConfig(`{ dir: ./audit, origin: ${ORIGIN} }`)
    assert.equal((await runFake(['keys', 'rotate', '--config', file], { env: FAKE_ENV })).status, 1)
    await serveOnce(file)
    const old = readFileSync(join(dir, 'state', 'log.vkey'), 'utf8').trim()
    const { stdout: next } = await runFake(['keys', 'rotate', '--config', file], { env: FAKE_ENV })
    assert.equal((await runFake(['keys', 'rotate', '--config', file], { env: FAKE_ENV })).stdout, next)
    for (let time = 0; time < 2; time++) await serveOnce(file)
    assert.equal((await runFake(['keys', 'show', '--config', file], { env: FAKE_ENV })).stdout, next)
    assert.equal(readFileSync(join(dir, 'audit', 'log.vkey'), 'utf8'), next)
    const { status, stdout } = await runFake(['verify', join(dir, 'audit'), '--key', old])
    assert.equal(status, 0, stdout)
    assert.match(stdout, /which the log changed to under a trusted one/)
    assert.deepEqual(readdirSync(join(dir, 'state')).filter((name) => name.startsWith('log.key')).length, 2)
  })

  test('a new log goes on where the old one ended', async () => {
    await serveOnce(writeConfig(`{ dir: ./audit, origin: ${ORIGIN} }`))
    const file = writeConfig('{ dir: ./audit-2, origin: test.example.org/audit/second, key: ./state/second.key, continues: { dir: ./audit, key: ./state/log.key } }')
    for (let time = 0; time < 2; time++) await serveOnce(file)
    const { status, stdout } = await runFake(['verify', join(dir, 'audit-2'), '--continues', join(dir, 'audit')])
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^continues: intact: \d+ entries of test\.example\.org\/audit\/kept$/m)
  })

  test('what protects less than it could is recorded, with its rationale where there is one', async () => {
    const note = 'exceptions:\n  - { setting: unsafelyAllowPlaintext, resource: clinic, rationale: the database is on this machine, by: the security officer, expires: 2126-12-31 }\n'
    const { stderr } = await serveOnce(writeConfig(`{ dir: ./audit, origin: ${ORIGIN} }`, note))
    assert.match(stderr, /^warning: unsafelyAllowPlaintextClients: no rationale/m)
    assert.doesNotMatch(stderr, /unsafelyAllowPlaintext of/)
    const entries = readdirSync(join(dir, 'audit', 'tile', 'entries', '000.p')).toSorted((a, b) => Number(b) - Number(a))
    const bundle = readFileSync(join(dir, 'audit', 'tile', 'entries', '000.p', entries[0] ?? ''), 'utf8')
    assert.match(bundle, /"kind":"config\.exception","rationale":"the database is on this machine","resource":"clinic","setting":"unsafelyAllowPlaintext","standing":"explained"/)
    assert.match(bundle, /"kind":"config\.exception","setting":"unsafelyAllowPlaintextClients","standing":"unexplained"/)
  })

  for (const [audit, problem] of [
    ['{ dir: ./a, origin: x, key: ./k, signer: { socket: ./s } }', /expected key or signer, found both/], ['{ dir: ./a, origin: x, signer: {} }', /signer: expected socket or command/],
    ['{ dir: ./a, origin: x, witnesses: { policy: ./nowhere } }', /witness policy: file .* cannot be read/], ['{ dir: ./a, origin: x, witnesses: { policy: ./clinic.phi.yaml } }', /witness policy: policy: line 1/],
    ['{ dir: ./a, origin: x, witnesses: { policy: ./clinic.phi.yaml, require: [intent] } }', /require: expected audit\.start, config\.policy or break-glass, found "intent"/], ['{ dir: ./a, origin: x, continues: { dir: ./old } }', /expected key "key"/],
  ] as const) {
    test(`the configuration says what is wrong with audit: ${audit}`, async () => {
      const { status, stderr } = await runFake(['check', '--config', writeConfig(audit)], { env: FAKE_ENV })
      assert.equal(status, 1)
      assert.match(stderr, problem)
    })
  }
})
