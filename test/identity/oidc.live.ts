import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Sensitive } from '@doorward/core'
import { makeSelfSigned } from '@doorward/gateway'
import { PgRefused, type PgClient } from '@doorward/testkit'
import { ENDLESS } from '../house/endless.ts'
import { eventually } from '../house/eventually.ts'
import { HOLDING_POLICIES } from '../house/holding-policies.ts'
import { local, secretOf, startHouse, type House } from '../house/house.ts'
import { startProvider, type TestProvider, type TokenWish } from './oidc-provider.ts'

const NADIA: TokenWish = { account: 'nadia', groups: ['readers'], name: 'nadia@example.org', amr: ['pwd', 'mfa'] }

/** Long enough to sign in on a machine that is busy with other things. */
const SHORT_S = 15

function expiryMsOf(token: Sensitive<string>): number { return (decodeJwt(token.reveal()).exp ?? Number.NaN) * 1_000 }

let provider: TestProvider
let house: House

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'it went well'
  } catch (error) {
    return error instanceof PgRefused ? error.answer.message : String(error)
  }
}

const signIn = (token: Sensitive<string>, parameters: Readonly<Record<string, string>> = {}): Promise<PgClient> => house.connect('oidc', token, parameters)

async function worksWith(token: Sensitive<string>): Promise<boolean> {
  const client = await signIn(token)
  const [result] = await client.query('select count(*) from clinic.rooms')
  await client.close()
  return result?.rows[0]?.[0] === '20'
}

/** The log says why; the client, who is told first, learns no reason. */
function inTheLog(reason: string): Promise<true> {
  return eventually(`the log says ${reason}`, () => Promise.resolve(lastReason() === reason ? true : undefined))
}

function lastReason(): string {
  const failures = [...house.entries().matchAll(/"at":"([^"]+)"[^{}]*"kind":"auth\.fail"[^{}]*"reason":"([^"]*)"/g)]
  return failures.map(([, at = '', reason = '']) => ({ at, reason })).sort((one, other) => (one.at < other.at ? -1 : 1)).at(-1)?.reason ?? ''
}

async function bearer(token: Sensitive<string>, method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${house.consoleUrl}/api/v1${path}`, {
    method, headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a real OpenID provider', () => {
  before(async () => {
    provider = await startProvider()
    const tls = makeSelfSigned({ names: ['localhost', '127.0.0.1'], nowMs: Date.now(), days: 1 })
    house = await startHouse({
      policies: HOLDING_POLICIES, tls: { cert: tls.certPem, key: tls.keyPem },
      identity: `  oidc: [{ name: test, issuer: '${provider.issuer}', audience: 'urn:doorward', groupsClaim: groups, agentGroups: [ai-agents], skew: 0s, unsafelyAllowPlaintext: true }]
  local:
${local('scout', 'agent', ['ai-agents'], ', actingFor: [test]')}
${local('lone', 'agent', ['ai-agents'])}
${local('anna', 'human', ['officers'], ", person: 'test|ann'")}`,
    })
  })
  after(async () => {
    await house.stop()
    await provider.stop()
  })

  it('its token in the password field signs in, under its name or oidc, with its groups', async () => {
    const token = await provider.tokenFor(NADIA)
    assert.ok(await worksWith(token))
    await (await house.connect('test', token)).close()
    const opened = [...house.entries().matchAll(/"kind":"session\.open"/g)]
    assert.ok(opened.length >= 2)
    assert.match(house.entries(), /"amr":\["pwd","mfa"\]/)
    assert.ok(!house.entries().includes(token.reveal().split('.')[2] ?? '?'), 'no token is in the log')
  })

  it('its token is asked for inside TLS only', async () => {
    const { tls: _tls, ...plain } = house.target('oidc', await provider.tokenFor(NADIA))
    const { connectPg } = await import('@doorward/testkit')
    assert.match(await failure(connectPg(plain)), /encrypted connections only/)
  })

  it('wrong audience', async () => {
    assert.match(await failure(signIn(await provider.tokenFor({ ...NADIA, resource: 'urn:payroll' }))), /authentication failed/)
    await inTheLog('token-audience')
  })

  it('a token that has expired, used again', async () => {
    const token = await provider.tokenFor({ ...NADIA, expires: 1 })
    await eventually('its time is over', () => Promise.resolve(Date.now() > expiryMsOf(token) ? true : undefined))
    assert.match(await failure(signIn(token)), /authentication failed/)
    await inTheLog('token-expired')
  })

  it('a token that expires mid-session: nothing more, and mid-result too', async () => {
    const token = await provider.tokenFor({ ...NADIA, expires: SHORT_S })
    const idle = await signIn(token)
    const busy = await signIn(token)
    await idle.query('select 1')
    const ended = failure(busy.query(ENDLESS))
    // It would run for hours: that it ends at all is the token's doing.
    assert.match(await ended, /token that proved who you are has expired/)
    assert.ok(Date.now() >= expiryMsOf(token), 'not before its time')
    assert.match(await failure(idle.query('select 1')), /expired|closed the connection/)
  })

  it('alg none, and the public key as an HMAC secret', async () => {
    const [header = '', payload = ''] = (await provider.tokenFor(NADIA)).reveal().split('.')
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
    assert.match(await failure(signIn(new Sensitive(`${base64url({ alg: 'none', kid })}.${payload}.`))), /authentication failed/)
    await inTheLog('token-algorithm')
    const jwks: unknown = await (await fetch(`${provider.issuer}/jwks`)).json()
    const head = base64url({ alg: 'HS256', kid })
    const forged = `${head}.${payload}.${createHmac('sha256', JSON.stringify(jwks)).update(`${head}.${payload}`).digest('base64url')}`
    assert.match(await failure(signIn(new Sensitive(forged))), /authentication failed/)
    await inTheLog('token-algorithm')
  })

  it('an unknown key id, and a stranger\'s key under a known one; nothing that a token points to is asked', async () => {
    const asked: string[] = []
    const trap = createServer((request, response) => { asked.push(request.url ?? ''); response.end('{"keys":[]}') })
    await new Promise<void>((resolve) => { trap.listen(0, '127.0.0.1', resolve) })
    trap.unref()
    const address = trap.address()
    const trapUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/jwks`
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const nowS = Math.floor(Date.now() / 1_000)
    const sign = async (header: object, claims: object = {}): Promise<Sensitive<string>> => new Sensitive(await new SignJWT({ iss: provider.issuer, aud: 'urn:doorward', sub: 'root', exp: nowS + 600, groups: ['readers'], ...claims })
      .setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey))
    assert.match(await failure(signIn(await sign({ kid: 'invented' }))), /authentication failed/)
    await inTheLog('token-unknown-key')
    const { keys: [known] } = await (await fetch(`${provider.issuer}/jwks`)).json() as { keys: { kid: string }[] }
    const kid = known?.kid ?? ''
    assert.match(await failure(signIn(await sign({ kid, jku: trapUrl, x5u: trapUrl, jwk: await exportJWK(publicKey) }))), /authentication failed/)
    await inTheLog('token-signature')
    assert.match(await failure(signIn(await sign({ kid }, { iss: trapUrl.replace('/jwks', '') }))), /authentication failed/)
    assert.deepEqual(asked, [])
  })

  it('an oversized token', async () => {
    const long = await provider.tokenFor({ ...NADIA, groups: Array.from({ length: 400 }, (_, index) => `group-${index}-${'x'.repeat(40)}`) })
    assert.ok(long.reveal().length > 16_384)
    assert.match(await failure(signIn(long)), /authentication failed/)
    await inTheLog('token-too-long')
    assert.match(await failure(signIn(new Sensitive('x'.repeat(80_000)))), /doorward|closed the connection|ECONNRESET|EPIPE/, 'longer than a password message may be')
    assert.ok(await worksWith(await provider.tokenFor(NADIA)))
  })

  it('rotated keys: the new one works at once, the withdrawn one no more', async () => {
    const old = await provider.tokenFor(NADIA)
    assert.ok(await worksWith(old))
    await provider.rotate('withdrawn')
    const next = await provider.tokenFor(NADIA)
    await eventually('the new key is fetched, cooldown or not', async () => (await failure(worksWith(next)) === 'it went well' ? true : undefined))
    assert.match(await failure(signIn(old)), /authentication failed/)
    await inTheLog('token-unknown-key')
  })

  it('an agent in a token acts for the person, with its own rights', async () => {
    const clinician = await provider.tokenFor({ account: 'ann', groups: ['readers'] })
    const direct = await signIn(clinician)
    assert.equal((await direct.query('select last_name from clinic.patients where id = 7'))[0]?.rows[0]?.[0], 'Name7')
    await direct.close()
    const agent = await signIn(await provider.tokenFor({ account: 'ann', groups: ['readers'], act: { sub: 'scribe' } }))
    assert.notEqual((await agent.query('select last_name from clinic.patients where id = 7'))[0]?.rows[0]?.[0], 'Name7', 'the person\'s right to see PHI does not pass')
    await agent.close()
    assert.match(house.entries(), /"actingFor":\{[^}]*"subject":"ann"/)
  })

  it('a local agent acts for a person whose token it shows, until that token ends', async () => {
    const person = await provider.tokenFor({ account: 'ann', groups: ['readers'] })
    const scout = await house.connect('scout', secretOf('scout'), { 'doorward.acting_for_token': person.reveal() })
    assert.notEqual((await scout.query('select last_name from clinic.patients where id = 7'))[0]?.rows[0]?.[0], 'Name7')
    const ticket = await failure(scout.query('set doorward.hold = ticket').then(() => scout.query('select * from clinic.patients')))
    assert.match(ticket, /held for approval/)
    // The person for whom it was asked is no stranger to the request.
    const id = /ticket ([0-9a-z]{10})/.exec(ticket)?.[1] ?? ''
    const ann = await provider.tokenFor({ account: 'ann', groups: ['readers', 'officers'] })
    const own = await bearer(ann, 'POST', `/approvals/${id}/approve`, {})
    assert.equal(own.status, 403, JSON.stringify(own.body))
    const underAnotherName = await house.api('anna', 'POST', `/approvals/${id}/approve`, {})
    assert.equal(underAnotherName.status, 403, JSON.stringify(underAnotherName.body))
    const service = await bearer(await provider.tokenFor({ account: 'test', groups: ['officers'] }), 'POST', `/approvals/${id}/approve`, {})
    assert.equal(service.status, 404, 'a service is no person')
    const agent = await bearer(await provider.tokenFor({ account: 'otto', groups: ['officers'], act: { sub: 'helper', groups: ['officers'] } }), 'POST', `/approvals/${id}/approve`, {})
    assert.equal(agent.status, 404, 'an agent is no person')
    const otto = await bearer(await provider.tokenFor({ account: 'otto', groups: ['officers'] }), 'POST', `/approvals/${id}/approve`, {})
    assert.equal(otto.status, 200, JSON.stringify(otto.body))
    assert.equal((await scout.query('select * from clinic.patients'))[0]?.rows.length, 1_000)
    await scout.close()
    const short = await provider.tokenFor({ account: 'ann', groups: ['readers'], expires: SHORT_S })
    const brief = await house.connect('scout', secretOf('scout'), { 'doorward.acting_for_token': short.reveal() })
    await eventually('the person\'s token has expired', async () => (/expired|closed/.test(await failure(brief.query('select 1'))) ? true : undefined))
    assert.match(await failure(house.connect('lone', secretOf('lone'), { 'doorward.acting_for_token': person.reveal() })), /could not be shown for whom you act/)
    assert.match(await failure(house.connect('scout', secretOf('scout'), { 'doorward.acting_for_token': short.reveal() })), /could not be shown for whom you act/)
  })

  it('the admin API takes its tokens', async () => {
    const olga = await provider.tokenFor({ account: 'olga', groups: ['officers'], name: 'Olga' })
    assert.deepEqual((await bearer(olga, 'GET', '/me')).body, { name: 'Olga', kind: 'human', issuer: provider.issuer, subject: 'olga', groups: ['officers'], administrator: false })
    assert.equal((await bearer(await provider.tokenFor({ account: 'olga', resource: 'urn:payroll' }), 'GET', '/me')).status, 401)
  })

  it('OAUTHBEARER takes them, and tells who has none where they come from', async () => {
    const { oauthExchange } = await import('./oauth-client.ts')
    const token = await provider.tokenFor(NADIA)
    const good = await oauthExchange(house, 'oidc', `n,,\u0001auth=Bearer ${token.reveal()}\u0001\u0001`)
    assert.deepEqual(good.messages.slice(0, 2), ['sasl OAUTHBEARER', 'ok'])
    const none = await oauthExchange(house, 'oidc', 'n,,\u0001auth=\u0001\u0001')
    assert.match(none.messages[1] ?? '', /invalid_token.*openid-configuration/)
    assert.match(none.messages[2] ?? '', /authentication failed/)
    const wrong = await oauthExchange(house, 'oidc', 'n,,\u0001auth=Bearer x.y.z\u0001\u0001')
    assert.match(wrong.messages[2] ?? '', /authentication failed/)
  })

  it('provider down: live sessions go on; a gateway without its keys lets nobody in until it is back', async () => {
    const token = await provider.tokenFor(NADIA)
    const live = await signIn(token)
    const port = Number(new URL(provider.issuer).port)
    await provider.stop()
    assert.equal((await live.query('select 1'))[0]?.rows[0]?.[0], '1')
    await live.close()
    await house.kill('SIGTERM')
    await house.start()
    assert.match(await failure(signIn(token)), /authentication failed/)
    await inTheLog('provider-unreachable')
    assert.match(await failure(house.connect('lone', secretOf('lone'))), /it went well/)
    provider = await startProvider(port)
    const next = await provider.tokenFor(NADIA)
    await eventually('the provider is found again', async () => (await failure(worksWith(next)) === 'it went well' ? true : undefined))
  })
})
