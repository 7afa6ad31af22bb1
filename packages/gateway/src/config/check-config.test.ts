import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { checkConfig } from './check-config.ts'
import { filesOf } from './files.test.ts'
import { formatProblems } from './format-problems.ts'
import { createNodeFiles } from './node-files.ts'
import { makeSelfSigned } from '../protocols/postgres/tls-self-signed.ts'

const OPTIONS = { names: ['localhost'], nowMs: Date.UTC(2026, 0, 1), days: 30 }
const { certPem: CERTIFICATE, keyPem: KEY } = makeSelfSigned(OPTIONS)
const { keyPem: OTHER_KEY } = makeSelfSigned(OPTIONS)

const TEXTS: Readonly<Record<string, string>> = {
  'etc/doorward.yaml': `version: 1
listen: { postgres: 127.0.0.1:6432 }
tls: { cert: server.crt, key: server.key }
state: state
audit: { dir: audit, origin: example.org/log }
identity:
  local:
    - { name: ana, kind: human, secret: { env: ANA }, groups: [nurses] }
resources:
  clinic:
    kind: postgres
    upstream: { host: db.example.org, database: clinic, user: doorward, password: { file: secret } }
    analysis: { user: an, password: { env: AN } }
    classification: phi.yaml
  archive:
    kind: postgres
    upstream: { host: db.example.org, database: archive, user: doorward, password: { file: secret }, tls: { ca: ca.pem } }
    analysis: { user: an, password: { env: AN } }
    classification: phi.yaml
policies: [policies]
`,
  'etc/server.crt': CERTIFICATE, 'etc/server.key': KEY, 'etc/ca.pem': CERTIFICATE, 'etc/secret': 'swordfish\n',
  'etc/phi.yaml': 'version: 1\ntables: { clinic.rooms: { columns: { "*": none } } }\n',
  'etc/policies/a.yaml': 'version: 1\npolicies:\n  - { id: a, effect: allow, who: { groups: [nurses] }, on: { resource: clinic } }\n',
  'etc/policies/b.yml': 'version: 1\npolicies: []\n',
  'etc/policies/.hidden.yaml': 'not: read',
  'etc/policies/README.md': 'nor this',
}
const ENV = { ANA: 'x', AN: 'y' }

/** What is reported with some files replaced or (empty) taken away. */
function check(changes: Readonly<Record<string, string | undefined>> = {}, env: Record<string, string | undefined> = ENV): { kind: string; lines: readonly string[] } {
  const texts = Object.fromEntries(Object.entries({ ...TEXTS, ...changes }).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])))
  const checked = checkConfig('etc/doorward.yaml', { files: filesOf(texts), env })
  const problems = checked.kind === 'valid' ? checked.warnings : checked.problems
  return { kind: checked.kind, lines: problems.map((one) => `${one.file}:${one.line}:${one.column} ${one.severity} ${one.message}`) }
}

function doorward(from: string, to: string): Record<string, string> {
  const text = TEXTS['etc/doorward.yaml'] ?? ''
  assert.ok(text.includes(from))
  return { 'etc/doorward.yaml': text.replace(from, () => to) }
}

describe('checkConfig', () => {
  test('gives back everything a gateway starts from', () => {
    const checked = checkConfig('etc/doorward.yaml', { files: filesOf(TEXTS), env: ENV })
    assert.equal(checked.kind, 'valid', inspect(checked))
    if (checked.kind !== 'valid') return
    assert.deepEqual(checked.warnings, [])
    assert.deepEqual([...checked.classifications.keys()], ['clinic', 'archive'])
    assert.deepEqual(checked.policies.policies.map((policy) => [policy.id, policy.source.file]), [['a', 'policies/a.yaml']])
    const [clinic] = checked.config.resources.values()
    const resolved = clinic === undefined ? undefined : checked.secrets.resolve(clinic.upstream.password)
    assert.equal(resolved?.kind === 'secret' && resolved.secret.reveal(), 'swordfish')
    assert.ok(!inspect(checked, { depth: 20, showHidden: true }).includes('swordfish'))
  })

  const REPORTED: readonly (readonly [name: string, ...changed: Parameters<typeof check>, message: RegExp])[] = [
    ['a secret that is not set', {}, { ANA: 'x' }, /^etc\/doorward.yaml:13:37 error password: environment variable AN is not set$/],
    ['a secret that is empty', {}, { ANA: '', AN: 'y' }, /:8:41 error secret: environment variable ANA is empty/],
    ['a secret inherited by the environment object', doorward('env: ANA', 'env: constructor'), ENV, /environment variable constructor is not set/],
    ['a secret file that is not there', { 'etc/secret': undefined }, ENV, /password: file etc\/secret cannot be read \(ENOENT\)/],
    ['a classification that is not there', { 'etc/phi.yaml': undefined }, ENV, /:14:21 error classification: file etc\/phi.yaml cannot be read \(ENOENT\)/],
    ['a classification with a fault, in its own file', { 'etc/phi.yaml': 'version: 1\ntables: { clinic.rooms: { columns: { x: nome } } }\n' }, ENV, /^etc\/phi.yaml:2:41 error clinic.rooms.x: no class "nome"/],
    ['a certificate that is not there', { 'etc/server.crt': undefined }, ENV, /tls cert: file etc\/server.crt cannot be read/],
    ['a certificate that is none', { 'etc/server.crt': 'hello' }, ENV, /tls cert: expected a certificate in PEM format/],
    ['a key that is none', { 'etc/server.key': 'hello' }, ENV, /tls key: expected a private key without passphrase/],
    ['a key of another certificate', { 'etc/server.key': OTHER_KEY }, ENV, /:3:31 error tls key: expected the key of the certificate, found another/],
    ['an authority that is not there', { 'etc/ca.pem': undefined }, ENV, /tls ca: file etc\/ca.pem cannot be read/],
    ['a policy about a resource that is not there', { 'etc/policies/a.yaml': 'version: 1\npolicies:\n  - { id: a, effect: deny, on: { resource: clinc } }\n' }, ENV, /^etc\/policies\/a.yaml:3:44 error resource: no resource "clinc": did you mean "clinic"\?/],
    ['a policy with a fault, in its own file', { 'etc/policies/b.yml': 'version: 1\npolicies: [{ id: b }]\n' }, ENV, /^etc\/policies\/b.yml:2:12 error policy: expected key "effect"/],
    ['policies that are not there', doorward('[policies]', '[polcies]'), ENV, /:20:12 error policies: etc\/polcies cannot be read \(ENOENT\)/],
    ['a folder without policies', doorward('[policies]', '[empty]'), ENV, /policies: etc\/empty cannot be read|expected a .yaml file/],
  ]
  for (const [name, changes, env, message] of REPORTED) {
    test(`reports ${name}`, () => {
      const { kind, lines } = check(changes, env)
      assert.equal(kind, 'invalid')
      assert.ok(lines.some((line) => message.test(line)), lines.join('\n'))
    })
  }

  test('warns of groups, approvers and names that nobody has', () => {
    const { kind, lines } = check({ 'etc/policies/a.yaml': 'version: 1\npolicies:\n  - { id: a, effect: allow, who: { groups: [nurse], principals: [anna, "https://id.example.org|7"] }, hold: [{ by: [chiefs] }] }\n' })
    assert.equal(kind, 'valid')
    assert.deepEqual(lines.map((line) => line.replace(/^\S+ /, '')), [
      'warning group: nobody is in "nurse": did you mean "nurses"?', 'warning principals: nobody is called "anna": did you mean "ana"?', 'warning group: nobody is in "chiefs"',
    ])
  })

  test('reports faults of all files in one run', () => {
    const { lines } = check({
      ...doorward('kind: human', 'kind: humane'), 'etc/phi.yaml': 'version: 1\ntables: {}\n', 'etc/policies/b.yml': 'version: 1\npolicies: 7\n', 'etc/ca.pem': undefined,
    })
    for (const file of ['etc/doorward.yaml:8', 'etc/doorward.yaml:17', 'etc/phi.yaml', 'etc/policies/b.yml']) assert.ok(lines.some((line) => line.startsWith(file)), `${file} in\n${lines.join('\n')}`)
  })

  test('gives the same version wherever the folder lies, and reads a file named twice once', () => {
    const versionAt = (folder: string, list: string): string => {
      const texts = Object.fromEntries(Object.entries({ ...TEXTS, ...doorward('[policies]', list) }).map(([path, text]) => [path.replace(/^etc/, folder), text]))
      const checked = checkConfig(`${folder}/doorward.yaml`, { files: filesOf(texts), env: ENV })
      return checked.kind === 'valid' ? checked.policies.version : assert.fail(inspect(checked))
    }
    assert.equal(versionAt('etc', '[policies]'), versionAt('/opt/a/b', '[policies]'))
    assert.equal(versionAt('etc', '[policies]'), versionAt('etc', '[policies/b.yml, policies, ./policies/a.yaml]'))
  })

  const corpus = new URL('../../../../../shared/corpus/configure.mjs', import.meta.url)
  test('accepts the files of the bypass corpus unchanged', { skip: existsSync(corpus) ? false : 'skipped: ../shared/corpus missing' }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-config-'))
    try {
      execFileSync(process.execPath, [fileURLToPath(corpus), '--out', folder, '--upstream', 'postgres://doorward@127.0.0.1:5432'])
      const file = join(folder, 'doorward.yaml')
      const files = createNodeFiles()
      const checked = checkConfig(file, { files, env: { EVE_SECRET: 'e', BOT_SECRET: 'b', DANA_SECRET: 'd', CLINIC_PASSWORD: 'x' } })
      assert.equal(checked.kind, 'valid', checked.kind === 'invalid' ? formatProblems(checked.problems, files.readFile) : '')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
