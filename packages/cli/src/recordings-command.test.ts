import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runFake, type FakeRun } from './fake-io.ts'

const ID = 'ab'.repeat(16)
const RECORDING = {
  id: ID, state: 'closed', principal: 'local|evan', name: 'evan', actingFor: ['local|ann'], resource: 'clinic', protocol: 'postgres', client: '127.0.0.1:5', why: 'resource', started: '2026-11-21T09:00:00.000Z', ended: '2026-11-21T09:10:00.000Z', segments: 2, bytes: 4_200,
  keepUntil: '2032-11-21T09:10:00.000Z', holds: ['0123456789abcdef'],
}
const HOLD = { id: '0123456789abcdef', scope: 'principal:local|evan', matter: 'case 7 \u001b[31m', by: 'local|clara', placed: '2026-11-21T09:00:00.000Z' }
const lines = (...events: readonly object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('')
const FIRST = lines({ t: 0, k: 'segment', v: 1, recording: ID, segment: 0, at: '2026-11-21T09:00:00.000Z' }, { t: 0, k: 'begin', principal: 'local|evan', resource: 'clinic', protocol: 'postgres', client: 'c', why: 'resource' }, { t: 5, k: 'in', text: 'select 1 \u001b]0;x\u0007' })
const SECOND = lines({ t: 9, k: 'segment', v: 1, recording: ID, segment: 1, at: '2026-11-21T09:00:01.000Z' }, { t: 9, k: 'rows', rows: [['[redacted]', null]] }, { t: 10, k: 'end', why: 'done' })

const ANSWERS: Readonly<Record<string, unknown>> = {
  'GET /api/v1/recordings?principal=evan&resource=clinic': { recordings: [RECORDING] }, 'GET /api/v1/recordings': { recordings: [] },
  [`POST /api/v1/recordings/${ID}/view {"segment":0,"use":"play"}`]: { receipt: 7, segment: 0, end: 'sealed', lines: FIRST, next: 1 }, [`POST /api/v1/recordings/${ID}/view {"segment":1,"use":"play"}`]: { receipt: 8, segment: 1, end: 'sealed', lines: SECOND },
  // In two parts, cut in the middle of a line.
  [`POST /api/v1/recordings/${ID}/view {"segment":0,"use":"export"}`]: { receipt: 9, segment: 0, end: 'sealed', lines: FIRST.slice(0, 30), offset: 30, next: 1 }, [`POST /api/v1/recordings/${ID}/view {"segment":0,"offset":30,"use":"export"}`]: { receipt: 9, segment: 0, end: 'sealed', lines: FIRST.slice(30), next: 1 },
  [`POST /api/v1/recordings/${ID}/view {"segment":1,"use":"export"}`]: { receipt: 10, segment: 1, end: 'sealed', lines: SECOND },
  'POST /api/v1/recordings/torn/view {"segment":0,"use":"play"}': { receipt: 7, segment: 0, end: 'torn', lines: FIRST },
  'POST /api/v1/recordings/broken/view {"segment":0,"use":"export"}': { receipt: 7, segment: 0, end: 'sealed', lines: FIRST, next: 1 },
  'GET /api/v1/recording-holds': { holds: [HOLD] }, 'POST /api/v1/recording-holds {"scope":"all","matter":"case 7"}': HOLD, 'POST /api/v1/recording-holds/0123456789abcdef/release {}': HOLD,
  [`POST /api/v1/recordings/${ID}/shred {"reason":"a mistake","early":"yes"}`]: { receipt: 12 },
  'POST /api/v1/recordings/expire {"use":"show","limit":1000}': { expired: [RECORDING], held: [] }, 'POST /api/v1/recordings/expire {"use":"destroy","limit":1000}': { expired: [], held: [RECORDING] },
}

describe('doorward recordings', () => {
  const dir = mkdtempSync(join(tmpdir(), 'doorward-cli-'))
  let url = ''
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const answer = ANSWERS[`${request.method ?? ''} ${request.url ?? ''}${body === '' ? '' : ` ${body}`}`]
      response.writeHead(answer === undefined ? 409 : 200).end(JSON.stringify(answer ?? { error: { code: 'conflict', message: 'segment 1, chunk 0: it does not open' } }))
    })
  })
  before(async () => {
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  after(() => { server.close(); rmSync(dir, { recursive: true }) })

  const run = (...args: readonly string[]): Promise<FakeRun> => runFake(['recordings', ...args, '--url', url, '--as', 'vera', '--config', join(dir, 'none.yaml')], { env: { DOORWARD_SECRET: 'vera-' } })

  it('lists', async () => {
    const { stdout, status } = await run('list', '--principal', 'evan', '--resource', 'clinic')
    assert.equal(status, 0)
    assert.match(stdout, new RegExp(`${ID} \\| closed \\| local\\|evan for local\\|ann \\| clinic .* 2 \\| +5 \\| 0123456789abcdef`))
    assert.match((await run('list')).stdout, /no recordings/)
  })

  it('plays, and steers no terminal', async () => {
    const { stdout, stderr, status } = await run('play', ID, '--speed', '0')
    assert.deepEqual([status, stderr], [0, ''])
    assert.equal(stdout, 'local|evan on clinic (resource)\r\nclinic=> select 1 \\x1b]0;x\\x07\r\n[redacted] | \r\n(done)\r\n')
    assert.deepEqual((await run('play', ID, '--json')).stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as { k: string }).k), ['segment', 'begin', 'in', 'segment', 'rows', 'end'])
    assert.match((await run('play', ID, '--speed', 'fast')).stderr, /--speed: expected a number/)
  })

  it('says what is missing from what it plays', async () => {
    const { stderr } = await run('play', 'torn', '--speed', '0')
    assert.match(stderr, /segment 0 is torn/)
    assert.match(stderr, /it has no end/)
  })

  it('exports to a new file that only its owner reads, whole or not at all', async () => {
    assert.equal((await run('export', ID, '--out', join(dir, 'a.cast'))).status, 0)
    const [header, ...events] = readFileSync(join(dir, 'a.cast'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
    assert.deepEqual(header, { version: 3, term: { cols: 160, rows: 45 }, timestamp: 1_795_251_600, title: 'local|evan on clinic' })
    assert.deepEqual(events.at(-1), [0, 'x', '0'])
    assert.equal(statSync(join(dir, 'a.cast')).mode & 0o777, 0o600)
    assert.notEqual((await run('export', ID, '--out', join(dir, 'a.cast'))).status, 0)
    await run('export', ID, '--out', join(dir, 'a.jsonl'), '--format', 'jsonl')
    assert.equal(readFileSync(join(dir, 'a.jsonl'), 'utf8').trimEnd().split('\n').length, 6)
    const broken = await run('export', 'broken', '--out', join(dir, 'broken.cast'))
    assert.match(broken.stderr, /refused: segment 1, chunk 0/)
    assert.deepEqual([broken.status, existsSync(join(dir, 'broken.cast'))], [1, false])
  })

  it('holds, releases, shreds and expires', async () => {
    assert.match((await run('holds')).stdout, /principal:local\|evan \| case 7 /)
    assert.ok(!(await run('holds')).stdout.includes('\u001b'))
    assert.match((await run('hold', 'all', '--matter', 'case 7')).stdout, /to release: doorward recordings release 0123456789abcdef/)
    assert.match((await run('release', '0123456789abcdef')).stdout, /^released: principal:local\|evan/)
    assert.match((await run('shred', ID, '--reason', 'a mistake', '--early')).stdout, /^shredded \(receipt 12\)/)
    assert.match((await run('shred', ID, '--reason', 'another')).stderr, /^refused: /)
    assert.match((await run('expire')).stdout, /1 would be shredded; to do it: --destroy; 0 kept/)
    assert.match((await run('expire', '--destroy')).stdout, /0 shredded; 1 kept by legal holds/)
  })

  it('needs to know what to verify', async () => {
    assert.notEqual((await runFake(['recordings', 'verify', '--log', dir, '--config', join(dir, 'none.yaml')])).status, 0)
  })
})

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
