import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DEFAULT_LIMITS, DEFAULT_SESSIONS } from './limits.ts'
import { loadConfig, type LoadedConfig } from './load-config.ts'

const VALID = `version: 1
listen:
  postgres: 127.0.0.1:6432
  console:  127.0.0.1:8600
tls: { cert: ./tls/server.crt, key: ./tls/server.key }
state: ./data/state
audit:
  dir: ./data/audit
  origin: doorward.example.org/audit/node-1
identity:
  local: [{ name: scribe-bot, kind: agent, secret: { env: SCRIBE_SECRET }, groups: [ai-agents] }]
resources:
  clinic:
    kind: postgres
    upstream: { host: db.example.org, port: 5433, database: clinic, user: doorward,
                password: { env: CLINIC_PASSWORD }, tls: verify-full }
    analysis: { user: doorward_analysis, password: { file: ./secrets/analysis } }
    classification: ./clinic.phi.yaml
policies: [./policies, ../shared/extra.yaml]
sessions: { idle: 10m, absolute: 4h }
limits: { maxFrameBytes: 8MiB, connections: 100 }
`

function load(text: string, file = 'etc/doorward.yaml'): LoadedConfig {
  return loadConfig(file, { readFile: (path) => (path === file ? text : assert.fail(`read ${path}`)) })
}

function problemsOf(text: string): readonly string[] {
  const loaded = load(text)
  return loaded.kind === 'invalid' ? loaded.problems.map((one) => `${one.line}:${one.column} ${one.message}`) : []
}

/** The valid file with one text in it replaced. */
function changed(from: string, to: string): string {
  assert.ok(VALID.includes(from), from)
  return VALID.replace(from, () => to)
}

describe('loadConfig', () => {
  test('reads a whole file, paths relative to it', () => {
    const loaded = load(VALID)
    assert.equal(loaded.kind, 'loaded', JSON.stringify(loaded))
    if (loaded.kind !== 'loaded') return
    assert.deepEqual(loaded.warnings, [])
    const { config } = loaded
    assert.deepEqual(config.listen, { postgres: { host: '127.0.0.1', port: 6432 }, console: { host: '127.0.0.1', port: 8600 } })
    assert.deepEqual(config.clients, { kind: 'tls', certFile: 'etc/tls/server.crt', keyFile: 'etc/tls/server.key' })
    assert.deepEqual([config.stateDir, config.audit.dir, config.policyPaths], ['etc/data/state', 'etc/data/audit', ['etc/policies', 'shared/extra.yaml']])
    assert.deepEqual(config.identity.local, [{ name: 'scribe-bot', kind: 'agent', secret: { kind: 'env', name: 'SCRIBE_SECRET' }, groups: ['ai-agents'], actingFor: [], person: undefined }])
    assert.deepEqual([...config.resources.values()], [{
      kind: 'postgres', name: 'clinic',
      upstream: { host: 'db.example.org', port: 5433, database: 'clinic', user: 'doorward', password: { kind: 'env', name: 'CLINIC_PASSWORD' }, transport: { kind: 'verify-full', caFile: undefined } },
      analysis: { user: 'doorward_analysis', password: { kind: 'file', path: 'etc/secrets/analysis' } },
      classificationFile: 'etc/clinic.phi.yaml', recorded: 'by-policy',
    }])
    assert.deepEqual(config.sessions, { idleMs: 600_000, absoluteMs: 14_400_000 })
    assert.deepEqual(config.limits, { ...DEFAULT_LIMITS, maxFrameBytes: 8_388_608, connections: 100 })
  })

  test('fills in the defaults', () => {
    const loaded = load(VALID.replace(/sessions:.*\nlimits:.*\n/, '').replace(', port: 5433', '').replace(', tls: verify-full', ''))
    assert.equal(loaded.kind, 'loaded')
    if (loaded.kind !== 'loaded') return
    assert.deepEqual([loaded.config.sessions, loaded.config.limits], [DEFAULT_SESSIONS, DEFAULT_LIMITS])
    const [clinic] = loaded.config.resources.values()
    assert.deepEqual([clinic?.upstream.port, clinic?.upstream.transport], [5432, { kind: 'verify-full', caFile: undefined }])
  })

  const CHANGES: readonly (readonly [from: string, to: string, message: RegExp])[] = [
    ['version: 1\n', 'version: 2\n', /^1:10 version: expected 1/],
    ['version: 1\n', '', /expected key "version"/],
    ['sessions:', 'sesions:', /^20:1 unknown key "sesions" in configuration: did you mean "sessions"\?/],
    ['state: ./data/state', 'state: postgres://fleet:secret@db/x', /^6:8 state: a shared store is not available in this version/],
    ['state: ./data/state\n', '', /expected key "state"/],
    ['console:  127.0.0.1:8600', 'mysql: 127.0.0.1:3306', /^4:3 listen: mysql is not available in this version/],
    ['console:  127.0.0.1:8600', 'http: 127.0.0.1:8443', /listen: http is not available in this version/],
    ['console:  127.0.0.1:8600', 'ssh: 127.0.0.1:22', /listen: ssh is not available in this version/],
    ['console:  127.0.0.1:8600', 'consol: 127.0.0.1:22', /unknown key "consol" in listen: did you mean "console"\?/],
    ['console:  127.0.0.1:8600', 'console: 127.0.0.1:6432', /console: expected a port of its own, found that of postgres/],
    ['console:  127.0.0.1:8600', 'console: 0.0.0.0:6432', /port of its own/],
    ['  postgres: 127.0.0.1:6432\n  console:  127.0.0.1:8600', '  console: 127.0.0.1:8600', /^2:1 listen: expected postgres, because/],
    ['127.0.0.1:6432', '6432', /postgres: expected text, found a number/],
    ['127.0.0.1:6432', '":6432"', /postgres: expected host:port/],
    ['127.0.0.1:6432', '127.0.0.1:70000', /postgres: expected host:port/],
    ['127.0.0.1:6432', '"::1:6432"', /postgres: expected host:port/],
    ['127.0.0.1:6432', '300.1.1.1:6432', /postgres: expected host:port/],
    ['127.0.0.1:6432', 'db.example.org:5433', /Doorward would connect to itself/],
    ['tls: { cert: ./tls/server.crt, key: ./tls/server.key }\n', '', /expected key "tls"/],
    ['tls: { cert: ./tls/server.crt, key: ./tls/server.key }', 'unsafelyAllowPlaintextClients: false', /expected key "tls"/],
    ['tls: { cert: ./tls/server.crt, key: ./tls/server.key }', 'unsafelyAllowPlaintextClients: yes', /expected true or false, found text/],
    ['key: ./tls/server.key }', 'key: ./tls/server.key }\nunsafelyAllowPlaintextClients: true', /found both/],
    [', key: ./tls/server.key', '', /tls: expected key "key"/],
    ['  dir: ./data/audit\n', '', /audit: expected key "dir"/],
    ['doorward.example.org/audit/node-1', 'https://doorward.example.org/x', /origin: expected a URL without scheme/],
    ['doorward.example.org/audit/node-1', 'a b', /origin: expected a URL without scheme/],
    ['doorward.example.org/audit/node-1', 'a+b', /origin: expected a URL without scheme/],
    ['  local:', '  saml: [{ name: adfs }]\n  local:', /identity: saml is not available in this version/],
    ['  local:', '  ldap: []\n  local:', /unknown key "ldap" in identity/],
    ['name: scribe-bot', 'name: "scribe bot"', /name: expected 1 to 63/],
    ['kind: agent', 'kind: robot', /kind: expected human, service or agent, found "robot"/],
    [', secret: { env: SCRIBE_SECRET }', '', /local principal: expected key "secret"/],
    ['groups: [ai-agents] }', 'groups: [ai-agents] }, { name: scribe-bot, kind: human, secret: { env: X } }', /principal "scribe-bot" is there twice/],
    ['kind: postgres', 'kind: fhir', /kind: fhir is not available in this version/],
    ['kind: postgres', 'kind: mysql', /kind: mysql is not available in this version/],
    ['kind: postgres', 'kind: postgers', /kind: no kind "postgers": did you mean "postgres"\?/],
    ['  clinic:\n', '  clinic one:\n', /"clinic one" is no name/],
    ['host: db.example.org', 'host: "db example"', /host: expected a host name/],
    ['host: db.example.org', 'host: /run/postgresql', /host: expected a host name/],
    ['port: 5433', 'port: 0', /port: expected a whole number from 1 to 65535/],
    ['database: clinic, ', '', /upstream: expected key "database"/],
    ['database: clinic', 'database: 7', /database: expected text, found a number: put it in quotes/],
    ['tls: verify-full }', 'tls: require }', /tls: expected verify-full or { ca: FILE }/],
    ['tls: verify-full }', 'tls: { ca: ./ca.pem, verify: false } }', /unknown key "verify" in tls/],
    ['tls: verify-full }', 'tls: verify-full, unsafelyAllowPlaintext: true }', /found both/],
    ['{ user: doorward_analysis, password: { file: ./secrets/analysis } }', '{ user: x }', /analysis: expected key "password"/],
    ['    classification: ./clinic.phi.yaml\n', '', /resource clinic: expected key "classification"/],
    ['[./policies, ../shared/extra.yaml]', '[]', /policies: expected at least one entry/],
    ['idle: 10m', 'idle: 10', /idle: expected a time such as 15m/],
    ['idle: 10m', 'idle: 5h', /expected idle to be at most absolute/],
    ['absolute: 4h', 'absolute: 30d', /absolute: expected 1s to 24d/],
    ['maxFrameBytes: 8MiB', 'maxFrameBytes: 64KiB', /maxStatementBytes: expected at most maxFrameBytes/],
    ['connections: 100', 'conections: 100', /unknown key "conections" in limits: did you mean "connections"/],
    ['connections: 100', 'connections: -1', /connections: expected a whole number from 1/],
    ['limits:', 'alerts: [{ to: webhook }]\nlimits:', /alerts is not available in this version/],
    ['limits:', 'export: [{ to: splunk-hec }]\nlimits:', /export is not available in this version/],
  ]
  for (const [from, to, message] of CHANGES) {
    test(`refuses ${to.trim() === '' ? `nothing for ${from.trim()}` : to.trim().replaceAll('\n', ' ')}`, () => {
      const problems = problemsOf(changed(from, to))
      assert.ok(problems.some((one) => message.test(one)), problems.join('\n') || 'no problem')
    })
  }

  test('reports everything that is wrong in one run', () => {
    const text = changed('kind: agent', 'kind: robot').replace('port: 5433', 'port: x').replace('idle: 10m', 'idle: soon').replace('127.0.0.1:6432', 'nowhere')
    assert.deepEqual(problemsOf(text).map((one) => one.split(':')[0]), ['3', '11', '15', '20'])
  })

  test('never repeats a secret that was written where a reference belongs', () => {
    for (const wrong of ['hunter2', '{ env: "hunter2!" }', '[hunter2]', '{ value: hunter2 }', '"hunter2"']) {
      const loaded = load(changed('{ env: CLINIC_PASSWORD }', wrong))
      assert.equal(loaded.kind, 'invalid', wrong)
      if (loaded.kind !== 'invalid') continue
      assert.ok(!loaded.problems.some((one) => one.message.includes('hunter2')), wrong)
      assert.ok(wrong.startsWith('{ value') || loaded.problems.some((one) => one.source === 'hidden'), wrong)
    }
  })

  test('lets clients come in plaintext only on loopback', () => {
    const plain = changed('tls: { cert: ./tls/server.crt, key: ./tls/server.key }', 'unsafelyAllowPlaintextClients: true')
    assert.deepEqual(problemsOf(plain), [])
    for (const host of ['127.0.0.2', '[::1]', 'localhost', '[0:0:0:0:0:0:0:1]']) assert.deepEqual(problemsOf(plain.replace('127.0.0.1:8600', `'${host}:8600'`)), [], host)
    for (const host of ['0.0.0.0', '192.0.2.1', '[::]', '[::ffff:127.0.0.1]', '[::2]', 'example.org', 'localhost.example.org', '127.example.org']) {
      assert.ok(problemsOf(plain.replace('127.0.0.1:8600', `'${host}:8600'`)).some((one) => /console: expected a loopback address/.test(one)), host)
    }
  })

  test('warns of what works but weakens', () => {
    const loaded = load(VALID.replace(/ {4}analysis:.*\n/, '').replace('tls: verify-full', 'unsafelyAllowPlaintext: true'))
    assert.equal(loaded.kind, 'loaded')
    if (loaded.kind === 'loaded') assert.deepEqual(loaded.warnings.map((one) => `${one.severity} ${one.line}`), ['warning 14', 'warning 15'])
  })

  test('says so when the file is not there', () => {
    const loaded = loadConfig('x.yaml', { readFile: () => { throw Object.assign(new Error('no'), { code: 'ENOENT' }) } })
    assert.equal(loaded.kind === 'invalid' && loaded.problems[0]?.message, 'the file cannot be read (ENOENT)')
  })

  test('reads past a byte order mark', () => assert.equal(load(`\ufeff${VALID}`).kind, 'loaded'))

  test('property: no text makes it throw', () => {
    const pieces = VALID.split(/(?<=[\s:,{}[\]])/)
    const junk = fc.constantFrom('', '{', '}', '[', ']', ': ', '- ', '\n', '  ', '&a ', '*a', '!!x ', '"', "'", '|\n', '1', 'true', 'null', '~', '\u0000', '? ', '...\n', '---\n')
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(pieces.length - 1), junk), { minLength: 1, maxLength: 6 }), (changes) => {
      const text = [...pieces]
      for (const [index, replacement] of changes) text[index] = replacement
      const loaded = load(text.join(''))
      if (loaded.kind === 'invalid') assert.ok(loaded.problems.some((one) => one.severity === 'error'))
    }), { numRuns: 1_000 })
    for (let end = 0; end <= VALID.length; end += 3) load(VALID.slice(0, end))
  })
})
