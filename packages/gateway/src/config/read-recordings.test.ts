import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { requireGroupId } from '@doorward/core'
import { Problems, readYaml } from '@doorward/policy'
import { checkConfig } from './check-config.ts'
import type { RecordingsConfig } from './config.ts'
import { filesOf } from './files.test.ts'
import { readRecordings } from './read-recordings.ts'
import { ConfigReading } from './reading.ts'

const DAY_MS = 86_400_000

function read(text: string): { readonly recordings: RecordingsConfig | undefined; readonly problems: readonly string[] } {
  const problems = new Problems('etc/doorward.yaml')
  const recordings = readRecordings(readYaml(text, problems), [requireGroupId('security')], new ConfigReading(problems))
  return { recordings, problems: problems.list().map((problem) => `${problem.severity}: ${problem.message}`) }
}

const LEAST = 'dir: rec\ntenantKey: { env: TENANT }\nviewers: [privacy]\n'

describe('recordings', () => {
  it('are kept six years, by the administrators, when nothing else is said', () => {
    assert.deepEqual(read(LEAST), { problems: [], recordings: { dir: 'etc/rec', tenantKey: { kind: 'env', name: 'TENANT' }, olderTenantKeys: [], retentionMs: 2_192 * DAY_MS, viewers: ['privacy'], custodians: ['security'] } })
  })

  it('read everything that may be said', () => {
    const { recordings, problems } = read(`${LEAST}olderTenantKeys: [{ file: old.key }, { env: OLDER }]\nretention: 10y\ncustodians: [records, legal]\n`)
    assert.deepEqual(problems, [])
    assert.deepEqual([recordings?.olderTenantKeys.length, recordings?.retentionMs, recordings?.custodians], [2, 3_653 * DAY_MS, ['records', 'legal']])
  })

  const rows: readonly (readonly [text: string, problem: RegExp])[] = [
    ['dir: rec', /error: recordings: expected key "tenantKey"/],
    ['tenantKey: { env: TENANT }', /error: recordings: expected key "dir"/],
    ['dir: rec\ntenantKey: 00000000', /error: tenantKey: expected \{ env: NAME \}/],
    ['dir: rec\ntenantKey: { env: TENANT }', /warning: recordings: without viewers nobody can see/],
    [`${LEAST}retention: 5y`, /warning: retention: shorter than the six years/],
    [`${LEAST}retention: 90d`, /warning: retention: shorter/],
    [`${LEAST}retention: 0y`, /error: retention: expected a whole number from 1 to 100/],
    [`${LEAST}retention: 101y`, /error: retention: expected a whole number/],
    [`${LEAST}retention: forever`, /error: retention: expected a time/],
    [`${LEAST}retain: 6y`, /error: unknown key "retain" in recordings/],
  ]
  for (const [text, problem] of rows) it(`say what is wrong: ${String(problem)}`, () => { assert.match(read(text).problems.join('\n'), problem) })
})

describe('what must be recorded', () => {
  const problemsOf = (more: string, { record = '', policy = '', tenant = '00'.repeat(32) }: { readonly record?: string; readonly policy?: string; readonly tenant?: string }): string => {
    const texts = {
      'etc/doorward.yaml': `version: 1
listen: { postgres: 127.0.0.1:6432 }
unsafelyAllowPlaintextClients: true
state: state
audit: { dir: audit, origin: example.org/log }
identity: { local: [{ name: ana, kind: human, secret: { env: ANA }, groups: [privacy] }] }
resources:
  clinic: { kind: postgres, upstream: { host: db, database: clinic, user: d, password: { env: ANA } }, analysis: { user: an, password: { env: ANA } }, classification: phi.yaml${record} }
policies: [p.yaml]
${more}`,
      'etc/phi.yaml': 'version: 1\ntables: { clinic.rooms: { columns: { "*": none } } }\n',
      'etc/p.yaml': `version: 1\npolicies:\n  - { id: a, effect: allow${policy} }\n`,
    }
    const checked = checkConfig('etc/doorward.yaml', { files: filesOf(texts), env: { ANA: 'x', TENANT: tenant } })
    return (checked.kind === 'valid' ? checked.warnings : checked.problems).map(({ severity, message }) => `${severity}: ${message}`).join('\n')
  }
  const RECORDINGS = 'recordings: { dir: rec, tenantKey: { env: TENANT }, viewers: [privacy] }\n'

  it('can be, or is not started', () => {
    assert.match(problemsOf('', { record: ', record: session' }), /error: resource clinic: record: expected recordings/)
    assert.match(problemsOf('', { policy: ', record: session' }), /error: policy a: record: expected recordings/)
    assert.match(problemsOf(RECORDINGS, { record: ', record: true' }), /error: record: expected session/)
    for (const what of [{ record: ', record: session' }, { policy: ', record: session' }]) assert.equal(problemsOf(RECORDINGS, what), '')
  })

  it('has a key that is one', () => {
    assert.match(problemsOf(RECORDINGS, { tenant: 'a password' }), /error: tenantKey: expected 32 random bytes/)
    assert.match(problemsOf(RECORDINGS, { tenant: '' }), /error: tenantKey: environment variable TENANT is empty/)
  })
})
