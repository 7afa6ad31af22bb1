/** A witness over HTTP: POST add-checkpoint, and GET for its verifier key. Plain HTTP: what it is sent is signed and public, and so is its answer. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { MAX_REQUEST_BYTES } from './add-checkpoint.ts'
import type { Witness, WitnessAnswer } from './witness.ts'

/** From the first byte of a request to its last. */
const REQUEST_MS = 10_000

/** @param prefix the path before `/add-checkpoint`; empty, or beginning with a slash. */
export function createWitnessServer(witness: Witness, prefix = ''): Server {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: 8192 }, (request, response) => {
    answer(witness, prefix, request).then((told) => { send(response, told) }, () => { response.destroy() })
  })
  return server
}

type Told = Omit<WitnessAnswer, 'status'> & { readonly status: WitnessAnswer['status'] | 405 | 413 }

async function answer(witness: Witness, prefix: string, request: IncomingMessage): Promise<Told> {
  const path = (request.url ?? '').split('?')[0]
  if (path === `${prefix}/` && request.method === 'GET') return plain(200, `${witness.verifierKey.text}\n`)
  if (path !== `${prefix}/add-checkpoint`) return plain(404, 'not found\n')
  if (request.method !== 'POST') return plain(405, 'expected POST\n')
  const body = await readBody(request)
  return body === undefined ? plain(413, `at most ${MAX_REQUEST_BYTES} bytes\n`) : witness.addCheckpoint(body)
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    const chunk = part as Buffer // a request without encoding gives buffers
    bytes += chunk.length
    if (bytes > MAX_REQUEST_BYTES) return undefined
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

function send(response: ServerResponse, { status, contentType, body }: Told): void {
  // A request that was not read to its end cannot be followed by another.
  if (status === 413) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': contentType })
  response.end(body)
}

function plain(status: Told['status'], body: string): Told {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}
