import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ZipWriter } from '../zip/write-zip.ts'
import { httpSource, type HttpPorts } from './http-source.ts'
import { KEY, Gateway, type Files } from './memory-log.test.ts'
import { openInput } from './open-input.ts'
import { verifyLog } from './verify-log.ts'
import { zipSource } from './zip-source.ts'

async function serve(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => { server.close(resolve) })
  }
}

/** The platform's fetch, and waits that are only written down. */
function toPorts(): HttpPorts & { readonly waited: number[] } {
  const waited: number[] = []
  return { waited, fetch: (url, init) => fetch(url, init), wait: (delayMs) => { waited.push(delayMs); return Promise.resolve() } }
}

async function toZip(members: Iterable<readonly [string, Buffer]>): Promise<Buffer> {
  const parts: Buffer[] = []
  const zip = new ZipWriter((bytes) => { parts.push(bytes); return Promise.resolve() }, 0)
  for (const [name, bytes] of members) await zip.add(name, bytes)
  await zip.finish()
  return Buffer.concat(parts)
}

function inMemory(bytes: Buffer): Parameters<typeof zipSource>[0] {
  return { bytes: bytes.length, read: (position, length) => Promise.resolve(bytes.subarray(position, position + length)) }
}

describe('where a log is read from', () => {
  let files: Files = new Map()
  let folder = ''

  before(async () => {
    const gateway = new Gateway()
    const log = await gateway.open()
    await gateway.session(log, 300)
    await log.close()
    files = gateway.files()
    folder = mkdtempSync(join(tmpdir(), 'doorward-sources-'))
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, 'log', path)), { recursive: true })
      writeFileSync(join(folder, 'log', path), bytes)
    }
    writeFileSync(join(folder, 'log.zip'), await toZip(files))
    writeFileSync(join(folder, 'nothing.zip'), await toZip([['readme', Buffer.from('x')]]))
    writeFileSync(join(folder, 'text'), 'neither\n')
  })

  after(() => { rmSync(folder, { recursive: true, force: true }) })

  const serveFiles: RequestListener = (request, response) => {
    const bytes = files.get((request.url ?? '').replace('/audit/', ''))
    response.statusCode = bytes === undefined ? 404 : 200
    response.end(bytes)
  }

  test('a folder, an archive and a URL give the same verdict', async () => {
    await serve(serveFiles, async (url) => {
      for (const name of [join(folder, 'log'), join(folder, 'log.zip'), `${url}/audit`, `${url}/audit/`]) {
        const input = await openInput(name, toPorts())
        assert.ok(input.kind === 'log', name)
        const result = await verifyLog({ source: input.source, verifierKey: KEY.verifierKey.text, entries: 'doorward' })
        await input.close()
        assert.ok(result.kind === 'intact' && result.report.entriesRead === 604, `${name}: ${JSON.stringify(result).slice(0, 300)}`)
      }
    })
  })

  test('says what is no log', async () => {
    for (const name of ['nowhere', 'text', 'nothing.zip', 'text/deeper']) assert.equal((await openInput(join(folder, name), toPorts())).kind, 'malformed', name)
    assert.equal((await openInput('http://[', toPorts())).kind, 'malformed')
  })

  test('a file that the server does not have is missing, one it cannot give now is asked for again', async () => {
    let busy = 2
    const listener: RequestListener = (request, response) => {
      if (request.url?.includes('tile/entries/001') === true) response.statusCode = 404
      else if (request.url?.endsWith('tile/0/000') === true && busy-- > 0) response.statusCode = 503
      else { serveFiles(request, response); return }
      response.end()
    }
    await serve(listener, async (url) => {
      const ports = toPorts()
      const result = await verifyLog({ source: httpSource(`${url}/audit`, ports), verifierKey: KEY.verifierKey.text, entries: 'opaque' })
      assert.ok(result.kind === 'incomplete' && result.first.code === 'file-missing', JSON.stringify(result).slice(0, 300))
      assert.deepEqual(ports.waited, [250, 1000])
    })
  })

  test('a server that never answers well is an error, and not a changed log', async () => {
    for (const [status, code] of [[503, 'HTTP 503'], [401, 'HTTP 401']] as const) {
      await serve((_, response) => { response.statusCode = status; response.end() }, async (url) => {
        await assert.rejects(httpSource(url, toPorts()).read('checkpoint'), { code })
      })
    }
    await serve(serveFiles, async (url) => {
      const ports: HttpPorts = { ...toPorts(), fetch: () => Promise.reject(new TypeError('fetch failed')) }
      await assert.rejects(httpSource(url, ports).read('checkpoint'), /fetch failed/)
    })
  })

  test('an answer without end is not read to its end', async () => {
    const chunk = Buffer.alloc(1024 * 1024)
    await serve((_, response) => {
      const write = (): void => { while (!response.destroyed && response.write(chunk)); if (!response.destroyed) response.once('drain', write) }
      write()
    }, async (url) => {
      await assert.rejects(httpSource(url, toPorts()).read('checkpoint'), { code: 'too-large' })
    })
  })

  test('an archive with a log in a folder of it is read, one with two logs is not', async () => {
    const below = [...files].map(([path, bytes]) => [`copy/${path}`, bytes] as const)
    assert.ok('read' in await zipSource(inMemory(await toZip(below))))
    const two = [...below, ['other/checkpoint', Buffer.from('x')] as const]
    const source = await zipSource(inMemory(await toZip(two)))
    assert.ok('kind' in source && source.reason === 'zip: 2 logs in it')
  })

  test('a damaged member of an archive is incomplete, and not called changed', async () => {
    const bytes = await toZip(files)
    const at = bytes.indexOf(Buffer.from('tile/entries/000'))
    bytes.fill(0xff, at + 100, at + 200)
    const source = await zipSource(inMemory(bytes))
    assert.ok('read' in source)
    const result = await verifyLog({ source, verifierKey: KEY.verifierKey.text, entries: 'doorward' })
    assert.equal(result.exitCode, 4, JSON.stringify(result).slice(0, 300))
  })
})

test('says that a log ends without a stop when its time has passed', async () => {
  const gateway = new Gateway()
  const log = await gateway.open()
  await gateway.session(log, 1)
  await log.checkpoint()
  const source = { read: (path: string) => Promise.resolve(gateway.files().get(path)), list: () => Promise.resolve([]) }
  const codes = async (afterMs: number): Promise<readonly string[]> => {
    const result = await verifyLog({ source, verifierKey: KEY.verifierKey.text, entries: 'doorward', nowMs: gateway.clock.nowMs() + afterMs })
    assert.ok(result.kind === 'intact')
    return result.report.findings.map(({ code }) => code)
  }
  assert.deepEqual(await codes(60_000), [])
  assert.deepEqual(await codes(600_000), ['stop-missing'])
  await log.close()
  assert.deepEqual(await codes(600_000), [])
})
