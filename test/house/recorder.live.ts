/** What a gateway process does when its log cannot be written, and when witnesses are missing for what waits for them. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadOrCreateKey } from '@doorward/audit'
import { PgRefused, type PgClient } from '@doorward/testkit'
import { eventually } from './eventually.ts'
import { HOUSE_ORIGIN, local, secretOf, startHouse, type House } from './house.ts'

const IDENTITY = ['  local:', local('rita', 'human', ['readers']), '  purposes: { readers: [TREAT, BTG] }'].join('\n')
const POLICIES = `version: 1
policies:
  - { id: readers-read, who: { groups: [readers] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read], effect: allow }
`
const MAIN = join(import.meta.dirname, '..', '..', 'packages/cli/src/main.ts')
const FLAGS = ['--conditions=doorward-source', '--disable-warning=ExperimentalWarning', MAIN]

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'it went well'
  } catch (error) {
    return error instanceof PgRefused ? error.answer.message : String(error)
  }
}

function verify(...args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  return spawnSync(process.execPath, [...FLAGS, 'verify', ...args], { encoding: 'utf8' })
}

async function health(house: House): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${house.consoleUrl}/healthz`)
  return { status: response.status, body: ((await response.json()) as { status: unknown }).status }
}

describe('a log that cannot be written', () => {
  let house: House
  before(async () => { house = await startHouse({ identity: IDENTITY, policies: POLICIES }) })
  after(async () => { await house.stop() })

  it('ends sessions, accepts nobody, says so on stderr and at /healthz, and a start goes on once it is mended', async () => {
    const client = await house.connect('rita', secretOf('rita'))
    await client.query('select id from clinic.rooms')
    assert.deepEqual(await health(house), { status: 200, body: 'serving' })
    const file = join(house.dir, 'audit', 'checkpoint')
    await eventually('nothing waits for a head', async () => (verify(join(house.dir, 'audit')).status === 0 ? true : undefined))
    // Somebody else writes a head: the next one is not put over it, and the log ends.
    const head = readFileSync(file)
    writeFileSync(file, Buffer.concat([head, Buffer.from('\n')]))
    await failure(client.query('select id from clinic.rooms'))
    await eventually('the session ends', async () => (await failure(client.query('select 1')) === 'it went well' ? undefined : true))
    await eventually('it accepts nobody', async () => (/no connection$/.test(await failure(house.connect('rita', secretOf('rita')))) ? true : undefined))
    assert.deepEqual(await health(house), { status: 503, body: 'recorder-failed' })
    assert.match(house.log(), /^error: the log cannot be written any more \(fork\): nothing is accepted, sessions end; /m)
    assert.equal(await house.kill('SIGTERM'), 1)
    assert.match(house.log(), /^doorward: the log had failed \(fork\)$|the log had failed \(fork\)/m)
    writeFileSync(file, head)
    await house.start()
    const again = await house.connect('rita', secretOf('rita'))
    await again.query('select id from clinic.rooms')
    await again.close()
    const { status, stdout } = verify(join(house.dir, 'audit'))
    assert.equal(status, 0, stdout)
    assert.match(stdout, /the gateway ended without a stop/)
  })
})

describe('two witnesses of three for starts, policies and broken glass', () => {
  let house: House
  let dir = ''
  const witnesses: { child: ChildProcess; readonly args: readonly string[] }[] = []

  /** @returns what it said once it listens. */
  async function run(number: number): Promise<string> {
    const one = witnesses[number]
    assert.ok(one !== undefined)
    const child = spawn(process.execPath, [...FLAGS, 'witness', ...one.args], { stdio: ['ignore', 'pipe', 'inherit'] })
    one.child = child
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); if (/^listening on /m.test(said)) resolve() })
      child.once('exit', (code) => { reject(new Error(`a witness ended with ${code ?? 'a signal'}`)) })
    })
    return said
  }

  async function kill(number: number): Promise<void> {
    const child = witnesses[number]?.child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  before(async () => {
    house = await startHouse({
      identity: IDENTITY, policies: POLICIES,
      audit: async (made) => {
        dir = made
        mkdirSync(join(dir, 'state'), { mode: 0o700 })
        const { verifierKey } = await loadOrCreateKey(join(dir, 'state', 'log.key'), HOUSE_ORIGIN)
        writeFileSync(join(dir, 'logs.policy'), `log ${verifierKey.text}\nquorum none\n`)
        const lines = [`log ${verifierKey.text}`]
        for (const number of [0, 1, 2]) {
          const args = ['--name', `w${number}.example.org`, '--logs', join(dir, 'logs.policy'), '--key', join(dir, `w${number}.key`), '--state', join(dir, `w${number}`), '--listen', '127.0.0.1:0']
          witnesses.push({ child: spawn(process.execPath, ['--version'], { stdio: 'ignore' }), args })
          const said = await run(number)
          const [, key = '', url = ''] = /^witness (\S+)\nlistening on (\S+), 1 logs$/m.exec(said) ?? []
          witnesses[number] = { child: witnesses[number]?.child ?? assert.fail('no witness'), args: [...args.slice(0, -1), new URL(url).host] }
          lines.push(`witness W${number} ${key} ${url}`)
        }
        writeFileSync(join(dir, 'witnesses.policy'), [...lines, 'group G 2 W0 W1 W2', 'quorum G', ''].join('\n'))
        return 'witnesses: { policy: ./witnesses.policy, require: [audit.start, config.policy, break-glass], every: 1s, timeout: 2s }'
      },
    })
  })
  after(async () => {
    for (const number of [0, 1, 2]) await kill(number)
    await house.stop()
  })

  const under = async (purpose: string): Promise<PgClient> => house.connect('rita', secretOf('rita'), { options: `-c doorward.purpose=${purpose}` })

  it('passes with them; without them broken glass and new policies do not, and the rest does', async () => {
    const glass = await under('BTG')
    await glass.query('select last_name from clinic.patients where id = 7')
    for (const number of [0, 1]) await kill(number)
    const treat = await under('TREAT')
    await treat.query('select last_name from clinic.patients where id = 7')
    assert.match(await failure(glass.query('select last_name from clinic.patients where id = 8')), /the log cannot be written/)
    writeFileSync(house.policyFile, POLICIES.replace('readers-read', 'readers-still-read'))
    await eventually('the new policy is not taken', async () => (/^POLICIES NOT LOADED: quorum-missing$/m.test(house.log()) ? true : undefined))
    assert.match(house.log(), /^warning: too few witnesses/m)
    await treat.query('select last_name from clinic.patients where id = 9')
    await run(0)
    await eventually('the new policy is in force', async () => (/^policies of version [0-9a-f]{12} are in force$/m.test(house.log()) ? true : undefined))
    const again = await under('BTG')
    await again.query('select last_name from clinic.patients where id = 8')
    for (const client of [treat, again]) await client.close()
    assert.equal(await house.kill('SIGTERM'), 0)
    const { status, stdout } = verify(join(dir, 'audit'), '--policy', join(dir, 'witnesses.policy'))
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^ {2}witnesses +W0, W2/m)
  })
})
