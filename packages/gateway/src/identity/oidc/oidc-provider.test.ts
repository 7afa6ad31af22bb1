import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { requireGroupId, Sensitive } from '@doorward/core'
import { FakeClock } from '@doorward/testkit'
import { IdentityFault } from '../identity-fault.ts'
import { KNOWN_ALGORITHMS, type TokenAlgorithm } from './algorithms.ts'
import { MAX_TOKEN_BYTES } from './check-token.ts'
import { COOLDOWN_MS, MAX_KEYS_AGE_MS, requireKeysUrl } from './issuer-keys.ts'
import { OidcProvider, type TokenResult } from './oidc-provider.ts'

const ISSUER = 'https://id.example.org'
const AUDIENCE = 'doorward'

interface Key { readonly jwk: JWK; readonly sign: CryptoKey; readonly alg: string }

async function makeKey(kid: string, alg = 'ES256', changes: Partial<JWK> = {}): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { jwk: { ...await exportJWK(publicKey), kid, alg, use: 'sig', ...changes }, sign: privateKey, alg }
}

/** A provider as the network shows it: documents by URL, which a test can exchange, and the questions it was asked. */
class FakeNetwork {
  readonly asked: string[] = []
  keys: readonly JWK[]
  discovery: unknown = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` }
  isDown = false
  constructor(keys: readonly JWK[]) { this.keys = keys }

  readonly fetchJson = (url: URL): Promise<unknown> => {
    this.asked.push(url.href)
    if (this.isDown) return Promise.reject(new IdentityFault('provider-unreachable', 'down'))
    return Promise.resolve(url.pathname.endsWith('openid-configuration') ? this.discovery : { keys: this.keys })
  }

  get keyFetches(): number { return this.asked.filter((url) => url.endsWith('/jwks')).length }
}

interface Claims { readonly [claim: string]: unknown }

class Scene {
  readonly clock = new FakeClock()
  readonly network: FakeNetwork
  readonly provider: OidcProvider
  readonly key: Key

  constructor(key: Key, options: { readonly algorithms?: readonly TokenAlgorithm[]; readonly groupsClaim?: string; readonly skewMs?: number; readonly audiences?: readonly string[] } = {}) {
    this.key = key
    this.network = new FakeNetwork([key.jwk])
    this.provider = new OidcProvider({
      name: 'okta', issuer: ISSUER, audiences: options.audiences ?? [AUDIENCE], delegationAudiences: ['doorward-agents'], groupsClaim: options.groupsClaim ?? 'groups', agentGroups: [requireGroupId('ai-agents')],
      algorithms: options.algorithms ?? KNOWN_ALGORITHMS, skewMs: options.skewMs ?? 30_000,
    }, this.network.fetchJson, this.clock.now)
  }

  token(claims: Claims = {}, header: Claims = {}, key: Key = this.key): Promise<string> {
    const seconds = Math.floor(this.clock.now() / 1_000)
    return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'nadia', iat: seconds, exp: seconds + 600, ...claims }).setProtectedHeader({ alg: key.alg, kid: key.jwk.kid ?? '', ...header }).sign(key.sign, { crit: { x: false } })
  }

  present(token: string): Promise<TokenResult> { return this.provider.principalOf(new Sensitive(token), 'oidc') }
}

async function whyNot(result: Promise<TokenResult>): Promise<string> {
  const got = await result
  return got.kind === 'rejected' ? got.why : 'accepted'
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const KEY = await makeKey('k1')

describe('a token of a provider', () => {
  it('is a principal: name, groups, how it was proven, and until when', async () => {
    const scene = new Scene(KEY)
    const got = await scene.present(await scene.token({ groups: ['analysts', 'officers', 'analysts'], amr: ['pwd', 'mfa'], acr: 'urn:loa:2', preferred_username: 'nadia@example.org' }))
    const nowS = Math.floor(scene.clock.now() / 1_000)
    assert.deepEqual(got, {
      kind: 'principal', principal: {
        name: 'nadia@example.org', kind: 'human', issuer: ISSUER, subject: 'nadia', groups: ['analysts', 'officers'], actingFor: undefined,
        authentication: { method: 'oidc', amr: ['pwd', 'mfa'], acr: 'urn:loa:2', atMs: scene.clock.now(), expiresAtMs: (nowS + 600) * 1_000 + 30_000 },
      },
    })
  })

  for (const alg of ['RS256', 'PS384', 'ES512', 'EdDSA']) {
    it(`may be signed with ${alg}`, async () => {
      const scene = new Scene(await makeKey('k', alg))
      assert.equal(await whyNot(scene.present(await scene.token())), 'accepted')
    })
  }

  const refused: readonly { readonly title: string; readonly claims?: Claims; readonly header?: Claims; readonly why: string }[] = [
    { title: 'another issuer', claims: { iss: 'https://evil.example' }, why: 'token-issuer' },
    { title: 'an issuer that only looks alike', claims: { iss: `${ISSUER}/` }, why: 'token-issuer' },
    { title: 'another audience', claims: { aud: 'payroll' }, why: 'token-audience' },
    { title: 'audiences without ours', claims: { aud: ['payroll', 'doorward2'] }, why: 'token-audience' },
    { title: 'no audience', claims: { aud: undefined }, why: 'token-audience' },
    { title: 'no subject', claims: { sub: undefined }, why: 'token-claims' },
    { title: 'an empty subject', claims: { sub: '' }, why: 'token-claims' },
    { title: 'a subject with control characters', claims: { sub: 'a\u0000b' }, why: 'token-claims' },
    { title: 'a subject without end', claims: { sub: 'a'.repeat(256) }, why: 'token-claims' },
    { title: 'a token without end', claims: { exp: undefined }, why: 'token-claims' },
    { title: 'an end beyond time', claims: { exp: 1e20 }, why: 'token-claims' },
    { title: 'one that ended', claims: { exp: 1_000 }, why: 'token-expired' },
    { title: 'one that has not begun', claims: { nbf: 9_999_999_999 }, why: 'token-not-yet-valid' },
    { title: 'one bound to a key that nobody shows', claims: { cnf: { jkt: 'x' } }, why: 'token-sender-constrained' },
    { title: 'a logout token', header: { typ: 'logout+jwt' }, why: 'token-type' },
    { title: 'a DPoP proof', header: { typ: 'dpop+jwt' }, why: 'token-type' },
    { title: 'a critical extension', header: { crit: ['x'], x: 1 }, why: 'token-malformed' },
    { title: 'groups that are no list', claims: { groups: { a: 1 } }, why: 'token-groups' },
    { title: 'groups that are no texts', claims: { groups: ['a', 7] }, why: 'token-groups' },
    { title: 'more groups than are read', claims: { groups: Array.from({ length: 501 }, (_, index) => `g${index}`) }, why: 'token-groups' },
    { title: 'groups that are elsewhere', claims: { _claim_names: { groups: 'src1' } }, why: 'token-groups' },
    { title: 'an actor that is no object', claims: { act: 'scout' }, why: 'token-actor' },
    { title: 'an actor of another issuer', claims: { act: { sub: 'scout', iss: 'local' } }, why: 'token-actor' },
    { title: 'an actor that is the person', claims: { act: { sub: 'nadia' } }, why: 'token-actor' },
    { title: 'an actor without a subject', claims: { act: {} }, why: 'token-actor' },
  ]
  for (const { title, claims, header, why } of refused) {
    it(`is refused: ${title}`, async () => {
      const scene = new Scene(KEY)
      assert.equal(await whyNot(scene.present(await scene.token(claims, header))), why)
    })
  }

  it('is accepted as ID token and access token, whatever the case of its type', async () => {
    const scene = new Scene(KEY)
    for (const typ of ['JWT', 'at+jwt', 'application/AT+JWT', undefined]) assert.equal(await whyNot(scene.present(await scene.token({}, { typ }))), 'accepted', typ)
  })

  it('is accepted within the skew of clocks and not beyond', async () => {
    const scene = new Scene(KEY)
    const nowS = Math.floor(scene.clock.now() / 1_000)
    assert.equal(await whyNot(scene.present(await scene.token({ exp: nowS - 29 }))), 'accepted')
    assert.equal(await whyNot(scene.present(await scene.token({ exp: nowS - 31 }))), 'token-expired')
    assert.equal(await whyNot(scene.present(await scene.token({ nbf: nowS + 29 }))), 'accepted')
    assert.equal(await whyNot(scene.present(await scene.token({ nbf: nowS + 31 }))), 'token-not-yet-valid')
  })

  it('is refused when anything was changed after it was signed', async () => {
    const scene = new Scene(KEY)
    const [header = '', payload = '', signature = ''] = (await scene.token({ groups: ['analysts'] })).split('.')
    const changed = base64url({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims, groups: ['officers'] })
    assert.equal(await whyNot(scene.present(`${header}.${changed}.${signature}`)), 'token-signature')
    assert.equal(await whyNot(scene.present(`${header}.${payload}.`)), 'token-signature')
  })

  it('is refused without a signature: alg none in every spelling', async () => {
    const scene = new Scene(KEY)
    const [, payload = ''] = (await scene.token()).split('.')
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', undefined]) assert.equal(await whyNot(scene.present(`${base64url({ alg, kid: 'k1' })}.${payload}.`)), 'token-algorithm', alg)
    assert.equal(scene.network.asked.length, 0, 'nobody was asked about it')
  })

  it('is refused when the public key was used as a shared secret', async () => {
    const rsa = await makeKey('k1', 'RS256')
    const scene = new Scene(rsa)
    const [, payload = ''] = (await scene.token()).split('.')
    for (const secret of [JSON.stringify(rsa.jwk), String(rsa.jwk.n), '']) {
      const head = base64url({ alg: 'HS256', kid: 'k1' })
      const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url')
      assert.equal(await whyNot(scene.present(`${head}.${payload}.${mac}`)), 'token-algorithm')
    }
  })

  it('is refused in an algorithm that the operator has not listed', async () => {
    const scene = new Scene(KEY, { algorithms: ['RS256'] })
    assert.equal(await whyNot(scene.present(await scene.token())), 'token-algorithm')
  })

  it('is refused when it is too long, or no token', async () => {
    const scene = new Scene(KEY)
    assert.equal(await whyNot(scene.present(await scene.token({ filler: 'x'.repeat(MAX_TOKEN_BYTES) }))), 'token-too-long')
    for (const text of ['', '.', '..', 'a.b.c', 'e30.e30.e30', '\u0000', 'x'.repeat(500)]) assert.match(await whyNot(scene.present(text)), /^token-(malformed|algorithm)$/, text)
    assert.equal(scene.network.asked.length, 0)
  })

  it('names an agent that acts for a person: both are there, and the person\'s groups stay the person\'s', async () => {
    const scene = new Scene(KEY)
    const got = await scene.present(await scene.token({ groups: ['clinicians'], act: { sub: 'scout', groups: ['scribes'], act: { sub: 'earlier' } } }))
    assert.ok(got.kind === 'principal')
    const { principal } = got
    assert.deepEqual([principal.kind, principal.subject, principal.groups], ['agent', 'scout', ['scribes', 'ai-agents']])
    assert.deepEqual([principal.actingFor?.kind, principal.actingFor?.subject, principal.actingFor?.groups], ['human', 'nadia', ['clinicians']])
    assert.equal(principal.actingFor?.actingFor, undefined)
  })

  it('lent to an agent signs nobody in, and a sign-in token is not lent', async () => {
    const scene = new Scene(KEY)
    const lent = new Sensitive(await scene.token({ aud: 'doorward-agents' }))
    const own = new Sensitive(await scene.token())
    assert.equal(await whyNot(scene.provider.principalOf(lent, 'oidc')), 'token-audience')
    assert.equal(await whyNot(scene.provider.principalOf(lent, 'oidc', 'delegation')), 'accepted')
    assert.equal(await whyNot(scene.provider.principalOf(own, 'oidc', 'delegation')), 'token-audience')
  })

  it('of a client itself is a service\'s, not a person\'s', async () => {
    const scene = new Scene(KEY)
    for (const claims of [{ sub: 'batch', client_id: 'batch' }, { sub: 'batch', azp: 'batch' }]) {
      const got = await scene.present(await scene.token(claims))
      assert.equal(got.kind === 'principal' ? got.principal.kind : got.why, 'service')
    }
  })

  it('may keep its groups under a path, or under a name with dots', async () => {
    const keycloak = new Scene(KEY, { groupsClaim: 'realm_access.roles' })
    const nested = await keycloak.present(await keycloak.token({ realm_access: { roles: ['officers'] } }))
    assert.deepEqual(nested.kind === 'principal' ? nested.principal.groups : nested.why, ['officers'])
    const named = new Scene(KEY, { groupsClaim: 'https://example.org/groups' })
    const flat = await named.present(await named.token({ 'https://example.org/groups': 'officers' }))
    assert.deepEqual(flat.kind === 'principal' ? flat.principal.groups : flat.why, ['officers'])
    const proto = new Scene(KEY, { groupsClaim: 'constructor.name' })
    const none = await proto.present(await proto.token())
    assert.deepEqual(none.kind === 'principal' ? none.principal.groups : none.why, [])
  })

  it('has a name that cannot steer a terminal or a log', async () => {
    const scene = new Scene(KEY)
    const got = await scene.present(await scene.token({ preferred_username: '\u001b[2J\u202eadmin\n' }))
    assert.equal(got.kind === 'principal' ? got.principal.name : got.why, '[2Jadmin')
  })
})

describe('the keys of an issuer', () => {
  it('are fetched once and used until they are old', async () => {
    const scene = new Scene(KEY)
    for (let n = 0; n < 5; n += 1) assert.equal(await whyNot(scene.present(await scene.token())), 'accepted')
    assert.deepEqual(scene.network.asked, [`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/jwks`])
    scene.clock.advance(MAX_KEYS_AGE_MS)
    assert.equal(await whyNot(scene.present(await scene.token())), 'accepted')
    assert.equal(scene.network.keyFetches, 2)
  })

  it('are fetched anew for a key id that is not there: rotated keys work at once, withdrawn ones no more', async () => {
    const scene = new Scene(KEY)
    const old = await scene.token()
    assert.equal(await whyNot(scene.present(old)), 'accepted')
    const next = await makeKey('k2')
    scene.network.keys = [next.jwk]
    scene.clock.advance(COOLDOWN_MS)
    assert.equal(await whyNot(scene.present(await scene.token({}, {}, next))), 'accepted')
    assert.equal(await whyNot(scene.present(old)), 'token-unknown-key')
  })

  it('are not fetched more often than the cooldown, whatever key ids tokens invent', async () => {
    const scene = new Scene(KEY)
    await scene.present(await scene.token())
    for (let n = 0; n < 50; n += 1) {
      assert.equal(await whyNot(scene.present(await scene.token({}, { kid: `invented-${n}` }))), 'token-unknown-key')
      scene.clock.advance(100)
    }
    assert.ok(scene.network.keyFetches <= 2, `${scene.network.keyFetches} fetches`)
    assert.equal(await whyNot(scene.present(await scene.token())), 'accepted', 'others are not disturbed')
  })

  it('asked for by many at once are fetched once', async () => {
    const scene = new Scene(KEY)
    const token = await scene.token()
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, () => whyNot(scene.present(token))))), new Set(['accepted']))
    assert.equal(scene.network.keyFetches, 1)
  })

  it('of a provider that is down let nobody new in once they are old, and everybody again when it is back', async () => {
    const scene = new Scene(KEY)
    assert.equal(await whyNot(scene.present(await scene.token())), 'accepted')
    scene.network.isDown = true
    scene.clock.advance(MAX_KEYS_AGE_MS - 1)
    assert.equal(await whyNot(scene.present(await scene.token())), 'accepted')
    scene.clock.advance(1)
    assert.equal(await whyNot(scene.present(await scene.token())), 'provider-unreachable')
    scene.network.isDown = false
    assert.equal(await whyNot(scene.present(await scene.token())), 'provider-unreachable', 'within the cooldown')
    scene.clock.advance(COOLDOWN_MS)
    assert.equal(await whyNot(scene.present(await scene.token())), 'accepted')
  })

  it('of a provider that was never reached let nobody in', async () => {
    const scene = new Scene(KEY)
    scene.network.isDown = true
    assert.equal(await whyNot(scene.present(await scene.token())), 'provider-unreachable')
  })

  it('that share a key id with another of another type are not mixed up', async () => {
    const rsa = await makeKey('same', 'RS256')
    const ec = await makeKey('same', 'ES256')
    const scene = new Scene(rsa)
    scene.network.keys = [rsa.jwk, ec.jwk]
    assert.equal(await whyNot(scene.present(await scene.token({}, {}, ec))), 'accepted')
    assert.equal(await whyNot(scene.present(await scene.token({}, { alg: 'ES256' }, { ...ec, jwk: rsa.jwk }))), 'accepted')
    const stranger = await makeKey('same', 'ES256')
    assert.equal(await whyNot(scene.present(await scene.token({}, {}, stranger))), 'token-signature')
  })

  it('named in the token itself are never used, and where it points nobody looks', async () => {
    const scene = new Scene(KEY)
    const stranger = await makeKey('k1')
    for (const header of [{ jwk: stranger.jwk }, { jku: 'http://169.254.169.254/latest/meta-data' }, { x5u: 'https://evil.example/cert' }]) {
      assert.equal(await whyNot(scene.present(await scene.token({}, header, stranger))), 'token-signature')
    }
    assert.ok(scene.network.asked.every((url) => url.startsWith(ISSUER)))
  })

  it('that are shared secrets, for encryption, or no keys, are not taken', async () => {
    const scene = new Scene(KEY)
    scene.network.keys = [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k1', alg: 'HS256' }, { ...KEY.jwk, use: 'enc' }]
    assert.equal(await whyNot(scene.present(await scene.token())), 'provider-unreachable')
  })

  it('are not taken from a discovery document of another issuer', async () => {
    const scene = new Scene(KEY)
    scene.network.discovery = { issuer: 'https://evil.example', jwks_uri: `${ISSUER}/jwks` }
    assert.equal(await whyNot(scene.present(await scene.token())), 'provider-unreachable')
    assert.equal(scene.network.keyFetches, 0)
  })

  const places: readonly (readonly [uri: unknown, allowed: boolean])[] = [
    [`${ISSUER}/jwks`, true], ['https://keys.example.com/jwks', true], ['http://keys.example.com/jwks', false], ['http://id.example.org/jwks', false],
    ['https://169.254.169.254/latest', false], ['https://127.0.0.1/jwks', false], ['https://[::1]/jwks', false], ['https://localhost/jwks', false], ['https://internal/jwks', false],
    ['https://user:pass@keys.example.com/', false], ['file:///etc/passwd', false], ['gopher://keys.example.com', false], ['', false], [undefined, false], [7, false], ['https://2130706433/', false],
  ]
  for (const [uri, allowed] of places) {
    it(`${allowed ? 'may' : 'may not'} be at ${String(uri)}`, () => {
      if (allowed) assert.equal(requireKeysUrl(ISSUER, uri).href, new URL(String(uri)).href)
      else assert.throws(() => requireKeysUrl(ISSUER, uri), (error: unknown) => error instanceof IdentityFault && error.code === 'provider-answer')
    })
  }
})
