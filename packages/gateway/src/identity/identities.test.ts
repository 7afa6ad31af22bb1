import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Sensitive, type Principal } from '@doorward/core'
import { FakeClock } from '@doorward/testkit'
import { formatVerifier, makeVerifier } from '../protocols/postgres/scram-verifier.ts'
import { openState } from '../state/sqlite-state.ts'
import { Identities, type Identified } from './identities.ts'
import { LocalPrincipals } from './local-principals.ts'
import { Lockout, MAX_FAILURES } from './lockout.ts'
import { KNOWN_ALGORITHMS } from './oidc/algorithms.ts'
import { OidcProvider } from './oidc/oidc-provider.ts'
import { mayClaim } from './purposes.ts'
import { Revocations } from './revocations.ts'

const ISSUERS = ['https://one.example', 'https://two.example'] as const
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
const JWKS = { keys: [{ ...await exportJWK(publicKey), kid: 'k', alg: 'ES256' }] }
const HERE = '192.0.2.1:5000'

async function scene(providerCount = 2): Promise<{ readonly identities: Identities; readonly revocations: Revocations; readonly clock: FakeClock; token(issuer: string, claims?: object): Promise<Sensitive<string>> }> {
  const clock = new FakeClock()
  const state = openState(':memory:')
  const providers = ISSUERS.slice(0, providerCount).map((issuer, index) => new OidcProvider(
    { name: index === 0 ? 'one' : 'two', issuer, audiences: ['doorward'], delegationAudiences: undefined, groupsClaim: 'groups', agentGroups: [], algorithms: KNOWN_ALGORITHMS, skewMs: 0 },
    (url) => Promise.resolve(url.pathname.endsWith('configuration') ? { issuer, jwks_uri: `${issuer}/jwks` } : JWKS), clock.now,
  ))
  const verifier = formatVerifier(await makeVerifier(new Sensitive('kept as verifier'), randomBytes(16)))
  const local = await LocalPrincipals.load([
    { name: 'nadia', kind: 'human', groups: ['analysts'], secret: new Sensitive('right'), actingFor: [] }, { name: 'vera', kind: 'human', groups: [], secret: new Sensitive(verifier), actingFor: [] },
    { name: 'anna', kind: 'human', groups: [], secret: new Sensitive('anna'), actingFor: [], person: { issuer: ISSUERS[0], subject: 'ann' } },
    { name: 'scout', kind: 'agent', groups: ['ai-agents'], secret: new Sensitive('scout'), actingFor: ['one'] }, { name: 'job', kind: 'service', groups: [], secret: new Sensitive('job'), actingFor: [] },
  ], randomBytes)
  const revocations = await Revocations.load(state.revocations)
  const identities = new Identities({ local, providers, lockout: new Lockout({ store: state.failures, key: new Sensitive(Buffer.alloc(32)), now: clock.now }), revocations, mockKey: Buffer.alloc(32) })
  return {
    identities, revocations, clock,
    token: async (issuer, claims = {}) => new Sensitive(await new SignJWT({ iss: issuer, aud: 'doorward', sub: 'ann', exp: Math.floor(clock.now() / 1_000) + 60, groups: ['clinicians'], ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey)),
  }
}

function result(found: Identified): string { return found.kind === 'principal' ? `${found.principal.issuer}|${found.principal.subject}` : found.why }

async function requireAgent(identities: Identities): Promise<Principal> {
  const found = await identities.withSecret('scout', new Sensitive('scout'), HERE)
  if (found.kind !== 'principal') throw new Error(found.why)
  return found.principal
}

describe('who somebody is', () => {
  it('a local secret, or what was kept as its verifier', async () => {
    const { identities } = await scene()
    assert.equal(result(await identities.withSecret('nadia', new Sensitive('right'), HERE)), 'local|nadia')
    assert.equal(result(await identities.withSecret('vera', new Sensitive('kept as verifier'), HERE)), 'local|vera')
    assert.equal(result(await identities.withSecret('nadia', new Sensitive('wrong'), HERE)), 'proof')
    assert.equal(result(await identities.withSecret('nobody', new Sensitive('right'), HERE)), 'unknown-user')
    assert.equal(result(await identities.withSecret('vera', new Sensitive('SCRAM-SHA-256$4096:x'), HERE)), 'proof', 'the verifier itself is no secret')
  })

  it('a local principal is the same object at each login, and cannot be changed; proven otherwise it is another', async () => {
    const { identities } = await scene()
    const login = async (method: string): Promise<Principal> => {
      const found = await (await identities.begin('nadia', HERE)).succeeded(method)
      if (found.kind !== 'principal') throw new Error(found.why)
      return found.principal
    }
    const first = await login('scram-sha-256')
    assert.equal(await login('scram-sha-256'), first)
    const other = await login('scram-sha-256-plus')
    assert.notEqual(other, first)
    assert.deepEqual([first.authentication.method, other.authentication.method], ['scram-sha-256', 'scram-sha-256-plus'])
    for (const part of [first, first.groups, first.authentication, first.authentication.amr]) assert.ok(Object.isFrozen(part))
  })

  it('on the wire a name is offered what it may prove with', async () => {
    const { identities } = await scene()
    const kindOf = async (user: string): Promise<string | undefined> => (await identities.begin(user, HERE)).credential?.kind
    assert.deepEqual([await kindOf('nadia'), await kindOf('one'), await kindOf('two'), await kindOf('oidc'), await kindOf('nobody')], ['scram', 'token', 'token', undefined, undefined])
    const single = await scene(1)
    assert.equal((await single.identities.begin('oidc', HERE)).credential?.kind, 'token')
  })

  it('a token is its own issuer\'s: that of another one is refused under this name', async () => {
    const { identities, token } = await scene()
    const login = await identities.begin('one', HERE)
    assert.ok(login.credential?.kind === 'token')
    assert.equal(await login.credential.check(await token(ISSUERS[1]), 'oidc'), 'rejected')
    assert.deepEqual(await login.failed('token'), { kind: 'refused', why: 'token-issuer', locked: 'no' })
    assert.equal(await login.credential.check(await token(ISSUERS[0]), 'oidc'), 'accepted')
    assert.equal(result(await login.succeeded('oidc')), `${ISSUERS[0]}|ann`)
    assert.equal(result(await identities.withToken(await token(ISSUERS[1]), 'http-bearer')), `${ISSUERS[1]}|ann`)
    assert.equal(result(await identities.withToken(await token('https://evil.example'), 'http-bearer')), 'token-issuer')
    for (const text of ['', 'x', 'a.b.c', 'x'.repeat(20_000)]) assert.equal(result(await identities.withToken(new Sensitive(text), 'http-bearer')), 'token-issuer')
  })

  it('too many failures lock out, on the wire and over HTTP together; a right secret then changes nothing', async () => {
    const { identities } = await scene()
    for (let n = 1; n < MAX_FAILURES; n += 1) {
      if (n % 2 === 0) await identities.withSecret('nadia', new Sensitive('wrong'), HERE)
      else await (await identities.begin('nadia', HERE)).failed('proof')
    }
    const last = await identities.withSecret('nadia', new Sensitive('wrong'), HERE)
    assert.equal(last.kind === 'refused' ? last.locked : '', 'now')
    assert.equal(result(await identities.withSecret('nadia', new Sensitive('right'), HERE)), 'locked-out')
    const locked = await identities.begin('nadia', HERE)
    assert.deepEqual(locked.credential?.kind === 'scram' ? locked.credential.standing : '', 'locked', 'with the salt that it always has')
    assert.equal(result(await locked.succeeded('scram-sha-256')), 'unknown-user')
    assert.equal((await locked.failed('unknown-user')).why, 'locked-out')
  })

  it('a name that does not exist is counted and locked like one that does', async () => {
    const { identities } = await scene()
    for (let n = 1; n <= MAX_FAILURES; n += 1) await identities.withSecret('ghost', new Sensitive('x'), HERE)
    assert.equal(result(await identities.withSecret('ghost', new Sensitive('x'), HERE)), 'locked-out')
  })

  it('an unknown name costs the same work as a known one', async () => {
    const { identities } = await scene()
    // The least of many, taken in turn: what else the machine does only ever adds.
    let [known, unknown] = [Infinity, Infinity]
    for (let n = 0; n < 25; n += 1) {
      const startedMs = performance.now()
      await identities.withSecret('nadia', new Sensitive(`wrong-${n}`), `10.0.0.${n}:1`)
      const betweenMs = performance.now()
      await identities.withSecret('ghost', new Sensitive(`wrong-${n}`), `10.0.0.${n}:1`)
      known = Math.min(known, betweenMs - startedMs)
      unknown = Math.min(unknown, performance.now() - betweenMs)
    }
    assert.ok(unknown > known / 4 && unknown < known * 4, `known ${known.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms`)
  })

  it('revoked is nobody, and so is who acts for the revoked', async () => {
    const { identities, revocations, token } = await scene()
    await revocations.add({ issuer: ISSUERS[0], subject: 'ann', name: 'ann', atMs: 0, by: 'x' })
    assert.equal(result(await identities.withToken(await token(ISSUERS[0]), 'http-bearer')), 'revoked')
    assert.equal(result(await identities.withToken(await token(ISSUERS[0], { act: { sub: 'scout' } }), 'http-bearer')), 'revoked')
    assert.equal(result(await identities.actingFor(await requireAgent(identities), await token(ISSUERS[0]))), 'revoked')
    assert.equal(result(await identities.withToken(await token(ISSUERS[1]), 'http-bearer')), `${ISSUERS[1]}|ann`, 'the same name elsewhere is somebody else')
    assert.equal(result(await identities.withSecret('anna', new Sensitive('anna'), HERE)), 'revoked', 'under the name that she has here, too')
    await revocations.lift(ISSUERS[0], 'ann')
    assert.equal(result(await identities.withSecret('anna', new Sensitive('anna'), HERE)), 'local|anna')
    await revocations.add({ issuer: 'local', subject: 'anna', name: 'anna', atMs: 0, by: 'x' })
    assert.equal(result(await identities.withSecret('anna', new Sensitive('anna'), HERE)), 'revoked')
  })
})

describe('an agent that acts for a person', () => {
  it('shows the person\'s token, and is itself, for that person', async () => {
    const { identities, token } = await scene()
    const found = await identities.actingFor(await requireAgent(identities), await token(ISSUERS[0]))
    assert.ok(found.kind === 'principal')
    assert.deepEqual([found.principal.name, found.principal.groups, found.principal.actingFor?.subject, found.principal.actingFor?.groups], ['scout', ['ai-agents'], 'ann', ['clinicians']])
  })

  it('is refused for people of another provider, with a service\'s, an agent\'s or an old token, or none', async () => {
    const { identities, token, clock } = await scene()
    const agent = await requireAgent(identities)
    assert.match(result(await identities.actingFor(agent, await token(ISSUERS[1]))), /not for people of that provider/)
    assert.match(result(await identities.actingFor(agent, await token(ISSUERS[0], { client_id: 'ann' }))), /not a person's own/)
    assert.match(result(await identities.actingFor(agent, await token(ISSUERS[0], { act: { sub: 'other' } }))), /not a person's own/)
    const old = await token(ISSUERS[0])
    clock.advance(120_000)
    assert.match(result(await identities.actingFor(agent, old)), /token-expired/)
    assert.match(result(await identities.actingFor(agent, new Sensitive(''))), /not for people/)
  })

  it('is an agent: nobody else borrows a person', async () => {
    const { identities, token } = await scene()
    for (const name of ['nadia', 'job']) {
      const found = await identities.withSecret(name, new Sensitive(name === 'nadia' ? 'right' : 'job'), HERE)
      assert.ok(found.kind === 'principal')
      assert.match(result(await identities.actingFor(found.principal, await token(ISSUERS[0]))), /only a local agent/)
    }
  })
})

describe('purposes', () => {
  it('are claimed by one\'s own groups; without rules by anybody', async () => {
    const { identities, token } = await scene()
    const found = await identities.actingFor(await requireAgent(identities), await token(ISSUERS[0]))
    assert.ok(found.kind === 'principal' && found.principal.actingFor !== undefined)
    const rules = new Map([['clinicians', new Set(['TREAT'])], ['ai-agents', new Set(['HOPERAT'])]]) as unknown as Parameters<typeof mayClaim>[0]
    const purpose = (code: string): Parameters<typeof mayClaim>[2] => code as Parameters<typeof mayClaim>[2]
    assert.equal(mayClaim(rules, found.principal, purpose('HOPERAT')), true)
    assert.equal(mayClaim(rules, found.principal, purpose('TREAT')), false, 'the person\'s purposes are not the agent\'s')
    assert.equal(mayClaim(rules, found.principal.actingFor, purpose('TREAT')), true)
    assert.equal(mayClaim(undefined, found.principal, purpose('TREAT')), true)
    assert.equal(mayClaim(new Map(), found.principal, purpose('TREAT')), false)
  })
})
