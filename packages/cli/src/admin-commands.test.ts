import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { runFake, type FakeRun } from './fake-io.ts'

interface Seen { readonly method: string; readonly path: string; readonly authorization: string; readonly body: string }

const REQUEST = {
  id: 'k7f3q9xw2m', state: 'pending', client: 'waiting', asked: '2026-11-21T09:00:00.000Z', expires: '2026-11-21T09:15:00.000Z', by: ['officers'], quorum: 2, approved: 1, mayAnswer: true,
}
const APPROVAL = {
  ...REQUEST, votes: [{ name: 'otto', issuer: 'local', subject: 'otto', verdict: 'approve', groups: ['officers'], at: '2026-11-21T09:01:00.000Z' }],
  request: {
    summary: 'nadia wants to read clinic.patients', who: { name: 'nadia', kind: 'human', issuer: 'local', subject: 'nadia', groups: ['analysts'], method: 'scram-sha-256' }, actingFor: [], resource: 'clinic', purpose: 'TREAT',
    client: '127.0.0.1:5', command: 'SELECT', text: "select * from clinic.patients where x = '\u001b[2J'", behind: [], parameters: 'some', tables: [{ object: 'clinic.patients', actions: ['read'], columns: ['ssn'], classes: ['ssn'] }],
    classes: ['ssn'], rows: { all: 'yes', estimate: 1_000 }, delivery: 'masked: ssn redact', policies: ['bulk'], why: 'held by bulk',
  },
}
const SESSION = { id: 's1', principal: 'scout', issuer: 'local', subject: 'scout', actingFor: 'ann', resource: 'clinic', protocol: 'postgres', client: '127.0.0.1:5', opened: '2026-11-21T09:00:00.000Z', busy: true }

const ANSWERS: Readonly<Record<string, unknown>> = {
  'GET /api/v1/approvals?state=open': { approvals: [{ ...REQUEST, summary: 'nadia wants to read clinic.patients', resource: 'clinic', requester: 'nadia' }] },
  'GET /api/v1/approvals?state=all': { approvals: [] }, 'GET /api/v1/approvals/k7f3q9xw2m': APPROVAL,
  'POST /api/v1/approvals/k7f3q9xw2m/approve': { ...APPROVAL, state: 'approved', approved: 2 }, 'POST /api/v1/approvals/k7f3q9xw2m/deny': { ...APPROVAL, state: 'denied' },
  'GET /api/v1/sessions': { sessions: [SESSION] }, 'POST /api/v1/sessions/s1/end': { ended: 1 }, 'POST /api/v1/revocations': { ended: 3 }, 'POST /api/v1/revocations/lift': {},
  'GET /api/v1/revocations': { revocations: [{ name: 'rita', issuer: 'local', subject: 'rita', at: '2026-11-21T09:00:00.000Z', by: 'local|root' }] },
}

describe('the commands of the admin API', () => {
  const seen: Seen[] = []
  let url = ''
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const path = request.url ?? ''
      seen.push({ method: request.method ?? '', path, authorization: request.headers.authorization ?? '', body })
      const answer = ANSWERS[`${request.method ?? ''} ${path}`]
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { error: { code: 'not-found', message: 'no such request \u001b[31m' } }))
    })
  })
  before(async () => {
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  after(() => { server.close() })

  const run = (args: readonly string[], env: Readonly<Record<string, string>> = { DOORWARD_SECRET: 'olga-' }): Promise<FakeRun> => runFake([...args, '--url', url, ...(env['DOORWARD_TOKEN'] === undefined ? ['--as', 'olga'] : [])], { env })

  it('list what waits, as the caller', async () => {
    const { status, stdout } = await run(['approvals', 'list'])
    assert.equal(status, 0)
    assert.match(stdout, /k7f3q9xw2m \| pending .* 1 of 2 \| waiting \| nadia wants to read clinic\.patients/)
    assert.equal(seen.at(-1)?.authorization, `Basic ${Buffer.from('olga:olga-').toString('base64')}`)
    assert.match((await run(['approvals', 'list', '--all'])).stdout, /nothing waits for you/)
  })

  it('call with a token where there is one', async () => {
    await run(['approvals', 'list'], { DOORWARD_TOKEN: 'a.b.c' })
    assert.equal(seen.at(-1)?.authorization, 'Bearer a.b.c')
  })

  it('show one request in full, and steer no terminal', async () => {
    const { stdout } = await run(['approvals', 'show', 'k7f3q9xw2m'])
    for (const part of ['nadia (human), local|nadia', 'nadia wants to read clinic.patients', 'clinic.patients [read]: ssn', 'all, about 1,000', 'unknown until it has run', 'masked: ssn redact', 'bulk: held by bulk', 'the connection waits', '2 of officers; 1 said yes: otto (approve)', 'parameters come with it']) {
      assert.ok(stdout.includes(part), part)
    }
    assert.ok(!stdout.includes('\u001b'))
  })

  it('approve and deny', async () => {
    assert.match((await run(['approvals', 'approve', 'k7f3q9xw2m'])).stdout, /recorded: approved/)
    assert.match((await run(['approvals', 'deny', 'k7f3q9xw2m', '--reason', 'too-broad'])).stdout, /recorded: denied/)
    assert.equal(seen.at(-1)?.body, '{"reason":"too-broad"}')
  })

  it('see and end sessions, revoke and let in again', async () => {
    assert.match((await run(['sessions', 'list'])).stdout, /s1 \| scout for ann \| local\|scout/)
    assert.match((await run(['sessions', 'kill', 's1'])).stdout, /^ended$/m)
    assert.match((await run(['revoke', 'rita'])).stdout, /revoked; 3 live sessions ended/)
    assert.equal(seen.at(-1)?.body, '{"principal":"rita"}')
    assert.match((await run(['revoke', 'rita', '--lift'])).stdout, /let in again/)
    assert.match((await run(['revoke', '--list'])).stdout, /local\|rita .* local\|root/)
    assert.equal((await run(['revoke'])).status, 1)
  })

  it('print the API\'s own answer where asked', async () => {
    assert.deepEqual(JSON.parse((await run(['sessions', 'list', '--json'])).stdout), { sessions: [SESSION] })
  })

  it('fail with the gateway\'s words', async () => {
    const { status, stderr, stdout } = await run(['approvals', 'approve', 'zzzzzzzzzz'])
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /^refused: no such request/)
    assert.ok(!stderr.includes('\u001b'))
  })

  it('fail where nobody answers, where nobody is named, and where a secret is missing', async () => {
    assert.match((await runFake(['approvals', 'list', '--url', 'http://127.0.0.1:1', '--as', 'olga'], { env: { DOORWARD_SECRET: 'x' } })).stderr, /no answer from http:\/\/127\.0\.0\.1:1/)
    assert.match((await runFake(['approvals', 'list', '--url', url])).stderr, /say who you are/)
    assert.match((await runFake(['approvals', 'list', '--url', url, '--as', 'olga'])).stderr, /no secret for "olga": set DOORWARD_SECRET/)
    assert.match((await runFake(['approvals', 'list', '--url', 'file:///x', '--as', 'olga'], { env: { DOORWARD_SECRET: 'x' } })).stderr, /url: expected/)
  })
})

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
