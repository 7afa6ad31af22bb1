import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { createFetchJson } from './fetch-json.ts'

async function answered(answer: (response: ServerResponse) => void): Promise<unknown> {
  const server = createServer((_request, response) => { answer(response) })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const address = server.address()
  try {
    return await createFetchJson(undefined)(new URL(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/jwks`))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('one document of a provider', () => {
  it('is read', async () => {
    assert.deepEqual(await answered((response) => { response.end('{"keys":[]}') }), { keys: [] })
  })

  const refused: readonly (readonly [title: string, answer: (response: ServerResponse) => void, code: string])[] = [
    ['a redirect is not followed', (response) => { response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end() }, 'provider-answer'],
    ['an error page is no document', (response) => { response.writeHead(500).end('{"keys":[]}') }, 'provider-answer'],
    ['what is not JSON', (response) => { response.end('<html>') }, 'provider-answer'],
    ['what does not end', (response) => { response.write('x'.repeat(300_000)) }, 'provider-answer'],
    ['a connection that breaks', (response) => { response.destroy() }, 'provider-unreachable'],
  ]
  for (const [title, answer, code] of refused) it(title, async () => { await assert.rejects(answered(answer), { code }) })

  it('nobody there', async () => {
    await assert.rejects(createFetchJson(undefined)(new URL('http://127.0.0.1:1/')), { code: 'provider-unreachable' })
  })
})
