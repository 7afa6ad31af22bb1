import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { loadOrCreateKey, openAuditLog, VERIFIER_KEY_FILE } from '@doorward/audit'
import { Sensitive } from '@doorward/core'
import { patientDigest } from '@doorward/gateway'
import { FAKE_ENV, fakeConfig } from './fake-config.ts'
import { runFake, type FakeRun } from './fake-io.ts'

const ORIGIN = 'test.example.org/audit/reports'
const DIGEST_KEY = Buffer.alloc(32, 9)
const CONFIG = fakeConfig(`{ dir: ./audit, origin: ${ORIGIN} }`, '', '127.0.0.1:1')

describe('reports and evidence', () => {
  let dir = ''
  let config = ''
  const digest = patientDigest(new Sensitive(DIGEST_KEY), 'clinic', '7')

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    config = join(dir, 'doorward.yaml')
    for (const folder of ['policies', 'state']) mkdirSync(join(dir, folder))
    writeFileSync(config, CONFIG)
    writeFileSync(join(dir, 'state', 'token.key'), DIGEST_KEY.toString('hex'))
    writeFileSync(join(dir, 'clinic.phi.yaml'), 'version: 1\nunclassified: phi\ntables:\n  clinic.patients: { patient: id, columns: { id: none, mrn: mrn, ssn: ssn } }\n')
    writeFileSync(join(dir, 'policies', 'all.yaml'), "version: 1\npolicies:\n  - { id: read, who: { groups: [clinicians] }, on: { resource: clinic, objects: ['clinic.*'] }, actions: [read], effect: allow, mask: { default: redact, mrn: last4 }, limits: { rowsPerStatement: 50 } }\n")
    const log = await openAuditLog({ dir: join(dir, 'audit'), origin: ORIGIN, key: await loadOrCreateKey(join(dir, 'state', 'log.key'), ORIGIN) })
    writeFileSync(join(dir, 'audit', VERIFIER_KEY_FILE), readFileSync(join(dir, 'state', VERIFIER_KEY_FILE)))
    const principal = { issuer: 'local', subject: 'dana', name: 'dana' }
    const { index } = await log.append({
      kind: 'intent', statement: 's.1', principal, resource: 'clinic', purpose: 'TREAT', what: { command: 'SELECT', text: 'select * from clinic.patients', effects: [{ action: 'read', object: 'clinic.patients', columns: ['mrn', 'ssn'], classes: ['mrn', 'ssn'] }] },
      decision: { kind: 'allow', policyVersion: 'v', policies: [], obligations: [{ kind: 'mask', outputs: [{ output: 0, operator: 'last4', class: 'mrn' }], masked: 1 }] }, session: 'a'.repeat(32), seq: 1,
    })
    await log.append({ kind: 'outcome', statement: 's.1', intent: index, status: 'done', rows: 2, bytes: 90, patients: { digests: [digest] }, session: 'a'.repeat(32), seq: 2 })
    await log.close()
  })

  after(() => { rmSync(dir, { recursive: true }) })

  const run = (...args: readonly string[]): Promise<FakeRun> => runFake([...args, '--config', config], { env: FAKE_ENV })

  test('a patient by id, by digest, and as JSON', async () => {
    for (const who of [['--id', '7'], ['--digest', digest], ['--id', '7', '--resource', 'clinic', '--from', '2000-01-01', '--to', '2999-12-31']]) {
      const { status, stdout, stderr } = await run('report', 'patient', ...who)
      assert.equal(status, 0, stderr)
      assert.match(stdout, /dana \(local\|dana\) \| TREAT\s+\| read: clinic\.patients: mrn, ssn \| ssn\s+\| mrn \(last4\)\s+\|/)
      assert.match(stderr, /^from 4 entries of test\.example\.org\/audit\/reports/)
    }
    const found = JSON.parse((await run('report', 'patient', '--id', '7', '--json')).stdout) as { readonly patient: string; readonly accesses: readonly unknown[] } // the command's own output
    assert.deepEqual([found.patient, found.accesses.length], [digest, 1])
    assert.match((await run('report', 'patient', '--id', '8')).stdout, /nothing in the period/)
    assert.match((await run('report', 'patient', '--id', '7', '--to', '2000-01-01')).stdout, /nothing in the period/)
  })

  test('a principal', async () => {
    const { status, stdout } = await run('report', 'breach', '--principal', 'dana')
    assert.equal(status, 0)
    assert.match(stdout, /patients in answers with PHI in clear +\| 1/)
    assert.match(stdout, /ssn +\| 2 +\| 1/)
  })

  test('a search, as a table and as lines for programs', async () => {
    const { stdout } = await run('report', 'search', '--table', 'clinic.*', '--class', 'ssn', '--principal', 'local|dana', '--decision', 'allow')
    assert.match(stdout, /\| dana \| intent allow done \| clinic \| read clinic\.patients \| mrn ssn \| +2 \| +1\n\(1 row\)/)
    const lines = (await run('report', 'search', '--json', '--limit', '2')).stdout.trim().split('\n').map((line) => JSON.parse(line) as { readonly kind: string }) // the command's own output
    assert.deepEqual(lines.map(({ kind }) => kind), ['audit.start', 'intent'])
    assert.match((await run('report', 'search', '--limit', '1')).stderr, /there may be more: --after 0/)
    assert.ok(existsSync(join(dir, 'state', 'audit-index.db')))
    assert.equal((await run('report', 'search', '--rebuild', '--kind', 'audit.start', 'audit.stop')).status, 0)
  })

  test('a log from elsewhere is read without a configuration', async () => {
    const { status, stdout } = await runFake(['report', 'patient', '--digest', digest, '--log', join(dir, 'audit'), '--config', join(dir, 'nowhere.yaml')])
    assert.equal(status, 0)
    assert.match(stdout, /mrn \(last4\)/)
    assert.match((await runFake(['report', 'patient', '--id', '7', '--log', join(dir, 'audit'), '--config', join(dir, 'nowhere.yaml')])).stderr, /only be named by --digest/)
  })

  test('a report with its proofs', async () => {
    const out = join(dir, 'patient-7')
    const { status, stderr } = await run('report', 'patient', '--id', '7', '--out', out)
    assert.equal(status, 0, stderr)
    assert.match(stderr, /patient-7: 2 entries, 2 proofs/)
    assert.deepEqual(readdirSync(join(out, 'proofs')).toSorted(), ['entry-1.tlog-proof', 'entry-2.tlog-proof'])
    assert.equal((await runFake(['verify', join(out, 'proofs', 'entry-1.tlog-proof'), '--key', join(out, 'log.vkey')])).status, 0)
  })

  test('evidence for one safeguard, and for all of them', async () => {
    const one = join(dir, 'evidence-312b')
    const { status, stdout, stderr } = await run('evidence', '--control', '312(b)', '--out', one, '--from', '2020-01-01')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^45 CFR 164\.312\(b\): Audit controls: \d+ entries, \d+ proofs$/m)
    const page = readFileSync(join(one, 'index.html'), 'utf8')
    assert.match(page, /The log is intact\./)
    assert.match(page, /postgres on 127\.0\.0\.1:1, PLAINTEXT ALLOWED/)
    assert.match(readFileSync(join(one, 'policies', 'policies', 'all.yaml'), 'utf8'), /id: read/)
    const access = join(dir, 'evidence-access')
    await run('evidence', '--control', '164.312(a)(1)', '--out', access)
    assert.match(readFileSync(join(access, 'data', 'E-AC-1.csv'), 'utf8'), /read,allow,clinicians,clinic: clinic\.\*,read,"mrn: last4, all other PHI: redact; at most 50 rows a statement",/)
    const all = join(dir, 'all.zip')
    const everything = await run('evidence', '--control', 'all', '--out', all)
    assert.equal(everything.status, 0, everything.stderr)
    assert.ok(everything.stdout.split('\n').length > 20)
    assert.equal((await run('evidence', '--control', 'all', '--out', join(dir, 'all'))).status, 0)
    const contents = readFileSync(join(dir, 'all', 'index.html'), 'utf8')
    const pages = [...contents.matchAll(/href="([^"]+)"/g)].map(([, path]) => path ?? '')
    assert.ok(pages.length > 20 && pages.every((path) => existsSync(join(dir, 'all', path))), contents)
    assert.equal((await run('evidence', '--control', 'all', '--out', all)).status, 1, 'evidence is never written over')
  })

  test('evidence of a log that was changed says so, and fails', async () => {
    const copy = join(dir, 'copy')
    mkdirSync(copy)
    const bundle = join(dir, 'audit', 'tile', 'entries', '000.p', '4')
    const bytes = readFileSync(bundle)
    try {
      writeFileSync(bundle, Buffer.from(bytes.toString('latin1').replace('"rows":2', '"rows":1'), 'latin1'))
      const { status, stderr } = await run('evidence', '--control', '312(b)', '--out', join(copy, 'e'))
      assert.equal(status, 1)
      assert.match(stderr, /NOT INTACT/)
      assert.match((await run('report', 'search', '--rebuild')).stderr, /not the head's \(fork\)/)
    } finally {
      writeFileSync(bundle, bytes)
    }
  })

  test('a record number is asked of the gateway, which has to be there', async () => {
    const { status, stderr } = await run('report', 'patient', '--mrn', 'M-1', '--as', 'dana')
    assert.equal(status, 1)
    assert.match(stderr, /no connection to the gateway/)
  })

  for (const args of [['report', 'patient'], ['report', 'patient', '--id', '1', '--digest', digest], ['report', 'patient', '--digest', 'x'], ['report', 'patient', '--id', '7', '--from', 'yesterday'], ['report', 'breach'], ['report', 'search', '--limit', 'x'], ['evidence', '--control', '312(b)'], ['evidence', '--control', '999', '--out', 'x'], ['report', 'search', '--log', '/nowhere']]) {
    test(`wrong use is told: ${args.join(' ').replace(digest, 'DIGEST')}`, async () => {
      const { status, stderr } = await run(...args)
      assert.equal(status, 1)
      assert.notEqual(stderr, '')
    })
  }

  test('the safeguards are listed', async () => {
    assert.match((await runFake(['evidence', '--list'])).stdout, / 312\(b\) +\| Audit controls/)
  })
})
