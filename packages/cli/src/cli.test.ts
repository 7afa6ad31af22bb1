import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Sensitive } from '@doorward/core'
import { formatVerifier, makeVerifier } from '@doorward/gateway'
import { FAKE_ENV, fakeConfig } from './fake-config.ts'
import { runFake } from './fake-io.ts'

const CONFIG = fakeConfig('{ dir: ./audit, origin: test.example.org/audit/cli }')

describe('the command line', () => {
  let dir = ''
  let file = ''

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    file = join(dir, 'doorward.yaml')
    mkdirSync(join(dir, 'policies'))
    writeFileSync(file, CONFIG)
    writeFileSync(join(dir, 'clinic.phi.yaml'), "version: 1\nunclassified: phi\ntables:\n  clinic.rooms: { columns: { '*': none } }\n  billing.claims: { columns: { id: none } }\n")
    writeFileSync(join(dir, 'policies', 'all.yaml'), "version: 1\npolicies:\n  - { id: read, who: { groups: [clinicians] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read], effect: allow }\n")
  })

  after(() => { rmSync(dir, { recursive: true }) })

  test('help lists every command and ends well', async () => {
    const { status, stdout } = await runFake(['--help'])
    assert.equal(status, 0)
    for (const command of ['serve', 'check', 'verify', 'setup', 'secret', 'sql']) assert.match(stdout, new RegExp(`^ {2}${command}\\b`, 'm'), command)
  })

  test('the version is the gateway\'s', async () => {
    assert.match((await runFake(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  })

  for (const args of [['nonsense'], ['serve', '--nonsense'], ['sql'], ['secret', 'too many']]) {
    test(`wrong use is told and fails: ${args.join(' ')}`, async () => {
      const { status, stderr, stdout } = await runFake(args)
      assert.equal(status, 1)
      assert.match(stderr, /^error: /)
      assert.equal(stdout, '')
    })
  }

  test('secret prints 256 bits alone, and a verifier beside', async () => {
    const { status, stdout, stderr } = await runFake(['secret'])
    assert.equal(status, 0)
    assert.match(stdout, /^[A-Za-z0-9_-]{43}\n$/)
    const [, salt] = /4096:([^$]+)\$/.exec(stderr) ?? []
    const expected = formatVerifier(await makeVerifier(new Sensitive(stdout.trim()), Buffer.from(salt ?? '', 'base64')))
    assert.equal(stderr, `verifier: ${expected}\n`)
    assert.notEqual((await runFake(['secret'])).stdout, stdout)
  })

  test('check says that a configuration can be served', async () => {
    const { status, stdout, stderr } = await runFake(['check', '--config', file], { env: FAKE_ENV })
    assert.equal(stderr, '')
    assert.equal(status, 0)
    assert.equal(stdout, `${file}: can be served, 1 resource, 2 classified tables, 1 local principal, 1 policy, 0 warnings\n`)
  })

  test('check takes the file from the environment', async () => {
    const name = 'DOORWARD_CONFIG'
    process.env[name] = file
    try {
      assert.equal((await runFake(['check'], { env: FAKE_ENV })).status, 0)
    } finally {
      delete process.env[name]
    }
  })

  test('check prints every problem with file, line and column', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    cpSync(dir, broken, { recursive: true })
    const config = join(broken, 'doorward.yaml')
    writeFileSync(config, CONFIG.replace('sessions', 'x').replace('state: ./state', 'stat: ./state').replace('kind: human', 'kind: robot'))
    writeFileSync(join(broken, 'policies', 'all.yaml'), 'version: 1\npolicies:\n  - { id: read, effect: perhaps }\n')
    const { status, stdout, stderr } = await runFake(['check', '--config', config], { env: { ...FAKE_ENV, CLINIC_PASSWORD: '' } })
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /doorward\.yaml:4:1: .*stat/)
    assert.match(stderr, /doorward\.yaml:7:\d+: .*robot/)
    assert.match(stderr, /doorward\.yaml:11:\d+: .*CLINIC_PASSWORD/)
    assert.match(stderr, /all\.yaml:3:\d+: .*perhaps/)
    rmSync(broken, { recursive: true })
  })

  test('check says so when there is no such file', async () => {
    const { status, stderr } = await runFake(['check', '--config', join(dir, 'nowhere.yaml')])
    assert.equal(status, 1)
    assert.match(stderr, /nowhere\.yaml:1:1: the file cannot be read \(ENOENT\)/)
  })

  test('setup prints both roles, the schemas of the classification, and no secret', async () => {
    const { status, stdout } = await runFake(['setup', 'postgres', '--config', file], { env: FAKE_ENV })
    assert.equal(status, 0)
    for (const expected of ['alter role "doorward" login password \'SCRAM-SHA-256$4096:', 'alter role "analyst" login password \'SCRAM-SHA-256$', 'grant usage on schema "billing" to "analyst"',
      'grant usage on schema "clinic" to "analyst"', 'alter role "analyst" set log_min_messages = \'fatal\'']) assert.ok(stdout.includes(expected), expected)
    for (const secret of Object.values(FAKE_ENV)) assert.ok(!stdout.includes(secret))
    assert.doesNotMatch(stdout, /grant select[^;]*"analyst"/)
  })

  test('setup knows its resources', async () => {
    assert.equal((await runFake(['setup', 'postgres', '--config', file, '--resource', 'clinic'], { env: FAKE_ENV })).status, 0)
    const { status, stderr } = await runFake(['setup', 'postgres', '--config', file, '--resource', 'other'], { env: FAKE_ENV })
    assert.equal(status, 1)
    assert.match(stderr, /no resource "other"/)
  })

  test('serve says where it listens, serves health, and stops when asked', async () => {
    const stop = Promise.withResolvers<string>()
    const config = join(dir, 'serve.yaml')
    writeFileSync(config, CONFIG.replace('127.0.0.1:0 }', '127.0.0.1:0, console: "127.0.0.1:0" }'))
    const health = Promise.withResolvers<Response>()
    const run = await runFake(['serve', '--config', config], {
      env: FAKE_ENV, stopped: stop.promise,
      onOutput: (sofar) => {
        const url = /console on (\S+)/.exec(sofar)?.[1]
        if (url !== undefined && sofar.includes('serving\n')) fetch(`${url}/healthz`).then(health.resolve, health.reject).finally(() => { stop.resolve('SIGTERM') })
      },
    })
    assert.equal((await health.promise).status, 200)
    assert.equal(run.status, 0)
    assert.match(run.stdout, /^postgres on 127\.0\.0\.1:\d+$/m)
    assert.match(run.stderr, /stopping: SIGTERM/)
  })

  test('serve prints what is wrong and does not start', async () => {
    const { status, stderr } = await runFake(['serve', '--config', file], { env: {} })
    assert.equal(status, 1)
    assert.match(stderr, /doorward\.yaml:7:\d+: .*DANA_SECRET is not set/)
  })
})
