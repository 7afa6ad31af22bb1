import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { requireGroupId, requireResourceName, requireSessionId, Sensitive, type Hold, type Principal } from '@doorward/core'
import { createGuard, type Permitted } from '@doorward/guard'
import { FakeClock, ScriptedRecorder, turns } from '@doorward/testkit'
import type { Refusal } from '@doorward/core'
import { ApprovalDesk } from '../approvals/approval-desk.ts'
import { Identities } from '../identity/identities.ts'
import { LocalPrincipals } from '../identity/local-principals.ts'
import { Lockout } from '../identity/lockout.ts'
import { Revocations } from '../identity/revocations.ts'
import { SessionRegistry } from '../sessions/session-registry.ts'
import { openState } from '../state/sqlite-state.ts'
import { createAdminApi } from './admin-api.ts'
import { AdminOperations } from './admin-operations.ts'
import type { CallerFacts } from './admin-request.ts'
import { AdminAuthentication } from './authenticate.ts'
import { ROUTES } from './routes.ts'

const HERE: CallerFacts = { address: '127.0.0.1:5', transport: 'private' }
const HOLD: Hold = { kind: 'hold', by: [requireGroupId('officers')], quorum: 1, expiresMs: 60_000, obligations: [], policies: [], version: 'v1', why: 'held by bulk-reads' }

class Scene {
  readonly clock = new FakeClock()
  readonly recorder = new ScriptedRecorder()
  readonly ended: string[] = []
  #call: ((request: Request, facts: CallerFacts) => Promise<Response>) | undefined
  desk: ApprovalDesk | undefined
  sessions: SessionRegistry | undefined
  readonly logged: string[] = []

  static async open(): Promise<Scene> {
    const scene = new Scene()
    const { clock, recorder } = scene
    const state = openState(':memory:')
    const local = await LocalPrincipals.load(Object.entries({ nadia: ['analysts'], olga: ['officers'], root: ['security'], bot: ['officers', 'security'] }).map(([name, groups]) => ({
      name, groups, kind: name === 'bot' ? 'agent' as const : 'human' as const, secret: new Sensitive(`${name}-`), actingFor: [],
    })), randomBytes)
    const revocations = await Revocations.load(state.revocations)
    const identities = new Identities({ local, providers: [], lockout: new Lockout({ store: state.failures, key: new Sensitive(Buffer.alloc(32)), now: clock.now }), revocations, mockKey: Buffer.alloc(32) })
    scene.sessions = new SessionRegistry({
      times: { idleMs: 1e6, absoluteMs: 1e7 }, maxSessions: 9, maxPerPrincipal: 9, now: clock.now, after: clock.after, isRevoked: (principal) => revocations.covers(principal), store: state.sessions, process: 'p', log: () => undefined,
    })
    scene.desk = new ApprovalDesk({
      store: state.requests, record: recorder.record, now: clock.now, after: clock.after, randomBytes, policyVersion: () => 'v1', isRevoked: (issuer, subject) => revocations.has(issuer, subject), log: () => undefined,
    })
    scene.#call = createAdminApi({
      version: '0.1.0', authentication: new AdminAuthentication(identities, recorder.record), log: (line) => { scene.logged.push(line) },
      operations: new AdminOperations({
        desk: scene.desk, sessions: scene.sessions, revocations, local, administrators: [requireGroupId('security')], record: recorder.record, now: clock.now,
        reload: () => Promise.resolve({ kind: 'changed' }), policyVersion: () => 'v2',
      }),
    })
    return scene
  }

  async call(user: string | undefined, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}, facts = HERE): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> {
    const authorization = user === undefined ? {} : { authorization: `Basic ${Buffer.from(`${user}:${user}-`).toString('base64')}` }
    const request = new Request(`http://console.invalid${path}`, { method, headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) })
    const response = await this.#call?.(request, facts)
    assert.ok(response)
    return { status: response.status, body: await response.json(), headers: response.headers }
  }

  /** A statement of nadia's that waits. */
  async hold(): Promise<{ readonly id: string; readonly answer: Promise<Permitted<string> | Refusal> }> {
    const { clock, recorder } = this
    const guard = createGuard({ decide: () => HOLD, mayConnect: () => ({ kind: 'allow', obligations: [], policies: [], version: 'v1', why: '' }), awaitApproval: (held, signal) => { assert.ok(this.desk); return this.desk.awaitApproval(held, signal) }, record: recorder.record, now: clock.now })
    const principal: Principal = { name: 'nadia', kind: 'human', issuer: 'local', subject: 'nadia', groups: [], actingFor: undefined, authentication: { method: 'm', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } }
    const admitted = await guard.admit({ id: requireSessionId('1'.padStart(32, '0')), principal, resource: requireResourceName('clinic'), clientAddress: 'c', protocol: 'postgres', details: {}, standing: () => ({ kind: 'good' }) }, undefined)
    assert.ok(admitted.kind === 'admitted')
    let id = ''
    const answer = admitted.admission.submit({
      statement: { kind: 'understood', command: 'SELECT', effects: [], outputs: [], uses: [], bulk: { restricted: false, estimatedRows: undefined }, forbidden: undefined },
      identity: { digest: 'd', fingerprint: 'f', redactedText: 'select' }, purpose: undefined, transform: { prepare: () => ({ kind: 'prepared', transform: '' }) }, signal: new AbortController().signal,
      hold: { mode: 'wait', parameters: () => undefined, grant: undefined, details: () => Promise.resolve({ estimatedRows: undefined, behind: [] }), onAsked: (_hold, asked) => { id = asked.reference }, stillMeans: () => Promise.resolve('the-same') },
    })
    await turns()
    return { id, answer }
  }

  async session(name: string): Promise<string> {
    const id = requireSessionId(randomBytes(16).toString('hex'))
    await this.sessions?.open({
      id, resource: 'clinic', protocol: 'postgres', client: 'c', openedMs: this.clock.now(), isBusy: () => false, end: (why) => { this.ended.push(`${name}: ${why}`) },
      principal: { name, kind: 'human', issuer: 'local', subject: name, groups: [], actingFor: undefined, authentication: { method: 'm', amr: [], acr: undefined, atMs: 0, expiresAtMs: undefined } },
    })
    return id
  }
}

const messageOf = (body: unknown): string => (body as { error?: { message?: string } }).error?.message ?? ''

describe('the admin API', () => {
  it('knows who calls, and records who it does not know', async () => {
    const scene = await Scene.open()
    assert.deepEqual((await scene.call('root', 'GET', '/api/v1/me')).body, { name: 'root', kind: 'human', issuer: 'local', subject: 'root', groups: ['security'], administrator: true })
    const nobody = await scene.call(undefined, 'GET', '/api/v1/me')
    assert.deepEqual([nobody.status, nobody.headers.get('www-authenticate')], [401, 'Bearer realm="doorward"'])
    assert.equal((await scene.call('ghost', 'GET', '/api/v1/me')).status, 401)
    assert.equal(scene.recorder.ofKind('auth.fail')[0]?.['user'], 'ghost')
  })

  it('reads no credential that others could read along', async () => {
    const scene = await Scene.open()
    const answer = await scene.call('root', 'GET', '/api/v1/me', undefined, {}, { address: '192.0.2.1:5', transport: 'readable' })
    assert.equal(answer.status, 403)
    assert.equal(scene.recorder.entries.length, 0)
  })

  it('shows a request to its approver, takes the vote, and the statement runs', async () => {
    const scene = await Scene.open()
    const { id, answer } = await scene.hold()
    const { body } = await scene.call('olga', 'GET', '/api/v1/approvals')
    const [summary] = (body as { approvals: { id: string; mayAnswer: boolean; client: string }[] }).approvals
    assert.deepEqual([summary?.id, summary?.mayAnswer, summary?.client], [id, true, 'waiting'])
    const shown = await scene.call('olga', 'GET', `/api/v1/approvals/${id.toUpperCase()}`)
    assert.equal(shown.status, 200)
    assert.equal((shown.body as { request: { patients?: number; text: string } }).request.text, 'select')
    const voted = await scene.call('olga', 'POST', `/api/v1/approvals/${id}/approve`, {})
    assert.deepEqual([voted.status, (voted.body as { state: string; approved: number }).state, (voted.body as { approved: number }).approved], [200, 'approved', 1])
    assert.equal((await answer).kind, 'permitted')
    const late = await scene.call('olga', 'POST', `/api/v1/approvals/${id}/deny`, {})
    assert.equal(late.status, 409)
  })

  it('says no more of a request to those it is not for than of one that does not exist', async () => {
    const scene = await Scene.open()
    const { id } = await scene.hold()
    for (const user of ['root', 'bot']) {
      assert.equal((await scene.call(user, 'GET', `/api/v1/approvals/${id}`)).status, 404, user)
      assert.equal((await scene.call(user, 'POST', `/api/v1/approvals/${id}/approve`, {})).status, 404, user)
    }
    for (const unknown of ['0000000000', 'nonsense', '..%2fme', '%00']) assert.equal((await scene.call('olga', 'GET', `/api/v1/approvals/${unknown}`)).status, 404, unknown)
    assert.equal((await scene.call('nadia', 'POST', `/api/v1/approvals/${id}/approve`, {})).status, 403, 'who asked sees it, and may not answer')
  })

  it('does not count a vote that cannot be recorded', async () => {
    const scene = await Scene.open()
    const { id } = await scene.hold()
    scene.recorder.mood = { kind: 'fails' }
    assert.equal((await scene.call('olga', 'POST', `/api/v1/approvals/${id}/approve`, {})).status, 503)
    scene.recorder.mood = { kind: 'works' }
    assert.deepEqual(await scene.desk?.votes(id), [])
    assert.equal(scene.logged.length, 1)
  })

  it('ends sessions for administrators, and one\'s own', async () => {
    const scene = await Scene.open()
    const [first, second] = [await scene.session('nadia'), await scene.session('olga')]
    assert.equal((await scene.call('olga', 'POST', `/api/v1/sessions/${first}/end`, {})).status, 404)
    assert.equal((await scene.call('bot', 'POST', `/api/v1/sessions/${first}/end`, {})).status, 404, 'an agent administers nothing')
    assert.deepEqual((await scene.call('olga', 'POST', `/api/v1/sessions/${second}/end`, {})).body, { ended: 1 })
    assert.deepEqual((await scene.call('root', 'POST', `/api/v1/sessions/${first}/end`, {})).body, { ended: 1 })
    assert.equal(scene.ended.length, 2)
    assert.equal(scene.recorder.ofKind('session.ended').length, 2)
    const lists = await Promise.all(['root', 'olga'].map(async (user) => ((await scene.call(user, 'GET', '/api/v1/sessions')).body as { sessions: unknown[] }).sessions.length))
    assert.deepEqual(lists, [2, 1])
  })

  it('revokes at once, even where that cannot be recorded, and lifts only what is recorded', async () => {
    const scene = await Scene.open()
    await scene.session('nadia')
    assert.equal((await scene.call('olga', 'POST', '/api/v1/revocations', { principal: 'nadia' })).status, 403)
    scene.recorder.mood = { kind: 'fails', only: 'revocation' }
    assert.equal((await scene.call('root', 'POST', '/api/v1/revocations', { principal: 'nadia' })).status, 503)
    assert.deepEqual(scene.ended, ['nadia: access was revoked'])
    assert.equal((await scene.call('nadia', 'GET', '/api/v1/me')).status, 401)
    scene.recorder.mood = { kind: 'fails', only: 'revocation.lifted' }
    assert.equal((await scene.call('root', 'POST', '/api/v1/revocations/lift', { principal: 'nadia' })).status, 503)
    assert.equal((await scene.call('nadia', 'GET', '/api/v1/me')).status, 401)
    scene.recorder.mood = { kind: 'works' }
    assert.deepEqual(((await scene.call('root', 'GET', '/api/v1/revocations')).body as { revocations: { subject: string; by: string }[] }).revocations.map((one) => [one.subject, one.by]), [['nadia', 'local|root']])
    assert.equal((await scene.call('root', 'POST', '/api/v1/revocations/lift', { principal: 'local|nadia' })).status, 200)
    assert.equal((await scene.call('nadia', 'GET', '/api/v1/me')).status, 200)
    assert.equal((await scene.call('root', 'POST', '/api/v1/revocations/lift', { principal: 'nadia' })).status, 404)
    assert.match(messageOf((await scene.call('root', 'POST', '/api/v1/revocations', { principal: 'stranger' })).body), /issuer\|subject/)
    assert.deepEqual((await scene.call('root', 'POST', '/api/v1/revocations', { principal: 'https://id.example.org|auth0|7' })).body, { ended: 0 })
  })

  it('reads policies for administrators', async () => {
    const scene = await Scene.open()
    assert.equal((await scene.call('olga', 'POST', '/api/v1/policies/reload', {})).status, 403)
    assert.deepEqual((await scene.call('root', 'POST', '/api/v1/policies/reload', {})).body, { policies: 'changed', version: 'v2' })
  })

  const foreign: readonly Readonly<Record<string, string>>[] = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]
  for (const headers of foreign) {
    it(`turns away pages of elsewhere: ${JSON.stringify(headers)}`, async () => {
      const scene = await Scene.open()
      assert.equal((await scene.call('root', 'POST', '/api/v1/revocations', { principal: 'nadia' }, { host: 'console.invalid', ...headers })).status, 403)
      assert.equal(scene.recorder.entries.length, 0)
    })
  }

  const bad: readonly (readonly [body: unknown, headers: Readonly<Record<string, string>>, status: number])[] = [
    ['principal=nadia', { 'content-type': 'application/x-www-form-urlencoded' }, 400], ['{"principal":"nadia"}', { 'content-type': 'text/plain' }, 400], ['{', {}, 400], ['[]', {}, 400], [{}, {}, 400],
    [{ principal: '' }, {}, 400], [{ principal: 7 }, {}, 400], [{ principal: 'nadia', more: 1 }, {}, 400], [{ principal: 'x'.repeat(601) }, {}, 400], ['x'.repeat(20_000), {}, 413], [{ __proto__: null, principal: ['nadia'] }, {}, 400],
  ]
  for (const [body, headers, status] of bad) {
    it(`answers ${status} to ${JSON.stringify(body).slice(0, 50)} as ${headers['content-type'] ?? 'JSON'}`, async () => {
      const scene = await Scene.open()
      const answer = await scene.call('root', 'POST', '/api/v1/revocations', body, headers)
      assert.equal(answer.status, status)
      assert.ok(!messageOf(answer.body).includes('xxxx'), 'no value comes back')
    })
  }

  it('has a document that names every route, with schemas for what goes in and out', async () => {
    const scene = await Scene.open()
    const { status, body } = await scene.call(undefined, 'GET', '/openapi.json')
    assert.equal(status, 200)
    const document = body as { openapi: string; paths: Record<string, Record<string, { operationId: string; responses: unknown; requestBody?: unknown; parameters: unknown[] }>> }
    assert.equal(document.openapi, '3.1.0')
    for (const route of ROUTES) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()]
      assert.equal(operation?.operationId, route.name)
      assert.equal(operation.requestBody !== undefined, route.method === 'POST')
    }
    assert.equal(Object.values(document.paths).flatMap((path) => Object.keys(path)).length, ROUTES.length)
    const { schemas } = (body as { components: { schemas: Record<string, unknown> } }).components
    for (const [, name = ''] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) assert.ok(name.startsWith('#/components/schemas/') && schemas[name.split('/').at(-1) ?? ''] !== undefined, `${name} stands in the document`)
  })

  it('has no path but its own', async () => {
    const scene = await Scene.open()
    for (const [method, path] of [['GET', '/api/v1'], ['DELETE', '/api/v1/sessions/x'], ['GET', '/api/v1/approvals/x/approve'], ['GET', '/api/v2/me']] as const) assert.equal((await scene.call('root', method, path)).status, 404, path)
  })

  it('checks only so many secrets at once', async () => {
    const scene = await Scene.open()
    const answers = await Promise.all(Array.from({ length: 40 }, () => scene.call('root', 'GET', '/api/v1/me')))
    const statuses = new Set(answers.map((answer) => answer.status))
    assert.deepEqual([...statuses].sort(), [200, 429])
  })
})
