/**
 * Recordings of real sessions: what is replayed is what was masked, what lies on disk opens for nobody without the key, looking is in the log, a
 * legal hold beats shredding and expiry, and a gateway that is killed leaves what it had sealed.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeSelfSigned } from '@doorward/gateway'
import { PgRefused } from '@doorward/testkit'
import { eventually } from './eventually.ts'
import { local, PATIENTS, secretOf, startHouse, type House } from './house.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const TENANT_KEY = '7f'.repeat(32)
const IDENTITY = ['  local:', ...[
  local('nadia', 'human', ['analysts']), local('rita', 'human', ['readers']), local('watched', 'human', ['watched']), local('vera', 'human', ['viewers']), local('clara', 'human', ['custodians']), local('root', 'human', ['security']), local('bot', 'agent', ['viewers', 'analysts']),
], '  administrators: [security]'].join('\n')
const RECORDINGS = (retention: string): string => `recordings: { dir: ./recordings, tenantKey: { file: ./tenant.key }, retention: ${retention}, viewers: [viewers], custodians: [custodians] }\n`
const POLICIES = `version: 1
policies:
  - { id: masked, who: { groups: [analysts] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read, create], effect: allow, mask: { default: redact, mrn: token } }
  - { id: plain, who: { groups: [readers] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read], effect: allow, mask: { default: redact } }
  - { id: rooms, who: { groups: [watched] }, on: { resource: clinic, objects: ['clinic.rooms'] }, actions: [read], effect: allow }
  - { id: patients-watched, who: { groups: [watched] }, on: { resource: clinic, objects: ['clinic.patients'] }, actions: [read], effect: allow, mask: { default: redact }, record: session }
`

interface Recording { readonly id: string; readonly state: string; readonly principal: string; readonly segments: number; readonly why: string; readonly holds: readonly string[] }

async function recordingsOf(house: House, name: string): Promise<readonly Recording[]> {
  const { status, body } = await house.api('vera', 'GET', `/recordings?principal=${name}`)
  assert.equal(status, 200, JSON.stringify(body))
  return (body as { recordings: Recording[] }).recordings
}

/** Its one recording, once the session's end is in it. */
function closed(house: House, name: string): Promise<Recording> {
  return eventually(`the recording of ${name} is closed`, async () => (await recordingsOf(house, name)).find(({ state }) => state === 'closed'))
}

async function run(house: House, as: string, ...args: readonly string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, ['--conditions=doorward-source', '--disable-warning=ExperimentalWarning', join(ROOT, 'packages/cli/src/main.ts'), 'recordings', ...args], { env: { PATH: process.env['PATH'], DOORWARD_SECRET: secretOf(as), UPSTREAM: 'u', ANALYST: 'a', ...secrets() }, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => { text.out += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { text.err += chunk.toString() })
  const status = await new Promise<number>((resolve) => { child.once('close', (code) => { resolve(code ?? -1) }) })
  void house
  return { status, ...text }
}

function secrets(): Readonly<Record<string, string>> {
  return Object.fromEntries([...IDENTITY.matchAll(/SECRET_([A-Z0-9_]+)/g)].map(([name, user]) => [name, secretOf((user ?? '').toLowerCase())]))
}

const admin = (house: House, as: string): readonly string[] => ['--as', as, '--config', join(house.dir, 'doorward.yaml')]

/** Everything below a folder, as text. */
function bytesOf(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => readFileSync(join(one.parentPath, one.name), 'latin1')).join('\n')
}

const TLS = makeSelfSigned({ names: ['localhost', '127.0.0.1'], nowMs: Date.now(), days: 1 })

/** The clinic's patients, of whom nothing may be anywhere. */
const PHI = /Name\d|900-00-\d/

describe('a session of a recorded resource', () => {
  let house: House
  before(async () => { house = await startHouse({ identity: IDENTITY, policies: POLICIES, more: RECORDINGS('6y'), resource: '    record: session', files: { 'tenant.key': TENANT_KEY } }) })
  after(async () => { await house.stop() })

  it('is replayed as it was seen: asked, masked, refused', async () => {
    const client = await house.connect('nadia', secretOf('nadia'))
    const [result] = await client.query('select id, mrn, last_name, ssn from clinic.patients order by id')
    assert.equal(result?.rows.length, PATIENTS)
    await assert.rejects(client.query("select id from clinic.patients where ssn = '900-00-7'"), PgRefused)
    await assert.rejects(client.query('selectt 1'), PgRefused)
    await client.query('select kind from clinic.rooms where id = 1; select 2 as two')
    await client.close()
    const { id, segments, why } = await closed(house, 'nadia')
    assert.equal(why, 'resource')
    assert.ok(segments >= 1)
    const played = await run(house, 'vera', 'play', id, '--speed', '0', ...admin(house, 'vera'))
    assert.equal(played.status, 0, played.err)
    for (const part of ['local|nadia on clinic (resource)', 'clinic=> select id, mrn, last_name, ssn from clinic.patients order by id', 'id | mrn | last_name | ssn', 'SELECT 1000', 'refused: clinic.patients.ssn is masked for you', 'clinic=> selectt 1', 'syntax error', 'two', 'SELECT 1']) {
      assert.ok(played.out.includes(part), part)
    }
    assert.equal(played.out.match(/\[redacted\] \| \[redacted\]/g)?.length, PATIENTS)
    // The client's own text is kept as sent; nothing that came from a table is in clear.
    assert.doesNotMatch(played.out.replaceAll("where ssn = '900-00-7'", ''), PHI)
    assert.equal(played.err, '')
  })

  it('is exported for asciinema and as JSON lines, for its viewer alone', async () => {
    const { id } = await closed(house, 'nadia')
    const dir = mkdtempSync(join(tmpdir(), 'doorward-export-'))
    try {
      assert.equal((await run(house, 'vera', 'export', id, '--out', join(dir, 'a.cast'), ...admin(house, 'vera'))).status, 0)
      const [header, ...events] = readFileSync(join(dir, 'a.cast'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
      assert.equal((header as { version: number }).version, 3)
      assert.ok(events.every((event) => Array.isArray(event) && event.length === 3 && typeof event[0] === 'number' && event[0] >= 0))
      assert.deepEqual(events.at(-1), [0, 'x', '0'])
      assert.equal((await run(house, 'vera', 'export', id, '--format', 'jsonl', '--out', join(dir, 'a.jsonl'), ...admin(house, 'vera'))).status, 0)
      const lines = readFileSync(join(dir, 'a.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { k: string; rows?: unknown[]; of?: string })
      assert.equal(lines.filter(({ k }) => k === 'rows').flatMap(({ rows }) => rows ?? []).length, PATIENTS + 2)
      assert.deepEqual(lines.filter(({ k }) => k === 'done').map(({ of }) => of?.split('.')[1]), lines.filter(({ k }) => k === 'statement').map(({ of }) => of?.split('.')[1]), 'every statement that was allowed has its end')
      assert.notEqual((await run(house, 'vera', 'export', id, '--out', join(dir, 'a.cast'), ...admin(house, 'vera'))).status, 0, 'nothing is written over')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('is noise on disk, and the log holds nothing of it but digests', () => {
    const stored = bytesOf(join(house.dir, 'recordings'))
    assert.ok(stored.length > 10_000)
    assert.doesNotMatch(stored, /select|Name\d|900-00|redacted|tok_mrn/)
    assert.ok(!stored.includes(TENANT_KEY))
    assert.match(house.entries(), /"recording\.segment"/)
    assert.doesNotMatch(house.entries(), PHI)
  })

  it('of a driver that prepares and asks for binary is read all the same', async () => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ host: '127.0.0.1', port: house.postgresPort, database: 'clinic', user: 'rita', password: secretOf('rita') })
    await client.connect()
    for (const id of [3, 4]) await client.query({ name: 'one', text: 'select id, last_name from clinic.patients where id = $1', values: [id] })
    await client.query({ text: 'select id, ssn from clinic.patients where id = $1', values: [5], binary: true })
    await client.end()
    const { id } = await closed(house, 'rita')
    const { out } = await run(house, 'vera', 'play', id, '--speed', '0', ...admin(house, 'vera'))
    for (const part of ['$1 = 3', '3 | [redacted]', '$1 = 4', '4 | [redacted]', 'id | ssn', '5 | [redacted]']) assert.ok(out.includes(part), `${part} in ${out}`)
  })

  it('is seen by viewers only, and each look, also the refused, is in the log', async () => {
    const { id } = await closed(house, 'nadia')
    for (const [user, status] of [['root', 403], ['clara', 403], ['nadia', 403], ['bot', 403], ['vera', 200]] as const) assert.equal((await house.api(user, 'POST', `/recordings/${id}/view`, {})).status, status, user)
    const entries = [...house.entries().matchAll(/\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g)].map(([text]) => text)
    assert.ok(entries.some((text) => text.includes('"kind":"recording.view"') && text.includes('"subject":"vera"') && text.includes(id)))
    assert.ok(entries.some((text) => text.includes('"kind":"recording.refused"') && text.includes('"subject":"root"') && text.includes('not a viewer')))
    assert.equal((await house.api('nadia', 'GET', '/recordings')).status, 403)
    assert.equal((await house.api('root', 'GET', '/recordings')).status, 200, 'administrators see that there are recordings')
  })

  it('is held against the log, offline', async () => {
    await closed(house, 'rita')
    const verified = await eventually('the signed head covers it', async () => {
      const report = await run(house, 'vera', 'verify', '--config', join(house.dir, 'doorward.yaml'))
      return report.out.includes('notice') ? undefined : report
    })
    assert.equal(verified.status, 0, verified.out + verified.err)
    assert.match(verified.out, /^AS RECORDED: \d+ recordings, (\d+) segments with the digests of the log, \1 of them opened/)
    const { id } = await closed(house, 'nadia')
    const copy = mkdtempSync(join(tmpdir(), 'doorward-copy-'))
    try {
      cpSync(join(house.dir, 'recordings'), copy, { recursive: true })
      const segment = readdirSync(copy, { recursive: true }).map(String).find((name) => name.includes(id) && name.endsWith('000000.seg')) ?? assert.fail()
      const bytes = readFileSync(join(copy, segment))
      bytes[5_000] = (bytes[5_000] ?? 0) ^ 1
      writeFileSync(join(copy, segment), bytes)
      const changed = await run(house, 'vera', 'verify', '--config', join(house.dir, 'doorward.yaml'), '--dir', copy)
      assert.deepEqual([changed.status, /segment 0, chunk 0: it does not open/.test(changed.out)], [1, true], changed.out)
      rmSync(join(copy, segment))
      assert.match((await run(house, 'vera', 'verify', '--config', join(house.dir, 'doorward.yaml'), '--dir', copy)).out, /missing: .*segment 0 is not there/)
    } finally {
      rmSync(copy, { recursive: true })
    }
  })

  it('is not shredded before its time unasked, nor under a hold; shredded, it is gone for everybody', async () => {
    const { id } = await closed(house, 'nadia')
    assert.equal((await run(house, 'root', 'shred', id, '--reason', 'x', '--early', ...admin(house, 'root'))).status, 1, 'an administrator is no custodian here')
    assert.match((await run(house, 'clara', 'shred', id, '--reason', 'a mistake', ...admin(house, 'clara'))).err, /its retention ends 2032-/)
    const held = await run(house, 'clara', 'hold', 'principal:local|nadia', '--matter', 'case 7', ...admin(house, 'clara'))
    const [, hold = ''] = /release ([0-9a-f]{16})/.exec(held.out) ?? []
    assert.match((await run(house, 'clara', 'shred', id, '--reason', 'a mistake', '--early', ...admin(house, 'clara'))).err, /a legal hold is on it/)
    assert.match((await run(house, 'vera', 'list', '--principal', 'nadia', ...admin(house, 'vera'))).out, new RegExp(hold))
    assert.equal((await run(house, 'clara', 'release', hold, ...admin(house, 'clara'))).status, 0)
    const copy = mkdtempSync(join(tmpdir(), 'doorward-copy-'))
    try {
      cpSync(join(house.dir, 'recordings'), copy, { recursive: true, filter: (name) => !name.endsWith('.key') })
      assert.match((await run(house, 'clara', 'shred', id, '--reason', 'a mistake', '--early', ...admin(house, 'clara'))).out, /^shredded/)
      assert.match((await run(house, 'vera', 'play', id, '--speed', '0', ...admin(house, 'vera'))).err, /it was shredded: its key is gone/)
      assert.ok(!existsSync(join(house.dir, 'recordings', 'keys', `${id}.key`)))
      // Whoever kept the segments, and has the tenant key, has nothing.
      cpSync(copy, join(house.dir, 'recordings'), { recursive: true })
      assert.match((await run(house, 'vera', 'play', id, '--speed', '0', ...admin(house, 'vera'))).err, /shredded/)
    } finally {
      rmSync(copy, { recursive: true })
    }
    const entries = house.entries()
    for (const kind of ['recording.hold', 'recording.release', 'recording.shred']) assert.ok(entries.includes(`"${kind}"`), kind)
  })
})

describe('a policy that records, over TLS', () => {
  let house: House
  before(async () => { house = await startHouse({ identity: IDENTITY, policies: POLICIES, more: RECORDINGS('1s'), files: { 'tenant.key': TENANT_KEY }, tls: { cert: TLS.certPem, key: TLS.keyPem } }) })
  after(async () => { await house.stop() })

  it('has a session recorded from the first statement that it allows, and leaves others alone', async () => {
    const client = await house.connect('watched', secretOf('watched'))
    await client.query('select kind from clinic.rooms where id = 7')
    assert.deepEqual(await recordingsOf(house, 'watched'), [])
    await client.query('select id, last_name from clinic.patients where id = 8')
    await client.query('select kind from clinic.rooms where id = 9')
    await client.close()
    const { id, why } = await closed(house, 'watched')
    assert.equal(why, 'policy patients-watched')
    const { out } = await run(house, 'vera', 'play', id, '--speed', '0', ...admin(house, 'vera'))
    for (const part of ['where id = 8', '8 | [redacted]', 'where id = 9', 'exam']) assert.ok(out.includes(part), `${part} in ${out}`)
    assert.ok(!out.includes('where id = 7'))
    const other = await house.connect('nadia', secretOf('nadia'))
    await other.query('select id from clinic.patients where id = 1')
    await other.close()
    assert.deepEqual(await recordingsOf(house, 'nadia'), [])
  })

  it('lets go after its retention what is not held', async () => {
    const { id } = await closed(house, 'watched')
    const hold = await house.api('clara', 'POST', '/recording-holds', { scope: `recording:${id}`, matter: 'case 9' })
    assert.equal(hold.status, 200)
    await eventually('its retention has ended', async () => {
      const { body } = await house.api('clara', 'POST', '/recordings/expire', { use: 'show' })
      const { expired, held } = body as { expired: Recording[]; held: Recording[] }
      assert.deepEqual(expired, [])
      return held.length === 1 ? true : undefined
    })
    assert.match((await run(house, 'clara', 'expire', '--destroy', ...admin(house, 'clara'))).out, /^0 shredded; 1 kept by legal holds/)
    assert.equal((await house.api('clara', 'POST', `/recording-holds/${(hold.body as { id: string }).id}/release`, {})).status, 200)
    assert.match((await run(house, 'clara', 'expire', ...admin(house, 'clara'))).out, /1 would be shredded/)
    assert.match((await run(house, 'clara', 'expire', '--destroy', ...admin(house, 'clara'))).out, /1 shredded; 0 kept/)
    assert.equal((await house.api('vera', 'POST', `/recordings/${id}/view`, {})).status, 409)
  })
})

describe('a gateway that is killed while it records', () => {
  let house: House
  before(async () => { house = await startHouse({ identity: IDENTITY, policies: POLICIES, more: RECORDINGS('6y'), resource: '    record: session', files: { 'tenant.key': TENANT_KEY } }) })
  after(async () => { await house.stop() })

  it('leaves what it had written, and says at its next start what there is', async () => {
    const client = await house.connect('nadia', secretOf('nadia'))
    // More than a segment: what is sealed, and what is being written.
    for (let n = 0; n < 70; n += 1) await client.query(`select id, mrn, last_name, ssn, ${n} as n from clinic.patients`)
    await eventually('a segment is sealed', async () => (await recordingsOf(house, 'nadia')).find(({ segments }) => segments > 0))
    await client.query("select 'the last' as word")
    await eventually('what is written is on disk', () => Promise.resolve(readdirSync(join(house.dir, 'recordings'), { recursive: true }).some((name) => String(name).endsWith('.part')) ? true : undefined))
    await house.kill('SIGKILL')
    await house.start()
    const found = (await recordingsOf(house, 'nadia'))[0] ?? assert.fail()
    assert.equal(found.state, 'interrupted')
    assert.match(house.log(), /recordings: 1 were open when the gateway ended before/)
    const { out, err, status } = await run(house, 'vera', 'play', found.id, '--speed', '0', ...admin(house, 'vera'))
    assert.equal(status, 0, err)
    assert.match(err, /it has no end/)
    assert.ok((out.match(/SELECT 1000/g)?.length ?? 0) >= 10)
    assert.doesNotMatch(out, PHI)
    assert.match(house.entries(), /"how":"interrupted","kind":"recording\.close"/)
    const verified = await eventually('the signed head covers it', async () => {
      const report = await run(house, 'vera', 'verify', '--config', join(house.dir, 'doorward.yaml'))
      return report.out.includes('notice') ? undefined : report
    })
    assert.equal(verified.status, 0, verified.out)
  })

  it('records nothing more when the disk refuses, and ends the session', async () => {
    const client = await house.connect('rita', secretOf('rita'))
    await client.query('select id from clinic.patients where id = 1')
    const { id } = (await recordingsOf(house, 'rita'))[0] ?? assert.fail()
    const folder = readdirSync(join(house.dir, 'recordings'), { recursive: true }).map(String).find((name) => name.endsWith(id)) ?? assert.fail()
    rmSync(join(house.dir, 'recordings', folder), { recursive: true })
    await assert.rejects(async () => {
      for (let n = 0; n < 1_000; n += 1) await client.query('select id, mrn, last_name, ssn from clinic.patients')
    })
    await eventually('it is told', () => Promise.resolve(house.log().includes('a recording could not be written') ? true : undefined))
  })
})
