import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Problems, readYaml } from '@doorward/policy'
import type { GatewayConfig } from './config.ts'
import { readIdentity } from './read-identity.ts'
import { ConfigReading } from './reading.ts'

function read(text: string): { readonly identity: GatewayConfig['identity']; readonly problems: readonly string[] } {
  const problems = new Problems('doorward.yaml')
  const identity = readIdentity(readYaml(text, problems), new ConfigReading(problems))
  return { identity, problems: problems.list().map((problem) => `${problem.severity}: ${problem.message}`) }
}

const OKTA = 'oidc: [{ name: okta, issuer: https://id.example.org, audience: doorward'

describe('identity', () => {
  it('reads a provider, with what holds when nothing is said', () => {
    const { identity, problems } = read(`${OKTA} }]`)
    assert.deepEqual(problems, [])
    assert.deepEqual(identity.oidc.map((one) => ({ ...one, algorithms: one.algorithms.length })), [{
      name: 'okta', issuer: 'https://id.example.org', audiences: ['doorward'], delegationAudiences: undefined, groupsClaim: 'groups', agentGroups: [], algorithms: 11, skewMs: 30_000, caFile: undefined,
    }])
  })

  it('reads everything that may be said', () => {
    const { identity, problems } = read(`oidc:
  - { name: okta, issuer: https://id.example.org/tenant, audience: [doorward, other], delegationAudience: lent, groupsClaim: realm.roles, agentGroups: [ai-agents], algorithms: [ES256, RS256], skew: 5s }
local:
  - { name: scout, kind: agent, secret: { env: SCOUT }, groups: [ai-agents], actingFor: [okta] }
  - { name: nadia, kind: human, secret: { env: NADIA }, person: 'okta|00u1|a' }
  - { name: root, kind: human, secret: { env: ROOT }, person: none }
purposes: { clinicians: [TREAT, HPAYMT], ai-agents: [HOPERAT] }
administrators: [security]`)
    assert.deepEqual(problems, [])
    const [okta] = identity.oidc
    assert.deepEqual([okta?.audiences, okta?.delegationAudiences, okta?.groupsClaim, okta?.agentGroups, okta?.algorithms, okta?.skewMs], [['doorward', 'other'], ['lent'], 'realm.roles', ['ai-agents'], ['ES256', 'RS256'], 5_000])
    assert.deepEqual(identity.local[0]?.actingFor, ['okta'])
    assert.deepEqual(identity.local.map((one) => one.person), [undefined, { issuer: 'https://id.example.org/tenant', subject: '00u1|a' }, undefined])
    assert.deepEqual([...identity.purposes ?? []].map(([group, purposes]) => [group, [...purposes]]), [['clinicians', ['TREAT', 'HPAYMT']], ['ai-agents', ['HOPERAT']]])
    assert.deepEqual(identity.administrators, ['security'])
  })

  it('without purposes says so: anybody may state any', () => { assert.equal(read(`${OKTA} }]`).identity.purposes, undefined) })

  const wrong: readonly (readonly [text: string, problem: RegExp])[] = [
    ['oidc: [{ name: okta }]', /expected key "issuer", which is missing/],
    [`${OKTA}, groups: x }]`, /unknown key "groups" in oidc provider/],
    ['oidc: [{ name: okta, issuer: http://id.example.org, audience: a }]', /issuer: expected https: over http anybody between could sign in as anybody/],
    ['oidc: [{ name: okta, issuer: http://id.example.org, audience: a, unsafelyAllowPlaintext: true }]', /issuer: expected https/],
    ['oidc: [{ name: okta, issuer: "https://id.example.org?x=1", audience: a }]', /issuer: expected a URL .* without query/],
    ['oidc: [{ name: okta, issuer: https://user:pass@id.example.org, audience: a }]', /issuer: expected a URL/],
    ['oidc: [{ name: okta, issuer: id.example.org, audience: a }]', /issuer: expected a URL/],
    [`${OKTA}, algorithms: [HS256] }]`, /algorithms: expected RS256, .* found "HS256"/],
    [`${OKTA}, algorithms: [none] }]`, /algorithms: expected RS256/],
    [`${OKTA}, skew: 10m }]`, /skew: expected/],
    [`${OKTA}, delegationAudience: doorward }]`, /delegationAudience: expected another than audience/],
    ['oidc: [{ name: a, issuer: https://id.example.org, audience: a }, { name: a, issuer: https://two.example.org, audience: a }]', /provider "a" is there twice/],
    ['oidc: [{ name: a, issuer: https://id.example.org, audience: a }, { name: b, issuer: https://id.example.org, audience: b }]', /issuer "https:\/\/id.example.org" is there twice: list its audiences in one entry/],
    [`${OKTA} }]\nlocal: [{ name: okta, kind: human, secret: { env: X } }]`, /the name "okta" stands for tokens of a provider/],
    [`${OKTA} }]\nlocal: [{ name: oidc, kind: human, secret: { env: X } }]`, /the name "oidc" stands for tokens/],
    ['local: [{ name: nadia, kind: human, secret: { env: X }, person: "okta|1" }]', /person: expected the name of a provider in oidc/],
    [`${OKTA} }]\nlocal: [{ name: nadia, kind: human, secret: { env: X }, person: "okta|" }]`, /person: expected the name of a provider in oidc/],
    [`${OKTA} }]\nlocal: [{ name: nadia, kind: human, secret: { env: X }, person: nadia }]`, /person: expected the name of a provider in oidc/],
    [`${OKTA} }]\nlocal: [{ name: batch, kind: service, secret: { env: X }, person: "okta|1" }]`, /person: only a human is a person/],
    [`${OKTA} }]\nlocal: [{ name: nadia, kind: human, secret: { env: X } }]`, /warning: local: say who this is at a provider, as person: PROVIDER\|SUBJECT, or person: none/],
    ['local: [{ name: scout, kind: agent, secret: { env: X }, actingFor: [okta] }]', /actingFor: no provider "okta" in oidc/],
    [`${OKTA}, delegationAudience: lent }]\nlocal: [{ name: nadia, kind: human, secret: { env: X }, actingFor: [okta] }]`, /actingFor: only an agent acts for somebody/],
    [`${OKTA} }]\nlocal: [{ name: scout, kind: agent, secret: { env: X }, actingFor: [okta] }]`, /warning: actingFor: whoever holds a token of okta's people can also sign in as them/],
    ['purposes: { clinicians: [treat] }', /purposes: expected codes of upper-case letters/],
    ['administrators: []', /administrators: expected at least one entry/],
    ['saml: [{ name: adfs }]', /saml is not available in this version/],
  ]
  for (const [text, problem] of wrong) it(`says what is wrong with ${text.replaceAll('\n', ' / ')}`, () => { assert.match(read(text).problems.join('\n'), problem) })

  it('allows a provider in plaintext on loopback, where that is written down', () => {
    for (const host of ['127.0.0.1:9000', 'localhost:9000', '[::1]:9000']) {
      assert.deepEqual(read(`oidc: [{ name: okta, issuer: 'http://${host}', audience: a, unsafelyAllowPlaintext: true }]`).problems, [])
      assert.match(read(`oidc: [{ name: okta, issuer: 'http://${host}', audience: a }]`).problems.join(), /expected https/)
    }
  })
})
